"""Subscribe messages on their way out: templates, grants, the outbox and its history."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.clock import now
from server.core.db import Base, Keyed, enum_column
from server.core.enums import Labelled


class SubscribeTemplate(Keyed, Base):
    """One of our kinds of message as this installation's WeChat template: its id there, and which field says what.

    ``fields`` maps our names (``number``, ``title`` …) to the template's (``character_string1``, ``thing2`` …).
    """

    __tablename__ = "subscribe_templates"

    key: Mapped[str] = mapped_column(sa.String(40), unique=True)
    template_id: Mapped[str] = mapped_column(sa.String(64), unique=True)
    fields: Mapped[dict[str, Any]] = mapped_column(default=dict)
    enabled: Mapped[bool] = mapped_column(default=True)
    updated_at: Mapped[datetime] = mapped_column(default=now)


class SubscribeGrant(Base):
    """How many messages of a kind a citizen still lets us send: one accept, one message."""

    __tablename__ = "subscribe_grants"

    citizen_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    template_key: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    remaining: Mapped[int] = mapped_column(default=0)
    updated_at: Mapped[datetime] = mapped_column(default=now)


class AnswerSource(Labelled):
    """Who told us of a citizen's answer to the subscribe question."""

    CLIENT = "client", "小程序"
    PUSH = "push", "微信推送"


class SubscribeAnswer(Keyed, Base):
    """One answer of a citizen, as told by the mini program or by WeChat. ``paired``: both told of this one accept."""

    __tablename__ = "subscribe_answers"
    __table_args__ = (sa.Index("ix_subscribe_answers_citizen", "citizen_id", "template_key", "at"),)

    citizen_id: Mapped[uuid.UUID]
    template_key: Mapped[str] = mapped_column(sa.String(40))
    source: Mapped[AnswerSource] = enum_column(AnswerSource)
    answer: Mapped[str] = mapped_column(sa.String(20))
    paired: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime] = mapped_column(default=now)


class MessageState(Labelled):
    """Where a message stands. Only ``queued``, ``sending`` and ``uncertain`` are still on their way."""

    QUEUED = "queued", "待发送"
    SENDING = "sending", "发送中"
    UNCERTAIN = "uncertain", "结果待确认"
    SENT = "sent", "已发送"
    REFUSED = "refused", "用户拒收"
    NO_GRANT = "no_grant", "用户未订阅"
    DEAD = "dead", "发送失败"


ON_THE_WAY = (MessageState.QUEUED, MessageState.SENDING, MessageState.UNCERTAIN)


class Message(Keyed, Base):
    """消息: one subscribe message to one citizen. ``attempt`` fences a worker that comes back late.

    ``due_at`` says when the next step is due; ``called_at`` when WeChat was last called; ``holds_grant`` whether a
    grant was taken for it and not given back.
    """

    __tablename__ = "messages"
    __table_args__ = (
        sa.Index("ix_messages_state", "state", "due_at"),
        sa.Index("ix_messages_citizen", "citizen_id", "template_key", "called_at"),
    )

    citizen_id: Mapped[uuid.UUID]
    template_key: Mapped[str] = mapped_column(sa.String(40))
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    page: Mapped[str] = mapped_column(sa.String(200), default="")
    dedupe_key: Mapped[str] = mapped_column(sa.String(150), unique=True)
    state: Mapped[MessageState] = enum_column(MessageState, default=MessageState.QUEUED)
    attempt: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)
    holds_grant: Mapped[bool] = mapped_column(default=False)
    msgid: Mapped[str] = mapped_column(sa.String(32), default="")
    errcode: Mapped[int | None]
    error: Mapped[str] = mapped_column(sa.String(200), default="")
    rid: Mapped[str] = mapped_column(sa.String(64), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    queued_at: Mapped[datetime] = mapped_column(default=now)
    due_at: Mapped[datetime | None]
    called_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]

    @property
    def about(self) -> str:
        """What it is about, in a few words: the matter's number and title."""
        return " ".join(str(self.data[name]) for name in ("number", "title") if self.data and self.data.get(name))


class MessageEvent(Keyed, Base):
    """One step in a message's history, with WeChat's words where it had any."""

    __tablename__ = "message_events"

    message_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("messages.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(default=now)
    state: Mapped[MessageState] = enum_column(MessageState)
    attempt: Mapped[int] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(sa.String(200), default="")
    errcode: Mapped[int | None]
    rid: Mapped[str] = mapped_column(sa.String(64), default="")
    actor_name: Mapped[str] = mapped_column(sa.String(64), default="")
