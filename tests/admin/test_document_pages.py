"""The pages of documents: list, page, files, box, register, runs and templates; whose they are, and who may what."""

from __future__ import annotations

import io
import re
import uuid
import zipfile
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from server.core import clock
from server.core.db import db
from server.domain import documents
from server.domain.documents import DocumentState, DocumentTemplate, Format
from server.gateways import office
from server.gateways.storage import contents_of
from tests.conftest import counting
from tests.factories.documents import FORM, KIND, issued, listed, made, matter
from tests.support.jobs import work

LIST = "/admin/documents/"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def fresh(session, document):
    session.expire_all()
    return session.get_one(documents.Document, document.id)


def test_an_empty_list_says_where_documents_come_from(desk):
    assert "还没有文书" in desk.sit("lin").get(LIST).text


def test_a_document_from_issue_to_its_leaves(app, desk, session):
    subject = matter(desk.ours, what="检查 <b>日志</b>")
    browser = desk.sit("lin")
    sent = {"kind": "test.note", "subject": str(subject), "next": "/admin/tickets/?q=1"}
    answer = browser.post(f"{LIST}issue", data=sent)
    assert (answer.status_code, answer.location) == (303, "/admin/tickets/?q=1")
    again = browser.post(f"{LIST}issue", data=sent | {"next": "https://evil.example/admin"})
    assert again.location == LIST
    assert "已出具过这份文书" in browser.get(LIST).text
    document = session.scalars(sa.select(documents.Document)).one()
    page = f"{LIST}{document.id}"
    text = browser.get(page).text
    assert "正在生成文件" in text
    assert f'hx-get="{page}"' in text
    work(app)
    text = browser.get(page).text
    assert "hx-trigger" not in text.split('id="document-live"')[1]
    picture, *_ = re.findall(r'src="([^"]+\.png\?of=[0-9a-f]{64})"', text)
    leaf = browser.get(picture)
    assert leaf.data.startswith(b"\x89PNG")
    assert "private, max-age" in leaf.headers["Cache-Control"]
    assert "no-store" in browser.get(picture.split("?")[0]).headers["Cache-Control"]
    assert browser.get(picture.replace("/1.png", "/9.png")).status_code == 404
    taken = browser.get(f"{page}/files/pdf")
    assert taken.data.startswith(b"%PDF")
    assert taken.headers["Content-Disposition"].startswith("attachment")
    assert taken.headers["X-Content-Type-Options"] == "nosniff"
    assert browser.get(f"{page}/files/docx").data.startswith(b"PK")
    assert browser.get(f"{page}/files/signed_pdf").status_code == 404
    assert browser.get(f"{page}/files/exe").status_code == 404
    assert [entry.actor_name for entry in desk.trail("document.downloaded")] == ["林岚"] * 2
    assert "下载" in browser.get(page).text


def test_correct_and_void_ask_for_a_reason_and_lead_on(desk, session):
    document = made(issued(desk.actor("lin"), desk.ours))
    browser, page = desk.sit("lin"), f"{LIST}{document.id}"
    refused = browser.post(f"{page}/correct", data={"reason": "", "next": page})
    assert refused.status_code == 422
    assert "请填写此项" in refused.text
    answer = browser.post(f"{page}/correct", data={"reason": "日期写错", "next": page})
    second = session.scalars(sa.select(documents.Document).where(documents.Document.version == 2)).one()
    assert answer.location == f"{LIST}{second.id}"
    assert "现行版本是" in browser.get(page).text
    text = browser.get(answer.location).text
    assert "本文书更正" in text
    assert "日期写错" in text
    assert browser.post(f"{LIST}{second.id}/void", data={"reason": "不要了"}).status_code == 303
    assert "已作废" in browser.get(f"{LIST}{second.id}").text
    late = browser.post(f"{LIST}{second.id}/void", data={"reason": "再来"})
    assert late.status_code == 422
    assert "文书已作废或已被更正" in late.text


def test_a_problem_is_told_with_a_button(desk, session):
    document = issued(desk.actor("lin"), desk.ours)
    documents.note_problem(document.id, "服务器缺少中文字体。")
    browser, page = desk.sit("lin"), f"{LIST}{document.id}"
    text = browser.get(page).text
    assert "服务器缺少中文字体" in text
    assert "重新生成" in text
    assert f"{page}/remake" not in desk.sit("shen").get(page).text
    assert "服务器缺少中文字体" in desk.sit("lin").get(f"{LIST}?state=troubled").text
    assert desk.sit("lin").post(f"{page}/remake").status_code == 303
    assert fresh(session, document).problem == ""
    assert desk.sit("lin").post(f"{page}/remake").status_code == 409


