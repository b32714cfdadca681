"""The vendor's daily pages: quick entry, copies, corrections, the inspection sheet, plans; and who sees and may what."""

from __future__ import annotations

import io
import re
from datetime import date

import pytest
import sqlalchemy as sa
import time_machine

from server.core.db import db
from server.domain import upkeep
from server.domain.identity import AuditEntry
from server.domain.tickets import Ticket
from server.domain.upkeep import Guidance, Inspection, InspectionItem, InspectionState, Plan, Verdict, Visit, Work
from tests.admin.test_acceptance_pages import PDF, a, as_, friday
from tests.conftest import counting
from tests.factories import identity as people
from tests.factories.records import at
from tests.factories.tickets import responded
from tests.factories.upkeep import begun, filled, finding, guidance, plan, submitted, visit, work

__all__ = ["a", "as_", "friday"]
ROOT = "/admin/upkeep/"


def quick(contract, **values):
    usual = {
        "contract_id": str(contract.id),
        "what": "清理日志",
        "kind": "routine",
        "started_at": "2025-09-26T09:00",
        "ended_at": "2025-09-26T09:30",
        "who": "郑一鸣",
        "form_key": "one",
    }
    return usual | values


def test_quick_entry_is_mostly_filled_in(as_, a, session):
    zheng = as_("zheng")
    assert "还没有维护记录" in zheng.get(ROOT).text
    text = zheng.get(f"{ROOT}works/new").text
    assert 'value="2025-09-26T10:00"' in text
    assert 'value="2025-09-26T09:30"' in text
    assert 'value="郑一鸣"' in text
    answer = zheng.post(f"{ROOT}works/new", data=quick(a, systems="应用服务器"))
    assert answer.status_code == 303
    again = zheng.post(f"{ROOT}works/new", data=quick(a, systems="应用服务器"))
    assert again.headers["Location"] == answer.headers["Location"]
    row = session.scalars(sa.select(Work)).one()
    text = zheng.get(f"{ROOT}works/new").text
    assert 'value="应用服务器"' in text
    assert "复制上次：清理日志" in text
    copied = zheng.get(f"{ROOT}works/new?copy=last").text
    assert ">清理日志</textarea>" in copied
    assert row.number in zheng.get(answer.headers["Location"]).text
    assert row.number in zheng.get(ROOT).text


def test_nothing_is_lost_when_something_is_wrong(as_, a, session):
    ticket = responded(people.actor("lin"), people.actor("lin"), contract=a)
    zheng = as_("zheng")
    bad = zheng.post(f"{ROOT}works/new", data=quick(a, why="每周例行", risk="high", ticket="FW-1999-0001"))
    assert bad.status_code == 422
    assert "没有找到这个工单" in bad.text
    assert ">每周例行</textarea>" in bad.text
    assert '<details class="more-fields" open>' in bad.text
    bad = zheng.post(f"{ROOT}works/new", data=quick(a, risk="high", ticket=ticket.number))
    assert (bad.status_code, "请填写内容" in bad.text) == (422, True)
    scan = {"upload": (io.BytesIO(PDF), "截图.pdf")}
    good = quick(a, risk="high", rollback="还原快照", ticket=ticket.number.lower()) | scan
    assert zheng.post(f"{ROOT}works/new", data=good).status_code == 303
    row = session.scalars(sa.select(Work)).one()
    assert row.ticket_id == ticket.id
    (file,) = upkeep.files_of([row.id])
    assert zheng.get(f"{ROOT}files/{file.id}").data == PDF
    assert as_("bai").get(f"{ROOT}files/{file.id}").status_code == 404


def test_a_correction_shows_what_stood_there(as_, a, session):
    made = work(a)
    zheng = as_("zheng")
    page = f"{ROOT}works/{made.id}"
    form = zheng.get(f"{page}/correct").text
    assert 'name="version" value="1"' in form
    data = quick(a, what="清理数据库日志", version="1") | {"correction": ""}
    assert zheng.post(f"{page}/correct", data=data).status_code == 422
    assert zheng.post(f"{page}/correct", data=data | {"correction": "主机写错"}).status_code == 303
    text = zheng.get(page).text
    assert "更正前的第 1 版" in text
    assert "清理应用服务器日志" in text
    late = zheng.post(f"{page}/correct", data=data | {"correction": "再改"})
    assert (late.status_code, "刚被他人修改" in late.text) == (409, True)
    assert zheng.post(f"{page}/template", data={"name": "周清理"}).status_code == 303
    assert "周清理" in zheng.get(f"{ROOT}works/new").text


