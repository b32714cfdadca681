"""The job row, which is the only truth about a piece of background work, and the row of periodic work."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.clock import now
from server.core.db import Base, Keyed, LongText, enum_column
from server.core.enums import Labelled

DEFAULT_ATTEMPTS = 8


class JobState(Labelled):
    """Where a job stands. ``failed`` waits for its next attempt; ``dead`` waits for a person."""

    QUEUED = "queued", "排队中"
    RUNNING = "running", "执行中"
    FAILED = "failed", "等待重试"
    DONE = "done", "已完成"
    DEAD = "dead", "已失败"
    CANCELLED = "cancelled", "已取消"


WAITING = (JobState.QUEUED, JobState.FAILED)
LIVING = (*WAITING, JobState.RUNNING)


class Lane(Labelled):
    """Queues kept apart, so that slow work never stands before messages."""

    MESSAGES = "messages", "消息"
    DEFAULT = "default", "常规"
    DOCUMENTS = "documents", "文档"
    EXCHANGE = "exchange", "数据交换"


class Job(Keyed, Base):
    """One piece of work. ``attempt`` counts claims and never falls: it fences the writes of a worker that lost its lease.

    ``run_after`` is empty for work that is due at once, so a clock set back cannot delay it. ``offer_at`` is when the
    sweep tells the broker about the job (again); the embedded worker does not need it.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        sa.Index("ix_jobs_due", "state", "lane", "run_after"),
        sa.Index("ix_jobs_kind", "kind", "state"),
        sa.Index("ix_jobs_finished_at", "finished_at"),
    )

    kind: Mapped[str] = mapped_column(sa.String(60))
    lane: Mapped[Lane] = enum_column(Lane, default=Lane.DEFAULT)
    args: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[JobState] = enum_column(JobState, default=JobState.QUEUED)
    attempt: Mapped[int] = mapped_column(default=0)
    max_attempts: Mapped[int] = mapped_column(default=DEFAULT_ATTEMPTS)
    lease_until: Mapped[datetime | None]
    owner: Mapped[str | None] = mapped_column(sa.String(120))
    done_count: Mapped[int] = mapped_column(default=0)
    total_count: Mapped[int | None]
    note: Mapped[str] = mapped_column(sa.String(200), default="")
    error: Mapped[str | None] = mapped_column(LongText)
    dedupe_key: Mapped[str | None] = mapped_column(sa.String(150), unique=True)
    periodic: Mapped[str | None] = mapped_column(sa.String(60))
    request_id: Mapped[str] = mapped_column(sa.String(64), default="-")
    run_after: Mapped[datetime | None]
    offer_at: Mapped[datetime | None]
    offer_count: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class Periodic(Base):
    """Work that comes round. The row's ``next_at`` is moved by one conditional UPDATE, so two schedulers start it once."""

    __tablename__ = "periodics"

    name: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(60))
    lane: Mapped[Lane] = enum_column(Lane, default=Lane.DEFAULT)
    every_seconds: Mapped[int]
    next_at: Mapped[datetime]
    last_at: Mapped[datetime | None]
    last_job_id: Mapped[uuid.UUID | None]
