"""Who must hear that a paper is signed: rooms above, which know what it means for their matter."""

from __future__ import annotations

from collections.abc import Callable

from server.domain.documents import Document
from server.domain.identity import Actor

# Runs inside the unit of the last signature; what it raises refuses that signature.
Follower = Callable[[Actor, Document], None]

_followers: dict[str, list[Follower]] = {}


def on_signed(kind_code: str, follower: Follower) -> None:
    """Have a room hear of each document of a kind that every side has signed; called once where the room is loaded."""
    found = _followers.setdefault(kind_code, [])
    if follower not in found:
        found.append(follower)


def announce(actor: Actor, document: Document) -> None:
    """Tell those who asked."""
    for follower in _followers.get(document.kind, ()):
        follower(actor, document)


def forget(kind_code: str, follower: Follower) -> None:
    """Stop hearing."""
    _followers.get(kind_code, []).remove(follower)
