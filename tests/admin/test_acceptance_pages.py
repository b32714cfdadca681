"""The pages of acceptance: list, notice, receipt and its papers, the bureau's word; and who sees and may what."""

from __future__ import annotations

import io
import re

import pytest
import sqlalchemy as sa
import time_machine

from server.core import clock
from server.domain import records
from server.domain.identity import Role
from server.domain.records import Completion, CompletionState, ReceiptKind
from tests.factories import contracts as papers
from tests.factories import identity as people
from tests.factories.calendar import seeded_calendar
from tests.factories.records import at, material, notice, received, remote
from tests.factories.tickets import picture, responded

LIST = "/admin/acceptances/"
PDF = b"%PDF-1.7\n%%EOF\n"
SENT = {
    "title": "公告修复",
    "content": "已修复",
    "how_to_check": "打开首页",
    "text_1": "公告可打开",
    "standard_1": "合同第三条",
    "text_3": "列表倒序",
    "rows": "4",
    "form_key": "one",
}


@pytest.fixture
def friday(session):
    with time_machine.travel(at("2025-09-26 10:00"), tick=False) as moved:
        seeded_calendar()
        yield moved


@pytest.fixture
def a(friday):
    contract = papers.contract_a()
    people.actor("zheng", contract_id=contract.id)
    people.actor("bai", roles=[Role.VENDOR_MANAGER], contract_id=papers.contract_b().id)
    return contract


@pytest.fixture
def as_(client):
    """``as_("lin")``: the client as that officer's browser."""

    def sign_in(login):
        people.actor(login)
        officer = people.session().query(people.Officer).filter_by(login=login).one()
        return people.signed_in(client, officer)

    return sign_in


def path(row, rest=""):
    return f"{LIST}{row.id}{rest}"


def fresh(session, row):
    return session.scalars(sa.select(Completion).where(Completion.id == row.id)).one()


def test_an_empty_list_says_how_to_begin(as_, a):
    assert "还没有完工通知" in as_("lin").get(LIST).text
    assert "提交完工通知" not in as_("lin").get(LIST).text.split("page-title")[-1].split("还没有")[0]


def test_the_list_tells_the_three_ends_apart(as_, a, friday):
    accepted, rejected, deemed = (received(a, title=title) for title in ("甲", "乙", "丙"))
    lin = people.actor("lin")
    records.accept(lin, accepted.id)
    records.reject(lin, rejected.id, reasons="不对")
    notice(a, title="丁")
    friday.move_to(at("2025-10-09 10:00"))
    records.deem()
    text = as_("lin").get(LIST).text
    for row, tone, label in (
        (accepted, "green", "验收合格"),
        (rejected, "red", "验收不合格"),
        (deemed, "violet", "视为通过"),
    ):
        line = text[text.index(f">{row.number}<") :].split("</tr>")[0]
        assert re.search(rf'pill pill-{tone}"><span class="pill-dot"[^>]*></span>{label}<', line), label
    assert "2025-09-29 24:00" in text
    assert "待签收证据" in text
    only = as_("lin").get(LIST, query_string={"state": "deemed"}).text
    assert deemed.number in only
    assert accepted.number not in only
    body = as_("lin").post(f"{LIST}export", data={"form": "csv", "query": ""}).data.decode("utf-8-sig")
    lines = {line.split(",")[0]: line for line in body.splitlines()}
    assert "验收合格" in lines[accepted.number]
    assert "视为通过" in lines[deemed.number]
    assert "2025-09-29 24:00" in lines[deemed.number]


def test_the_vendor_sends_a_notice_once(as_, a, session):
    page = as_("zheng").get(f"{LIST}new").text
    assert "验收清单" in page
    data = SENT | {"contract_id": str(a.id)}
    first = as_("zheng").post(f"{LIST}new", data=data)
    again = as_("zheng").post(f"{LIST}new", data=data)
    assert first.status_code == again.status_code == 303
    assert first.location == again.location
    row = session.scalars(sa.select(Completion)).one()
    assert [(item.text, item.standard) for item in records.items_of(row)] == [
        ("公告可打开", "合同第三条"),
        ("列表倒序", "按合同约定"),
    ]


