"""A draft corrected against its paper: facts and terms, one trail, and nothing once the contract runs."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from server.core.errors import Forbidden, Invalid
from server.core.ids import new_id
from server.domain import contracts
from server.domain.contracts import Contract, ContractMoved, NumberTaken, WrongState
from server.domain.contracts.paths import with_changes
from server.domain.identity import SCHEDULER, Actor
from tests.factories import citizens
from tests.factories import identity as people
from tests.factories.contracts import contract_a, contract_b

D = date.fromisoformat


def corrected(contract: Contract, *, actor: Actor = SCHEDULER, **changes: Any) -> Contract:
    """The draft written anew with some facts changed."""
    names = ("number", "paper_number", "title", "vendor_id", "vendor_name", "bureau_name")
    values = {name: getattr(contract, name) for name in (*names, "starts_on", "ends_on", "effective_on")}
    values["systems"] = contracts.systems_of([contract.id])[contract.id]
    values["terms"] = contracts.raw_terms(contract.id, contract.revision)
    return contracts.correct(actor, contract, **(values | changes))


def test_facts_are_corrected_and_the_trail_says_what(session: Any) -> None:
    contract, vendor_id = contract_a(active=False), new_id()
    changes = {
        "title": " 更正的名称 ",
        "vendor_id": vendor_id,
        "ends_on": D("2026-03-31"),
        "systems": ["data_exchange"],
    }
    found = corrected(contract, **changes)
    assert (found.title, found.vendor_id, found.ends_on, found.revision) == (
        "更正的名称",
        vendor_id,
        D("2026-03-31"),
        1,
    )
    assert contracts.systems_of([found.id])[found.id] == ["data_exchange"]
    entry = citizens.entries("contract.corrected")[-1]
    assert entry.changes["ends_on"] == ["2027-03-31", "2026-03-31"]
    assert set(entry.changes) == {"title", "vendor_id", "ends_on"}


def test_corrected_terms_are_a_further_revision_that_holds_from_the_first_day(session: Any) -> None:
    contract = contract_a(active=False)
    raw = contracts.raw_terms(contract.id, 1)
    found = corrected(contract, starts_on=D("2025-01-01"), terms=with_changes(raw, {"on_site.hours": 12}))
    assert found.revision == 2
    for day in ("2025-01-01", "2025-03-04", "2026-01-01"):
        on_site = contracts.terms_of(found.id, on=D(day)).on_site
        assert on_site is not None
        assert on_site.hours == 12
    first = contracts.terms_of(found.id, 1).on_site
    assert first is not None
    assert first.hours == 24


def test_a_corrected_figure_that_follows_another_reading_is_that_persons_choice(session: Any) -> None:
    contract = contract_a(active=False)
    people.officer("zhou", name="周敏")
    raw = contracts.raw_terms(contract.id, 1)
    corrected(contract, actor=people.actor("zhou"), terms=with_changes(raw, {"acceptance.roll_over": False}))
    finding = next(each for each in contracts.terms_of(contract.id).findings if each.key == "acceptance_days")
    assert (finding.chosen, finding.chosen_by, finding.open) == ("strict", "周敏", False)


def test_nothing_changed_writes_nothing(session: Any) -> None:
    contract = contract_a(active=False)
    assert corrected(contract).revision == 1
    assert citizens.entries("contract.corrected") == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"number": ""}, "number"),
        ({"title": "长" * 201}, "title"),
        ({"ends_on": D("2025-03-03")}, "ends_on"),
        ({"systems": []}, "systems"),
    ],
)
def test_what_is_wrong_is_named(session: Any, changes: dict[str, Any], field: str) -> None:
    contract = contract_a(active=False)
    with pytest.raises(Invalid) as refused:
        corrected(contract, **changes)
    assert field in refused.value.fields
    assert (contract.version, contract.revision) == (1, 1)


def test_wrong_terms_are_named_by_path(session: Any) -> None:
    contract = contract_a(active=False)
    raw = contracts.raw_terms(contract.id, 1)
    with pytest.raises(Invalid) as refused:
        corrected(contract, terms=with_changes(raw, {"on_site.hours": 0}))
    assert "on_site.hours" in refused.value.fields


def test_another_contracts_number_is_refused(session: Any) -> None:
    contract, other = contract_a(active=False), contract_b()
    with pytest.raises(NumberTaken):
        corrected(contract, number=other.number)


def test_one_who_looked_at_an_older_page_is_refused(session: Any) -> None:
    contract = contract_a(active=False)
    seen = contract.version
    corrected(contract, title="先改")
    with pytest.raises(ContractMoved):
        corrected(contract, title="后改", expected=seen)


def test_a_running_or_ended_contract_is_not_corrected(session: Any) -> None:
    contract = contract_a()
    with pytest.raises(WrongState):
        corrected(contract, title="改")
    contracts.end(SCHEDULER, contract, ended_on=contract.ends_on, reason="期满")
    with pytest.raises(WrongState):
        corrected(contract, title="改")


def test_only_the_administrator_corrects(session: Any) -> None:
    contract = contract_a(active=False)
    people.officer("zheng", contract_id=contract.id)
    people.officer("lin")
    for login in ("zheng", "lin"):
        with pytest.raises(Forbidden):
            corrected(contract, actor=people.actor(login), title="改")
