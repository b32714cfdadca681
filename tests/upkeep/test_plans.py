"""Contingency plans in versions, their drills, and what the agenda hears of the room (A15)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine

from server.core.db import session as unit
from server.core.errors import Invalid
from server.domain import documents, upkeep
from server.domain.upkeep import DrillResult, DueKind, EventKind, Moved, Retired, UpkeepFilters, UpkeepNotFound
from tests.factories.records import at
from tests.factories.upkeep import begun, drill_draft, finding, guidance, plan, plan_draft, planned, visit, work
from tests.upkeep.conftest import House


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel(at("2025-09-25 10:00"), tick=False):
        yield


def test_a15_versions_are_kept(house: House) -> None:
    made = plan(house.a)
    assert (made.number, made.version, made.next_drill_on) == ("YA-2025-0001", 1, date(2026, 9, 25))
    upkeep.revise_plan(house.wu, made.id, plan_draft(steps="1. 先通知局方"), version=1, reason="局方意见")
    assert made.version == 2
    assert made.next_drill_on == date(2026, 9, 25)
    last = upkeep.events_of(made)[-1]
    assert (last.kind, last.data["before"]["steps"].startswith("1. 切换备库")) == (EventKind.REVISED, True)
    with pytest.raises(Moved):
        upkeep.revise_plan(house.wu, made.id, plan_draft(), version=1, reason="x")
    with pytest.raises(Invalid):
        plan(house.a, every_months=37)


def test_a_drill_moves_the_next_one(house: House) -> None:
    made = plan(house.a, every_months=6)
    row = upkeep.drill(house.zheng, made.id, drill_draft(drilled_on=date(2025, 9, 20)))
    assert (row.number, row.plan_version) == ("YL-2025-0001", 1)
    assert made.next_drill_on == date(2026, 3, 25)
    upkeep.drill(house.zheng, made.id, drill_draft())
    assert made.next_drill_on == date(2026, 3, 25)
    with pytest.raises(Invalid) as refused:
        upkeep.drill(house.zheng, made.id, drill_draft(result=DrillResult.FAILED))
    assert list(refused.value.fields) == ["lessons"]
    with pytest.raises(Invalid):
        upkeep.drill(house.zheng, made.id, drill_draft(drilled_on=date(2025, 9, 26)))
    assert len(upkeep.drills_of(made)) == 2
    upkeep.retire_plan(house.wu, made.id, reason="系统下线")
    with pytest.raises(Retired):
        upkeep.drill(house.zheng, made.id, drill_draft())
    assert unit().scalars(upkeep.plans_matching(house.lin)).all() == []
    assert unit().scalars(upkeep.plans_matching(house.lin, UpkeepFilters(kind="retired"))).all() == [made]


def test_finding_37_plans_of_another_contract(house: House) -> None:
    made = plan(house.a)
    row = upkeep.drill(house.zheng, made.id, drill_draft())
    with pytest.raises(UpkeepNotFound):
        upkeep.find_plan(house.bai, made.id)
    with pytest.raises(UpkeepNotFound):
        upkeep.find_drill(house.bai, row.id)
    with pytest.raises(UpkeepNotFound):
        upkeep.drill(house.bai, made.id, drill_draft())


def test_what_falls_due(house: House) -> None:
    planned(house.a, house.wu, on=date(2025, 9, 28))
    made = plan(house.a, next_drill_on=date(2025, 10, 8))
    found = finding(begun(house.a), house.zheng, due_on=date(2025, 9, 30))
    told = upkeep.dues(house.lin, date(2025, 9, 25), date(2025, 10, 31))
    by_kind = {each.kind: each for each in told if each.due_on < date(2025, 10, 9)}
    assert by_kind[DueKind.INSPECTION].due_on == date(2025, 9, 28)
    assert (by_kind[DueKind.FINDING].object_id, by_kind[DueKind.FINDING].page_id) == (found.id, found.inspection_id)
    assert by_kind[DueKind.DRILL].object_id == made.id
    assert upkeep.dues(house.bai, date(2025, 9, 1), date(2025, 12, 31)) == []
    upkeep.rectify(house.zheng, found.id, done_on=date(2025, 9, 25), note="好了")
    upkeep.drill(house.zheng, made.id, drill_draft())
    kinds = {each.kind for each in upkeep.dues(house.lin, date(2025, 9, 25), date(2025, 9, 30))}
    assert kinds == {DueKind.INSPECTION}


def test_every_paper_of_the_room(house: House) -> None:
    made = plan(house.a)
    subjects = {
        "maintenance": work(house.a).id,
        "guidance": guidance(house.a).id,
        "visit": visit(house.a).id,
        "contingency_plan": made.id,
        "drill": upkeep.drill(house.zheng, made.id, drill_draft(lessons="通讯录要更新")).id,
    }
    for code, subject_id in subjects.items():
        paper = documents.issue(house.zheng, code, subject_id)
        assert paper.title == documents.kind_of(code).label
        facts = paper.content["blocks"]["facts"]
        assert facts["number"]
    assert paper.content["blocks"]["lessons"] == "通讯录要更新"
