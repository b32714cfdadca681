"""The log of calls: answered, missed, called back; a missed call opens a ticket as of the moment it rang (A19)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from server.core import clock, crypto
from server.core.db import hit, session
from server.core.errors import Conflict, Invalid
from server.core.ids import new_id
from server.core.serials import next_number
from server.domain import identity, tickets
from server.domain.duty import access, cover, phones
from server.domain.duty.access import wrote
from server.domain.duty.models import NAME, Call
from server.domain.duty.vocabulary import CallSource, CallState
from server.domain.identity import Actor, Permission
from server.domain.tickets import Channel, EventKind, Kind, Severity, Ticket

SERIES = "TH"
BATCH = 200
AHEAD = timedelta(minutes=1)


class CallSettled(Conflict):
    """The call needs no calling back, or has its ticket already."""

    code = "duty_call_settled"
    message = "该通话已处理，请刷新后查看。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """A call as it was told: by hand, or by a line of the exchange's list. Without ``answered_at`` it was missed."""

    number: str
    started_at: datetime
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    caller: str = ""
    answered_by: str = ""
    note: str = ""
    external_id: str | None = None


def log_call(
    actor: Actor,
    *,
    contract_id: uuid.UUID,
    number: str,
    started_at: datetime,
    answered: bool,
    answered_at: datetime | None = None,
    ended_at: datetime | None = None,
    caller: str = "",
    answered_by: str = "",
    note: str = "",
    ticket_id: uuid.UUID | None = None,
    kind: Kind = Kind.CONSULTATION,
) -> Call:
    """Put a call into the log. A missed one opens a ticket (or joins the one of the same caller that nobody has answered
    yet), received when it rang; an answered one may name its ticket. Needs call.log; a missed one ticket.open too.
    """
    access.contract_of(actor, contract_id, Permission.CALL_LOG, held=True)
    if not answered and answered_at is not None:
        raise Invalid(fields={"answered_at": ["未接的通话没有接听时间"]})
    ring = Ring(
        number=phones.clean(number),
        started_at=started_at,
        answered_at=(answered_at or started_at) if answered else None,
        ended_at=ended_at,
        caller=caller,
        answered_by=answered_by,
        note=note,
    )
    faults = faults_of(ring)
    if faults:
        raise Invalid(fields=faults)
    call = write(actor, contract_id, ring, source=CallSource.TYPED, kind=kind, ticket_id=ticket_id)
    identity.record(
        actor,
        "duty.call_logged",
        subject=("duty_call", call.id),
        summary=f"登记通话 {call.number}：{call.state.label}，来电 {call.phone_masked or '未显示号码'}",
    )
    return call


def faults_of(ring: Ring) -> dict[str, list[str]]:
    """What is wrong with a call's moments."""
    faults: dict[str, list[str]] = {}
    if ring.started_at > clock.now() + AHEAD:
        faults["started_at"] = ["不能晚于当前时间"]
    if ring.answered_at is not None and ring.answered_at < ring.started_at:
        faults["answered_at"] = ["不能早于来电时间"]
    if ring.ended_at is not None and ring.ended_at < (ring.answered_at or ring.started_at):
        faults["ended_at"] = ["不能早于来电或接听时间"]
    if ring.ended_at is not None and ring.ended_at > clock.now() + AHEAD:
        faults.setdefault("ended_at", ["不能晚于当前时间"])
    return faults


