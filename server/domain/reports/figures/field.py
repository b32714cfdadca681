"""Remote sessions (A12), and visits for tickets: sent out, there, signed (A11, A21)."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from server.core.db import session
from server.domain.records import RemoteSession, SessionChannel
from server.domain.reports.content import Figure, Grid, Ref, Section, Work, count
from server.domain.reports.figures.desk import refs
from server.domain.reports.look import Look, day_text
from server.domain.tickets import EventKind, Ticket

QUARTERS = 4


def field_work(look: Look) -> Section:
    """The section."""
    remote = _sessions(look)
    sent, there = _with(look, EventKind.DISPATCHED), _with(look, EventKind.ARRIVED)
    spent = sum((each.ended_at - each.started_at for each in remote if each.ended_at), timedelta())
    hours = _hours(spent)
    seen = [Ref(f"{each.number} {each.purpose}", f"/admin/records/sessions/{each.id}") for each in remote]
    figures: list[Figure] = [
        count("field.remote", "远程服务", seen, address=look.address("records/sessions"), unit="次"),
        Figure("field.hours", "远程服务时长", hours, f"{hours} 小时", refs=tuple(seen[:200])),
        count("field.dispatched", "派员到现场", refs(ticket for ticket, _, _ in sent)),
        count("field.arrived", "到场处置", refs(ticket for ticket, _, _ in there)),
    ]
    by_channel = [
        (channel.label, str(sum(each.channel is channel for each in remote)))
        for channel in SessionChannel
        if any(each.channel is channel for each in remote)
    ]
    works = [
        *(Work(day_text(each.started_at), "远程服务", each.purpose, each.who) for each in remote),
        *(Work(on, "现场服务", f"{ticket.number} {ticket.title}", who) for ticket, on, who in there),
    ]
    return Section(
        key="field",
        title="远程与现场服务",
        figures=tuple(figures),
        grids=(Grid("field.channels", "远程服务方式", ("方式", "次数"), tuple(by_channel)),),
        works=tuple(works),
    )


def _sessions(look: Look) -> list[RemoteSession]:
    query = sa.select(RemoteSession).where(
        RemoteSession.contract_id == look.contract_id,
        RemoteSession.started_at >= look.start,
        RemoteSession.started_at < look.at,
    )
    return list(session().scalars(query.order_by(RemoteSession.started_at, RemoteSession.number)))


def _with(look: Look, kind: EventKind) -> list[tuple[Ticket, str, str]]:
    """Tickets for which this happened in the period, with the day and who did it first."""
    found = []
    for ticket in look.tickets.values():
        line = next((x for x in look.events.get(ticket.id, []) if x.kind is kind and look.within(x.at)), None)
        if line is not None:
            found.append((ticket, day_text(line.at), line.actor_name))
    return found


def _hours(spent: timedelta) -> str:
    """To the quarter of an hour, from whole minutes."""
    quarters = (int(spent.total_seconds() // 60) * 2 + 15) // 30
    whole, part = divmod(quarters, QUARTERS)
    return f"{whole}" + {0: "", 1: ".25", 2: ".5", 3: ".75"}[part]
