"""Who must hear of a changed calendar: rooms above hold deadlines that were computed on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from server.domain.calendar.working import WorkCalendar
from server.domain.identity import Actor


@dataclass(frozen=True, slots=True)
class Move:
    """An open deadline that a change moves: what it belongs to, and its end before and after (None: none)."""

    subject: str
    what: str
    before: datetime | None
    after: datetime | None


class Follower(Protocol):
    """What a room gives that keeps deadlines. Both run inside the unit of work of the change."""

    def preview(self, calendar: WorkCalendar) -> Sequence[Move]:
        """The open deadlines that would move if this calendar were in force."""

    def recompute(self, actor: Actor, reason: str) -> None:
        """Compute the open deadlines again on the calendar now in force, or queue a job that does."""


_followers: list[Follower] = []


def follow(follower: Follower) -> None:
    """Have a room hear of changes; called once where the room is imported."""
    if follower not in _followers:
        _followers.append(follower)


def unfollow(follower: Follower) -> None:
    """Stop hearing of changes."""
    _followers.remove(follower)


def moves(calendar: WorkCalendar) -> list[Move]:
    """Every open deadline that would move if this calendar were in force."""
    return [move for follower in _followers for move in follower.preview(calendar)]


def announce(actor: Actor, reason: str) -> None:
    """Tell the followers that another calendar is in force."""
    for follower in _followers:
        follower.recompute(actor, reason)
