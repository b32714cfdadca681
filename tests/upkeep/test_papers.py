"""Which sheet of inspection a contract is offered when many papers are issued at once: its own, and only that."""

from __future__ import annotations

from datetime import date

import time_machine

from server.domain import documents, upkeep
from tests.factories.records import at
from tests.factories.upkeep import begun
from tests.upkeep.conftest import House


def test_a_batch_offers_each_contract_its_own_sheet(house: House) -> None:
    span = (date(2025, 3, 1), date(2026, 7, 31))
    for contract, person in ((house.a, house.zheng), (house.b, house.bai)):
        with time_machine.travel(at("2025-09-15 10:00"), tick=False):
            made = begun(contract, person)
        own = upkeep.kind_for(made)
        for code in ("inspection", "inspection_monthly"):
            subjects = documents.kind_of(code).subjects
            assert subjects is not None
            assert list(subjects(person, contract.id, *span)) == ([made.id] if code == own else [])
