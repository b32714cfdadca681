"""Search: articles that have all the words, best first; for a sentence, also those that come near it.

The postings say which articles may have them (one statement on any database), their words say whether they do.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from server.core.db import session
from server.domain.identity import Actor, ActorKind, Permission
from server.domain.knowledge import access
from server.domain.knowledge.grams import NEAR, NEAR_ENOUGH, asked, excerpt, folded, marked, starting_with, terms
from server.domain.knowledge.models import Article, ArticleState, ArticleVersion, Audience, Posting

USUAL = 20
MOST = 50
# Enough to rank well, few enough to read.
CANDIDATES = 80
# Two pairs or fewer are a word, and a word is there or not.
SENTENCE = 3

Pieces = Sequence[tuple[str, bool]]


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that was found. ``title`` and ``excerpt`` come in pieces, each with whether it is a word looked for.

    ``near``: not all the words are in it, but most of what was asked.
    """

    article: Article
    title: Pieces
    excerpt: Pieces
    near: bool
    score: int


def search(
    actor: Actor, text: str, *, audience: Audience | None = None, standing: bool = False, limit: int = USUAL
) -> list[Hit]:
    """Articles that this reader may see and that have the words, best first: in title, then keywords, then body.

    Staff find the newest words of their own articles, in any state (``standing``: published ones only); everybody else
    the published words. Words of one character count. Nothing asked, nothing found; never an error for what was typed.
    """
    if actor.kind in access.STAFF:
        actor.need(Permission.KNOWLEDGE_VIEW)
    words = terms(text)
    if not words:
        return []
    edition = _edition(actor, standing=standing)
    query = _candidates(actor, words, edition)
    if audience is not None:
        query = query.where(Article.audience == audience)
    if standing:
        query = query.where(Article.state == ArticleState.PUBLISHED)
    rows = session().execute(query).all()
    hits = [hit for article, version, weight in rows if (hit := _judged(article, version, int(weight), words))]
    hits.sort(key=lambda hit: (not hit.near, hit.score, hit.article.updated_at), reverse=True)
    return hits[: max(1, min(limit, MOST))]


def _edition(actor: Actor, *, standing: bool) -> Any:
    """The number of the version that this reader's search reads."""
    if standing or actor.kind not in access.STAFF:
        return Article.published
    if actor.contracts_for(Permission.KNOWLEDGE_VIEW) is None:
        return Article.latest
    return sa.case((access.own(actor), Article.latest), else_=Article.published)


def _candidates(actor: Actor, words: list[str], edition: Any) -> sa.Select[Any]:
    """Articles with enough of the pairs, most first, each with the version that was searched and its weight."""
    pairs = list(dict.fromkeys(pair for word in words if len(word) > 1 for pair in asked(word)))
    single = [starting_with(word) for word in words if len(word) == 1]
    alike = access.visible(actor) if actor.kind is not ActorKind.CITIZEN else access.public()
    counted = sa.func.count(sa.distinct(Posting.gram))
    weight = sa.func.sum(Posting.weight)
    found = (
        sa.select(Posting.article_id, Posting.number, counted.label("pairs"), weight.label("weight"))
        .join(Article, sa.and_(Article.id == Posting.article_id, Posting.number == edition))
        .where(alike)
        .group_by(Posting.article_id, Posting.number)
    )
    if pairs:
        least = len(pairs) if len(pairs) < SENTENCE else min(math.ceil(NEAR * len(pairs)), NEAR_ENOUGH)
        found = found.where(Posting.gram.in_(pairs)).having(counted >= least)
    else:
        found = found.where(Posting.gram.between(*single.pop()))
    for first, last in single:
        also = sa.select(Posting.article_id).where(Posting.gram.between(first, last), Posting.number == edition)
        found = found.where(sa.exists(also.where(Posting.article_id == Article.id).correlate(Article)))
    best = found.order_by(counted.desc(), weight.desc(), Posting.article_id).limit(CANDIDATES).subquery()
    version = sa.and_(ArticleVersion.article_id == best.c.article_id, ArticleVersion.number == best.c.number)
    return (
        sa.select(Article, ArticleVersion, best.c.weight)
        .join(best, best.c.article_id == Article.id)
        .join(ArticleVersion, version)
    )


def _judged(article: Article, version: ArticleVersion, weight: int, words: list[str]) -> Hit | None:
    """The article as a hit; None if it only looked like one (its pairs stand apart)."""
    title, keywords, body = (folded(each).text for each in (version.title, version.keywords, version.plain))
    scores = [_score(word, title, keywords, body) for word in words]
    near = not all(scores)
    # A word is there or it is not; only a sentence can be near.
    if near and sum(len(asked(word)) for word in words) < SENTENCE:
        return None
    parts = words if not near else [pair for word in words for pair in _twos(word)]
    return Hit(
        article,
        marked(version.title, parts),
        marked(excerpt(version.plain, parts), parts),
        near,
        sum(scores) + min(weight, 999),
    )


def _score(word: str, title: str, keywords: str, body: str) -> int:
    if word == title.strip():
        return 8000
    if word in title:
        return 4000
    if word in keywords.split():
        return 2000
    if word in keywords:
        return 1500
    return 1000 if word in body else 0


def _twos(word: str) -> list[str]:
    return [word[place : place + 2] for place in range(len(word) - 1)] or [word]
