"""Payments' pages: the plan with its reasons, the way of an application through four pairs of hands, and who may see it."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from server.core.db import session as unit
from server.domain import payments
from server.domain.identity import Officer, Role
from server.domain.payments import Application, ApplicationState, PayeeChange, PayeeState
from tests.factories import identity as people
from tests.factories import payments as money
from tests.factories.payments import Till

D = date.fromisoformat
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF"


@pytest.fixture(autouse=True)
def _today() -> Any:
    with time_machine.travel("2025-10-24T10:00:00+08:00", tick=False):
        yield


@pytest.fixture
def made(session: Any) -> Till:
    return money.till("b")


def sign_in(client: Any, login: str) -> Any:
    client.delete_cookie("csrf_token")
    return people.signed_in(client, unit().scalars(sa.select(Officer).where(Officer.login == login)).one())


def only(model: Any) -> Any:
    return unit().scalars(sa.select(model)).one()


def test_the_plan_says_why_this_day_and_what_lateness_costs(client: Any, made: Till) -> None:
    money.received(made, on=D("2025-07-07"))
    lin = sign_in(client, "lin")
    text = lin.get(f"/admin/payments/contracts/{made.contract.id}").text
    for part in (
        "为什么是这一天",
        "2025-09-28",
        "第 60 个工作日为 2025年9月28日",
        "223.20",
        "壹拾万零肆仟壹佰陆拾元整",
        "*5516",
    ):
        assert part in text
    assert "2010000000009035516" not in text
    sheet = lin.get(f"/admin/payments/contracts/{made.contract.id}/first/late").text
    for part in ("15 ÷ 5 = 3 段", "¥148,800.00 × 0.05% = ¥74.40", "贰佰贰拾叁元贰角", "3.5%", "B28", "83 个自然日"):
        assert part in sheet
    earlier = lin.get(f"/admin/payments/contracts/{made.contract.id}/first/late?until=2025-10-17").text
    assert "148.80" in earlier
    assert lin.get(f"/admin/payments/contracts/{made.contract.id}/final/late").status_code == 409
    index = lin.get("/admin/payments/").text
    assert "违约金参考 ¥223.20" in index
    assert made.contract.number in index


def test_from_application_to_the_last_fen(client: Any, made: Till) -> None:
    base = f"/admin/payments/contracts/{made.contract.id}/first/apply"
    wu = sign_in(client, "wu")
    assert "壹拾万零肆仟壹佰陆拾元整" in wu.get(base).text
    refused = wu.post(base, data={"amount": "104160.01", "applied_on": "2025-10-20", "basis": "合同二.2"})
    assert refused.status_code == 422
    assert "应与该期未付金额一致" in refused.text
    assert wu.post(base, data={"amount": "104160", "applied_on": "2025-10-20", "basis": "合同二.2"}).status_code == 303
    key = only(Application).id
    page = f"/admin/payments/{key}"
    assert wu.post(f"{page}/receive", data={"received_on": "2025-10-20"}).status_code == 403
    lin = sign_in(client, "lin")
    assert lin.post(f"{page}/receive", data={"received_on": "2025-10-20", "seen": "1"}).status_code == 303
    invoice = {
        "kind": "vat_special",
        "number": "25332000000000000001",
        "issued_on": "2025-10-20",
        "received_on": "2025-10-20",
        "amount": "104160",
        "tax_percent": "6",
        "tax_amount": "5895.00",
        "buyer_title": "川江市市场监督管理局",
        "buyer_tax_number": "11990000MB0000000X",
    }
    wrong = lin.post(f"{page}/invoice", data=invoice)
    assert wrong.status_code == 422
    assert "¥5,895.85" in wrong.text
    assert lin.post(f"{page}/invoice", data=invoice | {"tax_amount": "5895.85"}).status_code == 303
    assert lin.post(f"{page}/check", data={"remark": "单据齐全"}).status_code == 303
    assert "批准付款" not in lin.get(page).text
    assert lin.post(f"{page}/approve", data={"remark": "同意"}).status_code == 403
    zhou = sign_in(client, "zhou")
    stale = zhou.post(f"{page}/approve", data={"remark": "同意", "seen": "1"})
    assert stale.status_code == 409
    assert "他人刚刚办理过" in stale.text
    assert zhou.post(f"{page}/approve", data={"remark": "同意"}).status_code == 303
    lin = sign_in(client, "lin")
    pay = {"paid_on": "2025-10-24", "amount": "104160.01", "reference": "工行20251024001"}
    assert "不能超过未付金额" in lin.post(f"{page}/pay", data=pay).text
    assert lin.post(f"{page}/pay", data=pay | {"amount": "104160"}).status_code == 303
    text = lin.get(page).text
    for part in ("已付清", "工行20251024001", "办理记录", "已满足"):
        assert part in text
    assert only(Application).state is ApplicationState.PAID


def test_a_scan_is_kept_and_served_to_who_may_see_it_only(client: Any, made: Till) -> None:
    application = money.applied(made)
    wu = sign_in(client, "wu")
    bad = wu.post(
        f"/admin/payments/{application.id}/attach", data={"upload": (io.BytesIO(b"MZ..."), "发票.exe"), "label": ""}
    )
    assert bad.status_code == 422
    sent = wu.post(
        f"/admin/payments/{application.id}/attach",
        data={"upload": (io.BytesIO(PDF), "发票.pdf"), "label": "发票扫描件"},
    )
    assert sent.status_code == 303
    file = payments.papers_of([application.id])[0]
    assert "发票.pdf" in wu.get(f"/admin/payments/{application.id}").text
    answer = wu.get(f"/admin/payments/files/{file.id}")
    assert answer.data == PDF
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert sign_in(client, "bai").get(f"/admin/payments/files/{file.id}").status_code == 404
    assert sign_in(client, "zheng").get(f"/admin/payments/files/{file.id}").status_code == 403


def test_a_vendor_of_another_contract_finds_nothing(client: Any, made: Till) -> None:
    application = money.received(made)
    change = payments.propose_payee(
        made.wu,
        made.contract.id,
        name="明渠数据服务有限公司",
        bank="另一银行",
        account="6222000011112222",
        reason="换行",
    )
    bai = sign_in(client, "bai")
    contract = made.contract.id
    for path in (
        f"/admin/payments/{application.id}",
        f"/admin/payments/contracts/{contract}",
        f"/admin/payments/contracts/{contract}/first/late",
        f"/admin/payments/contracts/{contract}/first/apply",
    ):
        assert bai.get(path).status_code == 404, path
    for path in (
        f"/admin/payments/{application.id}/withdraw",
        f"/admin/payments/{application.id}/attach",
        f"/admin/payments/contracts/{contract}/first/apply",
        f"/admin/payments/contracts/{contract}/payee/",
        f"/admin/payments/contracts/{contract}/payee/{change.id}/confirm",
    ):
        assert bai.post(path, data={}).status_code == 404, path
    index = bai.get("/admin/payments/?q=FK").text
    assert application.number not in index
    assert made.contract.number not in index
    zheng = sign_in(client, "zheng")
    assert zheng.get("/admin/payments/").status_code == 403
    assert "/admin/payments/" not in zheng.get("/admin/contracts/").text


def test_the_account_changes_when_both_sides_say_so(client: Any, made: Till) -> None:
    page = f"/admin/payments/contracts/{made.contract.id}"
    new = {"name": "明渠数据服务有限公司", "bank": "川江银行", "account": "6222 0000 1111 2222", "reason": "开户行撤并"}
    wu = sign_in(client, "wu")
    assert wu.post(f"{page}/payee/", data=new | {"account": "12"}).status_code == 422
    assert wu.post(f"{page}/payee/", data=new).status_code == 303
    change = only(PayeeChange)
    text = wu.get(page).text
    assert "2222" in text
    assert "6222000011112222" not in text
    assert wu.post(f"{page}/payee/{change.id}/confirm").status_code == 403
    assert sign_in(client, "lin").post(f"{page}/payee/{change.id}/confirm").status_code == 403
    assert sign_in(client, "zhou").post(f"{page}/payee/{change.id}/confirm").status_code == 303
    assert only(PayeeChange).state is PayeeState.CONFIRMED
    assert "川江银行" in client.get(page).text


def test_a_list_costs_the_same_whatever_its_length(client: Any, made: Till, queries: Any) -> None:
    lin = sign_in(client, "lin")
    first = money.applied(made)
    lin.get("/admin/payments/")
    with queries() as one:
        lin.get("/admin/payments/")
    for _ in range(3):
        payments.withdraw(made.wu, first.id, reason="重提")
        first = money.applied(made)
    with queries() as four:
        lin.get("/admin/payments/")
    assert len(four) == len(one)


def test_the_auditor_reads_and_changes_nothing(client: Any, made: Till) -> None:
    application = money.received(made)
    people.officer("shen", roles=[Role.BUREAU_AUDITOR])
    shen = sign_in(client, "shen")
    text = shen.get(f"/admin/payments/{application.id}").text
    assert "其他操作" not in text
    assert shen.post(f"/admin/payments/{application.id}/check", data={}).status_code == 403
    assert (
        shen.post(f"/admin/payments/{application.id}/attach", data={"upload": (io.BytesIO(PDF), "a.pdf")}).status_code
        == 403
    )
    assert application.amount == Decimal("104160")
