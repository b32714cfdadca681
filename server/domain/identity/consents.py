"""What a citizen agreed to: by version of the privacy notice and by scope; taken back as easily as it was given.

Signing in works without consent, and so does an anonymous report. Whatever touches personal data asks
``require_consent`` first (wechat.md §3, PIPL art. 13-17).
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from server.core import clock
from server.core.db import hit, run, session, table
from server.core.errors import Conflict, Forbidden, Invalid, Unauthenticated
from server.domain.identity.actor import Actor, ActorKind
from server.domain.identity.audit import record
from server.domain.identity.models.citizens import Citizen, Consent, PrivacyNotice
from server.domain.identity.privacy import current_privacy_notice, current_version


class ConsentRequired(Forbidden):
    """The citizen has not agreed to the privacy notice as it stands, or not to this scope of it."""

    code = "consent_required"
    message = "请先阅读并同意《隐私保护指引》。"


class NoticeOutdated(Conflict):
    """The consent is for a version that is not the current one."""

    code = "notice_outdated"
    message = "《隐私保护指引》已更新，请阅读最新版本后再同意。"


@dataclass(frozen=True, slots=True)
class ConsentState:
    """How a citizen stands to the notice. ``version``: the current one (None: none published); ``given``: theirs."""

    required: bool
    version: int | None
    given: int | None
    scopes: tuple[str, ...] = ()
    given_at: datetime | None = None


_STANDING = sa.select(
    table(Citizen).c.consent_version, sa.select(sa.func.max(table(PrivacyNotice).c.version)).scalar_subquery()
).where(table(Citizen).c.id == sa.bindparam("citizen"))


def consent_state(actor: Actor) -> ConsentState:
    """How the calling citizen stands to the notice as it is now."""
    citizen_id = _citizen_id(actor)
    version = current_version()
    consent = _running(citizen_id)
    if consent is None:
        return ConsentState(required=True, version=version, given=None)
    return ConsentState(
        required=consent.version != version,
        version=version,
        given=consent.version,
        scopes=tuple(consent.scopes),
        given_at=consent.given_at,
    )


def require_consent(actor: Actor, scope: str | None = None) -> None:
    """ConsentRequired unless the calling citizen agrees to the current notice, and to the scope if one is named.

    Officers, tokens and the system act on other grounds and pass.
    """
    if actor.kind is not ActorKind.CITIZEN:
        return
    given, version = run(_STANDING, {"citizen": actor.id}).one_or_none() or (None, current_version())
    if given is None or given != version:
        raise ConsentRequired(version=version)
    if scope is not None:
        consent = _running(_citizen_id(actor))
        if consent is None or scope not in consent.scopes:
            raise ConsentRequired(version=version, scope=scope)


def give_consent(actor: Actor, *, version: int, scopes: Sequence[str], channel: str = "mini_program") -> ConsentState:
    """Agree to the current notice. The required scopes must be among those given; an earlier consent is replaced."""
    citizen_id = _citizen_id(actor)
    notice = current_privacy_notice()
    if version != notice.version:
        raise NoticeOutdated(version=notice.version)
    offered = {item["key"]: item["required"] for item in notice.items}
    unknown = [scope for scope in scopes if scope not in offered]
    missing = [key for key, required in offered.items() if required and key not in scopes]
    if unknown or missing:
        raise Invalid(fields={"scopes": ["同意范围与《隐私保护指引》不符。"]})
    chosen = [key for key in offered if key in scopes]
    earlier = _running(citizen_id)
    if earlier is not None and (earlier.version, list(earlier.scopes)) == (version, chosen):
        return consent_state(actor)
    now = clock.now()
    _close(citizen_id, now)
    session().add(Consent(citizen_id=citizen_id, version=version, scopes=chosen, channel=channel[:32], given_at=now))
    hit(sa.update(Citizen).where(Citizen.id == citizen_id).values(consent_version=version))
    session().flush()
    record(
        actor,
        "consent.given",
        subject=("citizen", citizen_id),
        summary=f"同意第 {version} 版隐私保护指引",
        changes={"version": [earlier.version if earlier else None, version], "scopes": [None, chosen]},
    )
    return consent_state(actor)


def withdraw_consent(actor: Actor) -> None:
    """Take the consent back; what was kept on its ground (phone number, nickname) goes with it (PIPL art. 15, 47)."""
    citizen_id = _citizen_id(actor)
    if drop_consent(citizen_id):
        hit(sa.update(Citizen).where(Citizen.id == citizen_id).values(phone_sealed=None, phone_index=None, nickname=""))
        record(
            actor,
            "consent.withdrawn",
            subject=("citizen", citizen_id),
            summary="撤回对隐私保护指引的同意，已清除联系方式",
        )


def consents_of(citizen_id: uuid.UUID) -> Sequence[Consent]:
    """Every consent that a citizen ever gave, newest first."""
    mine = sa.select(Consent).where(Consent.citizen_id == citizen_id)
    return session().scalars(mine.order_by(Consent.given_at.desc(), Consent.id.desc())).all()


def drop_consent(citizen_id: uuid.UUID) -> bool:
    """End the running consent without a word; whether there was one. The caller records why."""
    hit(sa.update(Citizen).where(Citizen.id == citizen_id).values(consent_version=None))
    return _close(citizen_id, clock.now()) > 0


def _close(citizen_id: uuid.UUID, now: datetime) -> int:
    running = sa.update(Consent).where(Consent.citizen_id == citizen_id, Consent.withdrawn_at.is_(None))
    return hit(running.values(withdrawn_at=now))


def _running(citizen_id: uuid.UUID) -> Consent | None:
    running = sa.select(Consent).where(Consent.citizen_id == citizen_id, Consent.withdrawn_at.is_(None))
    return session().scalars(running.order_by(Consent.given_at.desc()).limit(1)).one_or_none()


def _citizen_id(actor: Actor) -> uuid.UUID:
    if actor.kind is not ActorKind.CITIZEN or actor.id is None:
        raise Unauthenticated
    return actor.id
