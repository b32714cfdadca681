"""The privacy notice (隐私保护指引): numbered versions, each saying what is collected and what for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from server.core.db import session
from server.core.errors import Invalid, NotFound
from server.domain.identity.actor import Actor
from server.domain.identity.audit import record
from server.domain.identity.models.citizens import PrivacyNotice
from server.domain.identity.permissions import Permission


class NoticeMissing(NotFound):
    """No privacy notice was ever published."""

    code = "privacy_notice_missing"
    message = "隐私保护指引尚未发布。"


@dataclass(frozen=True, slots=True)
class NoticeItem:
    """One thing that is collected. ``required``: the service cannot be had without it."""

    key: str
    name: str
    purpose: str
    required: bool


def publish_privacy_notice(actor: Actor, *, title: str, text: str, items: Sequence[NoticeItem]) -> PrivacyNotice:
    """Publish the next version; every citizen has to agree anew. Needs privacy.publish."""
    actor.need(Permission.PRIVACY_PUBLISH)
    keys = [item.key for item in items]
    if not items or len(keys) != len(set(keys)):
        raise Invalid(fields={"items": ["至少一项，且标识不得重复。"]})
    version = (current_version() or 0) + 1
    notice = PrivacyNotice(
        version=version, title=title, text=text, items=[asdict(item) for item in items], published_by=actor.id
    )
    session().add(notice)
    session().flush()
    record(
        actor,
        "privacy_notice.published",
        subject=("privacy_notice", str(version)),
        summary=f"发布第 {version} 版隐私保护指引",
        changes={"version": [version - 1 or None, version], "items": [None, keys]},
    )
    return notice


def current_privacy_notice() -> PrivacyNotice:
    """The version in force; NoticeMissing if none was published."""
    newest = sa.select(PrivacyNotice).order_by(PrivacyNotice.version.desc()).limit(1)
    notice = session().scalars(newest).one_or_none()
    if notice is None:
        raise NoticeMissing
    return notice


def current_version() -> int | None:
    """The number of the version in force; None if none was published."""
    return session().scalars(sa.select(sa.func.max(PrivacyNotice.version))).one()


def privacy_notices() -> sa.Select[tuple[PrivacyNotice]]:
    """Every version that was ever published, newest first; anybody may read them."""
    return sa.select(PrivacyNotice).order_by(PrivacyNotice.version.desc())
