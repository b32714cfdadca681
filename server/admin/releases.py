"""The pages of all releases: the board with its lines of time, who runs what, and the list of all versions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, request

from server.admin.access import current_actor, needs
from server.admin.listing import Column, Listing
from server.admin.pages import page
from server.admin.paging import paged
from server.admin.release_charts import named_of, stacked
from server.admin.release_tracks import days_of, tracks
from server.admin.release_words import TONES, Side, Turn, turn_of
from server.core import clock
from server.core.db import session
from server.domain import notices, releases
from server.domain.flags import Environment
from server.domain.identity import Actor, Permission
from server.domain.releases import Adoption, Release, ShareKind, State

blueprint = Blueprint("releases", __name__, url_prefix="/admin/releases")

LANES: tuple[tuple[str, tuple[State, ...]], ...] = (
    ("准备", (State.REGISTERED, State.UPLOADED)),
    ("微信审核", (State.IN_AUDIT, State.AUDIT_REJECTED)),
    ("局方审批", (State.AUDIT_PASSED, State.REFUSED)),
    ("发布", (State.APPROVED, State.GRAY)),
    ("线上", (State.FULL,)),
)
ON_BOARD = tuple(state for _, states in LANES for state in states)
MOST_CARDS = 40
MOST_LOGS = 30
LOOK_BACK = timedelta(days=60)
BOARD_DAYS = 14
PERIODS = (14, 30, 60)
ODD_DAYS = 7
MOST_SHARES = 6
MOST_ODD, MOST_BUILDS = 20, 40
# Roles name the side whose turn it is.
OWN_SIDE = {True: Side.VENDOR, False: Side.BUREAU}

COLUMNS = (
    Column("version", "版本", optional=False),
    Column("state", "状态", optional=False),
    Column("turn", "轮到"),
    Column("changelog", "更新内容"),
    Column("share", "今日占比"),
    Column("tickets", "工单"),
    Column("pushed_by", "推送人", shown=False),
    Column("created_at", "推送时间", sort="created_at"),
    Column("git_sha", "提交", shown=False),
)


@dataclass(frozen=True, slots=True)
class Card:
    """A release on the board. ``share`` is its part of today's launches, 0 to 1."""

    release: Release
    turn: Turn
    mine: bool
    share: float | None
    tickets: int


@dataclass(frozen=True, slots=True)
class Place:
    """What stands in one place of the ledger; ``share`` as above, for what is live."""

    label: str
    icon: str
    release: Release | None
    note: str = ""
    share: float | None = None


@blueprint.get("/")
@needs(Permission.RELEASE_VIEW)
def index() -> Response:
    """The board."""
    actor = current_actor()
    seen = releases.adoption(actor, Environment.RELEASE, days=BOARD_DAYS)
    recent = list(session().scalars(releases.matching(actor).limit(MOST_LOGS)))
    on_board = list(session().scalars(releases.matching(actor, states=ON_BOARD).limit(MOST_CARDS)))
    cards = _cards(actor, on_board, seen)
    since = clock.now() - LOOK_BACK
    logs = releases.events_by_release([release.id for release in recent])
    return page(
        "releases/index.html",
        lanes=[(label, [card for card in cards if card.release.state in states]) for label, states in LANES],
        places=_places(recent, seen),
        tracks=tracks(logs, recent, since),
        scale=days_of(since),
        chart=stacked(seen),
        days=BOARD_DAYS,
        odd=releases.unknown_builds(actor, days=ODD_DAYS),
        tones=TONES,
        mine=sum(card.mine for card in cards),
        anything=bool(recent),
    )


@blueprint.get("/adoption")
@needs(Permission.RELEASE_VIEW)
def adoption() -> Response:
    """Who runs what."""
    actor = current_actor()
    days = request.args.get("days", 30, type=int)
    days = days if days in PERIODS else PERIODS[1]
    environment = _environment(request.args.get("env", ""))
    seen = releases.adoption(actor, environment, days=days)
    ledger = {release.version: release for release in session().scalars(releases.matching(actor))}
    return page(
        "releases/adoption.html",
        "releases/_adoption.html",
        adoption=seen,
        chart=stacked(seen),
        days=days,
        periods=PERIODS,
        environment=environment,
        environments=list(Environment),
        versions=_version_rows(seen),
        ledger=ledger,
        shares=[(kind, releases.shares(actor, environment, kind, days=ODD_DAYS)[:MOST_SHARES]) for kind in ShareKind],
        odd=releases.unknown_builds(actor, days=ODD_DAYS)[:MOST_ODD],
        builds=releases.builds_seen(actor, days=days)[:MOST_BUILDS],
        odd_days=ODD_DAYS,
        named=named_of,
        tones=TONES,
    )


@blueprint.get("/all")
@needs(Permission.RELEASE_VIEW)
def history() -> Response:
    """Every version that ever was pushed."""
    actor = current_actor()
    listing = Listing("releases", COLUMNS, request.args, default_sort="-created_at")
    asked = request.args.get("state", "")
    states = [State(asked)] if asked in set(State) else []
    query = releases.matching(actor, states=states, text=request.args.get("q", "").strip()).order_by(None)
    found = paged(query, listing, {"created_at": Release.created_at}, tie=Release.id)
    seen = releases.adoption(actor, Environment.RELEASE, days=1)
    return page(
        "releases/history.html",
        "releases/_rows.html",
        listing=listing,
        found=found,
        cards={card.release.id: card for card in _cards(actor, found.items, seen)},
        tones=TONES,
        State=State,
    )


def _cards(actor: Actor, found: Sequence[Release], seen: Adoption) -> list[Card]:
    linked = releases.tickets_of([release.id for release in found])
    return [
        Card(
            release,
            turn := turn_of(release),
            turn.side is OWN_SIDE[actor.is_vendor],
            seen.share(release.version),
            len(linked[release.id]),
        )
        for release in found
    ]


def _places(recent: Sequence[Release], seen: Adoption) -> list[Place]:
    """What runs where, for who may see it."""
    visible = {release.id for release in recent}
    config = notices.app_config()

    def shown(release: Release | None) -> Release | None:
        return release if release is not None and release.id in visible else None

    live = shown(releases.current(Environment.RELEASE))
    gray = shown(releases.current_gray())
    trial = shown(releases.current(Environment.TRIAL))
    stopped = "、".join(config.blocked_versions) or "无"
    lowest = f"最低可用 {config.minimum_version}" if config.minimum_version else "不限最低版本"
    places = [
        Place("正式版", "rocket", live, f"{lowest}，停用 {stopped}", seen.share(live.version) if live else None),
        Place("灰度", "gauge", gray, f"已放量 {gray.gray_percent}%" if gray else "没有灰度中的版本"),
        Place("体验版", "flask", trial, "供局方试用" if trial else "尚未设置体验版"),
    ]
    if gray is not None:
        places[1] = Place("灰度", "gauge", gray, places[1].note, seen.share(gray.version))
    return places


def _version_rows(seen: Adoption) -> list[dict[str, Any]]:
    """Each version's launches on the last day that had any, and over all days."""
    total = sum(sum(counts) for counts in seen.launches.values())
    return [
        {
            "version": version,
            "today": seen.launches[version][-1],
            "today_share": seen.share(version),
            "launches": sum(seen.launches[version]),
            "share": sum(seen.launches[version]) / total if total else None,
            "requests": sum(seen.requests[version]),
        }
        for version in seen.versions
    ]


def _environment(text: str) -> Environment:
    return Environment(text) if text in set(Environment) else Environment.RELEASE
