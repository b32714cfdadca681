"""An inspection from plan to signature (A13, B05), its findings, and the months that want one (finding 18)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine

from server.core.db import session as unit
from server.core.errors import Conflict, Forbidden, Invalid, NotFound
from server.core.ids import new_id
from server.domain import documents, upkeep
from server.domain.documents import Document, DocumentState
from server.domain.identity import SCHEDULER
from server.domain.upkeep import (
    EventKind,
    Frozen,
    InspectionState,
    ItemDraft,
    ItemForm,
    MonthTaken,
    Moved,
    NotSubmitted,
    Section,
    UpkeepNotFound,
    Verdict,
    WrongState,
)
from server.domain.upkeep.states import TRANSITIONS
from server.domain.upkeep.values import checked, suggested, told
from tests.factories.contracts import contract_a
from tests.factories.records import at
from tests.factories.upkeep import GOOD, begun, filled, finding, plan, planned, submitted, work
from tests.upkeep.conftest import House

S = InspectionState


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel(at("2025-09-25 10:00"), tick=False):
        yield


def test_finding_18_contract_a_touches_thirteen_months(session: object) -> None:
    a = contract_a(ends_on=date(2026, 3, 31))
    months = upkeep.expected_months(a)
    assert len(months) == 13
    assert (months[0].starts_on, months[-1].ends_on) == (date(2025, 3, 1), date(2026, 3, 31))


def test_finding_18_contract_b(house: House) -> None:
    # 2025-07-07 to 2026-07-06 touches thirteen calendar months; whether the torn ones count is the terms' own reading.
    assert len(upkeep.expected_months(house.b)) in (12, 13)
    owed = [each for each in documents_owed(house) if each == "inspection"]
    assert len(upkeep.expected_months(house.b)) == len(owed)


def documents_owed(house: House) -> list[str]:
    """What the deliverables' own reading expects of B."""
    from server.domain import calendar, deliverables

    return [each.key for each in deliverables.owed_by(house.b, calendar.load(), today=date(2025, 9, 25))]


def test_months_late_soon_and_done(house: House) -> None:
    months = {month.month_on: month for month in upkeep.months_of(house.wu, house.a)}
    assert months[date(2025, 8, 1)].late
    # Five days are left of September.
    assert months[date(2025, 9, 1)].soon
    submitted(house.a)
    september = next(each for each in upkeep.months_of(house.wu, house.a) if each.month_on == date(2025, 9, 1))
    assert september.done is not None
    assert not september.soon
    assert date(2025, 9, 1) not in {each.month_on for each in upkeep.late_months(upkeep.months_of(house.wu, house.a))}


def test_a13_a_month_inspected_from_afar_is_not_done(house: House) -> None:
    made = filled(begun(house.a), house.zheng)
    upkeep.save_head(
        house.zheng,
        made.id,
        version=made.version,
        inspected_on=date(2025, 9, 25),
        place="线上",
        inspector="郑一鸣",
        on_site=False,
        off_site_reason="台风封路",
    )
    upkeep.submit(house.zheng, made.id)
    september = next(each for each in upkeep.months_of(house.wu, house.a) if each.month_on == date(2025, 9, 1))
    assert september.done is None
    extra = upkeep.begin(house.zheng, house.a.id, month_on=date(2025, 9, 1), inspector="郑一鸣", extra=True)
    assert extra.slot is None
    filled(extra, house.zheng)
    upkeep.submit(house.zheng, extra.id)
    september = next(each for each in upkeep.months_of(house.wu, house.a) if each.month_on == date(2025, 9, 1))
    assert september.done == extra


