"""What makes the desk quick: canned texts, the collision hint, one step on many tickets, consultations counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from server.core.clock import LOCAL
from server.core.errors import Forbidden, Invalid
from server.core.ids import new_id
from server.domain import tickets
from server.domain.identity import AuditEntry
from server.domain.tickets import (
    AskerKind,
    CannedTextNotFound,
    Channel,
    ConsultKind,
    Kind,
    Outcome,
    Severity,
    TicketNotFound,
    TicketState,
)
from tests.factories import citizens, contracts, identity
from tests.factories.tickets import resolved, responded, ticket
from tests.tickets.conftest import Desk

NINE = datetime(2026, 3, 3, 9, 0, tzinfo=LOCAL)


def test_canned_texts_are_ones_own_or_the_organisations(desk: Desk, session: Any) -> None:
    own = tickets.save_text(desk.zheng, title="收到", text="您好，{编号} 已收到。{本人}", kind=Kind.BUG)
    shared = tickets.save_text(desk.lin, title="注销材料", text="请带执照。", shared=True)
    assert tickets.texts_of(desk.zheng) == [own]
    assert tickets.texts_of(desk.lin) == [shared]
    colleague = replace(desk.zhou, organisation_id=desk.lin.organisation_id)
    assert tickets.texts_of(colleague) == [shared]
    assert tickets.texts_of(desk.zheng, kind=Kind.CONSULTATION) == []
    for stranger in (desk.zheng, desk.wu):
        with pytest.raises(CannedTextNotFound):
            tickets.find_text(stranger, shared.id)
        with pytest.raises(CannedTextNotFound):
            tickets.drop_text(stranger, shared.id)
    with pytest.raises(CannedTextNotFound):
        tickets.find_text(desk.zheng, new_id())
    with pytest.raises(Invalid):
        tickets.save_text(desk.zheng, title="收到", text="又一条")
    with pytest.raises(Forbidden):
        tickets.texts_of(identity.actor("shen"))
    tickets.save_text(desk.zheng, title="已收到", text="收到。", text_id=own.id)
    tickets.drop_text(desk.zheng, own.id)
    trail = session.scalars(sa.select(AuditEntry.action).where(AuditEntry.subject_kind == "canned_text")).all()
    assert sorted(trail) == ["canned_text.dropped", *["canned_text.saved"] * 3]


def test_a_canned_text_knows_its_ticket(desk: Desk) -> None:
    with time_machine.travel(NINE, tick=False):
        made = ticket(desk.wang, contract=desk.contract, text="打不开")
    kept = tickets.save_text(desk.zheng, title="收到", text="{编号}《{标题}》{类型} {接报时间} {未知} {本人}")
    assert tickets.filled(desk.zheng, kept, made) == f"{made.number}《打不开》缺陷 2026-03-03 09:00 {{未知}} 郑一鸣"


def test_who_else_is_there(desk: Desk) -> None:
    made = ticket(desk.wang, contract=desk.contract)
    with time_machine.travel(NINE, tick=False) as now:
        assert tickets.look_in(desk.lin, made.id) == []
        (there,) = tickets.look_in(desk.zheng, made.id, writing=True)
        assert (there.name, there.writing) == (desk.lin.name, False)
        (there,) = tickets.look_in(desk.lin, made.id)
        assert (there.name, there.organisation, there.writing) == ("郑一鸣", desk.zheng.organisation_name, True)
        now.shift(timedelta(seconds=25))
        assert [each.writing for each in tickets.look_in(desk.lin, made.id)] == [False]
        now.shift(timedelta(seconds=30))
        assert tickets.look_in(desk.lin, made.id) == []
        tickets.look_in(desk.zheng, made.id, writing=True)
        tickets.leave(desk.zheng, made.id)
        assert [each.writing for each in tickets.look_in(desk.lin, made.id)] == [False]
        now.shift(timedelta(hours=2))
        assert tickets.forget_presences() == 2
    assert made.version == 1


def test_nobody_looks_in_on_anothers_ticket(desk: Desk) -> None:
    made = ticket(desk.wang, contract=desk.contract)
    stranger = identity.actor("zheng2", roles=desk.zheng.roles, contract_id=contracts.contract_b().id)
    with pytest.raises(TicketNotFound):
        tickets.look_in(stranger, made.id)


def test_many_are_closed_at_once(desk: Desk) -> None:
    done = resolved(desk.zheng, desk.wang, contract=desk.contract)
    fresh = ticket(desk.wang, contract=desk.contract)
    foreign = ticket(desk.lin, contract=contracts.contract_b())
    ids = [done.id, fresh.id, foreign.id]
    assert [row.outcome for row in tickets.preview_close(desk.lin, ids)] == [
        Outcome.DONE,
        Outcome.REFUSED,
        Outcome.REFUSED,
    ]
    assert done.state is TicketState.RESOLVED
    rows = tickets.close_many(desk.lin, ids, note="批量归档")
    assert [row.outcome for row in rows] == [Outcome.DONE, Outcome.REFUSED, Outcome.REFUSED]
    assert done.state is TicketState.CLOSED
    assert [row.ticket.id for row in tickets.preview_close(desk.zheng, ids)] == [done.id, fresh.id]
    assert {row.outcome for row in tickets.close_many(desk.zheng, ids)} == {Outcome.REFUSED}


def test_many_are_graded_at_once(desk: Desk) -> None:
    fresh, same = (
        ticket(desk.wang, contract=desk.contract),
        ticket(desk.lin, contract=desk.contract, severity=Severity.HIGH),
    )
    over = ticket(desk.wang, contract=desk.contract)
    tickets.cancel(desk.lin, over.id, reason="演练")
    ids = [fresh.id, same.id, over.id]
    wanted: dict[str, Any] = {"severity": Severity.HIGH, "business_stopped": False}
    expected = [Outcome.DONE, Outcome.UNCHANGED, Outcome.REFUSED]
    assert [row.outcome for row in tickets.preview_severity(desk.zheng, ids, **wanted)] == expected
    assert [row.outcome for row in tickets.grade_many(desk.zheng, ids, reason="同一原因", **wanted)] == expected
    assert fresh.severity is Severity.HIGH
    assert tickets.grade_many(citizens.actor("zhao"), ids, **wanted) == []


def test_b15_b16_consultations_by_asker_and_channel(desk: Desk) -> None:
    def ask(channel: Channel, asker: AskerKind | None, **values: Any) -> tickets.Ticket:
        return tickets.open(
            desk.lin,
            kind=Kind.CONSULTATION,
            text="怎么办",
            channel=channel,
            contract_id=desk.contract.id,
            asker_kind=asker,
            **values,
        )

    with time_machine.travel(NINE, tick=False):
        ask(Channel.PHONE, AskerKind.ENTERPRISE, consult_kind=ConsultKind.POLICY, consulted_system="全程电子化")
        ask(Channel.PHONE, AskerKind.DEPARTMENT, consult_kind=ConsultKind.TECHNICAL, consulted_system="全程电子化")
        ask(Channel.ZHEZHENGDING, AskerKind.BUREAU, consulted_system="执法在线")
        ask(Channel.QQ, None)
        mini = ticket(desk.wang, contract=desk.contract, kind=Kind.CONSULTATION)
        ticket(desk.wang, contract=desk.contract, kind=Kind.BUG)
        gone = ask(Channel.WECHAT, AskerKind.PUBLIC)
        tickets.cancel(desk.lin, gone.id, reason="误登")
        ticket(desk.lin, contract=contracts.contract_b(), kind=Kind.CONSULTATION, channel=Channel.EMAIL)
    assert mini.asker_kind is AskerKind.PUBLIC
    day = date(2026, 3, 3)
    found = tickets.consultations(desk.zheng, since=day, until=day)
    assert found.total == 5
    assert {channel: count for channel, count in found.by_channel.items() if count} == {
        Channel.PHONE: 2,
        Channel.ZHEZHENGDING: 1,
        Channel.QQ: 1,
        Channel.MINI_PROGRAM: 1,
    }
    assert set(found.by_channel) == set(Channel)
    assert found.by_asker == {
        AskerKind.PUBLIC: 1,
        AskerKind.ENTERPRISE: 1,
        AskerKind.DEPARTMENT: 1,
        AskerKind.BUREAU: 1,
        None: 1,
    }
    assert found.by_kind[ConsultKind.POLICY] == found.by_kind[ConsultKind.TECHNICAL] == 1
    assert found.by_system == [("全程电子化", 2), ("执法在线", 1)]
    assert found.cells[Channel.PHONE, AskerKind.ENTERPRISE] == 1
    assert tickets.consultations(desk.lin, since=day, until=day).total == 6
    assert tickets.consultations(desk.lin, since=day, until=day, contract_id=desk.contract.id).total == 5
    assert tickets.consultations(desk.lin, since=day - timedelta(days=2), until=day - timedelta(days=1)).total == 0


def test_a_call_taken_a_while_ago(desk: Desk) -> None:
    with time_machine.travel(NINE, tick=False):
        made = tickets.open(desk.lin, kind=Kind.FAULT, text="来电", channel=Channel.PHONE, at=NINE - timedelta(hours=1))
    assert made.received_at == NINE - timedelta(hours=1)
    assert responded(desk.lin, desk.wang).asker_kind is None
