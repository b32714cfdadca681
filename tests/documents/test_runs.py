"""Many at once: batches that stop, die and go on; archives with every hash; and who may have which."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from datetime import date, datetime, timedelta

import openpyxl
import pytest
import sqlalchemy as sa

from server.core import clock
from server.core.errors import Forbidden, Invalid, NotFound
from server.domain import documents
from server.domain.documents import Document, DocumentState, Format, RunStill
from server.domain.identity import OfficerState
from server.gateways import office
from server.gateways.office import GlyphsMissing
from server.gateways.queue import JobState
from tests.documents.test_making import quick
from tests.factories import identity as people
from tests.factories.documents import KIND, issued, listed, made, matter
from tests.support.jobs import work

__all__ = ["quick"]
SINCE, UNTIL = date(2026, 1, 1), date(2026, 1, 31)


@pytest.fixture(autouse=True)
def listing(monkeypatch):
    """The kind says which matters there are."""
    object.__setattr__(KIND, "subjects", listed)
    yield
    object.__setattr__(KIND, "subjects", None)


def begun(around, count=3, actor=None):
    for day in range(1, count + 1):
        matter(around.ours, covers_on=date(2026, 1, day))
    actor = actor or around.lin
    return documents.start_batch(actor, kind_code="test.note", contract_id=around.ours.id, since=SINCE, until=UNTIL)


def fresh(session, run):
    session.expire_all()
    return session.get_one(documents.DocumentRun, run.id)


def numbers(session, contract):
    query = sa.select(Document.serial).where(Document.contract_id == contract.id).order_by(Document.serial)
    return list(session.scalars(query))


def test_a_batch_issues_and_makes_every_matter_once(app, around, session, quick):
    run = begun(around)
    there = issued(around.lin, around.ours, covers_on=date(2026, 1, 9))
    assert run.total == 3
    work(app)
    run = fresh(session, run)
    assert (run.made, run.skipped, run.failed) == (3, 0, 0)
    assert run.ended_at is not None
    assert numbers(session, around.ours) == [1, 2, 3, 4]
    assert set(session.scalars(sa.select(Document.state))) == {DocumentState.ISSUED}
    again = begun(around, 0)
    assert again.total == 4
    work(app)
    again = fresh(session, again)
    assert (again.made, again.skipped) == (0, 4)
    assert there.serial == 1


def test_one_bad_matter_does_not_hold_up_the_rest_and_costs_no_number(app, around, session, quick, monkeypatch):
    run = begun(around)
    first = run.chosen[0]
    compose = KIND.compose

    def picky(actor, subject_id):
        if str(subject_id) == first:
            raise Invalid("工单还没有办结。")
        return compose(actor, subject_id)

    object.__setattr__(KIND, "compose", picky)
    try:
        work(app)
    finally:
        object.__setattr__(KIND, "compose", compose)
    run = fresh(session, run)
    assert (run.made, run.failed) == (2, 1)
    assert run.notes == [{"subject": first, "text": "工单还没有办结。"}]
    assert numbers(session, around.ours) == [1, 2]


def test_a_missing_glyph_fails_one_document_with_its_reason(app, around, session, quick, monkeypatch):
    run = begun(around)
    setting = office.pdf

    def picky(filled):
        if filled.number.endswith("0002"):
            raise GlyphsMissing("㐂")
        return setting(filled)

    monkeypatch.setattr(office, "pdf", picky)
    work(app)
    run = fresh(session, run)
    assert (run.made, run.failed) == (2, 1)
    troubled = session.scalars(documents.matching(around.lin, documents.DocumentFilters(troubled=True))).all()
    assert [each.problem for each in troubled] == [GlyphsMissing("㐂").text]


def test_a_batch_goes_on_where_a_killed_worker_left_it(app, around, session, quick):
    run = begun(around)
    place = documents.place_of(run.id)
    # issued, and the worker died before its files were there
    lost = documents.issue_next(run.id, place, around.lin)
    work(app)
    run = fresh(session, run)
    assert (run.made, run.skipped) == (3, 0)
    assert session.get_one(Document, lost).state is DocumentState.ISSUED
    assert numbers(session, around.ours) == [1, 2, 3]


def test_a_late_worker_counts_nothing_twice(around, session, quick):
    run = begun(around)
    place = documents.place_of(run.id)
    document = documents.issue_next(run.id, place, around.lin)
    order = documents.ordered(document, base_url="")
    documents.finish_one(run.id, place, document, documents.make(order))
    documents.finish_one(run.id, place, document, documents.make(order))
    assert documents.place_of(run.id).done == 1


def test_a_batch_is_stopped_and_resumed(app, around, session, quick):
    run = begun(around)
    documents.stop_run(around.lin, run.id)
    assert documents.standings([run])[0].state is JobState.CANCELLED
    assert work(app) == [] or documents.place_of(run.id).done == 0
    with pytest.raises(RunStill):
        documents.resume_run(around.zhou, run.id)
    documents.resume_run(around.lin, run.id)
    work(app)
    assert fresh(session, run).made == 3
    with pytest.raises(RunStill):
        documents.stop_run(around.lin, run.id)


def test_who_has_left_issues_nothing_more(app, around, session, quick):
    run = begun(around)
    session.query(people.Officer).filter_by(login="lin").one().state = OfficerState.DEACTIVATED
    work(app)
    run = fresh(session, run)
    assert run.ended_at is not None
    assert run.notes[0]["text"].startswith("申请人的账号已停用")
    assert numbers(session, around.ours) == []


def test_a_batch_asks_for_sense(around):
    matter(around.ours, covers_on=date(2026, 1, 5))

    def start(actor, contract=around.ours, since=SINCE, until=UNTIL, kind="test.note"):
        return documents.start_batch(actor, kind_code=kind, contract_id=contract.id, since=since, until=until)

    with pytest.raises(Invalid):
        start(around.lin, since=UNTIL, until=SINCE)
    with pytest.raises(Invalid):
        start(around.lin, until=SINCE + timedelta(days=400))
    with pytest.raises(Invalid, match="没有可以办理的事项"):
        start(around.lin, contract=around.theirs)
    with pytest.raises(Forbidden):
        start(around.shen)
    with pytest.raises(NotFound):
        start(around.wu, contract=around.theirs)
    with pytest.raises(NotFound):
        start(around.lin, kind="no.such")


def _archive(app, session, run):
    session.flush()
    work(app)
    run = fresh(session, run)
    return run, b"".join(documents.store().stream(run.sha256))


def test_the_bureaus_archive_holds_the_files_themselves_with_every_hash(app, around, session):
    kept = made(issued(around.lin, around.ours, covers_on=date(2026, 1, 5)))
    other = made(issued(around.lin, around.ours, covers_on=date(2026, 1, 6)), b"%PDF-1.7 another")
    documents.void(around.lin, other.id, reason="填错了")
    made(issued(around.lin, around.ours, covers_on=date(2026, 2, 1)), b"%PDF-1.7 of february")
    made(issued(around.lin, around.theirs, covers_on=date(2026, 1, 5)), b"%PDF-1.7 of theirs")
    session.query(documents.Document)
    run = documents.start_archive(around.lin, contract_id=around.ours.id, since=SINCE, until=UNTIL, originals=True)
    run, raw = _archive(app, session, run)
    assert (run.made, run.failed, run.size) == (2, 0, len(raw))
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        assert archive.testzip() is None
        index = json.loads(archive.read("index.json"))
        assert index["content"] == "原件"
        paths = {each["path"] for told in index["documents"] for each in told["files"]}
        assert paths | {"index.json", "目录.xlsx"} == set(archive.namelist())
        for told in index["documents"]:
            for each in told["files"]:
                assert hashlib.sha256(archive.read(each["path"])).hexdigest() == each["sha256"]
        assert f"测试记录单/{kept.number} 测试记录单.pdf" in paths
        assert f"作废与更正/测试记录单/{other.number} 测试记录单.pdf" in paths
        book = openpyxl.load_workbook(io.BytesIO(archive.read("目录.xlsx")))
        cells = {cell.value for row in book.active.iter_rows() for cell in row}
        assert {kept.number, other.number, "填错了"} <= cells
    assert documents.forget_archives(clock.now() + timedelta(minutes=1)) == 1


def test_a_vendor_gets_marked_copies_only(app, around, session):
    document = issued(around.lin, around.ours)
    work(app)
    with pytest.raises(Forbidden):
        documents.start_archive(around.wu, contract_id=around.ours.id, originals=True)
    with pytest.raises(NotFound):
        documents.start_archive(around.wu, contract_id=around.theirs.id)
    _run, raw = _archive(app, session, documents.start_archive(around.wu, contract_id=around.ours.id))
    original = documents.files_of(session.get_one(Document, document.id))[Format.PDF]
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        (told,) = json.loads(archive.read("index.json"))["documents"]
        (file,) = told["files"]
        assert file["path"].endswith("（副本）.pdf")
        assert file["original_sha256"] == original.sha256 != file["sha256"]
        copy = archive.read(file["path"])
    assert documents.unsealed(copy).result is documents.SealResult.UNSEALED
    assert office.page_count(copy) == 1


def test_a_lost_or_swapped_file_is_named_in_the_archive(app, around, session):
    gone, swapped = made(issued(around.lin, around.ours)), made(issued(around.lin, around.ours), b"%PDF-1.7 two")
    documents.store().delete(documents.files_of(gone)[Format.DOCX].sha256)
    target = documents.files_of(swapped)[Format.PDF].sha256
    path = documents.store().root / target[:2] / target[2:4] / target
    path.write_bytes(b"something else")
    run = documents.start_archive(around.lin, contract_id=around.ours.id, originals=True)
    run, _raw = _archive(app, session, run)
    path.unlink()
    assert run.failed == 2
    assert sorted(each["text"] for each in run.notes) == ["PDF 文件与登记的哈希不符", "Word 文件缺失"]


def test_runs_are_ones_own_or_the_bureaus(around):
    matter(around.ours, covers_on=date(2026, 1, 5))
    issued(around.lin, around.ours)
    mine = documents.start_archive(around.wu, contract_id=around.ours.id)
    bureau = documents.start_archive(around.lin, contract_id=around.ours.id, originals=True)
    assert documents.find_run(around.lin, mine.id) is mine
    for actor, run in ((around.wu, bureau), (around.bai, mine), (around.bai, bureau)):
        with pytest.raises(NotFound):
            documents.find_run(actor, run.id)


def test_the_kinds_that_come_many_at_once_say_for_what(app, around):
    able = {kind.code: kind for kind in documents.kinds() if kind.subjects and kind.code != "test.note"}
    assert {"service_record", "maintenance", "guidance", "visit", "completion_notice"} <= set(able)
    for kind in able.values():
        assert kind.subjects(around.lin, around.ours.id, SINCE, UNTIL) == []


def test_dated_rows_count_their_day_on_the_bureaus_clocks(around):
    # a day of Beijing begins at 16:00 UTC of the day before
    document = issued(around.lin, around.ours)
    list_them = documents.dated(Document.id, Document.contract_id, Document.issued_at)
    for moment, inside in (
        ("2025-12-31T15:59:59+00:00", False),
        ("2025-12-31T16:00:00+00:00", True),
        ("2026-01-31T15:59:59+00:00", True),
        ("2026-01-31T16:00:00+00:00", False),
    ):
        document.issued_at = datetime.fromisoformat(moment)
        assert (list_them(around.lin, around.ours.id, SINCE, UNTIL) == [document.id]) is inside, moment
    by_day = documents.dated(Document.id, Document.contract_id, Document.covers_on)
    for day, inside in ((SINCE, True), (UNTIL, True), (UNTIL + timedelta(days=1), False)):
        document.covers_on = day
        assert (by_day(around.lin, around.ours.id, SINCE, UNTIL) == [document.id]) is inside
