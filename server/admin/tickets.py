"""The list of tickets: filters in the address, any order, columns, views, and many handed over at once."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, Response, current_app, redirect, request, url_for
from marshmallow import Schema, fields, validate

from server.admin import ticket_filters
from server.admin.access import current_actor, needs, page_before
from server.admin.countdown import SOON
from server.admin.forms import Choices, Form
from server.admin.listing import Column, Listing
from server.admin.pages import page, redirect_to, toast, wants_part
from server.admin.paging import Found
from server.admin.ticket_filters import Names
from server.core import clock, db
from server.core.errors import Invalid
from server.core.ids import parse_id
from server.domain import contracts, identity, tickets
from server.domain.identity import Actor, Permission
from server.domain.tickets import Channel, Kind, Severity, Ticket

blueprint = Blueprint("tickets", __name__, url_prefix="/admin/tickets")

COLUMNS = (
    Column("number", "编号", sort="number", optional=False),
    Column("title", "标题", optional=False),
    Column("state", "状态", sort="state"),
    Column("severity", "级别", sort="severity"),
    Column("clock", "时限", sort="due"),
    Column("assignee", "负责人", sort="assignee"),
    Column("contract", "合同"),
    Column("received_at", "接报时间", sort="received_at"),
    Column("updated_at", "最近更新", sort="updated_at", shown=False),
    Column("channel", "渠道", sort="channel", shown=False),
    Column("kind", "类型", sort="kind", shown=False),
    Column("stars", "评价", shown=False),
)
PAGE_SIZES = (20, 50, 100)
NOBODY = "nobody"


class ViewSchema(Schema):
    """A view to be kept."""

    name = fields.String(required=True, validate=validate.Length(max=40), metadata={"label": "名称"})
    query = fields.String(load_default="", validate=validate.Length(max=2000), metadata={"widget": "hidden"})
    shared = fields.Boolean(load_default=False, metadata={"label": "与同事共享"})
    is_default = fields.Boolean(load_default=False, metadata={"label": "设为我的默认视图"})


class AssignSchema(Schema):
    """To whom the chosen tickets go."""

    assignee_id = fields.String(required=True, metadata={"label": "分派给"})
    note = fields.String(
        load_default="",
        validate=validate.Length(max=500),
        metadata={"label": "说明", "help": "选填，会记入每个工单的时间线，市民看不到。", "rows": "2"},
    )


@blueprint.get("/")
@needs(Permission.TICKET_VIEW)
def index() -> Response:
    """The list. Opened without any filter it shows the officer's default view, if there is one."""
    actor = current_actor()
    default = None if _asked_for_something() else tickets.default_view(actor)
    if default is not None and default.query:
        return redirect_to_query(default.query)
    listing = Listing("tickets", COLUMNS, request.args, default_sort="-received_at")
    found = _found(actor, listing)
    clocks = tickets.clocks_by_ticket([ticket.id for ticket in found.items])
    names = names_for(actor)
    return page(
        "tickets/index.html",
        "tickets/_rows.html",
        listing=listing,
        found=found,
        clock_of=(running := {key: tickets.open_clock(rows) for key, rows in clocks.items()}),
        edge_of=_edges(found.items, running),
        contract_names=names.contracts,
        level_of=ticket_filters.severity_level,
        tabs=_tabs(actor),
        page_sizes=PAGE_SIZES,
        **({} if wants_part() else _around_the_list(actor, names)),
    )


@blueprint.post("/views")
@needs(Permission.TICKET_VIEW)
def save_view() -> Response:
    """Keep the present filters under a name."""
    form = Form.submitted(ViewSchema(), request.form)
    if not form.valid:
        raise Invalid("视图需要一个 40 字以内的名称。")
    # spelled anew, so that nothing but names and values is kept
    query = urlencode(parse_qsl(form.values.pop("query")))
    view = tickets.save_view(current_actor(), query=query, **form.values)
    toast(f"已保存视图“{view.name}”")
    return redirect_to_query(view.query)


@blueprint.post("/views/<uuid:view_id>/drop")
@needs(Permission.TICKET_VIEW)
def drop_view(view_id: uuid.UUID) -> Response:
    """Forget one of one's own views."""
    tickets.drop_view(current_actor(), view_id)
    toast("视图已删除")
    return redirect_to("tickets.index", per_page=PAGE_SIZES[0])


@blueprint.post("/assign")
@needs(Permission.TICKET_ASSIGN)
def choose_assignee() -> Response:
    """What would become of each chosen ticket; nothing is changed yet."""
    rows = tickets.preview_assign(current_actor(), _chosen_ids())
    return _assigning(rows, Form(AssignSchema(), choices={"assignee_id": _able(rows)}))


@blueprint.post("/assign/now")
@needs(Permission.TICKET_ASSIGN)
def assign_chosen() -> Response:
    """Hand the chosen tickets over, and say of each what became of it."""
    ids = _chosen_ids()
    actor = current_actor()
    rows = tickets.preview_assign(actor, ids)
    form = Form.submitted(AssignSchema(), request.form, choices={"assignee_id": _able(rows)})
    if not form.valid:
        return _assigning(rows, form, status=422)
    wanted = form.values["assignee_id"]
    with db.unit():
        done = tickets.assign_many(
            actor, ids, assignee_id=None if wanted == NOBODY else uuid.UUID(wanted), note=form.values["note"]
        )
    return page("tickets/assigned.html", rows=done, outcomes=tickets.Outcome, back=_back())


