"""A year's fee paid late: asked for, refused where papers or hands are wrong, held up by an overdue order, and priced by the day."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Locator, Page, expect

from server.core import clock
from server.core.db import session, unit
from server.domain import contracts, identity
from server.domain.contracts import Contract, ContractState
from server.domain.identity import SCHEDULER, Actor, ActorKind, Officer, Role
from server.jobs.demo.people import PASSWORD
from tests.browser.demo import Demo
from tests.support import town

pytestmark = pytest.mark.browser
MILESTONE, FINDING = "year_fee", "fixed_or_documents"
TAX_NUMBER = "11990000MB1111111X"
PER_DAY = 140
BACK = 60
SIZES = ((1440, False), (1440, True), (390, False), (390, True))


class Till:
    """One person's console, in a browser of their own."""

    def __init__(self, look: Any, demo: Demo, login: str) -> None:
        self.look, self.url, self.here = look, demo.url, demo.url
        self.page: Page = look.page()
        self.page.goto(f"{demo.url}/admin/")
        self.page.locator("#field-login").fill(login)
        self.page.locator("#field-password").fill(PASSWORD)
        self.page.get_by_role("button", name="登录").click()
        self.page.wait_for_url(f"{demo.url}/admin/")

    def go(self, path: str) -> Locator:
        """The main part of a page."""
        self.here = path if path.startswith("http") else f"{self.url}{path}"
        self.page.goto(self.here)
        return self.page.locator("main")

    def offered(self) -> set[str]:
        """The steps that the page has forms for."""
        forms = self.page.locator("dialog form[method=post]")
        return {str(form.get_attribute("action")).rsplit("/", 1)[1] for form in forms.all()}

    def step(self, name: str, *, shot: str = "", **values: str) -> Locator:
        """One step: its button, its dialog, and back on the page that says what became of it."""
        dialog = self.page.get_by_role("dialog", name=re.compile(f"^{name}："))
        if not dialog.is_visible():  # one that was refused stands open
            self.page.goto(self.here)
            self.page.get_by_role("button", name=name, exact=True).first.click()
        for field, value in values.items():
            dialog.locator(f"[name={field}]").fill(value)
        if shot:
            self.shoot(shot)
        with self.page.expect_navigation():
            dialog.get_by_role("button", name=name, exact=True).click()
        return self.page.locator("main")

    def send(self, button: str, **values: str) -> Locator:
        """A form that is a page of its own."""
        for field, value in values.items():
            self.page.locator(f"main [name={field}]").fill(value)
        with self.page.expect_navigation():
            self.page.locator("main form").get_by_role("button", name=button, exact=True).click()
        self.here = self.page.url
        return self.page.locator("main")

    def shoot(self, name: str) -> None:
        assert self.look.overflow(self.page) <= 0, name
        self.look.shoot(self.page, f"payment-{name}")

    def sound(self, name: str) -> None:
        """The page at both widths and in both schemes is readable by everybody."""
        faults = []
        for width, dark in SIZES:
            self.page.set_viewport_size({"width": width, "height": 900})
            self.page.emulate_media(color_scheme="dark" if dark else "light")
            faults += self.look.serious(self.page)
            self.shoot(f"{name}-{width}-{'dark' if dark else 'light'}")
        self.page.set_viewport_size({"width": 1440, "height": 900})
        self.page.emulate_media(color_scheme="light")
        assert faults == []


def test_a_fee_paid_late(look, demo):
    contract = prepared(demo)
    plan = f"/admin/payments/contracts/{contract}"
    zhou, lin, qiao = (Till(look, demo, login) for login in ("zhou", "lin", "qiao"))
    read_otherwise(zhou, contract, plan)
    application = applied(qiao, plan)
    papers_in(lin, application)
    due = fell_due(lin, plan)
    same_person(zhou, application)
    qin = Till(look, demo, "qin")
    order = shut(zhou, qin, contract, application, plan)
    opened(zhou, qin, qiao, order, application)
    paid(lin, application)
    claim = claimed(zhou, plan, due)
    settled(zhou, qiao, claim, plan)
    stranger = Till(look, demo, "yuan")
    for path in (application, claim, order, plan):
        expect(stranger.go(path).locator("h1")).to_contain_text("页面不存在")


