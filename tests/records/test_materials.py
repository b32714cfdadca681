"""Material that the bureau owes (A28), what its delay holds up, and the evidence for P-A1 (A41); remote services (A12)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine

from server.core import clock
from server.core.errors import Forbidden, Invalid
from server.domain import records, tickets
from server.domain.identity import SCHEDULER
from server.domain.records import (
    MaterialClosed,
    MaterialState,
    Quality,
    RecordNotFound,
    SessionChannel,
    SessionOver,
    StallKind,
)
from tests.factories.records import at, material, remote
from tests.factories.tickets import responded
from tests.records.conftest import House

D = date.fromisoformat


@pytest.fixture
def monday() -> Any:
    with time_machine.travel(at("2025-09-22 10:00"), tick=False) as moved:
        yield moved


def told(house: House, ticket: tickets.Ticket) -> list[tuple[str, Any]]:
    stalls = (tickets.EventKind.MATERIAL_STALLED, tickets.EventKind.MATERIAL_RESUMED)
    log = tickets.timeline(house.lin, tickets.find(house.lin, ticket.id))
    return [(entry.kind.name, entry.event.at) for entry in log if entry.kind in stalls]


def days(contract_id: Any, **values: Any) -> list[tuple[StallKind, date, date | None, int]]:
    found = records.stalls_of(contract_id, **values)
    return [(each.span.kind, each.span.from_on, each.span.until_on, each.span.days) for each in found]


def test_a28_late_and_defective_material_stands_still_the_ticket_only_inside(monday: Any, house: House) -> None:
    ticket = responded(house.lin, house.lin, contract=house.a)
    promised = [(row.kind, row.due_at, row.met_at) for row in tickets.clocks_of(house.lin, ticket)]
    owed = material(house.a, ticket_id=ticket.id, requested_on=D("2025-09-22"), due_on=D("2025-09-23"))
    assert (owed.number, owed.state) == ("ZL-2025-0001", MaterialState.REQUESTED)
    monday.move_to(at("2025-09-23 23:59"))
    assert records.stall_late(SCHEDULER) == 0
    monday.move_to(at("2025-09-25 09:00"))
    assert (records.stall_late(SCHEDULER), records.stall_late(SCHEDULER)) == (1, 0)
    monday.move_to(at("2025-09-26 15:00"))
    records.deliver_material(house.lin, owed.id, delivered_on=D("2025-09-26"))
    monday.move_to(at("2025-09-27 09:00"))
    records.return_material(house.zheng, owed.id, defect="缺少附件二", quality=Quality.INCOMPLETE)
    assert owed.state is MaterialState.RETURNED
    monday.move_to(at("2025-09-29 18:00"))
    records.deliver_material(house.lin, owed.id, delivered_on=D("2025-09-28"), note="补交")
    assert told(house, ticket) == [
        ("MATERIAL_STALLED", clock.end_of(D("2025-09-23"))),
        ("MATERIAL_RESUMED", at("2025-09-26 15:00")),
        ("MATERIAL_STALLED", at("2025-09-27 09:00")),
        ("MATERIAL_RESUMED", clock.end_of(D("2025-09-28"))),
    ]
    # what the contract promises never pauses (A20, A28)
    assert [(row.kind, row.due_at, row.met_at) for row in tickets.clocks_of(house.lin, ticket)] == promised
    assert days(house.a.id) == [
        (StallKind.LATE, D("2025-09-23"), D("2025-09-26"), 3),
        (StallKind.DEFECTIVE, D("2025-09-27"), D("2025-09-28"), 1),
    ]


def test_finding_15_material_may_be_older_than_the_contract(house: House) -> None:
    with time_machine.travel(at("2025-03-20 10:00"), tick=False):
        owed = material(house.a, requested_on=D("2025-02-10"), due_on=D("2025-02-28"))
        assert days(house.a.id) == [(StallKind.LATE, D("2025-02-28"), None, 20)]
        records.deliver_material(house.lin, owed.id, delivered_on=D("2025-03-01"))
        assert days(house.a.id) == [(StallKind.LATE, D("2025-02-28"), D("2025-03-01"), 1)]


def test_material_in_time_is_no_stall(monday: Any, house: House) -> None:
    owed = material(house.a, requested_on=D("2025-09-22"), due_on=D("2025-09-24"))
    records.deliver_material(house.lin, owed.id, delivered_on=D("2025-09-22"))
    assert days(house.a.id, today=D("2025-12-31")) == []
    with pytest.raises(MaterialClosed):
        records.deliver_material(house.lin, owed.id, delivered_on=D("2025-09-22"))


def test_another_day_agreed_takes_the_place_of_the_former(monday: Any, house: House) -> None:
    ticket = responded(house.lin, house.lin, contract=house.a)
    owed = material(house.a, ticket_id=ticket.id, requested_on=D("2025-09-18"), due_on=D("2025-09-19"))
    assert owed.stalled_since == clock.end_of(D("2025-09-19"))
    records.reschedule_material(house.zheng, owed.id, due_on=D("2025-09-26"), reason="双方商定")
    assert owed.stalled_since is None
    assert days(house.a.id) == []
    monday.move_to(at("2025-09-28 09:00"))
    records.stall_late(SCHEDULER)
    records.drop_material(house.zheng, owed.id, reason="已另行取得")
    assert [kind for kind, _ in told(house, ticket)] == ["MATERIAL_STALLED", "MATERIAL_RESUMED"] * 2
    assert days(house.a.id) == [(StallKind.LATE, D("2025-09-26"), D("2025-09-28"), 2)]


def test_material_has_two_sides(monday: Any, house: House) -> None:
    owed = material(house.a, requested_on=D("2025-09-22"), due_on=D("2025-09-24"))
    with pytest.raises(Forbidden):
        records.deliver_material(house.zheng, owed.id, delivered_on=D("2025-09-22"))
    with pytest.raises(Forbidden):
        records.return_material(house.shen, owed.id, defect="x")
    for verb in (
        lambda: records.find_material(house.stranger, owed.id),
        lambda: records.drop_material(house.stranger, owed.id, reason="x"),
    ):
        with pytest.raises(RecordNotFound):
            verb()
    for wrong in ({"requested_on": D("2025-09-23")}, {"due_on": D("2025-03-09")}, {"item": " "}):
        with pytest.raises(Invalid):
            material(house.a, **({"requested_on": D("2025-03-10"), "due_on": D("2025-03-14")} | wrong))
    with pytest.raises(Invalid):
        records.deliver_material(house.lin, owed.id, delivered_on=D("2025-09-23"))
    with pytest.raises(Invalid):
        records.deliver_material(house.lin, owed.id, delivered_on=D("2025-09-21"))


def test_a_ticket_of_another_contract_is_refused(house: House) -> None:
    with time_machine.travel(at("2026-03-03 10:00"), tick=False):
        ticket = responded(house.lin, house.lin, contract=house.b)
        with pytest.raises(Invalid):
            material(house.a, house.lin, ticket_id=ticket.id)
        with pytest.raises(tickets.TicketNotFound):
            material(house.a, ticket_id=ticket.id)


def test_a12_every_remote_service_is_logged(house: House) -> None:
    with time_machine.travel(at("2025-09-26 11:00"), tick=False) as moved:
        ticket = responded(house.lin, house.lin, contract=house.a)
        over = remote(house.a, ticket_id=ticket.id, work="重启公告服务")
        assert (over.number, over.ended_at - over.started_at) == ("YC-2025-0001", timedelta(hours=1))
        begun = records.start_session(
            house.zheng, contract_id=house.a.id, channel=SessionChannel.PHONE, who="郑一鸣", purpose="指导清理缓存"
        )
        assert [each.id for each in records.running(house.lin)] == [begun.id]
        moved.move_to(at("2025-09-26 11:20"))
        records.end_session(house.zheng, begun.id, work="已指导清理缓存")
        assert (begun.ended_at, records.running(house.lin)) == (clock.now(), [])
        with pytest.raises(SessionOver):
            records.end_session(house.zheng, begun.id, work="再次结束")
        logged = [entry.kind for entry in tickets.timeline(house.lin, tickets.find(house.lin, ticket.id))]
    assert logged.count(tickets.EventKind.SESSION_LOGGED) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"ended_at": at("2025-09-26 09:00")},
        {"ended_at": at("2025-09-26 12:00")},
        {"from_where": ""},
        {"account": ""},
        {"purpose": "秘密★一年 系统排查"},
    ],
    ids=["no time", "not yet", "from nowhere", "no account", "secret"],
)
def test_a12_what_a_remote_service_must_say(house: House, wrong: dict[str, Any]) -> None:
    with time_machine.travel(at("2025-09-26 11:00"), tick=False):
        with pytest.raises(Invalid):
            remote(house.a, **wrong)
        with pytest.raises(RecordNotFound):
            records.find_session(house.stranger, remote(house.a).id)
