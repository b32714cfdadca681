"""Supplements: agreements that change a contract or price what lies outside of it, and prevail over it (A23, A44, A47)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server.core import clock
from server.core.db import session
from server.core.errors import Invalid, NotFound
from server.core.money import to_fen
from server.domain import identity
from server.domain.contracts.models import Contract, ContractState, Supplement, SupplementState
from server.domain.contracts.parsing import MOST_FEE, parse_terms
from server.domain.contracts.paths import Difference, differences, with_changes
from server.domain.contracts.register import ContractMoved, WrongState, find
from server.domain.contracts.revisions import raw_stretches, with_predecessors
from server.domain.contracts.signing import supplement_of
from server.domain.identity import Actor, Permission

LONGEST = {"title": 200, "reason": 500, "scope": 4000, "void_reason": 300}
# What no supplement may settle: a longer term is a new contract (A02); readings are chosen, with a name beside them.
CLOSED = {"term": "期限不能以补充协议延长，续签须录入新合同", "findings": "读法请在“矛盾与缺漏”中选定"}


def draft_supplement(
    actor: Actor,
    contract_id: uuid.UUID,
    *,
    title: str,
    reason: str,
    changes: Mapping[str, Any],
    amount: Decimal | None,
    scope: str,
    effective_from: date,
) -> Supplement:
    """Enter a supplement under the contract's next number; it changes nothing until both sides have signed it.

    Invalid unless it changes the terms or prices a scope, and the changed terms are right.
    """
    actor.need(Permission.CONTRACT_MANAGE, contract_id)
    find(actor, contract_id)
    contract = session().get_one(Contract, contract_id, with_for_update=True, populate_existing=True)
    if contract.state is ContractState.ENDED:
        raise WrongState("合同已终止，不能再签补充协议。")
    texts = {"title": title.strip(), "reason": reason.strip(), "scope": scope.strip()}
    _check(contract, texts, changes, amount, effective_from)
    last = session().scalar(sa.select(sa.func.max(Supplement.number)).where(Supplement.contract_id == contract_id))
    supplement = Supplement(
        **texts,
        contract_id=contract_id,
        number=(last or 0) + 1,
        changes=dict(changes),
        amount_fen=None if amount is None else int(to_fen(amount) * 100),
        effective_from=effective_from,
        state=SupplementState.DRAFT,
        version=1,
        author_id=actor.id,
        author_name=actor.name,
        created_at=clock.now(),
    )
    try:
        with session().begin_nested():
            session().add(supplement)
    except IntegrityError as clash:
        raise ContractMoved from clash
    identity.record(
        actor,
        "contract.supplement_drafted",
        subject=("contract", contract.id),
        summary=f"合同 {contract.number}：起草{supplement.label}",
        changes={"amount": [None, None if amount is None else str(to_fen(amount))], "paths": [None, sorted(changes)]},
    )
    return supplement


def void_supplement(actor: Actor, contract_id: uuid.UUID, supplement_id: uuid.UUID, *, reason: str) -> Supplement:
    """Give up a supplement that is not in force; its number stays used."""
    actor.need(Permission.CONTRACT_MANAGE, contract_id)
    contract = find(actor, contract_id)
    supplement = supplement_of(contract_id, supplement_id)
    if supplement.state is not SupplementState.DRAFT:
        raise WrongState("只有待签署的补充协议可以作废；已生效的须另签补充协议变更。")
    if not reason.strip() or len(reason) > LONGEST["void_reason"]:
        raise Invalid(fields={"reason": [f"请写明作废原因，不超过 {LONGEST['void_reason']} 个字"]})
    supplement.state, supplement.void_reason, supplement.settled_at = SupplementState.VOID, reason.strip(), clock.now()
    supplement.version += 1
    session().flush()
    identity.record(
        actor,
        "contract.supplement_voided",
        subject=("contract", contract.id),
        summary=f"合同 {contract.number}：{supplement.label}作废：{reason.strip()}",
        changes={"state": ["draft", "void"]},
    )
    return supplement


def find_supplement(actor: Actor, contract_id: uuid.UUID, supplement_id: uuid.UUID) -> Supplement:
    """One supplement of a contract that the actor may see; NotFound otherwise."""
    find(actor, contract_id)
    query = sa.select(Supplement).where(Supplement.id == supplement_id, Supplement.contract_id == contract_id)
    found = session().scalars(query).one_or_none()
    if found is None:
        raise NotFound("没有找到这份补充协议。")
    return found


def supplement_differences(contract: Contract, supplement: Supplement) -> list[Difference]:
    """What a supplement changes: against the terms whose place it took, or, while unsigned, those of its day.

    Nothing where it came into force and all that it changes had been settled already.
    """
    if supplement.revision is not None:
        pairs = {row.revision: (row, before) for row, before in with_predecessors(contract)}
        row, before = pairs[supplement.revision]
        return differences(before.terms if before else {}, row.terms)
    if supplement.state is SupplementState.IN_FORCE:
        return []
    held = raw_stretches(contract.id, supplement.effective_from)[0][1]
    return differences(held, with_changes(held, supplement.changes, lenient=True))


def supplements_of(contract_id: uuid.UUID) -> list[Supplement]:
    """A contract's supplements, the newest first."""
    query = sa.select(Supplement).where(Supplement.contract_id == contract_id)
    return list(session().scalars(query.order_by(Supplement.number.desc())))


def prevailing(supplements: Iterable[Supplement]) -> list[Supplement]:
    """Those in force in the order in which they prevail: what was signed later before what was signed earlier (A47)."""
    ruling = [each for each in supplements if each.state is SupplementState.IN_FORCE]
    return sorted(ruling, key=lambda each: (each.in_force_on or date.min, each.settled_at, each.number), reverse=True)


def _check(
    contract: Contract, texts: dict[str, str], changes: Mapping[str, Any], amount: Decimal | None, since: date
) -> None:
    faults = {name: ["必填"] for name in ("title", "reason") if not texts[name]}
    faults |= {name: [f"不超过 {LONGEST[name]} 个字"] for name, text in texts.items() if len(text) > LONGEST[name]}
    if amount is not None and not 0 < amount <= MOST_FEE:
        faults["amount"] = ["应为大于 0 的金额"]
    if amount is not None and not texts["scope"]:
        faults["scope"] = ["另行计价的，须写明服务范围"]
    if amount is None and not changes:
        faults["changes"] = ["请写明变更的条款，或另行计价的金额与范围"]
    for path in changes:
        closed = CLOSED.get(path.partition(".")[0])
        if closed:
            faults[path] = [closed]
    if not contract.starts_on <= since <= contract.ends_on:
        faults["effective_from"] = [f"应在合同期 {contract.starts_on} 至 {contract.ends_on} 之内"]
    if faults:
        raise Invalid(fields=faults)
    if changes:
        before = raw_stretches(contract.id, since)[0][1]
        after = with_changes(before, changes)
        parse_terms(after)
        if not differences(before, after):
            raise Invalid(fields={"changes": ["与当日适用的条款没有差别"]})
