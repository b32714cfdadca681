"""Registering by hand: the form, its refusals, pictures that stay, and twice the same."""

from __future__ import annotations

import io
import re
from datetime import datetime

import pytest
import sqlalchemy as sa

from server.core.clock import LOCAL
from server.core.db import session
from server.domain import tickets
from server.domain.tickets import Channel, ClockKind, Ticket
from tests.factories.tickets import picture

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=LOCAL)


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(NOON, tick=False)


def told(desk, **changes):
    usual = {
        "channel": "phone",
        "kind": "fault",
        "title": "查询页面打不开",
        "text": "窗口来电，查询页面白屏。",
        "severity": "major",
        "business_stopped": "true",
        "contract_id": str(desk.ours.id),
        "received_at": "2026-03-03T11:20",
        "contact_name": "王五",
        "contact_phone": "13700001111",
        "form_key": "a-key-of-this-form",
    }
    return usual | changes


def all_tickets():
    return list(session().scalars(sa.select(Ticket)))


def test_a_call_becomes_a_ticket_with_both_clocks_from_when_it_came(desk):
    lin = desk.sit("lin")
    assert "登记工单" in lin.get("/admin/tickets/new").text
    done = lin.post("/admin/tickets/new", data=told(desk, pictures=(io.BytesIO(picture()), "a.png")))
    assert done.status_code == 303
    ticket = all_tickets()[0]
    assert done.headers["Location"] == f"/admin/tickets/{ticket.id}"
    assert (ticket.channel, ticket.contract_id, ticket.contact_name) == (Channel.PHONE, desk.ours.id, "王五")
    assert ticket.received_at == datetime(2026, 3, 3, 11, 20, tzinfo=LOCAL)
    assert {clock.kind for clock in tickets.clocks_of(desk.actor("lin"), ticket)} == set(ClockKind)
    assert len(tickets.attachments_of([ticket.id])) == 1
    assert "13700001111" not in lin.get(f"/admin/tickets/{ticket.id}").text


def test_the_same_form_twice_is_one_ticket_another_one_is_another(desk):
    lin = desk.sit("lin")
    first, second = (lin.post("/admin/tickets/new", data=told(desk)) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    lin.post("/admin/tickets/new", data=told(desk, text="又一个问题。"))
    lin.post("/admin/tickets/new", data=told(desk, form_key="another-form"))
    assert len(all_tickets()) == 3


def test_what_is_wrong_is_said_and_what_is_right_stays(desk):
    lin = desk.sit("lin")
    empty = lin.post("/admin/tickets/new", data=told(desk, text="", kind="nothing"))
    assert empty.status_code == 422
    assert 'value="查询页面打不开"' in empty.text
    bad = lin.post("/admin/tickets/new", data=told(desk, pictures=(io.BytesIO(b"MZ"), "a.png")))
    assert (bad.status_code, "只接收 JPEG" in bad.text) == (422, True)
    late = lin.post(
        "/admin/tickets/new",
        data=told(desk, received_at="2026-03-03T18:00", pictures=(io.BytesIO(picture()), "a.png")),
    )
    assert (late.status_code, "不能晚于当前时间" in late.text) == (422, True)
    early = lin.post("/admin/tickets/new", data=told(desk, received_at="0001-01-01T00:00"))
    assert (early.status_code, "时间过早" in early.text) == (422, True)
    kept = re.search(r'name="upload_ids" value="([^"]+)"', late.text).group(1)
    done = lin.post("/admin/tickets/new", data=told(desk, upload_ids=kept))
    assert done.status_code == 303
    assert len(tickets.attachments_of([all_tickets()[0].id])) == 1


def test_a_vendor_registers_under_its_own_contract_only(desk):
    zheng = desk.sit("zheng")
    shown = zheng.get("/admin/tickets/new").text
    assert desk.ours.number in shown
    assert desk.theirs.number not in shown
    assert "暂不归属合同" not in shown
    for contract_id in (str(desk.theirs.id), "none"):
        assert zheng.post("/admin/tickets/new", data=told(desk, contract_id=contract_id)).status_code == 422
    assert zheng.post("/admin/tickets/new", data=told(desk)).status_code == 303


def test_who_may_not_open_gets_no_form(desk):
    shen = desk.sit("shen")
    assert shen.get("/admin/tickets/new").status_code == 403
    assert shen.post("/admin/tickets/new", data=told(desk)).status_code == 403
    assert "登记工单" not in shen.get("/admin/tickets/?per_page=20").text