def write(
    actor: Actor,
    contract_id: uuid.UUID,
    ring: Ring,
    *,
    source: CallSource,
    kind: Kind = Kind.CONSULTATION,
    ticket_id: uuid.UUID | None = None,
) -> Call:
    """Write a call's row and what follows from it. The caller has checked contract, right and moments."""
    year = clock.local_day(ring.started_at).year
    call = Call(
        id=new_id(),
        contract_id=contract_id,
        external_id=ring.external_id,
        phone_masked=phones.masked(ring.number),
        phone_index=phones.index(ring.number),
        caller=wrote("caller", ring.caller, longest=NAME, needed=False),
        started_at=ring.started_at,
        answered_at=ring.answered_at,
        ended_at=ring.ended_at,
        answered_by=wrote("answered_by", ring.answered_by, longest=NAME, needed=False),
        state=CallState.ANSWERED if ring.answered_at else CallState.MISSED,
        note=wrote("note", ring.note, needed=False),
        source=source,
        logged_at=clock.now(),
        logged_by_name=actor.name[:NAME],
    )
    call.phone_sealed = phones.seal_call(call.id, ring.number)
    if ring.answered_at and not call.answered_by:
        call.answered_by = _on_duty(contract_id, ring.answered_at)
    if ticket_id is not None:
        tickets_own(actor, contract_id, ticket_id)
    elif call.state is CallState.MISSED:
        earlier = _waiting_ticket(actor, call)
        ticket_id = earlier.id if earlier else _opened(actor, call, ring, kind).id
    call.number = f"{SERIES}-{year}-{next_number(SERIES, year):05d}"
    call.ticket_id = ticket_id
    session().add(call)
    session().flush()
    if ticket_id is not None:
        _tell_ticket(actor, call, ticket_id)
    return call


def call_back(actor: Actor, call_id: uuid.UUID, *, text: str, at: datetime | None = None) -> Call:
    """A missed caller was called back: that is the ticket's response, if it had none. Needs call.log.

    ``at``: when, if a while ago; never before the call.
    """
    call = access.hold(actor, Call, call_id, Permission.CALL_LOG)
    if call.state is not CallState.MISSED:
        raise CallSettled
    moment, words = at or clock.now(), wrote("text", text)
    if moment < call.started_at or moment > clock.now() + AHEAD:
        raise Invalid(fields={"at": ["应在来电之后，且不晚于当前时间"]})
    call.state, call.called_back_at, call.called_back_by = CallState.CALLED_BACK, moment, actor.name[:NAME]
    session().flush()
    if call.ticket_id is not None:
        _answer(actor, call.ticket_id, f"已回拨：{words}", moment)
    identity.record(
        actor, "duty.called_back", subject=("duty_call", call.id), summary=f"{call.number} 已回拨：{words[:200]}"
    )
    return call


def link_call(actor: Actor, call_id: uuid.UUID, *, ticket_id: uuid.UUID) -> Call:
    """Say which ticket an answered call was about. Needs call.log."""
    call = access.hold(actor, Call, call_id, Permission.CALL_LOG)
    if call.ticket_id is not None:
        raise CallSettled
    tickets_own(actor, call.contract_id, ticket_id)
    call.ticket_id = ticket_id
    session().flush()
    _tell_ticket(actor, call, ticket_id)
    identity.record(actor, "duty.call_linked", subject=("duty_call", call.id), summary=f"{call.number} 关联工单")
    return call


def open_for(
    actor: Actor,
    call_id: uuid.UUID,
    *,
    kind: Kind,
    text: str,
    answer: str = "",
    title: str = "",
    severity: Severity = Severity.NORMAL,
    business_stopped: bool = False,
) -> Ticket:
    """Open a ticket for an answered call: received when it rang, answered when it was taken if ``answer`` says what was
    told. Needs call.log and ticket.open.
    """
    call = access.hold(actor, Call, call_id, Permission.CALL_LOG)
    if call.ticket_id is not None:
        raise CallSettled
    ticket = tickets.open(
        actor,
        kind=kind,
        text=text,
        title=title,
        channel=Channel.PHONE,
        severity=severity,
        business_stopped=business_stopped,
        contract_id=call.contract_id,
        received_at=call.started_at,
        contact_name=call.caller,
        contact_phone=_number(call),
    )
    call.ticket_id = ticket.id
    session().flush()
    _tell_ticket(actor, call, ticket.id)
    if answer.strip() and call.answered_at is not None:
        _answer(actor, ticket.id, answer, call.answered_at)
    return ticket


