"""The pages of the roster and of the calls: planned, gaps shown, calls logged and called back; foreign ones are not there."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from server.core import clock
from server.core.db import session as running
from server.domain import duty, tickets
from server.domain.identity import AuditEntry, Role
from tests.factories import identity as people
from tests.factories.contracts import contract_a, contract_b

HEAD = "流水号,主叫号码,来电时间,接听时间,结束时间,主叫人,接听人,备注\n"


@pytest.fixture
def contract(session):
    return contract_a()


@pytest.fixture
def wu(contract):
    return people.officer("wu", contract_id=contract.id)


@pytest.fixture
def zhou(session):
    return people.officer("zhou")


def stranger():
    return people.officer("stranger", roles=[Role.VENDOR_MANAGER], contract_id=contract_b().id)


def on_now(contract, name="郑一鸣", phone="13800001111"):
    now = clock.now()
    return duty.plan_shift(
        people.actor("wu"),
        contract_id=contract.id,
        name=name,
        phone=phone,
        starts_at=now - timedelta(hours=1),
        ends_at=now + timedelta(hours=7),
    )


def missed(contract, number="13800002222", ago=timedelta(hours=1)):
    started = clock.now() - ago
    return duty.log_call(people.actor("wu"), contract_id=contract.id, number=number, started_at=started, answered=False)


def test_a19_who_is_on_call_and_where_nobody_is(client, contract, wu):
    browser = people.signed_in(client, wu)
    duty.set_line(people.actor("wu"), contract_id=contract.id, hotline="0571-88880000", owed=True)
    empty = browser.get("/admin/duty/").text
    assert "此刻没有人值班" in empty
    assert "处空档" in empty
    on_now(contract)
    shown = browser.get("/admin/duty/").text
    assert "tel:13800001111" in shown
    assert "0571" in shown
    gaps = browser.get("/admin/duty/gaps").text
    assert "无人值班" in gaps
    assert "安排一人" in gaps


def test_a_rotation_is_previewed_then_planned_and_leaves_no_gap(client, contract, wu):
    browser = people.signed_in(client, wu)
    assert browser.get("/admin/duty/rotation").status_code == 200
    first = clock.today()
    typed = {
        "contract_id": str(contract.id),
        "people": "郑一鸣 13800001111\n钱进 0571-88886666",
        "pattern": "daily",
        "first": first.isoformat(),
        "last": (first + timedelta(days=6)).isoformat(),
        "change_at": "08:30",
        "fill_only": "true",
    }
    assert "8</strong> 个班次" in browser.post("/admin/duty/rotation/preview", data=typed).text
    assert not running().scalars(duty_shifts()).all()
    assert browser.post("/admin/duty/rotation", data=typed).status_code == 303
    assert not duty.gaps(contract.id, first, first + timedelta(days=6))
    wrong = browser.post("/admin/duty/rotation", data=typed | {"pattern": "day_night"})
    assert wrong.status_code == 422
    assert "夜班开始时间" in wrong.text


def duty_shifts():
    return sa.select(duty.Shift)


def test_a_shift_is_planned_changed_handed_over_and_cancelled(client, contract, wu):
    browser = people.signed_in(client, wu)
    typed = {
        "contract_id": str(contract.id),
        "name": "郑一鸣",
        "starts_at": "2026-10-01T00:00",
        "ends_at": "2026-10-02T00:00",
    }
    assert browser.get("/admin/duty/shifts/new?start=2026-10-01T00:00:00%2B00:00").status_code == 200
    assert browser.post("/admin/duty/shifts/new", data=typed | {"ends_at": "2026-09-30T00:00"}).status_code == 422
    assert browser.post("/admin/duty/shifts/new", data=typed).status_code == 303
    shift = running().scalars(duty_shifts()).one()
    path = f"/admin/duty/shifts/{shift.id}"
    assert browser.post(f"{path}/hand-over", data={"text": "有一个回访没做"}).status_code == 303
    assert browser.post(f"{path}/take-over").status_code == 409
    lin = people.signed_in(client, people.officer("lin"))
    assert lin.post(f"{path}/take-over").status_code == 303
    assert lin.post(f"{path}/cancel", data={"reason": "x"}).status_code == 403
    browser = people.signed_in(client, wu)
    changed = typed | {"name": "钱进"}
    assert browser.post(f"{path}/change", data=changed).status_code == 303
    assert browser.post(f"{path}/cancel", data={"reason": "生病"}).status_code == 303
    assert "已取消" in browser.get(path).text


def test_a19_a_missed_call_is_logged_called_back_and_found_by_its_whole_number(client, contract, wu):
    browser = people.signed_in(client, wu)
    rang = clock.to_local(clock.now() - timedelta(hours=1)).replace(second=0, microsecond=0, tzinfo=None)
    typed = {
        "contract_id": str(contract.id),
        "number": "138 0000 2222",
        "started_at": rang.isoformat(),
        "answered": "false",
    }
    assert browser.post("/admin/duty/calls/new", data=typed | {"number": "abc"}).status_code == 422
    answer = browser.post("/admin/duty/calls/new", data=typed)
    assert answer.status_code == 303
    path = answer.headers["Location"]
    shown = browser.get(path).text
    assert "138****2222" in shown
    assert "13800002222" not in shown
    listed = browser.get("/admin/duty/calls/?q=13800002222&state=missed").text
    assert "TH-" in listed
    assert "13800002222" not in listed.replace("q=13800002222", "").replace('value="13800002222"', "")
    assert browser.post(f"{path}/call-back", data={"text": "已说明处理进度"}).status_code == 303
    assert "已回拨" in browser.get(path).text
    assert browser.post(f"{path}/call-back", data={"text": "再来"}).status_code == 422


def test_an_answered_call_gets_its_ticket(client, contract, wu):
    actor = people.actor("wu")
    browser = people.signed_in(client, wu)
    now = clock.now()
    calls = [
        duty.log_call(
            actor, contract_id=contract.id, number="13900000000", started_at=now - timedelta(minutes=n), answered=True
        )
        for n in (30, 20)
    ]
    opened = {"kind": "consultation", "text": "问公告在哪里", "answer": "在首页"}
    assert browser.post(f"/admin/duty/calls/{calls[0].id}/open", data=opened).status_code == 303
    running().expire_all()
    ticket = tickets.find(actor, duty.find_call(actor, calls[0].id).ticket_id)
    assert ticket.responded_at == calls[0].answered_at
    link = f"/admin/duty/calls/{calls[1].id}/link"
    assert "没有这个编号" in browser.post(link, data={"ticket": "FW-2026-9999"}).text
    assert browser.post(link, data={"ticket": ticket.number.lower()}).status_code == 303


def test_the_whole_number_needs_its_right_and_leaves_a_trace(client, contract, wu, zhou):
    call = missed(contract)
    assert (
        people.signed_in(client, wu).post(f"/admin/duty/calls/{call.id}/unmask", data={"reason": "x"}).status_code
        == 403
    )
    browser = people.signed_in(client, zhou)
    assert browser.post(f"/admin/duty/calls/{call.id}/unmask", data={"reason": ""}).status_code == 422
    assert "13800002222" in browser.post(f"/admin/duty/calls/{call.id}/unmask", data={"reason": "核对投诉"}).text
    actions = running().scalars(sa.select(AuditEntry.action)).all()
    assert actions.count("duty.call_unmasked") == 1


def test_a_list_of_calls_with_a_bad_line_is_not_taken(client, contract, wu):
    browser = people.signed_in(client, wu)
    good = HEAD + "A-1,13800002222,2026-01-02 09:00:00,2026-01-02 09:00:05,,,,\n"
    bad = good + "A-2,138,2026-01-02 25:00:00,,,,,\n"

    def send(text):
        data = {"contract_id": str(contract.id), "upload": (io.BytesIO(text.encode()), "calls.csv")}
        return browser.post("/admin/duty/calls/import", data=data)

    assert browser.get("/admin/duty/calls/import").status_code == 200
    refused = send(bad)
    assert refused.status_code == 422
    assert "第 3 行" in refused.text
    assert send(good).status_code == 303
    assert send(good).status_code == 303
    assert duty.figures(people.actor("wu"), date(2026, 1, 1), date(2026, 1, 31)).total == 1


def test_the_bureau_s_handler_logs_calls_but_plans_nothing(client, contract, wu):
    browser = people.signed_in(client, people.officer("lin"))
    assert browser.get("/admin/duty/calls/new").status_code == 200
    assert browser.get("/admin/duty/rotation").status_code == 403
    assert browser.post(f"/admin/duty/line/{contract.id}", data={}).status_code == 403


def test_another_vendor_finds_nothing(client, contract, wu):
    shift, call = on_now(contract), missed(contract)
    browser = people.signed_in(client, stranger())
    for path in (f"shifts/{shift.id}", f"calls/{call.id}"):
        assert browser.get(f"/admin/duty/{path}").status_code == 404, path
    for path in (
        f"shifts/{shift.id}/change",
        f"shifts/{shift.id}/cancel",
        f"shifts/{shift.id}/hand-over",
        f"calls/{call.id}/call-back",
        f"calls/{call.id}/link",
        f"calls/{call.id}/open",
        f"line/{contract.id}",
    ):
        assert browser.post(f"/admin/duty/{path}", data={}).status_code == 404, path
    for path in (
        "",
        f"?contract={contract.id}",
        "gaps",
        "calls/",
        f"calls/?contract={contract.id}",
        "calls/?q=13800002222",
    ):
        shown = browser.get(f"/admin/duty/{path}").text
        assert "郑一鸣" not in shown
        assert contract.title not in shown
        assert call.number not in shown


def test_a_contract_that_owes_no_duty_shows_no_alarm(client, session):
    silent = contract_b(ends_on=date(2027, 7, 6))
    browser = people.signed_in(client, people.officer("wu", contract_id=silent.id))
    shown = browser.get("/admin/duty/").text
    assert "不要求全年全天值守" in shown
    assert "duty-hole" not in shown
    assert "处空档" not in shown
    duty.set_line(people.actor("wu"), contract_id=silent.id, hotline="", owed=True)
    assert "duty-hole" in browser.get("/admin/duty/").text


def test_a_workbook_is_no_list_and_the_form_says_what_to_do(client, contract, wu):
    browser = people.signed_in(client, wu)
    data = {"contract_id": str(contract.id), "upload": (io.BytesIO(b"PK\x03\x04 a workbook"), "话单.xlsx")}
    refused = browser.post("/admin/duty/calls/import", data=data)
    assert refused.status_code == 422
    assert "另存为 CSV" in refused.text


def test_words_of_strangers_are_shown_as_words(client, contract, wu):
    browser = people.signed_in(client, wu)
    text = HEAD + "A-1,13800002222,2026-01-02 09:00,,,<b>王</b>,,<script>alert(1)</script>\n"
    data = {"contract_id": str(contract.id), "upload": (io.BytesIO(text.encode()), "calls.csv")}
    assert browser.post("/admin/duty/calls/import", data=data).status_code == 303
    call = running().scalars(duty.calls_matching(people.actor("wu"))).one()
    for path in (f"/admin/duty/calls/{call.id}", "/admin/duty/calls/", f"/admin/tickets/{call.ticket_id}"):
        shown = browser.get(path).text
        assert "<script>alert" not in shown, path
        assert "<b>王</b>" not in shown, path


def test_half_a_list_is_never_written_when_a_later_line_cannot_be(client, contract, wu, monkeypatch):
    browser = people.signed_in(client, wu)
    made = []
    write = duty.calls.write

    def failing(*args, **kwargs):
        if made:
            raise tickets.TicketNotFound
        made.append(1)
        return write(*args, **kwargs)

    monkeypatch.setattr(duty.calls, "write", failing)
    lines = "A-1,13800002222,2026-01-02 09:00,,,,,\nA-2,13800003333,2026-01-02 09:00,,,,,\n"
    data = {"contract_id": str(contract.id), "upload": (io.BytesIO((HEAD + lines).encode()), "calls.csv")}
    assert browser.post("/admin/duty/calls/import", data=data).status_code == 404
    running().expire_all()
    assert running().scalar(sa.select(sa.func.count()).select_from(duty.Call)) == 0
    assert running().scalar(sa.select(sa.func.count()).select_from(tickets.Ticket)) == 0