def test_foreign_documents_answer_as_nonexistent_ones(desk):
    theirs = made(issued(desk.actor("lin"), desk.theirs))
    wu = desk.sit("wu")
    for path in ("", "/files/pdf", "/pages/pdf/1.png"):
        answer = wu.get(f"{LIST}{theirs.id}{path}")
        assert answer.status_code == 404
    for step in ("void", "correct"):
        assert wu.post(f"{LIST}{theirs.id}/{step}", data={"reason": "x"}).status_code == 404
    assert theirs.number not in wu.get(LIST).text
    assert theirs.number not in wu.get(f"{LIST}numbers/").text
    assert wu.post(f"{LIST}issue", data={"kind": "test.note", "subject": str(matter(desk.theirs))}).status_code == 404


def test_the_box_of_a_foreign_matter_is_that_of_no_matter(desk):
    theirs, ours = made(issued(desk.actor("lin"), desk.theirs)), made(issued(desk.actor("lin"), desk.ours))
    wu, box = desk.sit("wu"), f"{LIST}box/test.note/"
    told = [wu.get(f"{box}{each}") for each in (theirs.subject_id, uuid.UUID(int=7))]
    assert [each.status_code for each in told] == [404, 404]
    foreign, nothing = (re.sub(r"[0-9a-f]{32}", "", each.text.partition("<main")[2]) for each in told)
    assert foreign == nothing != ""
    assert wu.get(f"{LIST}box/unheard_of/{theirs.subject_id}").status_code == 404
    assert ours.number in wu.get(f"{box}{ours.subject_id}").text
    documents.void(desk.actor("lin"), ours.id, reason="作废")
    assert "还没有出具" in wu.get(f"{box}{ours.subject_id}").text


def test_an_auditor_has_no_buttons_and_no_way(desk):
    document = made(issued(desk.actor("lin"), desk.ours))
    shen = desk.sit("shen")
    text = shen.get(f"{LIST}{document.id}").text
    assert "出具更正版" not in text
    answer = shen.post(f"{LIST}{document.id}/void", data={"reason": "不行"})
    assert answer.status_code in (403, 422)
    assert desk.sit("chen").get(LIST).status_code == 403


def test_the_list_takes_the_same_number_of_queries_for_any_length(desk, session):
    def asked() -> int:
        browser = desk.sit("lin")
        browser.get(LIST)
        with counting(db.engine) as seen:
            assert browser.get(f"{LIST}?per_page=100").status_code == 200
        return len(seen)

    lin = desk.actor("lin")
    made(issued(lin, desk.ours))
    first = asked()
    for _ in range(6):
        made(issued(lin, desk.ours))
    assert asked() <= first


def test_the_register_shows_void_numbers_and_goes_out_as_a_sheet(desk):
    lin = desk.actor("lin")
    gone, kept = issued(lin, desk.ours), issued(lin, desk.ours)
    documents.void(lin, gone.id, reason="填错了单位")
    browser = desk.sit("lin")
    text = browser.get(f"{LIST}numbers/").text
    assert "连续" in text
    series = f"{LIST}numbers/?series={desk.ours.id}&prefix=CS&year={gone.year}"
    text = browser.get(series).text
    assert text.index(gone.number) < text.index(kept.number)
    assert "填错了单位" in text
    sheet = browser.post(
        f"{LIST}numbers/export", data={"series": desk.ours.id, "prefix": "CS", "year": gone.year, "form": "csv"}
    )
    assert sheet.data.decode("utf-8-sig").count("CS-") == 2
    assert browser.post(f"{LIST}export", data={"query": "state=void"}).data.startswith(b"PK")
    assert {entry.action for entry in desk.trail("document.list_exported")} == {"document.list_exported"}


@pytest.fixture
def listing():
    object.__setattr__(KIND, "subjects", listed)
    yield
    object.__setattr__(KIND, "subjects", None)


def test_a_batch_and_an_archive_on_the_pages(app, desk, session, listing):
    for day in (3, 4):
        matter(desk.ours, covers_on=date(2026, 1, day))
    browser = desk.sit("lin")
    asked = {"kind": "test.note", "contract": str(desk.ours.id), "since": "2026-01-01", "until": "2026-01-31"}
    refused = browser.post(f"{LIST}runs/batch", data=asked | {"until": "2025-01-01"})
    assert refused.status_code == 422
    assert "不能早于开始日期" in refused.text
    answer = browser.post(f"{LIST}runs/batch", data=asked)
    assert answer.status_code == 303
    assert "停止" in browser.get(answer.location).text
    work(app)
    text = browser.get(answer.location).text
    assert "2 / 2" in text
    assert "hx-trigger" not in text.split('id="run"')[1]
    packed = browser.post(
        f"{LIST}runs/archive", data={"contract": str(desk.ours.id), "since": "", "until": "", "content": "originals"}
    )
    work(app)
    text = browser.get(packed.location).text
    assert "下载压缩包" in text
    archive = browser.get(f"{packed.location}/archive.zip")
    with zipfile.ZipFile(io.BytesIO(archive.data)) as opened:
        assert {"index.json", "目录.xlsx"} < set(opened.namelist())
    assert len(desk.trail("document.archived")) == 1
    assert len(desk.trail("document.archive_downloaded")) == 1
    # a vendor asks for originals by hand, and for another's run
    wu = desk.sit("wu")
    asked = {"contract": str(desk.ours.id), "content": "originals"}
    assert wu.post(f"{LIST}runs/archive", data=asked).status_code == 403
    assert wu.get(packed.location).status_code == 404
    assert wu.get(f"{packed.location}/archive.zip").status_code == 404
    assert "/archive.zip" not in wu.get(f"{LIST}runs/").text


