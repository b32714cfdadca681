"""WeChat's pushes as they came in, and the nonces that they came with."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.clock import now
from server.core.db import Base, Keyed, LongText, enum_column
from server.core.enums import Labelled


class PushState(Labelled):
    """What became of a push."""

    NEW = "new", "待处理"
    HANDLED = "handled", "已处理"
    IGNORED = "ignored", "无需处理"


class InboxPush(Keyed, Base):
    """One push, stored once whatever WeChat repeats. The body names an openid and is therefore sealed."""

    __tablename__ = "inbox_pushes"

    dedupe_key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    kind: Mapped[str] = mapped_column(sa.String(64))
    body_sealed: Mapped[str] = mapped_column(LongText)
    state: Mapped[PushState] = enum_column(PushState, default=PushState.NEW)
    received_at: Mapped[datetime] = mapped_column(default=now, index=True)
    handled_at: Mapped[datetime | None]


class PushNonce(Base):
    """A signed address that was used, and for which push: it may carry no other one while its time is valid."""

    __tablename__ = "push_nonces"

    mark: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    dedupe_key: Mapped[str] = mapped_column(sa.String(64))
    seen_at: Mapped[datetime] = mapped_column(default=now, index=True)
