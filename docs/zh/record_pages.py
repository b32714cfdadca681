"""The manual's pictures of what is done and held: upkeep, trainings, secrecy. As ``pages.py``, in a file of its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from docs.zh.steps import fill, href
from server.core import clock

if TYPE_CHECKING:
    from docs.zh.screenshots import Camera


def upkeep(camera: Camera) -> None:
    """The log, a quick entry and an inspection on a phone, the months of inspections, and a plan for the worst."""
    camera.take(camera.officer("tang", "/admin/upkeep/"), "upkeep")
    page = camera.officer("tang", "/admin/upkeep/works/new", width=390, height=844)
    camera.take(page, "upkeep-new")
    camera.take(camera.officer("zhou", "/admin/upkeep/inspections/", height=1000), "inspections")
    page = camera.officer("tang", "/admin/upkeep/inspections/")
    place = href(page, page.locator("main tr", has_text="填写中").locator("a.row-number").first)
    page = camera.officer("tang", place, width=390, height=844)
    item = page.locator(".check-item").first
    for label, value in (("CPU 峰值%", "41"), ("内存峰值%", "63"), ("磁盘峰值%", "92")):
        item.get_by_label(label).fill(value)
    item.get_by_label("磁盘峰值%").blur()
    item.get_by_text(re.compile("已保存，还剩")).wait_for()
    item.scroll_into_view_if_needed()
    page.evaluate("scrollBy(0, -80)")
    camera.take(page, "inspection-sheet")
    page = camera.officer("tang", "/admin/upkeep/plans/")
    page = camera.officer("tang", href(page, page.locator("main table a.row-title").first))
    camera.take(page, "contingency-plan")


def training(camera: Camera) -> None:
    """Trainings: the list, a plan on a phone, the code on the wall, and one that was held."""
    camera.take(camera.officer("tang", "/admin/trainings/"), "trainings")
    page = camera.officer("tang", "/admin/trainings/new", width=390, height=1400)
    told = {
        "topic": "新版咨询答复操作培训",
        "planned_start": f"{clock.to_local(clock.now() + timedelta(minutes=10)):%Y-%m-%dT%H:%M}",
        "place": "三楼会议室",
        "audience": "政务服务大厅",
    }
    fill(page, told)
    page.locator("main [name=trainer_id]").select_option(index=1)
    camera.take(page, "training-new")
    with page.expect_navigation():
        page.get_by_role("button", name="登记", exact=True).click()
    place = urlsplit(page.url).path
    page = camera.officer("tang", place)
    with page.expect_navigation():
        page.get_by_role("button", name="开放签到").first.click()
    camera.take(camera.officer("tang", f"{place}/projector"), "training-projector")
    page = camera.officer("lin", "/admin/trainings/?q=年报填报常见问题解答")
    page = camera.officer("lin", href(page, page.get_by_role("link", name="年报填报常见问题解答").first), height=1200)
    camera.take(page, "training-show")


def secrecy(camera: Camera) -> None:
    """The register, promises, and an incident against the clock; reported, so that no other page warns of it."""
    camera.take(camera.officer("zhou", "/admin/secrecy/"), "secrecy")
    camera.take(camera.officer("zhou", "/admin/secrecy/promises/"), "secrecy-promises")
    page = camera.officer("tang", "/admin/secrecy/incidents/new")
    told = {
        "title": "后台账号异常登录",
        "kind": "attack",
        "grade": "serious",
        "discovered_at": f"{clock.to_local(clock.now() - timedelta(minutes=50)):%Y-%m-%dT%H:%M}",
        "discovered_by": "唐川",
        "systems": "小程序后台",
        "symptom": "夜间有陌生地址登录后台账号并浏览工单，已停用该账号。",
    }
    fill(page, told)
    with page.expect_navigation():
        page.locator("main form button[type=submit]").first.click()
    page = camera.officer("lin", urlsplit(page.url).path)
    camera.take(page, "secrecy-incident")
    page.get_by_role("button", name="登记上报").first.click()
    dialog = page.get_by_role("dialog", name=re.compile("^登记上报"))
    dialog.locator("[name=ref]").fill("回执 1")
    with page.expect_navigation():
        dialog.locator("button[type=submit]").click()


PARTS: tuple[Callable[[Camera], None], ...] = (upkeep, training, secrecy)
