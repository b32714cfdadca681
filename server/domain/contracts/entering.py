"""Correcting a contract that is still a draft: what was typed wrong from the paper, facts and terms alike."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server.core.db import session
from server.domain import identity
from server.domain.contracts.models import Contract, ContractState, ContractSystem, MaintainedSystem
from server.domain.contracts.paths import differences
from server.domain.contracts.register import NumberTaken, WrongState, checked, move
from server.domain.contracts.revising import revise
from server.domain.contracts.revisions import raw_terms, revisions_of
from server.domain.contracts.signing import effect_by_signatures, follow_signatures
from server.domain.identity import Actor, Permission


def correct(
    actor: Actor,
    contract: Contract,
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
    expected: int | None = None,
) -> Contract:
    """Write a draft anew as the paper has it; its terms become a further revision where they differ.

    Where both sides' signatures are entered already, the day of effect follows them and not what is typed. WrongState
    once the contract runs: then its terms are revised or supplemented, and its term stays.
    """
    actor.need(Permission.CONTRACT_MANAGE, contract.id)
    if contract.state is not ContractState.DRAFT:
        raise WrongState("合同已开始履行，只能修订条款或签补充协议。")
    texts = {
        "number": number.strip(),
        "paper_number": paper_number.strip(),
        "title": title.strip(),
        "vendor_name": vendor_name.strip(),
        "bureau_name": bureau_name.strip(),
    }
    kept = checked(texts, starts_on, ends_on, systems)
    values: dict[str, Any] = texts | {
        "vendor_id": vendor_id,
        "starts_on": starts_on,
        "ends_on": ends_on,
        "effective_on": effective_on,
    }
    by_signatures = effect_by_signatures(contract)
    before = {name: getattr(contract, name) for name in values}
    changed = {name: [str(before[name]), str(value)] for name, value in values.items() if value != before[name]}
    _write(contract, contract.version if expected is None else expected, values, kept)
    if changed:
        identity.record(
            actor,
            "contract.corrected",
            subject=("contract", contract.id),
            summary=f"更正合同草稿 {contract.number}",
            changes=changed,
        )
    if differences(raw_terms(contract.id, contract.revision), terms):
        since = min(starts_on, *(row.effective_from for row in revisions_of(contract)))
        revise(actor, contract, terms=terms, reason="更正草稿", effective_from=since)
    follow_signatures(actor, contract, by_signatures)
    return contract


def _write(contract: Contract, expected: int, values: dict[str, Any], systems: set[MaintainedSystem]) -> None:
    try:
        with session().begin_nested():
            move(contract, expected, **values)
    except IntegrityError as clash:
        raise NumberTaken from clash
    session().execute(sa.delete(ContractSystem).where(ContractSystem.contract_id == contract.id))
    session().add_all([ContractSystem(contract_id=contract.id, system=system) for system in sorted(systems)])
    session().flush()
