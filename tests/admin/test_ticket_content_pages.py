"""What is delicate on a ticket: pictures, telephone numbers, doubtful content, and who may come near them."""

from __future__ import annotations

import io
import re
import uuid
from datetime import datetime

import pytest
import sqlalchemy as sa

from server.core.clock import LOCAL
from server.core.db import session
from server.domain import identity, tickets
from server.domain.tickets import Attachment, ContentCheck, Kind
from tests.admin.conftest import step
from tests.factories import citizens
from tests.factories.tickets import picture, uploads

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=LOCAL)


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(NOON, tick=False)


def test_pictures_go_in_clean_and_come_out_to_who_may_see(desk):
    ticket = desk.ticket(upload_ids=uploads(1))
    zheng = desk.sit("zheng")
    files = [(io.BytesIO(picture("甲")), "a.png"), (io.BytesIO(picture("乙")), "b.png")]
    sent = step(zheng, ticket, "comment", audience="public", text="请看截图。", pictures=files)
    assert sent.status_code == 303
    found = list(session().scalars(sa.select(Attachment).where(Attachment.ticket_id == ticket.id)))
    assert len(found) == 3
    for each in found:
        for address in (f"/admin/tickets/pictures/{each.id}", f"/admin/tickets/pictures/{each.id}/small"):
            shown = desk.sit("zheng").get(address)
            assert shown.status_code == 200
            assert shown.mimetype.startswith("image/")
            assert shown.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
            assert shown.headers["X-Content-Type-Options"] == "nosniff"
            assert shown.headers["Cache-Control"].startswith("private")
            assert len(shown.data) == int(shown.headers["Content-Length"])
            assert desk.sit("bai").get(address).status_code == 404
    bad = step(
        desk.sit("zheng"),
        ticket,
        "comment",
        audience="internal",
        text="坏文件",
        pictures=(io.BytesIO(b"<svg/>"), "x.png"),
    )
    assert (bad.status_code, "只接收 JPEG" in bad.text) == (422, True)
    assert ">坏文件</textarea>" in bad.text


def test_pictures_survive_a_conflict(desk):
    ticket = desk.ticket()
    zheng = desk.sit("zheng")
    seen = ticket.version
    tickets.respond(desk.actor("lin"), ticket.id, text="我来。")
    again = step(
        zheng,
        ticket,
        "comment",
        version=seen,
        audience="internal",
        text="见图",
        pictures=(io.BytesIO(picture()), "a.png"),
    )
    assert again.status_code == 409
    kept = re.search(r'name="upload_ids" value="([^"]+)"', again.text).group(1)
    assert step(zheng, ticket, "comment", audience="internal", text="见图", upload_ids=kept).status_code == 303
    assert session().get(Attachment, uuid.UUID(kept), populate_existing=True).ticket_id == ticket.id


def test_a_number_is_shown_in_full_for_a_reason_after_the_password_and_on_record(desk):
    wang = citizens.citizen("wang", phone="13812345678")
    ticket = desk.ticket(actor=citizens.actor(wang))
    address = f"/admin/tickets/{ticket.id}/unmask"
    page = desk.sit("zhou").get(f"/admin/tickets/{ticket.id}")
    assert "138****5678" in page.text
    assert "13812345678" not in page.text
    first = desk.sit("zhou", stepped_up=False).post(address, data={"reason": "回访"})
    assert first.status_code == 303
    assert "/admin/step-up" in first.headers["Location"]
    zhou = desk.sit("zhou")
    assert zhou.post(address, data={"reason": ""}, headers={"HX-Request": "true"}).status_code == 422
    whole = zhou.post(address, data={"reason": "回访处理结果"})
    assert (whole.status_code, "13812345678" in whole.text) == (200, True)
    assert whole.headers["Cache-Control"] == "no-store"
    assert "回访处理结果" in desk.trail("citizen.phone_unmasked")[-1].summary
    assert desk.sit("lin").post(address, data={"reason": "回访"}).status_code == 403


def test_a_registered_contact_is_masked_and_opened_the_same_way(desk):
    ticket = tickets.open(
        desk.actor("lin"), kind=Kind.FAULT, text="打不开", contact_name="张三丰", contact_phone="13987654321"
    )
    assert "张**" in desk.sit("zhou").get(f"/admin/tickets/{ticket.id}").text
    whole = desk.client.post(f"/admin/tickets/{ticket.id}/unmask", data={"reason": "核实情况"})
    assert "13987654321" in whole.text
    assert "张三丰" in whole.text
    assert len(desk.trail("ticket.contact_unmasked")) == 1


def test_doubtful_content_is_reviewed_by_the_bureau(desk):
    ticket = desk.ticket(text="请看这段话。")
    check = session().scalars(sa.select(ContentCheck).where(ContentCheck.subject_id == ticket.id)).one()
    tickets.apply_text_verdict(identity.SCHEDULER, check.id, suggest="review", label=20001)
    address = f"/admin/tickets/{ticket.id}/checks/{check.id}"
    assert "需要人工复核" in desk.sit("zheng").get(f"/admin/tickets/{ticket.id}").text
    assert desk.client.post(address, data={"verdict": "pass"}).status_code == 403
    lin = desk.sit("lin")
    assert f'action="{address}"' in lin.get(f"/admin/tickets/{ticket.id}").text
    assert lin.post(address, data={"verdict": "pass"}).status_code == 303
    assert desk.reread(ticket).content_state is tickets.ContentState.PASS
    assert len(desk.trail("content.reviewed")) == 1
    twice = lin.post(address, data={"verdict": "risky"}, headers={"HX-Request": "true"})
    assert twice.status_code == 409
