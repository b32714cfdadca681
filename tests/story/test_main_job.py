"""The story that must always work, over HTTP and with real processes: from a report with screenshots to the closed ticket."""

from __future__ import annotations

import re
import uuid
from collections import Counter
from typing import Any

import pytest
import requests

from server.core import clock
from server.core.db import session
from server.domain import signing
from server.domain.tickets import Ticket
from server.simulators.wechat.client import MiniProgram
from tests.support import pictures
from tests.support.browsing import Browser, Page
from tests.support.town import PASSWORD, SCOPES, TEMPLATES
from tests.support.waiting import until
from tests.support.whole import Whole, databases, good, whole

CITIZEN = "王建国"
WORDS = "点开首页公告一直转圈，退出重进也不行。"
pytestmark = pytest.mark.slow


@pytest.mark.parametrize("make", databases("sqlite", "postgresql", "mariadb"))
def test_the_main_job(make, tmp_path):
    # the simulator's pictures are judged after a while and the verdict is pushed
    with whole(make, tmp_path, media_delay=0.2) as here:
        phone = comes_in(here)
        ticket = reports(here, phone)
        judged(here, phone, ticket)
        lin, zheng = here.officer("lin"), here.officer("zheng")
        seen(here, ticket, lin, zheng)
        talked(here, phone, ticket, lin, zheng)
        solved(here, phone, ticket, zheng)
        rated_and_reopened(phone, ticket)
        solved_again(here, phone, ticket, lin, zheng)
        leaves_a_trail(here)


def comes_in(here: Whole) -> MiniProgram:
    """Signs in, reads the config, is asked for consent before anything personal, gives it, and subscribes."""
    phone = here.wechat.phone(here.service.url)
    signed_in = good(phone.sign_in(here.wechat.login(CITIZEN)), 201)
    assert "session_key" not in str(signed_in)
    assert signed_in["consent"] == {"required": True, "version": 1}
    config = phone.get("config")
    assert good(config, 200)["privacy_version"] == 1
    assert [each["title"] for each in config.data["notices"]] == ["国庆期间办事窗口安排"]
    assert phone.get("config", headers={"If-None-Match": config.headers["ETag"]}).status == 304
    for early in (phone.report(WORDS), phone.upload(pictures.screenshot())):
        assert (early.status, early.code) == (403, "consent_required")
    given = good(phone.give_consent(), 201)
    assert (given["required"], set(given["scopes"])) == (False, {scope.key for scope in SCOPES})
    offered = good(phone.get("subscriptions/templates"), 200)["items"]
    assert {row["key"]: row["template_id"] for row in offered} == TEMPLATES
    # three accepts: each lets one message of each kind through
    for _ in range(3):
        here.subscribe(CITIZEN, phone)
    return phone


def reports(here: Whole, phone: MiniProgram) -> dict[str, Any]:
    """Two screenshots and words; a second press of the button, after a lost line, is the same report."""
    uploads = [here.upload(phone, seed) for seed in (1, 2)]
    key = str(uuid.uuid4())
    sent = phone.report(WORDS, uploads, title="首页公告打不开", page="pages/notices/show?id=7", key=key)
    ticket: dict[str, Any] = good(sent, 201)
    again = phone.report(WORDS, uploads, title="首页公告打不开", page="pages/notices/show?id=7", key=key)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.content == sent.content
    assert ticket["number"].endswith("-0001")
    assert (ticket["state"], ticket["kind"]) == ("new", "bug")
    return ticket


def judged(here: Whole, phone: MiniProgram, ticket: dict[str, Any]) -> None:
    """The words pass by WeChat's answer, the pictures by its push; both are noted."""

    def states() -> set[str]:
        whole_ticket = good(phone.get(f"tickets/{ticket['id']}"), 200)
        shown = timeline(phone, ticket)[0]["pictures"]
        assert len(shown) == 2
        return {whole_ticket["content_state"], *(picture["state"] for picture in shown)}

    until(lambda: states() == {"pass"}, "words and pictures pass", seconds=60)
    assert len(here.wechat.calls("/wxa/media_check_async")) == 2
    picture = timeline(phone, ticket)[0]["pictures"][0]["id"]
    fetched = phone.get(f"attachments/{picture}")
    assert (fetched.status, fetched.headers["Content-Type"]) == (200, "image/png")
    assert fetched.headers["Content-Disposition"].startswith("attachment")