def test_guidance_and_visits(as_, a, session):
    zheng = as_("zheng")
    asked = {
        "contract_id": str(a.id),
        "channel": "phone",
        "asker": "方科员",
        "question": "怎样置顶",
        "answer": "点置顶",
        "minutes": "8",
        "given_at": "2025-09-26T09:00",
        "who": "郑一鸣",
    }
    assert zheng.post(f"{ROOT}guidance/new", data=asked | {"minutes": "0"}).status_code == 422
    assert zheng.post(f"{ROOT}guidance/new", data=asked).status_code == 303
    row = session.scalars(sa.select(Guidance)).one()
    assert "8 分钟" in zheng.get(f"{ROOT}guidance/{row.id}").text
    assert row.number in zheng.get(f"{ROOT}guidance/").text
    there = {
        "contract_id": str(a.id),
        "visited_on": "2025-09-26",
        "place": "三楼机房",
        "reason": "更换交换机",
        "who": "郑一鸣",
        "arrived_at": "2025-09-26T09:00",
        "left_at": "2025-09-26T08:00",
    }
    assert zheng.post(f"{ROOT}visits/new", data=there).status_code == 422
    assert zheng.post(f"{ROOT}visits/new", data=there | {"left_at": "2025-09-26T09:40"}).status_code == 303
    been = session.scalars(sa.select(Visit)).one()
    assert "三楼机房" in zheng.get(f"{ROOT}visits/{been.id}").text
    month = zheng.get(f"{ROOT}month").text
    assert "更换交换机" in month


def test_finding_37_nothing_of_another_contract(as_, a, session):
    kept = {
        "works": work(a, what="只属于甲"),
        "guidance": guidance(a, question="只属于甲"),
        "visits": visit(a, reason="只属于甲"),
    }
    sheet, made = begun(a), plan(a, scenario="只属于甲")
    found = finding(sheet, people.actor("zheng"))
    bai = as_("bai")
    for sort, row in kept.items():
        assert bai.get(f"{ROOT}{sort}/{row.id}").status_code == 404
        assert bai.get(f"{ROOT}{sort}/{row.id}/correct").status_code == 404
        assert bai.post(f"{ROOT}{sort}/{row.id}/correct", data={}).status_code == 404
    for address in (f"inspections/{sheet.id}", f"plans/{made.id}", f"checklists/{a.id}"):
        assert bai.get(ROOT + address).status_code == 404
    item = upkeep.items_of(sheet)[0]
    for address in (
        f"inspections/{sheet.id}/items/{item.id}",
        f"inspections/{sheet.id}/submit",
        f"inspections/{sheet.id}/return",
        f"inspections/findings/{found.id}/ticket",
        f"inspections/findings/{found.id}/rectify",
        f"plans/{made.id}/drill",
    ):
        assert bai.post(ROOT + address, data={"reason": "x", "version": "1"}).status_code == 404, address
    for address in ("", "guidance/", "visits/", "inspections/", "inspections/findings", "plans/", "month"):
        text = bai.get(ROOT + address).text
        assert "只属于甲" not in text
        assert sheet.number not in text
    assert as_("shen").get(ROOT).status_code == 200
    assert as_("shen").get(f"{ROOT}works/new").status_code == 403


