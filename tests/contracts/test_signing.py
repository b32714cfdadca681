"""When a contract takes effect (A47, B33): the later of signature and seal on each side, the later side over both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
import time_machine

from server.core.errors import Forbidden, Invalid, NotFound
from server.core.ids import new_id
from server.domain import contracts
from server.domain.contracts import Contract, ContractState, EffectRule, NotEffective, Party, Terms, WrongState
from server.domain.contracts.demo import facts
from server.domain.contracts.paths import with_changes
from server.domain.identity import SCHEDULER
from tests.factories import citizens
from tests.factories import identity as people
from tests.factories.contracts import contract_a, contract_b

D = date.fromisoformat
BOTH, SIGNED, EITHER = EffectRule.SIGNED_AND_SEALED, EffectRule.SIGNED, EffectRule.SIGNED_OR_SEALED


@dataclass(frozen=True)
class Side:
    """One side's signature and seal."""

    party: Party
    signed_on: date | None
    sealed_on: date | None


def sides(text: str) -> list[Side]:
    """``03-01/03-02 -/03-04``: the bureau's signature and seal, then the vendor's; no second part: never entered."""
    found = []
    for party, part in zip((Party.BUREAU, Party.VENDOR), text.split(), strict=False):
        signed, sealed = (None if day == "-" else D(f"2025-{day}") for day in part.split("/"))
        found.append(Side(party, signed, sealed))
    return found


@pytest.fixture(autouse=True)
def _today() -> Any:
    with time_machine.travel("2026-11-20T10:00:00+08:00", tick=False):
        yield


@pytest.mark.parametrize(
    ("rule", "entered", "effect"),
    [
        (BOTH, "03-01/03-02 03-03/03-04", "03-04"),
        (BOTH, "03-04/03-02 03-03/03-01", "03-04"),
        (BOTH, "03-01/03-05 03-03/03-04", "03-05"),
        (BOTH, "03-01/03-01 03-01/03-01", "03-01"),
        (BOTH, "03-01/- 03-03/03-04", None),
        (BOTH, "03-01/03-02 -/03-04", None),
        (BOTH, "03-01/03-02", None),
        (BOTH, "", None),
        (SIGNED, "03-01/- 03-03/-", "03-03"),
        (SIGNED, "03-01/03-09 03-03/03-10", "03-03"),
        (SIGNED, "-/03-09 03-03/03-10", None),
        (EITHER, "-/03-02 03-03/-", "03-03"),
        (EITHER, "03-05/03-02 03-01/03-09", "03-02"),
        (EITHER, "-/- 03-01/-", None),
        (None, "03-01/03-02 03-03/03-04", None),
    ],
)
def test_the_day_of_effect_is_the_later_of_both_sides(
    rule: EffectRule | None, entered: str, effect: str | None
) -> None:
    expected = None if effect is None else D(f"2025-{effect}")
    assert contracts.effective_of(rule, sides(entered)) == expected
    assert contracts.effective_of(rule, reversed(sides(entered))) == expected


def sign(contract: Contract, party: Party, signed: str | None, sealed: str | None, **more: Any) -> Contract:
    days = {"signed_on": signed and D(signed), "sealed_on": sealed and D(sealed)}
    contracts.sign(SCHEDULER, contract.id, party=party, **days, **more)
    return contracts.find(SCHEDULER, contract.id)


def unsigned_b(until: str = "day_before") -> Contract:
    """Contract B as it stands on paper: one year, no dates (B24); days are typed in only to have any."""
    terms = with_changes(facts()[1]["terms"], {"term.until": until})
    return contract_b(active=False, effective_on=None, starts_on=D("2025-01-01"), ends_on=D("2025-12-31"), terms=terms)


@pytest.mark.parametrize(("until", "last"), [("day_before", "2026-07-06"), ("corresponding", "2026-07-07")])
def test_b24_the_term_without_dates_follows_the_day_of_effect(session: Any, until: str, last: str) -> None:
    contract = sign(unsigned_b(until), Party.VENDOR, "2025-07-01", "2025-07-07")
    assert (contract.effective_on, contract.starts_on) == (None, D("2025-01-01"))
    with pytest.raises(NotEffective):
        contracts.activate(SCHEDULER, contract)
    contract = sign(contract, Party.BUREAU, "2025-07-02", "2025-07-04")
    assert (contract.effective_on, contract.starts_on, contract.ends_on) == (D("2025-07-07"), D("2025-07-07"), D(last))
    assert contracts.activate(SCHEDULER, contract).state is ContractState.ACTIVE
    told = citizens.entries("contract.took_effect")
    assert [entry.changes["ends_on"] for entry in told] == [["2025-12-31", last]]


def test_a_term_with_dates_keeps_them(session: Any) -> None:
    contract = contract_a(active=False, effective_on=None, ends_on=D("2026-03-31"))
    sign(contract, Party.VENDOR, "2025-02-27", "2025-02-28", signer="孟经理")
    contract = sign(contract, Party.BUREAU, "2025-03-01", "2025-03-03")
    assert (contract.effective_on, contract.starts_on, contract.ends_on) == (
        D("2025-03-03"),
        D("2025-03-04"),
        D("2026-03-31"),
    )
    assert [(row.party, row.signer) for row in contracts.signings_of(contract.id)] == [
        (Party.BUREAU, ""),
        (Party.VENDOR, "孟经理"),
    ]