def prepared(demo: Demo) -> str:
    """The buyer's tax number was filled in with the vendor, and the bureau has a second administrator."""
    with town.application(demo.environ) as app, app.app_context(), unit():
        active = sa.select(Contract).where(Contract.state == ContractState.ACTIVE)
        contract = next(
            each
            for each in session().scalars(active)
            if MILESTONE in {milestone.key for milestone in contracts.terms_of(each.id).milestones}
        )
        contracts.amend(
            SCHEDULER,
            contract,
            changes={"billing.buyer_tax_number": TAX_NUMBER},
            reason="双方补齐纳税人识别号",
            effective_from=contract.starts_on,
        )
        home = session().scalars(sa.select(Officer).where(Officer.login == "zhou")).one().organisation_id
        roles = [(Role.BUREAU_ADMINISTRATOR, None)]
        made = identity.appoint(
            SCHEDULER, login="qin", name="秦岭", title="分管领导", organisation_id=home, roles=roles
        )
        actor = Actor(
            kind=ActorKind.OFFICER,
            id=made.officer.id,
            name="秦岭",
            organisation_id=home,
            roles=(Role.BUREAU_ADMINISTRATOR,),
            grants=identity.grants_of(roles),
        )
        identity.change_password(actor, current=made.password, new_password=PASSWORD, agent="demo")
        return str(contract.id)


def read_otherwise(zhou: Till, contract: str, plan: str) -> None:
    """The plan waits for papers; both sides agree that the earlier of the two days counts (#4)."""
    expect(zhou.go(plan)).to_contain_text("两者取其晚")
    zhou.sound("plan-waiting")
    zhou.go(f"/admin/contracts/{contract}?tab=findings")
    card = zhou.page.locator(f"#{FINDING}")
    card.get_by_text("两者取其早").click()
    card.locator("[name=reason]").fill("双方会议纪要")
    with zhou.page.expect_navigation():
        card.get_by_role("button", name=re.compile("读法$")).click()
    expect(zhou.go(plan)).to_contain_text("两者取其早")


def applied(qiao: Till, plan: str) -> str:
    """The vendor asks for what is unpaid, not for a fen more."""
    qiao.go(plan)
    qiao.page.get_by_role("link", name="申请付款").click()
    expect(qiao.page.locator("main")).to_contain_text("贰万捌仟元整")
    day = (clock.today() - timedelta(days=BACK)).isoformat()
    refused = qiao.send("提交申请", amount="28000.01", applied_on=day, basis="合同第四条第（二）款，年度服务费")
    expect(refused).to_contain_text("应与该期未付金额一致：¥28,000.00")
    qiao.shoot("apply-refused")
    qiao.send("提交申请", amount="28000")
    expect(qiao.page.locator("h1")).to_contain_text("付款申请 FK-")
    assert {"receive", "invoice", "check", "approve", "pay"}.isdisjoint(qiao.offered())
    return qiao.page.url


def papers_in(lin: Till, application: str) -> None:
    """Receipt, and an invoice that has to equal."""
    day = (clock.today() - timedelta(days=BACK)).isoformat()
    lin.go(application)
    assert "check" not in lin.offered()
    lin.step("登记收到申请", received_on=day)
    bill = {"number": "26502000000990011223", "issued_on": day, "received_on": day}
    refused = lin.step("登记发票", amount="27999.99", tax_amount="1584.91", **bill)
    expect(refused).to_contain_text("应与申请金额相等：¥28,000.00")
    lin.sound("invoice-refused")
    done = lin.step("登记发票", shot="invoice-dialog", amount="28000", tax_amount="1584.91", **bill)
    expect(done).to_contain_text("核验通过")


def fell_due(lin: Till, plan: str) -> date:
    """Seven working days after the papers, which is past; the plan says why and what it costs so far."""
    main = lin.go(plan)
    expect(main).to_contain_text("第 7 个工作日")
    expect(main).to_contain_text("逾期，尚未付清")
    expect(main.get_by_label("到期日的变化")).to_contain_text("收到")
    lin.sound("plan-late")
    main.get_by_role("link", name="看测算步骤").click()
    told = lin.page.locator("main").inner_text()
    found = re.search(r"到期日\s+(\d{4}-\d\d-\d\d)", told)
    assert found, told
    return date.fromisoformat(found[1])


