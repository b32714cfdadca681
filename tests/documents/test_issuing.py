"""Numbers, frozen content, void and correction: the rules of one document, and whose it is."""

from __future__ import annotations

import uuid

import pytest
import sqlalchemy as sa

from server.core.db import session as unit_session
from server.core.errors import Forbidden, Invalid, NotFound
from server.domain import documents, identity
from server.domain.documents import AlreadyIssued, DocumentLocked, DocumentState, NotStanding
from server.gateways.queue import Job
from tests.factories.documents import issued, made, matter, matters


def test_numbers_follow_one_another_and_say_prefix_contract_year_and_serial(around):
    first, second = issued(around.lin, around.ours), issued(around.wu, around.ours)
    year = first.year
    assert first.number == f"CS-{around.ours.number}-{year}-0001"
    assert second.number == f"CS-{around.ours.number}-{year}-0002"
    assert issued(around.lin, around.theirs).serial == 1
    assert first.state is DocumentState.MAKING
    assert first.code != second.code
    assert first.keep_until_on is not None
    assert first.keep_until_on.year == year + 10


def test_the_content_stays_as_it_was_on_that_day(around):
    document = issued(around.lin, around.ours, what="旧内容")
    matters[document.subject_id].what = "新内容"
    unit_session().expire_all()
    assert documents.find(around.lin, document.id).content["blocks"]["facts"]["what"] == "旧内容"
    again = documents.correct(around.lin, made(document).id, reason="内容已变")
    assert again.content["blocks"]["facts"]["what"] == "新内容"
    assert again.content_sha256 != document.content_sha256


def test_a_matter_has_one_standing_document_and_a_refusal_leaves_no_gap(around):
    document = issued(around.lin, around.ours)
    with pytest.raises(AlreadyIssued):
        documents.issue(around.lin, "test.note", document.subject_id)
    # the unit goes on, as that of a caller who caught the refusal does
    assert issued(around.lin, around.ours).serial == 2


def test_void_keeps_the_number_and_frees_the_matter(around):
    document = issued(around.lin, around.ours)
    documents.void(around.lin, document.id, reason="填错了单位")
    assert (document.state, document.reason) == (DocumentState.VOID, "填错了单位")
    again = documents.issue(around.lin, "test.note", document.subject_id)
    assert again.serial == 2
    assert again.follows_id is None
    with pytest.raises(NotStanding):
        documents.void(around.lin, document.id, reason="再来一次")
    with pytest.raises(NotStanding):
        documents.correct(around.lin, document.id, reason="再来一次")


def test_a_correction_is_a_new_number_that_names_the_old(around):
    first = made(issued(around.lin, around.ours))
    second = documents.correct(around.lin, first.id, reason="日期写错")
    third = documents.correct(around.lin, second.id, reason="又错")
    assert [each.version for each in (first, second, third)] == [1, 2, 3]
    assert (second.follows_id, third.follows_id) == (first.id, second.id)
    assert [first.state, second.state] == [DocumentState.REPLACED] * 2
    for each in (first, second, third):
        assert [one.id for one in documents.versions_of(around.lin, each)] == [first.id, second.id, third.id]


def test_a_signed_document_cannot_be_void_but_can_be_corrected(around):
    document = made(issued(around.lin, around.ours))
    documents.mark_signing(document)
    documents.mark_signed(document)
    with pytest.raises(DocumentLocked):
        documents.void(around.lin, document.id, reason="不要了")
    assert documents.correct(around.lin, document.id, reason="金额有误").version == 2


@pytest.mark.parametrize("reason", ["", "  \n", "长" * 501])
def test_a_reason_is_needed(around, reason):
    document = issued(around.lin, around.ours)
    with pytest.raises(Invalid):
        documents.void(around.lin, document.id, reason=reason)


