"""The public keys by which a contract's manifests are signed: added and revoked by the system administrator."""

from __future__ import annotations

import base64
import uuid

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server.core import clock, signatures
from server.core.db import session
from server.core.errors import Conflict, Invalid, NotFound
from server.core.signatures import NotAKey
from server.domain import contracts, identity
from server.domain.identity import Actor, Permission
from server.domain.releases import access
from server.domain.releases.models import NAME, ReleaseKey

REASON = 200


class KeyNotFound(NotFound):
    """There is no such key."""

    code = "release_key_not_found"
    message = "没有找到该签名公钥。"


class KeyTaken(Conflict):
    """The key was entered before, for this contract or another one."""

    code = "release_key_taken"
    message = "这个公钥已登记过，请生成新的密钥。"


def add_key(actor: Actor, contract_id: uuid.UUID, *, name: str, public_key: str) -> ReleaseKey:
    """Enter a contract's key, given as PEM, OpenSSH line or base64. Needs release_key.manage."""
    actor.need(Permission.RELEASE_KEY_MANAGE)
    wrong: dict[str, list[str]] = {}
    if not 1 <= len(name.strip()) <= NAME:
        wrong["name"] = [f"请填写 1 至 {NAME} 个字的名称。"]
    if session().get(contracts.Contract, contract_id) is None:
        wrong["contract_id"] = ["没有这份合同。"]
    raw = b""
    try:
        raw = signatures.public_key(public_key)
    except NotAKey:
        wrong["public_key"] = ["应为 Ed25519 公钥（PEM、OpenSSH 或 base64）。"]
    if wrong:
        raise Invalid(fields=wrong)
    access.hold()
    key = ReleaseKey(
        contract_id=contract_id,
        name=name.strip(),
        public_key=base64.b64encode(raw).decode(),
        fingerprint=signatures.fingerprint(raw),
        created_at=clock.now(),
        created_by_id=actor.id,
        created_by_name=actor.name[:NAME],
    )
    try:
        with session().begin_nested():
            session().add(key)
    except IntegrityError as clash:
        raise KeyTaken(fields={"public_key": [KeyTaken.message]}) from clash
    identity.record(
        actor,
        "release_key.added",
        subject=("release_key", key.id),
        summary=f"登记版本签名公钥：{key.name}",
        changes={"fingerprint": [None, key.fingerprint], "contract_id": [None, str(contract_id)]},
    )
    return key


def revoke_key(actor: Actor, key_id: uuid.UUID, *, reason: str) -> ReleaseKey:
    """Make a key worthless from now on; releases that it signed stay. Needs release_key.manage."""
    actor.need(Permission.RELEASE_KEY_MANAGE)
    words = reason.strip()
    if not 1 <= len(words) <= REASON:
        raise Invalid(fields={"reason": [f"请填写 1 至 {REASON} 个字的原因。"]})
    key = session().get(ReleaseKey, key_id, with_for_update=True)
    if key is None:
        raise KeyNotFound
    if key.revoked_at is None:
        key.revoked_at = clock.now()
        key.revoked_by_name = actor.name[:NAME]
        key.revoke_reason = words
        session().flush()
        identity.record(
            actor,
            "release_key.revoked",
            subject=("release_key", key.id),
            summary=f"撤销版本签名公钥：{key.name}（{words}）",
            changes={"fingerprint": [key.fingerprint, None]},
        )
    return key


def keys_matching(actor: Actor, *, live: bool = False) -> sa.Select[tuple[ReleaseKey]]:
    """Keys, newest first: all for who manages them, those of the own contracts for who may see releases."""
    query = sa.select(ReleaseKey).order_by(ReleaseKey.created_at.desc(), ReleaseKey.id.desc())
    scope = None
    if not actor.may(Permission.RELEASE_KEY_MANAGE):
        actor.need(Permission.RELEASE_VIEW)
        scope = actor.contracts_for(Permission.RELEASE_VIEW)
    if scope is not None:
        query = query.where(ReleaseKey.contract_id.in_(scope))
    return query.where(ReleaseKey.revoked_at.is_(None)) if live else query


def by_fingerprint(fingerprint: str) -> ReleaseKey | None:
    """The key of a fingerprint, revoked or not."""
    return session().scalars(sa.select(ReleaseKey).where(ReleaseKey.fingerprint == fingerprint)).one_or_none()


def is_signed(key: ReleaseKey, signature: bytes, message: bytes) -> bool:
    """Whether a message bears the key's signature."""
    return signatures.holds(base64.b64decode(key.public_key), signature, message)
