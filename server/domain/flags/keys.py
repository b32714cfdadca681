"""Client keys: a program's way to have the flags of one environment evaluated. Only a hash of the secret is kept."""

from __future__ import annotations

import hmac
import re
import secrets
import string
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from server.core import clock
from server.core.db import run, session, table
from server.core.errors import Invalid, NotFound
from server.core.ids import digest, new_secret
from server.domain import identity
from server.domain.flags import access
from server.domain.flags.environments import Environment
from server.domain.flags.models import FlagClientKey
from server.domain.identity import Actor, Permission

MARK = "sjf"
LETTERS = string.ascii_lowercase + string.digits
PREFIX_LENGTH = 10
LONGEST_NAME = 80
MOST_ORIGINS = 20
ORIGIN = re.compile(r"https?://[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:\d{1,5})?")


class KeyNotFound(NotFound):
    """There is no such key."""

    code = "flag_key_not_found"
    message = "没有找到该客户端密钥。"


@dataclass(frozen=True, slots=True)
class ClientKey:
    """What a valid key stands for. ``origins``: web origins that may use it from a browser."""

    id: uuid.UUID
    environment: Environment
    name: str
    origins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key with its secret, ``sjf_<prefix>_<rest>``, which is shown this once."""

    row: FlagClientKey
    secret: str


def issue_key(actor: Actor, environment: Environment, *, name: str, origins: Sequence[str] = ()) -> IssuedKey:
    """Make a key for one environment. Needs flag_key.manage. ``origins`` like ``https://h5.example.gov.cn``; Invalid by field."""
    access.need(actor, Permission.FLAG_KEY_MANAGE)
    name = name.replace("\0", "").strip()
    allowed = sorted({each.strip().lower().rstrip("/") for each in origins if each.strip()})
    faults: dict[str, list[str]] = {}
    if not name or len(name) > LONGEST_NAME:
        faults["name"] = [f"请填写用途，不超过 {LONGEST_NAME} 个字"]
    if len(allowed) > MOST_ORIGINS or not all(ORIGIN.fullmatch(each) for each in allowed):
        faults["origins"] = [f"最多 {MOST_ORIGINS} 个来源，每个形如 https://h5.example.gov.cn"]
    if faults:
        raise Invalid(fields=faults)
    prefix = "".join(secrets.choice(LETTERS) for _ in range(PREFIX_LENGTH))
    body = new_secret()
    row = FlagClientKey(
        environment=environment,
        name=name,
        prefix=prefix,
        secret_hash=digest(body),
        origins=allowed,
        created_by_name=actor.name[:64],
        created_at=clock.now(),
    )
    session().add(row)
    session().flush()
    identity.record(
        actor,
        "flag_key.issued",
        subject=("flag_key", row.id),
        summary=f"签发{environment.label}开关客户端密钥：{name}",
        changes={"prefix": [None, prefix], "origins": [[], allowed]},
    )
    return IssuedKey(row, f"{MARK}_{prefix}_{body}")


def revoke_key(actor: Actor, key_id: uuid.UUID) -> FlagClientKey:
    """Make a key invalid at once; nothing happens to one that is. Needs flag_key.manage; KeyNotFound."""
    access.need(actor, Permission.FLAG_KEY_MANAGE)
    row = session().get(FlagClientKey, key_id)
    if row is None:
        raise KeyNotFound
    if row.revoked_at is None:
        row.revoked_at = clock.now()
        row.revoked_by_name = actor.name[:64]
        identity.record(
            actor,
            "flag_key.revoked",
            subject=("flag_key", row.id),
            summary=f"撤销{row.environment.label}开关客户端密钥：{row.name}",
        )
    return row


def keys_matching(
    actor: Actor, environment: Environment | None = None, *, live: bool = False
) -> sa.Select[tuple[FlagClientKey]]:
    """Keys, newest first; ``live``: only those that still work. Needs flag_key.manage. ``prefix`` may be shown."""
    access.need(actor, Permission.FLAG_KEY_MANAGE)
    query = sa.select(FlagClientKey).order_by(FlagClientKey.created_at.desc(), FlagClientKey.id.desc())
    if environment is not None:
        query = query.where(FlagClientKey.environment == environment)
    return query.where(FlagClientKey.revoked_at.is_(None)) if live else query


_keys = table(FlagClientKey)
_BY_PREFIX = sa.select(
    _keys.c.id, _keys.c.environment, _keys.c.name, _keys.c.secret_hash, _keys.c.origins, _keys.c.revoked_at
).where(_keys.c.prefix == sa.bindparam("prefix"))
_NOBODY = digest("")


def key_by_secret(secret: str) -> ClientKey | None:
    """The key that a secret belongs to; None if it is unknown, malformed or revoked. One row by its unique prefix."""
    mark, _, rest = secret.partition("_")
    prefix, _, body = rest.partition("_")
    if mark != MARK or len(prefix) != PREFIX_LENGTH or not prefix.isascii() or not prefix.isalnum():
        return None
    row = run(_BY_PREFIX, {"prefix": prefix}).one_or_none()
    known = _NOBODY if row is None else row.secret_hash
    if not hmac.compare_digest(known, digest(body)) or row is None or row.revoked_at is not None:
        return None
    return ClientKey(row.id, row.environment, row.name, tuple(row.origins))