def test_the_years_plan(house: House) -> None:
    made, _ = upkeep.plan_year(house.wu, house.a.id, working_day=3, inspector="郑一鸣")
    by_month = {each.month_on: each.planned_on for each in made}
    # October 2025: 1 to 8 free, 9 and 10 work, Saturday 11 works: the third working day.
    assert by_month[date(2025, 10, 1)] == date(2025, 10, 11)
    assert date(2025, 8, 1) not in by_month
    again, _ = upkeep.plan_year(house.wu, house.a.id, working_day=3, inspector="郑一鸣")
    assert again == []
    first = made[0]
    with pytest.raises(Invalid):
        upkeep.reschedule(house.wu, first.id, planned_on=date(2025, 10, 1), inspector="x", version=first.version)
    upkeep.cancel(house.wu, first.id, reason="误列")
    assert begun(house.a).id != first.id


def test_no_day_is_guessed_where_the_calendar_is_missing(house: House) -> None:
    far = contract_a(ends_on=date(2035, 1, 31))
    _, missing = upkeep.plan_year(house.lin, far.id, working_day=3, inspector="郑一鸣")
    assert missing[-1] == "2035年1月"


def test_the_plan_is_taken_up_when_the_month_comes(house: House) -> None:
    first = planned(house.a, house.wu, on=date(2025, 9, 26))
    opened = begun(house.a)
    assert opened.id == first.id
    assert opened.state is S.DRAFT
    with pytest.raises(MonthTaken):
        begun(house.a)
    with pytest.raises(Invalid):
        begun(house.a, month_on=date(2025, 10, 1))


def test_items_come_from_the_contracts_list(house: House) -> None:
    made = begun(house.a)
    assert {item.section for item in upkeep.items_of(made)} >= {Section.WECHAT, Section.CERTIFICATES, Section.BACKUPS}
    other = begun(house.b, house.bai)
    totals = {item.title: item.total for item in upkeep.items_of(other) if item.form is ItemForm.TASKS}
    assert sorted(totals.values()) == [14, 140]
    items = [ItemDraft(Section.HOSTS, "唯一的主机", ItemForm.HOST)]
    saved = upkeep.save_checklist(house.wu, house.a.id, items, follows=0, reason="精简", warn=70, critical=85)
    assert saved.version == 1
    with pytest.raises(Moved):
        upkeep.save_checklist(house.wu, house.a.id, items, follows=0, reason="又一次")
    with pytest.raises(Invalid):
        upkeep.save_checklist(house.wu, house.a.id, items, follows=1, reason="x", warn=90, critical=80)
    with pytest.raises(NotFound):
        upkeep.save_checklist(house.bai, house.a.id, items, follows=1, reason="x")
    # What was begun keeps its own.
    assert len(upkeep.items_of(made)) > 1
    with time_machine.travel(at("2025-10-20 10:00"), tick=False):
        later = begun(house.a)
        assert [item.title for item in upkeep.items_of(later)] == ["唯一的主机"]
        assert (later.warn, later.critical) == (70, 85)


def test_an_item_is_saved_as_one_goes(house: House) -> None:
    made = begun(house.a)
    item = upkeep.items_of(made)[0]
    save = upkeep.save_item
    kept = save(house.zheng, made.id, item.id, version=1, given=GOOD[ItemForm.HOST] | {"disk_max": "91"}, verdict=None)
    assert (kept.verdict, kept.version) == (Verdict.ABNORMAL, 2)
    with pytest.raises(Moved):
        save(house.wu, made.id, item.id, version=1, given={}, verdict=Verdict.NORMAL)
    with pytest.raises(Invalid) as refused:
        save(house.zheng, made.id, item.id, version=2, given={"cpu_avg": "八成"}, verdict=None)
    assert "cpu_avg" in refused.value.fields
    with pytest.raises(Invalid):
        save(house.zheng, made.id, item.id, version=2, given={}, verdict=Verdict.SKIPPED)
    with pytest.raises(UpkeepNotFound):
        save(house.bai, made.id, item.id, version=2, given={}, verdict=Verdict.NORMAL)
    with pytest.raises(UpkeepNotFound):
        save(house.zheng, made.id, new_id(), version=1, given={}, verdict=Verdict.NORMAL)


