"""What the mini program asks for when it starts: which versions may run, whom to ring up, where to go instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from server.core import versions
from server.core.db import session
from server.core.enums import Labelled
from server.core.errors import Conflict, Invalid
from server.domain import identity
from server.domain.identity import Actor, Permission
from server.domain.notices.feed import moved
from server.domain.notices.models.announcements import AppConfigVersion

MOST_LINKS = 12
MOST_BLOCKED = 50
LONGEST_VERSION = 20
UPDATE_MESSAGE = "当前版本过低，请更新小程序后继续使用。"


class UpdateNeed(Labelled):
    """What a version of the mini program has to do."""

    NONE = "none", "无需更新"
    OFFERED = "offered", "有新版本"
    FORCED = "forced", "必须更新"
    BLOCKED = "blocked", "已停用"


class StaleConfig(Conflict):
    """Somebody else has changed the configuration meanwhile."""

    code = "stale_config"
    message = "配置已被他人修改，请刷新后重新填写。"


@dataclass(frozen=True, slots=True)
class Link:
    """An address that the mini program shows, such as the national 12315 platform."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class AppConfig:
    """The configuration that holds. Versions are ``major.minor.patch``; empty means that there is no such limit."""

    number: int = 0
    latest_version: str = ""
    minimum_version: str = ""
    blocked_versions: tuple[str, ...] = ()
    update_message: str = UPDATE_MESSAGE
    phone: str = ""
    links: tuple[Link, ...] = field(default=(Link("全国12315平台", "https://www.12315.cn/"),))

    def need_of(self, version: str) -> UpdateNeed:
        """What a client of this version has to do. One that names no version (develop, trial) is left alone."""
        asked = versions.parse(version)
        if asked is None:
            return UpdateNeed.NONE
        minimum, latest = versions.parse(self.minimum_version), versions.parse(self.latest_version)
        if version in self.blocked_versions:
            return UpdateNeed.BLOCKED
        if minimum is not None and asked < minimum:
            return UpdateNeed.FORCED
        return UpdateNeed.OFFERED if latest is not None and asked < latest else UpdateNeed.NONE


def app_config() -> AppConfig:
    """The configuration that holds now; the built-in one (number 0) before the first was written."""
    row = session().scalars(sa.select(AppConfigVersion).order_by(AppConfigVersion.number.desc()).limit(1)).first()
    return AppConfig() if row is None else view_of(row)


def view_of(row: AppConfigVersion) -> AppConfig:
    """A stored version as a value."""
    return AppConfig(
        number=row.number,
        latest_version=row.latest_version,
        minimum_version=row.minimum_version,
        blocked_versions=tuple(row.blocked_versions),
        update_message=row.update_message or UPDATE_MESSAGE,
        phone=row.phone,
        links=tuple(Link(link["title"], link["url"]) for link in row.links),
    )


def app_config_history() -> sa.Select[tuple[AppConfigVersion]]:
    """All versions, newest first."""
    return sa.select(AppConfigVersion).order_by(AppConfigVersion.number.desc())


def revise_app_config(
    actor: Actor,
    *,
    base_number: int,
    latest_version: str,
    minimum_version: str,
    blocked_versions: Sequence[str],
    update_message: str,
    phone: str,
    links: Sequence[Link],
    reason: str,
) -> AppConfig:
    """Write the next version. ``base_number`` is the version that the writer saw. Needs system.configure."""
    actor.need(Permission.SYSTEM_CONFIGURE)
    before = app_config()
    if before.number != base_number:
        raise StaleConfig
    after = replace(
        before,
        latest_version=latest_version,
        minimum_version=minimum_version,
        blocked_versions=tuple(blocked_versions),
        update_message=update_message,
        phone=phone,
        links=tuple(links),
    )
    return _write(actor, before, after, reason)


