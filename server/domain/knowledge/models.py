"""The knowledge base's rows: articles, their versions, the postings that search reads, and what readers said."""

from __future__ import annotations

import uuid
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Base, Keyed, LongText, enum_column
from server.core.enums import Labelled

TITLE = 120
KEYWORDS = 200
NAME = 64


class Audience(Labelled):
    """Whom an article is for."""

    CITIZENS = "citizens", "市民"
    STAFF = "staff", "工作人员"


class ArticleState(Labelled):
    """Where an article stands for its readers; a newer version may wait beside a published one."""

    DRAFT = "draft", "草稿"
    PUBLISHED = "published", "已发布"
    WITHDRAWN = "withdrawn", "已撤回"


class Unhelpful(Labelled):
    """Why an article did not help."""

    UNCLEAR = "unclear", "看不懂"
    OUTDATED = "outdated", "内容过时"
    UNSOLVED = "unsolved", "没有解决问题"
    OTHER = "other", "其他"


class Article(Keyed, Base):
    """知识条目: one article. ``contract_id`` is whose it is (none: the bureau's own, of no vendor).

    ``latest`` is the number of the newest version and guards against two writers; ``published`` the one that readers
    see. ``title``, ``keywords`` and ``summary`` are those of the published version, or of the newest before that.
    A ticket gives one article for each audience: what is learnt from it later is the next version.
    """

    __tablename__ = "knowledge_articles"
    __table_args__ = (
        sa.Index("ix_knowledge_articles_standing", "state", "audience", "published_at"),
        sa.Index("ix_knowledge_articles_contract", "contract_id", "updated_at"),
        sa.UniqueConstraint("source_ticket_id", "audience"),
    )

    number: Mapped[str] = mapped_column(sa.String(24), unique=True)
    contract_id: Mapped[uuid.UUID | None]
    audience: Mapped[Audience] = enum_column(Audience)
    state: Mapped[ArticleState] = enum_column(ArticleState, default=ArticleState.DRAFT)
    title: Mapped[str] = mapped_column(sa.String(TITLE))
    keywords: Mapped[str] = mapped_column(sa.String(KEYWORDS), default="")
    summary: Mapped[str] = mapped_column(sa.String(200), default="")
    latest: Mapped[int]
    published: Mapped[int | None]
    source_ticket_id: Mapped[uuid.UUID | None]
    source_number: Mapped[str] = mapped_column(sa.String(24), default="")
    published_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str] = mapped_column(sa.String(200), default="")
    created_by_id: Mapped[uuid.UUID | None]
    created_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    @property
    def pending(self) -> bool:
        """Whether a version newer than the published one waits."""
        return self.published is not None and self.latest > self.published


class ArticleVersion(Keyed, Base):
    """One version of an article's words, never changed. ``plain`` is the body without its mark-up, for search."""

    __tablename__ = "knowledge_versions"
    __table_args__ = (sa.UniqueConstraint("article_id", "number"),)

    article_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("knowledge_articles.id"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(sa.String(TITLE))
    body: Mapped[str] = mapped_column(LongText)
    plain: Mapped[str] = mapped_column(LongText)
    keywords: Mapped[str] = mapped_column(sa.String(KEYWORDS), default="")
    note: Mapped[str] = mapped_column(sa.String(200), default="")
    author_id: Mapped[uuid.UUID | None]
    author_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    published_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")


class Posting(Base):
    """That two neighbouring characters stand in a version: what search by any word of two characters reads.

    ``gram`` is both code points in one number, so that no database's collation has a say in what is equal.
    """

    __tablename__ = "knowledge_postings"

    gram: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    article_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("knowledge_articles.id"), primary_key=True, index=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    weight: Mapped[int]


class Vote(Keyed, Base):
    """Whether an article helped: one for a person and day, the day's last word counts.

    ``voter`` is a keyed digest, so that a row does not say who; ``known`` is false for somebody not signed in.
    """

    __tablename__ = "knowledge_votes"
    __table_args__ = (
        sa.UniqueConstraint("article_id", "voter", "day_on"),
        sa.Index("ix_knowledge_votes_voter", "voter"),
    )

    article_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("knowledge_articles.id"))
    number: Mapped[int]
    voter: Mapped[str] = mapped_column(sa.String(64))
    day_on: Mapped[date]
    known: Mapped[bool]
    helped: Mapped[bool]
    reason: Mapped[Unhelpful | None] = enum_column(Unhelpful)
    comment: Mapped[str] = mapped_column(sa.String(300), default="")
    at: Mapped[datetime]
