"""Who must hear of a changed flag set."""

from __future__ import annotations

from collections.abc import Callable

from server.domain.flags.models import Revision
from server.domain.identity import Actor

# Runs inside the unit of work of the change, after the revision was written.
Follower = Callable[[Actor, Revision], None]

_followers: list[Follower] = []


def follow(follower: Follower) -> None:
    """Have a room hear of every new revision; called once where the room is imported."""
    if follower not in _followers:
        _followers.append(follower)


def unfollow(follower: Follower) -> None:
    """Stop hearing."""
    _followers.remove(follower)


def announce(actor: Actor, revision: Revision) -> None:
    """Tell the followers of a new revision."""
    for follower in _followers:
        follower(actor, revision)