def test_ticked_documents_are_packed_of_one_contract_at_a_time(app, desk, session):
    lin = desk.actor("lin")
    ours, theirs = made(issued(lin, desk.ours)), made(issued(lin, desk.theirs))
    browser = desk.sit("lin")
    mixed = browser.post(f"{LIST}runs/archive-chosen", data={"ids": [str(ours.id), str(theirs.id)]})
    assert mixed.location == LIST
    answer = browser.post(f"{LIST}runs/archive-chosen", data={"ids": [str(ours.id)]})
    assert "/runs/" in answer.location
    assert desk.sit("wu").post(f"{LIST}runs/archive-chosen", data={"ids": [str(theirs.id)]}).location == LIST


def test_a_template_is_brought_tried_activated_used_and_given_up(app, desk, session):
    page = f"{LIST}templates/test.note"
    assert desk.sit("lin").get(page).status_code == 403
    browser = desk.sit("zhou")
    default = browser.get(f"{page}/default.docx")
    assert default.data.startswith(b"PK")
    sent = {"upload": (io.BytesIO(default.data), "局方模板.docx"), "note": "换了抬头"}
    assert browser.post(page, data=sent, content_type="multipart/form-data").status_code == 303
    row = session.scalars(sa.select(DocumentTemplate)).one()
    assert (row.version, row.state.value, row.file_name) == (1, "draft", "局方模板.docx")
    assert browser.get(f"{LIST}templates/files/{row.id}/preview").data.startswith(b"PK")
    assert browser.get(f"{LIST}templates/files/{row.id}").data == default.data
    activate = f"{LIST}templates/files/{row.id}/activate"
    assert desk.sit("zhou", stepped_up=False).post(activate).status_code in (302, 303, 403)
    session.expire_all()
    assert session.get_one(DocumentTemplate, row.id).slot is None
    browser = desk.sit("zhou")
    assert browser.post(activate).status_code == 303
    document = issued(desk.actor("lin"), desk.ours)
    assert document.template_id == row.id
    work(app)
    assert fresh(session, document).state is DocumentState.ISSUED
    assert "第 1 版（局方模板.docx）" in browser.get(f"{LIST}{document.id}").text
    assert browser.post(f"{page}/default").status_code == 303
    assert issued(desk.actor("lin"), desk.ours).template_id is None
    assert browser.post(f"{page}/default").status_code == 409


@pytest.mark.parametrize("raw", [b"", b"not a zip", b"PK\x03\x04 broken"])
def test_a_broken_template_is_refused_and_nothing_is_kept(desk, session, raw):
    before = set(contents_of("documents").older_than(_later()))
    sent = {"upload": (io.BytesIO(raw), "坏.docx")}
    answer = desk.sit("zhou").post(f"{LIST}templates/test.note", data=sent, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert session.scalar(sa.select(sa.func.count()).select_from(DocumentTemplate)) == 0
    assert set(contents_of("documents").older_than(_later())) == before


def test_every_finding_of_a_template_is_told_at_once(desk, session):
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(office.default_template(FORM))) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            raw = old.read(name)
            if name == "word/document.xml":
                raw = raw.replace("{{ 编号 }}".encode(), "{{ 无此项 }}".encode()).replace(b"<w:body>", b"<w:body>", 1)
            new.writestr(name, raw)
        new.writestr("word/vbaProject.bin", b"macro")
    sent = {"upload": (io.BytesIO(out.getvalue()), "宏.docx")}
    answer = desk.sit("zhou").post(f"{LIST}templates/test.note", data=sent, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "宏" in answer.text
    assert session.scalar(sa.select(sa.func.count()).select_from(DocumentTemplate)) == 0


def test_a_template_that_fails_when_it_is_used_leaves_a_problem_and_a_way_out(app, desk, session):
    lin, zhou = desk.actor("lin"), desk.actor("zhou")
    broken = documents.keep(b"PK no longer a template")
    row = documents.add_template(zhou, "test.note", documents.Incoming("坏.docx", broken, ()))
    documents.activate_template(zhou, row.id)
    document = issued(lin, desk.ours)
    work(app)
    document = fresh(session, document)
    assert document.state is DocumentState.MAKING
    assert "模板" in document.problem
    browser = desk.sit("lin")
    assert "改用默认模板生成" in browser.get(f"{LIST}{document.id}").text
    assert browser.post(f"{LIST}{document.id}/remake", data={"by_form": "1"}).status_code == 303
    work(app)
    document = fresh(session, document)
    assert document.state is DocumentState.ISSUED
    assert Format.DOCX in documents.files_of(document)
    assert any("改用默认模板" in entry.summary for entry in documents.history(document))


def _later():
    return clock.now() + timedelta(minutes=1)
