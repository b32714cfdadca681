"""Findings of an inspection: on their own sheet, told apart, made tickets of once, put right once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine

from server.core.db import session as unit
from server.core.errors import Invalid
from server.domain import tickets, upkeep
from server.domain.upkeep import Rectified, Severity, Ticketed, UpkeepNotFound, WrongState
from tests.factories.records import at
from tests.factories.upkeep import begun, filled, finding, plan
from tests.upkeep.conftest import House


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel(at("2025-09-25 10:00"), tick=False):
        yield


def test_a_finding_becomes_a_ticket_in_one_step(house: House) -> None:
    made = begun(house.a)
    found = finding(made, house.zheng)
    filled(made, house.zheng)
    upkeep.submit(house.zheng, made.id)
    ticket = upkeep.open_ticket(house.zheng, found.id)
    assert (ticket.channel, ticket.severity) == (tickets.Channel.INSPECTION, tickets.Severity.HIGH)
    assert (found.ticket_id, found.ticket_number) == (ticket.id, ticket.number)
    assert made.number in ticket.text
    assert upkeep.finding_of_ticket(house.lin, ticket) == (found, made)
    assert upkeep.finding_of_ticket(house.bai, ticket) is None
    with pytest.raises(Ticketed):
        upkeep.open_ticket(house.zheng, found.id)
    with pytest.raises(UpkeepNotFound):
        upkeep.open_ticket(house.bai, found.id)
    with pytest.raises(Invalid):
        upkeep.rectify(house.zheng, found.id, done_on=date(2025, 9, 26), note="已换")
    upkeep.rectify(house.zheng, found.id, done_on=date(2025, 9, 25), note="已换")
    with pytest.raises(Rectified):
        upkeep.rectify(house.zheng, found.id, done_on=date(2025, 9, 25), note="已换")


def test_findings_belong_to_their_sheet(house: House) -> None:
    made, other = begun(house.a), begun(house.b, house.bai)
    with pytest.raises(Invalid):
        finding(made, house.zheng, item_id=upkeep.items_of(other)[0].id)
    with pytest.raises(Invalid):
        finding(made, house.lin, plan_id=plan(house.b, house.bai).id)
    with pytest.raises(Invalid):
        finding(made, house.zheng, due_on=date(2025, 8, 1))
    kept = finding(made, house.zheng, severity=Severity.MINOR)
    upkeep.drop_finding(house.zheng, kept.id)
    assert upkeep.findings_of([made.id]) == []
    ticketed = finding(made, house.zheng)
    upkeep.open_ticket(house.zheng, ticketed.id)
    with pytest.raises(Ticketed):
        upkeep.drop_finding(house.zheng, ticketed.id)


def test_the_number_of_a_finding_is_its_own(house: House) -> None:
    made = begun(house.a)
    first = finding(made, house.zheng)
    finding(made, house.zheng)
    upkeep.drop_finding(house.zheng, first.id)
    finding(made, house.zheng)
    assert [each.position for each in upkeep.findings_of([made.id])] == [2, 3]


def test_what_a_cancelled_sheet_found_is_not_followed_up(house: House) -> None:
    made = begun(house.a)
    found, ticketed = finding(made, house.zheng), finding(made, house.zheng)
    upkeep.open_ticket(house.zheng, ticketed.id)
    upkeep.cancel(house.zheng, made.id, reason="月份选错")
    with pytest.raises(WrongState):
        upkeep.open_ticket(house.zheng, found.id)
    assert [row[0] for row in unit().execute(upkeep.findings_matching(house.lin))] == [ticketed]
