"""Service records over HTTP: the box of a ticket, the supplement, a month in one go; and papers at the foot of pages."""

from __future__ import annotations

from server.domain import documents, forms, tickets
from tests.factories.forms import signed_record


def solved(desk):
    ticket = desk.ticket()
    zheng = desk.actor("zheng")
    tickets.respond(zheng, ticket.id, text="已收到。")
    tickets.resolve(zheng, ticket.id, text="已修复，请重新打开。", cause="缓存过期")
    return ticket


def test_the_ticket_says_what_is_missing_and_offers_the_record(desk):
    ticket = solved(desk)
    page = desk.sit("zheng").get(f"/admin/tickets/{ticket.id}").text
    assert "尚未出具服务记录单（合同三（三）1）" in page
    assert "补充服务记录" in page
    signed_record(desk.actor("zheng"), ticket.id)
    assert "服务记录单双方已签署，可以关闭工单" in desk.sit("lin").get(f"/admin/tickets/{ticket.id}").text


def test_the_supplement_is_filled_in_from_the_log_and_kept(desk):
    ticket = solved(desk)
    zheng = desk.sit("zheng")
    url = f"/admin/service-records/tickets/{ticket.id}/supplement"
    shown = zheng.get(url).text
    assert "缓存过期" in shown
    assert "已修复，请重新打开。" in shown
    data = {"cause": "缓存键冲突", "result": "已换键", "left_over": "下版清理", "hours": "1.5", "version": "0"}
    assert zheng.post(url, data=data).status_code == 303
    kept = forms.supplement_of(ticket.id)
    assert (kept.cause, str(kept.hours), kept.version) == ("缓存键冲突", "1.5", 1)
    late = zheng.post(url, data=data)
    assert late.status_code == 409
    assert "刚被他人修改" in late.text
    bad = zheng.post(url, data={**data, "version": "1", "hours": "很久"})
    assert bad.status_code == 422
    assert "请填写 0 到 9999 之间的小时数" in bad.text
    content = documents.kind_of("service_record").compose(desk.actor("zheng"), ticket.id).content["work"]
    assert (content["cause"], content["left_over"], content["hours"]) == ("缓存键冲突", "下版清理", "1.5 小时")


def test_others_do_not_know_the_ticket_and_auditors_do_not_write(desk):
    ticket = solved(desk)
    url = f"/admin/service-records/tickets/{ticket.id}/supplement"
    assert desk.sit("bai").get(url).status_code == 404
    assert desk.sit("bai").post(url, data={"version": "0"}).status_code == 404
    assert desk.sit("shen").get(url).status_code == 403


def test_a_month_is_issued_in_one_go(desk):
    made = [solved(desk) for _ in range(3)]
    signed_record(desk.actor("zheng"), made[0].id)
    zheng = desk.sit("zheng")
    page = zheng.get(f"/admin/service-records/?contract={desk.ours.id}").text
    assert "批量出具（2 份）" in page
    month = page.split('name="month" value="')[1][:7]
    sent = zheng.post("/admin/service-records/issue", data={"contract": str(desk.ours.id), "month": month})
    assert sent.status_code == 303
    after = zheng.get(f"/admin/service-records/?contract={desk.ours.id}&month={month}").text
    assert "批量出具" not in after
    assert all(documents.standing(forms.SERVICE_RECORD, each.id) for each in made)


def test_a_foreign_month_is_not_there(desk):
    assert desk.sit("bai").get(f"/admin/service-records/?contract={desk.ours.id}").status_code == 404
    refused = desk.sit("bai").post("/admin/service-records/issue", data={"contract": str(desk.ours.id)})
    assert refused.status_code in (403, 404)


def test_papers_stand_at_the_foot_of_a_contract_and_of_the_duty_month(desk):
    lin = desk.sit("lin")
    assert "合同卡" in lin.get(f"/admin/contracts/{desk.ours.id}").text
    duty = lin.get(f"/admin/duty/?contract={desk.ours.id}").text
    assert "通话记录" in duty
