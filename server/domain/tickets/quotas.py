"""What one party may use up in a day.

Uses are rows that are only added and counted. A row to count in would have to be locked, and two first uses of a day
would then deadlock on MariaDB. So requests that run at the same moment may both be the last: a quota bounds abuse and
is no ledger; rate limits, which are exact, bound how many can run at once.
"""

from __future__ import annotations

import sqlalchemy as sa

from server.core import clock, crypto
from server.core.db import run, table
from server.core.errors import TooMany
from server.core.ids import new_id
from server.domain.identity import Actor, ActorKind
from server.domain.tickets.files import DayUse

_uses = table(DayUse)
_USED = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(_uses.c.size), 0)).where(
    *(column == sa.bindparam(column.name) for column in (_uses.c.owner, _uses.c.what, _uses.c.day_on))
)
_USE = sa.insert(_uses)


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
    mine = {"owner": owner, "what": what, "day_on": today}
    used, held = run(_USED, mine).one()
    if used >= most or (most_bytes is not None and held + size > most_bytes):
        raise DayQuotaReached(retry_after=_until_tomorrow())
    run(_USE, {**mine, "id": new_id(), "size": size})


def _until_tomorrow() -> int:
    return max(int((clock.end_of(clock.today()) - clock.now()).total_seconds()), 1)
