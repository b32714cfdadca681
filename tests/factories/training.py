"""Trainings for tests: the smallest valid ones, through the doors."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from server.core import clock
from server.domain import training
from server.domain.contracts import Contract
from server.domain.identity import Actor
from server.domain.training import Attendance, Ground, Question, QuestionKind, Trainer, Training
from tests.factories import identity as people

DAY = "2025-09-26"
OUTSIDE = Trainer(name="顾教授", organisation="临江大学", title="副教授")
ASKS = (
    Question(QuestionKind.SCORE, "培训内容是否实用"),
    Question(QuestionKind.CHOICE, "年报的截止日期是", ("6 月 30 日", "12 月 31 日"), right=0),
    Question(QuestionKind.TEXT, "建议"),
)


def at(text: str) -> datetime:
    """A moment on Shanghai's clock: ``14:00`` of the usual day, or ``2025-09-27 14:00``."""
    full = text if " " in text else f"{DAY} {text}"
    return datetime.strptime(full, "%Y-%m-%d %H:%M").replace(tzinfo=clock.LOCAL)


def vendor(contract: Contract, login: str = "zheng") -> Actor:
    """A maintainer of the contract's vendor."""
    return people.actor(login, contract_id=contract.id)


def planned(contract: Contract, by: Actor | None = None, **values: Any) -> Training:
    """A training on 26 September 2025 from two to four, given by somebody from outside."""
    usual: dict[str, Any] = {
        "ground": Ground.ON_SITE,
        "topic": "年报填报功能培训",
        "trainer": OUTSIDE,
        "planned_start": at("14:00"),
        "planned_end": at("16:00"),
        "place": "三楼会议室",
        "audience": "注册登记科",
        "content": "系统运行、日常维护、功能操作",
        "asks": ASKS,
    }
    return training.plan(by or vendor(contract), contract_id=contract.id, **(usual | values))


def scheduled(contract: Contract, by: Actor | None = None, **values: Any) -> Training:
    """The same with its time fixed."""
    row = planned(contract, by, **values)
    return training.schedule(
        by or vendor(contract), row.id, planned_start=row.planned_start, planned_end=row.planned_end
    )


def opened(contract: Contract, by: Actor | None = None, **values: Any) -> Training:
    """The same, open for check-in; the clock must stand near its beginning."""
    return training.open_check_in(by or vendor(contract), scheduled(contract, by, **values).id)


def held(contract: Contract, by: Actor | None = None, *, people_count: int = 1, **values: Any) -> Training:
    """Held as planned, everybody entered by hand."""
    who = by or vendor(contract)
    row = scheduled(contract, who, **values)
    start, end = row.planned_start, row.planned_end
    training.hold(who, row.id, actual_start=start, actual_end=end, outcome="均能独立操作")
    for number in range(1, people_count + 1):
        came(row, who, name=f"学员{number}")
    return row


def closed(contract: Contract, by: Actor | None = None, **values: Any) -> Training:
    """Held, and its record closed."""
    who = by or vendor(contract)
    return training.close(who, held(contract, who, **values).id)


def came(row: Training, by: Actor, *, name: str = "王秀兰", unit: str = "城东所", **values: Any) -> Attendance:
    """Somebody without a phone."""
    return training.check_in_by_hand(by, row.id, name=name, unit=unit, **values)


def code_of(row: Training, *, ago: int = 0, typed: bool = False) -> str:
    """What the screen shows now, or showed some seconds ago."""
    shown = training.shown(row.id, clock.now() - timedelta(seconds=ago))
    return shown.typed if typed else shown.scanned
