"""The log of calls: found, logged, called back, tied to tickets, brought in from the exchange's list."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, timedelta

from flask import Blueprint, Response, request

from server.admin.access import current_actor, needs
from server.admin.duty_forms import (
    CallBackSchema,
    CallSchema,
    ImportSchema,
    LinkSchema,
    OpenSchema,
    UnmaskSchema,
)
from server.admin.forms import Form
from server.admin.listing import Column, Listing
from server.admin.pages import page, redirect_to, toast
from server.admin.paging import paged
from server.admin.staff_forms import contract_choices
from server.admin.trying import attempt
from server.core import clock, db
from server.core.db import session
from server.core.errors import Invalid
from server.domain import contracts, duty, tickets
from server.domain.duty import Call, CallState
from server.domain.identity import Actor, Permission
from server.domain.tickets import Ticket
from server.gateways import classified

blueprint = Blueprint("duty_calls", __name__, url_prefix="/admin/duty/calls")

PERIOD = 30
TONES = {CallState.ANSWERED: "green", CallState.MISSED: "red", CallState.CALLED_BACK: "blue"}
COLUMNS = (
    Column("number", "编号", optional=False),
    Column("started_at", "来电时间", sort="started_at", optional=False),
    Column("state", "结果", optional=False),
    Column("caller", "来电"),
    Column("answered_by", "接听或回拨"),
    Column("ticket", "工单"),
    Column("contract", "合同", shown=False),
    Column("note", "备注", shown=False),
)


@blueprint.get("/")
@needs(Permission.DUTY_VIEW)
def index() -> Response:
    """The log with its filters, and the figures of the last month."""
    actor = current_actor()
    listing = Listing("calls", COLUMNS, request.args, default_sort="-started_at")
    titles = contracts.titles(actor)
    wanted = request.args.get("contract", type=uuid.UUID)
    chosen = wanted if wanted in titles else None
    asked = request.args.get("state", "")
    query = duty.calls_matching(
        actor,
        contract_id=chosen,
        state=CallState(asked) if asked in set(CallState) else None,
        first=_day("from"),
        last=_day("to"),
        text=request.args.get("q", ""),
    )
    found = paged(query, listing, {"started_at": Call.started_at}, tie=Call.id)
    today = clock.today()
    return page(
        "duty/calls.html",
        "duty/_calls.html",
        listing=listing,
        found=found,
        titles=titles,
        numbers=_numbers(actor, found.items),
        figures=duty.figures(actor, today - timedelta(days=PERIOD - 1), today, contract_id=chosen),
        period=PERIOD,
        may_log=actor.may(Permission.CALL_LOG),
        CallState=CallState,
        tones=TONES,
    )


@blueprint.get("/new")
@needs(Permission.CALL_LOG)
def new() -> Response:
    """The form of one call."""
    options = contract_choices(current_actor(), Permission.CALL_LOG)
    data = {"contract_id": options[0][0] if options else "", "started_at": clock.now(), "answered": "true"}
    return page("duty/call_new.html", form=Form(CallSchema(), data, choices={"contract_id": options}))


@blueprint.post("/new")
@needs(Permission.CALL_LOG)
def create() -> Response:
    """Log one call."""
    actor = current_actor()
    with db.reading():
        options = contract_choices(actor, Permission.CALL_LOG)
    form = Form.submitted(CallSchema(), request.form, choices={"contract_id": options})
    call = attempt(form, lambda: duty.log_call(actor, **form.values))
    if call is None:
        return page("duty/call_new.html", status=422, form=form)
    toast("通话已登记，未接来电已生成工单" if call.state is CallState.MISSED else "通话已登记")
    return redirect_to("duty_calls.show", call_id=call.id)


@blueprint.get("/import")
@needs(Permission.CALL_LOG)
def form_of_import() -> Response:
    """The form of an import."""
    options = contract_choices(current_actor(), Permission.CALL_LOG)
    form = Form(ImportSchema(), {"contract_id": options[0][0] if options else ""}, choices={"contract_id": options})
    return page("duty/import.html", form=form, done=None)


@blueprint.post("/import")
@needs(Permission.CALL_LOG)
def take_import() -> Response:
    """Take the exchange's list in; with a bad line nothing is taken, and the page says which."""
    actor = current_actor()
    with db.reading():
        options = contract_choices(actor, Permission.CALL_LOG)
    form = Form.submitted(ImportSchema(), request.form, request.files, choices={"contract_id": options})

    def verb() -> duty.Imported:
        sent = form.values["upload"]
        raw = sent.read()
        classified.refuse(name=sent.filename or "", raw=raw)
        return duty.import_calls(actor, contract_id=form.values["contract_id"], raw=raw)

    done = attempt(form, verb)
    if done is None or done.bad:
        return page("duty/import.html", status=422, form=form, done=done)
    toast(f"新增 {done.new} 条，其中未接 {done.missed} 条；已存在 {done.known} 条")
    return redirect_to("duty_calls.index", contract=form.values["contract_id"])


