"""The manual's pictures of days, acceptance, articles and people. As ``pages.py``, in a file of its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from docs.zh.steps import href
from server.core import clock

if TYPE_CHECKING:
    from docs.zh.screenshots import Camera


def agenda(camera: Camera) -> None:
    """What is due when, reminders, the feed, and the papers that a contract owes."""
    camera.take(camera.officer("zhou", "/admin/agenda/", height=1290), "agenda-month")
    camera.take(camera.officer("qiao", "/admin/agenda/", width=390, height=844), "agenda-month-phone")
    camera.take(camera.officer("qiao", "/admin/agenda/week"), "agenda-week")
    camera.take(camera.officer("zhou", "/admin/agenda/alerts/"), "agenda-alerts")
    camera.take(camera.officer("zhou", "/admin/agenda/rules", height=1240), "agenda-rules")
    camera.take(camera.officer("zhou", "/admin/agenda/subscription"), "agenda-feed")
    camera.take(camera.officer("zhou", "/admin/deliverables/", height=1000), "deliverables")
    page = camera.officer("yuan", "/admin/deliverables/")
    page.get_by_role("navigation", name="按合同查看全年").get_by_role("link").first.click()
    page.get_by_role("heading", name="全年一览").wait_for()
    page.set_viewport_size({"width": 1440, "height": 1000})
    camera.take(page, "deliverables-year")
    page = camera.officer("qiao", "/admin/deliverables/", height=1000)
    page.locator("a.row-title").first.click()
    page.get_by_role("heading", name="截止日怎么算出来的").wait_for()
    page.locator("[name=summary]").fill("本月响应均在时限内，两项整改见正文。")
    camera.take(page, "deliverable-hand-in")
    page.get_by_role("button", name="提交", exact=True).click()
    page.get_by_text("已提交").first.wait_for()
    place = re.sub(r"^https?://[^/]+", "", page.url)
    page = camera.officer("zhou", place, height=1000)
    page.get_by_role("button", name="签收", exact=True).wait_for()
    camera.take(page, "deliverable-sign")


def acceptance(camera: Camera) -> None:
    """A fault on site, completion notices and what became of them, material owed, remote services."""
    page = camera.officer("zhou", "/admin/tickets/?q=全部办事页面打不开", height=1040)
    page.get_by_role("link", name="全部办事页面打不开").first.click()
    camera.take(page.get_by_role("region", name="现场处置"), "acceptance-visit")
    page = camera.officer("tang", "/admin/tickets/new")
    page.locator("[name=title]").fill("登记大厅预约核验全部失败")
    page.locator("[name=text]").fill("三个登记窗口都无法核验预约，业务已停。")
    page.locator("[name=severity]").select_option("major")
    page.locator("[name=business_stopped]").check()
    page.get_by_role("button", name="登记工单").click()
    page.get_by_role("button", name="响应", exact=True).first.click()
    dialog = page.get_by_role("dialog", name="响应")
    dialog.locator("[name=text]").fill("工程师马上出发。")
    dialog.locator("button[type=submit]").click()
    page.get_by_role("button", name="解决", exact=True).first.click()
    dialog = page.get_by_role("dialog", name="解决")
    dialog.locator("[name=text]").fill("已重启服务。")
    dialog.locator("button[type=submit]").click()
    page.get_by_role("dialog", name="解决").get_by_text("须经局方同意").wait_for()
    camera.take(page.get_by_role("dialog", name="解决"), "acceptance-refused")
    page = camera.officer("tang", "/admin/acceptances/new", height=1040)
    page.locator("[name=title]").fill("预约名单导出完工")
    page.locator("[name=content]").fill("名单可按窗口导出，体验版和正式版均已更新。")
    page.locator("[name=how_to_check]").fill("在两台电脑上各导出一次，核对列名和人数。")
    page.locator("[name=text_1]").fill("导出的名单有“受理窗口”一列")
    page.locator("[name=standard_1]").fill("合同第三条")
    page.locator("[name=text_2]").fill("人数与页面一致")
    camera.take(page, "acceptance-new")
    page = camera.officer("zhou", "/admin/acceptances/?state=sent")
    page.get_by_role("link", name="网点停车信息完工").click()
    page.get_by_role("button", name="登记签收证据").click()
    camera.take(page.get_by_role("dialog", name="登记签收证据"), "acceptance-receipt")
    page = camera.officer("zhou", "/admin/acceptances/?state=received")
    page.get_by_role("link", name="预约短信提醒完工").click()
    page.get_by_role("link", name="验收", exact=True).click()
    page.locator("[name=result_2]").select_option("failed")
    page.locator("[name=remark_2]").fill("短信没有时间")
    camera.take(page, "acceptance-decide")
    page = camera.officer("zhou", "/admin/acceptances/?state=rejected", height=1000)
    page.get_by_role("link", name="网点导航优化完工").first.click()
    page.get_by_role("heading", name="验收清单").wait_for()
    camera.take(page, "acceptance-rejected")
    page = camera.officer("zhou", "/admin/acceptances/?state=deemed", height=1000)
    page.get_by_role("link", name="办件提醒文案调整完工").click()
    page.get_by_text("期限怎样算出").click()
    camera.take(page, "acceptance-deemed")
    camera.take(camera.officer("zhou", "/admin/acceptances/", height=820), "acceptance-list")
    camera.take(camera.officer("zhou", "/admin/records/", height=640), "acceptance-materials")
    camera.take(camera.officer("zhou", "/admin/records/stalls", height=480), "acceptance-stalls")
    camera.take(camera.officer("tang", "/admin/records/sessions/new", height=1000), "acceptance-sessions")


def knowledge(camera: Camera) -> None:
    """Articles, and what is handed on to others."""
    camera.take(camera.officer("lin", "/admin/knowledge/?q=预约"), "knowledge")
    page = camera.officer("lin", "/admin/knowledge/new", height=1000)
    page.locator("#field-title").fill("食品摊点怎样网上登记")
    page.locator("#field-body").fill(
        "## 材料\n\n- 身份证\n- 经营场所照片\n\n备好后在小程序**网上登记**，办结后短信通知。"
    )
    page.get_by_role("heading", name="材料").wait_for()
    camera.take(page, "knowledge-new")
    page = camera.officer("tang", "/admin/tickets/?state=resolved")
    page.locator("tbody a.row-number, tbody a.row-title, tbody a[href*='/admin/tickets/']").first.click()
    page.get_by_role("button", name="更多").click()
    page.get_by_role("link", name="形成知识").click()
    page.get_by_text("形成", exact=False).first.wait_for()
    camera.take(page, "knowledge-from-ticket")
    page = camera.officer("lin", "/admin/knowledge/")
    page.get_by_role("link", name="节假日可以预约吗").first.click()
    page.get_by_role("heading", name="这篇有帮助吗？").wait_for()
    camera.take(page, "knowledge-article")
    camera.take(camera.officer("lin", "/admin/referrals/", height=640), "sheets")
    page = camera.officer("lin", "/admin/referrals/?open=1")
    page.locator("tbody a").first.click()
    page.get_by_role("button", name="办结").wait_for()
    camera.take(page, "sheet", whole_page=True)
    camera.take(camera.officer("lin", "/admin/referrals/requirements/", height=640), "requirements")
    page = camera.officer("lin", "/admin/referrals/applications/?open=1")
    page.locator("tbody a").first.click()
    page.get_by_role("button", name="登记批准").wait_for()
    camera.take(page, "data-application")
    camera.take(camera.officer("lin", "/admin/referrals/liaison/", height=760), "liaison")


def people(camera: Camera) -> None:
    """Maintainers, replacements, subcontracts and departures."""
    camera.take(camera.officer("qiao", "/admin/staff/", height=1000), "staff")
    page = camera.officer("qiao", "/admin/staff/new", height=1240)
    page.locator("[name=name]").fill("江帆")
    page.locator("[name=role]").fill("驻场工程师")
    page.locator("[name=experience_from]").fill("2019-07-01")
    page.locator("[name=experience]").fill("2019 年起在区县局从事小程序运维。")
    camera.take(page, "staff-new")
    page = camera.officer("qiao", "/admin/staff/?q=唐川", height=900)
    page = camera.officer("qiao", href(page, page.get_by_role("table").get_by_role("link", name="唐川").first))
    page.get_by_role("heading", name="证明材料").wait_for()
    camera.take(page, "staff-person")
    page = camera.officer("qiao", href(page, page.get_by_role("link", name="更换", exact=True)), height=1900)
    page.locator("[name=reason]").select_option("resigned")
    today = clock.today()
    page.locator("[name=effective_on]").fill((today + timedelta(days=10)).isoformat())
    page.locator("[name=name]").fill("江帆")
    page.locator("[name=experience_from]").fill(today.replace(year=today.year - 2, day=1).isoformat())
    page.get_by_text("经验少于原人员").wait_for()
    camera.take(page, "replacement-new")
    page = camera.officer("zhou", "/admin/staff/replacements/", height=1000)
    page = camera.officer("zhou", href(page, page.get_by_role("link", name="RYBG-2025-0001")), height=1000)
    page.get_by_role("heading", name="核对结果").wait_for()
    camera.take(page, "replacement")
    page = camera.officer("zhou", "/admin/staff/subcontracts/", height=900)
    page = camera.officer("zhou", href(page, page.get_by_role("link", name="FBTY-2025-0001")))
    page.get_by_role("heading", name="分包内容").wait_for()
    camera.take(page, "subcontract")
    page = camera.officer("zhou", "/admin/staff/?q=耿直")
    page = camera.officer(
        "zhou", href(page, page.get_by_role("table").get_by_role("link", name="耿直").first), height=1300
    )
    page.get_by_role("heading", name="离岗交接").wait_for()
    camera.take(page, "off-boarding")


def duty(camera: Camera) -> None:
    """The duty roster and the calls."""
    camera.take(camera.officer("qiao", "/admin/duty/", height=1320), "duty")
    page = camera.officer("qiao", "/admin/duty/rotation", height=1120)
    page.locator("[name=people]").fill("唐川\n乔安\n苏明")
    page.locator("[name=fill_only]").uncheck()
    page.locator("#drafts li").first.wait_for()
    camera.take(page, "duty-rotation")
    camera.take(camera.officer("qiao", "/admin/duty/gaps"), "duty-gaps")
    camera.take(camera.officer("qiao", "/admin/duty/calls/"), "calls")
    page = camera.officer("qiao", "/admin/duty/calls/?state=missed")
    page = camera.officer("qiao", href(page, page.get_by_role("link", name=re.compile("^TH-")).first))
    page.get_by_role("heading", name="备注").wait_for()
    camera.take(page, "call")
    page = camera.officer("qiao", "/admin/duty/calls/import")
    lines = (
        "流水号,主叫号码,来电时间,接听时间\nA-1001,13800002222,2026-01-05 09:12,\nA-1002,1.38E+10,2026-01-05 09:30,\n"
    )
    file = {"name": "话单.csv", "mimeType": "text/csv", "buffer": lines.encode()}
    page.locator("[name=upload]").set_input_files([file])
    page.get_by_role("button", name="导入", exact=True).click()
    page.get_by_text("没有导入任何通话").wait_for()
    camera.take(page, "calls-import")


PARTS: tuple[Callable[[Camera], None], ...] = (agenda, acceptance, knowledge, people, duty)
