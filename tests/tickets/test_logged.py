"""What rooms above write and hold up: ``log`` for their events, ``gate`` for what must be settled before closing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from server.core import clock
from server.core.clock import LOCAL
from server.core.errors import Forbidden, Invalid
from server.domain import tickets
from server.domain.identity import SCHEDULER
from server.domain.tickets import LOGGED, EventKind, GateShut, Ticket, TicketNotFound, TicketState, WrongState
from tests.factories import citizens, contracts, identity
from tests.factories.tickets import resolved, responded, ticket
from tests.tickets.conftest import Desk

NINE = datetime(2026, 3, 3, 9, 0, tzinfo=LOCAL)


@pytest.mark.parametrize("kind", sorted(LOGGED))
def test_each_kind_is_one_line(desk: Desk, kind: EventKind) -> None:
    made = responded(desk.zheng, desk.wang, contract=desk.contract)
    event = tickets.log(desk.zheng, made.id, kind, text="见附件", data={"id": "x"})
    assert (event.kind, event.seq, event.public) == (kind, made.version, False)
    assert made.state is (TicketState.IN_PROGRESS if kind is EventKind.REJECTED else TicketState.RESPONDED)
    assert kind.label in [entry.what for entry in tickets.timeline(desk.lin, made)]
    assert len(tickets.timeline(desk.wang, made)) == 2


def test_only_those_and_only_on_tickets_that_one_sees(desk: Desk) -> None:
    made = ticket(desk.wang, contract=desk.contract)
    with pytest.raises(ValueError, match="own step"):
        tickets.log(desk.lin, made.id, EventKind.RESOLVED)
    stranger = identity.actor("zheng2", roles=desk.zheng.roles, contract_id=contracts.contract_b().id)
    for who in (stranger, citizens.actor("zhao")):
        with pytest.raises(TicketNotFound):
            tickets.log(who, made.id, EventKind.CALL_LINKED)
    with pytest.raises(Invalid):
        tickets.log(SCHEDULER, made.id, EventKind.CALL_LINKED, at=clock.now() + timedelta(hours=1))
    tickets.log(SCHEDULER, made.id, EventKind.CALL_LINKED, at=made.received_at - timedelta(days=400))


def test_a_rejected_acceptance_puts_it_back_to_work(desk: Desk) -> None:
    made = resolved(desk.zheng, desk.wang, contract=desk.contract)
    tickets.confirm_answer(desk.wang, made.id)
    tickets.close(desk.lin, made.id)
    tickets.log(desk.lin, made.id, EventKind.REJECTED, text="第 2 项不合格")
    assert (made.state, made.resolved_at, made.closed_at, made.confirmed_at) == (
        TicketState.IN_PROGRESS,
        None,
        None,
        None,
    )
    fresh = ticket(desk.wang, contract=desk.contract)
    with pytest.raises(WrongState):
        tickets.log(desk.lin, fresh.id, EventKind.REJECTED)


def test_what_is_open_elsewhere_keeps_it_open(desk: Desk) -> None:
    made = resolved(desk.zheng, desk.wang, contract=desk.contract)
    reasons: list[str | None] = ["完工通知 WG-2026-0001 待验收"]

    def completion(_ticket: Ticket) -> str | None:
        return reasons[0]

    tickets.gate(completion)
    tickets.gate(completion)
    try:
        with pytest.raises(GateShut) as shut:
            tickets.close(desk.lin, made.id)
        assert (shut.value.code, shut.value.text) == ("ticket_gate", reasons[0])
        (row,) = tickets.close_many(desk.lin, [made.id])
        assert (row.outcome, row.reason) == (tickets.Outcome.REFUSED, reasons[0])
        reasons[0] = None
        tickets.close(desk.lin, made.id)
    finally:
        tickets.ungate(completion)


def test_a28_missing_material_stops_our_own_figure_and_no_contractual_clock(desk: Desk) -> None:
    with time_machine.travel(NINE, tick=False) as now:
        made = ticket(desk.wang, contract=desk.contract)
        now.shift(timedelta(minutes=30))
        due_before = tickets.clocks_of(desk.lin, made)[0].due_at
        tickets.log(desk.zheng, made.id, EventKind.MATERIAL_STALLED, data={"material": "a"})
        now.shift(timedelta(hours=10))
        tickets.log(desk.zheng, made.id, EventKind.MATERIAL_RESUMED, data={"material": "a"})
        now.shift(timedelta(hours=1))
        figure: Any = tickets.resolution_of(desk.lin, made, clock.now())
    assert (figure.gross, figure.stalled, figure.net) == (
        timedelta(hours=11, minutes=30),
        timedelta(hours=10),
        timedelta(hours=1, minutes=30),
    )
    (row,) = tickets.clocks_of(desk.lin, made)
    assert (row.due_at, row.met_at) == (due_before, None)
    assert tickets.is_late(row.due_at, row.met_at, NINE + timedelta(hours=3))


def test_the_citizen_confirms_once_and_closes_nothing(desk: Desk) -> None:
    made = resolved(desk.zheng, desk.wang, contract=desk.contract)
    first = tickets.confirm_answer(desk.wang, made.id)
    assert tickets.confirm_answer(desk.wang, made.id).id == first.id
    assert (made.state, made.confirmed_at) == (TicketState.RESOLVED, first.at)
    assert tickets.timeline(desk.wang, made)[-1].what == "您确认问题已解决"
    with pytest.raises(Forbidden):
        tickets.confirm_answer(desk.lin, made.id)
    with pytest.raises(TicketNotFound):
        tickets.confirm_answer(citizens.actor("zhao"), made.id)
    tickets.reopen(desk.wang, made.id, reason="又坏了")
    assert made.confirmed_at is None
    with pytest.raises(WrongState):
        tickets.confirm_answer(desk.wang, made.id)
