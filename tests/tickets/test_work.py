"""The staff's verbs: who may, in which state, on which version, and what is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from server.core import clock
from server.core.clock import LOCAL
from server.core.errors import Forbidden, Invalid
from server.domain import notices, tickets
from server.domain.identity import ANONYMOUS, Actor, AuditEntry
from server.domain.tickets import (
    Basis,
    ClockKind,
    EventKind,
    Scope,
    Severity,
    TicketChanged,
    TicketEvent,
    TicketNotFound,
    TicketState,
    WrongState,
)
from tests.factories import citizens, contracts, identity
from tests.factories.tickets import resolved, responded, ticket, upload
from tests.tickets.conftest import Desk

NINE = datetime(2026, 3, 3, 9, 0, tzinfo=LOCAL)


def kinds(session: Any, made: tickets.Ticket) -> list[EventKind]:
    query = sa.select(TicketEvent.kind).where(TicketEvent.ticket_id == made.id).order_by(TicketEvent.seq)
    return list(session.scalars(query))


def test_the_whole_way(desk: Desk, session: Any) -> None:
    with time_machine.travel(NINE, tick=False) as now:
        made = ticket(desk.wang, contract=desk.contract)
        tickets.assign(desk.wu, made.id, assignee_id=desk.zheng.id, version=1)
        now.shift(timedelta(hours=1))
        tickets.respond(desk.zheng, made.id, text="已收到，正在核查。", version=2)
        tickets.start(desk.zheng, made.id, version=3)
        tickets.comment(desk.zheng, made.id, text="像是缓存问题", public=False, version=4)
        tickets.wait(desk.zheng, made.id, reason="请告诉我们机型", version=5)
        now.shift(timedelta(hours=3))
        tickets.add(desk.wang, made.id, text="华为 Mate 60")
        assert made.state is TicketState.IN_PROGRESS
        tickets.resolve(desk.zheng, made.id, text="已修复", cause="缓存", version=7)
        now.shift(timedelta(hours=1))
        tickets.close(desk.lin, made.id, version=8)
    assert kinds(session, made) == [
        EventKind.OPENED,
        EventKind.ASSIGNED,
        EventKind.RESPONDED,
        EventKind.STARTED,
        EventKind.COMMENTED,
        EventKind.WAITED,
        EventKind.FED_BACK,
        EventKind.RESOLVED,
        EventKind.CLOSED,
    ]
    assert made.version == 9
    assert made.state is TicketState.CLOSED
    assert made.assignee_name == "郑一鸣"
    (response,) = tickets.clocks_of(desk.lin, made)
    assert response.met_at == NINE + timedelta(hours=1)
    assert not tickets.is_late(response.due_at, response.met_at, clock.now())
    figure = tickets.resolution_of(desk.lin, made, clock.now())
    assert figure is not None
    assert (figure.gross, figure.waited) == (timedelta(hours=4), timedelta(hours=3))
    trail = session.scalars(sa.select(AuditEntry.action).where(AuditEntry.subject_id == str(made.id)))
    assert sorted(trail) == sorted(f"ticket.{kind.value}" for kind in kinds(session, made))


def test_each_answer_is_one_message(desk: Desk, session: Any) -> None:
    made = resolved(desk.zheng, desk.wang, contract=desk.contract)
    tickets.comment(desk.zheng, made.id, text="请更新后再试", public=True)
    tickets.comment(desk.zheng, made.id, text="内部", public=False)
    messages = session.scalars(sa.select(notices.Message).order_by(notices.Message.id)).all()
    assert [message.template_key for message in messages] == ["ticket_received", "ticket_answered", "ticket_answered"]
    assert messages[0].data["number"] == made.number
    assert messages[0].citizen_id == desk.wang.id
    assert str(made.id) in messages[0].page
    assert len({message.dedupe_key for message in messages}) == 3


def test_who_is_cancelled_by_the_bureau_is_told_why(desk: Desk, session: Any) -> None:
    for canceller, reason in ((desk.lin, "与已受理的问题重复"), (desk.wang, "已自行解决")):
        tickets.cancel(canceller, ticket(desk.wang, contract=desk.contract).id, reason=reason)
    [message] = session.scalars(sa.select(notices.Message)).all()
    assert (message.data["text"], message.data["state"]) == ("与已受理的问题重复", "已撤销")


def test_nobody_is_told_of_an_unknown_persons_ticket(desk: Desk, session: Any) -> None:
    resolved(desk.zheng, ANONYMOUS, contract=desk.contract)
    assert session.scalar(sa.select(sa.func.count()).select_from(notices.Message)) == 0


def test_two_on_one_version(desk: Desk) -> None:
    made = ticket(desk.wang, contract=desk.contract)
    tickets.respond(desk.zheng, made.id, text="我来看看", version=1)
    with pytest.raises(TicketChanged) as refused:
        tickets.assign(desk.lin, made.id, assignee_id=desk.lin.id, version=1)
    assert "郑一鸣响应" in refused.value.text
    assert refused.value.details["version"] == 2
    assert refused.value.details["state"] == "已响应"
    tickets.assign(desk.lin, made.id, assignee_id=desk.lin.id, version=2)


def test_the_first_public_word_is_the_response(desk: Desk) -> None:
    made = ticket(desk.wang, contract=desk.contract)
    tickets.comment(desk.zheng, made.id, text="先看一下", public=False)
    assert made.state is TicketState.NEW
    event = tickets.comment(desk.zheng, made.id, text="已收到", public=True)
    assert (event.kind, made.state) == (EventKind.RESPONDED, TicketState.RESPONDED)
    assert tickets.clocks_of(desk.lin, made)[0].met_at == event.at
    assert made.assignee_id == desk.zheng.id


def test_a_response_by_telephone_is_entered_afterwards(desk: Desk) -> None:
    with time_machine.travel(NINE, tick=False) as now:
        made = ticket(desk.wang, contract=desk.contract)
        now.shift(timedelta(hours=3))
        for wrong in (NINE - timedelta(minutes=1), NINE + timedelta(hours=4)):
            with pytest.raises(Invalid):
                tickets.respond(desk.zheng, made.id, text="已电话告知", at=wrong)
        event = tickets.respond(desk.zheng, made.id, text="已电话告知", at=NINE + timedelta(hours=1))
    assert (event.at, event.recorded_at) == (NINE + timedelta(hours=1), NINE + timedelta(hours=3))
    (response,) = tickets.clocks_of(desk.lin, made)
    assert response.met_at == event.at


def test_major_fault_on_site(desk: Desk) -> None:
    with time_machine.travel(NINE, tick=False) as now:
        made = responded(desk.zheng, desk.wang, contract=desk.contract)
        now.shift(timedelta(minutes=30))
        tickets.set_severity(desk.lin, made.id, severity=Severity.MAJOR, business_stopped=True, reason="全部打不开")
        with pytest.raises(Invalid):
            tickets.set_severity(desk.lin, made.id, severity=Severity.MAJOR, business_stopped=True)
        on_site = tickets.clocks_of(desk.lin, made)[1]
        assert on_site.kind is ClockKind.ON_SITE
        assert on_site.due_at == NINE + timedelta(hours=24, minutes=30)
        now.shift(timedelta(hours=2))
        tickets.dispatch(desk.zheng, made.id, who="郑一鸣")
        now.shift(timedelta(hours=20))
        tickets.arrive(desk.zheng, made.id, who="郑一鸣", at=clock.now() - timedelta(hours=1))
        assert tickets.clocks_of(desk.lin, made)[1].met_at == NINE + timedelta(hours=21, minutes=30)


def test_downgrading_lifts_the_on_site_clock(desk: Desk) -> None:
    made = ticket(desk.lin, contract=desk.contract, severity=Severity.MAJOR, business_stopped=True)
    tickets.set_severity(desk.lin, made.id, severity=Severity.HIGH, business_stopped=True)
    assert [row.basis for row in tickets.clocks_of(desk.lin, made)] == [Basis.AGREED, Basis.LIFTED]


STEPS: dict[str, Callable[[Actor, tickets.Ticket], Any]] = {
    "respond": lambda who, made: tickets.respond(who, made.id, text="好"),
    "comment": lambda who, made: tickets.comment(who, made.id, text="好", public=False),
    "assign": lambda who, made: tickets.assign(who, made.id, assignee_id=None),
    "severity": lambda who, made: tickets.set_severity(who, made.id, severity=Severity.LOW, business_stopped=False),
    "scope": lambda who, made: tickets.decide_scope(who, made.id, scope=Scope.INSIDE, reason="属于"),
    "start": lambda who, made: tickets.start(who, made.id),
    "wait": lambda who, made: tickets.wait(who, made.id, reason="等"),
    "dispatch": lambda who, made: tickets.dispatch(who, made.id, who="甲"),
    "arrive": lambda who, made: tickets.arrive(who, made.id, who="甲"),
    "resolve": lambda who, made: tickets.resolve(who, made.id, text="好", cause=""),
    "close": lambda who, made: tickets.close(who, made.id),
    "cancel": lambda who, made: tickets.cancel(who, made.id, reason="重复"),
    "reopen": lambda who, made: tickets.reopen(who, made.id, reason="没好"),
}


@pytest.mark.parametrize("step", STEPS)
def test_nobody_else_may(desk: Desk, step: str) -> None:
    other = identity.actor("wu2", roles=[], contract_id=None)
    other_vendor = identity.actor("zheng2", roles=desk.zheng.roles, contract_id=contracts.contract_b().id)
    made = ticket(desk.wang, contract=desk.contract)
    for stranger in (other, other_vendor, citizens.actor("zhao"), ANONYMOUS):
        with pytest.raises(TicketNotFound):
            STEPS[step](stranger, made)
    with pytest.raises(Forbidden):
        STEPS[step](identity.actor("shen"), made)
    assert made.version == 1


@pytest.mark.parametrize("step", ["scope", "close", "cancel", "reopen"])
def test_the_vendor_does_not_have_the_bureaus_word(desk: Desk, step: str) -> None:
    made = resolved(desk.zheng, desk.wang, contract=desk.contract)
    with pytest.raises(Forbidden):
        STEPS[step](desk.wu, made)


@pytest.mark.parametrize("step", ["start", "wait", "resolve", "close", "reopen"])
def test_a_new_ticket_is_answered_first(desk: Desk, step: str) -> None:
    made = ticket(desk.wang, contract=desk.contract)
    with pytest.raises(WrongState, match="待受理"):
        STEPS[step](desk.lin, made)


@pytest.mark.parametrize("step", sorted(set(STEPS)))
def test_a_cancelled_ticket_stands_still(desk: Desk, step: str) -> None:
    made = ticket(desk.wang, contract=desk.contract)
    tickets.cancel(desk.wang, made.id, reason="已自行解决")
    with pytest.raises(WrongState):
        STEPS[step](desk.lin, made)


def test_assignment(desk: Desk) -> None:
    made = ticket(desk.wang, contract=desk.contract)
    with pytest.raises(Forbidden):
        tickets.assign(desk.zheng, made.id, assignee_id=desk.lin.id)
    with pytest.raises(Invalid):
        tickets.assign(desk.lin, made.id, assignee_id=identity.actor("shen").id)
    stranger = identity.actor("zheng2", roles=desk.zheng.roles, contract_id=contracts.contract_b().id)
    with pytest.raises(Invalid):
        tickets.assign(desk.lin, made.id, assignee_id=stranger.id)
    tickets.assign(desk.zheng, made.id, assignee_id=desk.zheng.id)
    tickets.assign(desk.wu, made.id, assignee_id=desk.wu.id)
    with pytest.raises(Forbidden):
        tickets.assign(desk.zheng, made.id, assignee_id=desk.zheng.id)
    tickets.assign(desk.wu, made.id, assignee_id=None)
    assert (made.assignee_id, made.assignee_name) == (None, "")


def test_putting_it_under_a_contract_starts_its_clock_from_receipt(desk: Desk) -> None:
    with time_machine.travel(NINE, tick=False) as now:
        made = ticket(desk.wang)
        with pytest.raises(TicketNotFound):
            tickets.find(desk.zheng, made.id)
        now.shift(timedelta(hours=1))
        tickets.choose_contract(desk.lin, made.id, contract_id=desk.contract.id)
        (response,) = tickets.clocks_of(desk.lin, made)
        assert (response.basis, response.due_at) == (Basis.AGREED, NINE + timedelta(hours=2))
    assert tickets.find(desk.zheng, made.id)


def test_scope_is_the_bureaus_word_with_a_reason(desk: Desk) -> None:
    made = ticket(desk.wang, contract=desk.contract)
    with pytest.raises(Invalid):
        tickets.decide_scope(desk.lin, made.id, scope=Scope.CLIENT_SIDE, reason=" ")
    tickets.decide_scope(desk.lin, made.id, scope=Scope.CLIENT_SIDE, reason="用户手机系统过旧")
    assert not made.scope.counts


def test_the_bureau_reopens_at_any_time_and_the_clock_stays_met(desk: Desk) -> None:
    made = resolved(desk.zheng, desk.wang, contract=desk.contract)
    tickets.close(desk.lin, made.id)
    met_at = tickets.clocks_of(desk.lin, made)[0].met_at
    with time_machine.travel(clock.now() + timedelta(days=90), tick=False):
        tickets.reopen(desk.lin, made.id, reason="回访发现仍有问题")
    assert (made.state, made.reopened_count, made.closed_at) == (TicketState.IN_PROGRESS, 0, None)
    assert tickets.clocks_of(desk.lin, made)[0].met_at == met_at


def test_the_citizen_reads_plain_words_and_no_inside_talk(desk: Desk) -> None:
    made = responded(desk.zheng, desk.wang, contract=desk.contract)
    picture = upload(desk.zheng)
    tickets.comment(desk.zheng, made.id, text="客户很着急", public=False, upload_ids=[picture.id])
    tickets.dispatch(desk.zheng, made.id, who="郑一鸣 138****0000")
    tickets.resolve(desk.zheng, made.id, text="已修复", cause="内存泄漏")
    entries = tickets.timeline(desk.wang, tickets.find(desk.wang, made.id))
    assert [entry.what for entry in entries] == ["您提交了问题", "工作人员已响应", "已安排人员前往现场", "问题已解决"]
    assert [entry.who for entry in entries] == ["我", "运维单位", "运维单位", "运维单位"]
    told = str([(entry.text, entry.who, entry.what) for entry in entries])
    for inside in ("着急", "泄漏", "郑一鸣"):
        assert inside not in told
    with pytest.raises(tickets.AttachmentNotFound):
        tickets.find_attachment(desk.wang, picture.id)
    assert len(tickets.timeline(desk.lin, made)) == 5
    assert tickets.clocks_of(desk.wang, made) == []


def test_numbers_of_people_are_masked_for_those_who_may_not_see_them(desk: Desk) -> None:
    made = ticket(desk.wang, contract=desk.contract, text="请打 13800138000 找我，证件 330602199001011234")
    shown = [tickets.timeline(who, made)[0].text for who in (desk.zheng, desk.zhou, desk.wang)]
    assert shown[0] == "请打 138****8000 找我，证件 330602********1234"
    assert shown[1] == shown[2] == made.text


def test_stale_reads_do_not_hide_what_others_wrote(desk: Desk, session: Any) -> None:
    made = ticket(desk.wang, contract=desk.contract)
    session.flush()
    session.execute(sa.update(tickets.Ticket).values(version=5), execution_options={"synchronize_session": False})
    with pytest.raises(TicketChanged):
        tickets.respond(desk.zheng, made.id, text="好", version=1)


def test_a_role_over_all_contracts_sees_all_and_a_vendor_its_own(desk: Desk) -> None:
    made = ticket(desk.wang, contract=desk.contract)
    assert tickets.find(replace(desk.lin), made.id) is made
    assert tickets.find(desk.zheng, made.id) is made
