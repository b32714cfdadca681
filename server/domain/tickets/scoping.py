"""Whether a matter lies inside the contract: decided by the bureau (A29), or agreed by both before work (A08, A44)."""

from __future__ import annotations

import uuid

from server.core import clock
from server.core.errors import Conflict, Forbidden, Invalid
from server.domain.contracts import Party
from server.domain.identity import Actor, Permission
from server.domain.tickets import access
from server.domain.tickets.models import Ticket, TicketEvent
from server.domain.tickets.steps import Step, begin, take
from server.domain.tickets.vocabulary import EventKind, Kind, Scope
from server.domain.tickets.words import said


class ScopeUnconfirmed(Conflict):
    """Work on a requirement waits for a scope decision that both sides confirmed (domain.md #9)."""

    code = "scope_unconfirmed"
    message = "需求须先由双方确认是否在合同范围内，才能开始处理。"


class ScopeNeedsBoth(Conflict):
    """One side alone cannot decide this one."""

    code = "scope_needs_both"
    message = "该工单的范围须由双方确认，请提出范围判定并由对方确认。"


class NothingProposed(Conflict):
    """There is no proposal to answer."""

    code = "nothing_proposed"
    message = "没有待确认的范围判定。"


def decide_scope(
    actor: Actor, ticket_id: uuid.UUID, *, scope: Scope, reason: str, version: int | None = None
) -> TicketEvent:
    """Say whether it lies inside the contract; what is outside never counts against the vendor (A29). The bureau's word.

    Not for requirements and not against what both sides confirmed: those take ``propose_scope``.
    """
    ticket = begin(actor, ticket_id, Permission.TICKET_DECIDE, version=version, step=EventKind.SCOPE_DECIDED)
    if ticket.kind is Kind.REQUIREMENT or ticket.scope_confirmed_at is not None:
        raise ScopeNeedsBoth
    before, ticket.scope = ticket.scope, scope
    ticket.scope_proposed = ticket.scope_proposed_by = None
    step = Step(kind=EventKind.SCOPE_DECIDED, text=said(reason, field="reason"), data={"scope": scope.value})
    changes = {"scope": [before.value, scope.value]}
    return take(actor, ticket, step, summary=f"判定为{scope.label}", changes=changes)


def propose_scope(
    actor: Actor, ticket_id: uuid.UUID, *, scope: Scope, reason: str, version: int | None = None
) -> TicketEvent:
    """Propose a scope, with its reason, for the other side to confirm. A newer proposal replaces the one before."""
    ticket = begin(actor, ticket_id, Permission.TICKET_RESPOND, version=version, step=EventKind.SCOPE_PROPOSED)
    side = _side(actor, ticket)
    words = said(reason, field="reason")
    if scope is Scope.UNDECIDED:
        raise Invalid(fields={"scope": ["请选择判定结果。"]})
    if ticket.contract_id is None:
        raise Invalid("请先归属合同，再判定范围。")
    ticket.scope_proposed, ticket.scope_proposed_by = scope, side
    step = Step(kind=EventKind.SCOPE_PROPOSED, text=words, data={"proposed": scope.value, "side": side.value})
    return take(actor, ticket, step, summary=f"提出范围判定：{scope.label}")


def confirm_scope(
    actor: Actor, ticket_id: uuid.UUID, *, agreed: bool, reason: str = "", version: int | None = None
) -> TicketEvent:
    """The other side's word on the proposal: agreed, it holds; refused with a reason, it is gone and nothing changed."""
    kind = EventKind.SCOPE_CONFIRMED if agreed else EventKind.SCOPE_DECLINED
    ticket = begin(actor, ticket_id, Permission.TICKET_RESPOND, version=version, step=kind)
    side = _side(actor, ticket)
    proposed = ticket.scope_proposed
    if proposed is None:
        raise NothingProposed
    if ticket.scope_proposed_by is side:
        raise Forbidden("须由对方确认，不能确认本方提出的判定。")
    words = said(reason, field="reason", needed=not agreed)
    ticket.scope_proposed = ticket.scope_proposed_by = None
    changes = {}
    if agreed:
        changes = {"scope": [ticket.scope.value, proposed.value]}
        ticket.scope, ticket.scope_confirmed_at = proposed, clock.now()
    data = {"scope" if agreed else "proposed": proposed.value, "side": side.value}
    step = Step(kind=kind, text=words, data=data)
    told = "双方确认" if agreed else "不同意判定"
    return take(actor, ticket, step, summary=f"{told}：{proposed.label}", changes=changes)


def require_scope(ticket: Ticket) -> None:
    """ScopeUnconfirmed for a requirement on whose scope the two sides have not agreed."""
    if waits_for_scope(ticket):
        raise ScopeUnconfirmed


def waits_for_scope(ticket: Ticket) -> bool:
    """Whether work must wait for both sides' word on the scope."""
    return ticket.kind is Kind.REQUIREMENT and ticket.scope_confirmed_at is None


def reclassify(
    actor: Actor, ticket_id: uuid.UUID, *, kind: Kind, reason: str, version: int | None = None
) -> TicketEvent:
    """Say what sort of matter it really is. Away from a requirement it takes the bureau's word: else a vendor could
    begin without the scope that both must confirm."""
    ticket = begin(actor, ticket_id, Permission.TICKET_RESPOND, version=version, step=EventKind.RECLASSIFIED)
    if ticket.kind is Kind.REQUIREMENT:
        access.need(actor, Permission.TICKET_DECIDE, ticket.contract_id)
    if kind is ticket.kind:
        raise Invalid(fields={"kind": ["与当前类型相同。"]})
    words = said(reason, field="reason")
    before, ticket.kind = ticket.kind, kind
    step = Step(kind=EventKind.RECLASSIFIED, text=words, data={"kind": [before.value, kind.value]})
    return take(actor, ticket, step, summary=f"改为{kind.label}", changes={"kind": [before.value, kind.value]})


def _side(actor: Actor, ticket: Ticket) -> Party:
    """For whom the actor speaks; the bureau's word needs the right to decide."""
    side = access.side_of(actor)
    if side is Party.BUREAU:
        access.need(actor, Permission.TICKET_DECIDE, ticket.contract_id)
    return side
