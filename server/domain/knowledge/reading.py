"""Articles for their readers and their keepers: lists, one article, its versions, what came of a ticket."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from server.core.db import session
from server.core.errors import NotFound
from server.domain.identity import ANONYMOUS, Actor, Permission
from server.domain.knowledge import access
from server.domain.knowledge.models import Article, ArticleState, ArticleVersion, Audience
from server.domain.knowledge.writing import version_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which articles: all conditions together. ``pending``: a newer version waits to be published."""

    state: ArticleState | None = None
    audience: Audience | None = None
    contract_id: uuid.UUID | None = None
    pending: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """An article in one version, as a reader gets it."""

    article: Article
    version: ArticleVersion


def matching(actor: Actor, filters: Filters | None = None) -> sa.Select[tuple[Article]]:
    """The register as the actor may see it, last changed first. Needs knowledge.view."""
    actor.need(Permission.KNOWLEDGE_VIEW)
    asked = filters or Filters()
    query = sa.select(Article).where(access.visible(actor)).order_by(Article.updated_at.desc(), Article.id.desc())
    for column, value in (
        (Article.state, asked.state),
        (Article.audience, asked.audience),
        (Article.contract_id, asked.contract_id),
    ):
        if value is not None:
            query = query.where(column == value)
    if asked.contract_id is not None:
        # Whose it is, is told to its own side only.
        query = query.where(access.own(actor))
    if asked.pending:
        query = query.where(access.own(actor), Article.published.is_not(None), Article.latest > Article.published)
    return query


def standing() -> sa.Select[tuple[Article]]:
    """What citizens may read, newest first: order ``(published_at, id)`` down."""
    return (
        sa.select(Article)
        .where(access.public(), Article.published_at.is_not(None))
        .order_by(Article.published_at.desc(), Article.id.desc())
    )


def read(actor: Actor, article_id: uuid.UUID) -> Text:
    """The published words for a reader; ArticleNotFound for what is not published or not for them."""
    article = access.find(actor, article_id) if actor.kind in access.STAFF else access.find(ANONYMOUS, article_id)
    if article.state is not ArticleState.PUBLISHED or article.published is None:
        raise access.ArticleNotFound
    return Text(article, version_of(article, article.published))


def look(actor: Actor, article_id: uuid.UUID, *, number: int | None = None) -> Text:
    """An article in the register: its own side sees any version (the newest without ``number``), others what stands."""
    actor.need(Permission.KNOWLEDGE_VIEW)
    article = access.find(actor, article_id)
    if not access.owns(actor, article):
        if number not in (None, article.published):
            raise NotFound("没有找到这一版。")
        return read(actor, article_id)
    return Text(article, version_of(article, number or article.latest))


def versions_of(actor: Actor, article_id: uuid.UUID) -> Sequence[ArticleVersion]:
    """All versions, newest first, for the article's own side; nothing for other readers."""
    article = access.find(actor, article_id)
    if not access.owns(actor, article):
        return []
    query = sa.select(ArticleVersion).where(ArticleVersion.article_id == article_id)
    return session().scalars(query.order_by(ArticleVersion.number.desc())).all()


def made_from(actor: Actor, ticket_id: uuid.UUID) -> Sequence[Article]:
    """The articles that were made from a ticket and that the actor's side keeps."""
    query = sa.select(Article).where(Article.source_ticket_id == ticket_id, access.own(actor))
    return session().scalars(query.order_by(Article.id)).all()