def limit_versions(
    actor: Actor,
    *,
    reason: str,
    latest: str | None = None,
    minimum: str | None = None,
    blocked: Sequence[str] | None = None,
    message: str | None = None,
) -> AppConfig:
    """Say which versions of the mini program may run; None leaves as it is. Needs release.roll_back.

    A blocked version below the lowest one served is dropped from the list: it is refused anyhow.
    """
    actor.need(Permission.RELEASE_ROLL_BACK)
    before = app_config()
    lowest = before.minimum_version if minimum is None else minimum
    floor = versions.parse(lowest)
    kept = before.blocked_versions if blocked is None else tuple(blocked)
    after = replace(
        before,
        latest_version=before.latest_version if latest is None else latest,
        minimum_version=lowest,
        blocked_versions=tuple(each for each in kept if not _is_below(each, floor)),
        update_message=before.update_message if message is None else message,
    )
    return _write(actor, before, after, reason)


def recommend_version(actor: Actor, *, version: str, reason: str) -> AppConfig:
    """Make a version the newest that is offered. Needs release.operate."""
    actor.need(Permission.RELEASE_OPERATE)
    before = app_config()
    return _write(actor, before, replace(before, latest_version=version), reason)


def _write(actor: Actor, before: AppConfig, after: AppConfig, reason: str) -> AppConfig:
    """The next version of the configuration, checked, numbered and recorded; StaleConfig if somebody was quicker."""
    _check(after.latest_version, after.minimum_version, after.blocked_versions, after.links)
    row = AppConfigVersion(
        number=before.number + 1,
        latest_version=after.latest_version,
        minimum_version=after.minimum_version,
        blocked_versions=sorted(set(after.blocked_versions)),
        update_message=after.update_message,
        phone=after.phone,
        links=[{"title": link.title, "url": link.url} for link in after.links],
        reason=reason,
        created_by_id=actor.id,
        created_by_name=actor.name,
    )
    session().add(row)
    try:
        session().flush()
    except sa.exc.IntegrityError as error:
        raise StaleConfig from error
    moved()
    written = view_of(row)
    identity.record(
        actor,
        "app_config.revised",
        subject=("app_config", row.id),
        summary=f"修改小程序配置为第 {row.number} 版：{reason}",
        changes=_changes(before, written),
    )
    return written


def _is_below(version: str, floor: versions.Version | None) -> bool:
    found = versions.parse(version)
    return found is not None and floor is not None and found < floor


def _check(latest: str, minimum: str, blocked: Sequence[str], links: Sequence[Link]) -> None:
    wrong: dict[str, list[str]] = {}
    for name, value in (("latest_version", latest), ("minimum_version", minimum)):
        if value and (versions.parse(value) is None or len(value) > LONGEST_VERSION):
            wrong[name] = ["版本号的格式是 1.2.3。"]
    if any(versions.parse(version) is None for version in blocked) or len(blocked) > MOST_BLOCKED:
        wrong["blocked_versions"] = [f"最多 {MOST_BLOCKED} 个形如 1.2.3 的版本号。"]
    lowest, highest = versions.parse(minimum), versions.parse(latest)
    if lowest is not None and highest is not None and lowest > highest:
        wrong["minimum_version"] = ["最低版本不能高于最新版本，否则所有人都无法使用。"]
    if latest and latest in blocked:
        wrong["blocked_versions"] = ["不能停用最新版本，否则没有可以更新到的版本。"]
    if len(links) > MOST_LINKS or any(not link.title or not link.url.startswith("https://") for link in links):
        wrong["links"] = [f"最多 {MOST_LINKS} 个链接，每个都要有标题和 https 地址。"]
    if wrong:
        raise Invalid(fields=wrong)


def _changes(before: AppConfig, after: AppConfig) -> dict[str, Any]:
    names = ("latest_version", "minimum_version", "blocked_versions", "update_message", "phone", "links")
    pairs = {name: [_plain(getattr(before, name)), _plain(getattr(after, name))] for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [f"{item.title} {item.url}" if isinstance(item, Link) else item for item in value]
    return value
