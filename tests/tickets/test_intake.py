"""Matters come in: numbers, clocks, quotas, and nobody sent away for want of a calendar or a contract."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from server.core import clock
from server.core.clock import LOCAL
from server.core.errors import Forbidden, Invalid
from server.domain import identity, tickets
from server.domain.identity import ANONYMOUS, AuditEntry, Permission
from server.domain.tickets import (
    Basis,
    Channel,
    ContentState,
    DayQuotaReached,
    EventKind,
    Severity,
    StateSecret,
    TicketEvent,
    TicketState,
)
from server.gateways.queue import Job
from tests.factories import citizens
from tests.factories.tickets import ticket, uploads
from tests.tickets.conftest import Desk

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=LOCAL)


@time_machine.travel(NOON, tick=False)
def test_a_citizen_reports(desk: Desk, session: Any) -> None:
    made = ticket(desk.wang, contract=desk.contract)
    assert made.number == "FW-2026-0001"
    assert made.state is TicketState.NEW
    assert made.title == made.text
    assert made.content_state is ContentState.PENDING
    assert made.version == 1
    (running,) = tickets.clocks_of(desk.lin, made)
    assert running.due_at == NOON + timedelta(hours=2)
    assert running.contract_revision == 1
    (event,) = session.scalars(sa.select(TicketEvent))
    assert (event.seq, event.kind, event.public) == (1, EventKind.OPENED, True)
    assert session.scalars(sa.select(Job.kind).where(Job.kind.like("content.%"))).all() == ["content.check_text"]
    entries = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "ticket.opened")).all()
    assert [entry.subject_id for entry in entries] == [str(made.id)]


def test_numbers_have_no_gaps_and_begin_anew_each_year(desk: Desk) -> None:
    with time_machine.travel(datetime(2025, 12, 31, 23, 30, tzinfo=LOCAL), tick=False):
        numbers = [ticket(desk.wang).number for _ in range(3)]
        with pytest.raises(Invalid):
            ticket(desk.wang, text="  ")
    with time_machine.travel(datetime(2026, 1, 1, 0, 5, tzinfo=LOCAL), tick=False):
        numbers.append(ticket(desk.wang).number)
    assert numbers == ["FW-2025-0001", "FW-2025-0002", "FW-2025-0003", "FW-2026-0001"]


def test_taken_without_a_contract(desk: Desk) -> None:
    made = ticket(desk.wang)
    (running,) = tickets.clocks_of(desk.lin, made)
    assert (running.basis, running.due_at) == (Basis.NO_CONTRACT, None)


@time_machine.travel(datetime(2031, 3, 3, 9, tzinfo=LOCAL), tick=False)
def test_taken_without_a_calendar(desk: Desk) -> None:
    made = ticket(desk.wang, contract=desk.contract)
    (running,) = tickets.clocks_of(desk.lin, made)
    assert (running.basis, running.due_at) == (Basis.CALENDAR_MISSING, None)
    assert "2031" in running.note


def test_a_citizen_without_consent_is_sent_to_the_notice(session: Any) -> None:
    citizens.privacy_notice()
    with pytest.raises(identity.ConsentRequired):
        ticket(citizens.actor(citizens.citizen("li", consented=False)))


def test_somebody_unknown_reports_and_looks_it_up(desk: Desk) -> None:
    code = tickets.new_query_code()
    made = ticket(ANONYMOUS, contract=desk.contract, query_code=code)
    assert made.reporter_id is None
    assert made.content_state is ContentState.REVIEW
    assert code not in str(vars(made))
    receipt = tickets.lookup(number=made.number.lower(), query_code=f" {code.lower()} ")
    assert receipt.ticket.id == made.id
    assert [entry.what for entry in receipt.entries] == ["您提交了问题"]
    assert receipt.entries[0].text == made.text


def test_a_receipt_says_nothing_of_what_was_wrong(desk: Desk, session: Any, queries: Any) -> None:
    code = tickets.new_query_code()
    made = ticket(ANONYMOUS, query_code=code)
    known = ticket(desk.wang)
    session.flush()
    asked = [(made.number, "WRONG"), ("FW-2026-9999", code), (known.number, code), (known.number, "")]
    for number, given in asked:
        with queries() as seen, pytest.raises(tickets.ReceiptNotFound) as refused:
            tickets.lookup(number=number, query_code=given)
        assert len(seen) == 1
        assert refused.value.text == tickets.ReceiptNotFound.message


def test_daily_quota_of_somebody_unknown_is_by_address_and_ends_at_midnight(desk: Desk) -> None:
    tickets.set_policy(_configurer(), anonymous_daily_tickets=2)
    with time_machine.travel(datetime(2026, 3, 3, 23, 0, tzinfo=LOCAL), tick=False):
        ticket(ANONYMOUS)
        ticket(ANONYMOUS)
        with pytest.raises(DayQuotaReached) as refused:
            ticket(ANONYMOUS)
        assert refused.value.retry_after == 3600
        ticket(identity.Actor(kind=identity.ActorKind.ANONYMOUS, address="192.0.2.99"))
    with time_machine.travel(datetime(2026, 3, 4, 0, 1, tzinfo=LOCAL), tick=False):
        ticket(ANONYMOUS)


def test_staff_enter_a_call_taken_earlier(desk: Desk) -> None:
    earlier = clock.now() - timedelta(hours=1)
    made = ticket(
        desk.zheng,
        contract=desk.contract,
        channel=Channel.PHONE,
        severity=Severity.MAJOR,
        business_stopped=True,
        received_at=earlier,
        contact_name="孙晓梅",
        contact_phone="13800138000",
    )
    assert made.content_state is ContentState.PASS
    assert [running.started_at for running in tickets.clocks_of(desk.lin, made)] == [earlier, earlier]
    contact = tickets.contact_of(desk.zheng, made.id)
    assert contact is not None
    assert (contact.name, contact.phone) == ("孙**", "138****8000")
    assert "13800138000" not in str(made.contact_sealed)
    with pytest.raises(Forbidden):
        tickets.unmask_contact(desk.zheng, made.id, reason="回访")
    assert tickets.unmask_contact(desk.zhou, made.id, reason="回访").phone == "13800138000"


def test_staff_cannot_enter_the_future(desk: Desk) -> None:
    with pytest.raises(Invalid):
        ticket(desk.lin, received_at=clock.now() + timedelta(hours=1))


def test_a_vendor_opens_under_its_own_contract_only(desk: Desk) -> None:
    assert ticket(desk.zheng, contract=desk.contract)
    with pytest.raises(Forbidden):
        ticket(desk.zheng)
    with pytest.raises(Forbidden):
        ticket(desk.zheng, contract_id=desk.wang.id)


def test_pictures_are_taken_by_one_ticket_only(desk: Desk) -> None:
    ids = uploads(2, desk.wang)
    made = ticket(desk.wang, upload_ids=ids)
    assert [each.id for each in tickets.attachments_of([made.id])] == ids
    for wrong in (ids, uploads(1, citizens.actor("zhao")), [made.id], uploads(10, desk.wang)):
        with pytest.raises(Invalid) as refused:
            ticket(desk.wang, upload_ids=wrong)
        assert "upload_ids" in refused.value.fields


@pytest.mark.parametrize("text", ["附件为机密★10年的通知", "这是 绝密 ★ 文件"])
def test_state_secrets_are_refused(desk: Desk, text: str) -> None:
    with pytest.raises(StateSecret):
        ticket(desk.wang, text=text)


def test_long_first_lines_become_short_titles(desk: Desk) -> None:
    assert len(ticket(desk.wang, text="打不开" * 30).title) == 40
    assert ticket(desk.wang, text="第一行\n第二行").title == "第一行"
    assert ticket(desk.wang, title="自己起的题目").title == "自己起的题目"


def test_policy_is_data_and_audited(desk: Desk, session: Any) -> None:
    with pytest.raises(Forbidden):
        tickets.set_policy(desk.lin, reopen_days=3)
    for wrong in ({"no_such_rule": 1}, {"reopen_days": -1}):
        with pytest.raises(Invalid):
            tickets.set_policy(_configurer(), **wrong)
    tickets.set_policy(_configurer(), reopen_days=3)
    assert tickets.set_policy(_configurer(), reopen_days=4).reopen_days == 4
    entries = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "ticket_policy.changed")).all()
    assert [entry.changes for entry in entries] == [{"reopen_days": [7, 3]}, {"reopen_days": [3, 4]}]


def _configurer() -> identity.Actor:
    from tests.factories import identity as people

    chen = people.actor("chen")
    assert chen.may(Permission.SYSTEM_CONFIGURE)
    return chen


def test_moments_are_kept_in_utc(desk: Desk) -> None:
    assert ticket(desk.wang).received_at.tzinfo is UTC
