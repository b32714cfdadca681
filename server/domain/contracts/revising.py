"""Changing what a contract says: a revision of its terms, or a chosen reading of a contradiction in it.

A change holds from its day on, also inside revisions that are still to come (``timeline``): nothing of theirs comes
into force early, and nothing of the change is lost when they do.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from server.core import clock
from server.core.errors import Invalid, NotFound
from server.domain import identity
from server.domain.contracts import followers
from server.domain.contracts.choices import Party
from server.domain.contracts.models import Contract, ContractState, Supplement
from server.domain.contracts.parsing import parse_terms
from server.domain.contracts.paths import differences, overlap, with_changes
from server.domain.contracts.register import WrongState, find, move
from server.domain.contracts.revisions import LONGEST_REASON, keep_revision, overrides_of, raw_stretches
from server.domain.contracts.span import span_of
from server.domain.contracts.terms import Finding, Reading, Terms
from server.domain.contracts.timeline import merged
from server.domain.identity import Actor, Permission

PAYEE = ("payee_name", "payee_bank", "payee_account")
# Who may carry an agreed change of the payee into the terms: those who handle the contract or its money.
MONEY = (Permission.CONTRACT_MANAGE, Permission.PAYMENT_HANDLE, Permission.PAYMENT_APPROVE, Permission.PAYMENT_APPLY)


@dataclass(frozen=True, slots=True)
class Step:
    """What a change makes of one stretch of time."""

    on: date
    before: dict[str, Any]
    after: dict[str, Any]


def revise(
    actor: Actor,
    contract: Contract,
    *,
    terms: dict[str, Any],
    reason: str,
    effective_from: date,
    expected: int | None = None,
) -> Terms:
    """Change a contract's terms from a day on. ``expected`` is the contract's version that the person saw.

    ``terms`` are compared with those that hold on that day. Open clocks are computed again by the rooms that keep
    them. Invalid if nothing changed, the terms are wrong, or the payee of a running contract is touched (A26).
    """
    actor.need(Permission.CONTRACT_MANAGE, contract.id)
    steps = _steps(contract, effective_from, _synced(actor, terms))
    payee = [f"billing.{name}" for name in PAYEE]
    moved = [
        each.path
        for each in differences(steps[0].before, terms)
        if each.path in payee and (each.before or "") != (each.after or "")
    ]
    if moved and contract.state is ContractState.ACTIVE:
        raise Invalid(fields={path: ["收款账户变更须双方确认，请在付款页面办理或签补充协议"] for path in moved})
    return _write(actor, contract, "contract.revised", steps, reason, expected)


def amend(
    actor: Actor,
    contract: Contract,
    *,
    changes: Mapping[str, Any],
    reason: str,
    effective_from: date,
    expected: int | None = None,
) -> Terms:
    """Revise some terms by path (``response.working_day_hours``) and leave the others as they are."""
    actor.need(Permission.CONTRACT_MANAGE, contract.id)
    held = raw_stretches(contract.id, effective_from)[0][1]
    terms = with_changes(held, changes)
    return revise(actor, contract, terms=terms, reason=reason, effective_from=effective_from, expected=expected)


def supplemented(actor: Actor, contract: Contract, supplement: Supplement) -> int | None:
    """Write what a signed supplement changes, payee and all: both sides have put their seals to it (A47).

    What a supplement that was signed later has settled already stays, in whatever order they are entered. The
    revision's number; None where nothing is left to change.
    """
    actor.need(Permission.CONTRACT_MANAGE, contract.id)
    later = overrides_of(contract.id, signed_after=supplement.in_force_on)
    steps: list[Step] = []
    for day, before in raw_stretches(contract.id, supplement.effective_from):
        changes = _unsettled(supplement.changes, later, day)
        # What is gone by its own day is an error to be told; what a later revision takes away stays gone.
        steps.append(Step(day, before, with_changes(before, changes, lenient=bool(steps))))
    touched = next((number for number, each in enumerate(steps) if differences(each.before, each.after)), None)
    if touched is None:
        return None
    label = f"{supplement.label}。{supplement.reason}"[:LONGEST_REASON]
    return _write(actor, contract, "contract.supplemented", steps[touched:], label, None).revision


def change_billing(
    actor: Actor,
    contract_id: uuid.UUID,
    *,
    payee_name: str,
    payee_bank: str,
    payee_account: str,
    agreed: Mapping[Party, str],
    reason: str,
) -> Terms:
    """Write a payee that both sides have confirmed, from today on (A26); ``agreed`` names who did for each side.

    For the payments room, which has put the proposal before both. Invalid unless both sides are named.
    """
    if not any(actor.may(permission, contract_id) for permission in MONEY):
        actor.need(Permission.CONTRACT_MANAGE, contract_id)
    contract = find(actor, contract_id)
    if not all(agreed.get(party, "").strip() for party in Party):
        raise Invalid("收款账户变更须双方确认。", fields={"agreed": ["须双方确认"]})
    today = clock.today()
    held = raw_stretches(contract.id, today)[0][1]
    silent = {"buyer_title": "", "buyer_tax_number": ""}
    billing = {**silent, **(held.get("billing") or {})}
    billing |= dict(zip(PAYEE, (payee_name, payee_bank, payee_account), strict=True))
    told = "、".join(f"{party.label} {agreed[party]}" for party in Party)
    steps = _steps(contract, today, {**held, "billing": billing})
    why = f"收款账户变更：{told}均已确认。{reason.strip()}"
    return _write(actor, contract, "contract.payee_changed", steps, why, None)


def choose_reading(
    actor: Actor, contract: Contract, *, finding: str, reading: str, reason: str, expected: int | None = None
) -> Terms:
    """Choose how a contradiction is read (domain.md §1.4): a revision that says who chose, when, and what follows.

    A reading holds from the contract's first day. Where a supplement in force has settled a figure itself, that stays.
    Where the reading decides how long the term is (finding 23), the contract's last day moves with it.
    """
    actor.need(Permission.CONTRACT_MANAGE, contract.id)
    held = raw_stretches(contract.id, contract.starts_on)
    found, chosen = _reading(parse_terms(held[-1][1]), finding, reading)
    place = f"findings.{finding}"
    said = {
        f"{place}.chosen": reading,
        f"{place}.chosen_by": actor.name,
        f"{place}.chosen_on": clock.today().isoformat(),
    }
    steps, overrides = [], overrides_of(contract.id)
    for day, before in held:
        sets = _unsettled(chosen.sets, overrides, day)
        steps.append(Step(day, before, with_changes(before, said | sets, lenient=True)))
    told = f"“{found.text}”采用读法：{chosen.label}。{reason.strip()}"[:LONGEST_REASON]
    return _write(actor, contract, "contract.reading_chosen", steps, told, expected)


def _reading(terms: Terms, finding: str, reading: str) -> tuple[Finding, Reading]:
    found = next((each for each in terms.findings if each.key == finding), None)
    if found is None:
        raise NotFound("合同里没有这一条矛盾或缺漏。")
    chosen = next((each for each in found.readings if each.key == reading), None)
    if chosen is None:
        raise Invalid(fields={"reading": ["请选择所列读法之一"]})
    return found, chosen


def _unsettled(
    changes: Mapping[str, Any], overrides: Iterable[tuple[date, tuple[str, ...]]], day: date
) -> dict[str, Any]:
    """The changes without what supplements settle on a day."""
    settled = [path for since, paths in overrides if since <= day for path in paths]
    return {path: value for path, value in changes.items() if not any(overlap(path, each) for each in settled)}


def _synced(actor: Actor, terms: dict[str, Any]) -> dict[str, Any]:
    """Terms whose readings are those that their figures follow: a changed figure is a choice, and has a chooser."""
    changes: dict[str, Any] = {}
    for finding in terms.get("findings") or ():
        readings = {each["key"]: each.get("sets") or {} for each in finding.get("readings") or ()}
        fitting = [key for key, sets in readings.items() if sets and _stands(terms, sets)]
        if fitting and finding["chosen"] not in fitting:
            place = f"findings.{finding['key']}"
            changes |= {f"{place}.chosen": fitting[0], f"{place}.chosen_by": actor.name}
            changes[f"{place}.chosen_on"] = clock.today().isoformat()
    return with_changes(terms, changes, lenient=True) if changes else terms


def _stands(terms: dict[str, Any], sets: Mapping[str, Any]) -> bool:
    return with_changes(terms, sets, lenient=True) == terms


def _steps(contract: Contract, since: date, terms: dict[str, Any]) -> list[Step]:
    """The change to these terms, carried into everything that holds from the day on."""
    held = raw_stretches(contract.id, since)
    base = held[0][1]
    return [
        Step(day, before, terms if number == 0 else merged(base, terms, before))
        for number, (day, before) in enumerate(held)
    ]


def _write(
    actor: Actor, contract: Contract, action: str, steps: list[Step], reason: str, expected: int | None
) -> Terms:
    """Write one revision for each step, and move the contract on to the last of them."""
    if contract.state is ContractState.ENDED:
        raise WrongState("合同已终止，条款不能再修订。")
    changed = differences(steps[0].before, steps[0].after)
    if not changed:
        raise Invalid("条款没有任何变化。", fields={"terms": ["没有任何变化"]})
    first = contract.revision + 1
    span = span_of(contract, parse_terms(steps[0].before), parse_terms(steps[0].after))
    before = contract.version if expected is None else expected
    move(contract, before, revision=contract.revision + len(steps), **span)
    kept = []
    for number, step in enumerate(steps):
        told = reason if number == 0 else f"第 {first} 版同样适用于 {step.on} 起的条款：{reason}"[:LONGEST_REASON]
        kept.append(
            keep_revision(
                actor, contract, terms=step.after, reason=told, effective_from=step.on, revision=first + number
            )
        )
    identity.record(
        actor,
        action,
        subject=("contract", contract.id),
        summary=f"合同 {contract.number} 条款第 {first} 版：{reason}",
        changes={each.path: [each.before, each.after] for each in changed},
    )
    followers.announce(actor, contract.id, f"条款第 {first} 版")
    return kept[0]
