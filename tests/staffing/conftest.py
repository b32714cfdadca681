"""A contract with its vendor's manager, the bureau's administrator, and people who are designated."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from server.domain import staffing
from tests.factories import identity as people
from tests.factories.contracts import contract_a

START = date(2025, 3, 4)


@pytest.fixture
def contract(session):
    return contract_a()


@pytest.fixture
def wu(contract):
    return people.actor("wu", contract_id=contract.id)


@pytest.fixture
def zhou(session):
    return people.actor("zhou")


@pytest.fixture
def assign(contract, wu):
    """Designate somebody; five years of experience unless said otherwise."""

    def call(**values: Any) -> staffing.Maintainer:
        usual: dict[str, Any] = {
            "name": "郑一鸣",
            "role": "运维工程师",
            "experience_from": date(2020, 5, 6),
            "experience": "2020 年起从事政务小程序运维",
            "valid_from": START,
        }
        return staffing.assign(wu, contract_id=contract.id, **(usual | values))

    return call
