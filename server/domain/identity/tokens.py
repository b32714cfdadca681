"""API tokens: a program's way in, for one person, one contract, some permissions, some addresses, and some time."""

from __future__ import annotations

import hmac
import ipaddress
import secrets
import string
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from types import MappingProxyType

import sqlalchemy as sa

from server.core import clock
from server.core.db import hit, session
from server.core.errors import Forbidden, Invalid, NotFound, Unauthenticated
from server.core.ids import digest, new_secret
from server.domain.identity import roles
from server.domain.identity.actor import Actor, ActorKind, Scope, grants_of
from server.domain.identity.audit import record
from server.domain.identity.models.officers import ApiToken, Officer, Organisation
from server.domain.identity.permissions import Permission

LONGEST_DAYS = 365
PREFIX_LETTERS = string.ascii_lowercase + string.digits
PREFIX_LENGTH = 10
NOTE_EVERY = timedelta(minutes=1)


class BadToken(Unauthenticated):
    """Unknown, revoked, expired, or its holder is gone: the answer is the same."""

    code = "bad_token"
    message = "接口令牌无效。"


class TokenNotFromHere(Forbidden):
    """The token is not allowed from this address."""

    code = "token_address"
    message = "不允许从该地址使用此令牌。"


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new token with its secret, which is shown this once."""

    token: ApiToken
    secret: str


def issue_token(
    actor: Actor,
    *,
    officer_id: uuid.UUID,
    name: str,
    scopes: Sequence[Permission],
    days: int,
    contract_id: uuid.UUID | None = None,
    networks: Sequence[str] = (),
) -> IssuedToken:
    """Issue a token for a holder. Needs token.manage; Invalid names what is wrong by field.

    The scopes must be the holder's own, for the contract if one is given; ``networks`` are addresses or CIDR blocks,
    none: from anywhere.
    """
    actor.need(Permission.TOKEN_MANAGE)
    holder = roles.find_officer(officer_id)
    allowed = _networks(networks)
    _check(holder, scopes, contract_id, days)
    prefix = "".join(secrets.choice(PREFIX_LETTERS) for _ in range(PREFIX_LENGTH))
    body = new_secret()
    token = ApiToken(
        officer_id=holder.id,
        contract_id=contract_id,
        name=name,
        prefix=prefix,
        secret_hash=digest(body),
        scopes=sorted({scope.value for scope in scopes}),
        networks=allowed,
        expires_at=clock.now() + timedelta(days=days),
    )
    session().add(token)
    session().flush()
    record(
        actor,
        "token.issued",
        subject=("token", token.id),
        summary=f"签发接口令牌：{name}（{holder.name}）",
        changes={"scopes": [[], token.scopes], "networks": [[], allowed], "expires_at": [None, token.expires_at]},
    )
    return IssuedToken(token, f"sj_{prefix}_{body}")


def revoke_token(actor: Actor, token_id: uuid.UUID) -> ApiToken:
    """Make a token invalid at once. Needs token.manage."""
    token = find_token(actor, token_id)
    if token.revoked_at is None:
        token.revoked_at = clock.now()
        record(actor, "token.revoked", subject=("token", token.id), summary=f"撤销接口令牌：{token.name}")
    return token


def find_token(actor: Actor, token_id: uuid.UUID) -> ApiToken:
    """One token. Needs token.manage."""
    actor.need(Permission.TOKEN_MANAGE)
    token = session().get(ApiToken, token_id)
    if token is None:
        raise NotFound
    return token


def tokens_matching(actor: Actor, *, live: bool = False) -> sa.Select[tuple[ApiToken, Officer]]:
    """Tokens with their holders, newest first; ``live``: only those that still work. Needs token.manage."""
    actor.need(Permission.TOKEN_MANAGE)
    query = (
        sa.select(ApiToken, Officer)
        .join(Officer, Officer.id == ApiToken.officer_id)
        .order_by(ApiToken.created_at.desc(), ApiToken.id.desc())
    )
    if live:
        query = query.where(ApiToken.revoked_at.is_(None), ApiToken.expires_at > clock.now())
    return query


def actor_by_token(secret: str, *, address: str, scope: Permission | None = None) -> Actor:
    """Who a token stands for: its holder, with what the scopes and the holder's roles have in common.

    BadToken, TokenNotFromHere; with a ``scope`` also Forbidden unless the token has it.

    Writes nothing; ``note_token_use`` does, in a unit of its own. ``session_id`` of the actor is the token's id.
    """
    kind, _, rest = secret.partition("_")
    prefix, _, body = rest.partition("_")
    row = session().execute(_by_prefix(prefix)).one_or_none() if kind == "sj" else None
    known = row[0].secret_hash if row else digest("")
    if not hmac.compare_digest(known, digest(body)) or row is None:
        raise BadToken
    token, holder, organisation = row
    if token.revoked_at or token.expires_at <= clock.now() or not holder.active or not organisation.active:
        raise BadToken
    if not _is_from(address, token.networks):
        raise TokenNotFromHere
    held = roles.roles_of([holder.id]).get(holder.id, [])
    actor = Actor(
        kind=ActorKind.TOKEN,
        id=holder.id,
        name=f"{holder.name}（令牌 {token.name}）",
        organisation_id=organisation.id,
        organisation_name=organisation.name,
        is_vendor=organisation.is_vendor,
        roles=tuple(dict.fromkeys(role for role, _ in held)),
        grants=MappingProxyType(_narrowed(grants_of(held), token)),
        session_id=token.id,
        address=address,
    )
    if scope is not None:
        actor.need(scope)
    return actor


def note_token_use(actor: Actor) -> None:
    """Note when and from where a token was used last, at most once a minute."""
    now = clock.now()
    rare = sa.or_(ApiToken.last_used_at.is_(None), ApiToken.last_used_at <= now - NOTE_EVERY)
    used = sa.update(ApiToken).where(ApiToken.id == actor.session_id, rare)
    hit(used.values(last_used_at=now, last_used_address=actor.address))


def _check(holder: Officer, scopes: Sequence[Permission], contract_id: uuid.UUID | None, days: int) -> None:
    faults: dict[str, list[str]] = {}
    if not holder.active:
        faults["officer_id"] = ["持有人的账号已停用。"]
    if not 1 <= days <= LONGEST_DAYS:
        faults["days"] = [f"有效期为 1 至 {LONGEST_DAYS} 天。"]
    held = replace(_NOBODY, grants=grants_of(roles.roles_of([holder.id]).get(holder.id, [])))
    beyond = [scope for scope in scopes if not held.may(scope, contract_id)]
    if not scopes:
        faults["scopes"] = ["请至少选择一项权限。"]
    elif beyond:
        faults["scopes"] = [f"持有人没有权限：{'、'.join(scope.label for scope in beyond)}。"]
    if contract_id is None and any(held.contracts_for(scope) is not None for scope in scopes if scope not in beyond):
        faults["contract_id"] = ["运维单位的令牌必须指定合同。"]
    if faults:
        raise Invalid(fields=faults)


_NOBODY = Actor(kind=ActorKind.TOKEN)


def _narrowed(grants: Mapping[Permission, Scope], token: ApiToken) -> dict[Permission, Scope]:
    """What the holder may do now, cut to the token's scopes and contract."""
    found: dict[Permission, Scope] = {}
    for value in token.scopes:
        permission = Permission(value)
        if permission not in grants:
            continue
        scope = grants[permission]
        if token.contract_id is None:
            found[permission] = scope
        elif scope is None or token.contract_id in scope:
            found[permission] = frozenset({token.contract_id})
    return found


def _networks(texts: Sequence[str]) -> list[str]:
    try:
        return [str(ipaddress.ip_network(text.strip(), strict=False)) for text in texts if text.strip()]
    except ValueError:
        raise Invalid(fields={"networks": ["请填写 IP 地址或 CIDR 网段，例如 203.0.113.0/24。"]}) from None


def _is_from(address: str, networks: Sequence[str]) -> bool:
    if not networks:
        return True
    try:
        own = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(own, "ipv4_mapped", None)
    return any((mapped or own) in ipaddress.ip_network(network) for network in networks)


def _by_prefix(prefix: str) -> sa.Select[tuple[ApiToken, Officer, Organisation]]:
    return (
        sa.select(ApiToken, Officer, Organisation)
        .join(Officer, Officer.id == ApiToken.officer_id)
        .join(Organisation, Organisation.id == Officer.organisation_id)
        .where(ApiToken.prefix == prefix)
    )
