"""Announcements, and the mini program's configuration in numbered versions."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.clock import now
from server.core.db import Base, Keyed, LongText, enum_column
from server.core.enums import Labelled


class Audience(Labelled):
    """Whom an announcement is for."""

    EVERYONE = "everyone", "市民和工作人员"
    CITIZENS = "citizens", "仅市民"
    OFFICERS = "officers", "仅工作人员"


class NoticeState(Labelled):
    """Where an announcement stands; it follows from its two moments."""

    DRAFT = "draft", "草稿"
    PUBLISHED = "published", "已发布"
    WITHDRAWN = "withdrawn", "已撤回"


class Notice(Keyed, Base):
    """公告: an announcement in Markdown. ``rank`` is 1 for a pinned one; ``version`` guards against two editors."""

    __tablename__ = "notices"
    __table_args__ = (sa.Index("ix_notices_published", "published_at", "rank"),)

    title: Mapped[str] = mapped_column(sa.String(120))
    body: Mapped[str] = mapped_column(LongText)
    audience: Mapped[Audience] = enum_column(Audience, default=Audience.EVERYONE)
    rank: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    published_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    created_by_id: Mapped[uuid.UUID | None]
    created_by_name: Mapped[str] = mapped_column(sa.String(64), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)

    @property
    def state(self) -> NoticeState:
        """Draft, published or withdrawn."""
        if self.published_at is None:
            return NoticeState.DRAFT
        return NoticeState.PUBLISHED if self.withdrawn_at is None else NoticeState.WITHDRAWN

    @property
    def pinned(self) -> bool:
        """Whether it stands above the others."""
        return self.rank > 0


class AppConfigVersion(Keyed, Base):
    """One version of the mini program's configuration; the highest number holds, none is ever changed."""

    __tablename__ = "app_configs"

    number: Mapped[int] = mapped_column(unique=True)
    latest_version: Mapped[str] = mapped_column(sa.String(20), default="")
    minimum_version: Mapped[str] = mapped_column(sa.String(20), default="")
    blocked_versions: Mapped[list[Any]] = mapped_column(default=list)
    update_message: Mapped[str] = mapped_column(sa.String(200), default="")
    phone: Mapped[str] = mapped_column(sa.String(30), default="")
    links: Mapped[list[Any]] = mapped_column(default=list)
    reason: Mapped[str] = mapped_column(sa.String(200), default="")
    created_by_id: Mapped[uuid.UUID | None]
    created_by_name: Mapped[str] = mapped_column(sa.String(64), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
