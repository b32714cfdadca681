"""A paper is signed by both sides in the console, and a stranger who holds it finds out what it is worth (A34, B23)."""

from __future__ import annotations

import re
import uuid
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from server.core.db import db, unit
from server.domain import documents
from server.domain.identity import SCHEDULER
from server.gateways.office import scans
from server.jobs.commands import main
from server.jobs.demo.people import PASSWORD
from tests.browser.demo import UUID, Demo
from tests.factories.signing import blank_pdf
from tests.support import town
from tests.support.console import Console
from tests.support.waiting import until

pytestmark = pytest.mark.browser
SUPPLEMENT = "contract_supplement"
# The worker has the whole demo to do first.
PATIENCE_SECONDS = 180


def test_a_stranger_verifies_what_both_signed(look, demo, tmp_path, capsys):
    zhou, tang, lin = (Console(look, demo, login, story="verification") for login in ("zhou", "tang", "lin"))
    contract = demo.first("qiao", "/admin/contracts/", rf"/admin/contracts/({UUID})")
    agreed(zhou, contract)
    number, address = issued(lin, demo, contract)
    paper = signed_on_a_phone(tang, number, address)
    signed(lin, number, address)
    copy = taken(lin, address)
    proven(lin, address)
    place = printed_address(paper, demo)
    stranger = Console.__new__(Console)
    stranger.look, stranger.url, stranger.story, stranger.page = look, demo.url, "verification", look.page()
    asked_by_code(stranger, place, number)
    asked_by_file(stranger, copy, number, tmp_path)
    by_command(copy, published(stranger), tmp_path, capsys)


def agreed(zhou: Console, contract: str) -> None:
    """The parties' agreement is put on record, with its paper; one that the demo has is ended first."""
    zhou.go(f"/admin/contracts/{contract}/electronic-signing")
    if zhou.page.get_by_role("button", name="终止约定").count():
        zhou.page.get_by_role("button", name="终止约定").click()
        dialog = zhou.page.get_by_role("dialog", name="终止电子签名约定")
        zhou.enter(dialog, {"reason": "约定文本更新，重新登记。"})
        with zhou.page.expect_navigation():
            dialog.get_by_role("button", name="终止", exact=True).click()
        zhou.says("尚未约定")
    zhou.enter(zhou.main, {"agreed_on": "2025-04-01", "vendor_signer": "乔安", "bureau_signer": "周敏"})
    scan = {"name": "电子签名约定.pdf", "mimeType": "application/pdf", "buffer": blank_pdf()}
    zhou.main.locator("input[type=file]").set_input_files(scan)
    zhou.sound("1-agreement")
    with zhou.page.expect_navigation():
        zhou.page.get_by_role("button", name="登记").click()
    zhou.says("已约定使用普通电子签名")


def issued(lin: Console, demo: Demo, contract: str) -> tuple[str, str]:
    """A paper with its files, as the worker makes them."""
    supplement = demo.first("zhou", f"/admin/contracts/{contract}?tab=supplements", rf"/supplements/({UUID})")
    with town.application(demo.environ) as app, app.app_context():
        with unit():
            document = documents.issue(SCHEDULER, SUPPLEMENT, uuid.UUID(supplement))
            number, key = document.number, document.id
        db.session.remove()
    address = f"/admin/documents/{key}"

    def made() -> bool:
        lin.go(address)
        return lin.page.locator(".document-leaf").count() > 0

    until(made, "the worker to make the paper's files", seconds=PATIENCE_SECONDS)
    return number, address


def signed_on_a_phone(tang: Console, number: str, address: str) -> bytes:
    """The vendor finds it among what waits, reads it, and signs with a finger."""
    tang.go("/admin/documents/to-sign")
    tang.sound("2-to-sign")
    tang.page.get_by_role("link", name=number).first.click()
    tang.page.wait_for_url(re.compile(r"/sign$"))
    paper = tang.page.request.get(f"{tang.url}{address}/files/pdf").body()
    drawn(tang.page)
    tang.main.locator("[name=agree]").check()
    tang.sound("3-sign")
    tang.page.set_viewport_size({"width": 390, "height": 844})
    tang.page.get_by_role("button", name="清除重写").click()
    drawn(tang.page)
    tang.main.locator("[name=password]").fill("wrong")
    with tang.page.expect_navigation():
        tang.page.get_by_role("button", name="签署", exact=True).click()
    tang.says("当前口令不正确")
    tang.main.locator("[name=password]").fill(PASSWORD)
    assert tang.main.locator("[name=drawing]").input_value().startswith("data:image/png")
    with tang.page.expect_navigation():
        tang.page.get_by_role("button", name="签署", exact=True).click()
    tang.says("唐川")
    tang.page.set_viewport_size({"width": 1440, "height": 900})
    expect(tang.page.locator(".sign-drawn")).to_be_visible()
    return paper