def unmask_call(actor: Actor, call_id: uuid.UUID, *, reason: str) -> str:
    """The caller's number in full, for a reason that goes into the trail. Needs pii.unmask."""
    actor.need(Permission.PII_UNMASK)
    call = access.find(actor, Call, call_id)
    told = wrote("reason", reason, longest=200)
    identity.record(
        actor,
        "duty.call_unmasked",
        subject=("duty_call", call.id),
        summary=f"{call.number} 查看完整来电号码：{told}",
    )
    return _number(call)


def forget_callers(actor: Actor, *, days: int) -> int:
    """Remove names and numbers of callers after so many days; the calls stay (PIPL 19, 47). One batch."""
    before = clock.now() - timedelta(days=days)
    held = sa.or_(Call.phone_sealed.is_not(None), Call.caller != "")
    query = sa.select(Call.id).where(Call.started_at < before, held).order_by(Call.started_at).limit(BATCH)
    ids = list(session().scalars(query))
    if ids:
        nothing = {"phone_sealed": None, "phone_index": None, "phone_masked": "", "caller": ""}
        hit(sa.update(Call).where(Call.id.in_(ids)).values(**nothing))
        identity.record(actor, "duty.callers_forgotten", summary=f"到期清除 {len(ids)} 条通话的来电信息")
    return len(ids)


def tickets_own(actor: Actor, contract_id: uuid.UUID, ticket_id: uuid.UUID) -> Ticket:
    """A ticket of the call's own contract; not found otherwise, whoever asks."""
    ticket = tickets.find(actor, ticket_id)
    if ticket.contract_id != contract_id:
        raise tickets.TicketNotFound
    return ticket


def _opened(actor: Actor, call: Call, ring: Ring, kind: Kind) -> Ticket:
    local = clock.to_local(call.started_at)
    text = f"值班电话未接来电，来电时间 {local:%Y-%m-%d %H:%M:%S}，请尽快回拨。"
    return tickets.open(
        actor,
        kind=kind,
        title=f"未接来电 {local:%m-%d %H:%M}",
        text=f"{text}\n{call.note}" if call.note else text,
        channel=Channel.PHONE,
        contract_id=call.contract_id,
        received_at=call.started_at,
        contact_name=call.caller,
        contact_phone=ring.number,
    )


def _waiting_ticket(actor: Actor, call: Call) -> Ticket | None:
    """The ticket of an earlier missed call of the same number that nobody has answered: it is one matter, one clock."""
    if call.phone_index is None:
        return None
    query = sa.select(Call.ticket_id).where(
        Call.contract_id == call.contract_id,
        Call.phone_index == call.phone_index,
        Call.state == CallState.MISSED,
        Call.ticket_id.is_not(None),
        Call.started_at <= call.started_at,
    )
    found = session().scalar(query.order_by(Call.started_at.desc()).limit(1))
    ticket = tickets.find(actor, found) if found else None
    return ticket if ticket is not None and ticket.responded_at is None and ticket.state in tickets.ACTIVE else None


def _answer(actor: Actor, ticket_id: uuid.UUID, text: str, at: datetime) -> None:
    """What was said on the telephone goes into the ticket: as its response, or as a further word."""
    ticket = tickets.find(actor, ticket_id)
    if ticket.responded_at is None and ticket.state in tickets.ACTIVE:
        tickets.respond(actor, ticket_id, text=text, at=at)
    elif ticket.state not in tickets.ENDED:
        tickets.comment(actor, ticket_id, text=text, public=False)


def _tell_ticket(actor: Actor, call: Call, ticket_id: uuid.UUID) -> None:
    data = {"url_kind": "call", "id": str(call.id), "number": call.number, "answered": call.answered_at is not None}
    text = f"{call.number} {call.state.label}"
    tickets.log(actor, ticket_id, EventKind.CALL_LINKED, text=text, data=data, at=call.started_at)


def _on_duty(contract_id: uuid.UUID, at: datetime) -> str:
    found = cover.on_call(contract_id, at)
    return found[0].name if found else ""


def _number(call: Call) -> str:
    return crypto.ring().unseal(call.phone_sealed, phones.call_place(call.id)) if call.phone_sealed else ""
