"""The people and the contract of most desk tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from server.domain.contracts import Contract
from server.domain.identity import Actor
from tests.factories import citizens, contracts, identity
from tests.factories.calendar import seeded_calendar


@dataclass(frozen=True)
class Desk:
    """A calendar, a contract, and who works under it."""

    contract: Contract
    wang: Actor
    lin: Actor
    zhou: Actor
    zheng: Actor
    wu: Actor


@pytest.fixture
def desk(session: Any) -> Desk:
    seeded_calendar()
    contract = contracts.contract_a(terms=contracts.without_records())
    return Desk(
        contract=contract,
        wang=citizens.actor("wang"),
        lin=identity.actor("lin"),
        zhou=identity.actor("zhou"),
        zheng=identity.actor("zheng", contract_id=contract.id),
        wu=identity.actor("wu", contract_id=contract.id),
    )