def test_a_notice_without_items_comes_back_with_what_was_typed(as_, a):
    data = {name: value for name, value in SENT.items() if not name.startswith(("text", "standard"))}
    answer = as_("zheng").post(f"{LIST}new", data=data | {"contract_id": str(a.id)})
    assert answer.status_code == 422
    assert "请列出验收项目" in answer.text
    assert 'value="公告修复"' in answer.text
    more = as_("zheng").post(f"{LIST}new", data=SENT | {"contract_id": str(a.id), "action": "more"})
    assert 'name="text_8"' in more.text
    assert 'value="列表倒序"' in more.text


def test_receipt_and_word_of_the_bureau(as_, a, session):
    row = notice(a)
    assert "签收" in as_("lin").get(path(row)).text
    assert as_("lin").post(path(row, "/receive-now")).status_code == 303
    text = as_("lin").get(path(row)).text
    assert "2025-09-29 24:00" in text
    assert "期限怎样算出" in text
    form = as_("lin").get(path(row, "/decide")).text
    assert form.count('name="result_') == 2
    refused = as_("lin").post(path(row, "/decide"), data={"conclusion": "failed", "result_1": "passed"})
    assert refused.status_code == 422
    assert "不合格须写明理由" in refused.text
    done = as_("lin").post(
        path(row, "/decide"),
        data={"conclusion": "recheck", "words": "倒序不对", "result_1": "passed", "result_2": "failed"},
    )
    assert done.status_code == 303
    assert fresh(session, row).state is CompletionState.REJECTED
    text = as_("zheng").get(path(row)).text
    assert "整改后复验" in text
    assert "再次提交" in text
    again = as_("zheng").get(f"{LIST}new", query_string={"follows_id": row.id}).text
    assert "倒序不对" in again
    assert again.count('name="text_') == 4


def test_a_word_after_the_deadline_is_refused_with_the_moment(as_, a, friday):
    row = received(a)
    friday.move_to(at("2025-09-30 00:00"))
    text = as_("lin").get(path(row)).text
    assert "已于 2025-09-29 24:00 届满" in text
    assert "/decide" not in text
    data = {"conclusion": "passed", "result_1": "passed", "result_2": "passed"}
    answer = as_("lin").post(path(row, "/decide"), data=data)
    assert answer.status_code == 409
    assert "2025-09-29 24:00" in answer.text


def test_evidence_with_a_scan(as_, a, session):
    row = notice(a)
    data = {"kind": "paper", "received_at": "2025-09-26T10:00", "by": "林岚", "evidence": "单 12"}
    bad = as_("zheng").post(path(row, "/claim"), data=data | {"upload": (io.BytesIO(b"MZ"), "a.exe")})
    assert bad.status_code == 422
    assert "只接收" in bad.text
    scans = [(io.BytesIO(PDF), "签收单.pdf"), (io.BytesIO(picture()), "照片.png")]
    assert as_("zheng").post(path(row, "/claim"), data=data | {"upload": scans}).status_code == 303
    (claim,) = records.receipts_of(row)
    first, second = records.files_of([row.id])
    answer = as_("lin").get(f"{LIST}files/{first.id}")
    assert (answer.data, answer.mimetype) == (PDF, "application/pdf")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert as_("bai").get(f"{LIST}files/{second.id}").status_code == 404
    page = as_("lin").get(path(row)).text
    assert "确认签收" in page
    no = as_("lin").post(path(row, f"/receipts/{claim.id}/dispute"), data={"reason": ""})
    assert no.status_code == 422
    assert as_("lin").post(path(row, f"/receipts/{claim.id}/confirm")).status_code == 303
    assert fresh(session, row).state is CompletionState.RECEIVED


def test_finding_37_nothing_of_another_contract_by_any_address(as_, a):
    row = received(a)
    claimed = notice(a)
    claim = records.claim_receipt(
        people.actor("zheng"), claimed.id, received_at=clock.now(), by="林", kind=ReceiptKind.EMAIL, evidence="回执"
    )
    bai = as_("bai")
    assert row.number not in bai.get(LIST).text
    assert row.number not in bai.get(LIST, query_string={"contract": a.id, "q": row.title}).text
    assert row.number not in bai.post(f"{LIST}export", data={"form": "csv"}).data.decode("utf-8-sig")
    assert bai.get(path(row)).status_code == 404
    assert bai.get(f"{LIST}new", query_string={"follows_id": row.id}).status_code == 404
    for rest in ("/claim", "/withdraw"):
        assert bai.post(path(row, rest), data={}).status_code == 404
    # whose hands a step is not in is refused before the form is read
    assert bai.post(path(row, "/decide"), data={}).status_code == 403
    assert bai.post(path(claimed, f"/receipts/{claim.id}/confirm")).status_code == 403
    assert bai.post(f"{LIST}new", data=SENT | {"contract_id": str(a.id)}).status_code == 422


