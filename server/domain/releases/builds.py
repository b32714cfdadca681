"""Which version WeChat's build number is: learnt from people who are signed in, never from one alone.

WeChat counts its builds itself and tells nobody what a number stands for. A request that carries both a number and a
version is a claim, and anybody can send one. A day settles a number when enough different witnesses name one version, and
more of them than all others together; a number is what most settled days say.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core import clock
from server.core.db import Base, run, session, table
from server.core.enums import Labelled
from server.core.tallies import OTHER
from server.domain import identity
from server.domain.flags import Environment
from server.domain.identity import SCHEDULER, Actor
from server.domain.releases.models import Release
from server.domain.releases.policy import policy
from server.domain.releases.traffic import BuildWitness, StrangerTraffic, VersionTraffic, published, sees_traffic

# Anybody can invent builds; so many are looked at.
MOST = 300


class Build(Base):
    """What a build number was learnt to be; ``days`` is how many days of the last look said so."""

    __tablename__ = "builds"

    build: Mapped[str] = mapped_column(sa.String(12), primary_key=True)
    version: Mapped[str] = mapped_column(sa.String(32))
    days: Mapped[int]
    first_on: Mapped[date]
    last_on: Mapped[date]
    learnt_at: Mapped[datetime]


class Oddity(Labelled):
    """Why something seen in traffic does not fit the ledger."""

    UNLEARNT = "unlearnt", "构建号未识别"
    UNREGISTERED = "unregistered", "版本未登记"
    OTHER_CODE = "other_code", "代码与登记不一致"
    CONTRADICTED = "contradicted", "版本与构建号不符"
    STRANGER = "stranger", "来自其他小程序"


@dataclass(frozen=True, slots=True)
class Strange:
    """Something seen in traffic that does not fit the ledger: requests of so many days, first and last seen."""

    kind: Oddity
    version: str
    build: str
    stamp: str
    appid: str
    requests: int
    first_on: date
    last_on: date


@dataclass(slots=True)
class BuildSeen:
    """A published build number in traffic: what it was learnt to be (or ""), and requests by the version they claim."""

    build: str
    version: str
    requests: int = 0
    first_on: date = date.max
    last_on: date = date.min
    claims: Counter[str] = field(default_factory=Counter)


_witnesses, _seen, _strangers = table(BuildWitness).c, table(VersionTraffic).c, table(StrangerTraffic).c


def learn_builds() -> int:
    """Learn what the last days' witnesses agree on; how many numbers were learnt anew or differently."""
    rules = policy()
    rows = run(
        sa.select(_witnesses.day, _witnesses.build, _witnesses.version, sa.func.count())
        .where(_witnesses.day > clock.today() - timedelta(days=rules.learn_days))
        .where(_witnesses.build != OTHER, _witnesses.version != OTHER)
        .group_by(_witnesses.day, _witnesses.build, _witnesses.version)
    )
    return sum(_learn(build, days) for build, days in settled_days(rows, rules.witnesses).items())


def settled_days(rows: Iterable[Any], witnesses: int) -> dict[str, dict[str, list[date]]]:
    """For each build the versions that days were settled on, with those days. Rows: day, build, version, witnesses."""
    votes: dict[tuple[date, str], dict[str, int]] = defaultdict(dict)
    for day, build, version, count in rows:
        votes[day, build][version] = count
    found: dict[str, dict[str, list[date]]] = defaultdict(lambda: defaultdict(list))
    for (day, build), counts in sorted(votes.items()):
        version = max(sorted(counts), key=lambda each: counts[each])
        if counts[version] >= witnesses and counts[version] * 2 > sum(counts.values()):
            found[build][version].append(day)
    return found


def learnt_builds() -> dict[str, str]:
    """All build numbers that were learnt, with their versions."""
    builds = table(Build).c
    return dict(run(sa.select(builds.build, builds.version)).tuples().all())


def builds_seen(actor: Actor, *, days: int) -> list[BuildSeen]:
    """The published builds of the last ``days`` days, the highest number first."""
    learnt = learnt_builds()
    found: dict[str, BuildSeen] = {}
    for version, build, _stamp, requests, first, last in _rows(actor, days):
        if not published(build) or build == OTHER:
            continue
        seen = found.setdefault(build, BuildSeen(build, learnt.get(build, "")))
        seen.requests += requests
        seen.first_on, seen.last_on = min(seen.first_on, first), max(seen.last_on, last)
        seen.claims[version] += requests
    return sorted(found.values(), key=lambda seen: -int(seen.build))


def unknown_builds(actor: Actor, *, days: int) -> list[Strange]:
    """What the traffic of the last ``days`` days has that does not fit the ledger, the most frequent first."""
    learnt = learnt_builds()
    shas = dict(session().execute(sa.select(Release.version, Release.git_sha)).tuples().all())
    found = []
    for version, build, stamp, requests, first, last in _rows(actor, days):
        kind = _oddity(version, build, stamp, learnt, shas)
        if kind is not None:
            found.append(Strange(kind, version or learnt.get(build, ""), build, stamp, "", requests, first, last))
    found += _strange_programs(actor, days)
    return sorted(found, key=lambda strange: (-strange.requests, strange.kind.value, strange.version, strange.build))


def _oddity(version: str, build: str, stamp: str, learnt: dict[str, str], shas: dict[str, str]) -> Oddity | None:
    named = version or learnt.get(build, "")
    if OTHER in (version, build) or (not named and not published(build)):
        return None
    if not named:
        return Oddity.UNLEARNT
    if learnt.get(build, named) != named:
        return Oddity.CONTRADICTED
    if named not in shas:
        return Oddity.UNREGISTERED
    return Oddity.OTHER_CODE if stamp and not shas[named].startswith(stamp) else None


def _rows(actor: Actor, days: int) -> sa.CursorResult[tuple[str, str, str, int, date, date]]:
    """What the released version's requests said, the most frequent first."""
    kept = (_seen.version, _seen.build, _seen.stamp)
    counted = (sa.func.sum(_seen.requests), sa.func.min(_seen.day), sa.func.max(_seen.day))
    since = clock.today() - timedelta(days=days - 1)
    own = (_seen.environment == Environment.RELEASE, _seen.day >= since, *sees_traffic(actor))
    return run(sa.select(*kept, *counted).where(*own).group_by(*kept).order_by(counted[0].desc()).limit(MOST))


def _strange_programs(actor: Actor, days: int) -> list[Strange]:
    since = clock.today() - timedelta(days=days - 1)
    counted = (sa.func.sum(_strangers.requests), sa.func.min(_strangers.day), sa.func.max(_strangers.day))
    wanted = sa.select(_strangers.appid, *counted).where(_strangers.day >= since, *sees_traffic(actor))
    rows = run(wanted.group_by(_strangers.appid).order_by(counted[0].desc()).limit(MOST))
    return [Strange(Oddity.STRANGER, "", "", "", appid, int(count), first, last) for appid, count, first, last in rows]


def _learn(build: str, settled: dict[str, list[date]]) -> bool:
    row = session().get(Build, build)
    held = row.version if row else ""
    # Where days are equal, what was learnt before stays.
    version = max(sorted(settled), key=lambda each: (len(settled[each]), each == held))
    days = settled[version]
    if row is None:
        row = Build(build=build, first_on=days[0])
        session().add(row)
    changed = held != version
    if changed:
        row.version, row.first_on, row.learnt_at = version, days[0], clock.now()
        identity.record(
            SCHEDULER, "build.learnt", subject=("build", build), summary=f"识别微信构建号 {build} 为版本 {version}"
        )
    row.days, row.last_on = len(days), days[-1]
    return changed
