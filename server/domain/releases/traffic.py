"""Which versions call: what a request says of itself, made safe, and counted by day without a person.

Every value comes from outside and may be a lie. It decides nothing; it is cut to its shape and counted (core.tallies).
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core import clock, crypto, versions
from server.core.db import Base, enum_column, hit
from server.core.enums import Labelled
from server.core.tallies import Tally
from server.domain import contracts
from server.domain.contracts import MaintainedSystem
from server.domain.flags import Environment
from server.domain.identity import Actor, Permission
from server.domain.releases.policy import policy

REFERER = re.compile(r"https://servicewechat\.com/(wx[0-9a-f]{16})/(devtools|\d{1,9})/page-frame\.html", re.ASCII)
STAMP = re.compile(r"[0-9a-f]{7,40}")
LIBRARY = re.compile(r"\d{1,3}\.\d{1,3}\.\d{1,4}", re.ASCII)
LONGEST_HEADER = 400
LONGEST_VERSION = 32
STAMP_CHARS = 12
DEVTOOLS, UNPUBLISHED = "devtools", "0"
# So many kinds of witness are told apart: enough to tell a liar from many, too few to tell who somebody is.
WITNESSES = 16


class Platform(Labelled):
    """What the mini program runs on, as wx.getDeviceInfo calls it."""

    IOS = "ios", "苹果"
    ANDROID = "android", "安卓"
    OHOS = "ohos", "鸿蒙"
    WINDOWS = "windows", "Windows"
    MAC = "mac", "Mac"
    DEVTOOLS = "devtools", "开发者工具"
    UNKNOWN = "unknown", "未知"


# Looked for in this order: the tools' and computers' agents name phones as well.
_AGENTS = (
    ("wechatdevtools", Platform.DEVTOOLS),
    ("windowswechat", Platform.WINDOWS),
    ("miniprogramenv/windows", Platform.WINDOWS),
    ("macwechat", Platform.MAC),
    ("miniprogramenv/mac", Platform.MAC),
    ("openharmony", Platform.OHOS),
    ("iphone", Platform.IOS),
    ("ipad", Platform.IOS),
    ("android", Platform.ANDROID),
)


class VersionTraffic(Base):
    """A day's requests of one version. ``build`` is WeChat's number, ``stamp`` the beginning of the git sha built in."""

    __tablename__ = "traffic_versions"

    day: Mapped[date] = mapped_column(primary_key=True)
    environment: Mapped[Environment] = enum_column(Environment, primary_key=True)
    version: Mapped[str] = mapped_column(sa.String(LONGEST_VERSION), primary_key=True)
    build: Mapped[str] = mapped_column(sa.String(12), primary_key=True)
    stamp: Mapped[str] = mapped_column(sa.String(STAMP_CHARS), primary_key=True)
    requests: Mapped[int] = mapped_column(sa.BigInteger)
    launches: Mapped[int] = mapped_column(sa.BigInteger)


class ClientTraffic(Base):
    """A day's requests of one platform and base library."""

    __tablename__ = "traffic_clients"

    day: Mapped[date] = mapped_column(primary_key=True)
    environment: Mapped[Environment] = enum_column(Environment, primary_key=True)
    platform: Mapped[Platform] = enum_column(Platform, primary_key=True)
    base_library: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    requests: Mapped[int] = mapped_column(sa.BigInteger)
    launches: Mapped[int] = mapped_column(sa.BigInteger)


class StrangerTraffic(Base):
    """A day's requests that say they come from a mini program which is not ours."""

    __tablename__ = "traffic_strangers"

    day: Mapped[date] = mapped_column(primary_key=True)
    appid: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    requests: Mapped[int] = mapped_column(sa.BigInteger)


class BuildWitness(Base):
    """That somebody signed in said which version a build is; of whom, one in so many kinds is known, by the day."""

    __tablename__ = "build_witnesses"

    day: Mapped[date] = mapped_column(primary_key=True)
    build: Mapped[str] = mapped_column(sa.String(12), primary_key=True)
    version: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    witness: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    requests: Mapped[int] = mapped_column(sa.BigInteger)


