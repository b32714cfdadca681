"""Beside the steps of one ticket: who else is there, canned texts into the answer, mergers and doubles, consultations."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import sqlalchemy as sa
from flask import Blueprint, Response, request
from marshmallow import Schema, fields, validate

from server.admin.access import current_actor, needs
from server.admin.forms import Form
from server.admin.pages import page, redirect_to, toast
from server.core import clock, db
from server.core.errors import Conflict, Invalid
from server.domain import contracts, tickets
from server.domain.identity import Actor, Permission
from server.domain.tickets import AskerKind, Channel, ConsultKind, Filters, Order, Ticket

blueprint = Blueprint("ticket_desk", __name__, url_prefix="/admin/tickets")

CANDIDATES = 12
WORDS = 100
TYPED = 5000
HERE, THERE, DOUBLE = "into_other", "into_this", "duplicate"
FIRST_YEAR, LAST_YEAR = 2000, 2100


class MergeSchema(Schema):
    """What becomes of this ticket and the chosen one."""

    other_id = fields.UUID(
        required=True, error_messages={"required": "请选择一个工单。", "invalid": "请选择一个工单。"}
    )
    action = fields.String(required=True, validate=validate.OneOf([HERE, THERE, DOUBLE]))
    reason = fields.String(load_default="", validate=validate.Length(max=500), metadata={"label": "说明", "rows": "2"})
    version = fields.Integer(required=True)


@blueprint.post("/<uuid:ticket_id>/here")
@needs(Permission.TICKET_VIEW)
def here(ticket_id: uuid.UUID) -> Response:
    """Say that one is there (and is writing), and see who else is."""
    writing = request.args.get("writing") == "1"
    others = tickets.look_in(current_actor(), ticket_id, writing=writing)
    return page("tickets/_presence.html", others=others)


@blueprint.post("/<uuid:ticket_id>/canned/<uuid:text_id>")
@needs(Permission.TICKET_COMMENT)
def canned(ticket_id: uuid.UUID, text_id: uuid.UUID) -> Response:
    """The answer as it was typed so far, with a canned text at its end; nothing is written down."""
    actor = current_actor()
    ticket = tickets.find(actor, ticket_id)
    text = tickets.filled(actor, tickets.find_text(actor, text_id), ticket)
    typed = request.form.get("text", "")[:TYPED].rstrip()
    return page("tickets/_answer.html", text=f"{typed}\n\n{text}" if typed else text)


@blueprint.get("/<uuid:ticket_id>/merge")
@needs(Permission.TICKET_RESPOND)
def merging(ticket_id: uuid.UUID) -> Response:
    """Choose the other ticket, and see what will become of both."""
    actor = current_actor()
    return _merging(actor, tickets.find(actor, ticket_id), Form(MergeSchema()))


@blueprint.post("/<uuid:ticket_id>/merge")
@needs(Permission.TICKET_RESPOND)
def merge(ticket_id: uuid.UUID) -> Response:
    """Merge, or mark as doubles. The page that is left shows the ticket that remains."""
    actor = current_actor()
    with db.reading():
        tickets.find(actor, ticket_id)
    form = Form.submitted(MergeSchema(), request.form)
    if form.valid:
        try:
            with db.unit():
                remaining = _merged(actor, ticket_id, form)
        except Invalid as refused:
            form.refuse(refused.fields, refused.text)
        except Conflict as refused:
            form.refuse({}, refused.text)
        else:
            return redirect_to("ticket.show", ticket_id=remaining)
    with db.reading():
        return _merging(actor, tickets.find(actor, ticket_id), form, status=422)


@blueprint.get("/consultations")
@needs(Permission.TICKET_VIEW)
def consultations() -> Response:
    """Consultations of a period by channel, asker, kind and system (B15, B16)."""
    actor = current_actor()
    today = clock.today()
    since = _day("from") or today.replace(day=1)
    until = max(_day("to") or today, since)
    names = contracts.titles(actor) if actor.may(Permission.CONTRACT_VIEW) else {}
    chosen = request.args.get("contract", "")
    contract_id = next((key for key in names if str(key) == chosen), None)
    found = tickets.consultations(actor, since=since, until=until, contract_id=contract_id)
    last_month = today.replace(day=1) - timedelta(days=1)
    return page(
        "tickets/consultations.html",
        found=found,
        since=since,
        until=until,
        chosen=str(contract_id or ""),
        contract_choices=[(str(key), name) for key, name in names.items()],
        channels=list(Channel),
        askers=[*AskerKind, None],
        kinds=[*ConsultKind, None],
        periods=[
            ("本月", today.replace(day=1), today),
            ("上月", last_month.replace(day=1), last_month),
            ("今年", today.replace(month=1, day=1), today),
        ],
    )


def _merged(actor: Actor, ticket_id: uuid.UUID, form: Form) -> uuid.UUID:
    values = form.values
    other_id: uuid.UUID = values["other_id"]
    tickets.find(actor, other_id)
    if values["action"] == DOUBLE:
        tickets.link_duplicate(actor, ticket_id, other_id=other_id, note=values["reason"], version=values["version"])
        toast("已标记为重复")
        return ticket_id
    source, into = (ticket_id, other_id) if values["action"] == HERE else (other_id, ticket_id)
    seen = {"version": values["version"]} if source == ticket_id else {}
    tickets.merge(actor, source, into_id=into, reason=values["reason"], **seen)
    toast("已合并，原提交人会收到通知")
    return into


def _merging(actor: Actor, ticket: Ticket, form: Form, *, status: int = 200) -> Response:
    text = request.values.get("q", "").strip()[:WORDS]
    found = _candidates(actor, ticket, text)
    clocks = tickets.clocks_by_ticket([each.id for each in (ticket, *found)])
    return page(
        "tickets/merge.html",
        "tickets/_candidates.html",
        status=status,
        ticket=ticket,
        found=found,
        clock_of={key: tickets.open_clock(rows) for key, rows in clocks.items()},
        text=text,
        form=form,
        chosen=form.data.get("other_id", ""),
        may_merge=tickets.may(actor, Permission.TICKET_CLOSE, ticket.contract_id) and ticket.state in tickets.ACTIVE,
    )


def _candidates(actor: Actor, ticket: Ticket, text: str) -> list[Ticket]:
    """Open tickets of the same contract, newest first; with words those that have them, ended ones too (as doubles)."""
    wanted = Filters(
        text=text,
        states=frozenset() if text else tickets.ACTIVE,
        contract_id=ticket.contract_id,
        without_contract=ticket.contract_id is None,
        order=Order.NEWEST,
    )
    query: sa.Select[tuple[Ticket]] = tickets.matching(actor, wanted).where(Ticket.id != ticket.id)
    return list(db.session().scalars(query.limit(CANDIDATES)))


def _day(name: str) -> date | None:
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None