def test_foreign_documents_are_as_if_they_were_not(around):
    theirs = issued(around.lin, around.theirs)
    for actor, key in ((around.wu, theirs.id), (around.wu, uuid.uuid4())):
        with pytest.raises(NotFound) as refused:
            documents.find(actor, key)
        assert refused.value.text == "没有找到该文书。"
    with pytest.raises(NotFound):
        documents.void(around.wu, theirs.id, reason="不是我的")
    with pytest.raises(NotFound):
        documents.issue(around.wu, "test.note", matter(around.theirs))
    with pytest.raises(NotFound):
        documents.open_file(around.wu, theirs.id, documents.Format.PDF)
    seen = unit_session().scalars(documents.matching(around.wu)).all()
    assert theirs.id not in {each.id for each in seen}
    assert documents.register_of(around.wu) == []
    assert documents.standing_of(around.wu, "test.note", [theirs.subject_id]) == {}


def test_an_auditor_reads_and_changes_nothing(around):
    document = issued(around.lin, around.ours)
    assert documents.find(around.shen, document.id) is document
    with pytest.raises(Forbidden):
        documents.void(around.shen, document.id, reason="不行")
    with pytest.raises(Forbidden):
        documents.issue(around.shen, "test.note", matter(around.ours))


def test_the_files_are_made_by_a_job_that_comes_with_the_unit(around, session):
    document = issued(around.lin, around.ours)
    session.flush()
    jobs = session.scalars(sa.select(Job).where(Job.kind == documents.MAKE)).all()
    assert [job.args for job in jobs] == [{"document": str(document.id)}]
    quiet = documents.issue(around.lin, "test.note", matter(around.ours), making=False)
    assert quiet.state is DocumentState.MAKING
    assert len(session.scalars(sa.select(Job).where(Job.kind == documents.MAKE)).all()) == 1


def test_every_change_is_in_the_trail(around, session):
    document = made(issued(around.lin, around.ours))
    documents.open_file(around.wu, document.id, documents.Format.PDF)
    second = documents.correct(around.lin, document.id, reason="日期写错")
    documents.void(around.lin, second.id, reason="不要了")
    session.flush()
    actions = [entry.action for entry in documents.history(document)]
    assert sorted(actions) == ["document.downloaded", "document.issued"]
    assert {entry.action for entry in documents.history(second)} == {"document.issued", "document.voided"}
    told = session.scalars(
        sa.select(identity.AuditEntry.summary).where(identity.AuditEntry.action == "document.downloaded")
    ).all()
    assert told == [f"下载 {documents.files_of(document)[documents.Format.PDF].file_name}"]


def test_filters_find_what_they_name(around, session):
    one = issued(around.lin, around.ours)
    two = made(issued(around.lin, around.ours))
    gone = issued(around.lin, around.theirs)
    documents.void(around.lin, gone.id, reason="填错")
    documents.note_problem(one.id, "没有字体")

    def found(**asked) -> set[uuid.UUID]:
        query = documents.matching(around.lin, documents.DocumentFilters(**asked))
        return {row.id for row in session.scalars(query)}

    assert found() == {one.id, two.id, gone.id}
    assert found(standing=True) == {one.id, two.id}
    assert found(troubled=True) == {one.id}
    assert found(states=(DocumentState.VOID,)) == {gone.id}
    assert found(contract_id=around.theirs.id) == {gone.id}
    assert found(text=two.number[-14:]) >= {two.id}
    assert found(text=one.code.lower()) == {one.id}
    assert found(text="100%") == set()
    assert found(kinds=("test.note",), until=one.covers_on) == {one.id, two.id, gone.id}
    assert documents.counts(around.lin)[DocumentState.VOID] == 1


def test_the_register_has_no_gap_and_shows_what_is_void(around):
    first = issued(around.lin, around.ours)
    issued(around.lin, around.ours)
    documents.void(around.lin, first.id, reason="填错")
    (series,) = documents.register_of(around.wu)
    assert (series.prefix, series.last, series.used, series.void, series.missing) == ("CS", 2, 2, 1, 0)
    query = documents.numbered(around.wu, contract_id=around.ours.id, prefix="CS", year=first.year)
    assert [row.serial for row in unit_session().scalars(query)] == [1, 2]
