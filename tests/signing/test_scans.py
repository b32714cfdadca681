"""手写签署: matched by the code on the paper, seen by both organisations, and never used twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Invalid
from server.domain import documents, signing
from server.domain.documents import Document, DocumentState, Side
from server.domain.signing import CodeSource, Mode, ScanState, Signer, holding, refusals
from server.gateways.papers import PaperRefused
from tests.factories import signing as papers
from tests.factories.signing import Desk


@pytest.fixture
def desk(session: Any) -> Desk:
    return papers.desk()


def test_a_scan_counts_once_the_other_side_has_seen_it(desk: Desk) -> None:
    document = papers.issued(desk)
    scan = papers.scanned(desk.zheng, document)
    assert (scan.state, scan.code_source, document.state) == (ScanState.WAITING, CodeSource.QR, DocumentState.SIGNING)
    assert signing.standing_of(document.id) == {}
    for who in (desk.zheng, desk.wu):
        with pytest.raises(refusals.OwnScan):
            signing.confirm_scan(who, document.id)
    signing.confirm_scan(desk.lin, document.id)
    assert (scan.state, document.state) == (ScanState.CONFIRMED, DocumentState.SIGNED)
    standing = signing.standing_of(document.id)
    assert {side: (each.name, each.mode) for side, each in standing.items()} == {
        Side.VENDOR: ("郑一鸣", Mode.WET),
        Side.BUREAU: ("林岚", Mode.WET),
    }
    assert signing.verify(desk.shen, document.id).intact


def test_the_bureau_may_bring_it_and_no_agreement_is_needed(desk: Desk) -> None:
    signing.end_agreement(desk.zhou, desk.contract.id, reason="改用手写")
    document = papers.issued(desk)
    papers.scanned(desk.lin, document)
    with pytest.raises(refusals.OwnScan):
        signing.confirm_scan(desk.zhou, document.id)
    signing.confirm_scan(desk.wu, document.id)
    assert document.state is DocumentState.SIGNED


def test_the_code_must_be_this_documents(desk: Desk) -> None:
    document, other = papers.issued(desk), papers.issued(desk)
    with pytest.raises(refusals.ScanOfAnother):
        papers.scanned(desk.zheng, document, qr_texts=[f"https://sj.example/verify/{other.code}"])
    with pytest.raises(refusals.ScanOfAnother):
        papers.scanned(desk.zheng, document, qr_texts=[document.code, other.code])
    with pytest.raises(refusals.ScanOfAnother):
        papers.scanned(desk.zheng, document, qr_texts=[other.code], typed_code=document.code)
    with pytest.raises(Invalid) as unread:
        papers.scanned(desk.zheng, document, qr_texts=["https://example.com/"])
    assert "code" in unread.value.fields
    with pytest.raises(refusals.ScanOfAnother):
        papers.scanned(desk.zheng, document, qr_texts=[], typed_code=other.code)
    typed = document.code.lower().replace("-", " ")
    scan = papers.scanned(desk.zheng, document, qr_texts=[], typed_code=typed)
    assert scan.code_source is CodeSource.TYPED


def test_one_scan_serves_one_document(desk: Desk) -> None:
    document, other = papers.issued(desk), papers.issued(desk)
    raw = papers.scan_png("the one")
    papers.scanned(desk.zheng, document, raw=raw)
    with pytest.raises(refusals.ScanUsed):
        papers.scanned(desk.zheng, other, raw=raw)
    signing.refuse_scan(desk.lin, document.id, reason="第二页缺失")
    assert document.state is DocumentState.ISSUED
    with pytest.raises(refusals.ScanUsed):
        papers.scanned(desk.zheng, other, raw=raw)
    papers.scanned(desk.zheng, document, raw=raw)
    signing.confirm_scan(desk.lin, document.id)
    assert [each.state for each in signing.scans_of(document.id)] == [ScanState.REFUSED, ScanState.CONFIRMED]
    assert signing.verify(desk.lin, document.id).intact


def test_names_and_days_are_told_and_make_sense(desk: Desk) -> None:
    document = papers.issued(desk)
    today = clock.today()
    wrong = {
        "vendor_on": {Side.VENDOR: Signer("郑一鸣", today + timedelta(days=1)), Side.BUREAU: Signer("林岚", today)},
        "bureau_on": {Side.VENDOR: Signer("郑一鸣", today), Side.BUREAU: Signer("林岚", today - timedelta(days=1))},
        "vendor_name": {Side.BUREAU: Signer("林岚", today)},
        "bureau_name": {Side.VENDOR: Signer("林 岚", today), Side.BUREAU: Signer("林岚", today)},
    }
    for field, signers in wrong.items():
        with pytest.raises(Invalid) as refused:
            papers.scanned(desk.zheng, document, signers=signers)
        assert field in refused.value.fields
    assert signing.entries_of(document.id) == []


def test_the_modes_are_not_mixed(desk: Desk) -> None:
    document = papers.issued(desk)
    papers.signed(desk.zheng, document)
    with pytest.raises(refusals.ModeMixed):
        papers.scanned(desk.zheng, document)
    signing.withdraw(desk.zheng, document.id, reason="改为手写签署")
    papers.scanned(desk.zheng, document)
    with pytest.raises(refusals.ModeMixed):
        papers.signed(desk.lin, document)
    with pytest.raises(refusals.ScanWaiting):
        papers.scanned(desk.wu, document)
    signing.withdraw_scan(desk.wu, document.id, reason="扫描不清晰")
    with pytest.raises(refusals.ScanNotFound):
        signing.confirm_scan(desk.lin, document.id)
    papers.both(desk, document)


def test_a_paper_that_nobody_signs_takes_no_signature_of_any_sort(desk: Desk) -> None:
    document = documents.issue(desk.lin, "contract_card", desk.contract.id)
    papers.made(document)
    for attempt in (
        lambda: papers.scanned(desk.zheng, document),
        lambda: papers.scanned(desk.lin, document, signers={}),
        lambda: papers.signed(desk.zheng, document),
        lambda: signing.decline(desk.zheng, document.id, reason="不签"),
        lambda: signing.confirm_scan(desk.lin, document.id),
    ):
        with pytest.raises(refusals.NobodySigns, match="这种文书不需要签署"):
            attempt()
    assert document.state is DocumentState.ISSUED
    assert (signing.scans_of(document.id), signing.entries_of(document.id)) == ([], [])


def test_a_paper_that_a_room_holds_back_is_neither_scanned_nor_confirmed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    document, other = papers.issued(desk), papers.issued(desk)
    papers.scanned(desk.zheng, document)
    monkeypatch.setattr(holding, "_holds", {})
    signing.hold_back("test.note", lambda: sa.select(Document.id).where(Document.id == document.id), "先补材料。")
    with pytest.raises(refusals.HeldBack, match="先补材料"):
        signing.confirm_scan(desk.lin, document.id)
    waiting = session().scalars(signing.waiting_for(desk.lin)).all()
    assert [each.id for each in waiting] == [other.id]
    signing.withdraw_scan(desk.zheng, document.id, reason="等材料")
    for attempt in (lambda: papers.scanned(desk.zheng, document), lambda: papers.signed(desk.zheng, document)):
        with pytest.raises(refusals.HeldBack, match="先补材料"):
            attempt()
    papers.both(desk, other)
    assert other.state is DocumentState.SIGNED


def test_a_refusal_to_sign_ends_a_waiting_scan(desk: Desk) -> None:
    document = papers.issued(desk)
    scan = papers.scanned(desk.zheng, document)
    signing.decline(desk.lin, document.id, reason="内容与事实不符")
    assert (scan.state, scan.slot, document.state) == (ScanState.REFUSED, None, DocumentState.ISSUED)
    assert signing.verify(desk.lin, document.id).intact


def test_only_papers_and_pictures(app: Any) -> None:
    with pytest.raises(PaperRefused):
        signing.take_scan(name="x.pdf", raw=b"MZ not a paper")
