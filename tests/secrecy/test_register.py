"""The register of secrets (A38): who declares, who may enter what, how a thing ends, what is late."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from server.core import clock
from server.core.errors import Forbidden, Invalid, NotFound
from server.core.secrecy import SecretMarked
from server.domain import secrecy
from server.domain.secrecy import Carrier, ItemFilters, ItemSettled, ItemState, Level, SecrecyNotFound
from tests.factories.citizens import entries
from tests.factories.secrecy import item


def test_undeclared_is_reminded_of_until_the_bureau_declares(house, session):
    row = item(house.zheng, house.a)
    assert row.level is Level.UNDECLARED
    assert secrecy.undeclared(house.zhou) == {house.a.id: 1}
    secrecy.declare(house.zhou, row.id, level=Level.SENSITIVE)
    assert (row.level, row.declared_by_name) == (Level.SENSITIVE, house.zhou.name)
    assert secrecy.undeclared(house.zhou) == {}
    assert [event.kind.value for event in secrecy.events_of(row.id)] == ["entered", "declared"]
    assert entries("secrecy_item.declared")[0].changes == {"level": ["undeclared", "sensitive"]}


def test_only_the_bureau_administrator_declares(house):
    row = item(house.lin, house.a)
    for actor in (house.lin, house.zheng, house.wu, house.shen):
        with pytest.raises(Forbidden):
            secrecy.declare(actor, row.id, level=Level.PUBLIC)
    with pytest.raises(Forbidden):
        item(house.zheng, house.a, level=Level.PUBLIC)
    assert item(house.zhou, house.a, level=Level.INTERNAL).level is Level.INTERNAL


def test_state_secrets_are_never_online_and_need_a_basis(house):
    with pytest.raises(Invalid) as refused:
        item(house.zhou, house.a, level=Level.SECRET, basis="定密通知", carrier=Carrier.ONLINE)
    assert "carrier" in refused.value.fields
    row = item(house.zhou, house.a, carrier=Carrier.ONLINE)
    with pytest.raises(Invalid):
        secrecy.declare(house.zhou, row.id, level=Level.CONFIDENTIAL, basis="定密通知")
    paper = item(house.zhou, house.a)
    with pytest.raises(Invalid) as refused:
        secrecy.declare(house.zhou, paper.id, level=Level.SECRET)
    assert "basis" in refused.value.fields
    with pytest.raises(SecretMarked):
        item(house.zhou, house.a, item="秘密★10年 名单")


def test_return_destroy_and_withdraw_end_an_entry_once(house):
    back, gone, wrong = (item(house.zheng, house.a) for _ in range(3))
    with pytest.raises(Forbidden):
        secrecy.give_back(house.zheng, back.id, on=clock.today(), proof="回执 1")
    secrecy.give_back(house.lin, back.id, on=clock.today(), proof="回执 1")
    with pytest.raises(ItemSettled):
        secrecy.destroy(house.zheng, back.id, on=clock.today(), proof="x", witness="林岚")
    for witness in ("", "郑一鸣"):
        with pytest.raises(Invalid):
            secrecy.destroy(house.zheng, gone.id, on=clock.today(), proof="销毁单 2", witness=witness)
    secrecy.destroy(house.zheng, gone.id, on=clock.today(), proof="销毁单 2", witness="林岚")
    with pytest.raises(Forbidden):
        secrecy.withdraw(house.lin, wrong.id, reason="重复")
    secrecy.withdraw(house.zhou, wrong.id, reason="重复")
    assert [row.state for row in (back, gone, wrong)] == [
        ItemState.RETURNED,
        ItemState.DESTROYED,
        ItemState.WITHDRAWN,
    ]


def test_the_vendor_does_not_enter_the_end_of_a_state_secret(house):
    row = item(house.zhou, house.a, level=Level.SECRET, basis="定密通知")
    with pytest.raises(Forbidden):
        secrecy.destroy(house.zheng, row.id, on=clock.today(), proof="x", witness="林岚")


def test_days_hold_together(house):
    today = clock.today()
    for values in (
        {"handed_on": today + timedelta(days=1)},
        {"due_back_on": today - timedelta(days=1)},
        {"copies": 0},
        {"item": " "},
    ):
        with pytest.raises(Invalid):
            item(house.zheng, house.a, **values)
    row = item(house.zheng, house.a)
    with pytest.raises(Invalid):
        secrecy.give_back(house.lin, row.id, on=today - timedelta(days=1), proof="x")


def test_late_ones_are_found_and_due(house, session):
    row = item(house.zheng, house.a, handed_on=date(2025, 9, 1), due_back_on=date(2025, 9, 20))
    item(house.zheng, house.a, due_back_on=date(2025, 10, 20))
    late = session.scalars(secrecy.items_matching(house.lin, ItemFilters(late=True))).all()
    assert late == [row]
    (due,) = secrecy.dues(house.zheng, date(2025, 9, 1), date(2025, 9, 30))
    assert (due.kind, due.object_id) == ("item", row.id)
    secrecy.give_back(house.lin, row.id, on=date(2025, 9, 26), proof="回执")
    assert "逾期 6 天" in secrecy.events_of(row.id)[-1].text
    assert secrecy.dues(house.zheng, date(2025, 9, 1), date(2025, 9, 30)) == []


def test_nothing_of_another_contract(house, session):
    row = item(house.zheng, house.a)
    assert session.scalars(secrecy.items_matching(house.stranger)).all() == []
    for verb in (
        lambda: secrecy.find_item(house.stranger, row.id),
        lambda: secrecy.pass_on(house.stranger, row.id, holder="x", reason="x"),
        lambda: secrecy.destroy(house.stranger, row.id, on=clock.today(), proof="x", witness="x"),
    ):
        with pytest.raises(SecrecyNotFound):
            verb()
    with pytest.raises(NotFound):
        item(house.stranger, house.a)
    assert secrecy.dues(house.stranger, date(2025, 1, 1), date(2026, 1, 1)) == []
