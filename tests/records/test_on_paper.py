"""What the papers of acceptance say is what the room has on record: days, items, members, and how a deadline came about."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from server.core import clock, spelling
from server.domain import documents, records
from server.domain.records import Completion, ItemCheck, ItemResult
from server.domain.records.on_paper import ACCEPTANCE, DEEMED, MATERIAL, NOTICE, NotDecided
from tests.factories.records import at, material, notice, received
from tests.records.conftest import House
from tests.support.on_paper import Paper, issued

CHECKED = (ItemCheck(ItemResult.PASSED), ItemCheck(ItemResult.FAILED, "列表仍为正序"))


@pytest.fixture
def friday() -> Any:
    """Friday 2025-09-26, 10:00: the third day after is a Monday."""
    with time_machine.travel(at("2025-09-26 10:00"), tick=False) as moved:
        yield moved


def test_a_notice_says_by_when_the_bureau_has_to_speak(friday: Any, house: House) -> None:
    made = notice(house.a)
    waiting = issued(house.zheng, NOTICE, made.id)
    assert waiting.says("签收时间", "待签收")
    records.receive(house.lin, made.id)
    paper = issued(house.zheng, NOTICE, made.id)
    assert paper.says("通知编号", made.number)
    assert paper.says("签收时间", spelling.moment(made.received_at))
    assert paper.says("验收截止日", f"{spelling.day(made.due_on)} 24:00")
    assert paper.says("验收截止日", "2025年9月29日 24:00")
    items_are_told(paper, made)


@pytest.mark.parametrize("accepted", [True, False])
def test_a_verdict_is_printed_item_by_item(friday: Any, house: House, accepted: bool) -> None:
    made = received(house.a)
    with pytest.raises(NotDecided):
        documents.issue(house.lin, ACCEPTANCE, made.id)
    friday.move_to(at("2025-09-28 16:00"))
    if accepted:
        records.accept(house.lin, made.id, remark="运行正常", members="林岚、周正")
    else:
        results = {item.position: check for item, check in zip(records.items_of(made), CHECKED, strict=True)}
        records.reject(house.lin, made.id, reasons="列表仍为正序", results=results)
    paper = issued(house.lin, ACCEPTANCE, made.id)
    assert made.conclusion is not None
    assert paper.says("验收结论", made.conclusion.label)
    assert paper.says("验收时间", spelling.moment(made.decided_at))
    assert paper.says("验收人员", "林岚、周正" if accepted else made.decided_by_name)
    assert paper.says("验收意见", made.reasons)
    for item in records.items_of(made):
        assert item.result is not None
        assert paper.holds(f"{item.standard}{item.text}{item.result.label}{item.remark or '—'}")
    with pytest.raises(NotDecided):
        documents.issue(house.lin, DEEMED, made.id)


@pytest.mark.parametrize("received_on", ["2025-09-26", "2025-09-30", "2026-02-13"])
def test_silence_is_told_with_the_reckoning_and_the_proof(house: House, received_on: str) -> None:
    with time_machine.travel(at(f"{received_on} 17:30"), tick=False) as moved:
        made = received(house.a)
        assert made.due_on is not None
        moved.move_to(clock.end_of(made.due_on) + timedelta(hours=3))
        records.deem()
        paper = issued(house.lin, DEEMED, made.id)
    assert paper.says("签收时间", spelling.moment(made.received_at))
    assert paper.says("验收截止", f"{spelling.day(made.due_on)} 24:00")
    assert paper.says("视为通过时间", spelling.moment(clock.end_of(made.due_on)))
    assert made.trace
    for line in made.trace:
        assert paper.holds(str(line))
    for receipt in records.receipts_of(made):
        assert paper.holds(f"{spelling.moment(receipt.received_at)}{receipt.kind.label}{receipt.received_by}")
    items_are_told(paper, made)
    assert "签字：" not in paper.pdf


def test_a_material_is_told_with_its_days(friday: Any, house: House) -> None:
    made = material(house.a)
    paper = issued(house.lin, MATERIAL, made.id)
    assert paper.says("提出日期", "2025年3月10日")
    assert paper.says("应交日期", spelling.day(made.due_on))
    assert paper.says("资料名称", made.item)


def items_are_told(paper: Paper, made: Completion) -> None:
    for item in records.items_of(made):
        assert paper.holds(f"{item.standard}{item.text}")
