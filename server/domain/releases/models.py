"""The ledger's rows: releases, their log, what they belong to, the signing keys, and the one row that tells what is live."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Base, Keyed, LongText, enum_column
from server.domain.identity import ActorKind
from server.domain.releases.vocabulary import Driver, EventKind, FlagRole, Scope, State, Step

HASH = 64
NAME = 64
VERSION = 64
FLAG_KEY = 100


class Release(Keyed, Base):
    """One version of the mini program, as its signed manifest describes it. ``seq`` is the number of its last event.

    ``state``, ``gray_percent`` and the moments are what the log says, kept beside it for queries. ``flag_revisions``
    maps a point of its life (push, gray, full) to the number of each environment's flag set at that moment.
    """

    __tablename__ = "releases"
    __table_args__ = (
        sa.UniqueConstraint("appid", "version"),
        sa.Index("ix_releases_contract_created", "contract_id", "created_at"),
        sa.Index("ix_releases_state", "state", "created_at"),
    )

    contract_id: Mapped[uuid.UUID]
    appid: Mapped[str] = mapped_column(sa.String(32))
    version: Mapped[str] = mapped_column(sa.String(VERSION))
    state: Mapped[State] = enum_column(State, default=State.REGISTERED)
    driver: Mapped[Driver] = enum_column(Driver, default=Driver.MANUAL)
    seq: Mapped[int]
    manifest: Mapped[str] = mapped_column(LongText)
    content_sha256: Mapped[str] = mapped_column(sa.String(HASH))
    signature: Mapped[str] = mapped_column(sa.String(128))
    key_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("release_keys.id"))
    git_sha: Mapped[str] = mapped_column(sa.String(HASH))
    robot: Mapped[int]
    built_at: Mapped[datetime]
    signed_at: Mapped[datetime]
    sizes: Mapped[dict[str, Any]]
    changelog: Mapped[str] = mapped_column(LongText)
    privacy_version: Mapped[int | None]
    map_sha256: Mapped[str | None] = mapped_column(sa.String(HASH))
    map_size: Mapped[int | None]
    pushed_by_id: Mapped[uuid.UUID | None]
    pushed_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    organisation_id: Mapped[uuid.UUID | None]
    gray_percent: Mapped[int | None]
    audit_id: Mapped[str] = mapped_column(sa.String(32), default="")
    call_id: Mapped[uuid.UUID | None]
    flag_revisions: Mapped[dict[str, Any]]
    scope: Mapped[Scope | None] = enum_column(Scope)
    live_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class ReleaseEvent(Keyed, Base):
    """One line of a release's log, never changed, never deleted. ``state`` is where it led to.

    ``at`` is when it happened (at WeChat, where a person clicked it), ``recorded_at`` when it was written.
    """

    __tablename__ = "release_events"
    __table_args__ = (sa.UniqueConstraint("release_id", "seq"),)

    release_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("releases.id"))
    seq: Mapped[int]
    kind: Mapped[EventKind] = enum_column(EventKind)
    step: Mapped[Step | None] = enum_column(Step)
    state: Mapped[State] = enum_column(State)
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    actor_kind: Mapped[ActorKind] = enum_column(ActorKind)
    actor_id: Mapped[uuid.UUID | None]
    actor_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    organisation: Mapped[str] = mapped_column(sa.String(100), default="")
    by_vendor: Mapped[bool] = mapped_column(default=False)
    text: Mapped[str] = mapped_column(LongText, default="")
    data: Mapped[dict[str, Any]]


class ReleaseTicket(Base):
    """A ticket that a release answers; its number is kept so that a list needs no other room."""

    __tablename__ = "release_tickets"

    release_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("releases.id"), primary_key=True)
    ticket_id: Mapped[uuid.UUID] = mapped_column(primary_key=True, index=True)
    number: Mapped[str] = mapped_column(sa.String(24))


class ReleaseFlag(Base):
    """A flag that a release brings in, or whose last use it removes."""

    __tablename__ = "release_flags"

    release_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("releases.id"), primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(FLAG_KEY), primary_key=True, index=True)
    role: Mapped[FlagRole] = enum_column(FlagRole)


class SourceMap(Keyed, Base):
    """A release's source map; the file lies under the name of its own hash."""

    __tablename__ = "release_maps"

    release_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("releases.id"), unique=True)
    sha256: Mapped[str] = mapped_column(sa.String(HASH), index=True)
    size: Mapped[int]
    kept_at: Mapped[datetime]
    kept_by_id: Mapped[uuid.UUID | None]


class ReleaseKey(Keyed, Base):
    """A public Ed25519 key by which one contract's manifests are signed; revoked, never deleted."""

    __tablename__ = "release_keys"

    contract_id: Mapped[uuid.UUID] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(sa.String(NAME))
    public_key: Mapped[str] = mapped_column(sa.String(64))
    fingerprint: Mapped[str] = mapped_column(sa.String(HASH), unique=True)
    created_at: Mapped[datetime]
    created_by_id: Mapped[uuid.UUID | None]
    created_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    revoke_reason: Mapped[str] = mapped_column(sa.String(200), default="")


class Ledger(Base):
    """One row: which release stands where, and what WeChat last told of its gray plan.

    Every writing step holds this row, so steps of two releases never cross, and no place holds two.
    """

    __tablename__ = "release_ledger"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    steps: Mapped[int] = mapped_column(default=0)
    develop_id: Mapped[uuid.UUID | None]
    trial_id: Mapped[uuid.UUID | None]
    audit_id: Mapped[uuid.UUID | None]
    gray_id: Mapped[uuid.UUID | None]
    full_id: Mapped[uuid.UUID | None]
    gray_plan: Mapped[dict[str, Any] | None]
    gray_plan_at: Mapped[datetime | None]


class ReleasePolicy(Base):
    """The ledger's own rules, one row; a missing row means the defaults of ``policy.Policy``."""

    __tablename__ = "release_policy"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    rules: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]