def same_person(zhou: Till, application: str) -> None:
    """Who has checked is not offered the second signature, and gets none by asking for it."""
    zhou.go(application)
    assert "approve" not in zhou.offered()
    expect(zhou.step("审核通过", remark="材料齐全")).to_contain_text("批准须由另一位有审批权限的人办理")
    assert "approve" not in zhou.offered()
    answer = zhou.page.evaluate(
        """async address => {
            const body = new URLSearchParams({remark: '同意'});
            body.set('csrf_token', document.querySelector('[name=csrf_token]').value);
            const answer = await fetch(address + '/approve', {method: 'POST', body});
            return [answer.status, await answer.text()];
        }""",
        application,
    )
    assert answer[0] == 403
    assert "不能批准自己审核或提交的付款申请" in answer[1]
    zhou.page.reload()
    zhou.sound("checked")


def shut(zhou: Till, qin: Till, contract: str, application: str, plan: str) -> str:
    """An order that was not carried out closes the gate for the other administrator too (B30)."""
    zhou.go(f"/admin/penalties/orders/contracts/{contract}/new")
    zhou.send("下达", facts="备份任务连续三日失败", demands="恢复备份并提交报告", due_on=clock.today().isoformat())
    order = zhou.page.url
    expect(zhou.step("复查不通过", remark="仍未恢复")).to_contain_text("付款闸口关闭")
    zhou.sound("order-overdue")
    qin.go(application)
    refused = qin.step("批准付款", remark="同意付款")
    expect(refused).to_contain_text("有逾期未完成的整改通知，付款暂停办理")
    qin.sound("gate-refused")
    expect(qin.go(plan)).to_contain_text("付款闸口已关闭")
    qin.sound("gate-plan")
    expect(qin.go("/admin/payments/")).to_contain_text("闸口关闭")
    qin.sound("gate-index")
    return order


def opened(zhou: Till, qin: Till, qiao: Till, order: str, application: str) -> None:
    """The vendor's word alone opens nothing; the bureau's recheck does, and the second person approves."""
    qiao.go(order)
    expect(qiao.step("提交整改答复", text="备份已恢复，报告见附件")).to_contain_text("付款闸口关闭")
    zhou.go(order)
    main = zhou.step("复查通过", remark="抽查恢复成功")
    expect(main).not_to_contain_text("付款闸口关闭")
    qin.go(application)
    expect(qin.step("批准付款", shot="approve-dialog", remark="同意付款")).to_contain_text("已批准")


def paid(lin: Till, application: str) -> None:
    """In two transfers, each under the bank's own reference."""
    lin.go(application)
    lin.step("登记付款", amount="20000", reference="ZF-1", paid_on=clock.today().isoformat())
    again = lin.step("登记付款", amount="8000", reference="ZF-1")
    expect(again).to_contain_text("该银行流水号已经登记过付款")
    expect(lin.step("登记付款", amount="8000", reference="ZF-2")).to_contain_text("已付清")
    assert lin.offered() == {"attach"}
    lin.sound("paid")


def claimed(zhou: Till, plan: str, due: date) -> str:
    """The worksheet prints its steps, and becomes a claim."""
    days = (clock.today() - due).days
    expect(zhou.go(plan)).to_contain_text("逾期付款，已付清")
    zhou.page.get_by_role("link", name="看测算步骤").click()
    main = zhou.page.locator("main")
    for part in (f"¥28,000.00 × 5‰ × {days} = ¥{PER_DAY * days:,}.00", "182.5%", "民法典第 585 条", "已付清"):
        expect(main).to_contain_text(part)
    zhou.sound("worksheet")
    main.get_by_role("link", name="按此立案").click()
    zhou.send("立案", event="年度服务费逾期付款", facts="单据齐全后未在七个工作日内付款")
    expect(zhou.page.locator("h1")).to_contain_text("违约金 WY-")
    return zhou.page.url


def settled(zhou: Till, qiao: Till, claim: str, plan: str) -> None:
    """Each side says the same amount; then it stands in the list, and is not claimed again."""
    zhou.go(claim)
    expect(zhou.step("确认金额")).to_contain_text("待确认")
    qiao.go(claim)
    expect(qiao.step("确认金额", shot="agree-dialog")).to_contain_text("双方确认 ¥")
    qiao.sound("claim")
    number = qiao.page.locator("h1").inner_text().split()[-1]
    listed = zhou.go("/admin/penalties/")
    row = listed.locator("tr", has_text=number)
    expect(row).to_contain_text("双方已确认")
    zhou.sound("penalties")
    zhou.go(f"{plan}/{MILESTONE}/late")
    expect(zhou.page.get_by_role("link", name=f"已立案 {number}")).to_be_visible()
