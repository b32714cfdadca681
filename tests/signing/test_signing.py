"""Signing in the console: whose, what, how often, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from server.core.db import session as unit
from server.core.errors import Conflict, Forbidden, Invalid, NotFound
from server.domain import documents, signing
from server.domain.documents import DocumentLocked, DocumentState, Format, NotMade, NotStanding, Side
from server.domain.signing import Act, Mode, refusals
from server.domain.signing.models import Signature
from server.gateways import queue
from tests.factories import documents as notes
from tests.factories import identity as people
from tests.factories import signing as papers
from tests.factories.signing import Desk


@pytest.fixture
def desk(session: Any) -> Desk:
    return papers.desk()


def acts(document: documents.Document) -> list[Act]:
    return [entry.act for entry in signing.entries_of(document.id)]


def test_both_sides_sign_and_the_paper_is_locked(desk: Desk, session: Any) -> None:
    document = papers.issued(desk)
    heard: list[str] = []

    def follower(_actor: Any, told: documents.Document) -> None:
        heard.append(told.number)

    signing.on_signed("test.note", follower)
    try:
        first = papers.signed(desk.zheng, document)
        assert document.state is DocumentState.SIGNING
        assert heard == []
        papers.signed(desk.lin, document)
    finally:
        signing.forget("test.note", follower)
    assert document.state is DocumentState.SIGNED
    assert heard == [document.number]
    assert acts(document) == [Act.SIGNED, Act.SIGNED, Act.COMPLETED]
    entry = signing.entries_of(document.id)[0]
    assert entry.intent == papers.shown(desk.zheng, document)["intent"]
    assert document.number in entry.intent
    assert first.file_sha256 in entry.intent
    assert (first.mode, first.side, first.address) == (Mode.IN_APP, Side.VENDOR, "192.0.2.10")
    assert first.mode.label == "普通电子签名"
    jobs = session.query(queue.Job).filter(queue.Job.kind == signing.COPY).all()
    assert [job.args for job in jobs] == [{"document": str(document.id)}]
    assert signing.verify(desk.shen, document.id).intact


def test_a_kind_of_one_side_needs_one_signature(desk: Desk) -> None:
    document = papers.issued(desk, "test.memo")
    with pytest.raises(signing.NotYourSide):
        papers.signed(desk.lin, document)
    papers.signed(desk.zheng, document)
    assert document.state is DocumentState.SIGNED
    assert signing.verify(desk.lin, document.id).intact


@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        (lambda at: replace(at.zheng, stepped_up=False), signing.ProveAgain),
        (lambda at: at.shen, Forbidden),
        (lambda at: at.feng, signing.NotYourSide),
        (lambda _at: people.actor("qian", stepped_up=True, roles=[people.USUAL_ROLES["zheng"]]), NotFound),
    ],
    ids=["stale password", "auditor", "another vendor", "foreign contract"],
)
def test_who_may_not(desk: Desk, who: Callable[[Desk], Any], refusal: type[Exception]) -> None:
    document = papers.issued(desk)
    actor = who(desk)
    with pytest.raises(refusal):
        papers.signed(actor, document)
    assert document.state is DocumentState.ISSUED
    assert acts(document) == []


def test_without_an_agreement_nobody_signs_in_the_console(desk: Desk) -> None:
    document = papers.issued(desk)
    signing.end_agreement(desk.zhou, desk.contract.id, reason="改用手写签署")
    with pytest.raises(signing.NoAgreement):
        papers.signed(desk.zheng, document)
    papers.agreed(desk)
    papers.signed(desk.zheng, document)


def test_agreements_are_the_administrators_and_one_at_a_time(desk: Desk) -> None:
    with pytest.raises(refusals.AgreementStands):
        papers.agreed(desk)
    with pytest.raises(Forbidden):
        signing.end_agreement(desk.lin, desk.contract.id, reason="不再使用")
    assert [each.slot for each in signing.agreements_of(desk.zheng, desk.contract.id)] == [desk.contract.id]


def test_what_is_signed_is_what_was_shown(desk: Desk) -> None:
    document = papers.issued(desk)
    with pytest.raises(refusals.OtherFile):
        papers.signed(desk.zheng, document, sha256="0" * 64)
    with pytest.raises(Invalid):
        papers.signed(desk.zheng, document, intent="同意")
    store = documents.store()
    path = store._path(documents.files_of(document)[Format.PDF].sha256)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + b"!")
    with pytest.raises(refusals.FileDamaged):
        papers.signed(desk.zheng, document)
    path.write_bytes(whole)
    papers.signed(desk.zheng, document)


def test_nobody_signs_twice_and_no_organisation(desk: Desk) -> None:
    document = papers.issued(desk)
    papers.signed(desk.zheng, document)
    for who in (desk.zheng, desk.wu):
        with pytest.raises(refusals.SignedAlready):
            papers.signed(who, document)
    turned = replace(desk.zheng, is_vendor=False, organisation_id=desk.lin.organisation_id)
    with pytest.raises(refusals.SamePerson):
        papers.signed(turned, document)
    dressed = replace(desk.lin, organisation_id=desk.zheng.organisation_id)
    with pytest.raises(refusals.SameOrganisation):
        papers.signed(dressed, document)
    assert acts(document) == [Act.SIGNED]


def test_only_what_is_issued_can_be_signed(desk: Desk) -> None:
    waiting = documents.issue(desk.lin, "test.note", notes.matter(desk.contract))
    void, replaced, done = papers.issued(desk), papers.issued(desk), papers.both(desk)
    shown = papers.shown(desk.zheng, void)
    documents.void(desk.lin, void.id, reason="录错")
    documents.correct(desk.lin, replaced.id, reason="日期有误")
    for document, refusal in ((waiting, NotMade), (void, NotStanding), (replaced, NotStanding), (done, DocumentLocked)):
        with pytest.raises(refusal):
            signing.sign(desk.wu, document.id, **shown)


def test_after_the_lock_only_a_correction_follows_and_it_begins_unsigned(desk: Desk) -> None:
    document = papers.both(desk)
    for verb in (
        lambda: signing.withdraw(desk.zheng, document.id, reason="后悔"),
        lambda: signing.decline(desk.lin, document.id, reason="不认可"),
        lambda: documents.void(desk.lin, document.id, reason="作废"),
        lambda: papers.scanned(desk.zheng, document),
    ):
        with pytest.raises(DocumentLocked):
            verb()
    newer = papers.made(documents.correct(desk.lin, document.id, reason="数量有误"))
    assert (newer.follows_id, newer.version, newer.state) == (document.id, 2, DocumentState.ISSUED)
    assert signing.standing_of(newer.id) == {}
    assert signing.verify(desk.lin, document.id).intact
    papers.both(desk, newer)
    assert signing.verify(desk.lin, newer.id).intact


def test_a_signature_is_withdrawn_by_its_own_hand_before_the_other_signs(desk: Desk) -> None:
    document = papers.issued(desk)
    papers.signed(desk.zheng, document)
    with pytest.raises(refusals.NothingToWithdraw):
        signing.withdraw(desk.wu, document.id, reason="替他撤回")
    with pytest.raises(Invalid):
        signing.withdraw(desk.zheng, document.id, reason=" ")
    signing.withdraw(desk.zheng, document.id, reason="数量需要核对")
    assert document.state is DocumentState.ISSUED
    assert signing.standing_of(document.id) == {}
    papers.both(desk, document)
    assert acts(document) == [Act.SIGNED, Act.WITHDRAWN, Act.SIGNED, Act.SIGNED, Act.COMPLETED]
    assert signing.verify(desk.lin, document.id).intact


def test_a_refusal_sends_the_paper_back(desk: Desk) -> None:
    document = papers.issued(desk)
    papers.signed(desk.zheng, document)
    with pytest.raises(refusals.SignedAlready):
        signing.decline(desk.wu, document.id, reason="内容有误")
    signing.decline(desk.lin, document.id, reason="工作时间与实际不符")
    case = signing.case_of(document.id)
    assert case is not None
    assert (case.declined_side, case.declined_reason) == (Side.BUREAU, "工作时间与实际不符")
    assert document.state is DocumentState.ISSUED
    for verb in (lambda: papers.signed(desk.zheng, document), lambda: papers.scanned(desk.zheng, document)):
        with pytest.raises(refusals.Declined):
            verb()
    with pytest.raises(refusals.NotDeclined):
        signing.lift_decline(desk.zheng, document.id)
    signing.lift_decline(desk.zhou, document.id)
    papers.both(desk, document)
    assert signing.verify(desk.lin, document.id).intact


def test_a_drawn_signature_is_encoded_anew_and_kept_with_its_hash(desk: Desk, session: Any) -> None:
    document = papers.issued(desk)
    drawing = signing.take_drawing(papers.drawing_png())
    signature = papers.signed(desk.zheng, document, drawing=drawing)
    assert signing.raw_of(signature.drawing_key).startswith(b"\x89PNG")
    assert signing.entries_of(document.id)[0].data["drawing"] == signature.drawing_sha256
    assert session.query(Signature).count() >= 1


@pytest.mark.parametrize(
    "raw",
    [b"", b"\x89PNG\r\n\x1a\nbroken", b"GIF89a", b"\x89PNG" + b"0" * 400_000, papers.drawing_png(blank=True)],
    ids=["empty", "broken", "no png", "too large", "blank"],
)
def test_drawings_that_are_none(app: Any, raw: bytes) -> None:
    with pytest.raises(refusals.DrawingRefused):
        signing.take_drawing(raw)


def test_what_waits_for_whom(desk: Desk, queries: Any) -> None:
    before = {who.name: signing.waiting_count(who) for who in (desk.lin, desk.zheng)}
    first, second, memo = papers.issued(desk), papers.issued(desk), papers.issued(desk, "test.memo")
    papers.signed(desk.zheng, first)
    papers.scanned(desk.zheng, second)

    def waits(who: Any) -> set[str]:
        found = documents_of(who)
        return {each.number for each in (first, second, memo) if each.id in found}

    assert waits(desk.lin) == {first.number, second.number}
    assert waits(desk.zheng) == {memo.number}
    assert waits(desk.feng) == set()
    assert signing.waiting_count(desk.shen) == 0
    assert signing.waiting_count(desk.lin) == before["林岚"] + 2
    with queries() as seen:
        signing.waiting_count(desk.lin)
    assert len(seen) == 1
    signing.decline(desk.lin, first.id, reason="有误")
    assert waits(desk.lin) == {second.number}
    assert waits(desk.zheng) == {memo.number}


def documents_of(who: Any) -> set[Any]:
    return {each.id for each in unit().scalars(signing.waiting_for(who))}


def test_conflicts_are_of_the_tree() -> None:
    assert issubclass(refusals.SignedAlready, Conflict)
