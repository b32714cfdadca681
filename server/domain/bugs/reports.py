"""Something in the app does not work: kept with its device, and opened as a ticket."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.ids import new_id
from server.domain import tickets
from server.domain.bugs.device import FIELDS, AppEnv, checked
from server.domain.bugs.models import BugReport
from server.domain.identity import Actor
from server.domain.tickets import Channel, Kind, Ticket

SUBJECT = "bug"
COLUMNS = ("app_version", "app_env", "app_build", "base_library", "platform", "page")


@dataclass(frozen=True, slots=True)
class Reported:
    """A bug report and the ticket on which it is worked."""

    report: BugReport
    ticket: Ticket


def report(
    actor: Actor,
    *,
    text: str,
    title: str = "",
    upload_ids: Sequence[uuid.UUID] = (),
    device: Mapping[str, Any] | None = None,
    channel: Channel = Channel.MINI_PROGRAM,
    contract_id: uuid.UUID | None = None,
    query_code: str = "",
) -> Reported:
    """Take a bug report in and open its ticket, whose subject it is. See ``tickets.open`` for who may and what it costs."""
    context = checked(device)
    made = BugReport(
        id=new_id(),
        device=context,
        reported_at=clock.now(),
        **{name: context.get(name, "") for name in COLUMNS},
    )
    ticket = tickets.open(
        actor,
        kind=Kind.BUG,
        text=text,
        title=title,
        channel=channel,
        contract_id=contract_id,
        upload_ids=upload_ids,
        subject=(SUBJECT, made.id),
        query_code=query_code,
    )
    session().add(made)
    return Reported(made, ticket)


def report_of(ticket: Ticket) -> BugReport | None:
    """The bug report behind a ticket that the caller may see; None if it is about something else."""
    if ticket.subject_kind != SUBJECT or ticket.subject_id is None:
        return None
    return session().get(BugReport, ticket.subject_id)


def facts_of(made: BugReport) -> list[tuple[str, str]]:
    """The device context for people: Chinese name and value, in a steady order, what is known only."""
    told = made.device | ({"app_env": AppEnv(made.device["app_env"]).label} if "app_env" in made.device else {})
    return [(label, told[name]) for name, (_, label) in FIELDS.items() if name in told]


def seen_with(made: BugReport, *, limit: int = 10) -> list[uuid.UUID]:
    """Tickets of other reports from the same page and version, newest first: doubles are often among them."""
    if not made.page:
        return []
    alike = (BugReport.page == made.page, BugReport.app_version == made.app_version, BugReport.id != made.id)
    query = (
        sa.select(Ticket.id)
        .join(BugReport, BugReport.id == Ticket.subject_id)
        .where(Ticket.subject_kind == SUBJECT, *alike)
        .order_by(BugReport.reported_at.desc())
        .limit(limit)
    )
    return list(session().scalars(query))
