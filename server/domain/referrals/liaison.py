"""The liaison log (B20) and the particulars of front-end databases, with no password anywhere.

An entry is never changed: a wrong one is corrected by another that names it. Particulars are kept current; what they
were is in the audit trail.
"""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Invalid
from server.core.ids import new_id
from server.domain import identity
from server.domain.identity import Actor, Permission
from server.domain.referrals import access
from server.domain.referrals.access import past, words
from server.domain.referrals.models import (
    LINE,
    LONG_LINE,
    NAME,
    TITLE,
    Application,
    FrontDatabase,
    Liaison,
)
from server.domain.referrals.vocabulary import Medium

PREFIX = "GT"
LINES = {
    "name": LINE,
    "purpose": LONG_LINE,
    "product": NAME,
    "zone": LINE,
    "address": LINE,
    "account": NAME,
    "keeper": LINE,
}


class DatabaseTaken(Conflict):
    """The contract has a front-end database of that name already."""

    code = "front_database_taken"
    message = "这份合同已登记了同名的前置库。"


class DatabaseMoved(Conflict):
    """Somebody has changed the particulars meanwhile."""

    code = "front_database_moved"
    message = "前置库信息已被他人修改，请刷新后重新填写。"


class CorrectedBefore(Conflict):
    """An entry is corrected once; what is wrong with the correction is corrected there."""

    code = "liaison_corrected"
    message = "这条记录已有更正，请在更正的记录上继续更正。"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseCard:
    """What may be kept of a front-end database: where it is and who keeps the keys, never the keys."""

    name: str
    purpose: str = ""
    product: str = ""
    zone: str = ""
    address: str = ""
    account: str = ""
    keeper: str = ""
    note: str = ""


def log_liaison(
    actor: Actor,
    *,
    contract_id: uuid.UUID,
    at: datetime | None,
    medium: Medium,
    with_unit: str,
    topic: str,
    text: str,
    with_name: str = "",
    result: str = "",
    follow_up: str = "",
    follow_up_on: date | None = None,
    application_id: uuid.UUID | None = None,
    database_id: uuid.UUID | None = None,
    corrects_id: uuid.UUID | None = None,
) -> Liaison:
    """Write down one talk. Needs referral.log on the contract."""
    contract = access.contract_of(actor, contract_id, Permission.REFERRAL_LOG)
    for model, key in ((Application, application_id), (FrontDatabase, database_id), (Liaison, corrects_id)):
        if key is not None and access.find(actor, model, key).contract_id != contract_id:  # type: ignore[type-var, attr-defined]
            raise Invalid(fields={"contract_id": ["关联的记录不属于所选合同。"]})
    moment, now = past(at, "at"), clock.now()
    if follow_up_on is not None and follow_up_on < clock.local_day(moment):
        raise Invalid(fields={"follow_up_on": ["不能早于沟通日期。"]})
    made = Liaison(
        id=new_id(),
        contract_id=contract_id,
        application_id=application_id,
        database_id=database_id,
        corrects_id=corrects_id,
        at=moment,
        medium=medium,
        with_unit=words(with_unit, "with_unit", longest=LINE, needed=True),
        with_name=words(with_name, "with_name", longest=NAME),
        topic=words(topic, "topic", longest=TITLE, needed=True),
        text=words(text, "text", needed=True),
        result=words(result, "result"),
        follow_up=words(follow_up, "follow_up", longest=LONG_LINE),
        follow_up_on=follow_up_on,
        organisation=actor.organisation_name,
        created_at=now,
        **access.writer(actor),
    )
    made.number = access.number(PREFIX, contract, now)
    try:
        with session().begin_nested():
            session().add(made)
    except IntegrityError as clash:
        raise CorrectedBefore from clash
    identity.record(
        actor,
        "liaison.logged",
        subject=("liaison", made.id),
        summary=f"{made.number} 与{made.with_unit}沟通：{made.topic}",
    )
    return made


def follow_liaison(actor: Actor, liaison_id: uuid.UUID) -> Liaison:
    """Say that what was to follow is done. Needs referral.log."""
    liaison = access.hold(actor, Liaison, liaison_id, Permission.REFERRAL_LOG)
    if liaison.followed_at is not None or not (liaison.follow_up or liaison.follow_up_on):
        raise Conflict("这条记录没有待跟进的事项。")
    liaison.followed_at = clock.now()
    session().flush()
    identity.record(
        actor, "liaison.followed", subject=("liaison", liaison.id), summary=f"{liaison.number} 跟进事项已完成"
    )
    return liaison


def correction_of(actor: Actor, entry: Liaison) -> Liaison | None:
    """The entry that corrects one that the caller has found, if there is one."""
    query = sa.select(Liaison).where(Liaison.corrects_id == entry.id, access.visible(actor, Liaison))
    return session().scalars(query).one_or_none()


def note_database(actor: Actor, card: DatabaseCard, *, contract_id: uuid.UUID) -> FrontDatabase:
    """Write down the particulars of a front-end database. Needs referral.log; anything like a password is refused."""
    access.contract_of(actor, contract_id, Permission.REFERRAL_LOG)
    now = clock.now()
    made = FrontDatabase(
        id=new_id(),
        contract_id=contract_id,
        created_by_name=actor.name,
        created_at=now,
        updated_at=now,
        **_checked(card),
    )
    try:
        with session().begin_nested():
            session().add(made)
    except IntegrityError as clash:
        raise DatabaseTaken from clash
    identity.record(
        actor, "front_database.noted", subject=("front_database", made.id), summary=f"登记前置库 {made.name}"
    )
    return made


def amend_database(actor: Actor, database_id: uuid.UUID, card: DatabaseCard, *, version: int) -> FrontDatabase:
    """Bring the particulars up to date. ``version`` is the one that the writer saw."""
    database = access.hold(actor, FrontDatabase, database_id, Permission.REFERRAL_LOG)
    if database.version != version:
        raise DatabaseMoved
    values = _checked(card)
    changes = {name: [getattr(database, name), new] for name, new in values.items() if getattr(database, name) != new}
    for name, value in values.items():
        setattr(database, name, value)
    database.version += 1
    database.updated_at = clock.now()
    try:
        with session().begin_nested():
            session().flush()
    except IntegrityError as clash:
        raise DatabaseTaken from clash
    identity.record(
        actor,
        "front_database.changed",
        subject=("front_database", database.id),
        summary=f"修改前置库 {database.name} 的信息",
        changes=changes,
    )
    return database


def databases(actor: Actor, *, contract_id: uuid.UUID | None = None) -> list[FrontDatabase]:
    """The front-end databases that the actor may know of, by name. Needs referral.view."""
    actor.need(Permission.REFERRAL_VIEW)
    query = sa.select(FrontDatabase).where(access.visible(actor, FrontDatabase))
    if contract_id is not None:
        query = query.where(FrontDatabase.contract_id == contract_id)
    return list(session().scalars(query.order_by(FrontDatabase.name, FrontDatabase.id)))


def _checked(card: DatabaseCard) -> dict[str, str]:
    given = asdict(card)
    kept = {name: words(given[name], name, longest=most, needed=name == "name") for name, most in LINES.items()}
    return kept | {"note": words(given["note"], "note")}
