"""Our own figure: how long a solution took, what of it was waiting, and how it stands to our own target. Pure.

Nothing here is contractual (domain.md #11). It stops while others must act and while material is missing (A28), which the
contract's clocks never do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.domain.tickets.sla import Entry
from server.domain.tickets.vocabulary import EventKind, TicketState

SOLVED = frozenset({TicketState.RESOLVED, TicketState.CLOSED, TicketState.CANCELLED})
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Resolution:
    """From receipt to solution, or until now. ``waited``: how much of it stood still, for others or for material;
    ``stalled``: how much for material alone. ``target`` is our own (内部目标), None where there is none."""

    gross: timedelta
    waited: timedelta
    stalled: timedelta = timedelta()
    solved: bool = False
    paused: bool = False
    target: timedelta | None = None

    @property
    def net(self) -> timedelta:
        """The time without the standing still, on the same clock."""
        return self.gross - self.waited

    @property
    def left(self) -> timedelta | None:
        """How much of the target is left; negative when it was missed."""
        return None if self.target is None else self.target - self.net

    @property
    def missed(self) -> bool:
        """Whether it took, or has taken, longer than our own target."""
        return self.left is not None and self.left < timedelta()


def resolution(log: Sequence[Entry], now: datetime, *, target: timedelta | None = None) -> Resolution:
    """How long it took, or has taken until now; a reopened ticket runs on until it is solved again."""
    solved_at, paused = _solved_at(log), False
    end = solved_at or now
    span = (log[0].at, max(end, log[0].at))
    waiting, stalled = _waiting(log, end), _stalled(log, end)
    if solved_at is None:
        paused = any(until >= end for _, until in (*waiting, *stalled))
    return Resolution(
        span[1] - span[0],
        _length([*waiting, *stalled], span),
        _length(stalled, span),
        solved=solved_at is not None,
        paused=paused,
        target=target,
    )


def _solved_at(log: Iterable[Entry]) -> datetime | None:
    """Since when it has been solved; None while it is being worked on."""
    solved_at: datetime | None = None
    for line in log:
        if "state" not in line.data:
            continue
        if TicketState(line.data["state"]) not in SOLVED:
            solved_at = None
        elif solved_at is None:
            solved_at = line.at
    return solved_at


def _waiting(log: Iterable[Entry], end: datetime) -> list[Span]:
    found: list[Span] = []
    since: datetime | None = None
    for line in log:
        state = TicketState(line.data["state"]) if "state" in line.data else None
        if state is TicketState.WAITING and since is None:
            since = line.at
        elif since is not None and state is not None and state is not TicketState.WAITING:
            found.append((since, line.at))
            since = None
    return [*found, (since, end)] if since is not None else found


def _stalled(log: Iterable[Entry], end: datetime) -> list[Span]:
    """While any material was missing: each by its own name, ended by the line that names the same."""
    found: list[Span] = []
    missing: dict[str, datetime] = {}
    for line in log:
        name = str(line.data.get("material", ""))
        if line.kind is EventKind.MATERIAL_STALLED:
            missing.setdefault(name, line.at)
        elif line.kind is EventKind.MATERIAL_RESUMED and name in missing:
            found.append((missing.pop(name), line.at))
    return [*found, *((since, end) for since in missing.values())]


def _length(spans: Iterable[Span], within: Span) -> timedelta:
    """How much of ``within`` the spans cover, overlaps once."""
    total, reached = timedelta(), within[0]
    for since, until in sorted(spans):
        begun, ended = max(since, reached), min(until, within[1])
        if ended > begun:
            total += ended - begun
            reached = ended
    return total