def test_each_side_has_its_own_buttons(as_, a):
    row = notice(a)
    assert "/receive-now" in as_("lin").get(path(row)).text
    vendor = as_("zheng").get(path(row)).text
    assert "/claim" in vendor
    assert "/receive-now" not in vendor
    for rest in ("/receive-now", "/receive", "/decide"):
        assert as_("zheng").post(path(row, rest), data={}).status_code == 403
    for rest in ("/claim", "/withdraw"):
        assert as_("lin").post(path(row, rest), data={}).status_code == 403
    shen = as_("shen")
    assert shen.get(path(row)).status_code == 200
    assert shen.post(path(row, "/receive-now")).status_code == 403
    assert as_("lin").post(f"{LIST}new", data={}).status_code == 403


def test_a_notice_for_a_ticket_links_both_ways(as_, a, session):
    lin = people.actor("lin")
    ticket = responded(lin, lin, contract=a)
    page = as_("zheng").get(f"{LIST}new", query_string={"ticket_id": ticket.id}).text
    assert ticket.number in page
    data = SENT | {"contract_id": str(a.id), "ticket_id": str(ticket.id)}
    assert as_("zheng").post(f"{LIST}new", data=data).status_code == 303
    row = session.scalars(sa.select(Completion)).one()
    assert row.ticket_id == ticket.id
    assert ticket.number in as_("lin").get(path(row)).text
    twice = as_("zheng").post(f"{LIST}new", data=data | {"form_key": "two"})
    assert twice.status_code == 409


def test_the_list_costs_the_same_for_one_and_for_many(as_, a, queries):
    received(a)
    lin = as_("lin")
    lin.get(LIST)
    with queries() as one:
        lin.get(LIST)
    for number in range(12):
        received(a, title=f"工作 {number}")
    with queries() as many:
        lin.get(LIST)
    assert len(many) == len(one)


def test_the_ticket_says_how_its_work_was_judged(as_, a, friday):
    lin = people.actor("lin")
    ticket = responded(lin, lin, contract=a)
    first = received(a, ticket_id=ticket.id)
    records.reject(lin, first.id, reasons="不对")
    second = received(a, ticket_id=ticket.id, follows_id=first.id)
    friday.move_to(at("2025-10-09 10:00"))
    records.deem()
    text = as_("lin").get(f"/admin/tickets/{ticket.id}").text
    facts = text[text.index(">完工与验收</h2>") :].split("</section>")[0]
    assert re.search(
        rf'{second.number}</a>\s*<span class="pill pill-violet">.*?视为通过<.*?期限届满，2025-09-29 24:00', facts
    )
    assert re.search(rf'{first.number}</a>\s*<span class="pill pill-red">.*?验收不合格<.*?{lin.name}', facts)


def test_what_is_decided_has_no_form_any_more(as_, a, friday):
    row = received(a)
    friday.move_to(at("2025-10-09 10:00"))
    answer = as_("lin").get(path(row, "/decide"))
    assert (answer.status_code, answer.location) == (303, path(row))
    records.deem()
    assert as_("lin").get(path(row, "/decide")).status_code == 303


def test_the_search_box_finds_notices_material_and_services(as_, a, friday):
    deemed = received(a, title="公告修复完工")
    owed, served = material(a, item="公告审批流程说明"), remote(a, purpose="公告服务重启")
    friday.move_to(at("2025-10-09 10:00"))
    records.deem()
    text = as_("lin").get("/admin/search/", query_string={"q": "公告"}).text
    assert re.search(rf'{deemed.number}.*?<span class="pill pill-violet">.*?视为通过<', text, re.DOTALL)
    assert owed.number in text
    assert served.number in text
    assert "没有找到" in as_("bai").get("/admin/search/", query_string={"q": deemed.number}).text
