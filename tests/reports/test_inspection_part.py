"""One data set, two outputs, one signature (#25): the inspection sheet alone, and word for word inside the month's report."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from datetime import date

import pypdfium2
import pytest

from server.core.db import session
from server.core.errors import Conflict
from server.domain import contracts, documents, reports, signing, upkeep
from server.domain.deliverables import State
from server.domain.documents import DocumentState, making
from server.domain.identity import SCHEDULER
from server.domain.reports import ReportKind, ReportState, TextKey
from server.domain.upkeep import InspectionState
from server.gateways.office import word, workbook
from server.gateways.office.pdf import pdf
from tests.factories import identity as people
from tests.factories import signing as papers
from tests.factories import upkeep as field
from tests.reports.conftest import at


def inspected(office):
    with at("2025-07-21 09:00"):
        sheet = field.filled(field.begun(office.contract, office.zheng), office.zheng, abnormal="磁盘")
        for item in upkeep.items_of(sheet):
            if item.verdict is upkeep.Verdict.ABNORMAL:
                field.finding(sheet, office.zheng, item_id=item.id, text="磁盘余量不足")
        field.finding(sheet, office.zheng, text="证书即将到期")
        return upkeep.submit(office.zheng, sheet.id)


def drafted(office, kind=ReportKind.MONTHLY):
    return reports.draft(office.zheng, contract_id=office.contract.id, kind=kind, day=date(2025, 7, 15))


def submitted(office):
    contracts.find(SCHEDULER, office.contract.id).vendor_id = office.zheng.organisation_id
    session().flush()
    sheet = inspected(office)
    report = drafted(office)
    reports.submit(office.zheng, report.id, seq=report.seq)
    return sheet, report


def paper_of(report):
    return documents.standing(report.kind.value, report.id)


def printed(filled):
    with pypdfium2.PdfDocument(io.BytesIO(pdf(filled))) as paper:
        text = "".join(page.get_textpage().get_text_bounded() for page in paper)
    return re.sub(r"\s", "", text)


def signed_by_both(office, document, *, who=()):
    """As people do it in the console: the file made, the agreement there, either side with a fresh password."""
    zhou = people.actor("zhou", stepped_up=True)
    paper = signing.take_scan(name="电子签名约定.pdf", raw=papers.blank_pdf())
    signing.agree(
        zhou,
        office.contract.id,
        paper=paper,
        agreed_on=date(2025, 7, 8),
        vendor_signer="吴桐",
        bureau_signer="周正",
    )
    papers.made(document)
    for each in who or (office.zheng, office.lin):
        papers.signed(replace(each, stepped_up=True), document)


def test_the_months_report_holds_the_sheets_own_content(office):
    with at("2025-08-01 09:00"):
        sheet, report = submitted(office)
        alone = documents.issue(office.zheng, upkeep.kind_for(sheet), sheet.id)
        mine, theirs = paper_of(report).content["blocks"], alone.content["blocks"]
        assert {key: mine[f"inspection_{key}"] for key in theirs} == theirs
        assert theirs["findings"]
        text = printed(making.filled(paper_of(report), base_url="https://example.invalid"))
        for words in (sheet.number, "巡检单：主机资源", "证书即将到期", "巡检单：其他检查项"):
            assert words in text
        assert reports.content_of(report).figure("upkeep.inspections").value == 1


def test_a_sheet_that_is_the_same_makes_no_difference(office):
    with at("2025-08-01 09:00"):
        _, report = submitted(office)
        session().expire_all()
        reports.send_back(office.lin, report.id, reason="请补充意见")
        reports.write(office.zheng, report.id, seq=report.seq, texts={TextKey.ADVICE: "无其他意见，请审阅。"})
        reports.submit(office.zheng, report.id, seq=report.seq, reason="已补充")
        session().expire_all()
        assert [what for what, _, _ in reports.frozen(report, 2).differences] == ["意见建议"]


def test_a_report_without_it_prints_nothing_of_it(office):
    with at("2025-08-01 09:00"):
        report = drafted(office)
        reports.set_inspection(office.zheng, report.id, seq=report.seq, part=False)
        reports.submit(office.zheng, report.id, seq=report.seq)
        text = printed(making.filled(paper_of(report), base_url="https://example.invalid"))
        assert "巡检单：" not in text
        assert "版本办理情况" not in text
        assert "超时明细" in text


def test_every_file_of_the_paper_leaves_the_same_out(office):
    with at("2025-08-01 09:00"):
        report = drafted(office)
        reports.set_inspection(office.zheng, report.id, seq=report.seq, part=False)
        reports.submit(office.zheng, report.id, seq=report.seq)
        filled = making.filled(paper_of(report), base_url="https://example.invalid")
        for raw in (word(filled), workbook(filled)):
            with zipfile.ZipFile(io.BytesIO(raw)) as package:
                text = "".join(package.read(name).decode(errors="ignore") for name in package.namelist())
            assert "版本办理情况" not in text
            assert "超时明细" in text


def test_it_cannot_be_part_before_it_was_handed_in(office):
    with at("2025-08-01 09:00"):
        report = drafted(office)
        with pytest.raises(reports.NotReady, match="巡检单"):
            reports.submit(office.zheng, report.id, seq=report.seq)


def test_one_signature_signs_report_delivery_and_inspection(office):
    with at("2025-08-01 09:00"):
        sheet, report = submitted(office)
        signed_by_both(office, paper_of(report))
        assert paper_of(report).state is DocumentState.SIGNED
        assert report.state is ReportState.SIGNED
        assert report.signed_by_name == office.lin.name
        assert office.duty("monthly", "2025-07-01").state is State.SIGNED
        assert office.duty("inspection", "2025-07-01").state is State.SIGNED
        assert upkeep.find_inspection(SCHEDULER, sheet.id).state is InspectionState.SIGNED


def test_the_paper_of_a_returned_report_waits_until_the_next_version(office):
    with at("2025-08-01 09:00"):
        _, report = submitted(office)
        signed_by_both(office, paper_of(report), who=[office.zheng])
        reports.send_back(office.lin, report.id, reason="请补充")
        old = paper_of(report)
        lin, zheng = (replace(each, stepped_up=True) for each in (office.lin, office.zheng))
        with pytest.raises(signing.HeldBack, match="报告已退回"):
            papers.signed(lin, old)
        signing.withdraw(zheng, old.id, reason="等下一版")
        for attempt in (lambda: papers.signed(zheng, old), lambda: papers.scanned(zheng, old)):
            with pytest.raises(signing.HeldBack):
                attempt()
        corrected = papers.made(documents.correct(zheng, old.id, reason="想绕过退回"))
        with pytest.raises(signing.HeldBack):
            papers.signed(zheng, corrected)
        for who in (lin, zheng):
            assert session().scalars(signing.waiting_for(who)).all() == []
        reports.submit(office.zheng, report.id, seq=report.seq, reason="已补充")
        fresh = papers.made(paper_of(report))
        for who in (zheng, lin):
            papers.signed(who, fresh)
        assert report.state is ReportState.SIGNED


def test_a_corrected_paper_of_what_was_handed_in_counts_as_its_signature(office):
    with at("2025-08-01 09:00"):
        _, report = submitted(office)
        papers.made(paper_of(report))
        documents.correct(office.zheng, paper_of(report).id, reason="排版有误")
        signed_by_both(office, paper_of(report))
        assert report.state is ReportState.SIGNED


def test_a_paper_of_a_returned_version_signs_nothing(office):
    with at("2025-08-01 09:00"):
        _, report = submitted(office)
        old = papers.made(paper_of(report))
        reports.send_back(office.lin, report.id, reason="请补充")
        reports.submit(office.zheng, report.id, seq=report.seq, reason="已补充")
        assert documents.find(office.lin, old.id).state is DocumentState.REPLACED
        with pytest.raises(Conflict):
            papers.signed(replace(office.zheng, stepped_up=True), old, sha256="0" * 64, intent="")
        assert report.state is ReportState.SUBMITTED
