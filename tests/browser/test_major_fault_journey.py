"""A major fault that stops business: telephone, dispatch, arrival, analysis, the bureau's consent, repair, acceptance (A11, A21, A36)."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.demo import UUID, Demo
from tests.support.console import Console

pytestmark = pytest.mark.browser
TITLE = "登记大厅预约核验全部失败，窗口停办"
WORDS = "三个登记窗口从上午起都无法核验预约，群众排队，业务已全部停下。"
REFUSED = "现在正是办事高峰，请改到 12:30 之后，并先备份数据。"
PROPOSAL = "12:30 备份后重启核验服务并更换证书，预计 15 分钟；不成功则恢复备份。"
STOPPED = "须经局方同意处置方案后才能标记为解决"
# Whose steps these are, and nobody else's, on a fault that waits for its repair.
BUREAU_ONLY = {"sign_arrival", "consent"}
VENDOR_ONLY = {"ask_consent"}


def test_a_major_fault_is_repaired_on_site(look, demo):
    lin, tang = (Console(look, demo, login, story="fault") for login in ("lin", "tang"))
    where, number = reported(lin, demo)
    graded(lin, tang, where)
    went_there(tang, lin)
    not_before_consent(tang, lin, number)
    consented(lin, tang)
    repaired(tang, lin)
    handed_over(demo, tang, lin, where, number)
    stranger = Console(look, demo, "bai", story="fault")
    stranger.go(where)
    expect(stranger.page.locator("h1")).to_contain_text("页面不存在")
    left_a_trail(Console(look, demo, "shen", story="fault"), number)


def reported(lin: Console, demo: Demo) -> tuple[str, str]:
    """A window calls; the bureau's handler takes it down. The response clock runs from here."""
    contract = demo.first("tang", "/admin/acceptances/new", rf'<option value="({UUID})"')
    lin.go("/admin/tickets/new")
    told = {"channel": "phone", "kind": "fault", "title": TITLE, "text": WORDS, "contract_id": contract}
    lin.enter(lin.main, told | {"contact_name": "登记窗口", "contact_phone": "13900001111"})
    lin.shoot("1-intake")
    lin.page.get_by_role("button", name="登记工单").click()
    lin.page.wait_for_url(re.compile(rf"/admin/tickets/{UUID}$"))
    promised = lin.page.get_by_role("region", name="合同时限")
    expect(promised).to_contain_text("响应时限")
    expect(promised).not_to_contain_text("到场时限")
    found = re.search(r"FW-\d{4}-\d{4}", lin.main.inner_text())
    assert found
    return lin.page.url, found.group()


def graded(lin: Console, tang: Console, where: str) -> None:
    """Business has stopped: the on-site clock starts, and the way to the repair is laid out for both."""
    lin.step("定级", {"severity": "major", "business_stopped": "true", "reason": "业务已停"}, said="到场时限")
    lin.says("现场处置")
    assert VENDOR_ONLY.isdisjoint(lin.offered())
    lin.sound("2-graded")
    tang.go(where)
    offered = tang.offered()
    assert {"respond", "dispatch", "arrive", "analyse", *VENDOR_ONLY} <= offered
    assert (BUREAU_ONLY | {"close", "cancel", "assign"}).isdisjoint(offered)
    tang.step("响应", {"text": "已接报，工程师马上出发。"}, said="已响应")


def went_there(tang: Console, lin: Console) -> None:
    """Dispatch and arrival are two measurements; the bureau's signature is a third."""
    tang.step("派员", {"who": "唐川"}, said="派员")
    tang.step("到场", {"who": "唐川"}, said="到场")
    lin.page.reload()
    expect(stage(lin, "到场")).to_contain_text("唐川")
    expect(stage(lin, "到场签认（甲方）")).to_contain_text("尚未记录")
    lin.step("签认到场", {"who": "唐川，登记大厅"}, said="唐川，登记大厅")
    lin.shoot("3-arrival-signed")
    tang.step("联合分析", {"text": "核验服务证书过期，双方现场确认。"}, said="核验服务证书过期")


def not_before_consent(tang: Console, lin: Console, number: str) -> None:
    """Nothing is repaired on the vendor's word alone: not before it asked, not while the bureau thinks, not after a no."""
    solved_too_early(tang)
    tang.step("请求同意处置", {"proposal": "现在就重启核验服务并更换证书。"}, said="待答复")
    solved_too_early(tang)
    lin.go("/admin/tickets/")
    expect(lin.page.locator("tbody tr").filter(has_text=number)).to_contain_text("待同意处置")
    lin.page.go_back()
    lin.step("答复处置方案", {"agreed": "no", "text": REFUSED}, said="不同意处置")
    lin.shoot("5-declined")
    solved_too_early(tang)