@pytest.mark.parametrize(
    ("form", "values", "total", "verdict"),
    [
        (ItemForm.HOST, {"cpu_max": "10", "memory_max": "20", "disk_max": "79.9"}, None, Verdict.NORMAL),
        (ItemForm.HOST, {"cpu_max": "10", "memory_max": "80", "disk_max": "30"}, None, Verdict.WATCH),
        (ItemForm.HOST, {"cpu_max": "90", "memory_max": "80", "disk_max": "30"}, None, Verdict.ABNORMAL),
        (ItemForm.HOST, {"cpu_max": "90"}, None, None),
        (ItemForm.TASKS, {"normal": "140"}, 140, Verdict.NORMAL),
        (ItemForm.TASKS, {"normal": "139"}, 140, Verdict.WATCH),
        (ItemForm.TASKS, {"normal": "138", "abnormal": "2", "repushed": "2"}, 140, Verdict.WATCH),
        (ItemForm.TASKS, {"normal": "138", "abnormal": "2"}, 140, Verdict.ABNORMAL),
        (ItemForm.COUNTS, {"equal": "14"}, 14, Verdict.NORMAL),
        (ItemForm.COUNTS, {"equal": "13", "different": "1"}, 14, Verdict.ABNORMAL),
        (ItemForm.CHECK, {"result": "好"}, None, None),
    ],
)
def test_figures_suggest_a_verdict(
    form: ItemForm, values: dict[str, str], total: int | None, verdict: Verdict | None
) -> None:
    assert suggested(form, values, total=total, warn=80, critical=90) is verdict


def test_values_have_one_shape() -> None:
    assert checked(ItemForm.HOST, {"cpu_avg": " 46.50% ", "cpu_max": "100"}) == {"cpu_avg": "46.5", "cpu_max": "100"}
    for bad in ({"cpu_avg": "101"}, {"cpu_avg": "-1"}, {"cpu_avg": "NaN"}, {"cpu_avg": "50", "cpu_max": "40"}):
        with pytest.raises(Invalid):
            checked(ItemForm.HOST, bad)
    for bad in ({"normal": "1.5"}, {"abnormal": "1", "repushed": "2"}, {"normal": "-3"}):
        with pytest.raises(Invalid):
            checked(ItemForm.TASKS, bad)
    assert told(ItemForm.TASKS, {"normal": "139", "abnormal": "1"}, total=140) == "共 140，正常 139，异常 1"


def test_an_unfinished_sheet_is_not_taken(house: House) -> None:
    made = begun(house.a)
    with pytest.raises(Invalid) as refused:
        upkeep.submit(house.zheng, made.id)
    assert "没有结论" in refused.value.text
    filled(made, house.zheng, abnormal="证书")
    with pytest.raises(Invalid) as refused:
        upkeep.submit(house.zheng, made.id)
    assert "须登记问题" in refused.value.text
    item = next(each for each in upkeep.items_of(made) if "证书" in each.title)
    finding(made, house.zheng, item_id=item.id)
    assert upkeep.submit(house.zheng, made.id).state is S.SUBMITTED


def test_what_was_submitted_is_frozen(house: House) -> None:
    made = submitted(house.a)
    item = upkeep.items_of(made)[0]
    with pytest.raises(Frozen):
        upkeep.save_item(house.zheng, made.id, item.id, version=item.version, given={}, verdict=Verdict.NORMAL)
    with pytest.raises(Frozen):
        upkeep.save_head(house.zheng, made.id, version=made.version, inspected_on=None, place="", inspector="")
    with pytest.raises(Frozen):
        finding(made, house.zheng)
    with pytest.raises(Frozen):
        upkeep.submit(house.zheng, made.id)
    with pytest.raises(Forbidden):
        upkeep.send_back(house.zheng, made.id, reason="x")
    upkeep.send_back(house.lin, made.id, reason="磁盘写错")
    assert (made.state, made.returned_reason) == (S.RETURNED, "磁盘写错")
    finding(made, house.zheng)
    upkeep.submit(house.zheng, made.id)
    assert [event.kind for event in upkeep.events_of(made)] == [
        EventKind.BEGUN,
        EventKind.SUBMITTED,
        EventKind.RETURNED,
        EventKind.SUBMITTED,
    ]


