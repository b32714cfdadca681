"""What one party may use up in a day, counted exactly: a conditional update, so two at once cannot both be the last."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server.core import clock, crypto
from server.core.db import hit, session
from server.core.errors import TooMany
from server.domain.identity import Actor, ActorKind
from server.domain.tickets.files import DayUse

A_DAY = 24 * 3600


class DayQuotaReached(TooMany):
    """Enough for today; the count begins anew at midnight in Shanghai."""

    code = "day_quota"
    message = "今日次数已达上限，请明天再试，或拨打服务电话。"


def owner_key(actor: Actor) -> str:
    """For whom uses are counted: the person, or the address of somebody unknown, which is kept as a blind index."""
    if actor.kind is ActorKind.ANONYMOUS or actor.id is None:
        return f"a:{crypto.ring().blind_index(actor.address, 'desk-address')}"
    return f"{actor.kind.value}:{actor.id}"


def use(actor: Actor, what: str, *, most: int, size: int = 0, most_bytes: int | None = None) -> None:
    """Count one use of ``size`` bytes; DayQuotaReached when it would be one too many."""
    owner, today = owner_key(actor), clock.today()
    row = (DayUse.owner == owner, DayUse.what == what, DayUse.day_on == today)
    room: list[Any] = [DayUse.used < most]
    if most_bytes is not None:
        room.append(DayUse.byte_count + size <= most_bytes)
    count = sa.update(DayUse).where(*row, *room).values(used=DayUse.used + 1, byte_count=DayUse.byte_count + size)
    if hit(count):
        return
    fits = most > 0 and (most_bytes is None or size <= most_bytes)
    if fits and _first(owner, what, size):
        return
    # the row may have been begun by somebody else between the two
    if not (fits and hit(count)):
        raise DayQuotaReached(retry_after=_until_tomorrow())


def _first(owner: str, what: str, size: int) -> bool:
    """Begin the day's row; False if there is one already."""
    day = clock.today()
    known = sa.select(DayUse.used).where(DayUse.owner == owner, DayUse.what == what, DayUse.day_on == day)
    if session().scalar(known) is not None:
        return False
    try:
        with session().begin_nested():
            row = {"owner": owner, "what": what, "day_on": day, "used": 1, "byte_count": size}
            session().execute(sa.insert(DayUse).values(**row))
    except IntegrityError:
        return False
    return True


def _until_tomorrow() -> int:
    return max(int((clock.end_of(clock.today()) - clock.now()).total_seconds()), 1)
