"""A Friday afternoon on which trainings are given, with the people who give them."""

from __future__ import annotations

import pytest
import time_machine

from server.domain.identity import Role
from tests.factories import contracts as papers
from tests.factories import identity as people
from tests.factories.training import at, vendor


@pytest.fixture
def friday(session):
    """26 September 2025, half past one."""
    with time_machine.travel(at("13:30"), tick=False) as moved:
        yield moved


@pytest.fixture
def a(friday):
    return papers.contract_a()


@pytest.fixture
def zheng(a):
    return vendor(a)


@pytest.fixture
def lin(friday):
    return people.actor("lin")


@pytest.fixture
def bai(friday):
    """Somebody of another vendor, with a contract of their own."""
    return people.actor("bai", roles=[Role.VENDOR_MANAGER], contract_id=papers.contract_b().id)
