"""The trail: entries, the head of their chain, and the checks that were made of it."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core import clock
from server.core.db import Base, Keyed, enum_column
from server.core.enums import Labelled
from server.domain.identity.actor import ActorKind
from server.domain.identity.models.officers import ADDRESS, HASH

START = "0" * HASH


class AuditResult(Labelled):
    """How the act ended."""

    OK = "ok", "成功"
    REFUSED = "refused", "被拒绝"
    FAILED = "failed", "失败"


class CheckState(Labelled):
    """How a check of the chain stands."""

    RUNNING = "running", "校验中"
    SOUND = "sound", "完好"
    BROKEN = "broken", "发现异常"


class AuditEntry(Keyed, Base):
    """Who did what, when, where, to what, with which result. Written with the change itself and never touched again,
    but for ``seq``, ``previous`` and ``hash``, which the sealer fills once.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        sa.Index("ix_audit_entries_subject", "subject_kind", "subject_id"),
        sa.Index("ix_audit_entries_actor_at", "actor_id", "at"),
    )

    at: Mapped[datetime] = mapped_column(index=True)
    actor_kind: Mapped[ActorKind] = enum_column(ActorKind)
    actor_id: Mapped[uuid.UUID | None]
    actor_name: Mapped[str] = mapped_column(sa.String(64))
    organisation: Mapped[str] = mapped_column(sa.String(100))
    session_id: Mapped[uuid.UUID | None]
    address: Mapped[str] = mapped_column(sa.String(ADDRESS))
    request_id: Mapped[str] = mapped_column(sa.String(64))
    action: Mapped[str] = mapped_column(sa.String(64), index=True)
    subject_kind: Mapped[str] = mapped_column(sa.String(40))
    subject_id: Mapped[str] = mapped_column(sa.String(64))
    summary: Mapped[str] = mapped_column(sa.String(500))
    changes: Mapped[dict[str, Any]]
    result: Mapped[AuditResult] = enum_column(AuditResult)
    seal: Mapped[str] = mapped_column(sa.String(80))
    seq: Mapped[int | None] = mapped_column(sa.BigInteger, unique=True)
    previous: Mapped[str | None] = mapped_column(sa.String(HASH))
    hash: Mapped[str | None] = mapped_column(sa.String(HASH))

    @property
    def differences(self) -> list[tuple[str, str, str]]:
        """The changes as field, old, new, for people; a value that is no pair is told as new."""
        return [(field, *_pair(value)) for field, value in self.changes.items()]


class AuditHead(Base):
    """The end of the chain: one row, moved by compare-and-set, so that the chain cannot fork."""

    __tablename__ = "audit_heads"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(sa.BigInteger)
    hash: Mapped[str] = mapped_column(sa.String(HASH))
    seal: Mapped[str] = mapped_column(sa.String(80))
    moved_at: Mapped[datetime]


class AuditCheck(Keyed, Base):
    """One walk along the chain, kept between its batches: ``seq`` and ``hash`` are where it stands."""

    __tablename__ = "audit_checks"

    officer_id: Mapped[uuid.UUID | None]
    started_at: Mapped[datetime] = mapped_column(default=clock.now)
    finished_at: Mapped[datetime | None]
    state: Mapped[CheckState] = enum_column(CheckState, default=CheckState.RUNNING)
    seq: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    hash: Mapped[str] = mapped_column(sa.String(HASH), default=START)
    total: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    bad_seq: Mapped[int | None] = mapped_column(sa.BigInteger)
    bad_id: Mapped[uuid.UUID | None]
    reason: Mapped[str] = mapped_column(sa.String(200), default="")


def _pair(value: Any) -> tuple[str, str]:
    old, new = value if isinstance(value, list) and len(value) == 2 else (None, value)  # noqa: PLR2004 - [old, new]
    return _told(old), _told(new)


def _told(value: Any) -> str:
    if value is None or value in ("", []):
        return "–"
    if isinstance(value, bool):
        return "是" if value else "否"
    return "、".join(map(_told, value)) if isinstance(value, list) else str(value)
