"""Tables: documents by their hash, revisions of each environment's flag set, requests to change it, client keys."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core import clock
from server.core.db import Base, Keyed, enum_column
from server.core.enums import Labelled
from server.domain.flags.environments import Environment

HASH = 64
LONGEST_KEY = 100
LONGEST_REASON = 500


class Subject(Labelled):
    """What a change is about."""

    FLAG = "flag", "开关"
    SEGMENT = "segment", "用户分组"

    @property
    def shelf(self) -> str:
        """Where a tree keeps them: ``flags`` or ``segments``."""
        return f"{self.value}s"


class RevisionKind(Labelled):
    """How a revision came about."""

    EDIT = "edit", "修改"
    RAMP = "ramp", "放量"
    IMPORT = "import", "导入"
    PROMOTION = "promotion", "晋级"
    SCHEDULE = "schedule", "定时生效"
    EXPIRY = "expiry", "到期恢复"
    ROLL_BACK = "roll_back", "回退"
    KILL = "kill", "紧急关闭"


class RequestState(Labelled):
    """Where a change request is in its life."""

    PENDING = "pending", "待审批"
    APPROVED = "approved", "待生效"
    APPLIED = "applied", "已生效"
    ENDED = "ended", "已到期恢复"
    STUCK = "stuck", "到期未能恢复"
    CONFLICTED = "conflicted", "有冲突"
    REJECTED = "rejected", "已驳回"
    WITHDRAWN = "withdrawn", "已撤回"


class FlagObject(Base):
    """A flag's or a segment's document under its hash; written once, shared by every revision that holds it."""

    __tablename__ = "flag_objects"

    hash: Mapped[str] = mapped_column(sa.String(HASH), primary_key=True)
    document: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class FlagHead(Base):
    """The newest revision of an environment: one row each, which writers hold and programs poll. 0: none yet."""

    __tablename__ = "flag_heads"

    environment: Mapped[Environment] = enum_column(Environment, primary_key=True)
    number: Mapped[int]


class Revision(Keyed, Base):
    """The whole flag set of an environment as it stood after a change. Written once, never changed.

    ``tree`` is ``{"flags": {key: hash}, "segments": {key: hash}}`` and ``content_hash`` its digest; ``parent`` the number
    before (None for the first). ``origins`` says per source environment which hash of a key was promoted from it last:
    ``{"trial": {"flag:new-search": hash}}``; a rollback takes those of the revision that it goes back to.
    ``reviewed`` is False where approval was due and was skipped.
    """

    __tablename__ = "flag_revisions"
    __table_args__ = (sa.UniqueConstraint("environment", "number"),)

    environment: Mapped[Environment] = enum_column(Environment)
    number: Mapped[int]
    parent: Mapped[int | None]
    kind: Mapped[RevisionKind] = enum_column(RevisionKind)
    tree: Mapped[dict[str, Any]]
    content_hash: Mapped[str] = mapped_column(sa.String(HASH))
    origins: Mapped[dict[str, Any]]
    reason: Mapped[str] = mapped_column(sa.String(LONGEST_REASON))
    author_id: Mapped[uuid.UUID | None]
    author_name: Mapped[str] = mapped_column(sa.String(64))
    author_organisation: Mapped[str] = mapped_column(sa.String(100))
    approver_id: Mapped[uuid.UUID | None]
    approver_name: Mapped[str] = mapped_column(sa.String(64))
    reviewed: Mapped[bool]
    request_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("flag_requests.id"))
    reverts_to: Mapped[int | None]
    promoted_from: Mapped[Environment | None] = enum_column(Environment, nullable=True)
    promoted_number: Mapped[int | None]
    created_at: Mapped[datetime]


class FlagChange(Keyed, Base):
    """One document that a revision changed. No hash before: it is new; none after: it was removed."""

    __tablename__ = "flag_changes"
    __table_args__ = (
        sa.UniqueConstraint("revision_id", "subject", "key"),
        sa.Index("ix_flag_changes_key", "key", "environment", "number"),
    )

    revision_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("flag_revisions.id"))
    environment: Mapped[Environment] = enum_column(Environment)
    number: Mapped[int]
    subject: Mapped[Subject] = enum_column(Subject)
    key: Mapped[str] = mapped_column(sa.String(LONGEST_KEY))
    before_hash: Mapped[str | None] = mapped_column(sa.String(HASH))
    after_hash: Mapped[str | None] = mapped_column(sa.String(HASH))
    created_at: Mapped[datetime]


class ChangeRequest(Keyed, Base):
    """Changes that wait: for approval, for their moment, or for the moment at which they are set back.

    ``changes`` lists ``{"subject", "key", "before", "after"}`` with hashes (None: nothing there). ``content_hash`` covers the
    environment, the changes and both moments: it is what an approver has to name. ``base_number`` is the revision that
    the author saw. ``conflict`` says in Chinese why a request cannot take effect or cannot be set back.
    """

    __tablename__ = "flag_requests"
    __table_args__ = (
        sa.Index("ix_flag_requests_state_apply_at", "state", "apply_at"),
        sa.Index("ix_flag_requests_environment_state", "environment", "state"),
    )

    environment: Mapped[Environment] = enum_column(Environment)
    kind: Mapped[RevisionKind] = enum_column(RevisionKind)
    state: Mapped[RequestState] = enum_column(RequestState)
    changes: Mapped[list[Any]]
    content_hash: Mapped[str] = mapped_column(sa.String(HASH))
    base_number: Mapped[int]
    reason: Mapped[str] = mapped_column(sa.String(LONGEST_REASON))
    author_id: Mapped[uuid.UUID | None]
    author_name: Mapped[str] = mapped_column(sa.String(64))
    author_organisation: Mapped[str] = mapped_column(sa.String(100))
    created_at: Mapped[datetime]
    apply_at: Mapped[datetime | None]
    until: Mapped[datetime | None]
    replaces_id: Mapped[uuid.UUID | None]
    promoted_from: Mapped[Environment | None] = enum_column(Environment, nullable=True)
    promoted_number: Mapped[int | None]
    origins: Mapped[dict[str, Any]]
    decided_by_id: Mapped[uuid.UUID | None]
    decided_by_name: Mapped[str] = mapped_column(sa.String(64), default="")
    decided_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(sa.String(LONGEST_REASON), default="")
    conflict: Mapped[str] = mapped_column(sa.String(LONGEST_REASON), default="")
    applied_number: Mapped[int | None]
    ended_number: Mapped[int | None]

    @property
    def keys(self) -> list[tuple[Subject, str]]:
        """What it changes."""
        return [(Subject(each["subject"]), each["key"]) for each in self.changes]


class FlagPolicyVersion(Base):
    """One version of the rules for changing flags; the newest holds."""

    __tablename__ = "flag_policies"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    approval: Mapped[list[Any]]
    stale_days: Mapped[int]
    most_flags: Mapped[int]
    reason: Mapped[str] = mapped_column(sa.String(LONGEST_REASON))
    created_by_id: Mapped[uuid.UUID | None]
    created_by_name: Mapped[str] = mapped_column(sa.String(64))
    created_at: Mapped[datetime]


class FlagSnooze(Base):
    """A flag that need not be called stale until a day."""

    __tablename__ = "flag_snoozes"

    environment: Mapped[Environment] = enum_column(Environment, primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(LONGEST_KEY), primary_key=True)
    until_on: Mapped[date]
    reason: Mapped[str] = mapped_column(sa.String(LONGEST_REASON))
    by_name: Mapped[str] = mapped_column(sa.String(64))
    created_at: Mapped[datetime]


class FlagClientKey(Keyed, Base):
    """What a program shows to have the flags of one environment evaluated; the secret itself is not kept.

    ``origins``: the web origins from which browsers may use it; none: not from a browser of another origin.
    """

    __tablename__ = "flag_client_keys"

    environment: Mapped[Environment] = enum_column(Environment)
    name: Mapped[str] = mapped_column(sa.String(80))
    prefix: Mapped[str] = mapped_column(sa.String(16), unique=True)
    secret_hash: Mapped[str] = mapped_column(sa.String(HASH))
    origins: Mapped[list[Any]]
    created_by_name: Mapped[str] = mapped_column(sa.String(64))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    revoked_at: Mapped[datetime | None]
    revoked_by_name: Mapped[str] = mapped_column(sa.String(64), default="")
