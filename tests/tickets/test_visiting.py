"""A major fault on site (A11, A21, #10): dispatch, arrival that the bureau signs, joint analysis, consent before repair."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine

from server.core.clock import LOCAL
from server.core.errors import Forbidden, Invalid
from server.domain import tickets
from server.domain.tickets import ClockKind, Consent, ConsentMissing, EventKind, NothingAsked, Severity, Ticket
from tests.factories import contracts
from tests.factories.tickets import responded
from tests.tickets.conftest import Desk

NINE = datetime(2026, 3, 3, 9, 0, tzinfo=LOCAL)
STOPPED = {"severity": Severity.MAJOR, "business_stopped": True}


def stopped(desk: Desk) -> Ticket:
    return responded(desk.zheng, desk.lin, contract=desk.contract, **STOPPED)


def on_site(desk: Desk, made: Ticket) -> tickets.TicketClock:
    return next(row for row in tickets.clocks_of(desk.lin, made) if row.kind is ClockKind.ON_SITE)


def test_a11_from_dispatch_to_repair(desk: Desk) -> None:
    with time_machine.travel(NINE, tick=False) as now:
        made = stopped(desk)
        now.shift(timedelta(minutes=10))
        tickets.dispatch(desk.zheng, made.id, who="郑一鸣")
        now.shift(timedelta(hours=2))
        tickets.arrive(desk.zheng, made.id, who="郑一鸣")
        tickets.sign_arrival(desk.lin, made.id, who="郑一鸣，林晓在场")
        tickets.analyse(desk.lin, made.id, text="证书到期，双方在机房确认。")
        with pytest.raises(ConsentMissing):
            tickets.resolve(desk.zheng, made.id, text="好了", cause="证书")
        tickets.ask_consent(desk.zheng, made.id, proposal="更换证书，重启网关")
        with pytest.raises(ConsentMissing):
            tickets.resolve(desk.zheng, made.id, text="好了", cause="证书")
        tickets.consent(desk.lin, made.id, agreed=False, text="请先备份")
        assert made.consent is Consent.REFUSED
        with pytest.raises(ConsentMissing):
            tickets.resolve(desk.lin, made.id, text="好了", cause="证书")
        tickets.ask_consent(desk.zheng, made.id, proposal="备份后更换证书")
        tickets.consent(desk.lin, made.id, agreed=True)
        now.shift(timedelta(hours=1))
        tickets.resolve(desk.zheng, made.id, text="好了", cause="证书")
    kinds = [entry.kind for entry in tickets.timeline(desk.lin, made)]
    assert kinds == [
        EventKind.OPENED,
        EventKind.RESPONDED,
        EventKind.DISPATCHED,
        EventKind.ARRIVED,
        EventKind.ARRIVAL_SIGNED,
        EventKind.ANALYSED,
        EventKind.CONSENT_ASKED,
        EventKind.CONSENT_REFUSED,
        EventKind.CONSENT_ASKED,
        EventKind.CONSENTED,
        EventKind.RESOLVED,
    ]
    assert on_site(desk, made).met_at == NINE + timedelta(hours=2, minutes=10)


def test_a21_the_signed_arrival_outweighs_the_entered_one(desk: Desk) -> None:
    with time_machine.travel(NINE, tick=False) as now:
        made = stopped(desk)
        now.shift(timedelta(hours=30))
        tickets.arrive(desk.zheng, made.id, who="郑一鸣", at=NINE + timedelta(hours=23))
        assert on_site(desk, made).met_at == NINE + timedelta(hours=23)
        tickets.sign_arrival(desk.lin, made.id, who="郑一鸣", at=NINE + timedelta(hours=25))
        row = on_site(desk, made)
        assert row.met_at == NINE + timedelta(hours=25)
        assert tickets.is_late(row.due_at, row.met_at, NINE)


def test_the_signature_takes_the_entered_moment_if_it_names_none(desk: Desk) -> None:
    with time_machine.travel(NINE, tick=False) as now:
        made = stopped(desk)
        now.shift(timedelta(hours=5))
        tickets.arrive(desk.zheng, made.id, who="郑一鸣", at=NINE + timedelta(hours=4))
        now.shift(timedelta(hours=3))
        event = tickets.sign_arrival(desk.lin, made.id, who="郑一鸣")
    assert (event.at, event.recorded_at) == (NINE + timedelta(hours=4), NINE + timedelta(hours=8))


def test_consent_by_telephone_needs_no_paper_before_it(desk: Desk) -> None:
    made = stopped(desk)
    with pytest.raises(NothingAsked):
        tickets.consent(desk.lin, made.id, agreed=False, text="不行")
    tickets.consent(desk.lin, made.id, agreed=True, text="电话同意先恢复业务")
    with pytest.raises(Invalid):
        tickets.consent(desk.lin, made.id, agreed=True)
    tickets.resolve(desk.zheng, made.id, text="好了", cause="")


@pytest.mark.parametrize(
    "what",
    [
        {"severity": Severity.MAJOR, "business_stopped": False},
        {"severity": Severity.HIGH, "business_stopped": True},
        {},
    ],
)
def test_an_ordinary_fault_needs_no_consent(desk: Desk, what: dict[str, object]) -> None:
    made = responded(desk.zheng, desk.lin, contract=desk.contract, **what)
    tickets.resolve(desk.zheng, made.id, text="好了", cause="")


def test_where_going_there_was_not_agreed_nobody_waits_for_consent(desk: Desk) -> None:
    made = responded(desk.lin, desk.lin, contract=contracts.contract_b(), **STOPPED)
    tickets.resolve(desk.lin, made.id, text="好了", cause="")


def test_each_side_has_its_own_word(desk: Desk) -> None:
    made = stopped(desk)
    with pytest.raises(Forbidden):
        tickets.ask_consent(desk.lin, made.id, proposal="我来提")
    for vendor in (desk.zheng, desk.wu):
        with pytest.raises(Forbidden):
            tickets.consent(vendor, made.id, agreed=True)
        with pytest.raises(Forbidden):
            tickets.sign_arrival(vendor, made.id, who="郑一鸣")


def test_another_contract_takes_no_consent_along(desk: Desk) -> None:
    made = stopped(desk)
    tickets.consent(desk.lin, made.id, agreed=True)
    other = contracts.contract_a(number="ZK-2026-02")
    tickets.choose_contract(desk.lin, made.id, contract_id=other.id)
    assert made.consent is Consent.NONE
    with pytest.raises(ConsentMissing):
        tickets.resolve(desk.lin, made.id, text="好了", cause="")
