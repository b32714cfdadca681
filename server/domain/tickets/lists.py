"""What a list of tickets needs beside its rows: any order, whom they are with, and a note of each export."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from server.core.db import session
from server.domain import identity
from server.domain.identity import Actor, Officer, Permission
from server.domain.identity import Scope as Contracts
from server.domain.tickets.access import visible
from server.domain.tickets.models import Ticket
from server.domain.tickets.queries import by_first_due
from server.domain.tickets.vocabulary import Severity, TicketState

PLAIN: Mapping[str, Any] = MappingProxyType(
    {
        "number": Ticket.number,
        "title": Ticket.title,
        "kind": Ticket.kind,
        "channel": Ticket.channel,
        "assignee": Ticket.assignee_name,
        "received_at": Ticket.received_at,
        "updated_at": Ticket.updated_at,
    }
)


def sorted_by(query: sa.Select[tuple[Ticket]], key: str, *, descending: bool) -> sa.Select[tuple[Ticket]]:
    """The same tickets in another order: a column's name, ``state``, ``severity`` or ``due``; unknown keys change nothing.

    By ``due`` the clock that ends first counts; tickets without a running one come last both ways.
    """
    if key == "due":
        return by_first_due(query, descending=descending)
    columns = {
        **PLAIN,
        "state": _rank(Ticket.state, list(TicketState)),
        "severity": _rank(Ticket.severity, list(Severity)),
    }
    if key not in columns:
        return query
    column = columns[key]
    return query.order_by(None).order_by(column.desc() if descending else column.asc(), Ticket.id.desc())


def page_of(query: sa.Select[tuple[Ticket]], *, limit: int, offset: int = 0) -> list[Ticket]:
    """One page of a list, in two statements: which tickets, then these whole.

    Whole rows sorted and skipped are what makes far pages of long lists slow, not their number.
    """
    chosen = query.with_only_columns(Ticket.id, maintain_column_froms=True).limit(limit).offset(offset)
    keys = list(session().scalars(chosen))
    found = {each.id: each for each in session().scalars(sa.select(Ticket).where(Ticket.id.in_(keys)))} if keys else {}
    return [found[key] for key in keys if key in found]


def assignees(actor: Actor) -> list[tuple[uuid.UUID, str]]:
    """Whom the tickets that the actor may see are with, by name: the choices of a filter.

    Each officer is asked for one ticket; asking all tickets for their officers reads every one of them.
    """
    has_one = sa.exists().where(Ticket.assignee_id == Officer.id, *visible(actor))
    query = sa.select(Officer.id, Officer.name).where(has_one)
    return sorted(((key, name) for key, name in session().execute(query)), key=lambda pair: pair[1])


def note_export(actor: Actor, *, told: str, count: int, form: str) -> None:
    """Leave in the trail that a list left the house: its filters in words, how many rows, in which form."""
    actor.need(Permission.TICKET_EXPORT)
    identity.record(
        actor,
        "ticket.exported",
        summary=f"导出 {count} 个工单（{form.upper()}）：{told}",
        changes={"count": [None, count], "form": [None, form]},
    )


def ids_by_number(numbers: Sequence[str], contracts: Contracts) -> dict[str, uuid.UUID]:
    """The tickets of some contracts (None: of all) by their spoken numbers; unknown ones are left out.

    For programs that name tickets, such as a release's manifest: nobody's permission is asked.
    """
    if not numbers:
        return {}
    query = sa.select(Ticket.number, Ticket.id).where(Ticket.number.in_(list(numbers)))
    if contracts is not None:
        query = query.where(Ticket.contract_id.in_(contracts))
    return {number: key for number, key in session().execute(query)}  # noqa: C416 - rows are no pairs to the type checker


def _rank(column: Any, members: Sequence[Any]) -> Any:
    return sa.case({member.value: place for place, member in enumerate(members)}, value=column, else_=len(members))
