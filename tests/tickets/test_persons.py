"""Personal data on the desk: a copy, forgetting, contacts that end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
import time_machine

from server.core import clock
from server.domain import tickets
from server.domain.identity import SCHEDULER
from server.domain.tickets import Attachment, ContentCheck, TicketEvent
from tests.factories.tickets import resolved, ticket, upload, uploads
from tests.tickets.conftest import Desk


def test_a_copy_holds_ones_own_words(desk: Desk) -> None:
    made = resolved(desk.zheng, desk.wang, contract=desk.contract)
    tickets.add(desk.wang, made.id, text="补充")
    tickets.rate(desk.wang, made.id, stars=4, text="不错")
    (copied,) = tickets.copy_of(desk.wang.id)
    assert copied["number"] == made.number
    assert [word["text"] for word in copied["words"]] == ["", "补充", "不错"]
    assert [each["stars"] for each in copied["ratings"]] == [4]
    assert "郑一鸣" not in str(copied)


def test_forgetting_keeps_the_figures_and_drops_the_person(desk: Desk, session: Any) -> None:
    made = resolved(
        desk.zheng, desk.wang, contract=desk.contract, text="请打 13800138000", upload_ids=uploads(1, desk.wang)
    )
    tickets.add(desk.wang, made.id, text="我的号码 13800138000")
    upload(desk.wang)
    assert tickets.forget_citizen(SCHEDULER, desk.wang.id) == 1
    session.flush()
    session.expire_all()
    assert made.reporter_id is None
    assert made.opened_by_id is None
    assert "13800138000" not in made.text
    told = session.execute(sa.select(TicketEvent.actor_id, TicketEvent.actor_name, TicketEvent.text)).all()
    assert "13800138000" not in str(told)
    assert desk.wang.id not in {row.actor_id for row in told}
    for model in (Attachment, ContentCheck):
        owner = model.owner_id if model is Attachment else model.citizen_id
        assert session.scalar(sa.select(sa.func.count()).where(owner == desk.wang.id)) == 0
    assert tickets.clocks_of(desk.lin, made)[0].met_at is not None
    assert tickets.copy_of(desk.wang.id) == []
    assert tickets.forget_citizen(SCHEDULER, desk.wang.id) == 0


def test_contacts_end_with_their_term(desk: Desk, session: Any) -> None:
    values: dict[str, Any] = {"contact_name": "孙晓梅", "contact_phone": "13800138000"}
    ended, running = ticket(desk.lin, **values), ticket(desk.lin, **values)
    tickets.cancel(desk.lin, ended.id, reason="重复")
    session.flush()
    assert tickets.forget_contacts(SCHEDULER, days=180) == 0
    with time_machine.travel(clock.now() + timedelta(days=181), tick=False):
        assert tickets.forget_contacts(SCHEDULER, days=180) == 1
    session.expire_all()
    assert tickets.contact_of(desk.lin, ended.id) is None
    assert tickets.contact_of(desk.lin, running.id) is not None


def test_old_quota_rows_go(desk: Desk, session: Any) -> None:
    ticket(desk.wang)
    session.flush()
    with time_machine.travel(clock.now() + timedelta(days=8), tick=False):
        assert tickets.drop_day_uses() == 1
