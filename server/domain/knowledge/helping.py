"""Did this help? One answer for a person and day; the day's last word counts; the unknown are counted apart."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server.core import clock, crypto
from server.core.db import hit, session
from server.core.errors import Invalid
from server.core.ids import digest, new_id, new_secret
from server.core.logs import redact
from server.core.secrecy import refuse_marked
from server.domain.identity import Actor, ActorKind, Permission
from server.domain.knowledge import access
from server.domain.knowledge.models import Article, ArticleState, Unhelpful, Vote
from server.domain.knowledge.reading import read

COMMENT = 300
# An article that helped this share of its readers, or more, does its work.
ENOUGH = 0.7


@dataclass(frozen=True, slots=True)
class Tally:
    """What readers said of an article: those who are known, and apart from them those who are not."""

    helped: int = 0
    unhelped: int = 0
    anonymous_helped: int = 0
    anonymous_unhelped: int = 0

    @property
    def share(self) -> float | None:
        """Of the known readers who said anything, the share that was helped."""
        asked = self.helped + self.unhelped
        return self.helped / asked if asked else None


def helped(
    actor: Actor, article_id: uuid.UUID, *, yes: bool, reason: Unhelpful | None = None, comment: str = ""
) -> Vote:
    """Say whether a published article helped. A second word on the same day takes the place of the first."""
    found = read(actor, article_id)
    words = redact(comment.replace("\0", "").strip())
    if len(words) > COMMENT:
        raise Invalid(fields={"comment": [f"不能超过 {COMMENT} 个字。"]})
    refuse_marked(words, field="comment")
    said = {
        "number": found.version.number,
        "helped": yes,
        "reason": None if yes else reason,
        "comment": words,
        "at": clock.now(),
    }
    return _kept(article_id, voter_of(actor), clock.today(), actor.kind is not ActorKind.ANONYMOUS, said)


def tallies(article_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Tally]:
    """What was said of some articles, in one statement; the caller has found them for its reader."""
    query = (
        sa.select(Vote.article_id, Vote.known, Vote.helped, sa.func.count())
        .where(Vote.article_id.in_(article_ids))
        .group_by(Vote.article_id, Vote.known, Vote.helped)
    )
    counts: dict[uuid.UUID, dict[tuple[bool, bool], int]] = {each: {} for each in article_ids}
    for article_id, known, yes, count in session().execute(query):
        counts[article_id][bool(known), bool(yes)] = count
    return {
        article_id: Tally(*(each.get(key, 0) for key in ((True, True), (True, False), (False, True), (False, False))))
        for article_id, each in counts.items()
    }


def remarks(actor: Actor, article_id: uuid.UUID, *, most: int = 20) -> Sequence[Vote]:
    """Why an article did not help, newest first, for its own side; who said it is not kept."""
    article = access.find(actor, article_id)
    if not access.owns(actor, article):
        return []
    query = sa.select(Vote).where(Vote.article_id == article_id, Vote.helped.is_(False))
    return session().scalars(query.order_by(Vote.at.desc(), Vote.id.desc()).limit(most)).all()


def wanting(actor: Actor, *, least: int = 3, most: int = 10) -> list[tuple[Article, Tally]]:
    """Published articles of the actor's own side that help too few, worst first, where enough readers have spoken."""
    actor.need(Permission.KNOWLEDGE_VIEW)
    voted = (
        sa.select(Vote.article_id)
        .join(Article, Article.id == Vote.article_id)
        .where(access.own(actor), Article.state == ArticleState.PUBLISHED)
        .group_by(Vote.article_id)
        .having(sa.func.count() >= least)
    )
    articles = list(session().scalars(sa.select(Article).where(Article.id.in_(voted))))
    found = tallies([article.id for article in articles])
    lacking = [(article, found[article.id]) for article in articles]
    lacking = [(article, tally) for article, tally in lacking if _share(tally) < ENOUGH]
    lacking.sort(key=lambda each: (_share(each[1]), -(each[1].unhelped + each[1].anonymous_unhelped)))
    return lacking[:most]


def forget_citizen(citizen_id: uuid.UUID) -> int:
    """Cut the tie between a person and what they said of articles; the count stays, the words go."""
    voter = _digest(ActorKind.CITIZEN, str(citizen_id))
    ids = list(session().scalars(sa.select(Vote.id).where(Vote.voter == voter)))
    for vote_id in ids:
        hit(sa.update(Vote).where(Vote.id == vote_id).values(voter=digest(new_secret()), comment=""))
    return len(ids)


def copy_of(citizen_id: uuid.UUID) -> list[dict[str, object]]:
    """What a citizen said of articles, as plain data, for the copy that PIPL 45 promises."""
    query = (
        sa.select(Vote, Article.title)
        .join(Article, Article.id == Vote.article_id)
        .where(Vote.voter == _digest(ActorKind.CITIZEN, str(citizen_id)))
        .order_by(Vote.at)
    )
    return [
        {"title": title, "day": vote.day_on.isoformat(), "helped": vote.helped, "comment": vote.comment}
        for vote, title in session().execute(query)
    ]


def voter_of(actor: Actor) -> str:
    """Under which name an answer is kept; of somebody unknown only the address is known, and it is not kept."""
    who = actor.address if actor.kind is ActorKind.ANONYMOUS else str(actor.id)
    return _digest(actor.kind, who)


def _digest(kind: ActorKind, who: str) -> str:
    return crypto.ring().blind_index(f"{kind.value}:{who}", "knowledge:voter")


def _kept(article_id: uuid.UUID, voter: str, day: date, known: bool, said: Mapping[str, object]) -> Vote:
    same = (Vote.article_id == article_id, Vote.voter == voter, Vote.day_on == day)
    if hit(sa.update(Vote).where(*same).values(**said)) == 0:
        try:
            with session().begin_nested():
                vote = Vote(id=new_id(), article_id=article_id, voter=voter, day_on=day, known=known, **said)
                session().add(vote)
        except IntegrityError:
            hit(sa.update(Vote).where(*same).values(**said))
    return session().scalars(sa.select(Vote).where(*same).execution_options(populate_existing=True)).one()


def _share(tally: Tally) -> float:
    yes = tally.helped + tally.anonymous_helped
    return yes / (yes + tally.unhelped + tally.anonymous_unhelped)
