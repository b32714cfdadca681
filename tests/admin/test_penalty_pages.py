"""Claims, orders and matters in the console: what each shows, who may do what, and that another vendor finds nothing."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from server.core.db import session as unit
from server.domain import payments
from server.domain.identity import Officer
from server.domain.payments import Claim, ClaimState, Matter, MatterKind, OrderState, RectificationOrder
from tests.factories import identity as people
from tests.factories import payments as money
from tests.factories import tickets as desk
from tests.factories.payments import Till

D = date.fromisoformat


@pytest.fixture(autouse=True)
def _today() -> Any:
    with time_machine.travel("2025-10-24T10:00:00+08:00", tick=False):
        yield


@pytest.fixture
def made(session: Any) -> Till:
    return money.till("a")


def sign_in(client: Any, login: str) -> Any:
    client.delete_cookie("csrf_token")
    return people.signed_in(client, unit().scalars(sa.select(Officer).where(Officer.login == login)).one())


def only(model: Any) -> Any:
    return unit().scalars(sa.select(model)).one()


def test_one_event_two_clauses_chosen_by_both(client: Any, made: Till) -> None:
    ticket = desk.ticket(made.lin, contract_id=made.contract.id)
    page = f"/admin/penalties/contracts/{made.contract.id}/new"
    zhou = sign_in(client, "zhou")
    assert "11.67" in zhou.get(page).text
    said = {"penalty": "unusable", "event": "小程序无法打开", "occurred_on": "2025-10-23", "facts": "全天白屏"}
    without = zhou.post(page, data=said)
    assert without.status_code == 422
    assert "一个事件对应一张工单" in without.text
    assert "没有这个编号" in zhou.post(page, data=said | {"ticket": "FW-2020-0001"}).text
    assert zhou.post(page, data=said | {"ticket": ticket.number}).status_code == 303
    claim = only(Claim)
    second = zhou.post(page, data=said | {"ticket": ticket.number, "penalty": "daily_use"})
    assert second.status_code == 422
    assert claim.number in second.text
    show = f"/admin/penalties/{claim.id}"
    text = zhou.get(show).text
    for part in ("¥28,000.00 ÷ 12", "5‰", "壹拾壹元陆角柒分", "#6", "双方确认"):
        assert part in text
    assert zhou.post(f"{show}/rework", data={"penalty": "daily_use"}).status_code == 303
    assert "退费" in zhou.get(show).text
    assert zhou.post(f"{show}/rework", data={"penalty": "late_payment"}).status_code == 422
    assert zhou.post(f"{show}/agree", data={"amount": "11.67"}).status_code == 303
    assert only(Claim).state is ClaimState.OPEN
    wu = sign_in(client, "wu")
    assert wu.post(f"{show}/rework", data={"penalty": "unusable"}).status_code == 403
    assert "金额与测算不同" in wu.get(show).text
    assert wu.post(f"{show}/agree", data={"amount": "11.67"}).status_code == 303
    settled = only(Claim)
    assert settled.state is ClaimState.SETTLED
    assert "双方确认 ¥11.67" in wu.get(show).text
    index = wu.get("/admin/penalties/").text
    assert claim.number in index
    assert "立案</a>" not in index


def test_an_overdue_order_is_red_and_shuts_the_gate(client: Any, made: Till) -> None:
    page = f"/admin/penalties/orders/contracts/{made.contract.id}/new"
    zhou = sign_in(client, "zhou")
    assert zhou.get(page).status_code == 200
    said = {"facts": "备份任务连续失败", "demands": "三日内恢复并提交报告", "due_on": "2025-10-27"}
    assert zhou.post(page, data=said | {"due_on": "2025-10-23"}).status_code == 422
    assert zhou.post(page, data=said).status_code == 303
    order = only(RectificationOrder)
    show = f"/admin/penalties/orders/{order.id}"
    assert "还有 3 天" in zhou.get("/admin/penalties/orders/").text
    with time_machine.travel("2025-10-28T10:00:00+08:00", tick=False):
        wu = sign_in(client, "wu")
        assert "已逾期" in wu.get("/admin/penalties/orders/").text
        assert "付款闸口关闭" in wu.get(show).text
        assert order.number in wu.get(f"/admin/payments/contracts/{made.contract.id}").text
        assert wu.post(f"{show}/pass", data={"remark": "好了"}).status_code == 403
        assert wu.post(f"{show}/answer", data={"text": "已恢复备份"}).status_code == 303
        zhou = sign_in(client, "zhou")
        assert zhou.post(f"{show}/decide", data={"outcome": "damages", "note": "保留索赔权利"}).status_code == 303
        assert zhou.post(f"{show}/pass", data={"remark": "复查正常"}).status_code == 303
        assert only(RectificationOrder).state is OrderState.PASSED
        assert "付款闸口关闭" not in zhou.get(show).text


def test_matters_are_written_down_by_either_side(client: Any, made: Till) -> None:
    page = f"/admin/penalties/matters/contracts/{made.contract.id}/new"
    wu = sign_in(client, "wu")
    said = {"kind": "force_majeure", "title": "机房水淹", "occurred_on": "2025-10-20", "facts": "台风进水"}
    assert "不可抗力须写明证明" in wu.post(page, data=said).text
    assert wu.post(page, data=said | {"proof": "应急管理局通告"}).status_code == 303
    matter = only(Matter)
    assert matter.kind is MatterKind.FORCE_MAJEURE
    show = f"/admin/penalties/matters/{matter.id}"
    zhou = sign_in(client, "zhou")
    assert "不计算" in zhou.get(show).text
    assert zhou.post(f"{show}/move", data={"stage": "court", "note": "起诉"}).status_code == 422
    assert zhou.post(f"{show}/move", data={"stage": "closed", "note": "双方同意解除"}).status_code == 303
    assert "双方同意解除" in zhou.get(show).text
    assert matter.number in zhou.get("/admin/penalties/matters/").text


def test_a_vendor_of_another_contract_finds_nothing(client: Any, made: Till) -> None:
    claim = payments.open_claim(
        made.zhou,
        contract_id=made.contract.id,
        penalty_key="missing_material",
        event="接口文档缺失",
        occurred_on=D("2025-10-20"),
        facts="停工两日",
    )
    order = payments.order(
        made.zhou, contract_id=made.contract.id, facts="问题", demands="要求", due_on=D("2025-10-30")
    )
    matter = payments.open_matter(
        made.wu,
        contract_id=made.contract.id,
        kind="dispute",
        title="范围争议",
        facts="说法不一",
        occurred_on=D("2025-10-20"),
    )
    contract = made.contract.id
    bai = sign_in(client, "bai")
    for path in (
        f"/admin/penalties/{claim.id}",
        f"/admin/penalties/orders/{order.id}",
        f"/admin/penalties/matters/{matter.id}",
        f"/admin/penalties/matters/contracts/{contract}/new",
    ):
        assert bai.get(path).status_code == 404, path
    for path in (
        f"/admin/penalties/{claim.id}/agree",
        f"/admin/penalties/orders/{order.id}/answer",
        f"/admin/penalties/matters/{matter.id}/move",
        f"/admin/penalties/matters/contracts/{contract}/new",
    ):
        assert bai.post(path, data={}).status_code == 404, path
    for path, number in (
        ("/admin/penalties/", claim.number),
        ("/admin/penalties/orders/", order.number),
        ("/admin/penalties/matters/", matter.number),
    ):
        assert number not in bai.get(path).text
    zheng = sign_in(client, "zheng")
    assert zheng.get("/admin/penalties/").status_code == 403
    assert zheng.get(f"/admin/penalties/contracts/{contract}/new").status_code == 403
