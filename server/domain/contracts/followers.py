"""Who must hear of changed terms: rooms above hold clocks that were computed from them."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from server.domain.identity import Actor

# Takes the actor, the contract and a Chinese reason; runs inside the unit of work of the change.
Follower = Callable[[Actor, uuid.UUID, str], None]

_followers: list[Follower] = []


def follow(follower: Follower) -> None:
    """Have a room hear of changed terms; called once where the room is imported."""
    if follower not in _followers:
        _followers.append(follower)


def unfollow(follower: Follower) -> None:
    """Stop hearing of changes."""
    _followers.remove(follower)


def announce(actor: Actor, contract_id: uuid.UUID, reason: str) -> None:
    """Tell the followers that a contract's terms, or whether they hold, have changed."""
    for follower in _followers:
        follower(actor, contract_id, reason)
