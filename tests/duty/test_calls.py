"""The log of calls: a missed one is exactly one ticket, whose clock began when it rang (A19, A20)."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from server.core import clock, crypto
from server.core.crypto import KeyRing
from server.core.db import session as running
from server.core.errors import Forbidden, Invalid, NotFound
from server.domain import duty, tickets
from server.domain.duty import Call, CallState, Figures, figures
from server.domain.identity import SCHEDULER, AuditEntry
from server.domain.tickets import Channel, Kind, Ticket
from tests.duty.conftest import at, day
from tests.factories import identity as people

NUMBER = "13800002222"
NOW = "2026-11-03 12:00"


@pytest.fixture(autouse=True)
def _now():
    with clock.replaying(at(NOW)):
        yield


def log(house, started="2026-11-02 09:00", *, answered=False, who=None, **values):
    usual = {"contract_id": house.a.id, "number": NUMBER}
    return duty.log_call(who or house.zheng, **(usual | values), started_at=at(started), answered=answered)


def count():
    return running().scalar(sa.select(sa.func.count()).select_from(Ticket))


def test_a19_a_missed_call_opens_a_ticket_as_of_the_moment_it_rang(house):
    call = log(house, caller="王先生")
    ticket = running().get_one(Ticket, call.ticket_id)
    assert call.state is CallState.MISSED
    assert (ticket.channel, ticket.received_at, ticket.contract_id) == (
        Channel.PHONE,
        at("2026-11-02 09:00"),
        house.a.id,
    )
    due = {each.kind.value: each.due_at for each in tickets.clocks_of(house.zheng, ticket)}
    assert due == {"response": at("2026-11-02 11:00")}
    assert "未接来电" in ticket.title
    assert count() == 1


def test_an_answered_call_opens_none_and_may_name_its_ticket(house, plan):
    plan("2026-11-02 08:00", "2026-11-02 20:00", name="钱进")
    call = log(house, answered=True)
    assert (call.ticket_id, call.answered_by, count()) == (None, "钱进", 0)
    ticket = duty.open_for(house.zheng, call.id, kind=Kind.CONSULTATION, text="问办理材料", answer="已告知所需材料")
    assert ticket.received_at == at("2026-11-02 09:00")
    assert ticket.responded_at == call.answered_at
    with pytest.raises(duty.CallSettled):
        duty.link_call(house.zheng, call.id, ticket_id=ticket.id)
    again = log(house, "2026-11-02 10:00", answered=True, ticket_id=ticket.id)
    assert {each.id for each in duty.calls_of(house.lin, ticket.id)} == {call.id, again.id}


def test_the_same_caller_before_any_answer_is_one_matter_and_one_ticket(house):
    first = log(house)
    second = log(house, "2026-11-02 09:05", number="138-0000-2222")
    assert second.ticket_id == first.ticket_id
    other = log(house, "2026-11-02 09:06", number="13900003333")
    assert other.ticket_id != first.ticket_id
    withheld = [log(house, f"2026-11-02 09:{n}", number="").ticket_id for n in (10, 11)]
    assert len({*withheld, first.ticket_id, other.ticket_id}) == 4
    duty.call_back(house.zheng, first.id, text="已告知", at=at("2026-11-02 09:30"))
    later = log(house, "2026-11-02 15:00")
    assert later.ticket_id != first.ticket_id
    assert count() == 5


def test_a20_calling_back_is_the_response_and_is_said_once(house):
    call = log(house)
    for wrong in ("2026-11-02 08:59", "2026-11-03 12:05"):
        with pytest.raises(Invalid):
            duty.call_back(house.zheng, call.id, text="已告知", at=at(wrong))
    with pytest.raises(Invalid):
        duty.call_back(house.zheng, call.id, text=" ")
    duty.call_back(house.zheng, call.id, text="已告知", at=at("2026-11-02 10:00"))
    ticket = running().get_one(Ticket, call.ticket_id)
    assert (call.state, ticket.responded_at) == (CallState.CALLED_BACK, at("2026-11-02 10:00"))
    with pytest.raises(duty.CallSettled):
        duty.call_back(house.zheng, call.id, text="再拨")


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("started_at", {"started": "2026-11-03 12:02"}),
        ("answered_at", {"answered": True, "answered_at": at("2026-11-02 08:59")}),
        ("answered_at", {"answered": False, "answered_at": at("2026-11-02 09:01")}),
        ("ended_at", {"ended_at": at("2026-11-02 08:59")}),
        ("ended_at", {"ended_at": at("2026-11-03 12:02")}),
        ("number", {"number": "转 8 号"}),
        ("caller", {"caller": "名" * 65}),
    ],
)
def test_what_cannot_have_been(house, field, values):
    with pytest.raises(Invalid) as refused:
        log(house, **values)
    assert list(refused.value.fields) == [field]
    assert count() == 0


def test_numbers_are_sealed_masked_and_found_only_whole(house):
    call = log(house, number="+86 138 0000 2222", caller="王先生")
    stored = running().execute(sa.select(Call.phone_sealed, Call.phone_index, Call.phone_masked)).one()
    assert "13800002222" not in " ".join(stored)
    assert call.phone_masked == "+86*******2222"
    found = {
        text: len(running().scalars(duty.calls_matching(house.lin, text=text)).all())
        for text in ("+8613800002222", "+86 138-0000-2222", "2222", "138", "王先", call.number, "%", "_")
    }
    assert found == {
        "+8613800002222": 1,
        "+86 138-0000-2222": 1,
        "2222": 0,
        "138": 0,
        "王先": 1,
        call.number: 1,
        "%": 0,
        "_": 0,
    }


def test_the_whole_number_is_for_a_reason_that_is_kept(house):
    call = log(house)
    with pytest.raises(Forbidden):
        duty.unmask_call(house.zheng, call.id, reason="核对")
    with pytest.raises(Invalid):
        duty.unmask_call(house.zhou, call.id, reason=" ")
    assert duty.unmask_call(house.zhou, call.id, reason="核对投诉") == NUMBER
    told = running().scalars(sa.select(AuditEntry.summary).where(AuditEntry.action == "duty.call_unmasked")).all()
    assert len(told) == 1
    assert NUMBER not in told[0]
    logged = running().scalars(sa.select(AuditEntry.summary).where(AuditEntry.action == "duty.call_logged")).one()
    assert NUMBER not in logged


def test_keys_rotate_and_every_number_is_read_with_the_new_one(house, plan):
    shift, call = plan("2026-11-02 08:00", "2026-11-02 20:00", phone=NUMBER), log(house)
    plain = plan("2026-11-04 08:00", "2026-11-04 20:00", name="无号码")
    old = crypto.ring()
    new = KeyRing(keys={"k2": b"2" * 32, **old.keys}, current="k2", index_key=old.index_key, cipher=old.cipher)
    crypto.install(new)
    try:
        assert duty.rotate_duty_keys(batch=1) == 2
        assert duty.rotate_duty_keys(batch=1) == 0
        running().expire_all()
        crypto.install(KeyRing(keys={"k2": b"2" * 32}, current="k2", index_key=old.index_key, cipher=old.cipher))
        assert (duty.number_of(shift), duty.number_of(plain)) == (NUMBER, "")
        assert duty.unmask_call(house.zhou, call.id, reason="轮换后核对") == NUMBER
        assert log(house, "2026-11-02 09:02").ticket_id == call.ticket_id
    finally:
        crypto.install(old)


def test_callers_are_forgotten_in_time_and_the_calls_stay(house):
    old, fresh = log(house, "2026-05-01 09:00", caller="王先生"), log(house, "2026-11-02 09:00", caller="王先生")
    assert duty.forget_callers(SCHEDULER, days=180) == 1
    assert duty.forget_callers(SCHEDULER, days=180) == 0
    running().expire_all()
    assert (old.phone_sealed, old.phone_index, old.phone_masked, old.caller) == (None, None, "", "")
    assert fresh.caller == "王先生"
    assert old.ticket_id is not None


def test_figures_of_a_period(house):
    log(house, answered=True)
    first = log(house, "2026-11-02 10:00", number="13900000001")
    second = log(house, "2026-11-02 11:00", number="13900000002")
    log(house, "2026-11-02 11:30", number="13900000003")
    log(house, "2026-11-01 23:59:59", number="13900000004")
    duty.call_back(house.zheng, first.id, text="好", at=at("2026-11-02 10:10"))
    duty.call_back(house.zheng, second.id, text="好", at=at("2026-11-02 11:30"))
    told = figures(house.lin, day("2026-11-02"), day("2026-11-02"))
    assert told == Figures(answered=1, missed=1, called_back=2, middle_wait=timedelta(minutes=20))
    assert (told.total, told.rate) == (4, 0.25)
    assert figures(house.stranger, day("2026-11-01"), day("2026-11-03")).rate is None


def test_a_stranger_s_calls_are_not_there(house):
    call = log(house)
    own = duty.log_call(
        house.stranger, contract_id=house.b.id, number=NUMBER, started_at=at("2026-11-02 09:01"), answered=False
    )
    assert own.ticket_id != call.ticket_id
    for ask in (
        lambda: duty.find_call(house.stranger, call.id),
        lambda: duty.call_back(house.stranger, call.id, text="x"),
        lambda: duty.link_call(house.stranger, call.id, ticket_id=own.ticket_id),
        lambda: duty.open_for(house.stranger, call.id, kind=Kind.FAULT, text="x"),
        lambda: log(house, who=house.stranger),
        lambda: duty.import_calls(house.stranger, contract_id=house.a.id, raw=b""),
        lambda: duty.link_call(house.stranger, answered(house).id, ticket_id=call.ticket_id),
        lambda: duty.link_call(house.zheng, log(house, answered=True).id, ticket_id=own.ticket_id),
        lambda: log(house, answered=True, ticket_id=own.ticket_id),
    ):
        with pytest.raises(NotFound):
            ask()
    shown = running().scalars(duty.calls_matching(house.stranger)).all()
    assert {each.contract_id for each in shown} == {house.b.id}
    assert running().scalars(duty.calls_matching(house.stranger, contract_id=house.a.id)).all() == []
    assert duty.calls_of(house.stranger, call.ticket_id) == []


def answered(house):
    return duty.log_call(
        house.stranger, contract_id=house.b.id, number="", started_at=at("2026-11-02 09:02"), answered=True
    )


def test_the_auditor_reads_and_logs_nothing(house):
    shen = people.actor("shen")
    log(house)
    with pytest.raises(Forbidden):
        log(house, who=shen)
