"""Personal calendar feeds: an address that is a secret, worth what its officer may see at the moment it is fetched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from server.core import clock
from server.core.db import hit, session
from server.core.errors import NotFound
from server.core.ids import digest, new_secret
from server.domain import identity
from server.domain.agenda import collecting
from server.domain.agenda.models import Feed
from server.domain.agenda.vocabulary import Entry
from server.domain.identity import Actor, Permission

BEHIND = timedelta(days=92)
AHEAD = timedelta(days=400)


class FeedNotFound(NotFound):
    """Unknown, revoked, or its officer is gone or may not see the agenda any more: the answer is the same."""

    code = "feed_not_found"
    message = "没有找到该日历订阅。"


@dataclass(frozen=True, slots=True)
class IssuedFeed:
    """A new feed with its secret, which is shown this once."""

    feed: Feed
    secret: str


def issue_feed(actor: Actor) -> IssuedFeed:
    """A new address for oneself; the former one stops. Needs agenda.view."""
    actor.need(Permission.AGENDA_VIEW)
    _revoke(actor)
    secret = new_secret()
    feed = Feed(officer_id=actor.id, secret_hash=digest(secret), created_at=clock.now())
    session().add(feed)
    session().flush()
    identity.record(actor, "agenda_feed.issued", subject=("agenda_feed", feed.id), summary="生成个人日历订阅地址")
    return IssuedFeed(feed, secret)


def revoke_feed(actor: Actor) -> bool:
    """Stop one's own feed; whether there was one."""
    actor.need(Permission.AGENDA_VIEW)
    if not _revoke(actor):
        return False
    identity.record(actor, "agenda_feed.revoked", subject=("officer", actor.id or ""), summary="撤销个人日历订阅地址")
    return True


def feed_of(actor: Actor) -> Feed | None:
    """One's own live feed."""
    query = sa.select(Feed).where(Feed.officer_id == actor.id, Feed.revoked_at.is_(None))
    return session().scalars(query.order_by(Feed.created_at.desc(), Feed.id.desc()).limit(1)).one_or_none()


def actor_by_feed(secret: str) -> Actor:
    """Whose feed it is, with the rights of this moment; FeedNotFound whatever is wrong."""
    query = sa.select(Feed).where(Feed.secret_hash == digest(secret), Feed.revoked_at.is_(None))
    feed = session().scalars(query).one_or_none()
    actor = identity.actor_by_officer(feed.officer_id) if feed else None
    # Of two that were made at the same moment the newer one counts.
    if feed is None or actor is None or not actor.may(Permission.AGENDA_VIEW) or feed_of(actor) is not feed:
        raise FeedNotFound
    return actor


def feed_entries(actor: Actor) -> list[Entry]:
    """What a feed holds: a quarter back, a good year ahead."""
    today = clock.today()
    return collecting.entries(actor, first=today - BEHIND, last=today + AHEAD)


def _revoke(actor: Actor) -> int:
    live = sa.update(Feed).where(Feed.officer_id == actor.id, Feed.revoked_at.is_(None))
    return hit(live.values(revoked_at=clock.now()))
