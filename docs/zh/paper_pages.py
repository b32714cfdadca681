"""The manual's pictures of papers: documents, signatures, service records and reports. As ``pages.py``, by itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from docs.zh.steps import appears, draw, href, sign, vanishes

if TYPE_CHECKING:
    from docs.zh.screenshots import Camera

CODE = re.compile(r"^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b", re.MULTILINE)


def reports(camera: Camera) -> None:
    """The calendar of reports, a draft that writes itself, where a figure comes from, and one that was signed."""
    camera.take(camera.officer("zhou", "/admin/reports/"), "reports")
    page = camera.officer("tang", "/admin/reports/")
    page = camera.officer("tang", href(page, page.locator("main table a").first), height=1100)
    camera.take(page, "report-draft")
    figure = page.locator("main a[href*='/figures/']")
    camera.take(camera.officer("tang", href(page, figure.first), height=700), "report-figure")


def documents(camera: Camera) -> None:
    """The list, a paper as it is, an archive with its download, and the page of a template."""
    page = camera.officer("zhou", "/admin/documents/")
    vanishes(page, page.locator("main table").get_by_text("生成中"))
    camera.take(page, "documents")
    page = camera.officer("lin", "/admin/documents/?kind=inspection")
    place = href(page, page.locator("main table a.row-number").first)
    page = camera.officer("lin", place, height=1100)
    appears(page, page.locator(".document-leaf"))
    camera.take(page, "document")
    page = camera.officer("zhou", "/admin/documents/runs/", height=700)
    page.get_by_role("button", name="归档打包").click()
    dialog = page.get_by_role("dialog", name="归档打包")
    dialog.locator("[name=contract]").select_option(
        dialog.locator("[name=contract] option", has_text="YW-XCX-2026-01").get_attribute("value")
    )
    dialog.get_by_label("原件").check()
    with page.expect_navigation():
        dialog.get_by_role("button", name="开始打包").click()
    appears(page, page.get_by_role("link", name=re.compile("^下载压缩包")))
    camera.take(page, "document-archive")
    camera.take(camera.officer("zhou", "/admin/documents/templates/inspection"), "document-template")


def service_records(camera: Camera) -> None:
    """A month's service records, and what a ticket still wants before it may be closed."""
    page = camera.officer("tang", "/admin/service-records/", height=700)
    camera.take(page, "service-records")
    page = camera.officer("tang", href(page, page.locator("main table a.row-title").first))
    camera.take(page.get_by_role("region", name="结单条件"), "service-record-wanted")
    page = camera.officer("tang", href(page, page.get_by_role("link", name="补充服务记录")), height=1000)
    camera.take(page, "service-record")


def signing(camera: Camera) -> None:
    """A paper signed by the vendor on a phone, then by the bureau; its proof, and what a stranger sees."""
    page = camera.officer("tang", "/admin/documents/to-sign")
    place = href(page, appears(page, page.locator("main a.row-number")))
    page = camera.officer("tang", place, width=390, height=844)
    page.locator("main [name=agree]").check()
    draw(page)
    camera.take(page, "signing-phone")
    sign(page)
    sign(camera.officer("lin", place))
    document = place.removesuffix("/sign")
    page = camera.officer("zhou", document)
    appears(page, page.get_by_role("link", name="已签署 PDF"))
    (code, *_) = CODE.findall(page.locator("main").inner_text())
    camera.take(camera.officer("zhou", f"{document}/verification", height=1000), "signing-proof")
    stranger = camera.page(900, 900)
    stranger.goto(f"{camera.url}/verify/{code}")
    camera.take(stranger, "signing-verify", whole_page=True)
    stranger.context.close()


PARTS: tuple[Callable[[Camera], None], ...] = (reports, documents, service_records, signing)