def test_an_inspection_on_the_phone(as_, a, session):
    zheng = as_("zheng")
    answer = zheng.post(
        f"{ROOT}inspections/new",
        data={"contract_id": str(a.id), "month": "2025-09", "inspector": "郑一鸣", "place": "机房"},
    )
    assert answer.status_code == 303
    sheet = session.scalars(sa.select(Inspection)).one()
    page = f"{ROOT}inspections/{sheet.id}"
    text = zheng.get(page).text
    assert "12 项未填" in text
    twice = zheng.post(f"{ROOT}inspections/new", data={"contract_id": str(a.id), "month": "2025-09", "inspector": "x"})
    assert (twice.status_code, "追加巡检" in twice.text) == (409, True)
    host = upkeep.items_of(sheet)[0]
    given = {"version": "1", "cpu_avg": "八成"}
    part = {"HX-Request": "true"}
    bad = zheng.post(f"{page}/items/{host.id}", data=given, headers=part)
    assert "未保存" in bad.text
    given = {"version": "1", "cpu_max": "40", "memory_max": "50", "disk_max": "93"}
    saved = zheng.post(f"{page}/items/{host.id}", data=given, headers=part)
    assert "异常" in saved.text
    assert 'name="version" value="2"' in saved.text
    refused = zheng.post(f"{page}/submit")
    assert (refused.status_code, "还不完整" in refused.text) == (422, True)
    filled(sheet, people.actor("zheng"), abnormal="证书")
    cert = next(item for item in upkeep.items_of(sheet) if "证书" in item.title)
    wrong = {"text": "证书 20 天后到期", "severity": "major", "owner": "", "item_id": str(cert.id)}
    bad = zheng.post(f"{page}/findings", data=wrong)
    assert (bad.status_code, "证书 20 天后到期</textarea>" in bad.text) == (422, True)
    assert zheng.post(f"{page}/findings", data=wrong | {"owner": "郑一鸣"}).status_code == 303
    (found,) = upkeep.findings_of([sheet.id])
    assert zheng.post(f"{ROOT}inspections/findings/{found.id}/ticket").status_code == 303
    ticket = session.scalars(sa.select(Ticket)).one()
    assert ticket.number in zheng.get(page).text
    assert sheet.number in zheng.get(f"/admin/tickets/{ticket.id}").text
    head = {
        "version": str(session.get(Inspection, sheet.id, populate_existing=True).version),
        "inspected_on": "2025-09-26",
        "place": "机房",
        "inspector": "郑一鸣",
        "on_site": "true",
        "summary": "总体平稳",
    }
    assert zheng.post(f"{page}/head", data=head).status_code == 303
    late = zheng.post(f"{page}/head", data=head | {"summary": "被人抢先"})
    assert (late.status_code, "被人抢先" in late.text) == (409, True)
    assert zheng.post(f"{page}/submit").status_code == 303
    text = zheng.get(page).text
    assert "已提交" in text
    assert "保存此项" not in text
    assert zheng.post(f"{page}/items/{host.id}", data=given).status_code == 409
    assert zheng.post(f"{page}/return", data={"reason": "x"}).status_code == 403
    lin = as_("lin")
    assert lin.post(f"{page}/return", data={"reason": "磁盘写错"}).status_code == 303
    assert "磁盘写错" in lin.get(page).text
    session.expire_all()
    assert session.get_one(Inspection, sheet.id).state is InspectionState.RETURNED


def test_two_people_at_one_item(as_, a, session):
    sheet = begun(a)
    item = upkeep.items_of(sheet)[2]
    page = f"{ROOT}inspections/{sheet.id}/items/{item.id}"
    part = {"HX-Request": "true"}
    assert (
        "已保存"
        in as_("zheng").post(page, data={"version": "1", "result": "好", "verdict": "normal"}, headers=part).text
    )
    people.actor("wu", contract_id=a.id)
    wu = as_("wu")
    late = wu.post(page, data={"version": "1", "result": "坏", "verdict": "abnormal"}, headers=part)
    assert "刚被他人修改" in late.text
    session.expire_all()
    assert session.get_one(InspectionItem, item.id).verdict is Verdict.NORMAL
    again = wu.post(page, data={"version": "2", "result": "坏", "verdict": "abnormal"}, headers=part)
    assert "已保存" in again.text


def test_the_year_is_planned_and_late_months_are_red(as_, a, session):
    zheng = as_("zheng")
    text = zheng.get(f"{ROOT}inspections/").text
    assert "month-red" in text
    data = {"contract_id": str(a.id), "working_day": "8", "inspector": "郑一鸣"}
    assert zheng.post(f"{ROOT}inspections/plan", data=data | {"working_day": "0"}).status_code == 422
    assert zheng.post(f"{ROOT}inspections/plan", data=data).status_code == 303
    rows = session.scalars(sa.select(Inspection).order_by(Inspection.month_on)).all()
    assert rows[0].planned_on == date(2025, 9, 10)
    assert "计划 2025-10-" in zheng.get(f"{ROOT}inspections/").text
    later = rows[1]
    move = {"version": "1", "planned_on": "2025-10-20", "inspector": "吴桐"}
    assert zheng.post(f"{ROOT}inspections/{later.id}/reschedule", data=move).status_code == 303
    assert zheng.post(f"{ROOT}inspections/{later.id}/cancel", data={"reason": "误列"}).status_code == 303
    assert later.number not in zheng.get(f"{ROOT}inspections/").text


def test_a_checklist_has_versions(as_, a, session):
    zheng = as_("zheng")
    page = f"{ROOT}checklists/{a.id}"
    assert "系统默认模板" in zheng.get(page).text
    data = {"follows": "0", "warn": "70", "critical": "85", "reason": "精简", "title_1": "主机", "form_1": "host"}
    assert zheng.post(page, data=data | {"section_1": "hosts", "reason": ""}).status_code == 422
    assert zheng.post(page, data=data | {"section_1": "hosts"}).status_code == 303
    assert "第 1 版" in zheng.get(page).text
    assert zheng.post(page, data=data).status_code == 409


