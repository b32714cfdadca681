"""The postings of a version: written when it is, gone when nobody can find it any more."""

from __future__ import annotations

import sqlalchemy as sa

from server.core.db import hit, session
from server.domain.knowledge.grams import grams_of
from server.domain.knowledge.models import Article, ArticleVersion, Posting

# A word in the title says more than one among the keywords, and that more than any number of them in the body.
TITLE, KEYWORD, MOST_BODY = 100, 30, 9


def index(version: ArticleVersion) -> None:
    """Write what a version can be found by."""
    title, keywords, body = (grams_of(text) for text in (version.title, version.keywords, version.plain))
    rows = [
        {
            "gram": gram,
            "article_id": version.article_id,
            "number": version.number,
            "weight": TITLE * (gram in title) + KEYWORD * (gram in keywords) + min(body[gram], MOST_BODY),
        }
        for gram in sorted(title.keys() | keywords.keys() | body.keys())
    ]
    if rows:
        session().execute(sa.insert(Posting), rows)


def prune(article: Article) -> None:
    """Drop the postings of versions that are neither the newest nor the published one."""
    kept = {article.latest, article.published} - {None}
    hit(sa.delete(Posting).where(Posting.article_id == article.id, Posting.number.not_in(kept)))
