"""Announcements as people bring them: CSV, JSON, published holiday lists; and every way to get them wrong."""

from __future__ import annotations

from datetime import date

import pytest

from server.core.errors import Invalid
from server.domain import calendar
from server.domain.calendar import DayEntry, DayKind

GOOD = [
    DayEntry(date(2027, 1, 1), DayKind.HOLIDAY, "元旦"),
    DayEntry(date(2027, 2, 20), DayKind.SHIFTED, "春节调休"),
]


@pytest.mark.parametrize(
    "text",
    [
        "date,kind,name\n2027-01-01,holiday,元旦\n2027-02-20,shifted_workday,春节调休\n",
        "\ufeff日期,类型,名称\r\n2027/01/01,节假日,元旦\r\n2027-02-20,调休上班,春节调休\r\n",
        (
            '[{"date":"2027-01-01","kind":"holiday","name":"元旦"},'
            '{"date":"2027-02-20","kind":"调休上班","name":"春节调休"}]'
        ),
        (
            '{"year":2027,"days":[{"date":"2027-01-01","name":"元旦","isOffDay":true},'
            '{"date":"2027-02-20","name":"春节调休","isOffDay":false}]}'
        ),
    ],
    ids=["csv", "csv from Excel in Chinese", "json", "published list"],
)
def test_one_announcement_in_four_forms(text: str) -> None:
    assert calendar.parse(text, 2027) == GOOD


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "首行应为"),
        ("日子,类别\n", "首行应为"),
        ("date,kind\n", "没有任何日期"),
        ("date,kind\n2026-01-01,holiday\n", "第 2 行：2026-01-01 不在 2027 年内"),
        ("date,kind\n2027-13-01,holiday\n", "第 2 行：日期“2027-13-01”应写成"),
        ("date,kind\n2027-01-01,feast\n", "类型“feast”应为"),
        ("date,kind\n2027-01-04,调休上班\n", "不是周末，不能是调休上班"),
        ("date,kind\n2027-01-02,工作日\n", "应登记为调休上班"),
        ("date,kind\n2027-01-01,holiday\n2027-01-01,holiday\n", "2027-01-01 出现了不止一次"),
        ("{", "不是有效的 JSON"),
        ("[1, 2]", "日期对象的列表"),
        ('{"days": 3}', "日期对象的列表"),
        ('[{"date": null, "kind": "holiday"}]', "第 1 项：日期“”"),
        ("date,kind,name\n2027-01-01,holiday," + "长" * 61, "名称不超过 60 个字"),
    ],
)
def test_every_fault_is_named_with_its_place(text: str, fault: str) -> None:
    with pytest.raises(Invalid) as refused:
        calendar.parse(text, 2027)
    assert any(fault in sentence for sentence in refused.value.fields["file"])
