"""What was noted is corrected and never lost; links are of the same contract; a stranger's name warns and blocks nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
import sqlalchemy as sa
import time_machine

from server.core.db import session as unit
from server.core.errors import Forbidden, Invalid, NotFound
from server.core.secrecy import SecretMarked
from server.domain import documents, staffing, tickets, upkeep
from server.domain.identity import SCHEDULER, AuditEntry
from server.domain.tickets import Channel, Kind
from server.domain.upkeep import EventKind, Moved, Risk, UpkeepFilters, UpkeepNotFound, Visit, WorkKind
from server.gateways.papers import PaperRefused
from tests.factories.records import at
from tests.factories.upkeep import guidance, guidance_draft, submitted, visit, visit_draft, work, work_draft
from tests.upkeep.conftest import House

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel(at("2025-09-25 10:00"), tick=False):
        yield


def test_work_is_noted_with_everything(house: House) -> None:
    ticket = tickets.open(house.zheng, kind=Kind.FAULT, text="打不开", channel=Channel.PHONE, contract_id=house.a.id)
    sheet = submitted(house.a)
    made = work(
        house.a, kind=WorkKind.CHANGE, risk=Risk.LOW, systems="应用服务器", ticket_id=ticket.id, inspection_id=sheet.id
    )
    assert made.number == "WH-2025-0001"
    assert made.designated is None
    (event,) = upkeep.events_of(made)
    assert event.kind is EventKind.NOTED
    entry = unit().scalars(sa.select(AuditEntry).where(AuditEntry.action == "upkeep_work.noted")).one()
    assert made.number in entry.summary


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"what": " "}, "what"),
        ({"who": ""}, "who"),
        ({"risk": Risk.HIGH}, "rollback"),
        ({"ended_at": at("2025-09-25 08:00"), "started_at": at("2025-09-25 09:00")}, "ended_at"),
        ({"ended_at": at("2025-09-25 12:00")}, "ended_at"),
        ({"what": "x" * 501}, "what"),
    ],
)
def test_what_is_wrong_is_named(house: House, values: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        work(house.a, **values)
    assert list(refused.value.fields) == [field]


def test_a_secrets_mark_is_refused(house: House) -> None:
    with pytest.raises(SecretMarked):
        work(house.a, why="机密★5年")


def test_a_correction_keeps_what_it_said(house: House) -> None:
    made = work(house.a)
    draft = work_draft(what="清理数据库服务器日志", who="郑一鸣")
    upkeep.correct_work(house.zheng, made.id, draft, version=1, reason="主机写错")
    assert (made.version, made.what, made.number) == (2, "清理数据库服务器日志", "WH-2025-0001")
    last = upkeep.events_of(made)[-1]
    assert last.kind is EventKind.CORRECTED
    assert (last.text, last.data["before"]["what"], last.data["changed"]) == (
        "主机写错",
        "清理应用服务器日志",
        ["what"],
    )
    with pytest.raises(Moved):
        upkeep.correct_work(house.wu, made.id, draft, version=1, reason="晚了一步")
    with pytest.raises(Invalid):
        upkeep.correct_work(house.wu, made.id, draft, version=2, reason=" ")


def test_a18_somebody_not_designated_is_marked_and_not_refused(house: House) -> None:
    staffing.assign(
        house.wu,
        contract_id=house.a.id,
        name="郑一鸣",
        role="运维工程师",
        experience_from=date(2015, 1, 1),
        experience="政务小程序运维",
        valid_from=date(2025, 3, 4),
    )
    assert work(house.a).designated is True
    assert work(house.a, who="路人甲").designated is False
    found = unit().scalars(upkeep.works_matching(house.wu, UpkeepFilters(undesignated=True))).all()
    assert [each.who for each in found] == ["路人甲"]


def test_a_template_and_the_last_one(house: House) -> None:
    first = work(house.a, what="每周清理")
    assert upkeep.last_of(house.zheng) == first
    assert upkeep.last_of(house.wu) is None
    upkeep.use_as_template(house.zheng, first.id, name="每周清理")
    assert upkeep.templates(house.wu) == [first]
    assert upkeep.templates(house.bai) == []
    upkeep.use_as_template(house.zheng, first.id, name="")
    assert upkeep.templates(house.wu) == []


def test_finding_37_links_are_of_the_same_contract(house: House) -> None:
    theirs = tickets.open(house.bai, kind=Kind.FAULT, text="断了", channel=Channel.PHONE, contract_id=house.b.id)
    with pytest.raises(NotFound):
        work(house.a, ticket_id=theirs.id)
    with pytest.raises(Invalid) as refused:
        work(house.a, house.lin, ticket_id=theirs.id)
    assert "ticket_id" in refused.value.fields
    with pytest.raises(Invalid):
        work(house.a, house.lin, inspection_id=submitted(house.b, house.bai).id)


def test_finding_37_nothing_of_another_contract(house: House) -> None:
    made, shown, been = work(house.a), guidance(house.a), visit(house.a)
    for find, row in (
        (upkeep.find_work, made),
        (upkeep.find_guidance, shown),
        (upkeep.find_visit, been),
    ):
        assert find(house.lin, row.id) == row  # type: ignore[operator]
        with pytest.raises(UpkeepNotFound):
            find(house.bai, row.id)  # type: ignore[operator]
    with pytest.raises(UpkeepNotFound):
        upkeep.correct_work(house.bai, made.id, work_draft(), version=1, reason="x")
    with pytest.raises(NotFound):
        work(house.a, house.bai)
    with pytest.raises(Forbidden):
        work(house.a, house.shen)
    for query in (upkeep.works_matching, upkeep.guidances_matching, upkeep.visits_matching):
        assert unit().scalars(query(house.bai)).all() == []
        assert len(unit().scalars(query(house.shen)).all()) == 1


def test_a04_guidance(house: House) -> None:
    made = guidance(house.a, minutes=25, unit="登记窗口")
    assert made.number == "ZD-2025-0001"
    with pytest.raises(Invalid):
        guidance(house.a, minutes=0)
    upkeep.correct_guidance(house.zheng, made.id, guidance_draft(answer="改为置顶三天"), version=1, reason="补充")
    assert upkeep.events_of(made)[-1].data["before"]["answer"] == "在公告列表点“置顶”。"


def facts_of(made: Visit) -> dict[str, str]:
    """What the visit's paper would say now."""
    told: dict[str, str] = documents.kind_of("visit").compose(SCHEDULER, made.id).content["facts"]
    return told


