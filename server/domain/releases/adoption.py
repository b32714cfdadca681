"""Who really runs which version: shares by day, platform and base library, and whom a version policy would stop."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

import sqlalchemy as sa

from server.core import clock, versions
from server.core.db import run, table
from server.core.enums import Labelled
from server.core.tallies import OTHER
from server.domain.flags import Environment
from server.domain.identity import SCHEDULER, Actor
from server.domain.notices import AppConfig, UpdateNeed
from server.domain.releases.builds import Build
from server.domain.releases.traffic import ClientTraffic, Platform, VersionTraffic, sees_traffic

UNKNOWN = ""
# Anybody can invent versions; so many are told apart.
NAMED = 40


class ShareKind(Labelled):
    """By what users are told apart."""

    PLATFORM = "platform", "平台"
    BASE_LIBRARY = "base_library", "基础库"


@dataclass(frozen=True, slots=True)
class Adoption:
    """Launches and requests of each version on each of ``days``. ``versions``: the newest first, unknown ones last."""

    environment: Environment
    days: list[date]
    versions: list[str]
    launches: dict[str, list[int]]
    requests: dict[str, list[int]]

    def share(self, version: str, at: int = -1) -> float | None:
        """A version's share of a day's launches, 0 to 1; None on a day without any."""
        total = sum(counts[at] for counts in self.launches.values())
        return self.launches.get(version, [0] * len(self.days))[at] / total if total else None


@dataclass(frozen=True, slots=True)
class Share:
    """A platform or base library, and its part (0 to 1) of the launches."""

    name: str
    launches: int
    share: float


@dataclass(frozen=True, slots=True)
class Forced:
    """What a version policy would have done on a day: of ``total`` launches so many forced, and of which versions."""

    day: date
    total: int
    launches: int
    versions: dict[str, int] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """The part that is forced, 0 to 1."""
        return self.launches / self.total if self.total else 0.0


_seen, _clients, _builds = table(VersionTraffic).c, table(ClientTraffic).c, table(Build).c
# What a request said, or what its build number was learnt to be.
_SAID = sa.case((_seen.version != UNKNOWN, _seen.version), else_=sa.func.coalesce(_builds.version, UNKNOWN)).label(
    "said"
)
_WITH_BUILDS = table(VersionTraffic).outerjoin(table(Build), _seen.build == _builds.build)


def adoption(actor: Actor, environment: Environment, *, days: int) -> Adoption:
    """The last ``days`` days, today last; the most used versions by name, the rest as OTHER.

    Empty for who may not see the mini program's releases.
    """
    first = clock.today() - timedelta(days=days - 1)
    row = [first + timedelta(days=at) for at in range(days)]
    found: dict[str, tuple[list[int], list[int]]] = defaultdict(lambda: ([0] * days, [0] * days))
    seen = _daily(actor, environment, first).subquery()
    most = run(sa.select(seen.c.said).group_by(seen.c.said).order_by(sa.func.sum(seen.c.asked).desc()).limit(NAMED))
    name = sa.case((seen.c.said.in_(most.scalars().all()), seen.c.said), else_=OTHER).label("name")
    counted = (sa.func.sum(seen.c.started), sa.func.sum(seen.c.asked))
    for day, version, started, asked in run(sa.select(seen.c.day, name, *counted).group_by(seen.c.day, "name")):
        if day <= row[-1]:
            launches, requests = found[version]
            launches[(day - first).days], requests[(day - first).days] = int(started), int(asked)
    return Adoption(
        environment,
        row,
        newest_first(found),
        {version: launches for version, (launches, _) in found.items()},
        {version: requests for version, (_, requests) in found.items()},
    )


def shares(actor: Actor, environment: Environment, kind: ShareKind, *, days: int) -> list[Share]:
    """Platforms or base libraries by their part of the launches of the last ``days`` days, the largest first."""
    column = _clients.platform if kind is ShareKind.PLATFORM else _clients.base_library
    since = clock.today() - timedelta(days=days - 1)
    rows = run(
        sa.select(column, sa.func.sum(_clients.launches))
        .where(_clients.environment == environment, _clients.day >= since, *sees_traffic(actor))
        .group_by(column)
    )
    counted = {
        name.label if isinstance(name, Platform) else _named(name): int(launches) for name, launches in rows if launches
    }
    total = sum(counted.values())
    return [
        Share(name, counted[name], counted[name] / total) for name in sorted(counted, key=lambda each: -counted[each])
    ]


def versions_seen(since: date, environment: Environment = Environment.RELEASE) -> dict[str, int]:
    """Requests of each version since a day, that day included; "" is unknown. For programs: nobody's permission is asked."""
    found: dict[str, int] = defaultdict(int)
    for _, version, requests, _ in _by_day(SCHEDULER, environment, since):
        found[version] += int(requests)
    return dict(found)


def share_of(version: str, day: date, environment: Environment = Environment.RELEASE) -> float | None:
    """A version's share of a day's launches, 0 to 1; None on a day without any. For programs, as above."""
    started = {said: int(launches) for when, said, _, launches in _by_day(SCHEDULER, environment, day) if when == day}
    total = sum(started.values())
    return started.get(version, 0) / total if total else None


def forced_by(actor: Actor, day: date, *, minimum: str, blocked: Iterable[str]) -> Forced:
    """What serving no version below ``minimum``, and none of ``blocked``, would have done to a day's launches."""
    config = AppConfig(minimum_version=minimum, blocked_versions=tuple(blocked))
    started = {
        version: int(launches)
        for when, version, _, launches in _by_day(actor, Environment.RELEASE, day)
        if when == day and launches
    }
    forced = {version: started[version] for version in newest_first(started) if _forces(config, version)}
    return Forced(day, sum(started.values()), sum(forced.values()), forced)


def newest_first(names: Iterable[str]) -> list[str]:
    """Versions in the order of their precedence, the newest first; then what is no version: folded and unknown ones."""
    known = {name: version for name in names if (version := versions.parse(name)) is not None}
    others = sorted(set(names) - set(known), reverse=True)
    return sorted(known, key=lambda name: known[name], reverse=True) + others


def _forces(config: AppConfig, version: str) -> bool:
    return config.need_of(version) in (UpdateNeed.FORCED, UpdateNeed.BLOCKED)


def _named(library: str) -> str:
    return {"": "未知", OTHER: "其他"}.get(library, library)


def _by_day(actor: Actor, environment: Environment, since: date) -> sa.CursorResult[tuple[date, str, int, int]]:
    return run(_daily(actor, environment, since).order_by(_seen.day))


def _daily(actor: Actor, environment: Environment, since: date) -> sa.Select[tuple[date, str, int, int]]:
    """Day, version, requests and launches."""
    counted = (sa.func.sum(_seen.requests).label("asked"), sa.func.sum(_seen.launches).label("started"))
    return (
        sa.select(_seen.day, _SAID, *counted)
        .select_from(_WITH_BUILDS)
        .where(_seen.environment == environment, _seen.day >= since, *sees_traffic(actor))
        .group_by(_seen.day, "said")
    )
