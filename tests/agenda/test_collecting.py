"""Every room's dates come together: one duty of each kind, each under its own right and of its own contract."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import date

import pytest

from server.core import clock
from server.domain import agenda, calendar, contracts, deliverables, records, tickets
from server.domain.agenda import Entry, EntryKind, Urgency, sources
from server.domain.calendar import YearStatus
from server.domain.identity import SCHEDULER, Actor
from tests.agenda.conftest import Office, at
from tests.factories import agenda as duties
from tests.factories import identity as people
from tests.factories import payments as money
from tests.factories import tickets as desk
from tests.factories.contracts import contract_a
from tests.factories.payments import Till

D = date.fromisoformat
NOW = "2025-12-01 10:00"
FIRST, LAST = D("2025-11-01"), D("2026-04-30")


@pytest.fixture
def full(office: Office) -> Office:
    """Both contracts with one duty of each kind; 吴 manages ours (B), 白 theirs (A)."""
    with at(NOW):
        for contract, login, mark in ((office.ours, "wu", "甲乙"), (office.theirs, "bai", "丙丁")):
            duties.one_of_each(
                contract,
                manager=office.actor(login),
                administrator=office.actor("zhou"),
                handler=office.actor("lin"),
                mark=mark,
            )
        money.received(
            Till(office.ours, *(office.actor(login) for login in ("lin", "zhou", "zhou", "zheng", "wu", "bai")))
        )
    return office


def told(actor: Actor, **asked: object) -> list[Entry]:
    with at(NOW):
        return agenda.entries(actor, first=FIRST, last=LAST, **asked)  # type: ignore[arg-type]


def test_every_kind_is_there(full: Office) -> None:
    found = told(full.actor("zhou"))
    assert {each.kind for each in found} == set(EntryKind)
    counts = Counter(each.kind for each in found if each.contract_id == full.theirs.id)
    # Contract A to 2026-03-31: inspections November to March (5), summaries of October to March due in the window (6),
    # one final summary.
    assert counts[EntryKind.DELIVERABLE] == 12
    assert [(str(each.due_on), each.done) for each in found if each.kind is EntryKind.CALENDAR] == [
        ("2025-12-01", True)
    ]
    by_kind = {each.kind: each for each in found if each.contract_id == full.theirs.id}
    # A36: Monday 12-01 and three natural days. A19: the night without anybody has begun, so it is due when it begins.
    assert by_kind[EntryKind.ACCEPTANCE].due_on == D("2025-12-04")
    assert by_kind[EntryKind.MATERIAL].due_on == by_kind[EntryKind.RECTIFICATION].due_on == D("2025-12-06")
    assert by_kind[EntryKind.REPLACEMENT].due_on == D("2025-12-06")
    # B26: 60 working days after 12-01, when the invoice came: 22 in December, 21 in January (Sunday 4 worked), 16 in
    # February (14 and 28 worked, 15 to 23 free), and Monday 2 March.
    assert [str(each.due_on) for each in found if each.kind is EntryKind.PAYMENT] == ["2026-03-02"]
    # A02: the term. A20: two hours on a working day.
    assert by_kind[EntryKind.CONTRACT_END].due_on == D("2026-03-31")
    ticket = by_kind[EntryKind.TICKET]
    assert ticket.due_at is not None
    assert clock.to_local(ticket.due_at).strftime("%m-%d %H:%M") == "12-01 12:00"
    # Fourteen days of our own for a sheet without a planned day.
    assert by_kind[EntryKind.REFERRAL].due_on == D("2025-12-15")
    assert "内部提醒" in by_kind[EntryKind.REFERRAL].note


def test_they_come_in_order_and_know_themselves(full: Office) -> None:
    found = told(full.actor("zhou"))
    assert [each.ends_at for each in found] == sorted(each.ends_at for each in found)
    names = [(each.kind, each.object_id) for each in found]
    assert len(names) == len(set(names))
    assert all(FIRST <= each.due_on <= LAST for each in found if each.due_on)


def test_a37_a_vendor_meets_nothing_of_another_contract(full: Office) -> None:
    for login, own, other, mark in (("wu", full.ours, full.theirs, "丙丁"), ("bai", full.theirs, full.ours, "甲乙")):
        found = told(full.actor(login))
        # The years' lists are nobody's.
        assert {each.contract_id for each in found if each.kind is not EntryKind.CALENDAR} == {own.id}
        assert {each.kind for each in found} >= {EntryKind.MATERIAL, EntryKind.RECTIFICATION, EntryKind.REFERRAL}
        assert not [each for each in found if mark in each.title or str(other.id) in str(each.place)]
        # Asked for by name it is as if it were not there.
        assert told(full.actor(login), contract_id=other.id) == []


def test_each_kind_has_its_own_right(full: Office) -> None:
    assert {each.kind for each in told(full.actor("shen"))} == set(EntryKind)
    for login in ("lin", "zhou", "shen", "zheng", "wu", "bai"):
        actor = full.actor(login)
        assert {each.kind for each in told(actor)} <= {kind for kind in EntryKind if actor.may(kind.permission)}


def test_filters_by_contract_and_kind(full: Office) -> None:
    zhou = full.actor("zhou")
    only = told(zhou, contract_id=full.ours.id)
    assert {each.contract_id for each in only} == {full.ours.id}
    assert {each.kind for each in told(zhou, kinds=[EntryKind.MATERIAL, EntryKind.PAYMENT])} == {
        EntryKind.MATERIAL,
        EntryKind.PAYMENT,
    }
    assert told(zhou, kinds=[]) == []


def test_the_next_years_list_is_a_duty_of_the_bureau(full: Office) -> None:
    # Domain.md §3: without next year's list no deadline beyond New Year is sure. 2026 is official here, 2027 is not.
    with at("2026-11-20 10:00"):
        found = agenda.entries(full.actor("zhou"), first=D("2026-11-01"), last=D("2027-12-31"))
        lists = [(each.title, str(each.due_on), each.done) for each in found if each.kind is EntryKind.CALENDAR]
        assert lists == [("导入 2027 年放假安排", "2026-12-01", False), ("导入 2028 年放假安排", "2027-12-01", False)]
        calendar.seed(SCHEDULER, years=(2027,))
        provisional = calendar.load().status(2027) is YearStatus.PROVISIONAL
        again = agenda.entries(full.actor("zhou"), first=D("2026-11-01"), last=D("2026-12-31"))
        assert [each.done for each in again if each.kind is EntryKind.CALENDAR] == [not provisional]


def test_what_is_settled_is_gone(full: Office) -> None:
    with at(NOW):
        zhou = full.actor("zhou")
        (ticket,) = agenda.entries(zhou, first=FIRST, last=LAST, kinds=[EntryKind.TICKET])
        (completion,) = agenda.entries(zhou, first=FIRST, last=LAST, kinds=[EntryKind.ACCEPTANCE])
        records.accept(full.actor("lin"), uuid.UUID(completion.object_id))
        tickets.respond(full.actor("lin"), uuid.UUID(ticket.object_id.split(":")[0]), text="已收到")
        left = {each.object_id for each in agenda.entries(zhou, first=FIRST, last=LAST)}
    assert not left & {completion.object_id, ticket.object_id}


def test_urgency_follows_the_lead(full: Office) -> None:
    with at(NOW):
        found = {each.kind: each.urgency for each in agenda.entries(full.actor("bai"), first=FIRST, last=LAST)}
        held = agenda.policy().leads
    assert found[EntryKind.CONTRACT_END] is Urgency.AHEAD
    assert held[EntryKind.MATERIAL] < 5
    assert found[EntryKind.MATERIAL] is Urgency.AHEAD
    assert found[EntryKind.REPLACEMENT] is Urgency.SOON


def test_pages_say_when_there_are_more_clocks_than_they_show(full: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MOST_TICKETS", 3)
    with at(NOW):
        for _ in range(4):
            desk.ticket(contract=full.theirs)
        found = agenda.survey(full.actor("lin"), first=FIRST, last=LAST)
        assert (sum(each.kind is EntryKind.TICKET for each in found.entries), found.cut) == (3, True)
        # Alerts are raised of every one.
        agenda.arm()
        alerts = [each for each in full.alerts() if each.object_kind is EntryKind.TICKET]
    # The supplement's tickets and the two that each contract had; a contract that is silent has no clock (#36).
    assert len(alerts) == 5


def test_a31_what_has_no_day_is_still_asked_for(full: Office) -> None:
    with at(NOW):
        found = agenda.survey(full.actor("bai"), first=D("2025-12-01"), last=D("2025-12-07"))
        assert [(each.title, each.refused, each.due_on) for each in found.undated] == [
            ("运维服务方案（一次性）", "", None)
        ]
        deliverables.hand_in(
            full.actor("bai"),
            contract_id=full.theirs.id,
            key="plan",
            cycle_on=full.theirs.starts_on,
            summary="初稿",
        )
        assert agenda.survey(full.actor("bai"), first=D("2025-12-01"), last=D("2025-12-07")).undated == []


def test_a_draft_and_a_contract_ended_early_owe_nothing_more(full: Office) -> None:
    with at(NOW):
        draft = contract_a(active=False)
        zhou = full.actor("zhou")
        assert draft.id not in {each.contract_id for each in agenda.entries(zhou, first=FIRST, last=LAST)}
        contract = contracts.find(zhou, full.theirs.id)
        contracts.end(zhou, contract, ended_on=D("2025-12-01"), reason="双方书面同意", agreed_by_both=True)
        after = agenda.entries(
            zhou, first=D("2025-12-01"), last=LAST, contract_id=contract.id, kinds=[EntryKind.DELIVERABLE]
        )
        # November's summary, the month that was begun, and the one that the paper dates.
        assert [(each.title, str(each.due_on)) for each in after] == [
            ("每月现场巡检单（2025年12月）", "2025-12-01"),
            ("运维总结报告（每月）（2025年11月）", "2025-12-05"),
            ("运维总结报告（每月）（2025年12月）", "2026-01-08"),
            ("运维总结报告（合同期满）（一次性）", "2026-03-31"),
        ]
        # The vendor of it is out.
        assert not people.actor("bai").may(EntryKind.DELIVERABLE.permission)
