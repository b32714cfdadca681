"""Noting what the ticket does not know: cause, result, what is left over, materials, hours. By the vendor, before issuing."""

from __future__ import annotations

import uuid
from decimal import Decimal, InvalidOperation

from sqlalchemy.exc import IntegrityError

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Forbidden, Invalid
from server.core.ids import new_id
from server.core.secrecy import refuse_marked
from server.domain import identity, tickets
from server.domain.documents import DocumentLocked, DocumentState
from server.domain.forms.models import NAME, Supplement
from server.domain.forms.rules import standing_of
from server.domain.forms.service import NoContract, supplement_of
from server.domain.identity import Actor, Permission
from server.domain.tickets import Ticket, TicketState

LONGEST = 2000
MOST_HOURS = Decimal(9999)
WORDS = {"cause": "原因", "result": "处理结果", "left_over": "遗留问题", "materials": "使用材料和版本", "hours": "工时"}


class SupplementMoved(Conflict):
    """Somebody else changed the supplement in the meantime."""

    code = "supplement_moved"
    message = "服务记录补充刚被他人修改，请核对后重新提交。"


def note(
    actor: Actor,
    ticket_id: uuid.UUID,
    *,
    cause: str = "",
    result: str = "",
    left_over: str = "",
    materials: str = "",
    hours: str | Decimal | None = None,
    version: int = 0,
) -> Supplement:
    """Write a ticket's supplement. Needs record.log on its contract; ``version`` 0: there was none when it was shown.

    Empty parts are taken from the log when the record is issued. DocumentLocked once both have signed the record.
    """
    ticket = _open_for(actor, ticket_id)
    told: dict[str, str | Decimal | None] = {
        "cause": _said("cause", cause),
        "result": _said("result", result),
        "left_over": _said("left_over", left_over),
        "materials": _said("materials", materials),
        "hours": _hours(hours),
    }
    row = supplement_of(ticket.id)
    if (row.version if row else 0) != version:
        raise SupplementMoved
    if row is None:
        row = _new(ticket)
    else:
        row.version += 1
    changed = [WORDS[name] for name, value in told.items() if getattr(row, name) != value]
    for name, value in told.items():
        setattr(row, name, value)
    row.updated_at, row.updated_by_id, row.updated_by_name = clock.now(), actor.id, actor.name[:NAME]
    session().flush()
    identity.record(
        actor,
        "service_record.noted",
        subject=("ticket", ticket.id),
        summary=f"{ticket.number} 补充服务记录：{'、'.join(changed) or '无变动'}",
    )
    return row


def _open_for(actor: Actor, ticket_id: uuid.UUID) -> Ticket:
    ticket = tickets.find(actor, ticket_id)
    if ticket.contract_id is None:
        raise NoContract
    if not tickets.may(actor, Permission.RECORD_LOG, ticket.contract_id):
        raise Forbidden(permission=Permission.RECORD_LOG.value)
    if ticket.state in (TicketState.NEW, TicketState.CANCELLED) or ticket.merged_into_id is not None:
        raise tickets.WrongState(f"工单{ticket.state.label}，不能补充服务记录。")
    standing = standing_of(ticket)
    signed = standing.document is not None and standing.document.state is DocumentState.SIGNED
    if signed and not standing.outdated and ticket.state not in tickets.ACTIVE:
        raise DocumentLocked("服务记录单已由双方签署，不能再补充；如内容有误，请出具更正版。")
    return ticket


def _new(ticket: Ticket) -> Supplement:
    row = Supplement(
        id=new_id(),
        ticket_id=ticket.id,
        contract_id=ticket.contract_id,
        cause="",
        result="",
        left_over="",
        materials="",
        hours=None,
        version=1,
        updated_at=clock.now(),
    )
    try:
        with session().begin_nested():
            session().add(row)
    except IntegrityError as clash:
        raise SupplementMoved from clash
    return row


def _said(field: str, text: str) -> str:
    trimmed = text.replace("\0", "").strip()
    if len(trimmed) > LONGEST:
        raise Invalid(fields={field: [f"不能超过 {LONGEST} 个字。"]})
    refuse_marked(trimmed, field=field)
    return trimmed


def _hours(typed: str | Decimal | None) -> Decimal | None:
    told = str(typed).strip() if typed is not None else ""
    if not told:
        return None
    try:
        hours = Decimal(told)
    except InvalidOperation:
        hours = Decimal("NaN")
    if not hours.is_finite() or not 0 <= hours <= MOST_HOURS or hours != hours.quantize(Decimal("0.1")):
        raise Invalid(fields={"hours": ["请填写 0 到 9999 之间的小时数，最多一位小数。"]})
    return hours
