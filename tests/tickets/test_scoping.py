"""Scope: both sides confirm a requirement's before work starts (A08, A44, #9); A29's classes are the bureau's word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from server.core.errors import Forbidden, Invalid
from server.domain import tickets
from server.domain.identity import Actor
from server.domain.tickets import (
    EventKind,
    Kind,
    NothingProposed,
    Scope,
    ScopeNeedsBoth,
    ScopeUnconfirmed,
    Ticket,
    TicketState,
)
from tests.factories import contracts
from tests.factories.tickets import responded, ticket
from tests.tickets.conftest import Desk

WORK: dict[str, Callable[[Actor, Ticket], Any]] = {
    "start": lambda who, made: tickets.start(who, made.id),
    "wait": lambda who, made: tickets.wait(who, made.id, reason="等"),
    "resolve": lambda who, made: tickets.resolve(who, made.id, text="好了", cause=""),
}


def requirement(desk: Desk) -> Ticket:
    return responded(desk.zheng, desk.lin, contract=desk.contract, kind=Kind.REQUIREMENT, text="增加预约取号")


@pytest.mark.parametrize("step", WORK)
def test_a08_no_work_before_both_have_agreed(desk: Desk, step: str) -> None:
    made = requirement(desk)
    for who in (desk.zheng, desk.lin):
        with pytest.raises(ScopeUnconfirmed):
            WORK[step](who, made)
    tickets.propose_scope(desk.lin, made.id, scope=Scope.INSIDE, reason="属于业务变化的功能补充")
    with pytest.raises(ScopeUnconfirmed):
        WORK[step](desk.zheng, made)
    tickets.confirm_scope(desk.zheng, made.id, agreed=True)
    assert made.scope is Scope.INSIDE
    WORK[step](desk.zheng, made)


def test_a44_a_refusal_has_its_reason_and_a_new_proposal_follows(desk: Desk) -> None:
    made = requirement(desk)
    tickets.propose_scope(desk.zheng, made.id, scope=Scope.OUTSIDE, reason="新增模块，须补充协议")
    with pytest.raises(Invalid):
        tickets.confirm_scope(desk.lin, made.id, agreed=False)
    tickets.confirm_scope(desk.lin, made.id, agreed=False, reason="合同第三条已包含")
    assert (made.scope, made.scope_proposed, made.scope_confirmed_at) == (Scope.UNDECIDED, None, None)
    with pytest.raises(NothingProposed):
        tickets.confirm_scope(desk.lin, made.id, agreed=True)
    tickets.propose_scope(desk.lin, made.id, scope=Scope.INSIDE, reason="见第三条")
    tickets.confirm_scope(desk.zheng, made.id, agreed=True)
    assert (made.scope, made.scope.counts) == (Scope.INSIDE, True)
    assert [entry.kind for entry in tickets.timeline(desk.lin, made)][-4:] == [
        EventKind.SCOPE_PROPOSED,
        EventKind.SCOPE_DECLINED,
        EventKind.SCOPE_PROPOSED,
        EventKind.SCOPE_CONFIRMED,
    ]


def test_nobody_confirms_their_own_sides_proposal(desk: Desk) -> None:
    made = requirement(desk)
    tickets.propose_scope(desk.zheng, made.id, scope=Scope.OUTSIDE, reason="新增模块")
    for vendor in (desk.zheng, desk.wu):
        with pytest.raises(Forbidden):
            tickets.confirm_scope(vendor, made.id, agreed=True)
    tickets.propose_scope(desk.lin, made.id, scope=Scope.INSIDE, reason="已包含")
    for bureau in (desk.lin, desk.zhou):
        with pytest.raises(Forbidden):
            tickets.confirm_scope(bureau, made.id, agreed=True)


def test_what_both_confirmed_one_side_cannot_change(desk: Desk) -> None:
    made = requirement(desk)
    with pytest.raises(ScopeNeedsBoth):
        tickets.decide_scope(desk.lin, made.id, scope=Scope.INSIDE, reason="局方说了算")
    tickets.propose_scope(desk.zheng, made.id, scope=Scope.OUTSIDE, reason="新增模块")
    tickets.confirm_scope(desk.lin, made.id, agreed=True)
    with pytest.raises(ScopeNeedsBoth):
        tickets.decide_scope(desk.lin, made.id, scope=Scope.INSIDE, reason="改了")
    bug = ticket(desk.lin, contract=desk.contract)
    tickets.propose_scope(desk.zheng, bug.id, scope=Scope.CLIENT_SIDE, reason="手机系统过旧")
    tickets.confirm_scope(desk.lin, bug.id, agreed=True)
    with pytest.raises(ScopeNeedsBoth):
        tickets.decide_scope(desk.lin, bug.id, scope=Scope.INSIDE, reason="改了")


@pytest.mark.parametrize("scope", [Scope.CLIENT_SIDE, Scope.THIRD_PARTY, Scope.OUTSIDE])
def test_a29_what_is_outside_never_counts_against_the_vendor(desk: Desk, scope: Scope) -> None:
    made = ticket(desk.lin, contract=desk.contract)
    tickets.decide_scope(desk.lin, made.id, scope=scope, reason="不属于运维范围")
    assert not made.scope.counts


def test_a_scope_belongs_to_a_contract(desk: Desk) -> None:
    free = ticket(desk.lin, kind=Kind.REQUIREMENT, text="想要夜间模式")
    with pytest.raises(Invalid, match="归属合同"):
        tickets.propose_scope(desk.lin, free.id, scope=Scope.INSIDE, reason="属于")
    with pytest.raises(Invalid):
        tickets.propose_scope(desk.lin, free.id, scope=Scope.UNDECIDED, reason="属于")
    made = requirement(desk)
    tickets.propose_scope(desk.zheng, made.id, scope=Scope.OUTSIDE, reason="新增模块")
    tickets.confirm_scope(desk.lin, made.id, agreed=True)
    tickets.choose_contract(desk.lin, made.id, contract_id=contracts.contract_b().id)
    assert (made.scope, made.scope_confirmed_at) == (Scope.UNDECIDED, None)
    with pytest.raises(ScopeUnconfirmed):
        tickets.start(desk.lin, made.id)


def test_a_requirement_cannot_be_renamed_to_slip_through(desk: Desk) -> None:
    made = requirement(desk)
    with pytest.raises(Forbidden):
        tickets.reclassify(desk.zheng, made.id, kind=Kind.BUG, reason="其实是缺陷")
    tickets.reclassify(desk.lin, made.id, kind=Kind.BUG, reason="确为缺陷")
    tickets.start(desk.zheng, made.id)
    tickets.reclassify(desk.zheng, made.id, kind=Kind.REQUIREMENT, reason="要求新增功能")
    assert made.state is TicketState.IN_PROGRESS
    with pytest.raises(ScopeUnconfirmed):
        tickets.resolve(desk.zheng, made.id, text="好了", cause="")
    with pytest.raises(Invalid):
        tickets.reclassify(desk.lin, made.id, kind=Kind.REQUIREMENT, reason="同")
