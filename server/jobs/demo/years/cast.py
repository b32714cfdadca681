"""Who plays in a year, and what the stories leave behind by name for each other."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass, field, replace
from datetime import timedelta

from server.core.ids import new_id
from server.domain import identity
from server.domain.identity import ANONYMOUS, Actor, Lifetimes, Role

LIFETIMES = Lifetimes(access=timedelta(hours=2), refresh=timedelta(days=30))


@dataclass(frozen=True, slots=True)
class Year:
    """One contract's year: the bureau's two, the vendor's people with the rights that they had then, some citizens.

    ``named`` are the things that have a part in more than one story, or in the checks afterwards.
    """

    contract_id: uuid.UUID
    handler: Actor
    administrator: Actor
    maintainer: Actor
    manager: Actor
    former: Actor | None = None
    citizens: tuple[Actor, ...] = ()
    draw: random.Random = field(default_factory=lambda: random.Random(4))  # noqa: S311 - dice for a story
    named: dict[str, uuid.UUID] = field(default_factory=dict)

    def some(self, first: int, last: int) -> timedelta:
        """Some minutes."""
        return timedelta(minutes=self.draw.randint(first, last))


def then(actor: Actor, contract_id: uuid.UUID, role: Role) -> Actor:
    """An officer of the vendor with the rights that they had under an old contract."""
    return replace(actor, roles=(role,), grants=identity.grants_of([(role, contract_id)]))


def register_citizens(*nicknames: str) -> tuple[Actor, ...]:
    """Citizens who agreed to the present privacy notice. Nobody plays them in the simulator."""
    notice = identity.current_privacy_notice()
    found = []
    for nickname in nicknames:
        tokens = identity.sign_in_citizen(ANONYMOUS, openid=f"played-{new_id().hex}", lifetimes=LIFETIMES)
        actor = identity.citizen_actor(tokens.citizen)
        identity.give_consent(actor, version=notice.version, scopes=[item["key"] for item in notice.items])
        identity.set_profile(actor, nickname=nickname)
        found.append(actor)
    return tuple(found)
