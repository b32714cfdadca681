"""The incident timer: from which moment, for which grades, in time or late; what must be done before it is closed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.core import clock
from server.core.errors import Forbidden, Invalid, NotFound
from server.domain import agenda, secrecy
from server.domain.agenda import EntryKind, Urgency
from server.domain.identity import SCHEDULER
from server.domain.secrecy import (
    Grade,
    IncidentKind,
    IncidentNotOpen,
    IncidentState,
    PersonsNotTold,
    ReportMissing,
    SecrecyNotFound,
    Told,
)
from tests.factories.citizens import entries
from tests.factories.records import at
from tests.factories.secrecy import incident

REVIEW = {"cause": "缺少限流", "measures": "增加限流", "review": "已复测"}


def test_the_clock_runs_from_discovery_under_the_rule_in_force(house):
    row = incident(house.zheng, house.a)
    assert row.due_at == row.discovered_at + timedelta(hours=4)
    assert incident(house.zheng, house.a, grade=Grade.ORDINARY).due_at is None
    secrecy.set_rules(
        house.zhou, hours=1, source="关键信息基础设施", authority="公安机关", report_from=Grade.ORDINARY, review_days=10
    )
    again = incident(house.zheng, house.a, grade=Grade.ORDINARY)
    assert again.due_at == again.discovered_at + timedelta(hours=1)
    assert (row.hours, row.authority) == (4, "省级网信部门")
    assert entries("secrecy_rules.changed")[0].changes["hours"] == [4, 1]
    for actor in (house.lin, house.zheng):
        with pytest.raises(Forbidden):
            secrecy.set_rules(actor, hours=2, source="x", authority="x", report_from=Grade.SERIOUS, review_days=30)
    with pytest.raises(Invalid):
        secrecy.set_rules(house.zhou, hours=3, source="x", authority="x", report_from=Grade.SERIOUS, review_days=30)


def test_in_time_and_late(house, friday):
    early, late = incident(house.zheng, house.a), incident(house.zheng, house.a)
    assert [each.id for each in secrecy.unreported(house.lin)] == [early.id, late.id]
    secrecy.report(house.lin, early.id, reported_at=clock.now(), to="省委网信办", ref="网报 1")
    assert secrecy.in_words(early) == "在时限内"
    friday.move_to(at("2025-09-26 15:10"))
    assert secrecy.is_late(late, clock.now())
    secrecy.report(house.lin, late.id, reported_at=clock.now(), to="省委网信办", ref="网报 2")
    assert secrecy.in_words(late) == "超过时限 2 小时 10 分"
    assert secrecy.unreported(house.lin) == []
    with pytest.raises(IncidentNotOpen):
        secrecy.report(house.lin, late.id, reported_at=clock.now(), to="x", ref="x")


def test_the_operator_reports_grades_and_closes(house):
    row = incident(house.zheng, house.a)
    with pytest.raises(Forbidden):
        secrecy.report(house.zheng, row.id, reported_at=clock.now(), to="x", ref="x")
    with pytest.raises(Forbidden):
        secrecy.grade(house.wu, row.id, grade=Grade.ORDINARY, reason="x")
    secrecy.add_step(house.zheng, row.id, text="封禁来源地址")
    secrecy.note_told(house.zheng, row.id, whom=Told.BUREAU, name="林岚")
    with pytest.raises(Forbidden):
        secrecy.note_told(house.zheng, row.id, whom=Told.POLICE)
    with pytest.raises(Invalid):
        secrecy.note_told(house.lin, row.id, whom=Told.CAC)
    secrecy.grade(house.lin, row.id, grade=Grade.ORDINARY, reason="未达较大")
    assert row.due_at is None
    secrecy.grade(house.lin, row.id, grade=Grade.MAJOR, reason="影响扩大")
    assert row.due_at == row.discovered_at + timedelta(hours=4)
    secrecy.contain(house.zheng, row.id, text="已阻断")
    with pytest.raises(Forbidden):
        secrecy.close(house.zheng, row.id, **REVIEW)
    with pytest.raises(ReportMissing):
        secrecy.close(house.lin, row.id, **REVIEW)
    secrecy.report(house.lin, row.id, reported_at=clock.now(), to="省委网信办", ref="网报 1")
    secrecy.close(house.lin, row.id, **REVIEW)
    assert row.state is IncidentState.CLOSED
    with pytest.raises(IncidentNotOpen):
        secrecy.add_step(house.lin, row.id, text="x")


@pytest.mark.parametrize("told", [True, False])
def test_a_leak_asks_for_the_people(house, told):
    row = incident(house.zheng, house.a, kind=IncidentKind.LEAK, grade=Grade.ORDINARY)
    assert row.leak
    secrecy.contain(house.zheng, row.id, text="已下线")
    with pytest.raises(PersonsNotTold):
        secrecy.close(house.lin, row.id, **REVIEW)
    with pytest.raises(Forbidden):
        secrecy.count_persons(house.zheng, row.id, persons_count=12, data_kinds="手机号", harmless_reason="无害")
    secrecy.count_persons(house.zheng, row.id, persons_count=12, data_kinds="手机号")
    if told:
        secrecy.note_told(house.lin, row.id, whom=Told.PERSONS, name="12 人", text="短信告知")
    else:
        secrecy.count_persons(
            house.lin, row.id, persons_count=12, data_kinds="手机号", harmless_reason="已加密，措施能有效避免危害"
        )
    secrecy.close(house.lin, row.id, **REVIEW)
    assert row.state is IncidentState.CLOSED


def test_the_agenda_reminds_before_the_last_moment_and_after_it(house, friday):
    row = incident(house.zheng, house.a)
    day = clock.today()
    (entry,) = agenda.entries(house.lin, first=day, last=day, kinds=[EntryKind.INCIDENT])
    assert (entry.urgency, entry.due_at) == (Urgency.SOON, row.due_at)
    assert agenda.arm(SCHEDULER).raised >= 1
    friday.move_to(at("2025-09-26 13:01"))
    (entry,) = agenda.entries(house.lin, first=day, last=day, kinds=[EntryKind.INCIDENT])
    assert entry.urgency is Urgency.LATE
    assert agenda.entries(house.stranger, first=day, last=day, kinds=[EntryKind.INCIDENT]) == []


def test_moments_hold_together_and_nothing_is_another_contracts(house):
    with pytest.raises(Invalid):
        incident(house.zheng, house.a, discovered_at=clock.now() + timedelta(minutes=1))
    row = incident(house.zheng, house.a)
    for moment in (row.discovered_at - timedelta(minutes=1), clock.now() + timedelta(minutes=1)):
        with pytest.raises(Invalid):
            secrecy.add_step(house.zheng, row.id, text="x", at=moment)
    for verb in (
        lambda: secrecy.find_incident(house.stranger, row.id),
        lambda: secrecy.add_step(house.stranger, row.id, text="x"),
        lambda: secrecy.contain(house.stranger, row.id, text="x"),
    ):
        with pytest.raises(SecrecyNotFound):
            verb()
    with pytest.raises(NotFound):
        incident(house.stranger, house.a)
    assert secrecy.unreported(house.stranger) == []
