"""A matter comes in: numbered without gaps, its clock started, its words and pictures on their way to the check."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from server.core import clock, crypto
from server.core.db import session
from server.core.errors import Invalid
from server.core.ids import digest, new_id
from server.core.serials import next_number, prepare
from server.domain import calendar, identity
from server.domain.identity import Actor, ActorKind, Permission
from server.domain.tickets import access, attachments, clocks, content, quotas, steps
from server.domain.tickets.models import NAME, SYSTEM_NAME, TITLE, Ticket, TicketEvent
from server.domain.tickets.phones import phone_index
from server.domain.tickets.policy import policy
from server.domain.tickets.steps import Step
from server.domain.tickets.vocabulary import (
    AskerKind,
    Channel,
    CheckSubject,
    ConsultKind,
    EventKind,
    Kind,
    Severity,
    TicketState,
)
from server.domain.tickets.words import headline, said

SERIES = "FW"
# Without the letters and digits that people mix up; 12 of them are 58 bits.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 12
# A clock that is a little ahead elsewhere must not refuse a report.
AHEAD = timedelta(minutes=1)


def new_query_code() -> str:
    """A code for somebody unknown, by which the ticket can be looked up later; shown once, kept as a digest."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def open(  # noqa: A001 - the bureau's word, called as tickets.open
    actor: Actor,
    *,
    kind: Kind,
    text: str,
    title: str = "",
    channel: Channel = Channel.MINI_PROGRAM,
    severity: Severity = Severity.NORMAL,
    business_stopped: bool = False,
    contract_id: uuid.UUID | None = None,
    upload_ids: Sequence[uuid.UUID] = (),
    subject: tuple[str, uuid.UUID] | None = None,
    received_at: datetime | None = None,
    contact_name: str = "",
    contact_phone: str = "",
    query_code: str = "",
    at: datetime | None = None,
    asker_kind: AskerKind | None = None,
    consult_kind: ConsultKind | None = None,
    consulted_system: str = "",
) -> Ticket:
    """Take a matter in. Never refused for want of a contract or of a calendar: then the clock says why it has no end.

    Staff need ticket.open on the contract and may enter ``received_at`` (a call taken a while ago), a severity and a
    contact. A citizen needs consent. Somebody unknown is given ``query_code`` (``new_query_code``). ``at`` is another
    name for ``received_at``. Of a consultation it is kept who asks, about what, and about which system (B15).
    """
    _admit(actor, contract_id)
    words, heading = said(text), said(title, field="title", longest=TITLE, needed=False)
    now = clock.now()
    ticket = Ticket(
        id=new_id(),
        kind=kind,
        title=headline(heading, words),
        text=words,
        content_state=content.first_state(actor),
        severity=severity,
        business_stopped=business_stopped,
        channel=channel,
        state=TicketState.NEW,
        contract_id=contract_id,
        reporter_id=actor.id if actor.kind is ActorKind.CITIZEN else None,
        contact_name=said(contact_name, field="contact_name", longest=NAME, needed=False),
        opened_by_kind=actor.kind,
        opened_by_id=actor.id,
        subject_kind=subject[0] if subject else None,
        subject_id=subject[1] if subject else None,
        query_digest=digest(query_code) if query_code else None,
        received_at=_received(received_at or at, now),
        asker_kind=asker_kind or _asker(actor, kind),
        consult_kind=consult_kind,
        consulted_system=said(consulted_system, field="consulted_system", longest=SYSTEM_NAME, needed=False),
        updated_at=now,
        version=1,
    )
    _keep_phone(ticket, contact_phone)
    # Everything that can be read is read before the number: writers of numbers wait for each other until the commit.
    terms, works = clocks.terms_for(contract_id), calendar.load()
    year = clock.local_day(now).year
    ticket.number = f"{SERIES}-{year}-{next_number(SERIES, year):04d}"
    session().add(ticket)
    session().flush()
    opened = _write(actor, ticket, upload_ids)
    clocks.begin(ticket, opened, terms, works)
    return ticket


def prepare_numbers() -> None:
    """Make this year's and the next year's numbers ready, so that nobody meets at a year's first one."""
    year = clock.today().year
    for each in (year, year + 1):
        prepare(SERIES, each)


def contact_place(ticket_id: uuid.UUID) -> str:
    """Where the sealed contact belongs, so that it opens nowhere else."""
    return f"tickets:contact:{ticket_id}"


def _write(actor: Actor, ticket: Ticket, upload_ids: Sequence[uuid.UUID]) -> TicketEvent:
    step = Step(
        kind=EventKind.OPENED,
        public=True,
        at=ticket.received_at,
        data={
            "severity": ticket.severity.value,
            "business_stopped": ticket.business_stopped,
            "channel": ticket.channel.value,
        },
    )
    event = steps.line(actor, ticket, step, recorded_at=ticket.updated_at)
    session().add(event)
    attachments.attach(actor, ticket, event, upload_ids)
    content.ask(actor, CheckSubject.TICKET, ticket.id, ticket_id=ticket.id)
    identity.record(
        actor,
        "ticket.opened",
        subject=("ticket", ticket.id),
        summary=f"{ticket.number} 经{ticket.channel.label}提交{ticket.kind.label}",
        changes={"severity": [None, ticket.severity.value], "contract_id": [None, ticket.contract_id]},
    )
    return event


def _admit(actor: Actor, contract_id: uuid.UUID | None) -> None:
    if access.is_staff(actor):
        access.need(actor, Permission.TICKET_OPEN, contract_id)
    elif actor.kind is ActorKind.CITIZEN:
        identity.require_consent(actor)
        quotas.use(actor, "tickets", most=policy().citizen_daily_tickets)
    else:
        quotas.use(actor, "tickets", most=policy().anonymous_daily_tickets)


def _asker(actor: Actor, kind: Kind) -> AskerKind | None:
    """Who asks by the mini program is one of the public."""
    return AskerKind.PUBLIC if kind is Kind.CONSULTATION and not access.is_staff(actor) else None


def _received(at: datetime | None, now: datetime) -> datetime:
    if at is None:
        return now
    if at > now + AHEAD:
        raise Invalid(fields={"received_at": ["接报时间不能晚于当前时间。"]})
    return min(at, now)


def _keep_phone(ticket: Ticket, phone: str) -> None:
    number = said(phone, field="contact_phone", longest=30, needed=False)
    if number:
        ticket.contact_sealed = crypto.ring().seal(number, contact_place(ticket.id))
        ticket.contact_index = phone_index(number)
