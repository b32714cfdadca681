"""Signatures and seals of a contract and of its supplements, and the day of effect that follows (A47, B33)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date
from typing import Protocol

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Invalid, NotFound
from server.domain import identity
from server.domain.contracts.choices import EffectRule, Party
from server.domain.contracts.models import (
    Contract,
    ContractState,
    Signing,
    Supplement,
    SupplementState,
)
from server.domain.contracts.register import WrongState, find, move
from server.domain.contracts.revising import supplemented
from server.domain.contracts.revisions import terms_of
from server.domain.contracts.span import last_day
from server.domain.contracts.terms import Terms
from server.domain.identity import Actor, Permission

LONGEST_SIGNER = 64


class Signed(Protocol):
    """One side's signature and seal."""

    @property
    def party(self) -> Party: ...

    @property
    def signed_on(self) -> date | None: ...

    @property
    def sealed_on(self) -> date | None: ...


def effective_of(rule: EffectRule | None, signings: Iterable[Signed]) -> date | None:
    """The day of effect: the later of what the rule asks of each side; None while something is missing.

    None also where no rule is agreed: then the day has to be entered.
    """
    if rule is None:
        return None
    by_party = {each.party: _done_on(rule, each) for each in signings}
    days = [by_party.get(party) for party in Party]
    return None if None in days else max(day for day in days if day is not None)


def sign(
    actor: Actor,
    contract_id: uuid.UUID,
    *,
    party: Party,
    signed_on: date | None,
    sealed_on: date | None,
    signer: str = "",
    supplement_id: uuid.UUID | None = None,
) -> Signing:
    """Enter when one side signed and sealed; entered again while nothing is in force yet, it corrects the entry.

    Once both sides have done what the contract asks, its day of effect follows, or the supplement comes into force as
    a revision; a corrected entry that falls short of it again takes that day of effect back. In a running contract
    only what was never entered can be added, and its day of effect stays.
    """
    actor.need(Permission.CONTRACT_MANAGE, contract_id)
    contract = _held(actor, contract_id)
    supplement = None if supplement_id is None else supplement_of(contract_id, supplement_id)
    if contract.state is ContractState.ENDED or (supplement and supplement.state is not SupplementState.DRAFT):
        raise WrongState("合同已终止或补充协议已不在待签状态，不能再登记签署。")
    _check(signed_on, sealed_on, signer)
    before = effect_by_signatures(contract)
    row = _entered(actor, contract, supplement, party, signed_on, sealed_on, signer.strip())
    label = supplement.label if supplement else "合同"
    identity.record(
        actor,
        "contract.signed",
        subject=("contract", contract.id),
        summary=f"合同 {contract.number}：登记{party.label}对{label}的签署",
        changes={"signed_on": [None, _iso(signed_on)], "sealed_on": [None, _iso(sealed_on)]},
    )
    if supplement is None:
        follow_signatures(actor, contract, before)
    else:
        _bring_into_force(actor, contract, supplement)
    return row


def follow_signatures(actor: Actor, contract: Contract, before: date | None) -> None:
    """Let a draft's day of effect follow its signatures; ``before``: what they came to before the change.

    A day that was typed stays while the signatures say nothing.
    """
    if contract.state is not ContractState.DRAFT:
        return
    effective_on = effect_by_signatures(contract)
    if effective_on is None and (before is None or contract.effective_on != before):
        return
    if effective_on != contract.effective_on:
        _take_effect(actor, contract, terms_of(contract.id), effective_on)


def effect_by_signatures(contract: Contract) -> date | None:
    """The day of effect that the signatures of a contract come to as its terms ask; None while something is missing."""
    return effective_of(terms_of(contract.id).effect, signings_of(contract.id))


def signings_of(contract_id: uuid.UUID, supplement_id: uuid.UUID | None = None) -> list[Signing]:
    """The signings of a contract itself, or of one of its supplements; the bureau's first."""
    query = sa.select(Signing).where(Signing.contract_id == contract_id, Signing.supplement_id == supplement_id)
    return list(session().scalars(query.order_by(Signing.party)))


