"""The deliverables' pages: the list, one contract's year, a paper's way through both sides, and who sees nothing of it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from server.core.db import session as unit
from server.domain import agenda, calendar, deliverables
from server.domain.calendar import DayKind
from server.domain.identity import SCHEDULER
from server.gateways.queue import Job
from tests.admin.conftest import Desk

D = date.fromisoformat
PDF = b"%PDF-1.7\n%the report\n"
NOW = "2026-11-20T10:00:00+08:00"
MONTH = "2026-11-01"


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def page_of(desk: Desk, key: str = "inspection", cycle_on: str = MONTH) -> str:
    return f"/admin/deliverables/{desk.ours.id}/{key}/{cycle_on}"


def hand_in(desk: Desk, **values: Any) -> Any:
    sent = {"summary": "本月巡检正常", "upload": (io.BytesIO(PDF), "巡检单.pdf")} | values
    return desk.sit("zheng").post(f"{page_of(desk)}/hand-in", data=sent)


def test_the_list_says_what_is_to_be_done(desk: Desk) -> None:
    text = desk.sit("zheng").get("/admin/deliverables/").text
    assert "每月现场巡检单" in text
    assert "逾期未交" in text
    assert desk.ours.number in text
    assert desk.theirs.number not in text
    assert "未约定，按默认" in desk.sit("zheng").get("/admin/deliverables/?view=all&kind=summary").text
    assert "没有符合条件的结果" in desk.sit("zheng").get("/admin/deliverables/?view=all&q=不存在").text
    part = desk.sit("zheng").get("/admin/deliverables/?sort=-title&page=2", headers={"HX-Request": "true"}).text
    assert "<html" not in part


def test_the_list_costs_the_same_whatever_came(desk: Desk, queries: Any) -> None:
    client = desk.sit("zheng")
    client.get("/admin/deliverables/")
    with queries() as before:
        client.get("/admin/deliverables/")
    for month in range(1, 6):
        deliverables.hand_in(
            desk.actor("zheng"),
            contract_id=desk.ours.id,
            key="inspection",
            cycle_on=D(f"2026-0{month}-01"),
            summary="补",
        )
    client.get("/admin/deliverables/")
    with queries() as after:
        client.get("/admin/deliverables/")
    assert len(after) == len(before)


def test_a_year_at_a_glance(desk: Desk) -> None:
    deliverables.settle_all(reason="首次")
    calendar.set_day(SCHEDULER, on=D("2026-12-01"), kind=DayKind.HOLIDAY, name="停工", source="通告")
    deliverables.settle_all(reason="日历更正")
    text = desk.sit("zheng").get(f"/admin/deliverables/contract/{desk.ours.id}").text
    assert "共 25 期，须甲方签收" in text
    assert "日历更正" in text
    assert "2026-12-07 24:00" in text
    assert "2026-12-08 24:00" in text


def test_handed_in_sent_back_and_signed(desk: Desk) -> None:
    assert hand_in(desk).status_code == 303
    client = desk.sit("lin")
    text = client.get(page_of(desk)).text
    assert "巡检单.pdf" in text
    assert "本周期内交付" in text or "之内交付" in text
    answer = client.post(f"{page_of(desk)}/send-back", data={"reason": "", "version": "1"})
    assert (answer.status_code, "需要修改" in answer.text) == (422, True)
    assert client.post(f"{page_of(desk)}/send-back", data={"reason": "缺照片", "version": "1"}).status_code == 303
    assert "缺照片" in desk.sit("zheng").get(page_of(desk)).text
    assert hand_in(desk, summary="补照片").status_code == 303
    client = desk.sit("lin")
    assert client.post(f"{page_of(desk)}/sign", data={"version": "1"}).status_code == 409
    assert client.post(f"{page_of(desk)}/comment", data={"text": "很好"}).status_code == 303
    assert client.post(f"{page_of(desk)}/sign", data={"version": "2"}).status_code == 303
    text = client.get(page_of(desk)).text
    assert "已签收" in text
    assert "很好" in text


def test_a_paper_that_came_leaves_the_bell_without_waiting(desk: Desk) -> None:
    agenda.arm()
    alert = next(
        each.alert for each in agenda.alerts_for(desk.actor("zheng")) if each.alert.object_id.endswith("2026-10-01")
    )
    path = f"/admin/deliverables/{desk.ours.id}/{alert.place['key']}/2026-10-01/hand-in"
    assert desk.sit("zheng").post(path, data={"summary": "补交"}).status_code == 303
    assert unit().scalar(sa.select(sa.func.count()).where(Job.kind == agenda.LOOK)) == 1
    agenda.arm()
    assert alert.id not in {each.alert.id for each in agenda.alerts_for(desk.actor("zheng"))}


def test_a_paper_comes_as_a_download(desk: Desk) -> None:
    hand_in(desk)
    version = deliverables.folder(desk.actor("lin"), desk.ours.id, "inspection", D(MONTH)).versions[0]
    path = f"/admin/deliverables/files/{version.id}"
    answer = desk.sit("lin").get(path)
    assert (answer.data, answer.mimetype) == (PDF, "application/pdf")
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert desk.sit("bai").get(path).status_code == 404


def test_wrong_papers_are_told_at_their_field(desk: Desk) -> None:
    answer = hand_in(desk, upload=(io.BytesIO(b"MZ"), "a.exe"))
    assert answer.status_code == 422
    assert "只接收 PDF" in answer.text
    assert hand_in(desk, summary="", upload=(io.BytesIO(b""), "")).status_code == 422


def test_one_paper_for_two_duties(desk: Desk) -> None:
    assert "本件同时作为" in desk.sit("zheng").get(page_of(desk)).text
    assert hand_in(desk, together_with=["summary"]).status_code == 303
    assert "一并提交" in desk.sit("lin").get(page_of(desk, "summary")).text


def test_the_export_holds_what_the_list_holds(desk: Desk) -> None:
    answer = desk.sit("zheng").get("/admin/deliverables/export.csv?view=all&kind=inspection")
    assert answer.mimetype == "text/csv"
    assert answer.text.count("每月现场巡检单") == 25
    assert desk.theirs.number not in answer.text


def test_another_vendor_finds_nothing(desk: Desk) -> None:
    hand_in(desk)
    client = desk.sit("bai")
    for path in (page_of(desk), f"/admin/deliverables/contract/{desk.ours.id}", page_of(desk, "nothing")):
        assert client.get(path).status_code == 404
    for verb in ("hand-in", "comment"):
        assert client.post(f"{page_of(desk)}/{verb}", data={}).status_code == 404
    assert desk.ours.number not in client.get("/admin/deliverables/?view=all").text


def test_each_side_has_its_steps(desk: Desk) -> None:
    hand_in(desk)
    assert desk.sit("zheng").post(f"{page_of(desk)}/sign", data={}).status_code == 403
    assert desk.sit("lin").post(f"{page_of(desk)}/hand-in", data={}).status_code == 403
    for verb in ("hand-in", "sign", "send-back", "comment"):
        assert desk.sit("shen").post(f"{page_of(desk)}/{verb}", data={}).status_code == 403
    assert desk.sit("chen").get("/admin/deliverables/").status_code == 403
    assert desk.sit("lin").get(f"/admin/deliverables/{desk.ours.id}/inspection/yesterday").status_code == 404
