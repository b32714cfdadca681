"""Who calls: bearer tokens, rate limits, and whether the caller's mini program is still served."""

from __future__ import annotations

from flask import current_app, g, request

from server.api.contract import Access, Contract
from server.core import db
from server.core.errors import TooMany, Unauthenticated
from server.core.ids import digest
from server.domain import identity
from server.domain.identity import ANONYMOUS, Actor, ActorKind
from server.gateways.limits import Limiter

READS = frozenset({"GET", "HEAD", "OPTIONS"})


def address() -> str:
    """Where the request comes from; proxies are taken into account where the application is put together."""
    return request.remote_addr or ""


def current_actor() -> Actor:
    """Who calls, once the frame has found out."""
    actor: Actor = g.api_actor
    return actor


def identify(contract: Contract) -> Actor:
    """The caller, as the contract wants them. Unauthenticated or Forbidden if they are not so."""
    g.api_actor = actor = _identify(contract)
    return actor


def _identify(contract: Contract) -> Actor:
    if contract.access is Access.OPEN:
        return anonymous()
    if contract.asks_who is not None and not contract.asks_who():
        return anonymous()
    token = _bearer()
    if contract.access is Access.OPTIONAL_CITIZEN and token is None:
        return anonymous()
    if token is None:
        raise Unauthenticated
    if contract.access is Access.TOKEN:
        return _program(token, contract)
    if request.method in READS:
        return identity.citizen_by_token(token, address())
    # A writing unit would begin with this read, and on SQLite hold everybody's lock while the body is being read.
    with db.reading():
        return identity.citizen_by_token(token, address())


def _program(token: str, contract: Contract) -> Actor:
    with db.reading():
        actor = identity.actor_by_token(token, address=address(), scope=contract.permission)
    with db.unit():
        identity.note_token_use(actor)
    return actor


def anonymous() -> Actor:
    """Somebody of whom only the address is known."""
    return Actor(kind=ANONYMOUS.kind, name=ANONYMOUS.name, address=address())


def caller_key(actor: Actor) -> str:
    """A name for the caller by which uses are counted and keys are kept apart; an address only as a digest."""
    if actor.kind is ActorKind.ANONYMOUS:
        return f"a:{digest(actor.address)}"
    return f"{actor.kind.value}:{actor.session_id if actor.kind is ActorKind.TOKEN else actor.id}"


def check_limits(contract: Contract, actor: Actor) -> None:
    """TooMany if one of the view's limits is reached."""
    limiter: Limiter | None = current_app.extensions.get("shijian_limiter")
    if limiter is None:
        return
    for limit in contract.limits:
        key = f"a:{digest(address())}" if limit.by_address else caller_key(actor)
        wait = limiter.hit(limit.rules, limit.shared or request.endpoint or "", key)
        if wait:
            raise TooMany(retry_after=wait)


def check_version(contract: Contract) -> None:
    """UpgradeRequired if the mini program says a version that is not served any more, VersionBlocked if it was stopped.

    Only released builds know their version; develop, trial and audit builds send none and pass. The header is a
    courtesy of the client and no protection.
    """
    version = request.headers.get("X-App-Version")
    if not version or contract.any_version or contract.access is Access.TOKEN:
        return
    ask = current_app.extensions.get("shijian_must_update")
    refusal = ask(version) if ask else None
    if refusal is not None:
        raise refusal


def _bearer() -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if not scheme:
        return None
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated
    return token
