"""Who must hear that a delivery was signed or sent back: rooms above that hand in what they know more of."""

from __future__ import annotations

from collections.abc import Callable

from server.domain.deliverables.models import Delivery
from server.domain.identity import Actor

# Runs inside the unit of the decision; the delivery already has its new state.
Follower = Callable[[Actor, Delivery, str], None]

_followers: list[Follower] = []


def follow(follower: Follower) -> None:
    """Hear of each decision from now on, with its remark."""
    if follower not in _followers:
        _followers.append(follower)


def unfollow(follower: Follower) -> None:
    """No longer."""
    _followers.remove(follower)


def announce(actor: Actor, delivery: Delivery, remark: str) -> None:
    """Tell those who asked."""
    for follower in _followers:
        follower(actor, delivery, remark)
