"""Files by a job: sealed PDF, Word and workbook; repeated, killed, refused; and the sweep of what no row names."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest
import sqlalchemy as sa

from server.core import clock
from server.core.errors import Forbidden
from server.domain import documents
from server.domain.documents import DocumentFile, DocumentState, Format, NotMaking, SealResult
from server.gateways import office
from server.gateways.office import FontsMissing, GlyphsMissing
from server.gateways.queue import Job, JobState
from server.gateways.storage import StorageFull
from tests.factories.documents import issued
from tests.support.jobs import work

TRUE = b"%PDF-1.7\nstartxref\n0\n%%EOF\n"


@pytest.fixture
def quick(monkeypatch):
    """The office without its type: what is told, as bytes."""
    monkeypatch.setattr(office, "pdf", lambda filled: TRUE[:9] + filled.number.encode() + TRUE[8:])
    monkeypatch.setattr(office, "word", lambda filled, **_: b"word " + filled.number.encode())
    monkeypatch.setattr(office, "workbook", lambda filled: b"sheet " + filled.number.encode())


def fresh(session, document):
    session.expire_all()
    return session.get_one(documents.Document, document.id)


def test_a_document_gets_a_sealed_pdf_a_word_file_and_a_workbook(app, around, session):
    document = issued(around.lin, around.ours, what="a<b & 「引号」", rows=[{"name": "=1+1", "count": "2"}])
    assert documents.MAKE in work(app)
    document = fresh(session, document)
    assert (document.state, document.problem) == (DocumentState.ISSUED, "")
    files = documents.files_of(document)
    assert set(files) == {Format.PDF, Format.DOCX, Format.XLSX}
    pdf = documents.raw(files[Format.PDF])
    checked = documents.unsealed(pdf, trusted=documents.trusted_keys())
    assert checked.result is SealResult.INTACT
    assert checked.facts["number"] == document.number
    assert checked.facts["content_sha256"] == document.content_sha256
    assert checked.sha256 == files[Format.PDF].sha256
    assert office.page_count(pdf) == 1
    assert office.page_image(pdf, 1).startswith(b"\x89PNG")
    assert office.page_image(pdf, 2) is None
    with zipfile.ZipFile(io.BytesIO(documents.raw(files[Format.DOCX]))) as word:
        assert "a&lt;b &amp; 「引号」" in word.read("word/document.xml").decode()
    assert files[Format.PDF].file_name == f"{document.number} 测试记录单.pdf"


def test_making_twice_is_making_once(app, around, session, quick):
    document = issued(around.lin, around.ours)
    order = documents.ordered(document.id, base_url="https://x.example/")
    assert order.filled.verify_url == f"https://x.example/verify/{document.code}"
    first = documents.make(order)
    assert documents.make(order) == first
    assert documents.keep_made(document.id, first)
    assert not documents.keep_made(document.id, first)
    assert documents.ordered(document.id, base_url="") is None
    assert documents.MAKE in work(app)
    assert session.scalar(sa.select(sa.func.count()).select_from(DocumentFile)) == 3


def test_a_document_that_was_void_meanwhile_gets_no_files(around, session, quick):
    document = issued(around.lin, around.ours)
    made = documents.make(documents.ordered(document.id, base_url=""))
    documents.void(around.lin, document.id, reason="填错")
    assert not documents.keep_made(document.id, made)
    assert documents.files_of(document) == {}


def test_what_a_person_must_put_right_is_written_on_the_document(app, around, session, quick, monkeypatch):
    fault, begun = GlyphsMissing("㐂"), office.pdf
    document = issued(around.lin, around.ours)

    def refuse(_filled):
        raise fault

    monkeypatch.setattr(office, "pdf", refuse)
    work(app)
    document = fresh(session, document)
    assert (document.state, document.problem) == (DocumentState.MAKING, fault.text)
    with pytest.raises(Forbidden):
        documents.remake(around.shen, document.id)
    monkeypatch.setattr(office, "pdf", begun)
    documents.remake(around.lin, document.id)
    with pytest.raises(NotMaking):
        documents.remake(around.lin, document.id)
    work(app)
    assert fresh(session, document).state is DocumentState.ISSUED


@pytest.mark.parametrize("fault", [StorageFull(), FontsMissing()])
def test_what_may_pass_is_written_and_tried_again(app, around, session, quick, monkeypatch, fault):
    document = issued(around.lin, around.ours)
    begun = office.pdf

    def refuse(_filled):
        raise fault

    monkeypatch.setattr(office, "pdf", refuse)
    with pytest.raises(AssertionError, match=type(fault).__name__):
        work(app)
    assert fresh(session, document).problem == fault.text
    job = session.scalars(sa.select(Job).where(Job.kind == documents.MAKE)).one()
    assert job.state is JobState.FAILED
    monkeypatch.setattr(office, "pdf", begun)
    job.run_after = None
    work(app)
    document = fresh(session, document)
    assert (document.state, document.problem) == (DocumentState.ISSUED, "")


def test_a_fault_of_ours_is_told_without_its_particulars(app, around, session, quick, monkeypatch):
    document = issued(around.lin, around.ours)
    monkeypatch.setattr(office, "pdf", lambda _filled: 1 / 0)
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        work(app)
    assert fresh(session, document).problem.startswith("生成文件时发生内部错误")


def test_the_sweep_takes_only_what_no_row_names(around, session, quick):
    document = issued(around.lin, around.ours)
    made = documents.make(documents.ordered(document.id, base_url=""))
    documents.keep_made(document.id, made)
    lost = documents.keep(b"nobody's")
    assert documents.sweep(clock.now() - timedelta(days=1)) == 0
    documents.sweep(clock.now() + timedelta(minutes=1))
    assert not documents.store().has(lost.sha256)
    assert all(documents.store().has(each.kept.sha256) for each in made)
