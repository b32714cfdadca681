"""Whose articles one may see and write.

A vendor sees its own contracts' articles in every state, and what the public sees; an article without a contract that
is for staff is the bureau's own. Who is not staff sees what is published for citizens.
"""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from server.core.db import session
from server.core.errors import NotFound
from server.domain.identity import Actor, ActorKind, Permission
from server.domain.knowledge.models import Article, ArticleState, Audience

STAFF = frozenset({ActorKind.OFFICER, ActorKind.TOKEN, ActorKind.SYSTEM})


class ArticleNotFound(NotFound):
    """There is no such article, or not for this reader."""

    code = "article_not_found"
    message = "没有找到这篇知识条目，可能已撤回。"


def public() -> sa.ColumnElement[bool]:
    """What everybody may read."""
    return sa.and_(Article.audience == Audience.CITIZENS, Article.state == ArticleState.PUBLISHED)


def own(actor: Actor, permission: Permission = Permission.KNOWLEDGE_VIEW) -> sa.ColumnElement[bool]:
    """The articles that are the actor's in every state."""
    if actor.kind not in STAFF:
        return sa.false()
    scope = actor.contracts_for(permission)
    return sa.true() if scope is None else Article.contract_id.in_(scope)


def visible(actor: Actor) -> sa.ColumnElement[bool]:
    """All that the actor may see of the register."""
    return sa.or_(own(actor), public())


def owns(actor: Actor, article: Article, permission: Permission = Permission.KNOWLEDGE_VIEW) -> bool:
    """Whether the actor sees more of an article than the public does: its versions, its source, what readers said."""
    if actor.kind not in STAFF or not actor.may(permission):
        return False
    scope = actor.contracts_for(permission)
    return scope is None or article.contract_id in scope


def find(actor: Actor, article_id: uuid.UUID) -> Article:
    """The article, if the actor may see it; ArticleNotFound otherwise."""
    return _one(sa.select(Article).where(Article.id == article_id, visible(actor)))


def find_own(actor: Actor, article_id: uuid.UUID) -> Article:
    """An article of the actor's own, held against other writers until the unit ends.

    One that the actor may only read is not there for writing: Forbidden would say whose it is.
    """
    query = sa.select(Article).where(Article.id == article_id, own(actor)).with_for_update()
    return _one(query.execution_options(populate_existing=True))


def _one(query: sa.Select[tuple[Article]]) -> Article:
    found = session().scalars(query).one_or_none()
    if found is None:
        raise ArticleNotFound
    return found
