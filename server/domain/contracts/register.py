"""The register of contracts: entered, found, put in force, ended."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server.core import clock
from server.core.db import run, session, table
from server.core.errors import Conflict, Invalid, NotFound
from server.domain import identity
from server.domain.calendar import spell
from server.domain.contracts import followers
from server.domain.contracts.models import Contract, ContractState, ContractSystem, MaintainedSystem
from server.domain.contracts.revisions import keep_revision
from server.domain.identity import Actor, Permission

LONGEST = {"number": 40, "paper_number": 80, "title": 200, "vendor_name": 120, "bureau_name": 120}
NEEDED = ("number", "title", "vendor_name", "bureau_name")


class NumberTaken(Conflict):
    """Another contract has that internal number."""

    code = "contract_number_taken"
    message = "这个内部合同编号已被使用。"


class WrongState(Conflict):
    """A contract in that state cannot take that step."""

    code = "contract_wrong_state"
    message = "合同当前状态不允许这样操作。"


class NotEffective(Conflict):
    """A contract that both sides have not signed as it asks cannot be put in force (A47, B33)."""

    code = "contract_not_effective"
    message = "合同尚未生效：请先登记双方签字、盖章日期。"


class ContractMoved(Conflict):
    """Somebody changed the contract after the page was opened."""

    code = "contract_moved"
    message = "合同已被他人修改，请刷新后重试。"


def create(
    actor: Actor,
    *,
    number: str,
    title: str,
    vendor_id: uuid.UUID,
    vendor_name: str,
    bureau_name: str,
    starts_on: date,
    ends_on: date,
    systems: Iterable[MaintainedSystem | str],
    terms: dict[str, Any],
    paper_number: str = "",
    effective_on: date | None = None,
    reason: str = "首次录入",
) -> Contract:
    """Enter a contract as a draft, with the first revision of its terms in force from its first day."""
    actor.need(Permission.CONTRACT_MANAGE)
    texts = {
        "number": number.strip(),
        "paper_number": paper_number.strip(),
        "title": title.strip(),
        "vendor_name": vendor_name.strip(),
        "bureau_name": bureau_name.strip(),
    }
    kept = checked(texts, starts_on, ends_on, systems)
    moment = clock.now()
    contract = Contract(
        **texts,
        vendor_id=vendor_id,
        state=ContractState.DRAFT,
        effective_on=effective_on,
        starts_on=starts_on,
        ends_on=ends_on,
        revision=1,
        version=1,
        created_at=moment,
        updated_at=moment,
    )
    try:
        with session().begin_nested():
            session().add(contract)
    except IntegrityError as clash:
        raise NumberTaken from clash
    session().add_all([ContractSystem(contract_id=contract.id, system=system) for system in kept])
    keep_revision(actor, contract, terms=terms, reason=reason, effective_from=starts_on, revision=1)
    identity.record(
        actor,
        "contract.created",
        subject=("contract", contract.id),
        summary=f"录入合同 {contract.number}《{contract.title}》",
        changes={"number": [None, contract.number], "term": [None, f"{starts_on} 至 {ends_on}"]},
    )
    return contract


def find(actor: Actor, contract_id: uuid.UUID) -> Contract:
    """One contract; NotFound if it is not there or not this actor's to see."""
    query = matching(actor).where(Contract.id == contract_id)
    found = session().scalars(query).one_or_none()
    if found is None:
        raise NotFound("没有找到这份合同。")
    return found


def matching(actor: Actor, *, state: ContractState | None = None, text: str = "") -> sa.Select[tuple[Contract]]:
    """The contracts that the actor may see, newest term first: a vendor sees its own contracts only."""
    actor.need(Permission.CONTRACT_VIEW)
    query = sa.select(Contract).order_by(Contract.starts_on.desc(), Contract.number)
    scope = actor.contracts_for(Permission.CONTRACT_VIEW)
    if scope is not None:
        query = query.where(Contract.id.in_(scope))
    if state is not None:
        query = query.where(Contract.state == state)
    if text:
        fields = (Contract.number, Contract.paper_number, Contract.title, Contract.vendor_name)
        query = query.where(sa.or_(*(field.contains(text, autoescape=True) for field in fields)))
    return query


def titles(actor: Actor, *, vendor_id: uuid.UUID | None = None) -> dict[uuid.UUID, str]:
    """Number and title by id, of one vendor or of all, newest term first: for those who give roles and tokens.

    Needs people.view or contract.view; nothing of the terms is told.
    """
    if not actor.may(Permission.PEOPLE_VIEW):
        actor.need(Permission.CONTRACT_VIEW)
    query = sa.select(Contract.id, Contract.number, Contract.title).order_by(Contract.starts_on.desc(), Contract.number)
    scope = None if actor.may(Permission.PEOPLE_VIEW) else actor.contracts_for(Permission.CONTRACT_VIEW)
    if scope is not None:
        query = query.where(Contract.id.in_(scope))
    if vendor_id is not None:
        query = query.where(Contract.vendor_id == vendor_id)
    return {row.id: f"{row.number} {row.title}" for row in session().execute(query)}


