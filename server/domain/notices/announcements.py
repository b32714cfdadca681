"""Announcements: written as a draft, published, changed while they stand, withdrawn; never deleted."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from server.core.clock import now
from server.core.db import session
from server.core.errors import Conflict, NotFound
from server.domain import identity
from server.domain.identity import Actor, ActorKind, Permission
from server.domain.notices.feed import moved
from server.domain.notices.models.announcements import Audience, Notice, NoticeState

CITIZENS = (Audience.EVERYONE, Audience.CITIZENS)
OFFICERS = (Audience.EVERYONE, Audience.OFFICERS)


class NoticeNotFound(NotFound):
    """No such announcement, or not for this reader."""

    code = "notice_not_found"
    message = "没有找到这条公告，可能已撤回。"


class StaleNotice(Conflict):
    """Somebody else has changed the announcement meanwhile."""

    code = "stale_notice"
    message = "公告已被他人修改，请刷新后重新填写。"


class WrongNoticeState(Conflict):
    """The announcement is not in a state for this step."""

    code = "wrong_notice_state"
    message = "公告的当前状态不允许这样操作。"


def current_notices(audience: Audience = Audience.CITIZENS) -> sa.Select[tuple[Notice]]:
    """What stands now for citizens (or officers), pinned first, then newest: order ``(rank, published_at, id)`` down."""
    seen = OFFICERS if audience is Audience.OFFICERS else CITIZENS
    return (
        sa.select(Notice)
        .where(Notice.published_at.is_not(None), Notice.withdrawn_at.is_(None), Notice.audience.in_(seen))
        .order_by(Notice.rank.desc(), Notice.published_at.desc(), Notice.id.desc())
    )


def current_notice(notice_id: uuid.UUID, audience: Audience = Audience.CITIZENS) -> Notice:
    """One announcement that stands now for this audience, or NoticeNotFound."""
    found = session().scalars(current_notices(audience).where(Notice.id == notice_id)).one_or_none()
    if found is None:
        raise NoticeNotFound
    return found


def notices_matching(actor: Actor, *, state: NoticeState | None = None, text: str = "") -> sa.Select[tuple[Notice]]:
    """All announcements that the actor may manage, newest first. Needs notice.view; drafts need notice.publish."""
    actor.need(Permission.NOTICE_VIEW)
    query = sa.select(Notice).order_by(Notice.id.desc())
    if not actor.may(Permission.NOTICE_PUBLISH):
        query = query.where(
            Notice.published_at.is_not(None), Notice.withdrawn_at.is_(None), Notice.audience.in_(OFFICERS)
        )
    if state is NoticeState.DRAFT:
        query = query.where(Notice.published_at.is_(None))
    elif state is NoticeState.PUBLISHED:
        query = query.where(Notice.published_at.is_not(None), Notice.withdrawn_at.is_(None))
    elif state is NoticeState.WITHDRAWN:
        query = query.where(Notice.withdrawn_at.is_not(None))
    if text:
        query = query.where(Notice.title.contains(text, autoescape=True))
    return query


def find_notice(actor: Actor, notice_id: uuid.UUID) -> Notice:
    """One announcement that the actor may see in the console, or NoticeNotFound."""
    found = session().scalars(notices_matching(actor).where(Notice.id == notice_id)).one_or_none()
    if found is None:
        raise NoticeNotFound
    return found


def draft_notice(actor: Actor, *, title: str, body: str, audience: Audience, pinned: bool = False) -> Notice:
    """Write an announcement that nobody sees yet. Needs notice.publish, as all that follows."""
    actor.need(Permission.NOTICE_PUBLISH)
    notice = Notice(
        title=title.strip(),
        body=body,
        audience=audience,
        rank=int(pinned),
        created_by_id=actor.id if actor.kind is not ActorKind.SYSTEM else None,
        created_by_name=actor.name,
    )
    session().add(notice)
    session().flush()
    _record(actor, "notice.drafted", notice, f"起草公告《{notice.title}》")
    return notice


def revise_notice(
    actor: Actor, notice: Notice, *, version: int, title: str, body: str, audience: Audience, pinned: bool
) -> Notice:
    """Change an announcement. ``version`` is the one that the writer saw; the old words stay in the audit trail."""
    actor.need(Permission.NOTICE_PUBLISH)
    if notice.state is NoticeState.WITHDRAWN:
        raise WrongNoticeState
    wanted = {"title": title.strip(), "body": body, "audience": audience, "rank": int(pinned)}
    before = {name: getattr(notice, name) for name in wanted}
    _change(notice, version=version, **wanted, updated_at=now())
    if notice.state is NoticeState.PUBLISHED:
        moved()
    changes = {name: [_plain(before[name]), _plain(value)] for name, value in wanted.items() if before[name] != value}
    _record(actor, "notice.revised", notice, f"修改公告《{notice.title}》", changes)
    return notice


def publish(actor: Actor, notice: Notice) -> Notice:
    """Let its audience see an announcement; a withdrawn one may come back."""
    actor.need(Permission.NOTICE_PUBLISH)
    if notice.state is NoticeState.PUBLISHED:
        raise WrongNoticeState
    _change(notice, version=notice.version, published_at=now(), withdrawn_at=None)
    moved()
    _record(actor, "notice.published", notice, f"发布公告《{notice.title}》")
    return notice


def withdraw(actor: Actor, notice: Notice) -> Notice:
    """Take a published announcement away from its audience."""
    actor.need(Permission.NOTICE_PUBLISH)
    if notice.state is not NoticeState.PUBLISHED:
        raise WrongNoticeState
    _change(notice, version=notice.version, withdrawn_at=now())
    moved()
    _record(actor, "notice.withdrawn", notice, f"撤回公告《{notice.title}》")
    return notice


def _change(notice: Notice, *, version: int, **values: object) -> None:
    """Set values if the version is still the one seen; the loser of a race is told so."""
    changed = sa.update(Notice).where(Notice.id == notice.id, Notice.version == version)
    done = session().execute(changed.values(version=version + 1, **values).execution_options(synchronize_session=False))
    if done.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE's result is a CursorResult
        raise StaleNotice
    session().refresh(notice)


def _record(
    actor: Actor, action: str, notice: Notice, summary: str, changes: dict[str, list[object]] | None = None
) -> None:
    identity.record(actor, action, subject=("notice", notice.id), summary=summary, changes=changes)


def _plain(value: object) -> object:
    return value.value if isinstance(value, Audience) else value
