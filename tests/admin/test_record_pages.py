"""The pages of materials and remote services: entering, moving, evidence, and whose they are."""

from __future__ import annotations

import html
import io
import re

import sqlalchemy as sa

from server.domain import records
from server.domain.records import Material, MaterialState, RemoteSession
from tests.admin.test_acceptance_pages import PDF, a, as_, friday
from tests.factories import identity as people
from tests.factories.records import material, remote
from tests.factories.tickets import responded

__all__ = ["a", "as_", "friday"]
LIST = "/admin/records/"
ASKED = {"item": "审批流程", "form": "process_data", "requested_on": "2025-02-20", "due_on": "2025-09-24"}


def test_material_from_request_to_evidence(as_, a, session):
    lin = people.actor("lin")
    ticket = responded(lin, lin, contract=a)
    assert "还没有资料需求" in as_("lin").get(LIST).text
    new = as_("zheng").get(f"{LIST}materials/new", query_string={"ticket_id": ticket.id}).text
    assert ticket.number in new
    data = ASKED | {"contract_id": str(a.id), "ticket_id": str(ticket.id)}
    assert as_("zheng").post(f"{LIST}materials/new", data=data).status_code == 303
    row = session.scalars(sa.select(Material)).one()
    page = f"{LIST}materials/{row.id}"
    text = as_("lin").get(page).text
    assert "已逾期 2 天" in text
    assert "资料停滞中" in text
    assert as_("lin").post(f"{page}/deliver", data={"delivered_on": "2025-09-27"}).status_code == 422
    assert as_("lin").post(f"{page}/deliver", data={"delivered_on": "2025-09-25"}).status_code == 303
    assert as_("zheng").post(f"{page}/return", data={"quality": "incomplete", "defect": "缺附件"}).status_code == 303
    assert as_("zheng").post(f"{page}/return", data={"quality": "incomplete", "defect": "缺附件"}).status_code == 409
    session.expire_all()
    assert session.get_one(Material, row.id).state is MaterialState.RETURNED
    stalls = as_("lin").get(f"{LIST}stalls").text
    assert "逾期未提供" in stalls
    assert "退回补正" in stalls
    assert "缺附件" in stalls
    assert "登记违约" not in stalls
    stalls = as_("zhou").get(f"{LIST}stalls").text
    begin, *_ = re.findall(r'href="([^"]+material=ZL[^"]+)"', stalls)
    form = as_("zhou").get(html.unescape(begin)).text
    assert f'value="{row.number}"' in form


def test_a_remote_service_starts_and_ends(as_, a, session):
    started = {
        "contract_id": str(a.id),
        "channel": "remote",
        "who": "郑一鸣",
        "purpose": "检查日志",
        "from_where": "公司",
        "account": "ops",
    }
    assert as_("zheng").post(f"{LIST}sessions/new", data=started | {"account": ""}).status_code == 422
    assert (
        as_("zheng").post(f"{LIST}sessions/new", data=started | {"started_at": "2025-09-26T09:00"}).status_code == 422
    )
    early = as_("zheng").post(f"{LIST}sessions/new", data=started | {"work": "已处理"})
    assert (early.status_code, "写了处理内容的须填写结束时间" in early.text) == (422, True)
    scan = {"upload": (io.BytesIO(PDF), "工单.pdf")}
    assert as_("zheng").post(f"{LIST}sessions/new", data=started | scan).status_code == 303
    row = session.scalars(sa.select(RemoteSession)).one()
    assert "进行中" in as_("lin").get(f"{LIST}sessions").text
    ended = as_("zheng").post(f"{LIST}sessions/{row.id}/end", data={"work": "已重启"})
    assert ended.status_code == 303
    assert [file.file_name for file in records.files_of([row.id])] == ["工单.pdf"]
    over = started | {"started_at": "2025-09-26T08:00", "ended_at": "2025-09-26T09:30", "work": "已处理"}
    assert as_("zheng").post(f"{LIST}sessions/new", data=over).status_code == 303
    assert "1时30分" in as_("lin").get(f"{LIST}sessions").text


def test_finding_37_nothing_of_another_contract(as_, a):
    owed = material(a)
    paper = records.take_paper(name="单.pdf", raw=PDF)
    done = remote(a, uploads=[paper])
    (kept,) = records.files_of([done.id])
    bai = as_("bai")
    for address in (f"materials/{owed.id}", f"sessions/{done.id}", f"files/{kept.id}"):
        assert bai.get(LIST + address).status_code == 404
    for address in (f"materials/{owed.id}/drop", f"materials/{owed.id}/deliver", f"sessions/{done.id}/end"):
        assert bai.post(LIST + address, data={}).status_code == 404
    for address in ("", "sessions", "stalls"):
        text = bai.get(LIST + address).text
        assert owed.item not in text
        assert done.number not in text
    assert as_("lin").get(f"{LIST}files/{kept.id}").data == PDF


def test_the_auditor_reads_and_the_vendor_does_not_deliver(as_, a):
    owed = material(a)
    page = f"{LIST}materials/{owed.id}"
    assert 'data-modal="deliver"' in as_("lin").get(page).text
    assert 'data-modal="deliver"' not in as_("zheng").get(page).text
    assert as_("zheng").post(f"{page}/deliver", data={"delivered_on": "x"}).status_code == 403
    assert as_("shen").get(page).status_code == 200
    assert as_("shen").post(f"{page}/drop", data={"reason": "x"}).status_code == 403