def drawn(page: Page) -> None:
    """A name with the mouse, which is a finger to the page."""
    canvas = page.locator("[data-sign-pad] canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    left, top = box["x"] + 30, box["y"] + 50
    for shift in (0, 60, 120):
        page.mouse.move(left + shift, top)
        page.mouse.down()
        page.mouse.move(left + shift + 20, top + 60, steps=4)
        page.mouse.move(left + shift + 50, top + 10, steps=4)
        page.mouse.up()


def signed(lin: Console, number: str, address: str) -> None:
    """The bureau signs without drawing; then nobody signs any more."""
    lin.go(f"{address}/sign")
    lin.says("乙方")
    lin.main.locator("[name=agree]").check()
    lin.main.locator("[name=password]").fill(PASSWORD)
    with lin.page.expect_navigation():
        lin.page.get_by_role("button", name="签署", exact=True).click()
    lin.says("已签署")
    assert number in lin.main.inner_text()
    lin.go(f"{address}/sign")
    assert lin.page.url == f"{lin.url}{address}"


def taken(lin: Console, address: str) -> bytes:
    """The signed copy, when the worker has made it."""

    def there() -> bool:
        lin.go(address)
        return lin.page.get_by_role("link", name="已签署 PDF").count() > 0

    until(there, "the worker to make the signed copy", seconds=PATIENCE_SECONDS)
    lin.sound("4-signed")
    return lin.page.request.get(f"{lin.url}{address}/files/signed_pdf").body()


def proven(lin: Console, address: str) -> None:
    """The console's own proof."""
    lin.go(f"{address}/verification")
    lin.says("核验通过")
    lin.sound("5-proof")


def printed_address(paper: bytes, demo: Demo) -> str:
    """What the printed QR code says."""
    (place,) = scans.qr_texts(paper)
    assert place.startswith(f"{demo.url}/verify/")
    return place


def asked_by_code(stranger: Console, place: str, number: str) -> None:
    """Without an account: what the paper is, and nobody's whole name."""
    stranger.page.goto(place)
    stranger.says("文书有效，已签署")
    for told in (number, "唐*", "林*", "普通电子签名"):
        stranger.says(told)
    for hidden in ("唐川", "林晓", "127.0.0.1"):
        assert hidden not in stranger.page.locator("main").inner_text()
    assert stranger.page.context.cookies() == []
    stranger.sound("6-by-code")
    stranger.page.locator("[name=code]").fill("2222-2222-2222")
    stranger.page.get_by_role("button", name="查询").click()
    stranger.says("没有查到这份文书")


def asked_by_file(stranger: Console, copy: bytes, number: str, folder: Path) -> None:
    """The file itself, and the same with one byte changed."""
    bent = bytearray(copy)
    bent[len(bent) // 3] ^= 1
    for raw, told, name in ((copy, "一字不差", "7-intact"), (bytes(bent), "文件已被改动", "8-changed")):
        stranger.go("/verify")
        sent = {"name": "文书.pdf", "mimeType": "application/pdf", "buffer": raw}
        stranger.page.locator("input[type=file]").set_input_files(sent)
        with stranger.page.expect_navigation():
            stranger.page.get_by_role("button", name="验证文件").click()
        stranger.says(told)
        stranger.sound(name)
    assert number not in stranger.page.locator("main").inner_text()
    assert list(folder.iterdir()) == []


def published(stranger: Console) -> str:
    """The fingerprint of the seal's key as the page gives it to everybody."""
    stranger.go("/verify")
    stranger.says("封印公钥")
    stranger.page.locator(".verify-hashes summary").first.click()
    stranger.says("BEGIN PUBLIC KEY")
    stranger.sound("9-keys")
    return stranger.page.locator(".verify-hashes code").first.inner_text()


def by_command(copy: bytes, fingerprint: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same without any service: only with the published fingerprint is it believed."""
    file = folder / "copy.pdf"
    file.write_bytes(copy)
    assert main(["verify", str(file)]) == 3
    assert "没有核对封印公钥" in capsys.readouterr().out
    assert main(["verify", str(file), "--fingerprint", fingerprint]) == 0
    assert "唐川" in capsys.readouterr().out