def test_a_draft_is_signed_anew_and_its_day_of_effect_follows(session: Any) -> None:
    contract = unsigned_b()
    sign(contract, Party.VENDOR, "2025-07-01", "2025-07-07")
    sign(contract, Party.BUREAU, "2025-07-02", "2025-07-04")
    contract = sign(contract, Party.VENDOR, "2025-07-01", "2025-07-01")
    assert (contract.effective_on, contract.ends_on) == (D("2025-07-04"), D("2026-07-03"))
    contract = sign(contract, Party.VENDOR, "2025-07-01", None)
    assert contract.effective_on is None
    with pytest.raises(NotEffective):
        contracts.activate(SCHEDULER, contract)


def test_a_day_that_was_typed_stays_while_the_signatures_say_nothing(session: Any) -> None:
    contract = contract_a(active=False)
    assert sign(contract, Party.VENDOR, "2025-02-27", None).effective_on == D("2025-03-04")
    sign(contract, Party.VENDOR, "2025-02-27", "2025-02-28")
    assert sign(contract, Party.BUREAU, "2025-03-05", "2025-03-06").effective_on == D("2025-03-06")


def corrected(contract: Contract, **changes: Any) -> Contract:
    """The draft written anew with some facts changed."""
    names = ("number", "paper_number", "title", "vendor_id", "vendor_name", "bureau_name")
    facts_now = {name: getattr(contract, name) for name in (*names, "starts_on", "ends_on", "effective_on")}
    facts_now["systems"] = contracts.systems_of([contract.id])[contract.id]
    facts_now["terms"] = contracts.raw_terms(contract.id, contract.revision)
    return contracts.correct(SCHEDULER, contract, **(facts_now | changes))


def test_a_corrected_draft_still_follows_its_signatures(session: Any) -> None:
    contract = contract_a(active=False, effective_on=None)
    sign(contract, Party.VENDOR, "2025-02-27", "2025-02-28")
    contract = sign(contract, Party.BUREAU, "2025-03-01", "2025-03-04")
    assert corrected(contract, effective_on=D("2025-01-01"), title="更正").effective_on == D("2025-03-04")
    assert corrected(contract, effective_on=None).effective_on == D("2025-03-04")
    raw = contracts.raw_terms(contract.id, contract.revision)
    assert corrected(contract, terms={**raw, "effect": "signed"}).effective_on == D("2025-03-01")


def test_a_running_contract_only_takes_what_was_never_entered(session: Any) -> None:
    contract = contract_a()
    sign(contract, Party.VENDOR, "2025-02-27", "2025-02-28")
    with pytest.raises(WrongState):
        sign(contract, Party.VENDOR, "2025-02-27", "2025-03-28")
    assert sign(contract, Party.BUREAU, "2025-03-20", "2025-03-28").effective_on == D("2025-03-04")
    contracts.end(SCHEDULER, contract, ended_on=contract.ends_on, reason="期满")
    with pytest.raises(WrongState):
        sign(contract, Party.BUREAU, "2025-03-20", "2025-03-28")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"signed_on": None, "sealed_on": None}, "signed_on"),
        ({"signed_on": D("2026-11-21"), "sealed_on": None}, "signed_on"),
        ({"signed_on": None, "sealed_on": D("2027-01-01")}, "sealed_on"),
        ({"signed_on": D("2025-03-01"), "sealed_on": None, "signer": "长" * 65}, "signer"),
    ],
)
def test_what_is_wrong_in_a_signing_is_named(session: Any, values: dict[str, Any], field: str) -> None:
    contract = contract_a(active=False)
    with pytest.raises(Invalid) as refused:
        contracts.sign(SCHEDULER, contract.id, party=Party.BUREAU, **values)
    assert field in refused.value.fields
    assert contracts.signings_of(contract.id) == []


def test_only_the_administrator_enters_signings_and_each_is_in_the_trail(session: Any) -> None:
    contract = contract_a(active=False)
    people.officer("zheng", contract_id=contract.id)
    day = D("2025-03-01")
    with pytest.raises(Forbidden):
        contracts.sign(people.actor("zheng"), contract.id, party=Party.VENDOR, signed_on=day, sealed_on=day)
    with pytest.raises(NotFound):
        contracts.sign(SCHEDULER, new_id(), party=Party.VENDOR, signed_on=day, sealed_on=day)
    with pytest.raises(NotFound):
        contracts.sign(SCHEDULER, contract.id, party=Party.VENDOR, signed_on=day, sealed_on=day, supplement_id=new_id())
    sign(contract, Party.VENDOR, "2025-03-01", None)
    entry = citizens.entries("contract.signed")[-1]
    assert "登记乙方对合同的签署" in entry.summary
    assert entry.changes == {"signed_on": [None, "2025-03-01"], "sealed_on": [None, None]}


def test_a_contract_that_does_not_say_when_it_takes_effect_waits_for_a_typed_day(session: Any) -> None:
    silent = {**facts()[0]["terms"], "effect": None}
    contract = contract_a(active=False, effective_on=None, terms=silent)
    for party in Party:
        contract = sign(contract, party, "2025-03-01", "2025-03-02")
    assert contract.effective_on is None
    assert isinstance(contracts.terms_of(contract.id), Terms)
    with pytest.raises(NotEffective):
        contracts.activate(SCHEDULER, contract)
