"""The manual's pictures of the console: each part is a chapter's, each line a page as one of the demo's people sees it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from docs.zh.screenshots import Camera


def desk(camera: Camera) -> None:
    """The bureau's daily work."""
    page = camera.page(900, 640)
    page.goto(f"{camera.url}/admin/sign-in")
    camera.take(page, "sign-in")
    page.context.close()
    camera.take(camera.officer("zhou", "/admin/", height=1000), "dashboard")
    page = camera.officer("zhou", "/admin/tickets/")
    camera.take(page, "tickets")
    for row in (0, 1):
        page.get_by_label(re.compile("选择 FW-")).nth(row).check()
    camera.take(page, "tickets-bulk")
    page = camera.officer("zhou", "/admin/tickets/")
    page.get_by_role("link", name="查询页面打不开").click()
    camera.take(page, "ticket", whole_page=True)
    page.goto(f"{page.url}/print")
    camera.take(page.locator(".paper"), "ticket-print")
    camera.take(camera.officer("zhou", "/admin/tickets/new"), "ticket-new")
    page = camera.officer("zhou", "/admin/search/?q=公告")
    camera.take(page, "search")
    page = camera.officer("zhou", "/admin/tickets/", width=390, height=844)
    camera.take(page, "tickets-phone")
    page = camera.officer("zhou", "/admin/")
    page.keyboard.press("?")
    camera.take(page.get_by_role("dialog", name="快捷键"), "keyboard")


def notices(camera: Camera) -> None:
    """Announcements, calendar, contracts."""
    page = camera.officer("zhou", "/admin/notices/new", height=1000)
    page.locator("#field-title").fill("系统维护通知")
    page.locator("#field-body").fill(
        "## 维护时间\n\n今晚 **22:00** 至次日 6:00。\n\n- 期间无法提交问题\n- 紧急情况请拨打联系电话\n"
    )
    page.get_by_role("button", name="预览").click()
    page.get_by_role("heading", name="维护时间").wait_for()
    camera.take(page, "notice-new")
    camera.take(camera.officer("zhou", "/admin/calendar/"), "calendar")
    page = camera.officer("zhou", "/admin/calendar/import")
    page.locator("[name=source]").fill("国务院办公厅关于 2027 年部分节假日安排的通知")
    page.locator("[name=text]").fill(HOLIDAYS)
    page.get_by_role("button", name="预览变动").click()
    page.get_by_role("button", name=re.compile("导入|确认")).first.wait_for()
    camera.take(page, "calendar-preview")
    page = camera.officer("zhou", "/admin/contracts/")
    page.get_by_role("link", name="微信小程序运行维护服务合同").first.click()
    page.get_by_role("heading", name="时限").first.wait_for()
    camera.take(page, "contract")


HOLIDAYS = "\n".join(
    [
        "日期,类型,名称",
        *(f"2027-01-0{day},节假日,元旦" for day in (1, 2, 3)),
        *(f"2027-02-{day:02},节假日,春节" for day in range(5, 14)),
        "2027-02-14,调休上班,春节调休",
        *(f"2027-04-0{day},节假日,清明" for day in (3, 4, 5)),
        *(f"2027-05-0{day},节假日,劳动节" for day in range(1, 6)),
        "2027-05-08,调休上班,劳动节调休",
        *(f"2027-06-{day:02},节假日,端午" for day in (9, 10, 11)),
        *(f"2027-09-{day},节假日,中秋" for day in (15, 16, 17)),
        *(f"2027-10-0{day},节假日,国庆节" for day in range(1, 8)),
        "2027-10-09,调休上班,国庆节调休",
    ]
)


def vendor(camera: Camera) -> None:
    """What the vendor sees of its own contract."""
    camera.take(camera.officer("tang", "/admin/", height=1000), "vendor-dashboard")
    page = camera.officer("qiao", "/admin/tickets/")
    page.get_by_role("button", name="导出").click()
    page.get_by_role("button", name="Excel").wait_for()
    camera.take(page, "vendor-export")


def audit(camera: Camera) -> None:
    """The auditor's pages."""
    camera.take(camera.officer("shen", "/admin/audit/"), "audit")
    page = camera.officer("shen", "/admin/audit/checks/")
    page.get_by_role("button", name="开始校验").click()
    page.get_by_text("审计链完好").wait_for(timeout=60_000)
    camera.take(page, "audit-check")


def system(camera: Camera) -> None:
    """The system administrator's pages, and each person's own account."""
    for path, name in PAGES:
        camera.take(camera.officer("admin", path), name)
    page = camera.officer("admin", "/admin/people/new")
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("group", name=re.compile("角色")).or_(page.get_by_text("角色").first).first.wait_for()
    camera.take(page, "people-new")
    page = camera.officer("admin", "/admin/settings/")
    page.get_by_role("button", name="检测微信连接").click()
    page.get_by_label("检测结果").wait_for()
    camera.take(page, "settings", whole_page=True)
    camera.take(camera.officer("zhou", "/admin/privacy/"), "privacy")
    camera.take(camera.officer("zhou", "/admin/data-requests/"), "data-requests")
    camera.take(camera.officer("zhou", "/admin/account/"), "account")


def releases(camera: Camera) -> None:
    """The ledger of releases."""
    camera.take(camera.officer("qiao", "/admin/releases/", height=1000), "release-board")
    page = camera.officer("qiao", "/admin/releases/all?q=1.5.0", height=1240)
    page.get_by_role("link", name="1.5.0", exact=True).click()
    page.get_by_role("heading", name="检查清单").wait_for()
    camera.take(page, "release")
    page.get_by_role("button", name="回退版本").click()
    camera.take(page.get_by_role("dialog", name="回退版本"), "release-roll-back")
    page = camera.officer("zhou", "/admin/releases/all?q=1.5.0")
    page.get_by_role("link", name="1.5.0", exact=True).click()
    page.goto(f"{page.url}/compare")
    camera.take(page, "release-compare", whole_page=True)
    camera.take(camera.officer("zhou", "/admin/releases/adoption", height=1000), "release-adoption")
    camera.take(camera.officer("zhou", "/admin/releases/versions/"), "release-versions")
    camera.take(camera.officer("admin", "/admin/releases/keys/"), "release-keys")


PAGES = (
    ("/admin/people/", "people"),
    ("/admin/jobs/", "jobs"),
    ("/admin/messages/", "messages"),
    ("/admin/messages/templates", "message-templates"),
    ("/admin/app-config/", "app-config"),
    ("/admin/settings/desk", "settings-desk"),
)


def flags(camera: Camera) -> None:
    """Revisions, requests, promotion, playground and stale flags."""
    camera.take(camera.officer("qiao", "/admin/flags/"), "flags")
    camera.take(camera.officer("zhou", "/admin/flag-revisions/release"), "flag-revisions")
    page = camera.officer("zhou", "/admin/flag-requests/")
    page.get_by_role("link", name=re.compile("新版搜索")).first.click()
    page.get_by_role("heading", name="会影响谁").wait_for()
    camera.take(page, "flag-request")
    camera.take(camera.officer("qiao", "/admin/flag-promotion/?source=trial"), "flag-promotion")
    asked = "version=1.5.0&platform=android&baseLibrary=3.7.2&targetingKey=u-1001&flag=new-search"
    camera.take(camera.officer("qiao", f"/admin/flag-playground/?{asked}"), "flag-play", whole_page=True)
    camera.take(camera.officer("qiao", "/admin/flag-stale/"), "flag-stale")


PARTS: tuple[Callable[[Camera], None], ...] = (desk, notices, vendor, audit, system, releases, flags)