def seen(here: Whole, ticket: dict[str, Any], lin: Browser, zheng: Browser) -> None:
    """Bureau and vendor see it with its clock; the other vendor sees nothing; without a token nobody writes."""
    for officer in (lin, zheng):
        listed = officer.get("/admin/tickets/")
        assert ticket["number"] in listed.text
        assert "首页公告打不开" in listed.text
        page = open_page(officer, ticket)
        assert "响应时限" in page.text
        assert "应于" in page.text
        assert "Simulator X1" in page.text
        assert "pages/notices/show" in page.text
        assert "id=7" not in page.text
        picture = next(part.split('"')[0] for part in page.html.split('href="') if "/pictures/" in part.split('"')[0])
        assert officer.http.get(here.service.url + picture, timeout=30).headers["Content-Type"] == "image/png"
    bai = here.officer("bai")
    assert ticket["number"] not in bai.get("/admin/tickets/").text
    assert bai.get(f"/admin/tickets/{ticket['id']}").status == 404
    forged = zheng.http.post(
        f"{here.service.url}/admin/tickets/{ticket['id']}/respond", data={"text": "伪造", "version": "1"}, timeout=30
    )
    assert forged.status_code == 400
    assert requests.get(f"{here.service.url}/admin/tickets/{ticket['id']}", timeout=30).url.count("/sign-in")


def talked(here: Whole, phone: MiniProgram, ticket: dict[str, Any], lin: Browser, zheng: Browser) -> None:
    """The vendor responds and the clock stops; words go to and fro; what is internal stays inside."""
    old = step(zheng, ticket, "respond", text="已收到，我们正在核查安卓端公告页。")
    assert "已响应" in old.text
    step(lin, ticket, "comment", audience="internal", text="请今天内处理，有群众来电。")
    assert "请今天内处理" in open_page(zheng, ticket).text
    step(zheng, ticket, "comment", audience="public", text="请问您的手机型号是？")
    good(phone.comment(ticket["id"], "华为 P50，昨天刚升级的系统。", [here.upload(phone, 3)]), 201)
    assert "华为 P50" in open_page(zheng, ticket).text
    said = [entry["text"] for entry in timeline(phone, ticket)]
    assert said == [
        WORDS,
        "已收到，我们正在核查安卓端公告页。",
        "请问您的手机型号是？",
        "华为 P50，昨天刚升级的系统。",
    ]
    until(lambda: len(told(here)) == 2, "the citizen was told of both answers")
    # an officer whose page is older than the ticket is shown what others did; nothing is overwritten
    stale = zheng.submit(old, f"/{ticket['id']}/comment", audience="public", text="旧页面上的话")
    assert stale.status == 409
    assert "旧页面上的话" in stale.html
    assert "旧页面上的话" not in str(timeline(phone, ticket))


def solved(here: Whole, phone: MiniProgram, ticket: dict[str, Any], zheng: Browser) -> None:
    """The vendor resolves; the citizen gets the subscribe message, with a page that exists."""
    step(zheng, ticket, "start")
    step(zheng, ticket, "resolve", text="1.4.2 版已修复，请更新后再试。", cause="公告详情接口超时未处理")
    assert good(phone.get(f"tickets/{ticket['id']}"), 200)["state"] == "resolved"
    last = until(lambda: len(told(here)) == 3 and told(here)[-1], "the citizen was told that it is solved")
    assert last["data"]["character_string1"] == ticket["number"]
    assert last["data"]["phrase3"] == "已解决"
    assert last["page"] == f"pages/tickets/show?id={ticket['id']}"
    assert "接口超时" not in str(timeline(phone, ticket))


def rated_and_reopened(phone: MiniProgram, ticket: dict[str, Any]) -> None:
    """Rates, finds that it is not solved, and says so once."""
    good(phone.rate(ticket["id"], 3, "比较快"), 201)
    now = good(phone.reopen(ticket["id"], "更新后还是打不开。"), 200)
    assert (now["state"], now["may_reopen"]) == ("in_progress", False)