def test_a11_a_visit_reads_its_moments_from_the_ticket(house: House) -> None:
    ticket = tickets.open(house.zheng, kind=Kind.FAULT, text="停了", channel=Channel.PHONE, contract_id=house.a.id)
    with time_machine.travel(at("2025-09-25 10:05"), tick=False):
        tickets.dispatch(house.zheng, ticket.id, who="郑一鸣")
    with time_machine.travel(at("2025-09-25 11:00"), tick=False):
        tickets.arrive(house.zheng, ticket.id, who="郑一鸣")
        made = visit(house.a, ticket_id=ticket.id)
    with time_machine.travel(at("2025-09-25 11:30"), tick=False):
        tickets.sign_arrival(house.lin, ticket.id, who="郑一鸣", at=at("2025-09-25 11:10"))
        there = upkeep.presence(made)
        assert (there.dispatched_at, there.arrived_at) == (at("2025-09-25 10:05"), at("2025-09-25 11:10"))
        assert there.signed_by == "林岚"
        assert made.arrived_at is None
        assert "不涉及" in facts_of(made)["consent"]
        tickets.ask_consent(house.zheng, ticket.id, proposal="更换数据库连接池配置")
        tickets.consent(house.lin, ticket.id, agreed=True)
        assert facts_of(made)["consent"] == "林岚 2025年9月25日 11:30"
        assert facts_of(made)["signed"] == "林岚 已签认"
        with pytest.raises(Invalid) as refused:
            visit(house.a, ticket_id=ticket.id, arrived_at=at("2025-09-25 11:05"))
        assert ticket.number in refused.value.fields["arrived_at"][0]
        with pytest.raises(Invalid) as early:
            visit(house.a, ticket_id=ticket.id, left_at=at("2025-09-25 11:00"))
        assert list(early.value.fields) == ["left_at"]
        done = visit_draft(ticket_id=ticket.id, left_at=at("2025-09-25 11:30"), work="换线", result="恢复")
        upkeep.correct_visit(house.zheng, made.id, done, version=1, reason="离开时补记")
        assert made.left_at == at("2025-09-25 11:30")


def test_a_visit_without_a_ticket_keeps_its_own(house: House) -> None:
    made = visit(house.a, dispatched_at=at("2025-09-25 08:00"), arrived_at=at("2025-09-25 09:00"))
    assert upkeep.presence(made).arrived_at == at("2025-09-25 09:00")
    with pytest.raises(Invalid):
        visit(house.a, dispatched_at=at("2025-09-25 09:00"), arrived_at=at("2025-09-25 08:00"))
    with pytest.raises(Invalid):
        visit(house.a, visited_on=date(2025, 9, 26))


def test_files_are_seen_with_their_row(house: House) -> None:
    paper = upkeep.take_paper(name="截图.pdf", raw=PDF)
    made = upkeep.note_work(house.zheng, house.a.id, work_draft(), uploads=[paper])
    (file,) = upkeep.files_of([made.id])
    assert b"".join(upkeep.read_file(house.lin, file.id)[1]) == PDF
    with pytest.raises(NotFound):
        upkeep.read_file(house.bai, file.id)
    with pytest.raises(PaperRefused):
        upkeep.take_paper(name="脚本.pdf", raw=b"#!/bin/sh\n")
    upkeep.take_paper(name="无主.pdf", raw=PDF)
    assert upkeep.sweep_files(at("2100-01-01 00:00")) >= 1
    assert b"".join(upkeep.read_file(house.lin, file.id)[1]) == PDF


def test_lists_are_narrowed(house: House) -> None:
    work(house.a, what="换证书", kind=WorkKind.SECURITY)
    work(house.a, what="清日志", started_at=at("2025-08-01 09:00"), ended_at=at("2025-08-01 09:30"))
    work(house.b, house.lin, what="补推")

    def told(**asked: object) -> list[str]:
        query = upkeep.works_matching(house.lin, UpkeepFilters(**asked))  # type: ignore[arg-type]
        return [each.what for each in unit().scalars(query)]

    assert told() == ["补推", "换证书", "清日志"]
    assert told(contract_id=house.b.id) == ["补推"]
    assert told(kind="security") == ["换证书"]
    assert told(since=date(2025, 9, 1), contract_id=house.a.id) == ["换证书"]
    assert told(until=date(2025, 8, 1)) == ["清日志"]
    assert told(text="证书") == ["换证书"]
