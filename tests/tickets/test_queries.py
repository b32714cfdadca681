"""Lists: every filter, what one may see, text search with short Chinese words, the dashboard's figures, saved views."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine

from server.core.clock import LOCAL
from server.core.errors import Forbidden, Invalid
from server.domain import tickets
from server.domain.identity import ANONYMOUS
from server.domain.tickets import (
    Assigned,
    Channel,
    ClockKind,
    Filters,
    Kind,
    Lateness,
    Order,
    Severity,
    TicketState,
    ViewNotFound,
)
from tests.factories import citizens, contracts, identity
from tests.factories.tickets import resolved, responded, ticket
from tests.tickets.conftest import Desk

NINE = datetime(2026, 3, 3, 9, 0, tzinfo=LOCAL)


def numbers(session: Any, actor: Any, **wanted: Any) -> list[str]:
    return [found.number[-4:] for found in session.scalars(tickets.matching(actor, Filters(**wanted)))]


@pytest.fixture
def shelf(desk: Desk) -> Desk:
    """Four tickets on one Tuesday: 09:00 new, 10:00 answered at once, 11:00 solved and rated, Wednesday 00:30 without contract."""
    with time_machine.travel(NINE, tick=False) as now:
        ticket(desk.wang, contract=desk.contract, text="公告打不开")
        now.shift(timedelta(hours=1))
        responded(desk.zheng, desk.wang, contract=desk.contract, kind=Kind.CONSULTATION, text="执照 100% 怎么查_询")
        now.shift(timedelta(hours=1))
        made = resolved(
            desk.lin,
            desk.lin,
            contract=desk.contract,
            text="来电反映卡顿",
            channel=Channel.PHONE,
            severity=Severity.HIGH,
        )
        now.shift(timedelta(hours=13, minutes=30))
        ticket(citizens.actor("zhao"), text="字体太小")
        tickets.assign(desk.lin, made.id, assignee_id=desk.lin.id)
    return desk


def test_each_filter(shelf: Desk, session: Any) -> None:
    def found(**wanted: Any) -> list[str]:
        return numbers(session, shelf.lin, **wanted)

    with time_machine.travel(datetime(2026, 3, 3, 10, 45, tzinfo=LOCAL), tick=False):
        assert found(lateness=Lateness.DUE) == ["0001"]
        assert found(lateness=Lateness.DUE, due_minutes=10) == []
    with time_machine.travel(datetime(2026, 3, 3, 11, 1, tzinfo=LOCAL), tick=False):
        assert found(lateness=Lateness.LATE) == ["0001"]
        assert found(lateness=Lateness.BROKEN) == ["0001"]
        assert found(lateness=Lateness.UNKNOWN) == ["0004"]
    assert found() == ["0004", "0003", "0002", "0001"]
    assert found(states=frozenset({TicketState.NEW})) == ["0004", "0001"]
    assert found(kinds=frozenset({Kind.CONSULTATION, Kind.FAULT})) == ["0002"]
    assert found(severities=frozenset({Severity.HIGH})) == ["0003"]
    assert found(channels=frozenset({Channel.PHONE})) == ["0003"]
    assert found(contract_id=shelf.contract.id) == ["0003", "0002", "0001"]
    assert found(without_contract=True) == ["0004"]
    assert found(assignee_id=shelf.zheng.id) == ["0002"]
    assert found(assigned=Assigned.MINE) == ["0003"]
    assert found(assigned=Assigned.NOBODY) == ["0004", "0001"]
    assert found(reporter_id=shelf.wang.id) == ["0002", "0001"]
    assert found(business_stopped=True) == []
    assert found(needs_review=True) == []
    assert found(since=date(2026, 3, 4)) == ["0004"]
    assert found(until=date(2026, 3, 3), since=date(2026, 3, 3)) == ["0003", "0002", "0001"]
    assert session.scalar(tickets.counted(shelf.lin, Filters(without_contract=True))) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("公告", ["0001"]),
        ("告打", ["0001"]),
        ("字体 太小", ["0004"]),
        ("字体 公告", []),
        ("100%", ["0002"]),
        ("查_询", ["0002"]),
        ("_", ["0002"]),
        ("%", ["0002"]),
        ("fw-2026-0003", ["0003"]),
        ("郑一鸣", ["0002"]),
        ("' OR 1=1 --", []),
    ],
)
def test_words(shelf: Desk, session: Any, text: str, expected: list[str]) -> None:
    assert numbers(session, shelf.lin, text=text) == expected


def test_orders(shelf: Desk, session: Any) -> None:
    assert numbers(session, shelf.lin, order=Order.OLDEST) == ["0001", "0002", "0003", "0004"]
    assert numbers(session, shelf.lin, order=Order.DUE)[0] == "0001"
    assert numbers(session, shelf.lin, order=Order.SEVERITY)[0] == "0003"
    assert numbers(session, shelf.lin, order=Order.UPDATED)[-1] == "0001"


def test_what_one_sees(shelf: Desk, session: Any) -> None:
    stranger = identity.actor("zheng2", roles=shelf.zheng.roles, contract_id=contracts.contract_b().id)
    assert numbers(session, shelf.zheng) == ["0003", "0002", "0001"]
    assert numbers(session, stranger) == []
    assert numbers(session, identity.actor("chen")) == []
    assert numbers(session, shelf.wang) == ["0002", "0001"]
    assert numbers(session, ANONYMOUS) == []
    assert len(numbers(session, identity.actor("shen"))) == 4


def test_exports_need_their_own_right(shelf: Desk, session: Any) -> None:
    with pytest.raises(Forbidden):
        tickets.exportable(shelf.zheng)
    assert len(session.scalars(tickets.exportable(shelf.wu)).all()) == 3


def test_the_board(shelf: Desk, session: Any, queries: Any) -> None:
    session.flush()
    with queries() as seen:
        board = tickets.board(shelf.lin, NINE + timedelta(minutes=90))
    assert len(seen) == 4
    counts = board.counts
    assert (counts.active, counts.new, counts.late, counts.due_soon, counts.unassigned) == (3, 2, 0, 1, 2)
    assert [due.ticket.number[-4:] for due in board.next_due] == ["0001"]
    assert [(each.contract_id, each.active) for each in board.contracts] == [(shelf.contract.id, 2), (None, 1)]
    late = tickets.board(shelf.lin, NINE + timedelta(hours=3))
    assert (late.counts.late, late.counts.due_soon, late.contracts[0].late) == (1, 0, 1)
    assert tickets.board(shelf.zheng, NINE).counts.active == 2
    with pytest.raises(Forbidden):
        tickets.board(identity.actor("chen"))


def test_attainment_and_days(shelf: Desk) -> None:
    with time_machine.travel(datetime(2026, 3, 4, 12, 0, tzinfo=LOCAL), tick=False):
        (response,) = tickets.attainment(shelf.lin, since=NINE, until=NINE + timedelta(days=1))
        assert (response.kind, response.ended, response.kept) == (ClockKind.RESPONSE, 3, 2)
        assert tickets.daily(shelf.lin, days=3) == [
            ("2026-03-02", 0, 0),
            ("2026-03-03", 3, 1),
            ("2026-03-04", 1, 0),
        ]


def test_what_is_outside_the_contract_does_not_count(shelf: Desk, session: Any) -> None:
    with time_machine.travel(datetime(2026, 3, 4, 12, 0, tzinfo=LOCAL), tick=False):
        late = session.scalars(tickets.matching(shelf.lin, Filters(lateness=Lateness.LATE))).one()
        tickets.decide_scope(shelf.lin, late.id, scope=tickets.Scope.CLIENT_SIDE, reason="手机问题")
        (response,) = tickets.attainment(shelf.lin, since=NINE, until=NINE + timedelta(days=1))
        assert (response.ended, response.kept) == (2, 2)


def test_lists_cost_one_query_however_long(shelf: Desk, session: Any, queries: Any) -> None:
    session.flush()
    with queries() as seen:
        found = session.scalars(tickets.matching(shelf.lin)).all()
        clocks = tickets.clocks_by_ticket([each.id for each in found])
    assert len(seen) == 2
    assert all(tickets.open_clock(rows) for rows in clocks.values())


def test_views_are_ones_own_or_the_organisations(desk: Desk) -> None:
    mine = tickets.save_view(desk.lin, name="我的超时", query="?late=1", is_default=True)
    shared = tickets.save_view(desk.zhou, name="待分派", query="assignee=nobody", shared=True)
    tickets.save_view(desk.zhou, name="私有", query="")
    assert [view.name for view in tickets.views_of(desk.lin)] == ["我的超时", "待分派"]
    assert tickets.views_of(desk.zheng) == []
    assert tickets.default_view(desk.lin) is mine
    other = tickets.save_view(desk.lin, name="全部", query="", is_default=True)
    assert tickets.default_view(desk.lin) is other
    again = tickets.save_view(desk.lin, name="我的超时", query="late=0")
    assert (again.id, again.query) == (mine.id, "late=0")
    with pytest.raises(ViewNotFound):
        tickets.drop_view(desk.lin, shared.id)
    tickets.drop_view(desk.lin, other.id)
    assert tickets.default_view(desk.lin) is None
    with pytest.raises(Invalid):
        tickets.save_view(desk.lin, name=" ", query="")