def test_plans_and_drills(as_, a, session):
    zheng = as_("zheng")
    data = {
        "contract_id": str(a.id),
        "scenario": "数据库不可用",
        "trigger": "连接失败",
        "steps": "切换备库",
        "owner": "郑一鸣",
        "every_months": "6",
    }
    assert zheng.post(f"{ROOT}plans/new", data=data | {"steps": ""}).status_code == 422
    assert zheng.post(f"{ROOT}plans/new", data=data).status_code == 303
    row = session.scalars(sa.select(Plan)).one()
    page = f"{ROOT}plans/{row.id}"
    failed = {"drilled_on": "2025-09-26", "form": "tabletop", "leader": "吴桐", "course": "推演", "result": "failed"}
    assert zheng.post(f"{page}/drill", data=failed).status_code == 422
    assert zheng.post(f"{page}/drill", data=failed | {"lessons": "备库口令过期"}).status_code == 303
    revised = data | {"steps": "先通知局方", "version": "1", "correction": "演练后修订"}
    assert zheng.post(f"{page}/revise", data=revised | {"correction": ""}).status_code == 422
    assert zheng.post(f"{page}/revise", data=revised).status_code == 303
    text = zheng.get(page).text
    assert "第 2 版" in text
    assert "切换备库" in text
    (made,) = upkeep.drills_of(row)
    assert "备库口令过期" in zheng.get(f"{ROOT}plans/drills/{made.id}").text
    assert zheng.post(f"{page}/retire", data={"reason": "下线"}).status_code == 303
    assert zheng.post(f"{page}/drill", data=failed | {"lessons": "x"}).status_code == 409


@pytest.mark.parametrize("what", ["works", "guidance", "visits", "inspections", "findings"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_lists_as_files(as_, a, session, what, form):
    work(a, what="=1+1")
    guidance(a)
    visit(a)
    finding(begun(a), people.actor("zheng"))
    answer = as_("lin").post(f"{ROOT}export/{what}.{form}", data={"query": f"contract={a.id}"})
    assert answer.status_code == 200
    if form == "csv":
        lines = answer.get_data(as_text=True).splitlines()
        assert "共 1 条" in lines[0]
        assert (what != "works") or any("'=1+1" in line for line in lines)
    assert session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "upkeep.exported")).one()
    assert "共 0 条" in as_("bai").post(f"{ROOT}export/{what}.csv").get_data(as_text=True).splitlines()[0]


@pytest.mark.parametrize(
    ("address", "most"),
    [("", 9), ("guidance/", 9), ("visits/", 9), ("inspections/findings", 9), ("plans/", 9), ("month", 14)],
)
def test_a_page_asks_as_often_for_many_rows(as_, a, address, most):
    def fill(count):
        for number in range(count):
            work(a)
            guidance(a)
            visit(a)
            plan(a, scenario=f"场景 {number}")
            finding(sheet, people.actor("zheng"))

    sheet = begun(a)
    zheng = as_("zheng")
    fill(2)
    zheng.get(ROOT + address)
    with counting(db.engine) as few:
        zheng.get(ROOT + address)
    fill(8)
    zheng = as_("zheng")
    with counting(db.engine) as many:
        assert zheng.get(ROOT + address).status_code == 200
    assert len(many) == len(few), re.sub(r"\s+", " ", "\n".join(many))
    assert len(many) <= most


def test_the_sheets_page_asks_a_fixed_number(as_, a):
    sheet = begun(a)
    lin = as_("zheng")
    lin.get(f"{ROOT}inspections/{sheet.id}")
    with counting(db.engine) as seen:
        lin.get(f"{ROOT}inspections/{sheet.id}")
    assert len(seen) <= 24, len(seen)


def test_past_due_is_marked(as_, a):
    finding(begun(a), people.actor("zheng"), due_on=date(2025, 9, 26))
    plan(a, next_drill_on=date(2025, 9, 26))
    submitted(a, extra=True)
    with time_machine.travel(at("2025-10-09 10:00"), tick=False):
        zheng = as_("zheng")
        assert "逾期 13 天" in zheng.get(f"{ROOT}inspections/findings?state=late").text
        assert "逾期 13 天" in zheng.get(f"{ROOT}plans/").text