def names_for(actor: Actor) -> Names:
    """People and contracts as filters, lists and exported files call them."""
    may = actor.may(Permission.CONTRACT_VIEW)
    return Names(dict(tickets.assignees(actor)), contracts.titles(actor) if may else {})


def redirect_to_query(query: str) -> Response:
    """To the list with this query string."""
    path = url_for("tickets.index")
    return current_app.make_response(redirect(f"{path}?{query or f'per_page={PAGE_SIZES[0]}'}", code=303))


def _found(actor: Actor, listing: Listing) -> Found[Ticket]:
    filters = ticket_filters.read(request.args)
    ordered = tickets.sorted_by(tickets.matching(actor, filters), listing.sort_key, descending=listing.descending)
    total = db.session().scalar(tickets.counted(actor, filters)) or 0
    skipped = (listing.page - 1) * listing.per_page
    items = tickets.page_of(ordered, limit=listing.per_page, offset=skipped) if skipped < total else []
    return Found(items, total, listing.page, listing.per_page)


def _asked_for_something() -> bool:
    """Whether filters, a part, or the way from the list itself (clearing its filters) brought the reader here."""
    return bool(request.args) or wants_part() or page_before().startswith(f"{url_for('tickets.index')}?")


def _around_the_list(actor: Actor, names: Names) -> dict[str, Any]:
    query = request.query_string.decode()
    views = tickets.views_of(actor)
    return {
        "states": ticket_filters.STATES,
        "due": ticket_filters.DUE,
        "people": [("me", "我"), ("nobody", "未分派"), *((str(key), name) for key, name in names.people.items())],
        "contract_choices": [("none", "无合同"), *((str(key), name) for key, name in names.contracts.items())],
        "kinds": Kind.choices(),
        "severities": Severity.choices(),
        "channels": Channel.choices(),
        "folded": ticket_filters.hidden_in_more(request.args),
        "current_view": next((view.name for view in views if view.query == query), ""),
        "views": [
            {
                "name": view.name,
                "url": f"{url_for('tickets.index')}?{view.query}",
                "shared": view.shared,
                "is_default": view.is_default and view.officer_id == actor.id,
                "delete_url": url_for("tickets.drop_view", view_id=view.id) if view.officer_id == actor.id else "",
            }
            for view in views
        ],
    }


def _edges(
    items: Sequence[tickets.Ticket], running: Mapping[uuid.UUID, tickets.TicketClock | None]
) -> dict[uuid.UUID, str]:
    """The colour at the edge of a row whose promise is broken or nearly so; the clock beside it says the same in words."""
    now = clock.now()
    found = {}
    for ticket in items:
        row = running.get(ticket.id)
        if row is None or row.due_at is None or row.met_at is not None or ticket.state not in tickets.ACTIVE:
            continue
        if row.due_at <= now + SOON:
            found[ticket.id] = "late" if row.due_at <= now else "soon"
    return found


def _tabs(actor: Actor) -> list[tuple[str, str, bool, None]]:
    """The views that everybody wants."""
    offered: list[tuple[str, dict[str, Any]]] = [
        ("全部", {"per_page": PAGE_SIZES[0]}),
        ("未办结", {"state": ticket_filters.OPEN}),
        ("我负责的", {"assignee": ticket_filters.ME, "state": ticket_filters.OPEN}),
        ("未分派", {"assignee": ticket_filters.NOBODY, "state": ticket_filters.OPEN}),
        ("已超时", {"due": "late"}),
    ]
    if actor.may(Permission.CONTENT_REVIEW):
        offered.append(("内容待复核", {"review": "1"}))
    asked = {name: value for name, value in request.args.items() if name in ticket_filters.NAMES and value}
    return [
        (label, url_for("tickets.index", **wanted), asked == _filters_of(wanted), None) for label, wanted in offered
    ]


def _filters_of(wanted: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in wanted.items() if name in ticket_filters.NAMES}


def _chosen_ids() -> list[uuid.UUID]:
    return [parse_id(text) for text in request.form.getlist("ids")]


def _able(rows: list[tickets.BulkRow]) -> Choices:
    """Who can be given at least one of them."""
    of_contracts = {row.ticket.contract_id for row in rows if row.outcome is not tickets.Outcome.REFUSED}
    able = {
        officer.id: officer.name
        for contract_id in of_contracts
        for officer in identity.officers_for(contract_id, Permission.TICKET_RESPOND)
    }
    people = sorted(((str(key), name) for key, name in able.items()), key=lambda pair: pair[1])
    return [*people, (NOBODY, "取消分派")]


def _assigning(rows: list[tickets.BulkRow], form: Form, *, status: int = 200) -> Response:
    ready = sum(row.outcome is not tickets.Outcome.REFUSED for row in rows)
    return page("tickets/assign.html", status=status, rows=rows, ready=ready, form=form, back=_back())


def _back() -> str:
    """The list as it was left."""
    given = request.form.get("back", "")
    here = url_for("tickets.index")
    return given if given.startswith(f"{here}?") else (page_before() or here)