def consented(lin: Console, tang: Console) -> None:
    """A better proposal, and yes."""
    tang.step("请求同意处置", {"proposal": PROPOSAL}, said=PROPOSAL)
    lin.page.reload()
    expect(stage(lin, "处置方案（乙方）")).to_contain_text(PROPOSAL)
    lin.step("答复处置方案", {"agreed": "yes"}, said="同意处置")
    expect(stage(lin, "同意处置（甲方）")).to_contain_text("林晓")
    lin.sound("6-consented")


def repaired(tang: Console, lin: Console) -> None:
    """Now it may be solved; closing is the bureau's."""
    tang.step("开始处理", said="处理中")
    tang.step("解决", {"text": "已备份、更换证书并重启，三个窗口核验正常。", "cause": "证书过期"}, said="已解决")
    assert "close" not in tang.offered()
    assert {"close", "reopen"} <= lin.offered()
    lin.go(f"{lin.page.url}/print")
    expect(lin.page.locator(".paper")).to_contain_text("到场时限")
    lin.shoot("7-service-record")
    lin.page.go_back()


def handed_over(demo: Demo, tang: Console, lin: Console, where: str, number: str) -> None:
    """The completion notice keeps the ticket open until the bureau has judged the work."""
    tang.page.get_by_role("button", name="更多").click()
    tang.page.get_by_role("link", name="提交完工通知").click()
    expect(tang.main).to_contain_text(number)
    tang.enter(
        tang.main,
        {
            "title": "预约核验故障修复完工",
            "content": "更换证书，重启核验服务，三个窗口复测正常。",
            "how_to_check": "任选一个窗口核验一笔预约，应在 3 秒内返回。",
            "text_1": "窗口可以核验预约",
            "standard_1": "合同第三条",
            "text_2": "",
        },
    )
    tang.shoot("8-notice")
    tang.page.get_by_role("button", name="发出通知").click()
    tang.page.wait_for_url(re.compile(rf"/admin/acceptances/{UUID}$"))
    notice = tang.page.url
    lin.step("关闭", said="验收或撤回后才能关闭工单")
    lin.shoot("9-not-closed-before-acceptance")
    lin.go(notice)
    lin.confirm(lin.page.get_by_role("button", name="签收", exact=True), said="24:00 前验收")
    lin.page.get_by_role("link", name="验收", exact=True).click()
    lin.enter(lin.main, {"conclusion": "passed", "words": "三个窗口均正常。"})
    lin.page.get_by_role("button", name="提交结论").click()
    expect(lin.page.locator(".ticket-line")).to_contain_text("验收合格")
    lin.shoot("10-accepted")
    lin.go(where)
    expect(facts(lin, "完工与验收")).to_contain_text("验收合格")
    lin.step("关闭", said="尚未出具服务记录单")
    demo.sign_service_record(where)
    lin.go(where)
    expect(lin.main).to_contain_text("双方已签署")
    lin.step("关闭", {"note": "现场核验正常，已验收。"}, said="已关闭")
    lin.sound("11-closed")


def left_a_trail(shen: Console, number: str) -> None:
    """The auditor finds both sides' steps."""
    shen.go(f"/admin/audit/?q={number}")
    for said in ("业务中断", "派员", "签认到场", "联合分析", "请求同意处置", "不同意处置", "标记为已解决", "关闭工单"):
        expect(shen.page.locator("tbody")).to_contain_text(said)
    shen.shoot("12-trail")


def solved_too_early(tang: Console) -> None:
    """The step is refused, with what was typed still there."""
    tang.page.reload()
    dialog = tang.fill("解决", {"text": "已重启。", "cause": "证书过期"})
    with tang.page.expect_navigation():
        dialog.locator("button[type=submit]").click()
    expect(tang.page.get_by_role("alert")).to_contain_text(STOPPED)
    expect(tang.page.get_by_role("dialog", name="解决").locator("[name=text]")).to_have_value("已重启。")
    tang.shoot("4-refused-before-consent")
    tang.go(tang.page.url.removesuffix("/resolve"))


def stage(desk: Console, label: str) -> Locator:
    """One stage on the way to the repair."""
    return desk.page.locator(".visit-stage").filter(has=desk.page.get_by_text(label, exact=True))


def facts(desk: Console, title: str) -> Locator:
    """One card of facts beside the log."""
    return desk.page.locator("section").filter(has=desk.page.get_by_role("heading", name=title, exact=True))
