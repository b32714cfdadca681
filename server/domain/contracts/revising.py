"""Changing what a contract says: a revision of its terms, or a chosen reading of a contradiction in it."""

from __future__ import annotations

from datetime import date
from typing import Any

from server.core import clock
from server.core.errors import Invalid, NotFound
from server.domain import identity
from server.domain.contracts import followers
from server.domain.contracts.models import Contract, ContractState
from server.domain.contracts.paths import Difference, differences, with_changes
from server.domain.contracts.register import WrongState, move
from server.domain.contracts.revisions import keep_revision, raw_terms, terms_of
from server.domain.contracts.terms import Terms
from server.domain.identity import Actor, Permission


def revise(
    actor: Actor,
    contract: Contract,
    *,
    terms: dict[str, Any],
    reason: str,
    effective_from: date,
    expected: int | None = None,
) -> Terms:
    """Write the next revision of a contract's terms. ``expected`` is the contract's version that the person saw.

    Open clocks are computed again by the rooms that keep them. Invalid if nothing changed or the terms are wrong.
    """
    actor.need(Permission.CONTRACT_MANAGE, contract.id)
    changed = differences(raw_terms(contract.id, contract.revision), terms)
    return _revise(actor, contract, "contract.revised", terms, changed, reason, effective_from, expected)


def amend(
    actor: Actor,
    contract: Contract,
    *,
    changes: dict[str, Any],
    reason: str,
    effective_from: date,
    expected: int | None = None,
) -> Terms:
    """Revise some terms by path (``response.working_day_hours``) and leave the others as they are."""
    terms = with_changes(raw_terms(contract.id, contract.revision), changes)
    return revise(actor, contract, terms=terms, reason=reason, effective_from=effective_from, expected=expected)


def choose_reading(
    actor: Actor, contract: Contract, *, finding: str, reading: str, reason: str, expected: int | None = None
) -> Terms:
    """Choose how a contradiction is read (domain.md §1.4): a revision that says who chose, when, and what follows."""
    actor.need(Permission.CONTRACT_MANAGE, contract.id)
    terms = terms_of(contract.id, contract.revision)
    found = next((each for each in terms.findings if each.key == finding), None)
    if found is None:
        raise NotFound("合同里没有这一条矛盾或缺漏。")
    chosen = next((each for each in found.readings if each.key == reading), None)
    if chosen is None:
        raise Invalid(fields={"reading": ["请选择所列读法之一"]})
    today = clock.today()
    place = f"findings.{finding}"
    changes = {
        f"{place}.chosen": reading,
        f"{place}.chosen_by": actor.name,
        f"{place}.chosen_on": today.isoformat(),
        **chosen.sets,
    }
    before = raw_terms(contract.id, contract.revision)
    after = with_changes(before, changes)
    told = f"“{found.text}”采用读法：{chosen.label}。{reason.strip()}"[:500]
    changed = differences(before, after)
    return _revise(actor, contract, "contract.reading_chosen", after, changed, told, contract.starts_on, expected)


def _revise(
    actor: Actor,
    contract: Contract,
    action: str,
    terms: dict[str, Any],
    changed: list[Difference],
    reason: str,
    effective_from: date,
    expected: int | None,
) -> Terms:
    if contract.state is ContractState.ENDED:
        raise WrongState("合同已终止，条款不能再修订。")
    if not changed:
        raise Invalid("条款没有任何变化。", fields={"terms": ["没有任何变化"]})
    revision = contract.revision + 1
    move(contract, contract.version if expected is None else expected, revision=revision)
    kept = keep_revision(actor, contract, terms=terms, reason=reason, effective_from=effective_from, revision=revision)
    identity.record(
        actor,
        action,
        subject=("contract", contract.id),
        summary=f"合同 {contract.number} 条款第 {revision} 版：{reason}",
        changes={each.path: [each.before, each.after] for each in changed},
    )
    followers.announce(actor, contract.id, f"条款第 {revision} 版")
    return kept