def solved_again(here: Whole, phone: MiniProgram, ticket: dict[str, Any], lin: Browser, zheng: Browser) -> None:
    """The vendor resolves again; a second reopening is refused; the bureau closes; the new rating counts."""
    assert "更新后还是打不开" in open_page(zheng, ticket).text
    step(zheng, ticket, "resolve", text="服务器缓存已清理。", cause="缓存未失效")
    refused = phone.reopen(ticket["id"], "再试一次。")
    assert (refused.status, refused.code) == (409, "reopened_before")
    good(phone.rate(ticket["id"], 5, "这次好了，谢谢。"), 201)
    assert not open_page(zheng, ticket).offers("/close")
    signed_by_both(here, ticket, lin, zheng)
    page = step(lin, ticket, "close", note="市民确认")
    assert "已关闭" in page.text
    final = good(phone.get(f"tickets/{ticket['id']}"), 200)
    assert (final["state"], final["stars"]) == ("closed", 5)
    late = phone.comment(ticket["id"], "还有一句话。")
    assert (late.status, late.code) == (409, "ticket_state")
    # three accepts of this kind were given and used: two answers and the first solution
    assert [message["template_id"] for message in told(here)].count(TEMPLATES["ticket_received"]) == 1


def signed_by_both(here: Whole, ticket: dict[str, Any], lin: Browser, zheng: Browser) -> None:
    """The service record writes itself, its file is made by the worker, and each side signs it in its own browser."""
    assert "尚未出具服务记录单" in open_page(zheng, ticket).text
    agreed(here, ticket)
    zheng.submit(open_page(zheng, ticket), "/documents/issue")
    address = re.compile(r"/admin/documents/[0-9a-f-]{36}/sign")
    until(lambda: address.search(open_page(zheng, ticket).html), "the record's file is made")
    found = address.search(open_page(zheng, ticket).html)
    assert found
    for one in (zheng, lin):
        signed = one.submit(one.get(found.group()), "/sign", agree="true", password=PASSWORD)
        assert signed.status == 200, signed.text
    assert "双方已签署" in open_page(lin, ticket).text


def agreed(here: Whole, ticket: dict[str, Any]) -> None:
    """Both agreed to sign in the console: on paper, which the administrator records."""
    with here.inside():
        contract_id = session().get_one(Ticket, uuid.UUID(ticket["id"])).contract_id
    paper = here.act("zhou", lambda _: signing.take_scan(name="电子签名约定.png", raw=pictures.screenshot()))
    here.act(
        "zhou",
        signing.agree,
        contract_id,
        agreed_on=clock.today(),
        vendor_signer="吴桐",
        bureau_signer="周正",
        paper=paper,
    )


def leaves_a_trail(here: Whole) -> None:
    """Every step is in the trail, once, in a chain that verifies; the auditor sees it verified too."""
    written = Counter(here.sealed_trail())
    once = ("ticket.opened", "ticket.responded", "ticket.started", "ticket.reopened", "ticket.closed")
    assert {action: written[action] for action in once} == dict.fromkeys(once, 1)
    assert written["ticket.commented"] == 3
    assert written["ticket.resolved"] == 2
    assert written["ticket.rated"] == 2
    assert written["attachment.uploaded"] == 3
    assert written["consent.given"] == 1
    assert written["citizen.signed_in"] == 1
    # the first words, one comment, two ratings' words, the reopening, and three pictures
    until(lambda: Counter(here.sealed_trail())["content.judged"] == 8, "every check is in the trail")
    shen = here.officer("shen")
    trail = shen.get("/admin/audit/")
    assert trail.status == 200
    assert "重新打开工单" in trail.text


def step(officer: Browser, ticket: dict[str, Any], name: str, **values: str) -> Page:
    """Open the page, fill in one of its forms, and be back on the page."""
    done = officer.submit(open_page(officer, ticket), f"/{ticket['id']}/{name}", **values)
    assert (done.status, done.path) == (200, f"/admin/tickets/{ticket['id']}"), done.text
    return done


def open_page(officer: Browser, ticket: dict[str, Any]) -> Page:
    page = officer.get(f"/admin/tickets/{ticket['id']}")
    assert page.status == 200, page.text
    return page


def timeline(phone: MiniProgram, ticket: dict[str, Any]) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = good(phone.get(f"tickets/{ticket['id']}/timeline"), 200)["items"]
    return entries


def told(here: Whole) -> list[dict[str, Any]]:
    """The subscribe messages on the citizen's phone."""
    return here.wechat.messages(CITIZEN)
