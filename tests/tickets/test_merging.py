"""Mergers and doubles: both logs stay, nothing else moves, the earliest receipt's clock stands, reporters are told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from server.core import clock
from server.core.clock import LOCAL
from server.core.errors import Forbidden, Invalid
from server.domain import notices, tickets
from server.domain.identity import SCHEDULER
from server.domain.tickets import (
    Basis,
    CannotMerge,
    EventKind,
    OthersDepend,
    Severity,
    Ticket,
    TicketChanged,
    TicketNotFound,
    TicketState,
    WrongState,
)
from tests.factories import citizens, contracts, identity
from tests.factories.tickets import resolved, responded, ticket
from tests.tickets.conftest import Desk

NINE = datetime(2026, 3, 3, 9, 0, tzinfo=LOCAL)
TEN = NINE + timedelta(hours=1)


def pair(desk: Desk, **values: Any) -> tuple[Ticket, Ticket]:
    """王's ticket of 09:00 and 赵's of 10:00, of one contract; it is 11:00."""
    with clock.replaying(NINE):
        first = ticket(desk.wang, contract=desk.contract, **values)
    with clock.replaying(TEN):
        second = ticket(citizens.actor("zhao"), contract=desk.contract, text="我也打不开公告，电话 13800138000")
    return first, second


@pytest.fixture(autouse=True)
def _eleven() -> Any:
    with time_machine.travel(NINE + timedelta(hours=2), tick=False) as traveller:
        yield traveller


def test_the_earliest_receipt_stands_whichever_way_they_are_merged(desk: Desk) -> None:
    first, second = pair(desk)
    tickets.merge(desk.lin, first.id, into_id=second.id)
    (clock_row,) = tickets.clocks_of(desk.lin, second)
    assert (clock_row.started_at, clock_row.due_at, clock_row.met_at) == (NINE, NINE + timedelta(hours=2), None)
    (ended,) = tickets.clocks_of(desk.lin, first)
    assert (ended.basis, ended.due_at) == (Basis.MERGED, None)
    assert (first.state, first.merged_into_id, first.closed_at) == (TicketState.CLOSED, second.id, clock.now())
    assert tickets.recompute_clocks(SCHEDULER, reason="试算").moved == ()


def test_the_first_answer_to_the_matter_is_its_answer(desk: Desk) -> None:
    first, second = pair(desk)
    with clock.replaying(TEN + timedelta(minutes=15)):
        tickets.respond(desk.zheng, second.id, text="收到")
    tickets.merge(desk.lin, second.id, into_id=first.id)
    assert tickets.clocks_of(desk.lin, first)[0].met_at == TEN + timedelta(minutes=15)
    assert first.responded_at is None
    (kept,) = tickets.clocks_of(desk.lin, second)
    assert (kept.basis, kept.met_at) == (Basis.AGREED, TEN + timedelta(minutes=15))


def test_both_logs_stay_and_nothing_else_moves(desk: Desk) -> None:
    first, second = pair(desk)
    tickets.comment(desk.zheng, second.id, text="像是缓存", public=False)
    before = (first.title, first.text, first.severity, first.assignee_id)
    tickets.merge(desk.lin, second.id, into_id=first.id, reason="同一公告")
    kinds = [[entry.kind for entry in tickets.timeline(desk.lin, each)] for each in (first, second)]
    assert kinds == [
        [EventKind.OPENED, EventKind.MERGED],
        [EventKind.OPENED, EventKind.COMMENTED, EventKind.ABSORBED],
    ]
    assert (first.title, first.text, first.severity, first.assignee_id) == before
    assert tickets.related(desk.lin, first) == ([], [second], None)
    assert tickets.related(desk.lin, second) == ([], [], first)


def test_reporters_are_told_at_once_and_when_it_is_solved_and_read_nothing_of_each_other(
    desk: Desk, session: Any
) -> None:
    first, second = pair(desk)
    zhao = citizens.actor("zhao")
    tickets.merge(desk.lin, second.id, into_id=first.id, reason="王女士也报过")
    tickets.respond(desk.zheng, first.id, text="王女士您好，已收到。")
    tickets.resolve(desk.zheng, first.id, text="王女士，已按您手机修复。", cause="缓存")
    told = session.scalars(sa.select(notices.Message).where(notices.Message.citizen_id == zhao.id)).all()
    assert len(told) == 2
    assert {message.data["number"] for message in told} == {second.number}
    assert "王女士" not in str([message.data for message in told])
    entries = tickets.timeline(zhao, tickets.find(zhao, second.id))
    assert [entry.what for entry in entries] == ["您提交了问题", "您的问题与已受理的同一问题合并处理", "工作人员回复"]
    assert "王女士" not in str([(entry.text, entry.what) for entry in entries])
    assert second.text not in str([(e.text, e.what) for e in tickets.timeline(desk.wang, first)])


def test_chains_are_told_to_the_end(desk: Desk, session: Any) -> None:
    first, second = pair(desk)
    third = ticket(citizens.actor("li"), contract=desk.contract)
    tickets.merge(desk.lin, second.id, into_id=first.id)
    tickets.merge(desk.lin, first.id, into_id=third.id)
    (row,) = tickets.clocks_of(desk.lin, third)
    assert row.started_at == NINE
    tickets.cancel(desk.lin, third.id, reason="重复演练")
    for each in (first, second):
        assert tickets.timeline(desk.lin, each)[-1].text.startswith("与您的问题合并处理的工单已撤销")
    assert second.merged_into_id == first.id


def test_circles_and_ended_tickets_are_refused(desk: Desk) -> None:
    first, second = pair(desk)
    with pytest.raises(Invalid):
        tickets.merge(desk.lin, first.id, into_id=first.id)
    tickets.merge(desk.lin, second.id, into_id=first.id)
    for source, into in ((first, second), (second, first)):
        with pytest.raises(WrongState):
            tickets.merge(desk.lin, source.id, into_id=into.id)
    done = resolved(desk.zheng, desk.wang, contract=desk.contract)
    with pytest.raises(WrongState):
        tickets.merge(desk.lin, first.id, into_id=done.id)
    tickets.cancel(desk.lin, first.id, reason="x")
    with pytest.raises(WrongState):
        tickets.merge(desk.lin, ticket(desk.wang, contract=desk.contract).id, into_id=first.id)


def test_what_was_merged_away_stays_closed(desk: Desk) -> None:
    first, second = pair(desk)
    tickets.merge(desk.lin, second.id, into_id=first.id)
    for who in (desk.lin, citizens.actor("zhao")):
        with pytest.raises(WrongState, match="已并入"):
            tickets.reopen(who, second.id, reason="没好")
    with pytest.raises(WrongState, match="已并入"):
        tickets.log(SCHEDULER, second.id, EventKind.REJECTED, text="不合格")
    assert not tickets.may_reopen(second)


def test_a_graver_matter_does_not_vanish_in_a_lighter_one(desk: Desk) -> None:
    first, second = pair(desk, severity=Severity.NORMAL)
    tickets.set_severity(desk.lin, second.id, severity=Severity.MAJOR, business_stopped=True)
    with pytest.raises(CannotMerge, match="反向合并"):
        tickets.merge(desk.lin, second.id, into_id=first.id)
    tickets.arrive(desk.zheng, second.id, who="郑一鸣")
    tickets.merge(desk.lin, first.id, into_id=second.id)
    assert [row.started_at for row in tickets.clocks_of(desk.lin, second)] == [NINE, NINE + timedelta(hours=2)]


def test_the_on_site_clock_goes_along(desk: Desk) -> None:
    first, second = pair(desk)
    tickets.set_severity(desk.lin, first.id, severity=Severity.MAJOR, business_stopped=True)
    later = clock.now() + timedelta(hours=1)
    with time_machine.travel(later, tick=False):
        tickets.set_severity(desk.lin, second.id, severity=Severity.MAJOR, business_stopped=True)
        tickets.merge(desk.lin, first.id, into_id=second.id)
        on_site = tickets.clocks_of(desk.lin, second)[1]
        assert on_site.started_at == NINE + timedelta(hours=2)
        assert on_site.due_at == NINE + timedelta(hours=26)
        assert tickets.clocks_of(desk.lin, first)[1].basis is Basis.MERGED


def test_contracts_are_never_mixed(desk: Desk) -> None:
    first, _ = pair(desk)
    foreign = ticket(desk.lin, contract=contracts.contract_b())
    for verb in (tickets.merge, tickets.link_duplicate):
        name = "into_id" if verb is tickets.merge else "other_id"
        with pytest.raises(CannotMerge, match="同一合同"):
            verb(desk.lin, first.id, **{name: foreign.id})
    with pytest.raises(TicketNotFound):
        tickets.link_duplicate(desk.zheng, first.id, other_id=foreign.id)
    with pytest.raises(TicketNotFound):
        tickets.link_duplicate(desk.zheng, foreign.id, other_id=first.id)


def test_a_ticket_that_took_others_in_stays_under_its_contract_and_is_no_longer_one_persons(desk: Desk) -> None:
    first, second = pair(desk)
    tickets.merge(desk.lin, second.id, into_id=first.id)
    with pytest.raises(OthersDepend):
        tickets.choose_contract(desk.lin, first.id, contract_id=contracts.contract_b().id)
    with pytest.raises(OthersDepend):
        tickets.cancel(desk.wang, first.id, reason="我好了")


def test_merging_is_the_bureaus_word_and_knows_versions(desk: Desk) -> None:
    first, second = pair(desk)
    for vendor in (desk.zheng, desk.wu):
        with pytest.raises(Forbidden):
            tickets.merge(vendor, second.id, into_id=first.id)
    with pytest.raises(TicketChanged):
        tickets.merge(desk.lin, second.id, into_id=first.id, version=0)


def test_a_merged_matter_counts_once(desk: Desk) -> None:
    first, second = pair(desk)
    tickets.merge(desk.lin, second.id, into_id=first.id)
    tickets.respond(desk.zheng, first.id, text="收到")
    (kept,) = tickets.attainment(desk.lin, since=NINE, until=NINE + timedelta(days=1))
    assert kept.ended == 1


def test_a_gate_keeps_a_ticket_from_being_merged_away(desk: Desk) -> None:
    first, second = pair(desk)

    def shut(made: Ticket) -> str | None:
        return "完工通知待验收" if made.id == second.id else None

    tickets.gate(shut)
    try:
        with pytest.raises(tickets.GateShut, match="完工通知待验收"):
            tickets.merge(desk.lin, second.id, into_id=first.id)
    finally:
        tickets.ungate(shut)


def test_doubles_are_marked_in_both_logs_once(desk: Desk) -> None:
    first, second = pair(desk)
    tickets.link_duplicate(desk.zheng, first.id, other_id=second.id, note="同一现象")
    assert tickets.related(desk.zheng, first)[0] == [second]
    assert tickets.related(desk.zheng, second)[0] == [first]
    assert (first.state, second.state) == (TicketState.NEW, TicketState.NEW)
    with pytest.raises(CannotMerge):
        tickets.link_duplicate(desk.lin, second.id, other_id=first.id)
    with pytest.raises(Forbidden):
        tickets.link_duplicate(
            desk.wang, first.id, other_id=responded(desk.zheng, desk.wang, contract=desk.contract).id
        )


def test_a_link_shows_nothing_of_another_contract(desk: Desk) -> None:
    """Marked under one contract, then one of them goes to another: its old vendor no longer sees it."""
    first, second = pair(desk)
    tickets.link_duplicate(desk.lin, first.id, other_id=second.id)
    tickets.choose_contract(desk.lin, second.id, contract_id=contracts.contract_b().id)
    assert tickets.related(desk.zheng, first)[0] == []
    stranger = identity.actor("zheng2", roles=desk.zheng.roles, contract_id=second.contract_id)
    assert tickets.related(stranger, second)[0] == []
