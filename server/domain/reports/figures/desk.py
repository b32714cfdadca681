"""Tickets: received, done and open, by kind, channel, severity and state, day by day.

What was open at a moment is read from the event log, so a ticket that was closed on the third of the next month is open
at the month's end, whenever one asks. Merged tickets count with the one that took them in; cancelled ones count as done.
open before + received + reopened − done = open after.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from server.core import clock
from server.domain.reports.content import Curve, Figure, Grid, Ref, Section, count
from server.domain.reports.look import Look, minute_text
from server.domain.tickets import ACTIVE, Channel, Kind, Severity, Ticket, TicketState

WEEK = 7
DAILY = 15
OPEN_SHOWN = 50


def desk(look: Look) -> Section:
    """The section."""
    received, done, left = look.received(), ended(look), open_after(look)
    cancelled = [each for each in received if look.state_at(each, look.at) is TicketState.CANCELLED]
    seen = look.tickets_address(state="")
    return Section(
        key="desk",
        title="工单受理与办结",
        figures=(
            count("desk.before", "期初未办结", refs(open_before(look))),
            count("desk.received", "新接报", refs(received), address=seen, note="已并入其他工单的不重复计"),
            count("desk.cancelled", "其中已撤销", refs(cancelled), address=look.tickets_address(state="cancelled")),
            count("desk.reopened", "重新打开", refs(reopened(look))),
            count("desk.done", "办结", refs(done), note="已解决、已关闭和已撤销"),
            count("desk.after", "期末未办结", refs(left), note="期初 + 新接报 + 重新打开 − 办结"),
            *_rating(done),
        ),
        grids=(
            _by_kind(received, done, left),
            _by("desk.channels", "接报渠道", "渠道", Channel, Counter(each.channel for each in received)),
            _by("desk.severities", "严重程度", "级别", Severity, Counter(each.severity for each in received)),
            _states(look, received),
            _still_open(look, left),
        ),
        curves=(_days(look, received, done),),
    )


def open_before(look: Look) -> list[Ticket]:
    """Open when the period began."""
    return [each for each in look.tickets.values() if look.is_open(each, look.start)]


def open_after(look: Look) -> list[Ticket]:
    """Open at its end, the gravest first."""
    rank = {level: -place for place, level in enumerate(Severity)}
    found = [each for each in look.tickets.values() if look.is_open(each, look.at)]
    return sorted(found, key=lambda each: (rank[each.severity], each.received_at))


def reopened(look: Look) -> list[Ticket]:
    """Over when the period began, and open again at its end."""
    old = [each for each in look.tickets.values() if each.received_at < look.start]
    return [each for each in old if not look.is_open(each, look.start) and look.is_open(each, look.at)]


def ended(look: Look) -> list[Ticket]:
    """Open when the period began or received in it, and no longer open at its end."""
    begun = [each for each in look.tickets.values() if each.received_at >= look.start or look.is_open(each, look.start)]
    return [each for each in begun if not look.is_open(each, look.at)]


def refs(tickets: Iterable[Ticket]) -> list[Ref]:
    """Tickets as sources."""
    return [Ref(f"{each.number} {each.title}", f"/admin/tickets/{each.id}") for each in tickets]


def _rating(done: Sequence[Ticket]) -> tuple[Figure, ...]:
    rated = [each for each in done if each.stars is not None]
    if not rated:
        return ()
    stars = sum(each.stars or 0 for each in rated)
    tenths = (stars * 20 // len(rated) + 1) // 2
    text = f"{tenths // 10}.{tenths % 10} 星"
    return (Figure("desk.stars", "平均评价", text, text, f"{len(rated)} 件有评价", refs=tuple(refs(rated))),)


def _by_kind(received: Sequence[Ticket], done: Sequence[Ticket], left: Sequence[Ticket]) -> Grid:
    parts = [Counter(each.kind for each in part) for part in (received, done, left)]
    rows = [(kind.label, *(str(part[kind]) for part in parts)) for kind in Kind if any(part[kind] for part in parts)]
    total = ("合计", *(str(sum(part.values())) for part in parts))
    return Grid("desk.kinds", "按类型", ("类型", "新接报", "办结", "期末未办结"), (*rows, total))


def _by(key: str, title: str, heading: str, members: type[Channel | Severity], counted: Counter[object]) -> Grid:
    rows = [(each.label, str(counted[each])) for each in members if counted[each]]
    return Grid(key, title, (heading, "新接报"), tuple(rows))


def _states(look: Look, received: Sequence[Ticket]) -> Grid:
    counted = Counter(look.state_at(each, look.at) for each in received)
    rows = [(state.label, str(counted[state])) for state in TicketState if counted[state]]
    return Grid("desk.states", "本期接报工单的期末状态", ("状态", "件数"), tuple(rows))


def _still_open(look: Look, left: Sequence[Ticket]) -> Grid:
    rows = [
        (
            each.number,
            each.title,
            each.severity.label,
            minute_text(each.received_at),
            (look.state_at(each, look.at) or TicketState.NEW).label,
            each.assignee_name or "未分派",
        )
        for each in left[:OPEN_SHOWN]
    ]
    return Grid("desk.open", "期末未办结工单", ("编号", "事项", "级别", "接报时间", "状态", "负责人"), tuple(rows))


def _days(look: Look, received: Sequence[Ticket], done: Sequence[Ticket]) -> Curve:
    """By day in a short period, by week in a longer one."""
    starts = _buckets(look)
    came, went = [0] * len(starts), [0] * len(starts)
    for each in received:
        came[_place(starts, clock.local_day(each.received_at))] += 1
    for each in done:
        went[_place(starts, _ended_on(look, each))] += 1
    by_day = len(starts) > 1 and (starts[1] - starts[0]).days == 1
    labels = [f"{day.month}-{day.day}" if by_day else f"{day.month}-{day.day} 起" for day in starts]
    series = (("新接报", tuple(map(float, came))), ("办结", tuple(map(float, went))))
    return Curve("desk.days", "工单受理与办结趋势", "件", tuple(labels), series)


def _buckets(look: Look) -> list[date]:
    days = (look.last - look.first).days + 1
    if days <= DAILY:
        return [look.first + timedelta(days=number) for number in range(days)]
    if days <= WEEK * 8:
        monday = look.first - timedelta(days=look.first.weekday())
        later = [monday + timedelta(days=WEEK * number) for number in range(1, days // WEEK + 2)]
        return [look.first, *(day for day in later if look.first < day <= look.last)]
    months = [look.first]
    while (following := (months[-1].replace(day=1) + timedelta(days=32)).replace(day=1)) <= look.last:
        months.append(following)
    return months


def _place(starts: Sequence[date], day: date) -> int:
    return max((place for place, start in enumerate(starts) if start <= day), default=0)


def _ended_on(look: Look, ticket: Ticket) -> date:
    """The day of the line that last took it out of the open ones."""
    day, was_open = clock.local_day(ticket.received_at), True
    for line in look.events.get(ticket.id, []):
        if line.at >= look.at or "state" not in line.data:
            continue
        is_open = str(line.data["state"]) in _OPEN
        if was_open and not is_open:
            day = clock.local_day(line.at)
        was_open = is_open
    return max(day, look.first)


_OPEN = {state.value for state in ACTIVE}
