"""In which contexts flags were evaluated lately: a sample, without saying who, to answer "whom would this change touch?".

Of a context only what the rules read is kept (with version, platform and environment), for a few days. Who it was is
kept as a pseudonym: a keyed digest, which means the same user again and leads back to nobody.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core import clock, crypto
from server.core.db import Base, enum_column, hit, run, table
from server.core.tallies import OTHER, Tally
from server.domain.flags.environments import Environment
from server.domain.flags.evaluation import Seen

LONGEST = 500
LONGEST_TEXT = 120
WHO = "targetingKey"
ALWAYS = frozenset({"version", "platform", "environment"})
# So many contexts at once, and then one every so many seconds, in each process.
BURST = 30
PAUSE_SECONDS = 10.0


class FlagContext(Base):
    """A context that was seen on a day, as canonical JSON, and for how many evaluations it stands."""

    __tablename__ = "flag_contexts"

    environment: Mapped[Environment] = enum_column(Environment, primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    context: Mapped[str] = mapped_column(sa.String(LONGEST), primary_key=True)
    seen: Mapped[int] = mapped_column(sa.BigInteger)


_tally = Tally(
    FlagContext,
    keys=("environment", "day", "context"),
    counts=("seen",),
    folds=("context",),
    within=("environment", "day"),
)
_rows = table(FlagContext).c


def pseudonym(text: str) -> str:
    """A name for a user that is the same each time and does not lead back to them."""
    return crypto.ring().blind_index(text, "flags.targeting_key")[:32]


class ContextSampler:
    """Samples the contexts of one environment in this process: a burst, then few, each standing for those between."""

    def __init__(self, environment: Environment, reads: frozenset[str]) -> None:
        self._environment = environment
        self._kept = sorted(reads | ALWAYS)
        self._left = float(BURST)
        self._asked_at = time.monotonic()
        self._skipped = 0

    def note(self, context: Mapping[str, Any], *, pseudonymous: bool = False) -> None:
        """Take a context into the sample, or only count it. ``pseudonymous``: its targeting key names nobody already."""
        moment = time.monotonic()
        self._left = min(self._left + (moment - self._asked_at) / PAUSE_SECONDS, BURST)
        self._asked_at = moment
        if self._left < 1:
            self._skipped += 1
            return
        self._left -= 1
        weight, self._skipped = self._skipped + 1, 0
        text = self._spelt(context, pseudonymous)
        if text is not None:
            _tally.add((self._environment, clock.today(), text), seen=weight)

    def _spelt(self, context: Mapping[str, Any], pseudonymous: bool) -> str | None:
        kept = {name: context[name] for name in self._kept if name in context}
        if not pseudonymous and isinstance(kept.get(WHO), str):
            kept[WHO] = pseudonym(kept[WHO])
        if any(isinstance(value, str) and len(value) > LONGEST_TEXT for value in kept.values()):
            return None
        try:
            text = orjson.dumps(kept, option=orjson.OPT_SORT_KEYS).decode()
        except (orjson.JSONEncodeError, RecursionError):
            return None
        return text if len(text) <= LONGEST and "\\u0000" not in text else None


def contexts_seen(environment: Environment, limit: int) -> list[Seen]:
    """The contexts of the sample, the most frequent first; at most ``limit``."""
    weight = sa.func.sum(_rows.seen).label("weight")
    wanted = (
        sa.select(_rows.context, weight)
        .where(_rows.environment == environment, _rows.context != OTHER)
        .group_by(_rows.context)
        .order_by(weight.desc(), _rows.context)
        .limit(limit)
    )
    return [Seen(json.loads(context), int(count)) for context, count in run(wanted)]


def forget_contexts(*, days: int) -> int:
    """Remove contexts seen longer than ``days`` days ago; how many rows."""
    return hit(sa.delete(FlagContext).where(FlagContext.day <= clock.today() - timedelta(days=days)))
