"""The pages of feedback sheets, requirements, data applications and liaison: whose step it is, and whose it is not."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask.testing import FlaskClient

from server.core.db import session
from server.domain import referrals
from server.domain.referrals import Application, Liaison, Requirement, Sheet
from tests.admin.conftest import Desk
from tests.factories import referrals as made
from tests.factories.tickets import picture

URL = "/admin/referrals/"


def sheet_form(desk: Desk, **values: Any) -> dict[str, Any]:
    usual = {"title": "登记时报错", "system": "一体化平台", "actual": "提示 500", "kind": "bug", "urgency": "urgent"}
    return usual | {"channel": "phone", "contract_id": str(desk.ours.id), "reporter_phone": "13812345678"} | values


def moved(browser: FlaskClient, address: str, step: str, **data: Any) -> int:
    return browser.post(f"{address}/{step}", data=data).status_code


def test_a_sheet_from_ticket_to_outcome_b17(desk: Desk) -> None:
    ticket = desk.ticket(text="省平台登记时报错")
    vendor = desk.sit("zheng")
    assert "省平台登记时报错" in vendor.get(f"{URL}sheets/new", query_string={"ticket": str(ticket.id)}).text
    answer = vendor.post(f"{URL}sheets/new", data=sheet_form(desk, ticket=str(ticket.id)))
    address = answer.location
    page = vendor.get(address).text
    assert "138****5678" in page
    assert "13812345678" not in page
    assert moved(vendor, address, "send") == 422
    assert moved(vendor, address, "send", to="省项目组") == 303
    judged = {"verdict": "defect", "handling": "province", "analysis": "缓存问题"}
    assert moved(vendor, address, "judge", **judged) == 303
    assert "由局方办结" in vendor.get(address).text
    assert moved(vendor, address, "external", state="fixed") == 403
    assert moved(vendor, address, "external", state="reported_fixed", text="已发布补丁") == 303
    assert moved(vendor, address, "settle", outcome="fixed_by_province", result="好了") == 403
    assert moved(vendor, address, "no_such_step") == 404
    bureau = desk.sit("lin")
    assert moved(bureau, address, "settle", outcome="fixed_by_province", result="已核实") == 303
    assert "省级已修复" in bureau.get(address).text
    assert moved(bureau, address, "settle", outcome="explained", result="再办一次") == 303
    assert "应用系统问题反馈单" in bureau.get(f"{address}/print").text
    assert "省级已修复" in bureau.get(URL, query_string={"q": "登记时"}).text
    assert "登记时报错" not in bureau.get(URL, query_string={"open": "1"}).text


def test_screenshots_and_the_whole_number(desk: Desk) -> None:
    address = desk.sit("zheng").post(f"{URL}sheets/new", data=sheet_form(desk)).location
    sent = {"upload": (io.BytesIO(picture()), "截图.png")}
    assert desk.client.post(f"{address}/papers", data=sent).status_code == 303
    [paper] = referrals.papers_of(session().query(Sheet).one())
    file = f"{URL}sheets/papers/{paper.id}"
    answer = desk.client.get(file)
    assert (answer.status_code, answer.mimetype) == (200, paper.mime)
    bad = {"upload": (io.BytesIO(b"#!/bin/sh"), "x.png")}
    assert desk.client.post(f"{address}/papers", data=bad).status_code == 422
    assert desk.client.post(f"{address}/phone", data={"reason": "x"}).status_code == 403
    assert "13812345678" in desk.sit("zhou").post(f"{address}/phone", data={"reason": "回访"}).text
    assert len(desk.trail("sheet.reporter_unmasked")) == 1
    assert desk.sit("bai").get(file).status_code == 404


def test_requirements_go_to_the_bureau_b18(desk: Desk) -> None:
    form = {"title": "批量导出", "system": "一体化平台", "text": "希望批量导出", "urgency": "normal"}
    vendor = desk.sit("wu")
    address = vendor.post(f"{URL}requirements/new", data=form | {"contract_id": str(desk.ours.id)}).location
    assert "由局方决定和办结" in vendor.get(address).text
    assert moved(vendor, address, "forward", to="省局") == 403
    assert moved(vendor, address, "settle", outcome="done_by_vendor", result="做好了") == 403
    bureau = desk.sit("lin")
    assert moved(bureau, address, "forward", to="省局", external_number="SJ-1") == 303
    assert moved(desk.sit("wu"), address, "external", state="scheduled", text="四季度") == 303
    assert moved(desk.sit("lin"), address, "settle", outcome="done_by_vendor", result="…") == 422
    assert moved(desk.client, address, "settle", outcome="done_by_province", result="已上线") == 303
    assert "SJ-1" in desk.client.get(f"{URL}requirements/").text


def test_a_data_application_b19(desk: Desk) -> None:
    form = {"item": "企业年报", "purpose": "双随机", "applicant_unit": "县局", "contract_id": str(desk.ours.id)}
    vendor = desk.sit("zheng")
    address = vendor.post(f"{URL}applications/new", data=form).location
    assert vendor.post(f"{address}/edit", data=form | {"item": "企业年报公示"}).status_code == 303
    assert moved(vendor, address, "submit", to="市数据局") == 303
    assert moved(vendor, address, "approve", approved_by="市数据局") == 403
    assert moved(desk.sit("lin"), address, "approve", approved_by="市数据局") == 303
    assert moved(desk.sit("zheng"), address, "deliver", delivery="推送到前置库") == 303
    assert "企业年报公示" in desk.client.get(f"{URL}applications/", query_string={"state": "delivered"}).text


def test_liaison_without_passwords_b20(desk: Desk) -> None:
    vendor = desk.sit("zheng")
    card = {"name": "市级前置库", "account": "sjjh", "keeper": "市数据局", "contract_id": str(desk.ours.id)}
    refused = vendor.post(f"{URL}databases/new", data=card | {"note": "密码：Abc12345"})
    assert (refused.status_code, "疑似含有明文密码" in refused.text) == (422, True)
    assert vendor.post(f"{URL}databases/new", data=card).status_code == 303
    [database] = referrals.databases(desk.actor("zheng"))
    changed = {"name": "市级前置库（生产）", "version": "1"}
    assert vendor.post(f"{URL}databases/{database.id}", data=changed).status_code == 303
    assert vendor.post(f"{URL}databases/{database.id}", data=changed).status_code == 422
    talk = {"medium": "phone", "with_unit": "市数据局", "topic": "推送中断", "contract_id": str(desk.ours.id)}
    talk |= {"database_id": str(database.id), "follow_up": "明天再问"}
    assert vendor.post(f"{URL}liaison/new", data=talk | {"text": "口令是 Qwe!2345"}).status_code == 422
    address = vendor.post(f"{URL}liaison/new", data=talk | {"text": "对方重启了服务"}).location
    assert vendor.post(f"{address}/follow").status_code == 303
    entry = session().query(Liaison).one()
    right = talk | {"text": "对方没有重启", "corrects": str(entry.id)}
    assert vendor.get(f"{URL}liaison/new", query_string={"corrects": str(entry.id)}).status_code == 200
    assert vendor.post(f"{URL}liaison/new", data=right).status_code == 303
    assert "已有更正" in vendor.get(address).text
    assert "市级前置库（生产）" in vendor.get(f"{URL}liaison/").text


@pytest.mark.parametrize("login", ["bai", "shen", "chen"])
def test_who_may_not(desk: Desk, login: str) -> None:
    """Another vendor finds nothing; the auditor reads and changes nothing; the system's keeper does neither."""
    sheet, requirement = made.sheet(desk.ours), made.requirement(desk.ours)
    application, talk = made.application(desk.ours), made.liaison(desk.ours)
    reads = [f"sheets/{sheet.id}", f"sheets/{sheet.id}/print", f"requirements/{requirement.id}"]
    reads += [f"applications/{application.id}", f"liaison/{talk.id}"]
    writes = [f"sheets/{sheet.id}/send", f"sheets/{sheet.id}/edit", f"sheets/{sheet.id}/papers"]
    writes += [f"requirements/{requirement.id}/forward", f"applications/{application.id}/submit"]
    writes += [f"liaison/{talk.id}/follow", f"applications/{application.id}/edit"]
    browser = desk.sit(login)
    read, write = {"bai": (404, 404), "shen": (200, 403), "chen": (403, 403)}[login]
    assert {path: browser.get(f"{URL}{path}").status_code for path in reads} == dict.fromkeys(reads, read)
    assert {path: browser.post(f"{URL}{path}").status_code for path in writes} == dict.fromkeys(writes, write)
    for path in ("", "requirements/", "applications/", "liaison/"):
        answer = browser.get(f"{URL}{path}")
        assert answer.status_code == (403 if login == "chen" else 200)
        assert (sheet.title in answer.text or requirement.title in answer.text) is (
            login == "shen" and path in ("", "requirements/")
        )


def test_forged_sources_are_refused(desk: Desk) -> None:
    """A sheet under another's contract, or from another's ticket, or with another's rows, is not taken."""
    sheet = made.sheet(desk.ours)
    ticket = desk.ticket()
    theirs = desk.sit("bai")
    assert theirs.post(f"{URL}sheets/new", data=sheet_form(desk)).status_code == 422
    form = sheet_form(desk, contract_id=str(desk.theirs.id), ticket=str(ticket.id))
    assert theirs.post(f"{URL}sheets/new", data=form).status_code == 404
    for path in ("sheets/new", "requirements/new", "applications/new"):
        assert theirs.get(f"{URL}{path}", query_string={"ticket": str(ticket.id)}).status_code == 404
    assert theirs.get(f"{URL}requirements/new", query_string={"sheet": str(sheet.id)}).status_code == 404
    assert session().query(Requirement).count() == session().query(Application).count() == 0