def supplement_of(contract_id: uuid.UUID, supplement_id: uuid.UUID) -> Supplement:
    """A supplement of this contract, held until the unit ends; NotFound if it is none of its own."""
    query = sa.select(Supplement).where(Supplement.id == supplement_id, Supplement.contract_id == contract_id)
    found = session().scalars(query.with_for_update().execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound("没有找到这份补充协议。")
    return found


def _held(actor: Actor, contract_id: uuid.UUID) -> Contract:
    find(actor, contract_id)
    return session().get_one(Contract, contract_id, with_for_update=True, populate_existing=True)


def _entered(
    actor: Actor,
    contract: Contract,
    supplement: Supplement | None,
    party: Party,
    signed_on: date | None,
    sealed_on: date | None,
    signer: str,
) -> Signing:
    paper = 0 if supplement is None else supplement.number
    supplement_id = None if supplement is None else supplement.id
    found = next((each for each in signings_of(contract.id, supplement_id) if each.party is party), None)
    if found is None:
        found = Signing(contract_id=contract.id, supplement_id=supplement_id, paper=paper, party=party)
        session().add(found)
    elif supplement is None and contract.state is not ContractState.DRAFT:
        raise WrongState("合同已开始履行，签署登记不能再改。")
    found.signed_on, found.sealed_on, found.signer = signed_on, sealed_on, signer
    found.recorded_by_id, found.recorded_by_name, found.recorded_at = actor.id, actor.name, clock.now()
    session().flush()
    return found


def _bring_into_force(actor: Actor, contract: Contract, supplement: Supplement) -> None:
    # A contract that does not say when it takes effect leaves the usual form of a supplement: signed and sealed.
    rule = terms_of(contract.id).effect or EffectRule.SIGNED_AND_SEALED
    in_force_on = effective_of(rule, signings_of(contract.id, supplement.id))
    if in_force_on is None:
        return
    supplement.state, supplement.in_force_on, supplement.settled_at = SupplementState.IN_FORCE, in_force_on, clock.now()
    supplement.version += 1
    if supplement.changes:
        supplement.revision = supplemented(actor, contract, supplement)
    session().flush()


def _take_effect(actor: Actor, contract: Contract, terms: Terms, effective_on: date | None) -> None:
    """Write the day of effect, and the term's dates where they follow from it (B24)."""
    dates: dict[str, date | None] = {"effective_on": effective_on}
    if terms.term is not None and effective_on is not None:
        dates |= {"starts_on": effective_on, "ends_on": last_day(effective_on, terms.term)}
    before = {name: getattr(contract, name) for name in dates}
    move(contract, contract.version, **dates)
    identity.record(
        actor,
        "contract.took_effect",
        subject=("contract", contract.id),
        summary=f"合同 {contract.number} {_told(terms, effective_on)}",
        changes={name: [_iso(before[name]), _iso(day)] for name, day in dates.items()},
    )


def _told(terms: Terms, effective_on: date | None) -> str:
    if effective_on is None:
        return "签署登记更正后不再满足生效条件，生效日撤回"
    return f"生效日为 {effective_on}（{terms.effect.label if terms.effect else ''}）"


def _check(signed_on: date | None, sealed_on: date | None, signer: str) -> None:
    faults: dict[str, list[str]] = {}
    today = clock.today()
    for name, day in (("signed_on", signed_on), ("sealed_on", sealed_on)):
        if day is not None and day > today:
            faults[name] = ["不能晚于今天"]
    if signed_on is None and sealed_on is None:
        faults["signed_on"] = ["签字日期和盖章日期至少填一个"]
    if len(signer.strip()) > LONGEST_SIGNER:
        faults["signer"] = [f"不超过 {LONGEST_SIGNER} 个字"]
    if faults:
        raise Invalid(fields=faults)


def _done_on(rule: EffectRule, signed: Signed) -> date | None:
    both = (signed.signed_on, signed.sealed_on)
    days = [day for day in both if day is not None]
    if rule is EffectRule.SIGNED:
        return signed.signed_on
    if rule is EffectRule.SIGNED_OR_SEALED:
        return min(days, default=None)
    return max(days) if len(days) == len(both) else None


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