_contracts, _systems = table(Contract), table(ContractSystem)
_COVERING = (
    sa.select(_contracts.c.id)
    .join(_systems, _systems.c.contract_id == _contracts.c.id)
    .where(
        _systems.c.system == sa.bindparam("system"),
        _contracts.c.state != ContractState.DRAFT,
        _contracts.c.starts_on <= sa.bindparam("day"),
        _contracts.c.ends_on >= sa.bindparam("day"),
    )
    .order_by(_contracts.c.starts_on.desc(), _contracts.c.number.desc())
    .limit(1)
)


def contract_id_for(system: MaintainedSystem | str, on: date) -> uuid.UUID | None:
    """The contract that covers a system on a day: active, or ended with that day still inside its term.

    Where two cover it, the later one. For programs that route work; it asks nobody's permission.
    """
    return run(_COVERING, {"system": MaintainedSystem(system), "day": on}).scalar_one_or_none()


def contract_for(system: MaintainedSystem | str, on: date) -> Contract | None:
    """The same, as a whole."""
    found = contract_id_for(system, on)
    return None if found is None else session().get_one(Contract, found)


def systems_of(contract_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[MaintainedSystem]]:
    """The systems that each contract maintains."""
    ids = list(contract_ids)
    found: dict[uuid.UUID, list[MaintainedSystem]] = {key: [] for key in ids}
    query = sa.select(ContractSystem).where(ContractSystem.contract_id.in_(ids)).order_by(ContractSystem.system)
    for row in session().scalars(query):
        found[row.contract_id].append(row.system)
    return found


def activate(actor: Actor, contract: Contract) -> Contract:
    """Put a draft in force; NotEffective before it has a day of effect, by its signatures or as entered."""
    actor.need(Permission.CONTRACT_MANAGE, contract.id)
    if contract.state is not ContractState.DRAFT:
        raise WrongState
    if contract.effective_on is None:
        raise NotEffective
    move(contract, contract.version, state=ContractState.ACTIVE)
    identity.record(
        actor,
        "contract.activated",
        subject=("contract", contract.id),
        summary=f"合同 {contract.number} 开始履行",
        changes={"state": [ContractState.DRAFT.value, ContractState.ACTIVE.value]},
    )
    followers.announce(actor, contract.id, "合同生效")
    return contract


def end(actor: Actor, contract: Contract, *, ended_on: date, reason: str, agreed_by_both: bool = False) -> Contract:
    """End a contract on its last day, or earlier by agreement of both sides; never later (A02)."""
    actor.need(Permission.CONTRACT_MANAGE, contract.id)
    if contract.state is not ContractState.ACTIVE:
        raise WrongState
    if not contract.starts_on <= ended_on <= contract.ends_on:
        raise Invalid(fields={"ended_on": [f"应在合同期内，最迟 {spell(contract.ends_on)}；续签请录入新合同"]})
    if ended_on < contract.ends_on and not agreed_by_both:
        raise Invalid(fields={"agreed_by_both": ["提前终止须经双方一致同意，请确认已取得书面依据"]})
    if not reason.strip():
        raise Invalid(fields={"reason": ["请写明终止依据"]})
    before = contract.ends_on
    move(contract, contract.version, state=ContractState.ENDED, ends_on=ended_on)
    identity.record(
        actor,
        "contract.ended",
        subject=("contract", contract.id),
        summary=f"合同 {contract.number} 终止：{reason.strip()}",
        changes={"state": ["active", "ended"], "ends_on": [before.isoformat(), ended_on.isoformat()]},
    )
    identity.withdraw_contract_roles(actor, contract.id)
    followers.announce(actor, contract.id, "合同终止")
    return contract


def move(contract: Contract, expected: int, **values: Any) -> None:
    """Change a contract if it still is at the expected version; ContractMoved if not."""
    changes = {"version": expected + 1, "updated_at": clock.now(), **values}
    session().flush()
    moved = session().execute(
        sa.update(Contract)
        .where(Contract.id == contract.id, Contract.version == expected)
        .values(**changes)
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount == 0:  # type: ignore[attr-defined]  # an UPDATE's result is a CursorResult
        raise ContractMoved
    session().refresh(contract)


def checked(
    texts: dict[str, str], starts_on: date, ends_on: date, systems: Iterable[MaintainedSystem | str]
) -> set[MaintainedSystem]:
    """A contract's facts looked over; Invalid names each that is missing, too long or the wrong way round."""
    faults = {name: ["必填"] for name in NEEDED if not texts[name]}
    faults |= {name: [f"不超过 {most} 个字"] for name, most in LONGEST.items() if len(texts[name]) > most}
    if ends_on < starts_on:
        faults["ends_on"] = ["不能早于开始日期"]
    wanted = set(systems)
    if not wanted or not wanted <= set(MaintainedSystem):
        faults["systems"] = ["请选择本合同维护的系统"]
    if faults:
        raise Invalid(fields=faults)
    return {MaintainedSystem(system) for system in wanted}
