"""Lists as files: what the filter finds, who took it, nothing that a spreadsheet would run, and a line in the trail."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import datetime

import pytest

from server.admin import exports
from server.core.clock import LOCAL
from server.domain import tickets
from server.domain.tickets import Kind

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=LOCAL)


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(NOON, tick=False)


def take(browser, form="csv", query=""):
    return browser.post("/admin/tickets/export", data={"form": form, "query": query})


def rows_of(answer):
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))


def test_the_file_holds_the_filter_the_time_and_who_took_it(desk):
    desk.ticket(title="公告打不开")
    lin_actor = desk.actor("lin")
    tickets.open(lin_actor, kind=Kind.CONSULTATION, text="怎么办理？", title="咨询")
    answer = take(desk.sit("lin"), query="kind=bug&sort=number&page=7")
    assert answer.status_code == 200
    assert answer.mimetype == "text/csv"
    assert "filename*=UTF-8''%E5%B7%A5%E5%8D%95-20260303-1200.csv" in answer.headers["Content-Disposition"]
    rows = rows_of(answer)
    assert rows[0] == ["工单导出，共 1 个"]
    assert rows[1] == ["筛选条件：类型：缺陷"]
    assert rows[2] == ["导出时间：2026-03-03 12:00:00（北京时间）"]
    assert rows[3] == ["导出人：林岚，临江市市场监督管理局。内部资料，请勿外传。"]
    table = [dict(zip(rows[4], row, strict=True)) for row in rows[5:]]
    assert [row["标题"] for row in table] == ["公告打不开"]
    assert table[0]["响应时限"] == "2026-03-03 14:00"
    assert table[0]["响应是否达标"] == "未到期"
    entry = desk.trail("ticket.exported")[-1]
    assert entry.actor_name == "林岚"
    assert "导出 1 个工单（CSV）：类型：缺陷" in entry.summary


@pytest.mark.parametrize("title", ["=HYPERLINK(1)", "+1", "-2", "@SUM(A1)"])
def test_no_cell_is_a_formula(desk, title):
    desk.ticket(title=title)
    assert [row[1] for row in rows_of(take(desk.sit("lin")))[5:]] == [f"'{title}"]
    sheet = take(desk.sit("lin"), "xlsx")
    assert sheet.mimetype.endswith("spreadsheetml.sheet")
    with zipfile.ZipFile(io.BytesIO(sheet.data)) as book:
        cells = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in cells
    assert "hyperlink" not in cells


def test_telephone_numbers_in_titles_are_masked(desk):
    desk.ticket(title="请打 13812345678 联系我")
    assert "13812345678" not in take(desk.sit("lin")).data.decode()


def test_each_takes_only_what_is_theirs(desk):
    ours = desk.ticket(title="我们的")
    desk.ticket(title="他们的", contract=desk.theirs)
    assert [row[0] for row in rows_of(take(desk.sit("wu")))[5:]] == [ours.number]
    assert take(desk.sit("zheng")).status_code == 403
    assert desk.client.get("/admin/tickets/export").status_code in (404, 405)


def test_too_many_rows_are_refused_with_a_hint(desk, monkeypatch):
    monkeypatch.setattr(exports, "MOST_ROWS", 2)
    for number in range(3):
        desk.ticket(text=f"第 {number} 个")
    answer = desk.sit("lin").post("/admin/tickets/export", data={"query": ""}, headers={"HX-Request": "true"})
    assert answer.status_code == 409
    assert not desk.trail("ticket.exported")
