"""People, organisations, tokens, the trail, the account and the first run, over HTTP."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
import sqlalchemy as sa

from server.domain import identity
from server.domain.identity import AuditEntry, Officer, OrganisationKind, Role
from server.gateways import wechat
from server.gateways.wechat import CheckStep
from tests.factories import identity as people


@pytest.fixture
def chen(client):
    officer = people.officer("chen")
    people.signed_in(client, officer)
    return officer


@pytest.fixture
def shen(client):
    officer = people.officer("shen")
    people.signed_in(client, officer)
    return officer


def secret_in(answer):
    return re.search(r'secret-box"><span>([^<]+)<', answer.text).group(1)


def test_the_list_of_people_filters_sorts_and_pages(client, chen, queries):
    for number in range(25):
        people.officer(f"person{number:02d}", name=f"员工{number:02d}")
    people.officer("zheng")
    whole = client.get("/admin/people/")
    assert "共 27 人" in whole.text
    part = client.get("/admin/people/?q=员工&sort=-login&page=2", headers={"HX-Request": "true"})
    assert "<html" not in part.text
    assert re.findall(r"员工\d\d", part.text)[0] == "员工04"
    assert "郑一鸣" in client.get("/admin/people/?role=vendor_maintainer").text
    assert "没有符合条件的结果" in client.get("/admin/people/?q=没有这个人").text
    with queries() as seen:
        client.get("/admin/people/", headers={"HX-Request": "true"})
    assert len(seen) == 5  # session, count, page, roles, organisations


def test_an_officer_is_appointed_and_signs_in(client, chen):
    first = client.get("/admin/people/new")
    assert people.BUREAU in first.text
    url = f"/admin/people/new?organisation={chen.organisation_id}"
    assert "局方经办" in client.get(url).text
    short = client.post(url, data={"name": "孙悦", "login": "s", "roles": "bureau_handler"})
    assert (short.status_code, "3–32 位" in short.text) == (422, True)
    apart = client.post(url, data={"name": "孙悦", "login": "sun", "roles": ["bureau_auditor", "system_administrator"]})
    assert (apart.status_code, "不能既管理人员又查看审计日志" in apart.text) == (422, True)
    forged = client.post(url, data={"name": "孙悦", "login": "sun", "roles": "scheduler"})
    assert forged.status_code == 422
    made = client.post(url, data={"name": "孙悦", "login": "sun", "roles": "bureau_handler"})
    assert made.status_code == 200
    assert identity.sign_in("sun", secret_in(made), address="192.0.2.1")
    taken = client.post(url, data={"name": "孙悦", "login": "sun", "roles": "bureau_handler"})
    assert (taken.status_code, "这个账号已被使用" in taken.text) == (409, True)


def test_roles_name_and_state_are_changed(client, chen, session):
    lin = people.officer("lin")
    url = f"/admin/people/{lin.id}"
    assert client.get(url).status_code == 200
    assert client.post(f"{url}/edit", data={"name": "林岚岚", "title": "科长"}).status_code == 303
    assert client.post(f"{url}/edit", data={"name": ""}).status_code == 422
    assert client.post(f"{url}/roles", data={"roles": ["bureau_auditor"]}).status_code == 303
    assert client.post(f"{url}/roles", data={}).status_code == 422
    assert identity.roles_of([lin.id])[lin.id] == [(Role.BUREAU_AUDITOR, None)]
    assert client.post(f"{url}/deactivate", data={"reason": "调离"}).status_code == 303
    assert "已停用" in client.get(url).text
    assert secret_in(client.post(f"{url}/reactivate"))
    assert secret_in(client.post(f"{url}/reset", data={"second_factor": "true"}))
    last = session.scalars(sa.select(AuditEntry.summary).order_by(AuditEntry.id.desc())).first()
    assert last == "重置口令和两步验证：林岚岚"


def test_an_administrator_ends_somebodys_session(client, chen):
    lin = people.officer("lin")
    secret = people.open_session(lin)
    shown = client.get(f"/admin/people/{lin.id}").text
    url = re.search(rf"/admin/people/{lin.id}/sessions/[0-9a-f-]+/end", shown).group()
    assert client.post(url).status_code == 303
    assert identity.officer_by_session(secret) is None


def test_organisations_are_entered_renamed_and_shut(client, chen, session):
    made = client.post("/admin/organisations/new", data={"kind": "vendor", "name": "甲公司"})
    assert made.status_code == 303
    assert client.post("/admin/organisations/new", data={"kind": "vendor", "name": "甲公司"}).status_code == 409
    found = people.organisation(OrganisationKind.VENDOR, "甲公司")
    url = f"/admin/organisations/{found.id}"
    assert client.post(f"{url}/edit", data={"name": "乙公司"}).status_code == 303
    assert client.post(f"{url}/shut").status_code == 303
    listed = client.get("/admin/organisations/").text
    assert "乙公司" in listed
    assert "已停用" in listed
    assert client.post(f"{url}/reopen").status_code == 303


def test_a_token_is_issued_shown_once_and_revoked(client, chen):
    lin = people.officer("lin")
    url = f"/admin/tokens/new?officer={lin.id}"
    form = client.get(url).text
    assert "响应和处理工单" in form
    assert "管理人员" not in form.split("<fieldset")[1]
    data = {"name": "看板", "scopes": ["ticket.view"], "days": "30", "networks": "192.0.2.0/24\n2001:db8::/32"}
    assert client.post(url, data={**data, "scopes": ["people.manage"]}).status_code == 422
    assert client.post(url, data={**data, "networks": "nowhere"}).status_code == 422
    made = client.post(url, data=data)
    secret = secret_in(made)
    assert secret.startswith("sj_")
    assert identity.actor_by_token(secret, address="192.0.2.9")
    listed = client.get("/admin/tokens/").text
    assert secret not in listed
    assert "看板" in listed
    token = re.search(r"/admin/tokens/([0-9a-f-]+)/revoke", listed).group()
    assert client.post(token).status_code == 303
    assert "没有有效的令牌" in client.get("/admin/tokens/").text
    assert "已撤销" in client.get("/admin/tokens/?all=1").text


def test_the_trail_is_read_and_its_entry_shows_the_difference(client, shen):
    entry = identity.record(
        people.actor("chen"), "officer.described", summary="改名", changes={"name": ["旧", "<b>新</b>"]}
    )
    identity.record(people.actor("lin"), "ticket.responded", summary="响应", subject=("ticket", "7"))
    listed = client.get("/admin/audit/?noun=officer")
    assert "改名" in listed.text
    assert "响应" not in listed.text.split("audit-region")[1]
    shown = client.get(f"/admin/audit/{entry.id}").text
    assert "&lt;b&gt;新&lt;/b&gt;" in shown
    assert "与写入时的印记不符" not in shown
    assert client.get("/admin/audit/?from=no-day&to=2026-13-40&kind=x&result=y").status_code == 200
    assert client.get("/admin/audit/?actor=nobody").status_code == 404


def test_the_chain_is_checked_and_a_fault_is_shown(client, shen, session):
    entry = identity.record(people.actor("chen"), "officer.described", summary="改名")
    begun = client.post("/admin/audit/checks/")
    part = client.post(begun.headers["Location"], headers={"HX-Request": "true"})
    assert "审计链完好" in part.text
    session.execute(sa.update(AuditEntry).where(AuditEntry.id == entry.id).values(summary="没改"))
    again = client.post("/admin/audit/checks/").headers["Location"]
    assert "正在校验" in client.get(again).text
    assert "第 1 条：内容被改动" in client.post(again).text
    assert "发现异常" in client.get("/admin/audit/checks/").text
    assert "与写入时的印记不符" in client.get(f"/admin/audit/{entry.id}").text


def test_the_trail_is_taken_out_safely_and_on_the_record(client, shen, session):
    identity.record(people.actor("chen"), "officer.described", summary="=cmd|' /C calc'!A0")
    ready = client.get("/admin/audit/export?noun=officer")
    assert "共 1 条" in ready.text
    table = client.post("/admin/audit/export?noun=officer", data={"format": "csv"})
    assert "'=cmd|" in table.text
    assert "筛选条件：类别 人员 · 共 1 条" in table.text
    assert table.headers["Content-Disposition"].startswith("attachment;")
    book = client.post("/admin/audit/export", data={"format": "xlsx"})
    with zipfile.ZipFile(io.BytesIO(book.data)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "'=cmd|" in sheet
    assert session.scalars(sa.select(AuditEntry.action)).all().count("audit.exported") == 2


def test_taking_out_needs_the_password_again(client):
    people.signed_in(client, people.officer("shen"), stepped_up=False)
    assert client.post("/admin/audit/export").headers["Location"].startswith("/admin/step-up")


def test_one_changes_ones_own_profile_and_password_and_ends_other_sessions(client):
    lin = people.officer("lin")
    elsewhere = people.open_session(lin)
    people.signed_in(client, lin)
    assert client.post("/admin/account/", data={"name": "林岚岚", "title": "科长"}).status_code == 303
    assert client.post("/admin/account/", data={"name": ""}).status_code == 422
    shown = client.get("/admin/account/").text
    assert "林岚岚" in shown
    assert shown.count("登录 ·") == 2
    assert client.post("/admin/account/sessions/end-others").status_code == 303
    assert identity.officer_by_session(elsewhere) is None
    data = {"current": people.PASSWORD, "new_password": "short", "repeated": "short"}
    assert "至少 8 个字符" in client.post("/admin/account/password", data=data).text
    data |= {"new_password": "Bei-jiang 7 feng", "repeated": "another"}
    assert "两次输入的口令不一致" in client.post("/admin/account/password", data=data).text
    data |= {"repeated": "Bei-jiang 7 feng", "current": "wrong"}
    assert "当前口令不正确" in client.post("/admin/account/password", data=data).text
    before = client.get_cookie("sid").value
    done = client.post("/admin/account/password", data=data | {"current": people.PASSWORD})
    assert done.status_code == 303
    assert client.get_cookie("sid").value != before
    assert client.get("/admin/account/").status_code == 200


def test_the_first_run(client, session):
    assert client.get("/admin/sign-in").headers["Location"] == "/admin/setup/"
    code = identity.issue_setup_code()
    people.with_csrf(client)
    assert client.get("/admin/setup/").status_code == 200
    assert client.get("/admin/setup/bureau").headers["Location"] == "/admin/setup/"
    assert client.post("/admin/setup/", data={"code": "wrong"}).status_code == 403
    assert client.post("/admin/setup/", data={"code": code}).headers["Location"] == "/admin/setup/bureau"
    assert client.get("/admin/setup/bureau").status_code == 200
    data = {
        "bureau_name": "临江局",
        "name": "首位",
        "login": "first",
        "new_password": "admin123",
        "repeated": "admin123",
    }
    assert "这个口令太常见" in client.post("/admin/setup/bureau", data=data).text
    data |= {"new_password": "Shan-gao 9 yue", "repeated": "Shan-gao 9 yue"}
    done = client.post("/admin/setup/bureau", data=data)
    assert done.headers["Location"] == "/admin/setup/wechat"
    assert "检测连接" in client.get("/admin/setup/wechat").text
    assert client.get("/admin/account/two-factor").status_code == 200
    assert session.scalars(sa.select(Officer.login)).one() == "first"
    assert client.get("/admin/setup/").status_code == 404
    people.with_csrf(client)
    assert client.post("/admin/setup/", data={"code": code}).status_code == 404


@pytest.mark.parametrize("path", ["/admin/setup/", "/admin/setup/bureau"])
def test_the_first_run_is_closed_for_ever(client, path):
    people.officer("lin")
    assert client.get(path).status_code == 404


def test_the_wizard_asks_wechat(client, chen, monkeypatch):
    found = [CheckStep("小程序配置", True, "AppID wx1"), CheckStep("接口凭证", False, "错误码 40013。")]
    monkeypatch.setattr(wechat, "check", lambda: found)
    shown = client.post("/admin/setup/wechat").text
    assert "错误码 40013。" in shown
    assert "异常" in shown


def test_an_address_cannot_steer_the_links_of_its_page(client, chen):
    for number in range(25):
        people.officer(f"person{number:02d}")
    shown = client.get("/admin/people/?_scheme=javascript&_external=1&_anchor=x&endpoint=session.sign_in")
    assert shown.status_code == 200
    assert "javascript://" not in shown.text
