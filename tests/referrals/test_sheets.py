"""Feedback sheets (domain.md B17): every one comes to an outcome, and what lies with the province is the bureau's word."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine

from server.core import clock, crypto
from server.core.crypto import KeyRing
from server.core.errors import Forbidden, Invalid
from server.domain import referrals, tickets
from server.domain.identity import Actor
from server.domain.referrals import (
    BureauOnly,
    EventKind,
    ExternalState,
    Handling,
    NotAtProvince,
    Outcome,
    ReferralNotFound,
    Sheet,
    SheetState,
    Subject,
    Verdict,
    WrongSheetState,
)
from server.domain.tickets import EventKind as TicketEvent
from server.gateways.papers import PaperRefused
from tests.factories import citizens, contracts
from tests.factories import identity as people
from tests.factories import referrals as made
from tests.factories import tickets as desk


def vendor_of(contract: Any, login: str = "zheng") -> Actor:
    return people.actor(login, contract_id=contract.id)


def judged(sheet: Sheet, by: Actor, handling: Handling = Handling.PROVINCE) -> Sheet:
    referrals.send_sheet(by, sheet.id, to="省项目组")
    return referrals.judge_sheet(by, sheet.id, verdict=Verdict.DEFECT, handling=handling, analysis="缓存问题")


def test_b17_from_ticket_to_outcome_and_visit(session: Any) -> None:
    contract = contracts.contract_a()
    vendor, bureau = vendor_of(contract), people.actor("lin")
    ticket = desk.ticket(contract=contract)
    sheet = made.sheet(contract, vendor, ticket_id=ticket.id)
    assert sheet.number == f"FKD-{contract.number}-{clock.today().year}-001"
    assert referrals.reporter_phone(sheet) == "138****5678"
    judged(sheet, vendor)
    assert (sheet.state, sheet.external_state) == (SheetState.JUDGED, ExternalState.RECEIVED)
    referrals.settle_sheet(bureau, sheet.id, outcome=Outcome.FIXED_BY_PROVINCE, result="已核实")
    assert (sheet.state, sheet.external_state) == (SheetState.SETTLED, ExternalState.FIXED)
    with pytest.raises(Invalid):
        referrals.visit_sheet(vendor, sheet.id, satisfied=False)
    referrals.visit_sheet(vendor, sheet.id, satisfied=False, note="偶尔还报错")
    referrals.reopen_sheet(bureau, sheet.id, reason="没有好")
    assert (sheet.state, sheet.outcome, sheet.external_state) == (SheetState.JUDGED, None, ExternalState.IN_PROGRESS)
    kinds = [event.kind for event in referrals.events_of(sheet)]
    assert kinds == [
        *(EventKind.FILED, EventKind.SENT, EventKind.JUDGED, EventKind.SETTLED, EventKind.VISITED),
        EventKind.REOPENED,
    ]
    told = [entry.kind for entry in tickets.timeline(bureau, ticket)]
    assert told.count(TicketEvent.REFERRED) == 1
    assert told.count(TicketEvent.REFERRAL_RETURNED) == 2
    [line] = referrals.of_ticket(bureau, ticket.id)
    assert (line.kind, line.number) == (Subject.SHEET, sheet.number)


def test_b18_the_vendor_never_says_that_the_province_fixed_it(session: Any) -> None:
    contract = contracts.contract_a()
    vendor, bureau = vendor_of(contract, "wu"), people.actor("lin")
    sheet = judged(made.sheet(contract, vendor), vendor)
    for outcome in Outcome:
        if outcome is not Outcome.VOID:
            with pytest.raises(BureauOnly):
                referrals.settle_sheet(vendor, sheet.id, outcome=outcome, result="好了")
    with pytest.raises(BureauOnly):
        referrals.note_external(vendor, Sheet, sheet.id, state=ExternalState.FIXED)
    # Nor by calling it its own first.
    with pytest.raises(BureauOnly):
        referrals.judge_sheet(vendor, sheet.id, verdict=Verdict.DEFECT, handling=Handling.VENDOR, analysis="我们修")
    referrals.note_external(vendor, Sheet, sheet.id, state=ExternalState.REPORTED_FIXED, external_number="SJ-9")
    assert (sheet.outcome, sheet.external_number) == (None, "SJ-9")
    referrals.note_external(bureau, Sheet, sheet.id, state=ExternalState.FIXED)
    with pytest.raises(BureauOnly):
        referrals.note_external(vendor, Sheet, sheet.id, state=ExternalState.IN_PROGRESS)
    with pytest.raises(BureauOnly):
        referrals.reopen_sheet(vendor, sheet.id, reason="x")


def test_what_the_vendor_handles_it_settles(session: Any) -> None:
    contract = contracts.contract_a()
    vendor = vendor_of(contract)
    sheet = judged(made.sheet(contract, vendor), vendor, Handling.VENDOR)
    with pytest.raises(NotAtProvince):
        referrals.note_external(vendor, Sheet, sheet.id, state=ExternalState.RECEIVED)
    with pytest.raises(BureauOnly):
        referrals.settle_sheet(vendor, sheet.id, outcome=Outcome.FIXED_BY_PROVINCE, result="…")
    referrals.settle_sheet(vendor, sheet.id, outcome=Outcome.FIXED_BY_VENDOR, result="已重推")
    assert sheet.outcome is Outcome.FIXED_BY_VENDOR


def test_steps_out_of_turn_are_refused(session: Any) -> None:
    contract = contracts.contract_a()
    bureau = people.actor("lin")
    sheet = made.sheet(contract, bureau)
    for step in (
        lambda: referrals.judge_sheet(bureau, sheet.id, verdict=Verdict.DATA, handling=Handling.NOBODY, analysis="x"),
        lambda: referrals.settle_sheet(bureau, sheet.id, outcome=Outcome.EXPLAINED, result="x"),
        lambda: referrals.visit_sheet(bureau, sheet.id, satisfied=True),
        lambda: referrals.reopen_sheet(bureau, sheet.id, reason="x"),
    ):
        with pytest.raises(WrongSheetState):
            step()
    before = sheet.found_at - timedelta(days=1)
    with pytest.raises(Invalid):
        referrals.send_sheet(bureau, sheet.id, to="省项目组", sent_at=before)
    with pytest.raises(Invalid):
        referrals.send_sheet(bureau, sheet.id, to="省项目组", sent_at=clock.now() + timedelta(days=1))
    referrals.send_sheet(bureau, sheet.id, to="省项目组")
    with pytest.raises(WrongSheetState):
        referrals.void_sheet(bureau, sheet.id, reason="x")
    with pytest.raises(WrongSheetState):
        referrals.amend_sheet(bureau, sheet.id, made.sheet_draft())
    referrals.settle_sheet(bureau, sheet.id, outcome=Outcome.WITHDRAWN, result="单位不再反馈")
    assert sheet.outcome is Outcome.WITHDRAWN


def test_numbers_without_gaps_in_each_contract(session: Any) -> None:
    a, b = contracts.contract_a(), contracts.contract_b()
    numbers = [made.sheet(each).number.rpartition("-")[2] for each in (a, b, a, a, b)]
    assert numbers == ["001", "001", "002", "003", "002"]
    with pytest.raises(Invalid), session.begin_nested():
        made.sheet(a, actual="密码：Abc12345")
    sheet = made.sheet(a)
    assert sheet.number.endswith("-004")
    referrals.void_sheet(people.actor("lin"), sheet.id, reason="重复")
    assert made.sheet(a).number.endswith("-005")


def test_open_ones_with_their_age(session: Any) -> None:
    contract = contracts.contract_a()
    bureau = people.actor("lin")
    with time_machine.travel("2026-03-02T01:00:00Z", tick=False):
        old = made.sheet(contract)
        requirement = made.requirement(contract)
    with time_machine.travel("2026-03-20T01:00:00Z", tick=False):
        judged(old, bureau)
        referrals.judge_sheet(
            *(bureau, old.id),
            verdict=Verdict.DEFECT,
            handling=Handling.PROVINCE,
            analysis="…",
            planned_on=date(2026, 3, 25),
        )
        application = made.application(contract)
        waiting = referrals.unsettled(bureau)
        assert [each.id for each in waiting] == [old.id, requirement.id, application.id]
        assert [each.age(clock.today()) for each in waiting] == [18, 18, 0]
        assert not waiting[0].late(date(2026, 3, 25))
        assert waiting[0].late(date(2026, 3, 26))
        assert referrals.counts(bureau) == {
            Subject.SHEET: 1,
            Subject.REQUIREMENT: 1,
            Subject.APPLICATION: 1,
        }
        referrals.settle_sheet(bureau, old.id, outcome=Outcome.REFUSED, result="不修")
        assert [each.id for each in referrals.unsettled(bureau)] == [requirement.id, application.id]


def test_another_vendor_finds_nothing(session: Any) -> None:
    a, b = contracts.contract_a(), contracts.contract_b()
    ours, theirs = vendor_of(a), vendor_of(b, "wu")
    sheet = made.sheet(a, ours)
    requirement, application, talk = made.requirement(a, ours), made.application(a, ours), made.liaison(a, ours)
    for matter in (sheet, requirement, application, talk):
        with pytest.raises(ReferralNotFound):
            referrals.find(theirs, type(matter), matter.id)
        assert session.scalars(referrals.matching(theirs, type(matter))).all() == []
    with pytest.raises(ReferralNotFound):
        referrals.send_sheet(theirs, sheet.id, to="省项目组")
    with pytest.raises(ReferralNotFound):
        made.liaison(b, theirs, application_id=application.id)
    assert referrals.unsettled(theirs) == []
    auditor = people.actor("shen")
    assert referrals.find(auditor, Sheet, sheet.id) is sheet
    with pytest.raises(Forbidden):
        referrals.send_sheet(auditor, sheet.id, to="省项目组")


def test_sealed_numbers_rotate(session: Any) -> None:
    made.sheet(contracts.contract_a())
    assert referrals.rotate_referral_keys() == 0


# What a sheet may be settled with, by who handles it: the bureau's pen, so that nothing else stands in the way.
ALWAYS = {Outcome.EXPLAINED, Outcome.REFUSED, Outcome.WITHDRAWN}
ENDS = {
    Handling.VENDOR: ALWAYS | {Outcome.FIXED_BY_VENDOR},
    Handling.PROVINCE: ALWAYS | {Outcome.FIXED_BY_PROVINCE},
    Handling.NOBODY: ALWAYS,
}


@pytest.mark.parametrize("handling", Handling)
@pytest.mark.parametrize("outcome", Outcome)
def test_b17_every_end_is_borne_out_by_the_sheet(session: Any, handling: Handling, outcome: Outcome) -> None:
    bureau = people.actor("lin")
    sheet = judged(made.sheet(contracts.contract_a(), bureau), bureau, handling)
    if outcome in ENDS[handling]:
        referrals.settle_sheet(bureau, sheet.id, outcome=outcome, result="已核实")
        assert (sheet.state, sheet.outcome) == (SheetState.SETTLED, outcome)
    else:
        with pytest.raises(Invalid) as refused:
            referrals.settle_sheet(bureau, sheet.id, outcome=outcome, result="已核实")
        assert set(refused.value.fields) == {"outcome"}
        assert (sheet.state, sheet.outcome) == (SheetState.JUDGED, None)


def test_what_became_a_requirement_has_one(session: Any) -> None:
    contract = contracts.contract_a()
    bureau, vendor = people.actor("lin"), vendor_of(contract)
    sheet = judged(made.sheet(contract, vendor), vendor, Handling.NOBODY)
    void = made.requirement(contract, sheet_id=sheet.id)
    referrals.void_requirement(bureau, void.id, reason="重复")
    with pytest.raises(Invalid):
        referrals.settle_sheet(vendor, sheet.id, outcome=Outcome.BECAME_REQUIREMENT, result="转需求")
    made.requirement(contract, vendor, sheet_id=sheet.id)
    referrals.settle_sheet(vendor, sheet.id, outcome=Outcome.BECAME_REQUIREMENT, result="转需求")
    assert sheet.outcome is Outcome.BECAME_REQUIREMENT


def test_the_bureau_takes_it_back_from_the_province(session: Any) -> None:
    contract = contracts.contract_a()
    vendor, bureau = vendor_of(contract), people.actor("lin")
    sheet = judged(made.sheet(contract, vendor), vendor)
    referrals.judge_sheet(bureau, sheet.id, verdict=Verdict.DATA, handling=Handling.VENDOR, analysis="本地可修")
    # It has lain with the province: who ends it is still the bureau.
    with pytest.raises(BureauOnly):
        referrals.settle_sheet(vendor, sheet.id, outcome=Outcome.FIXED_BY_VENDOR, result="修好了")
    referrals.settle_sheet(bureau, sheet.id, outcome=Outcome.FIXED_BY_VENDOR, result="已核实")
    assert sheet.outcome is Outcome.FIXED_BY_VENDOR


def test_the_reporters_number_is_masked_sealed_shown_for_a_reason_and_rotated(session: Any) -> None:
    contract = contracts.contract_a()
    vendor, admin = vendor_of(contract), people.actor("zhou")
    sheet, plain = made.sheet(contract, vendor), made.sheet(contract, vendor, reporter_phone="")
    assert "13812345678" not in (sheet.reporter_phone or "")
    assert [referrals.reporter_phone(each) for each in (sheet, plain)] == ["138****5678", ""]
    assert referrals.reporter_phone(made.sheet(contract, reporter_phone="8812345")) == "*******"
    with pytest.raises(Forbidden):
        referrals.unmask_reporter(vendor, sheet.id, reason="想看看")
    with pytest.raises(Invalid):
        referrals.unmask_reporter(admin, sheet.id, reason=" ")
    assert referrals.unmask_reporter(admin, sheet.id, reason="回访") == "13812345678"
    [entry] = citizens.entries("sheet.reporter_unmasked")
    assert "回访" in entry.summary
    assert "13812345678" not in entry.summary
    old = crypto.ring()
    keys = {"k2": b"2" * 32}
    crypto.install(KeyRing(keys={**keys, **old.keys}, current="k2", index_key=old.index_key, cipher=old.cipher))
    try:
        assert referrals.rotate_referral_keys() == 2
        assert referrals.rotate_referral_keys() == 0
        session.expire_all()
        crypto.install(KeyRing(keys=keys, current="k2", index_key=old.index_key, cipher=old.cipher))
        assert referrals.unmask_reporter(admin, sheet.id, reason="轮换后核对") == "13812345678"
    finally:
        crypto.install(old)


def test_screenshots_belong_to_the_sheet(session: Any) -> None:
    a, b = contracts.contract_a(), contracts.contract_b()
    ours, theirs = vendor_of(a), vendor_of(b, "wu")
    sheet = made.sheet(a, ours)
    paper = referrals.add_paper(ours, sheet.id, name="报错.png", raw=desk.picture())
    assert b"".join(referrals.read_paper(referrals.find_paper(ours, paper.id)))[:4] == b"\x89PNG"
    with pytest.raises(ReferralNotFound):
        referrals.find_paper(theirs, paper.id)
    with pytest.raises(ReferralNotFound):
        referrals.add_paper(theirs, sheet.id, name="报错.png", raw=desk.picture())
    with pytest.raises(PaperRefused):
        referrals.add_paper(ours, sheet.id, name="报错.png", raw=b"MZ\x90\x00 a program")
    for _ in range(11):
        referrals.add_paper(ours, sheet.id, name="报错.png", raw=desk.picture())
    with pytest.raises(Invalid):
        referrals.add_paper(ours, sheet.id, name="报错.png", raw=desk.picture())
