"""A caller's number finds their tickets, whoever noted it and however it was written; and only whole numbers do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from time_machine import travel

from server.core import clock
from server.core.db import session as unit_session
from server.domain import identity, tickets
from server.domain.identity import SCHEDULER, Actor
from server.domain.tickets import Channel, Filters, Ticket
from tests.factories import citizens
from tests.factories.tickets import ticket
from tests.tickets.conftest import Desk

CALLER = "13900001111"


@pytest.fixture
def called(desk: Desk) -> Ticket:
    """林 notes a call of 赵丽's, with hyphens as she said it."""
    return ticket(
        desk.lin,
        contract=desk.contract,
        channel=Channel.PHONE,
        text="来电反映卡顿",
        contact_name="赵丽",
        contact_phone="139-0000-1111",
    )


def found(actor: Actor, text: str) -> list[Ticket]:
    return list(unit_session().scalars(tickets.matching(actor, Filters(text=text))))


@pytest.mark.parametrize("typed", [CALLER, "139-0000-1111", "+8613900001111", "8613900001111"])
def test_a_whole_number_finds_what_was_noted(desk: Desk, called: Ticket, typed: str) -> None:
    assert found(desk.lin, typed) == [called]
    assert found(desk.zheng, typed) == [called]


@pytest.mark.parametrize("typed", ["1390000111", "0001111", "13900001112", "139"])
def test_a_part_of_it_does_not(desk: Desk, called: Ticket, typed: str) -> None:
    assert found(desk.lin, typed) == []


def test_it_finds_what_the_owner_of_the_number_reported(desk: Desk) -> None:
    reporter = citizens.citizen("zhao", phone=CALLER)
    made = ticket(identity.citizen_actor(reporter), contract=desk.contract)
    assert found(desk.lin, CALLER) == [made]
    assert found(desk.wang, CALLER) == []


def test_another_contracts_ticket_is_not_found_by_it(desk: Desk, called: Ticket) -> None:
    called.contract_id = None
    unit_session().flush()
    assert found(desk.zheng, CALLER) == []


def test_a_forgotten_number_finds_nothing(desk: Desk, called: Ticket) -> None:
    tickets.cancel(desk.lin, called.id, reason="重复来电")
    with travel(clock.now() + timedelta(days=181), tick=False):
        assert tickets.forget_contacts(SCHEDULER, days=180) == 1
    unit_session().refresh(called)
    assert called.contact_index is None
    assert found(desk.lin, CALLER) == []


def test_numbers_noted_before_there_were_digests_get_theirs(desk: Desk, called: Ticket, session: Any) -> None:
    session.execute(sa.update(Ticket).values(contact_index=None))
    session.expire_all()
    assert found(desk.lin, CALLER) == []
    assert tickets.rotate_ticket_keys() == 1
    assert tickets.rotate_ticket_keys() == 0
    assert found(desk.lin, CALLER) == [called]
