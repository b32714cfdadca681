"""The working calendar's pages: who sees them, who changes the calendar, and that a preview changes nothing."""

from __future__ import annotations

import io
import re
from datetime import date
from typing import Any

import pytest
import time_machine

from server.domain import calendar
from server.domain.calendar import DayKind, YearStatus
from tests.factories import identity as people
from tests.factories.calendar import seeded_calendar

D = date.fromisoformat
TODAY = "2026-11-20T10:00:00+08:00"
CSV = "日期,类型,名称\n2027-01-01,节假日,元旦\n2027-02-20,调休上班,春节调休\n"
FIELDS = {"year": "2027", "status": "official", "source": "国务院办公厅通知"}


@pytest.fixture(autouse=True)
def _today() -> Any:
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
def zhou(client: Any) -> Any:
    """The administrator's browser, with 2025 to 2027 in the calendar."""
    seeded_calendar()
    return people.signed_in(client, people.officer("zhou"))


def test_the_year_is_drawn_with_words_beside_colours(zhou: Any) -> None:
    text = zhou.get("/admin/calendar/").text
    assert "2026 年工作日历" in text
    assert text.count('class="month"') == 12
    assert "10月10日 调休上班，国庆节调休" in text
    assert '<span aria-hidden="true">10</span><span class="day-mark" aria-hidden="true" data-mark="班"></span>' in text
    assert "248 天" in text
    assert "10月1日至10月7日" in text
    assert 'href="/admin/calendar/days/2026-10-10"' in text


def test_an_estimated_year_says_so_on_the_page_and_above_every_page(zhou: Any) -> None:
    text = zhou.get("/admin/calendar/?year=2027").text
    assert "以下按周末和法定节日估算" in text
    assert "确认为正式" in text
    assert "2027 年节假日为暂定" in zhou.get("/admin/calendar/").text
    with time_machine.travel("2026-10-31T10:00:00+08:00", tick=False):
        assert "2027 年节假日为暂定" not in zhou.get("/admin/calendar/").text


def test_a_missing_year_is_empty_and_leads_to_the_import(zhou: Any) -> None:
    text = zhou.get("/admin/calendar/?year=2031").text
    assert "2031 年日历未维护" in text
    assert "/admin/calendar/import?year=2031" in text
    assert zhou.get("/admin/calendar/?year=1066").status_code == 404
    assert zhou.get("/admin/calendar/days/2031-01-01").status_code == 409
    assert zhou.get("/admin/calendar/days/tomorrow").status_code == 404


def test_a_day_is_corrected(zhou: Any) -> None:
    assert "现在是工作日" in zhou.get("/admin/calendar/days/2026-12-31").text
    answer = zhou.post(
        "/admin/calendar/days/2026-12-31", data={"kind": "holiday", "name": "临时放假", "source": "省政府通知"}
    )
    assert answer.status_code == 303
    assert calendar.load().day(D("2026-12-31")).kind is DayKind.HOLIDAY


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"kind": "shifted_workday", "source": "通知"}, "不是周末，不能是调休上班"),
        ({"kind": "holiday", "source": ""}, "依据"),
    ],
)
def test_a_wrong_correction_is_told_beside_its_field(zhou: Any, data: dict[str, str], sentence: str) -> None:
    answer = zhou.post("/admin/calendar/days/2026-12-31", data=data)
    assert answer.status_code == 422
    assert sentence in answer.text


def test_an_import_is_previewed_then_applied(zhou: Any) -> None:
    before = calendar.load()
    data = {**FIELDS, "file": (io.BytesIO(CSV.encode("gb18030")), "2027.csv")}
    shown = zhou.post("/admin/calendar/import", data=data, content_type="multipart/form-data").text
    assert "尚未生效" in shown
    assert "2027-02-20（六）" in shown
    assert "没有未到期的时限因此移动" in shown
    assert "只列出 1 天节假日，少于法定的 13 天" in shown
    assert calendar.load() is before
    version = re.search(r'name="version" value="(\d+)"', shown)
    assert version is not None
    answer = zhou.post("/admin/calendar/import/apply", data={**FIELDS, "text": CSV, "version": version[1]})
    assert answer.status_code == 303
    assert calendar.load().status(2027) is YearStatus.OFFICIAL
    assert "2027 年节假日为暂定" not in zhou.get("/admin/calendar/").text


def test_an_import_that_was_overtaken_goes_back_to_the_start(zhou: Any) -> None:
    old = calendar.load().version
    zhou.post("/admin/calendar/days/2026-12-31", data={"kind": "holiday", "name": "", "source": "通知"})
    answer = zhou.post("/admin/calendar/import/apply", data={**FIELDS, "text": CSV, "version": str(old)})
    assert answer.status_code == 409
    assert calendar.load().status(2027) is YearStatus.PROVISIONAL


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"text": "date,kind\n2026-01-01,holiday\n"}, "不在 2027 年内"),
        ({"text": ""}, "首行应为"),
        ({"status": "missing", "text": CSV}, "状态"),
        ({"source": "", "text": CSV}, "依据"),
    ],
)
def test_a_bad_announcement_names_its_faults(zhou: Any, changes: dict[str, str], sentence: str) -> None:
    answer = zhou.post("/admin/calendar/import", data=FIELDS | changes)
    assert answer.status_code == 422
    assert sentence in answer.text


def test_files_that_are_no_text_or_too_large_are_refused(zhou: Any) -> None:
    for raw, sentence in ((b"\xff\xfe\xff" * 99, "编码"), (b"a" * 300_000, "256 KB")):
        data = {**FIELDS, "file": (io.BytesIO(raw), "2027.csv")}
        answer = zhou.post("/admin/calendar/import", data=data, content_type="multipart/form-data")
        assert answer.status_code == 422
        assert sentence in answer.text


def test_an_estimate_is_confirmed(zhou: Any) -> None:
    assert zhou.post("/admin/calendar/2027/publish", data={"source": ""}).status_code == 422
    assert zhou.post("/admin/calendar/2027/publish", data={"source": "国务院办公厅通知"}).status_code == 303
    assert calendar.load().status(2027) is YearStatus.OFFICIAL
    assert zhou.post("/admin/calendar/2027/publish", data={"source": "再来一次"}).status_code == 409


@pytest.mark.parametrize("login", ["lin", "shen", "zheng"])
def test_others_look_and_change_nothing(client: Any, login: str) -> None:
    seeded_calendar()
    browser = people.signed_in(client, people.officer(login))
    text = browser.get("/admin/calendar/?year=2027").text
    assert "/admin/calendar/days/" not in text
    assert "确认为正式" not in text
    assert browser.get("/admin/calendar/import").status_code == 403
    assert browser.get("/admin/calendar/days/2026-12-31").status_code == 403
    for path in ("days/2026-12-31", "2027/publish", "import", "import/apply"):
        assert browser.post(f"/admin/calendar/{path}", data={**FIELDS, "text": CSV}).status_code == 403
    assert calendar.load().version == 1


def test_strangers_are_sent_to_sign_in(client: Any) -> None:
    assert client.get("/admin/calendar/").status_code == 303
