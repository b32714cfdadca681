"""Whose matters one may see and move: by contract, and what is not one's own is not there."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Forbidden, Invalid, NotFound
from server.core.secrecy import refuse_marked
from server.core.serials import next_number
from server.domain import contracts
from server.domain.identity import Actor, ActorKind, Permission
from server.domain.referrals.credentials import refuse_credentials
from server.domain.referrals.models import Application, FrontDatabase, Liaison, Requirement, Sheet

LONGEST = 5000
# A clock that is a little ahead elsewhere must not refuse an entry.
AHEAD = timedelta(minutes=1)

Matter = TypeVar("Matter", Sheet, Requirement, Application, Liaison, FrontDatabase)


class ReferralNotFound(NotFound):
    """There is no such matter, or it is not this person's to see."""

    code = "referral_not_found"
    message = "没有找到这条记录。"


class BureauOnly(Forbidden):
    """A step that is the bureau's word; the vendor's would count for itself."""

    code = "referral_bureau_only"
    message = "这一步须由局方确认，运维单位不能自行办理。"


def visible(actor: Actor, model: type[Matter]) -> sa.ColumnElement[bool]:
    """The rows of a kind that the actor may see."""
    scope = actor.contracts_for(Permission.REFERRAL_VIEW)
    return sa.true() if scope is None else model.contract_id.in_(scope)


def find(actor: Actor, model: type[Matter], key: uuid.UUID) -> Matter:
    """One row, if the actor may see it; ReferralNotFound otherwise."""
    return _one(sa.select(model).where(model.id == key, visible(actor, model)))


def hold(actor: Actor, model: type[Matter], key: uuid.UUID, permission: Permission) -> Matter:
    """One row as it stands now, held against other writers; ReferralNotFound, or Forbidden without the permission."""
    query = sa.select(model).where(model.id == key, visible(actor, model))
    found: Matter = _one(query.with_for_update().execution_options(populate_existing=True))
    actor.need(permission, found.contract_id)
    return found


def contract_of(actor: Actor, contract_id: uuid.UUID, permission: Permission) -> contracts.Contract:
    """The contract that a new row will belong to: NotFound if it is not the actor's, Forbidden if the verb is not."""
    contract = contracts.find(actor, contract_id)
    scope = actor.contracts_for(Permission.REFERRAL_VIEW)
    if scope is not None and contract_id not in scope:
        raise ReferralNotFound
    actor.need(permission, contract_id)
    return contract


def is_bureau(actor: Actor) -> bool:
    """Whether the actor speaks for the bureau in these matters."""
    return actor.contracts_for(Permission.REFERRAL_DECIDE) is None


def number(prefix: str, contract: contracts.Contract, at: datetime) -> str:
    """The next number: prefix, contract, year, serial, without gaps in each contract (domain.md §5.1)."""
    year = clock.local_day(at).year
    return f"{prefix}-{contract.number}-{year}-{next_number(f'{prefix}:{contract.id.hex}', year):03d}"


def past(at: datetime | None, field: str) -> datetime:
    """A moment that was given, or now; Invalid if it lies ahead."""
    now = clock.now()
    if at is None:
        return now
    if at > now + AHEAD:
        raise Invalid(fields={field: ["不能晚于当前时间。"]})
    return min(at, now)


def words(text: str, field: str, *, longest: int = LONGEST, needed: bool = False) -> str:
    """A person's words, trimmed and bounded, with neither a secrecy mark nor anything that looks like a password."""
    kept = text.replace("\0", "").replace("\r\n", "\n").strip()
    if needed and not kept:
        raise Invalid(fields={field: ["请填写此项。"]})
    if len(kept) > longest:
        raise Invalid(fields={field: [f"不能超过 {longest} 个字。"]})
    refuse_marked(kept, field=field)
    refuse_credentials(kept, field)
    return kept


def writer(actor: Actor) -> dict[str, Any]:
    """Who made a row, for its columns."""
    return {"created_by_id": None if actor.kind is ActorKind.SYSTEM else actor.id, "created_by_name": actor.name}


def _one(query: sa.Select[tuple[Matter]]) -> Matter:
    found = session().scalars(query).one_or_none()
    if found is None:
        raise ReferralNotFound
    return found