def test_signed_when_the_sheet_is(house: House) -> None:
    made = begun(house.a)
    with pytest.raises(NotSubmitted):
        documents.issue(house.zheng, upkeep.kind_for(made), made.id)
    filled(made, house.zheng)
    upkeep.submit(house.zheng, made.id)
    first = documents.issue(house.zheng, "inspection", made.id)
    upkeep.send_back(house.lin, made.id, reason="重填")
    assert first.state is DocumentState.VOID
    upkeep.submit(house.zheng, made.id)
    sheet = documents.issue(house.zheng, "inspection", made.id)
    assert upkeep.await_signature() == []
    with pytest.raises(Conflict):
        upkeep.mark_signed(SCHEDULER, made.id, sheet)
    sheet.state = DocumentState.SIGNED
    unit().flush()
    assert upkeep.await_signature() == [(made.id, sheet.id)]
    assert upkeep.settle_signed(SCHEDULER) == 1
    assert upkeep.settle_signed(SCHEDULER) == 0
    assert made.state is S.SIGNED
    with pytest.raises(WrongState):
        upkeep.send_back(house.lin, made.id, reason="晚了")
    with pytest.raises(Forbidden):
        upkeep.settle_signed(house.wu)


def test_only_the_table_moves_an_inspection() -> None:
    moves = {(before, after) for states, after in TRANSITIONS.values() for before in states}
    assert moves == {
        (S.PLANNED, S.DRAFT),
        (S.PLANNED, S.CANCELLED),
        (S.DRAFT, S.CANCELLED),
        (S.DRAFT, S.SUBMITTED),
        (S.RETURNED, S.SUBMITTED),
        (S.SUBMITTED, S.RETURNED),
        (S.SUBMITTED, S.SIGNED),
    }


def test_the_sheet_on_paper(house: House) -> None:
    work(house.a, what="九月清理")
    kept = plan(house.a)
    made = begun(house.a)
    item = next(each for each in upkeep.items_of(made) if "证书" in each.title)
    finding(made, house.zheng, item_id=item.id, plan_id=kept.id)
    filled(made, house.zheng)
    upkeep.submit(house.zheng, made.id)
    sheet = documents.issue(house.zheng, upkeep.kind_for(made), made.id)
    blocks = sheet.content["blocks"]
    assert sheet.number.startswith("XJ-")
    assert blocks["facts"]["verdicts"] == "共 12 项：正常 12"
    assert blocks["hosts"][0]["cpu"] == "21% / 46.5%"
    assert blocks["hosts"][0]["threshold"] == "80%/90%"
    assert blocks["findings"][0]["links"] == kept.number
    assert [each["what"] for each in blocks["works"]] == ["九月清理"]
    assert upkeep.kind_for(begun(house.b, house.bai)) == "inspection_monthly"


def test_every_inspection_of_another_contract_is_not_there(house: House) -> None:
    made = submitted(house.a)
    with pytest.raises(UpkeepNotFound):
        upkeep.find_inspection(house.bai, made.id)
    with pytest.raises(NotFound):
        documents.issue(house.bai, "inspection", made.id)
    assert unit().scalars(upkeep.inspections_matching(house.bai)).all() == []
    assert unit().query(Document).count() == 0


def test_begun_by_mistake(house: House) -> None:
    made = begun(house.a)
    upkeep.cancel(house.zheng, made.id, reason="月份选错")
    assert made.slot is None
    again = begun(house.a)
    assert again.number != made.number
    with pytest.raises(WrongState):
        upkeep.cancel(house.zheng, submit(again, house).id, reason="x")


def submit(made: upkeep.Inspection, house: House) -> upkeep.Inspection:
    return upkeep.submit(house.zheng, filled(made, house.zheng).id)
