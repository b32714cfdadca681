"""A major fault on site: going there, the arrival that the bureau signs, joint analysis, consent before repair (A11)."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa

from server.core.db import session
from server.core.errors import Conflict, Forbidden, Invalid
from server.domain import contracts
from server.domain.contracts import Party
from server.domain.identity import Actor, Permission
from server.domain.tickets import access, steps
from server.domain.tickets.models import Ticket, TicketEvent
from server.domain.tickets.steps import Step, begin, take
from server.domain.tickets.vocabulary import Consent, EventKind, Severity
from server.domain.tickets.words import said

WHO = 100


class ConsentMissing(Conflict):
    """A major fault that stopped business is repaired only after the bureau's consent (A11)."""

    code = "consent_missing"
    message = "重大且业务中断的故障，须经局方同意处置方案后才能标记为解决。"


class NothingAsked(Conflict):
    """There is no proposal to refuse."""

    code = "nothing_asked"
    message = "运维单位还没有提出处置方案。"


def dispatch(
    actor: Actor, ticket_id: uuid.UUID, *, who: str, version: int | None = None, at: datetime | None = None
) -> TicketEvent:
    """Somebody is on the way; recorded apart from the arrival, since "at once" has no figure (domain.md #10)."""
    ticket = begin(actor, ticket_id, Permission.TICKET_RESPOND, version=version, step=EventKind.DISPATCHED)
    happened = steps.moment_between(at, ticket.received_at)
    step = Step(kind=EventKind.DISPATCHED, public=True, text=said(who, field="who", longest=WHO), at=happened)
    return take(actor, ticket, step, summary="派员前往现场")


def arrive(
    actor: Actor, ticket_id: uuid.UUID, *, who: str, version: int | None = None, at: datetime | None = None
) -> TicketEvent:
    """Somebody is there: it stops the on-site clock (A21), until the bureau signs another moment."""
    ticket = begin(actor, ticket_id, Permission.TICKET_RESPOND, version=version, step=EventKind.ARRIVED)
    happened = steps.moment_between(at, ticket.received_at)
    step = Step(kind=EventKind.ARRIVED, public=True, text=said(who, field="who", longest=WHO), at=happened)
    return take(actor, ticket, step, summary="到达现场" + ("（补录）" if happened else ""))


def sign_arrival(
    actor: Actor, ticket_id: uuid.UUID, *, who: str, at: datetime | None = None, version: int | None = None
) -> TicketEvent:
    """The bureau's word on who was there since when (现场签到, A21); it outweighs what the vendor entered.

    ``at`` None: the moment of the last arrival that was entered, or now if there was none.
    """
    ticket = begin(actor, ticket_id, Permission.TICKET_DECIDE, version=version, step=EventKind.ARRIVAL_SIGNED)
    happened = steps.moment_between(at, ticket.received_at) or _last_arrival(ticket)
    step = Step(kind=EventKind.ARRIVAL_SIGNED, text=said(who, field="who", longest=WHO), at=happened)
    return take(actor, ticket, step, summary="签认到场")


def analyse(actor: Actor, ticket_id: uuid.UUID, *, text: str, version: int | None = None) -> TicketEvent:
    """What both found out together at the place; either side writes it down."""
    ticket = begin(actor, ticket_id, Permission.TICKET_RESPOND, version=version, step=EventKind.ANALYSED)
    return take(actor, ticket, Step(kind=EventKind.ANALYSED, text=said(text)), summary="联合分析")


def ask_consent(actor: Actor, ticket_id: uuid.UUID, *, proposal: str, version: int | None = None) -> TicketEvent:
    """The vendor's proposed solution. A new one asks anew, whatever was said of the one before."""
    ticket = begin(actor, ticket_id, Permission.TICKET_RESPOND, version=version, step=EventKind.CONSENT_ASKED)
    if access.side_of(actor) is not Party.VENDOR:
        raise Forbidden("处置方案由运维单位提出。")
    step = Step(
        kind=EventKind.CONSENT_ASKED, text=said(proposal, field="proposal"), data={"consent": Consent.ASKED.value}
    )
    ticket.consent = Consent.ASKED
    return take(actor, ticket, step, summary="请求同意处置")


def consent(
    actor: Actor, ticket_id: uuid.UUID, *, agreed: bool, text: str = "", version: int | None = None
) -> TicketEvent:
    """The bureau's word on the repair. It may come before the paper (by telephone); a refusal needs its reason."""
    kind = EventKind.CONSENTED if agreed else EventKind.CONSENT_REFUSED
    ticket = begin(actor, ticket_id, Permission.TICKET_DECIDE, version=version, step=kind)
    if not agreed and ticket.consent is not Consent.ASKED:
        raise NothingAsked
    words = said(text, needed=not agreed)
    if agreed and ticket.consent is Consent.GIVEN:
        raise Invalid("局方已同意处置。")
    after = Consent.GIVEN if agreed else Consent.REFUSED
    changes = {"consent": [ticket.consent.value, after.value]}
    ticket.consent = after
    step = Step(kind=kind, text=words, data={"consent": after.value})
    return take(actor, ticket, step, summary=kind.label, changes=changes)


def needs_consent(ticket: Ticket) -> bool:
    """Whether it may not be solved before the bureau consents: major, business stopped, and going there was agreed."""
    if ticket.severity is not Severity.MAJOR or not ticket.business_stopped or ticket.contract_id is None:
        return False
    terms = contracts.terms_of(ticket.contract_id)
    return terms.on_site is not None


def require_consent(ticket: Ticket) -> None:
    """ConsentMissing if it needs the bureau's consent and does not have it."""
    if ticket.consent is not Consent.GIVEN and needs_consent(ticket):
        raise ConsentMissing


def _last_arrival(ticket: Ticket) -> datetime | None:
    entered = (
        sa.select(TicketEvent.at)
        .where(TicketEvent.ticket_id == ticket.id, TicketEvent.kind == EventKind.ARRIVED)
        .order_by(TicketEvent.seq.desc())
    )
    return session().scalars(entered.limit(1)).one_or_none()