@blueprint.get("/<uuid:call_id>")
@needs(Permission.DUTY_VIEW)
def show(call_id: uuid.UUID) -> Response:
    """One call."""
    actor = current_actor()
    return _show(actor, duty.find_call(actor, call_id))


@blueprint.post("/<uuid:call_id>/call-back")
@needs(Permission.CALL_LOG)
def call_back(call_id: uuid.UUID) -> Response:
    """The caller was called back."""
    actor, call = _call(call_id, Permission.CALL_LOG)
    form = Form.submitted(CallBackSchema(), request.form, prefix="back")
    done = attempt(form, lambda: duty.call_back(actor, call.id, **form.values))
    return _answer(actor, call, done, "back", form, "回拨已登记")


@blueprint.post("/<uuid:call_id>/link")
@needs(Permission.CALL_LOG)
def link(call_id: uuid.UUID) -> Response:
    """The ticket that it was about."""
    actor, call = _call(call_id, Permission.CALL_LOG)
    form = Form.submitted(LinkSchema(), request.form, prefix="link")

    def verb() -> Call:
        number = form.values["ticket"].strip().upper()
        found = tickets.ids_by_number([number], frozenset({call.contract_id}))
        if number not in found:
            raise Invalid(fields={"ticket": ["本合同没有这个编号的工单"]})
        return duty.link_call(actor, call.id, ticket_id=found[number])

    return _answer(actor, call, attempt(form, verb), "link", form, "已关联工单")


@blueprint.post("/<uuid:call_id>/open")
@needs(Permission.CALL_LOG)
def open_ticket(call_id: uuid.UUID) -> Response:
    """A ticket for an answered call."""
    actor, call = _call(call_id, Permission.CALL_LOG)
    form = Form.submitted(OpenSchema(), request.form, prefix="open")
    ticket = attempt(form, lambda: duty.open_for(actor, call.id, **form.values))
    return _answer(actor, call, ticket, "open", form, f"已生成工单 {ticket.number}" if ticket else "")


@blueprint.post("/<uuid:call_id>/unmask")
@needs(Permission.PII_UNMASK)
def unmask(call_id: uuid.UUID) -> Response:
    """The number in full, once, for a reason that is kept."""
    actor, call = _call(call_id, Permission.DUTY_VIEW)
    form = Form.submitted(UnmaskSchema(), request.form, prefix="unmask")
    number = attempt(form, lambda: (duty.unmask_call(actor, call.id, **form.values),))
    with db.reading():
        fresh = duty.find_call(actor, call.id)
        if number is None:
            return _show(actor, fresh, tried="unmask", form=form, status=422)
        return _show(actor, fresh, whole=number[0] or "未显示号码")


def _call(call_id: uuid.UUID, permission: Permission) -> tuple[Actor, Call]:
    actor = current_actor()
    with db.reading():
        call = duty.find_call(actor, call_id)
    actor.need(permission, call.contract_id)
    return actor, call


def _answer(actor: Actor, call: Call, done: object, name: str, form: Form, told: str) -> Response:
    if done is None:
        with db.reading():
            return _show(actor, duty.find_call(actor, call.id), tried=name, form=form, status=422)
    toast(told)
    return redirect_to("duty_calls.show", call_id=call.id)


def _show(
    actor: Actor, call: Call, *, tried: str = "", form: Form | None = None, status: int = 200, whole: str = ""
) -> Response:
    logs = actor.may(Permission.CALL_LOG, call.contract_id)
    forms = {
        "back": Form(CallBackSchema(), {}, prefix="back"),
        "link": Form(LinkSchema(), {}, prefix="link"),
        "open": Form(OpenSchema(), {"kind": "consultation", "severity": "normal"}, prefix="open"),
        "unmask": Form(UnmaskSchema(), {}, prefix="unmask"),
    }
    if form is not None:
        forms[tried] = form
    return page(
        "duty/call.html",
        status=status,
        call=call,
        whole=whole,
        contract=contracts.find(actor, call.contract_id),
        ticket=tickets.find(actor, call.ticket_id) if call.ticket_id and actor.may(Permission.TICKET_VIEW) else None,
        may_call_back=logs and call.state is CallState.MISSED,
        may_tie=logs and call.ticket_id is None,
        may_unmask=actor.may(Permission.PII_UNMASK) and call.phone_sealed is not None and not whole,
        forms_of=forms,
        tried=tried,
        tones=TONES,
    )


def _numbers(actor: Actor, calls: Sequence[Call]) -> dict[uuid.UUID, str]:
    """Numbers of the tickets that the rows name, as far as the actor may see them."""
    wanted = {each.ticket_id for each in calls if each.ticket_id}
    if not wanted or not actor.may(Permission.TICKET_VIEW):
        return {}
    query = tickets.matching(actor).where(Ticket.id.in_(wanted)).order_by(None)
    return {row.id: row.number for row in session().execute(query.with_only_columns(Ticket.id, Ticket.number))}


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
