"""Reports on paper: days as papers spell them, who made a week's report, on what ground a summary stands."""

from __future__ import annotations

from datetime import date

import pytest

from server.domain import documents, reports
from server.domain.documents import Format
from server.domain.reports import ReportKind
from server.domain.reports.days import spelled
from tests.reports.conftest import at
from tests.support import on_paper

WEEK = date(2025, 7, 15)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("2026-06-15 至 2026-06-21", "2026年6月15日至2026年6月21日"),
        ("2026-03-06 前提交月报（2026年2月）", "2026年3月6日前提交月报（2026年2月）"),
        ("于2026-01-02 03:18办结", "于2026年1月2日 03:18办结"),
        ("ZB-YW-SJJH-2025-01-2026-0001", "ZB-YW-SJJH-2025-01-2026-0001"),
        ("合同 YW-2025-01-20", "合同 YW-2025-01-20"),
        (
            {"labels": ["6-15", "12-1"], "values": [1.5, None]},
            {"labels": ["6月15日", "12月1日"], "values": [1.5, None]},
        ),
    ],
)
def test_days_are_spelled_and_numbers_left_alone(told, said):
    assert spelled(told) == said


def test_a_week_names_who_made_it_and_leaves_room_for_the_others(office):
    with at("2025-07-21 09:00"):
        report = reports.draft(office.zheng, contract_id=office.contract.id, kind=ReportKind.WEEKLY, day=WEEK)
        reports.submit(office.zheng, report.id, seq=report.seq)
        paper = documents.standing(ReportKind.WEEKLY.value, report.id)
        files = on_paper.files_of(paper)
    assert paper.title == "运维周报（2025年7月14日至2025年7月20日）"
    values = on_paper.values_of(files[Format.DOCX])
    assert (values["编制人"], values["审核人"], values["接收人"]) == (office.zheng.name, "", "")
    assert values["报告期间"] == "2025年7月14日至2025年7月20日"
    told = on_paper.of_pdf(files[Format.PDF])
    assert "2025-07" not in told
    # nothing to compare a first version with
    assert "差异" not in told


def test_a_summary_names_its_ground_scope_and_people(office):
    with at("2025-08-01 09:00"):
        report = reports.draft(office.zheng, contract_id=office.contract.id, kind=ReportKind.SUMMARY, day=WEEK)
        head = dict(reports.content_of(report).head)
    assert head["服务依据"] == f"《{office.contract.title}》（{office.contract.number}）"
    assert head["服务范围"]
    assert head["服务组织"]


def test_a_deadline_at_midnight_is_the_end_of_its_day(office):
    with at("2025-08-06 09:00"):
        report = reports.draft(
            office.zheng, contract_id=office.contract.id, kind=ReportKind.MONTHLY, day=date(2025, 8, 1)
        )
        rows = reports.content_of(report).grid("owed.rows").rows
    assert rows
    assert not [row for row in rows if row[2].endswith(" 00:00")]
