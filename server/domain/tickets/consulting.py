"""Consultations of a period: who asked, by which channel, about what (domain.md B15, B16)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.domain.identity import Actor, Permission
from server.domain.tickets.access import visible
from server.domain.tickets.models import Ticket
from server.domain.tickets.vocabulary import AskerKind, Channel, ConsultKind, Kind, TicketState


@dataclass(frozen=True, slots=True)
class Consultations:
    """How many consultations there were, counted by each of their marks. Every channel is there, with 0 if unused;
    None counts those whose mark was not noted."""

    total: int
    by_channel: Mapping[Channel, int]
    by_asker: Mapping[AskerKind | None, int]
    by_kind: Mapping[ConsultKind | None, int]
    by_system: Sequence[tuple[str, int]]
    cells: Mapping[tuple[Channel, AskerKind | None], int]


def consultations(actor: Actor, *, since: date, until: date, contract_id: uuid.UUID | None = None) -> Consultations:
    """What the actor may see of the consultations received in a period of Shanghai days, both ends included.

    Merged ones count once and cancelled ones not at all.
    """
    actor.need(Permission.TICKET_VIEW)
    marks: tuple[Any, ...] = (Ticket.channel, Ticket.asker_kind, Ticket.consult_kind, Ticket.consulted_system)
    query: sa.Select[Any] = (
        sa.select(*marks, sa.func.count())
        .where(*visible(actor), Ticket.kind == Kind.CONSULTATION)
        .where(Ticket.received_at >= clock.start_of(since), Ticket.received_at < clock.end_of(until))
        .where(Ticket.state != TicketState.CANCELLED, Ticket.merged_into_id.is_(None))
        .group_by(*marks)
    )
    if contract_id is not None:
        query = query.where(Ticket.contract_id == contract_id)
    return _counted([tuple(row) for row in session().execute(query)])


def _counted(rows: Sequence[tuple[Any, ...]]) -> Consultations:
    channels: dict[Channel, int] = dict.fromkeys(Channel, 0)
    askers: dict[AskerKind | None, int] = {**dict.fromkeys(AskerKind, 0), None: 0}
    kinds: dict[ConsultKind | None, int] = {**dict.fromkeys(ConsultKind, 0), None: 0}
    systems: dict[str, int] = {}
    cells: dict[tuple[Channel, AskerKind | None], int] = {}
    for channel, asker, kind, system, count in rows:
        channels[channel] += count
        askers[asker] += count
        kinds[kind] += count
        systems[system] = systems.get(system, 0) + count
        cells[channel, asker] = cells.get((channel, asker), 0) + count
    ranked = sorted(((name, count) for name, count in systems.items() if name), key=lambda pair: (-pair[1], pair[0]))
    return Consultations(sum(channels.values()), channels, askers, kinds, ranked, cells)
