"""Citizens, their sessions and tokens, what they agreed to, and what they asked for."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core import clock
from server.core.db import Base, Keyed, LongText, enum_column
from server.core.enums import Labelled

SEALED = 512
DIGEST = 64


class CitizenState(Labelled):
    """Whether a person still stands behind the row."""

    ACTIVE = "active", "正常"
    DELETED = "deleted", "已注销"


class FamilyEnd(Labelled):
    """Why a citizen's session ended."""

    SIGNED_OUT = "signed_out", "本人退出"
    REUSED = "reused", "令牌被重复使用"
    CROWDED = "crowded", "登录设备过多"
    REVOKED = "revoked", "微信授权被撤回"
    DELETED = "deleted", "账号已注销"


class DataRequestKind(Labelled):
    """What a citizen may ask about their own data (PIPL art. 45 and 47)."""

    EXPORT = "export", "查阅复制"
    DELETION = "deletion", "注销删除"


class DataRequestState(Labelled):
    """How far a request about own data has come."""

    OPEN = "open", "处理中"
    DONE = "done", "已完成"


class Citizen(Keyed, Base):
    """One WeChat user. Identifiers are sealed; an index finds them when they are known whole. All go at deletion."""

    __tablename__ = "citizens"

    openid_sealed: Mapped[str | None] = mapped_column(sa.String(SEALED))
    openid_index: Mapped[str | None] = mapped_column(sa.String(DIGEST), unique=True)
    unionid_sealed: Mapped[str | None] = mapped_column(sa.String(SEALED))
    unionid_index: Mapped[str | None] = mapped_column(sa.String(DIGEST), unique=True)
    phone_sealed: Mapped[str | None] = mapped_column(sa.String(SEALED))
    # Not unique: a number is given to a new owner, and one person may have two WeChat accounts.
    phone_index: Mapped[str | None] = mapped_column(sa.String(DIGEST), index=True)
    nickname: Mapped[str] = mapped_column(sa.String(64), default="")
    state: Mapped[CitizenState] = enum_column(CitizenState, default=CitizenState.ACTIVE)
    # The version that the citizen agrees to now; the history is in ``consents``.
    consent_version: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    signed_in_at: Mapped[datetime] = mapped_column(default=clock.now)
    deleted_at: Mapped[datetime | None]

    @property
    def name(self) -> str:
        """How the citizen is called where people read."""
        if self.state is CitizenState.DELETED:
            return "已注销用户"
        return self.nickname or "市民"


class CitizenFamily(Keyed, Base):
    """One sign-in and all the tokens that grew out of it; it ends as a whole."""

    __tablename__ = "citizen_families"

    citizen_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("citizens.id"), index=True)
    device: Mapped[str] = mapped_column(sa.String(200), default="")
    session_key_sealed: Mapped[str | None] = mapped_column(sa.String(SEALED))
    started_at: Mapped[datetime] = mapped_column(default=clock.now)
    ended_at: Mapped[datetime | None]
    end: Mapped[FamilyEnd | None] = enum_column(FamilyEnd)


class CitizenToken(Keyed, Base):
    """One pair of tokens, as digests. The refresh token works once; the access token until its time is up."""

    __tablename__ = "citizen_tokens"

    family_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("citizen_families.id"), index=True)
    access_digest: Mapped[str] = mapped_column(sa.String(DIGEST), unique=True)
    refresh_digest: Mapped[str] = mapped_column(sa.String(DIGEST), unique=True)
    issued_at: Mapped[datetime] = mapped_column(default=clock.now)
    access_until: Mapped[datetime]
    refresh_until: Mapped[datetime] = mapped_column(index=True)
    rotated_at: Mapped[datetime | None]


class PrivacyNotice(Base):
    """One version of the privacy notice (隐私保护指引); never changed once it is published."""

    __tablename__ = "privacy_notices"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    title: Mapped[str] = mapped_column(sa.String(100))
    text: Mapped[str] = mapped_column(LongText)
    # What is collected and why: [{key, name, purpose, required}]; the keys are the scopes of a consent.
    items: Mapped[list[Any]]
    published_at: Mapped[datetime] = mapped_column(default=clock.now)
    published_by: Mapped[uuid.UUID | None]


class Consent(Keyed, Base):
    """One citizen's yes to one version, for the scopes named, until it is withdrawn."""

    __tablename__ = "consents"

    citizen_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("citizens.id"), index=True)
    version: Mapped[int] = mapped_column(sa.ForeignKey("privacy_notices.version"))
    scopes: Mapped[list[Any]]
    channel: Mapped[str] = mapped_column(sa.String(32))
    given_at: Mapped[datetime] = mapped_column(default=clock.now)
    withdrawn_at: Mapped[datetime | None]


class DataRequest(Keyed, Base):
    """A citizen's request about own data, kept as the proof that it was met in time."""

    __tablename__ = "data_requests"

    citizen_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("citizens.id"), index=True)
    kind: Mapped[DataRequestKind] = enum_column(DataRequestKind)
    state: Mapped[DataRequestState] = enum_column(DataRequestState, default=DataRequestState.OPEN)
    requested_at: Mapped[datetime] = mapped_column(default=clock.now)
    # The last working day of the promise; None while the calendar of that year is missing.
    due_on: Mapped[date | None]
    done_at: Mapped[datetime | None]