_versions = Tally(
    VersionTraffic,
    keys=("day", "environment", "version", "build", "stamp"),
    counts=("requests", "launches"),
    folds=("version", "build", "stamp"),
    within=("day", "environment"),
)
_clients = Tally(
    ClientTraffic,
    keys=("day", "environment", "platform", "base_library"),
    counts=("requests", "launches"),
    folds=("base_library",),
    within=("day", "environment"),
)
_strangers = Tally(StrangerTraffic, keys=("day", "appid"), counts=("requests",), folds=("appid",))
_witnesses = Tally(
    BuildWitness, keys=("day", "build", "version", "witness"), counts=("requests",), folds=("build", "version")
)


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a request of the mini program says of itself; what was not said, or not in its shape, is empty."""

    environment: Environment = Environment.RELEASE
    version: str = ""
    build: str = ""
    stamp: str = ""
    platform: Platform = Platform.UNKNOWN
    base_library: str = ""
    stranger: str = ""


@lru_cache(maxsize=2048)
def read_sighting(
    appid: str, referer: str, version: str, env: str, build: str, library: str, platform: str, agent: str
) -> Sighting | None:
    """What a request's headers come to; None for one that is no mini program's. ``appid`` is ours.

    Headers longer than ``LONGEST_HEADER`` are to be left empty before: what was read is kept for the next request.
    """
    source = REFERER.fullmatch(referer)
    if source is None and not version and not build:
        return None
    if source is not None and appid and source[1] != appid:
        return Sighting(stranger=source[1])
    number = source[2] if source is not None else ""
    built_in, _, stamp = build.rpartition("+")
    said = next((text for text in (version, built_in) if _is_version(text)), "")
    return Sighting(
        environment=_environment(number, env),
        version=said,
        build=number,
        stamp=stamp[:STAMP_CHARS] if STAMP.fullmatch(stamp) else "",
        platform=_platform(platform, agent),
        base_library=library if LIBRARY.fullmatch(library) else "",
    )


def note_traffic(seen: Sighting, *, launches: int, requests: int = 1, citizen_id: uuid.UUID | None = None) -> None:
    """Count so many requests, of which so many asked for the configuration, as every start does."""
    day = clock.today()
    if seen.stranger:
        _strangers.add((day, seen.stranger), requests=requests)
        return
    key = (day, seen.environment, seen.version, seen.build, seen.stamp)
    _versions.add(key, requests=requests, launches=launches)
    _clients.add((day, seen.environment, seen.platform, seen.base_library), requests=requests, launches=launches)
    if citizen_id is not None and seen.version and published(seen.build):
        _witnesses.add((day, seen.build, seen.version, _witness(citizen_id, day)), requests=requests)


def published(build: str) -> bool:
    """Whether a build number is one that WeChat gave to a published version."""
    return build not in ("", DEVTOOLS, UNPUBLISHED)


def sees_traffic(actor: Actor) -> list[sa.ColumnElement[bool]]:
    """Conditions that leave the traffic to who may see the releases of the mini program's contract, and nothing to others."""
    contract_id = contracts.contract_id_for(MaintainedSystem.MINI_PROGRAM, clock.today())
    scope = actor.contracts_for(Permission.RELEASE_VIEW)
    return [] if scope is None or contract_id in scope else [sa.false()]


def forget_traffic() -> int:
    """Remove counts and witnesses past their keep (``Policy``); how many rows."""
    rules, today = policy(), clock.today()
    counts = sum(
        hit(sa.delete(model).where(model.day < today - timedelta(days=rules.traffic_days)))
        for model in (VersionTraffic, ClientTraffic, StrangerTraffic)
    )
    witnesses = sa.delete(BuildWitness).where(BuildWitness.day < today - timedelta(days=rules.witness_days))
    return counts + hit(witnesses)


def _is_version(text: str) -> bool:
    return len(text) <= LONGEST_VERSION and versions.parse(text) is not None


def _environment(number: str, env: str) -> Environment:
    """Where it runs. WeChat writes the Referer and the mini program the header, so the Referer is believed first."""
    if number == DEVTOOLS:
        return Environment.DEVELOP
    if number and number != UNPUBLISHED:
        return Environment.RELEASE
    try:
        said = Environment(env)
    except ValueError:
        said = Environment.RELEASE
    return Environment.TRIAL if number == UNPUBLISHED and said is Environment.RELEASE else said


def _platform(said: str, agent: str) -> Platform:
    try:
        return Platform(said)
    except ValueError:
        lowered = agent.lower()
        return next((platform for word, platform in _AGENTS if word in lowered), Platform.UNKNOWN)


@lru_cache(maxsize=4096)
def _witness(citizen_id: uuid.UUID, day: date) -> int:
    return int(crypto.ring().blind_index(f"{day}{citizen_id}", "releases.witness")[:8], 16) % WITNESSES
