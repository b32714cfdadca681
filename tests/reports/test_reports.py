"""A report's way: draft, texts under a lock, problems, frozen on submission, returned, again with differences, signed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from server.core.errors import Forbidden, NotFound
from server.domain import deliverables, documents, reports
from server.domain.deliverables import State
from server.domain.documents import DocumentState
from server.domain.reports import EditKind, ProblemDraft, ProblemKind, ProblemState, ReportKind, ReportState, TextKey
from tests.factories import tickets as desk
from tests.factories import upkeep as field
from tests.reports.conftest import at

JULY = date(2025, 7, 15)


def drafted(office, kind=ReportKind.MONTHLY, day=JULY):
    return reports.draft(office.zheng, contract_id=office.contract.id, kind=kind, day=day)


def inspected(office, **values):
    with at("2025-07-21 09:00"):
        return field.submitted(office.contract, office.zheng, **values)


def submitted(office):
    inspected(office)
    report = drafted(office)
    reports.submit(office.zheng, report.id, seq=report.seq)
    return report


def test_a_month_is_cut_to_the_contract_and_takes_the_inspection_along(office):
    with at("2025-08-01 09:00"):
        report = drafted(office)
    assert (report.starts_on, report.ends_on) == (date(2025, 7, 7), date(2025, 7, 31))
    assert (report.key, report.owed, report.with_inspection) == ("monthly", True, True)
    assert reports.title_of(report) == "运维月报（2025年7月）"


def test_one_report_a_cycle_and_none_before_it_begins(office):
    with at("2025-08-01 09:00"):
        drafted(office)
        with pytest.raises(reports.AlreadyDrafted):
            drafted(office)
        with pytest.raises(reports.NotBegun):
            drafted(office, day=date(2025, 9, 1))


def test_texts_write_themselves_until_a_person_does_and_the_log_keeps_both(office):
    with at("2025-08-01 09:00"):
        report = drafted(office)
        assert reports.content_of(report).texts["summary"].startswith("本月期初未办结 0 件")
        seq = report.seq
        reports.write(office.zheng, report.id, seq=seq, texts={TextKey.SUMMARY: "运行平稳。"})
        assert reports.content_of(report).texts["summary"] == "运行平稳。"
        with pytest.raises(reports.ReportMoved):
            reports.write(office.zheng, report.id, seq=seq, texts={TextKey.SUMMARY: "旧页面"})
        line = reports.history_of(report)[0]
        assert (line.kind, line.subject, line.before, line.after) == (EditKind.TEXT, "summary", "", "运行平稳。")


def test_a_running_period_is_a_preview_only(office):
    with at("2025-07-20 09:00"):
        report = drafted(office)
        assert dict(reports.content_of(report).head)["数据截至"] == "2025-07-20 09:00"
        with pytest.raises(reports.NotReady, match="报告期"):
            reports.submit(office.zheng, report.id, seq=report.seq)


def test_a_problem_needs_owner_and_date_and_goes_on(office):
    inspected(office)
    with at("2025-08-01 09:00"):
        report = drafted(office)
        bare = ProblemDraft(ProblemKind.TECHNICAL, "接口偶发超时")
        row = reports.put_problem(office.zheng, report.id, bare, seq=report.seq)
        with pytest.raises(reports.NotReady, match="责任人"):
            reports.submit(office.zheng, report.id, seq=report.seq)
        whole = replace(bare, measure="扩容连接池", owner="郑一鸣", due_on=date(2025, 8, 20))
        reports.put_problem(office.zheng, report.id, whole, seq=report.seq, problem_id=row.id)
        reports.submit(office.zheng, report.id, seq=report.seq)
    with at("2025-09-01 09:00"):
        following = drafted(office, day=date(2025, 8, 3))
        carried = reports.problems_of(following)
        assert [(each.text, each.state, each.from_id) for each in carried] == [
            ("接口偶发超时", ProblemState.OPEN, row.id)
        ]


def test_submitting_freezes_numbers_and_hands_in_together(office):
    with at("2025-08-01 09:00"):
        report = submitted(office)
        paper = documents.standing("monthly_report", report.id)
        assert paper.number.startswith(f"YB-{office.contract.number}-2025-")
        assert paper.state is DocumentState.MAKING
        assert office.duty("monthly", "2025-07-01").state is State.HANDED_IN
        assert office.duty("inspection", "2025-07-01").delivery.with_id == report.delivery_id
        with pytest.raises(reports.ReportFrozen):
            reports.write(office.zheng, report.id, seq=report.seq, texts={TextKey.PLAN: "x"})


def test_a_frozen_report_does_not_change_when_data_do(office):
    with at("2025-08-01 09:00"):
        report = submitted(office)
        before = reports.content_of(report)
        assert reports.changed_since(report) == []
    with at("2025-07-10 10:00"):
        desk.ticket(contract_id=office.contract.id)
    with at("2025-08-02 09:00"):
        assert reports.content_of(report) == before
        moved = {each.what: (each.before, each.after) for each in reports.changed_since(report)}
        assert moved["工单受理与办结 · 新接报"] == ("0 件", "1 件")


def test_returned_again_with_differences_and_signed_in_step(office):
    with at("2025-08-01 09:00"):
        report = submitted(office)
        with pytest.raises(Forbidden):
            reports.sign(office.zheng, report.id)
        reports.send_back(office.lin, report.id, reason="请补充值班情况", version=1)
        assert (report.state, office.duty("monthly", "2025-07-01").state) == (ReportState.RETURNED, State.RETURNED)
        reports.write(office.zheng, report.id, seq=report.seq, texts={TextKey.ADVICE: "建议增加一名值班人员。"})
        version = reports.submit(office.zheng, report.id, seq=report.seq, reason="补充值班情况")
        told = {what: (old, new) for what, old, new in reports.frozen(report, 2).differences}
        assert told["意见建议"] == ("无。", "建议增加一名值班人员。")
        assert documents.find(office.lin, version.document_id).version == 2
        reports.sign(office.lin, report.id, version=2)
        assert report.state is ReportState.SIGNED
        assert office.duty("monthly", "2025-07-01").state is State.SIGNED
        assert office.duty("inspection", "2025-07-01").state is State.SIGNED
        with pytest.raises(reports.NothingToDecide):
            reports.send_back(office.lin, report.id, reason="晚了")


def test_signing_at_the_deliverable_signs_the_report(office):
    with at("2025-08-01 09:00"):
        report = submitted(office)
        deliverables.sign(office.lin, report.delivery_id)
        assert (report.state, report.signed_by_name) == (ReportState.SIGNED, office.lin.name)


def test_drafts_begin_by_themselves_once(office):
    with at("2025-08-04 09:00"):
        made = reports.draft_due()
        mine = reports.reports_of(office.lin, office.contract.id)
        assert {each.kind for each in mine} == {ReportKind.WEEKLY, ReportKind.MONTHLY}
        assert made >= len(mine) == 5
        assert reports.draft_due() == 0


def test_another_vendor_finds_nothing(office):
    with at("2025-08-01 09:00"):
        report = drafted(office)
        for act in (
            lambda: reports.find(office.bai, report.id),
            lambda: reports.overview(office.bai, office.contract.id),
            lambda: reports.write(office.bai, report.id, seq=report.seq, texts={}),
        ):
            with pytest.raises(NotFound):
                act()
        with pytest.raises(Forbidden):
            reports.write(office.lin, report.id, seq=report.seq, texts={})


def test_a_report_that_is_not_owed_is_signed_all_the_same(office):
    with at("2025-08-01 09:00"):
        summary = drafted(office, kind=ReportKind.SUMMARY)
        assert (summary.owed, summary.key) == (False, "summary_report")
        reports.submit(office.zheng, summary.id, seq=summary.seq)
        reports.sign(office.lin, summary.id)
        assert summary.state is ReportState.SIGNED
        assert reports.content_of(summary).grid("clauses.rows").rows
