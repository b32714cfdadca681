"""The reports' pages: from the calendar to a draft, texts, problems, submission, return and signature, and who sees nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from server.domain import reports
from server.domain.identity import SCHEDULER
from server.domain.reports import Report, ReportKind, ReportState
from tests.admin.conftest import Desk

NOW = "2026-11-20T10:00:00+08:00"
OCTOBER = "2026-10-05"


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def begin(desk: Desk, kind: ReportKind = ReportKind.SUMMARY) -> Report:
    data = {"contract": str(desk.ours.id), "kind": kind.value, "day": OCTOBER}
    answer = desk.sit("zheng").post("/admin/reports/draft", data=data)
    assert answer.status_code == 303
    found = reports.reports_of(SCHEDULER, desk.ours.id)
    assert answer.location.endswith(f"/admin/reports/{found[0].id}")
    return found[0]


def post(desk: Desk, who: str, report: Report, verb: str, **data: Any) -> Any:
    fresh = reports.find(SCHEDULER, report.id)
    return desk.sit(who).post(
        f"/admin/reports/{report.id}/{verb}", data={"seq": fresh.seq, "version": fresh.version} | data
    )


def now(report: Report) -> Report:
    return reports.find(SCHEDULER, report.id)


def test_the_calendar_shows_what_is_owed_and_begins_a_draft(desk: Desk) -> None:
    text = desk.sit("zheng").get("/admin/reports/").text
    assert "运维总结报告（每月）" in text
    assert "点击编制" in text
    assert desk.theirs.number not in text
    report = begin(desk)
    assert f"/admin/reports/{report.id}" in desk.sit("lin").get(f"/admin/reports/?contract={desk.ours.id}").text
    assert desk.sit("bai").get(f"/admin/reports/?contract={desk.ours.id}").status_code == 404


def test_a_report_from_draft_to_signed(desk: Desk) -> None:
    report = begin(desk)
    text = desk.sit("zheng").get(f"/admin/reports/{report.id}").text
    assert "自动生成" in text
    assert "工单受理与办结" in text
    assert post(desk, "zheng", report, "texts", summary="十月运行平稳。").status_code == 303
    bare = {"problem-kind": "technical", "kind": "technical", "problem-text": "接口超时", "text": "接口超时"}
    assert post(desk, "zheng", report, "problems", **bare).status_code == 303
    refused = post(desk, "zheng", report, "submit")
    assert refused.status_code == 409
    assert "责任人" in refused.text
    row = reports.problems_of(now(report))[0]
    assert post(desk, "zheng", report, f"problems/{row.id}/drop").status_code == 303
    assert post(desk, "lin", report, "submit").status_code == 403
    assert post(desk, "zheng", report, "submit").status_code == 303
    assert now(report).state is ReportState.SUBMITTED
    assert post(desk, "zheng", report, "texts", summary="再改").status_code == 409

    back = post(desk, "lin", report, "send-back", reason="请写明整改", **{"send_back-reason": "请写明整改"})
    assert back.status_code == 303
    assert "请写明整改" in desk.sit("zheng").get(f"/admin/reports/{report.id}").text
    assert post(desk, "zheng", report, "texts", advice="建议扩容。").status_code == 303
    assert post(desk, "zheng", report, "submit").status_code == 303
    assert "建议扩容。" in desk.sit("lin").get(f"/admin/reports/{report.id}/versions/2").text
    assert post(desk, "lin", report, "sign").status_code == 303
    assert now(report).state is ReportState.SIGNED
    shown = desk.sit("lin").get(f"/admin/reports/{report.id}").text
    assert "十月运行平稳。" in shown
    assert "退回修改" not in shown


def test_each_figure_leads_to_what_it_counts(desk: Desk) -> None:
    with time_machine.travel("2026-10-09T10:00:00+08:00", tick=False):
        ticket = desk.ticket()
    report = begin(desk)
    text = desk.sit("lin").get(f"/admin/reports/{report.id}/figures/desk.received").text
    assert ticket.number in text
    address = re.search(r'href="(/admin/tickets/\?[^"]+)"', text)
    assert address is not None
    assert ticket.number in desk.client.get(address[1].replace("&amp;", "&")).text
    assert desk.client.get(f"/admin/reports/{report.id}/figures/none").status_code == 404


def test_every_source_is_a_page(desk: Desk) -> None:
    report = begin(desk, ReportKind.MONTHLY)
    client = desk.sit("zhou")
    content = reports.content_of(now(report))
    for address in {one.address for section in content.sections for one in section.figures if one.address}:
        assert client.get(address).status_code == 200, address


def test_a_stale_page_is_told_so(desk: Desk) -> None:
    report = begin(desk)
    assert post(desk, "zheng", report, "texts", summary="甲").status_code == 303
    late = desk.sit("wu").post(f"/admin/reports/{report.id}/texts", data={"seq": 1, "summary": "乙"})
    assert late.status_code == 409
    assert now(report).texts["summary"] == "甲"


def test_another_vendor_finds_nothing(desk: Desk) -> None:
    report = begin(desk)
    client = desk.sit("bai")
    for path in ("", "/figures/desk.received", "/versions/1"):
        assert client.get(f"/admin/reports/{report.id}{path}").status_code == 404
    for verb in ("texts", "submit", "remark", "problems", "inspection"):
        assert client.post(f"/admin/reports/{report.id}/{verb}", data={"seq": 1, "text": "x"}).status_code == 404
    data = {"contract": str(desk.ours.id), "kind": "summary_report", "day": OCTOBER}
    assert client.post("/admin/reports/draft", data=data).status_code == 404


def test_the_pages_cost_the_same_whatever_came(desk: Desk, queries: Any) -> None:
    report = begin(desk)
    client = desk.sit("zheng")
    client.get(f"/admin/reports/{report.id}")
    with queries() as before:
        client.get(f"/admin/reports/{report.id}")
    with time_machine.travel("2026-10-09T10:00:00+08:00", tick=False):
        for _ in range(5):
            desk.ticket()
    # what the tickets wrote goes out first
    client.get(f"/admin/reports/{report.id}")
    with queries() as after:
        client.get(f"/admin/reports/{report.id}")
    assert len(after) <= len(before) + 2


def test_money_is_shown_to_those_who_may_see_payments(desk: Desk) -> None:
    report = begin(desk)
    for who, seen in (("zheng", False), ("wu", True), ("lin", True)):
        client = desk.sit(who)
        assert ("付款与违约责任" in client.get(f"/admin/reports/{report.id}").text) is seen, who
        answer = client.get(f"/admin/reports/{report.id}/figures/money.paid")
        assert answer.status_code == (200 if seen else 404), who
    assert reports.content_of(now(report)).figure("money.paid") is not None
