"""Organisations, their officers, and every way by which an officer comes in."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core import clock
from server.core.db import Base, Keyed, enum_column
from server.core.enums import Labelled
from server.domain.identity.permissions import Role

ADDRESS = 45  # the longest IPv6 spelling
HASH = 64  # a SHA-256 in hex


class OrganisationKind(Labelled):
    """On which side of a contract an organisation stands."""

    BUREAU = "bureau", "局方"
    VENDOR = "vendor", "运维单位"


class OfficerState(Labelled):
    """Whether an officer may come in."""

    ACTIVE = "active", "在用"
    DEACTIVATED = "deactivated", "已停用"


class SessionStage(Labelled):
    """How far a sign-in has come: only a ``complete`` session opens the console."""

    SECOND_FACTOR = "second_factor", "待两步验证"
    COMPLETE = "complete", "已登录"


class SessionEnd(Labelled):
    """Why a session ended."""

    SIGNED_OUT = "signed_out", "本人退出"
    ENDED = "ended", "被结束"
    IDLE = "idle", "长时间未操作"
    EXPIRED = "expired", "超过最长时限"
    PASSWORD_CHANGED = "password_changed", "口令已更换"
    ROLES_CHANGED = "roles_changed", "角色已调整"
    DEACTIVATED = "deactivated", "账号已停用"
    REPLACED = "replaced", "已换新会话"


class Organisation(Keyed, Base):
    """The bureau, or a vendor that has a contract with it."""

    __tablename__ = "organisations"

    kind: Mapped[OrganisationKind] = enum_column(OrganisationKind)
    name: Mapped[str] = mapped_column(sa.String(100), unique=True)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    @property
    def is_vendor(self) -> bool:
        """Whether it works for the bureau under a contract."""
        return self.kind is OrganisationKind.VENDOR


class Officer(Keyed, Base):
    """One person of the bureau or of a vendor. ``login`` is kept in lower case."""

    __tablename__ = "officers"

    login: Mapped[str] = mapped_column(sa.String(64), unique=True)
    name: Mapped[str] = mapped_column(sa.String(64))
    title: Mapped[str] = mapped_column(sa.String(64), default="")
    organisation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    state: Mapped[OfficerState] = enum_column(OfficerState, default=OfficerState.ACTIVE)
    password_hash: Mapped[str] = mapped_column(sa.String(255))
    password_changed_at: Mapped[datetime] = mapped_column(default=clock.now)
    password_temporary: Mapped[bool] = mapped_column(default=False)
    totp_sealed: Mapped[str | None] = mapped_column(sa.String(512))
    totp_offer_sealed: Mapped[str | None] = mapped_column(sa.String(512))
    totp_confirmed_at: Mapped[datetime | None]
    totp_last_step: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    signed_in_at: Mapped[datetime | None]

    @property
    def active(self) -> bool:
        """Whether the account is in use."""
        return self.state is OfficerState.ACTIVE

    @property
    def has_totp(self) -> bool:
        """Whether the second factor is set up."""
        return self.totp_confirmed_at is not None


class OfficerRole(Keyed, Base):
    """One role of an officer; a vendor's role names the contract that it holds for."""

    __tablename__ = "officer_roles"
    __table_args__ = (sa.UniqueConstraint("officer_id", "role", "contract_id"),)

    officer_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("officers.id"))
    role: Mapped[Role] = enum_column(Role)
    contract_id: Mapped[uuid.UUID | None] = mapped_column(index=True)


class PasswordHistory(Keyed, Base):
    """A password that was used before and may not come back at once."""

    __tablename__ = "password_history"

    officer_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("officers.id"), index=True)
    password_hash: Mapped[str] = mapped_column(sa.String(255))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class RecoveryCode(Keyed, Base):
    """A code that stands in for the second factor once; kept as a keyed digest."""

    __tablename__ = "recovery_codes"

    officer_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("officers.id"), index=True)
    code_hash: Mapped[str] = mapped_column(sa.String(HASH))
    used_at: Mapped[datetime | None]


class OfficerSession(Keyed, Base):
    """One signed-in browser. The cookie holds the secret, we hold its SHA-256."""

    __tablename__ = "officer_sessions"

    officer_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("officers.id"), index=True)
    secret_hash: Mapped[str] = mapped_column(sa.String(HASH), unique=True)
    stage: Mapped[SessionStage] = enum_column(SessionStage)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    seen_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime]
    stepped_up_at: Mapped[datetime | None]
    address: Mapped[str] = mapped_column(sa.String(ADDRESS), default="")
    agent: Mapped[str] = mapped_column(sa.String(300), default="")
    ended_at: Mapped[datetime | None]
    ended_why: Mapped[SessionEnd | None] = enum_column(SessionEnd)


class SignInThrottle(Base):
    """How often one account from one address, or one address, has failed lately. The key is a keyed digest."""

    __tablename__ = "sign_in_throttles"

    key: Mapped[str] = mapped_column(sa.String(HASH), primary_key=True)
    fail_count: Mapped[int] = mapped_column(default=0)
    lock_count: Mapped[int] = mapped_column(default=0)
    window_at: Mapped[datetime]
    locked_until: Mapped[datetime | None]


class ApiToken(Keyed, Base):
    """A program's way in, bound to a person and, for a vendor's, to a contract; found by prefix, proven by SHA-256."""

    __tablename__ = "api_tokens"

    officer_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("officers.id"), index=True)
    contract_id: Mapped[uuid.UUID | None]
    name: Mapped[str] = mapped_column(sa.String(64))
    prefix: Mapped[str] = mapped_column(sa.String(16), unique=True)
    secret_hash: Mapped[str] = mapped_column(sa.String(HASH))
    scopes: Mapped[list[Any]]
    networks: Mapped[list[Any]]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    last_used_address: Mapped[str] = mapped_column(sa.String(ADDRESS), default="")
    revoked_at: Mapped[datetime | None]


class SetupCode(Keyed, Base):
    """The one-time code that opens the first-run wizard; kept as a keyed digest."""

    __tablename__ = "setup_codes"

    code_hash: Mapped[str] = mapped_column(sa.String(HASH))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
