"""The everyday tickets of a year: so many a month, most answered in time, drawn by the year's own dice.

In each month one is answered late, one turns out to be a double and is cancelled, one concerns the client's own
computer and does not count (A29). Which ones is drawn; how many is fixed, so that the year's figures can be foretold.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from server.domain import tickets
from server.domain.identity import SCHEDULER, Actor
from server.domain.tickets import AskerKind, Channel, Kind, Scope, Severity
from server.jobs.demo.years.cast import Year
from server.jobs.demo.years.script import Story, at
from server.jobs.demo.years.service_records import closed
from server.jobs.demo.years.words import Matter

DAYTIME = range(7, 22)


@dataclass(frozen=True, slots=True)
class Lot:
    """What the dice said of one ticket."""

    received_at: datetime
    matter: Matter
    channel: Channel
    citizen: Actor | None = None
    late: bool = False
    double: bool = False
    client_side: bool = False


def month_of(
    year: Year, first: date, last: date, *, many: int, matters: Sequence[Matter], channels: Sequence[Channel]
) -> Iterator[Story]:
    """The stories of one month's tickets, received between two days of it."""
    draw = year.draw
    marked = draw.sample(range(many), 3)
    for number in range(many):
        day = first + timedelta(days=draw.randint(0, (last - first).days))
        channel = draw.choice(channels)
        lot = Lot(
            received_at=at(day.year, day.month, day.day, draw.choice(DAYTIME), draw.randint(0, 59)),
            matter=draw.choice(matters),
            channel=channel,
            citizen=draw.choice(year.citizens) if channel is Channel.MINI_PROGRAM else None,
            late=number == marked[0],
            double=number == marked[1],
            client_side=number == marked[2],
        )
        yield _life(year, lot)


def _life(year: Year, lot: Lot) -> Story:
    yield lot.received_at
    ticket_id = _opened(year, lot)
    # Two hours is the shorter promise, four the longer one: an answer between them could be either.
    moment = lot.received_at + (year.some(250, 540) if lot.late else year.some(3, 112))
    yield moment
    tickets.respond(year.maintainer, ticket_id, text=lot.matter.answer)
    if lot.double:
        yield moment + year.some(5, 60)
        tickets.cancel(year.handler, ticket_id, reason="与已登记的工单重复，并入原工单处理。")
        return
    yield from _worked_on(year, lot, ticket_id, moment)


def _opened(year: Year, lot: Lot) -> uuid.UUID:
    matter = lot.matter
    from_citizen = lot.citizen is not None
    actor = lot.citizen or year.maintainer
    ticket = tickets.open(
        actor,
        kind=matter.kind,
        title=matter.title,
        text=matter.text,
        channel=lot.channel,
        severity=Severity.NORMAL if from_citizen else matter.severity,
        contract_id=year.contract_id,
        asker_kind=matter.asker or (AskerKind.PUBLIC if from_citizen else None),
        consult_kind=matter.consult if matter.kind is Kind.CONSULTATION else None,
        consulted_system=matter.system if matter.kind is Kind.CONSULTATION else "",
    )
    if from_citizen:
        passed(ticket.id)
    return ticket.id


def passed(ticket_id: uuid.UUID) -> None:
    """WeChat's machine had nothing against the words."""
    for check in tickets.checks_of(ticket_id).values():
        tickets.apply_text_verdict(SCHEDULER, check.id, suggest="pass", label=100)


def _worked_on(year: Year, lot: Lot, ticket_id: uuid.UUID, moment: datetime) -> Story:
    draw = year.draw
    if lot.matter.kind is not Kind.CONSULTATION:
        moment += year.some(4, 45)
        yield moment
        tickets.start(year.maintainer, ticket_id)
    if draw.random() < 0.15:  # noqa: PLR2004 - one in seven has to be asked back
        yield (moment := moment + year.some(10, 90))
        tickets.wait(year.maintainer, ticket_id, reason="请补充出现问题的时间和截图。")
        yield (moment := moment + year.some(60, 900))
        tickets.start(year.maintainer, ticket_id, note="已补充")
    if lot.client_side:
        yield (moment := moment + year.some(5, 60))
        tickets.decide_scope(
            year.handler, ticket_id, scope=Scope.CLIENT_SIDE, reason="用户电脑浏览器版本过旧，不在维护范围。"
        )
    yield (moment := moment + year.some(30, 60 if lot.matter.kind is Kind.CONSULTATION else 2800))
    tickets.resolve(year.maintainer, ticket_id, text=lot.matter.solved, cause=lot.matter.cause)
    if lot.citizen is not None and draw.random() < 0.6:  # noqa: PLR2004 - not everybody rates
        yield (moment := moment + year.some(10, 280))
        tickets.rate(lot.citizen, ticket_id, stars=draw.choice((5, 5, 5, 4, 4, 3)), text="")
    yield moment + year.some(300, 2400)
    closed(year, ticket_id)
