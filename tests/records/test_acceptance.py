"""Completion, receipt and the three ends of a notice: by a person's yes, a person's no, or the clock (A30, A35–A37, B27)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from server.core import clock
from server.core.errors import Forbidden, Invalid
from server.domain import records, tickets
from server.domain.identity import SCHEDULER, AuditEntry
from server.domain.records import (
    Basis,
    CompletionState,
    Conclusion,
    DeemedAlready,
    EventKind,
    ItemCheck,
    ItemDraft,
    ItemResult,
    NoticeOpen,
    ReceiptJudged,
    ReceiptKind,
    ReceiptState,
    RecordNotFound,
    WrongState,
)
from tests.factories.records import at, notice, received
from tests.factories.tickets import responded
from tests.factories.tickets import ticket as unanswered
from tests.records.conftest import House

D = date.fromisoformat
PASSED, FAILED = ItemCheck(ItemResult.PASSED), ItemCheck(ItemResult.FAILED, "列表仍为正序")


@pytest.fixture
def friday() -> Any:
    """Friday 2025-09-26, 10:00: the third day after is a Monday."""
    with time_machine.travel(at("2025-09-26 10:00"), tick=False) as moved:
        yield moved


def kinds(record: Any) -> list[EventKind]:
    return [event.kind for event in records.events_of(record)]


def test_a36_notice_receipt_and_acceptance(friday: Any, house: House, session: Any) -> None:
    made = notice(house.a)
    assert (made.number, made.round, made.state, made.basis) == (
        "WG-2025-0001",
        1,
        CompletionState.SENT,
        Basis.AWAITING,
    )
    records.receive(house.lin, made.id)
    assert (made.state, made.received_on, made.due_on) == (CompletionState.RECEIVED, D("2025-09-26"), D("2025-09-29"))
    friday.move_to(at("2025-09-28 16:00"))
    records.accept(house.lin, made.id, remark="运行正常", members="林岚、周正")
    assert (made.state, made.conclusion, made.accepted_on) == (
        CompletionState.ACCEPTED,
        Conclusion.PASSED,
        D("2025-09-28"),
    )
    assert made.decided_by_name == "林岚"
    assert {item.result for item in records.items_of(made)} == {ItemResult.PASSED}
    assert kinds(made) == [EventKind.SENT, EventKind.RECEIVED, EventKind.ACCEPTED]
    audited = session.scalars(sa.select(AuditEntry.action).where(AuditEntry.subject_kind == "completion"))
    assert sorted(audited) == ["completion.accepted", "completion.received", "completion.sent"]


@pytest.mark.parametrize(
    ("received_on", "last"), [("2025-09-26", "2025-09-29"), ("2025-09-30", "2025-10-09"), ("2026-02-13", "2026-02-24")]
)
def test_a37_silence_accepts_at_midnight_however_late_the_job_runs(house: House, received_on: str, last: str) -> None:
    with time_machine.travel(at(f"{received_on} 17:30"), tick=False) as moved:
        made = received(house.a)
        moved.move_to(clock.end_of(D(last)).timestamp() - 1)
        assert records.deem() == []
        moved.move_to(at(f"{last} 12:00").timestamp() + 4 * 86400)
        assert [each.id for each in records.deem()] == [made.id]
        now = clock.now()
        assert records.deem() == []
    assert (made.state, made.conclusion) == (CompletionState.DEEMED, Conclusion.DEEMED)
    assert (made.decided_at, made.decided_recorded_at) == (clock.end_of(D(last)), now)
    assert made.accepted_on == D(last)
    line = records.events_of(made)[-1]
    assert (line.kind, line.at, line.recorded_at, line.actor_name) == (
        EventKind.DEEMED,
        clock.end_of(D(last)),
        now,
        SCHEDULER.name,
    )
    assert line.data["received_at"]
    # deemed is not accepted: nobody checked anything, and nobody signed
    assert {item.result for item in records.items_of(made)} == {None}


def test_a37_a_late_word_is_refused_with_the_moment_whether_or_not_the_job_ran(friday: Any, house: House) -> None:
    made = received(house.a)
    friday.move_to(at("2025-09-30 00:00"))
    for verb in (
        lambda: records.accept(house.lin, made.id),
        lambda: records.reject(house.lin, made.id, reasons="太慢"),
    ):
        with pytest.raises(DeemedAlready, match="2025-09-29 24:00"):
            verb()
    assert made.state is CompletionState.RECEIVED
    records.deem()
    with pytest.raises(DeemedAlready, match="2025-09-29 24:00"):
        records.reject(house.lin, made.id, reasons="太慢")
    assert made.state is CompletionState.DEEMED


def test_a37_a_reasoned_rejection_in_time_stops_the_clock_and_a_new_round_follows(friday: Any, house: House) -> None:
    ticket = responded(house.lin, house.lin, contract=house.a)
    tickets.resolve(house.zheng, ticket.id, text="已修复", cause="缓存")
    made = received(house.a, ticket_id=ticket.id)
    friday.move_to(at("2025-09-29 23:59"))
    with pytest.raises(Invalid):
        records.reject(house.lin, made.id, reasons="  ")
    records.reject(house.lin, made.id, reasons="列表顺序不对", results={1: PASSED, 2: FAILED}, recheck=True)
    assert (made.state, made.conclusion) == (CompletionState.REJECTED, Conclusion.RECHECK)
    assert [(item.result, item.remark) for item in records.items_of(made)] == [
        (ItemResult.PASSED, ""),
        (ItemResult.FAILED, "列表仍为正序"),
    ]
    ticket = tickets.find(house.lin, ticket.id)
    assert ticket.state is tickets.TicketState.IN_PROGRESS
    friday.move_to(at("2025-10-09 09:00"))
    assert records.deem() == []
    again = notice(house.a, ticket_id=ticket.id, follows_id=made.id, items=[ItemDraft("需求单 3", "列表按时间倒序")])
    assert (again.number, again.round, again.follows_id) == ("WG-2025-0002", 2, made.id)
    assert [each.number for each in records.rounds_of(house.zheng, again)] == ["WG-2025-0001", "WG-2025-0002"]
    with pytest.raises(NoticeOpen):
        notice(house.a, follows_id=made.id)
    records.receive(house.lin, again.id)
    records.accept(house.lin, again.id)
    assert again.state is CompletionState.ACCEPTED
    logged = [entry.kind for entry in tickets.timeline(house.lin, tickets.find(house.lin, ticket.id))]
    noticed, no, yes = (tickets.EventKind[name] for name in ("COMPLETION_NOTICED", "REJECTED", "ACCEPTED"))
    assert [kind for kind in logged if kind in (noticed, no, yes)] == [noticed, no, noticed, yes]


def test_a16_a_ticket_is_not_closed_while_its_notice_is_undecided(friday: Any, house: House) -> None:
    ticket = responded(house.lin, house.lin, contract=house.a)
    tickets.resolve(house.zheng, ticket.id, text="已修复", cause="缓存")
    made = received(house.a, ticket_id=ticket.id)
    with pytest.raises(tickets.GateShut, match=made.number):
        tickets.close(house.lin, ticket.id)
    with pytest.raises(NoticeOpen):
        notice(house.a, ticket_id=ticket.id)
    friday.move_to(at("2025-09-30 08:00"))
    records.deem()
    tickets.close(house.lin, ticket.id)
    last = [
        entry.event for entry in tickets.timeline(house.lin, ticket) if entry.kind is tickets.EventKind.DEEMED_ACCEPTED
    ]
    assert [event.at for event in last] == [clock.end_of(D("2025-09-29"))]


def test_one_item_that_failed_is_no_acceptance(friday: Any, house: House) -> None:
    made = received(house.a)
    for results in ({1: PASSED, 2: FAILED}, {1: PASSED}, {}):
        with pytest.raises(Invalid, match="有误") as refused:
            records.accept(house.lin, made.id, results=results)
        assert "results" in refused.value.fields
    with pytest.raises(Invalid):
        records.accept(house.lin, made.id, results={1: PASSED, 2: PASSED, 3: PASSED})
    assert made.state is CompletionState.RECEIVED


def test_evidence_of_the_vendor_starts_the_clock_once_the_bureau_confirms_it(friday: Any, house: House) -> None:
    made = notice(house.a)
    friday.move_to(at("2025-10-11 09:00"))
    claim = records.claim_receipt(
        house.zheng,
        made.id,
        received_at=at("2025-09-26 11:00"),
        by="林岚",
        kind=ReceiptKind.ZHEZHENGDING,
        evidence="浙政钉消息 8812 已读",
    )
    assert (claim.state, made.state, made.basis) == (ReceiptState.CLAIMED, CompletionState.SENT, Basis.AWAITING)
    assert records.deem() == []
    records.confirm_receipt(house.lin, claim.id)
    assert (made.received_on, made.due_on) == (D("2025-09-26"), D("2025-09-29"))
    with pytest.raises(ReceiptJudged):
        records.dispute_receipt(house.lin, claim.id, reason="没看到")
    # what it confirmed lies so far back that silence has accepted already
    with pytest.raises(DeemedAlready):
        records.reject(house.lin, made.id, reasons="不行")
    assert records.deem() == [made]


def test_disputed_evidence_starts_nothing(friday: Any, house: House) -> None:
    made = notice(house.a)
    told = {"by": "林岚", "kind": ReceiptKind.PAPER, "evidence": "签收单 12 号"}
    claim = records.claim_receipt(house.zheng, made.id, received_at=clock.now(), **told)
    with pytest.raises(Invalid):
        records.dispute_receipt(house.lin, claim.id, reason="")
    records.dispute_receipt(house.lin, claim.id, reason="签收单不是本人所签")
    assert (claim.state, made.state) == (ReceiptState.DISPUTED, CompletionState.SENT)
    friday.move_to(at("2025-10-20 09:00"))
    assert records.deem() == []
    records.receive(house.lin, made.id)
    assert made.due_on == D("2025-10-23")
    assert [each.state for each in records.receipts_of(made)] == [ReceiptState.DISPUTED, ReceiptState.CONFIRMED]


def test_receipt_needs_proof_and_a_moment_that_can_be(friday: Any, house: House) -> None:
    made = notice(house.a)
    paper = {"by": "林岚", "kind": ReceiptKind.PAPER}
    with pytest.raises(Invalid):
        records.receive(house.lin, made.id, **paper)
    with pytest.raises(Invalid, match="有误"):
        records.receive(house.lin, made.id, received_at=at("2025-09-26 09:59"), evidence="单", **paper)
    with pytest.raises(Invalid):
        records.receive(house.lin, made.id, received_at=at("2025-09-26 10:01"), evidence="单", **paper)
    with pytest.raises(Invalid):
        records.receive(house.lin, made.id, received_at=at("2025-09-26 10:00"))
    with pytest.raises(Invalid):
        records.claim_receipt(house.zheng, made.id, received_at=clock.now(), by="林岚", kind=ReceiptKind.CONSOLE)
    assert made.state is CompletionState.SENT


def test_finding_36_without_the_term_only_a_word_decides(house: House) -> None:
    with time_machine.travel(at("2026-03-02 10:00"), tick=False) as moved:
        made = received(house.b, house.stranger)
        assert (made.basis, made.due_on) == (Basis.NOT_AGREED, None)
        moved.move_to(at("2026-06-30 10:00"))
        assert records.deem() == []
        assert records.days_left(made, clock.today()) is None
        records.accept(house.lin, made.id)
    assert (made.state, made.accepted_on) == (CompletionState.ACCEPTED, D("2026-06-30"))


def test_b27_the_whole_contract_passes_once(house: House) -> None:
    with time_machine.travel(at("2026-07-06 10:00"), tick=False) as moved:
        first = received(house.b, house.stranger, final=True)
        assert records.accepted_on(house.b.id) is None
        with pytest.raises(NoticeOpen):
            notice(house.b, house.stranger, final=True)
        records.reject(house.lin, first.id, reasons="缺少数据字典")
        assert records.accepted_on(house.b.id) is None
        moved.move_to(at("2026-07-10 10:00"))
        again = received(house.b, house.stranger, final=True, follows_id=first.id)
        records.accept(house.lin, again.id)
        assert records.accepted_on(house.b.id) == D("2026-07-10")
        with pytest.raises(NoticeOpen):
            notice(house.b, house.stranger, final=True)
        assert records.accepted_on(house.a.id) is None


def test_b27_silence_passes_the_whole_contract_where_that_is_agreed(friday: Any, house: House) -> None:
    received(house.a, final=True)
    received(house.a)
    friday.move_to(at("2025-10-01 00:00"))
    assert len(records.deem()) == 2
    assert records.accepted_on(house.a.id) == D("2025-09-29")


def test_a_withdrawn_notice_has_no_clock_and_its_successor_is_of_the_same_round(friday: Any, house: House) -> None:
    made = received(house.a, final=True)
    records.withdraw(house.zheng, made.id, reason="清单有误")
    friday.move_to(at("2025-10-09 10:00"))
    assert records.deem() == []
    with pytest.raises(WrongState):
        records.accept(house.lin, made.id)
    again = notice(house.a, final=True, follows_id=made.id)
    assert again.round == 1


def test_each_side_has_its_own_steps(friday: Any, house: House) -> None:
    with pytest.raises(Forbidden):
        notice(house.a, house.lin)
    made = notice(house.a)
    with pytest.raises(Forbidden):
        records.receive(house.zheng, made.id)
    with pytest.raises(Forbidden):
        records.receive(house.shen, made.id)
    records.receive(house.lin, made.id)
    for verb in (records.accept, lambda who, key: records.reject(who, key, reasons="不行")):
        for who in (house.zheng, house.wu, house.shen):
            with pytest.raises(Forbidden):
                verb(who, made.id)
    with pytest.raises(Forbidden):
        records.withdraw(house.lin, made.id, reason="不要")
    with pytest.raises(Forbidden):
        records.deem(house.zhou)


def test_finding_37_another_contracts_vendor_neither_sees_nor_guesses(friday: Any, house: House, session: Any) -> None:
    ticket = responded(house.lin, house.lin, contract=house.a)
    made = received(house.a, ticket_id=ticket.id)
    claimed = notice(house.a)
    claim = records.claim_receipt(
        house.zheng, claimed.id, received_at=clock.now(), by="林", kind=ReceiptKind.EMAIL, evidence="回执"
    )
    who = house.stranger
    for verb in (
        lambda: records.find(who, made.id),
        lambda: records.withdraw(who, made.id, reason="x"),
        lambda: records.accept(who, made.id),
        lambda: records.receive(who, made.id),
        lambda: records.confirm_receipt(who, claim.id),
        lambda: records.claim_receipt(who, claimed.id, received_at=clock.now(), by="x", kind=ReceiptKind.EMAIL),
        lambda: notice(house.b, who, follows_id=made.id),
    ):
        with pytest.raises(RecordNotFound):
            verb()
    with pytest.raises(tickets.TicketNotFound):
        notice(house.b, who, ticket_id=ticket.id)
    assert list(session.scalars(records.matching(who))) == []
    assert records.for_ticket(who, ticket.id) == []
    assert records.dues(who, D("2025-01-01"), D("2026-12-31")) == []
    assert set(records.state_counts(who).values()) == {0}


def test_dues_name_what_waits(friday: Any, house: House) -> None:
    made = received(house.a)
    received(house.a, final=True)
    notice(house.a)
    found = records.dues(house.zheng, D("2025-09-29"), D("2025-09-29"))
    assert [(due.number, due.state) for due in found] == [("WG-2025-0001", "待验收"), ("WG-2025-0002", "待验收")]
    assert found[0].due_at == made.due_at
    assert records.dues(house.zheng, D("2025-09-30"), D("2025-10-30")) == []
    assert records.days_left(made, D("2025-09-27")) == 2


def test_nothing_is_complete_that_nobody_answered(friday: Any, house: House) -> None:
    ticket = unanswered(house.lin, contract=house.a)
    with pytest.raises(Invalid) as refused:
        notice(house.a, ticket_id=ticket.id)
    assert ticket.number in refused.value.fields["ticket_id"][0]
    tickets.cancel(house.lin, ticket.id, reason="误报")
    with pytest.raises(Invalid):
        notice(house.a, ticket_id=ticket.id)


def test_a36_a_notice_on_paper_stands_in_the_tickets_log_when_it_was_sent(friday: Any, house: House) -> None:
    ticket = responded(house.lin, house.lin, contract=house.a)
    friday.move_to(at("2025-10-09 10:00"))
    made = notice(house.a, ticket_id=ticket.id, sent_at=at("2025-09-26 16:00"))
    records.receive(
        house.lin, made.id, received_at=at("2025-09-26 17:00"), by="林岚", kind=ReceiptKind.PAPER, evidence="签收单"
    )
    records.deem()
    logged = {entry.kind: entry.event for entry in tickets.timeline(house.lin, tickets.find(house.lin, ticket.id))}
    noticed, deemed = logged[tickets.EventKind.COMPLETION_NOTICED], logged[tickets.EventKind.DEEMED_ACCEPTED]
    assert (noticed.at, deemed.at) == (at("2025-09-26 16:00"), clock.end_of(D("2025-09-29")))
    assert noticed.recorded_at == deemed.recorded_at == clock.now()


def test_receipt_in_the_minute_of_sending_is_not_too_early(house: House) -> None:
    with time_machine.travel(at("2025-09-26 10:00").timestamp() + 40, tick=False):
        made = notice(house.a)
        records.receive(
            house.lin, made.id, received_at=at("2025-09-26 10:00"), by="林岚", kind=ReceiptKind.EMAIL, evidence="回执"
        )
        assert made.received_on == D("2025-09-26")
