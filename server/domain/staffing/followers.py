"""Who hears that somebody leaves: a room above keeps plans with them in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from server.domain.identity import Actor
from server.domain.staffing.models import Maintainer

# Takes the actor, who leaves, and the moment from which they are gone; runs inside the unit of work of the departure.
Follower = Callable[[Actor, Maintainer, datetime], None]

_followers: list[Follower] = []


def follow_departures(follower: Follower) -> None:
    """Have a room hear of departures; called once where the room is imported."""
    if follower not in _followers:
        _followers.append(follower)


def announce(actor: Actor, maintainer: Maintainer, gone_at: datetime) -> None:
    """Tell the followers that somebody leaves."""
    for follower in _followers:
        follower(actor, maintainer, gone_at)
