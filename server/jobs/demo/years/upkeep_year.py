"""The upkeep of a year: an inspection a month with its sheet issued, the log, guidance, visits, two plans and their drills."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from server.core import clock
from server.domain import calendar, contracts, documents, upkeep
from server.domain.contracts import Contract
from server.domain.upkeep import (
    DrillDraft,
    DrillForm,
    FindingDraft,
    GuidanceDraft,
    Inspection,
    InspectionItem,
    ItemForm,
    Verdict,
    VisitDraft,
    WorkDraft,
)
from server.jobs.demo.years.cast import Year
from server.jobs.demo.years.script import Story
from server.jobs.demo.years.upkeep_words import DRILLS, GUIDANCE, PLANS, Chore, Found

MIDDLE = 14
PLACE = "局机关五楼机房"


@dataclass(frozen=True, slots=True)
class Script:
    """What happens in a year: chores in turn, findings by month, the month whose sheet comes back once."""

    chores: Sequence[Chore]
    findings: Mapping[int, Found]
    every_days: int
    returned: int
    seed: int


def stories(year: Year, script: Script, *, until: date | None = None) -> Iterator[Story]:
    """Everything of one contract; its own dice, so that no other story is drawn differently."""
    contract = contracts.find(year.administrator, year.contract_id)
    last = min(contract.ends_on, until or contract.ends_on)
    draw = random.Random(script.seed)  # noqa: S311 - dice for a story, not for secrets
    for cycle in upkeep.expected_months(contract):
        day = _working_day(contract, cycle.starts_on)
        if day <= last:
            yield _inspected(year, script, day, random.Random(draw.random()))  # noqa: S311
    yield _log(year, script, contract, last, random.Random(draw.random()))  # noqa: S311
    yield _guided(year, contract, last)
    yield _visited(year, contract, last)
    yield _planned(year, contract, last)


def _working_day(contract: Contract, first: date) -> date:
    """Around the middle of the month, a day on which people work, inside the contract."""
    book = calendar.load()
    day = max(first + timedelta(days=MIDDLE), contract.starts_on)
    day = min(day, contract.ends_on)
    while not book.works(day) and day > max(first, contract.starts_on):
        day -= timedelta(days=1)
    return day


def _at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=clock.LOCAL)


def _inspected(year: Year, script: Script, day: date, draw: random.Random) -> Story:
    found = script.findings.get(day.month)
    yield _at(day, 9, 30)
    sheet = upkeep.begin(year.maintainer, year.contract_id, month_on=day, inspector=year.maintainer.name, place=PLACE)
    yield _at(day, 11, 20)
    finding_id = _filled(year, sheet, found, draw)
    upkeep.submit(year.maintainer, sheet.id)
    if day.month == script.returned:
        yield _at(day, 14)
        upkeep.send_back(year.handler, sheet.id, reason="请写明数据库服务器的磁盘情况。")
        yield _at(day, 15)
        upkeep.submit(year.maintainer, sheet.id)
    yield _at(day, 16, 30)
    documents.issue(year.maintainer, upkeep.kind_for(sheet), sheet.id)
    if found is not None and finding_id is not None:
        yield _at(day + timedelta(days=found.days), 17)
        upkeep.rectify(year.maintainer, finding_id, done_on=day + timedelta(days=found.days), note=found.note)


def _filled(year: Year, sheet: Inspection, found: Found | None, draw: random.Random) -> uuid.UUID | None:
    hit: InspectionItem | None = None
    for item in upkeep.items_of(sheet):
        bad = found is not None and item.title.startswith(found.item)
        hit = item if bad else hit
        upkeep.save_item(
            year.maintainer,
            sheet.id,
            item.id,
            version=item.version,
            given=_values(item, bad, draw),
            verdict=(Verdict.ABNORMAL if bad and item.form is not ItemForm.HOST else None)
            or (Verdict.NORMAL if item.form is ItemForm.CHECK else None),
            remark="见问题清单" if bad else "",
        )
    upkeep.save_head(
        year.maintainer,
        sheet.id,
        version=sheet.version,
        inspected_on=clock.today(),
        place=PLACE,
        inspector=year.maintainer.name,
        companion=year.handler.name,
        summary="各系统运行平稳，备份和证书检查完成。" if found is None else f"总体平稳，发现 1 个问题：{found.text}。",
        advice="继续关注磁盘增长，按季度做恢复演练。",
    )
    if found is None or hit is None:
        return None
    draft = FindingDraft(
        text=found.text,
        severity=found.severity,
        advice=found.advice,
        owner=year.maintainer.name,
        due_on=clock.today() + timedelta(days=10),
        item_id=hit.id,
    )
    return upkeep.add_finding(year.maintainer, sheet.id, draft).id


def _values(item: InspectionItem, bad: bool, draw: random.Random) -> dict[str, str]:
    if item.form is ItemForm.HOST:
        cpu, memory, disk = draw.randint(14, 30), draw.randint(38, 52), draw.randint(48, 60)
        peaks = (cpu + draw.randint(15, 30), memory + draw.randint(8, 20), 84 if bad else disk + draw.randint(0, 6))
        names = ("cpu_avg", "memory_avg", "disk_avg", "cpu_max", "memory_max", "disk_max")
        return dict(zip(names, map(str, (cpu, memory, disk, *peaks)), strict=True))
    total = item.total or 0
    if item.form is ItemForm.TASKS:
        wrong = 1 if bad else 0
        return {"normal": str(total - wrong), "abnormal": str(wrong), "repushed": "0"}
    if item.form is ItemForm.COUNTS:
        wrong = 1 if bad else 0
        return {"equal": str(total - wrong), "different": str(wrong), "note": "相差 126 条" if bad else ""}
    return {"result": "发现问题" if bad else "检查正常"}


def _log(year: Year, script: Script, contract: Contract, last: date, draw: random.Random) -> Story:
    day, turn = contract.starts_on + timedelta(days=3), 0
    while day <= last:
        chore = script.chores[turn % len(script.chores)]
        starts = _at(day, draw.randint(9, 16), draw.choice((0, 10, 20, 40)))
        ends = starts + timedelta(minutes=chore.minutes + draw.randint(0, 15))
        yield ends + timedelta(minutes=5)
        draft = WorkDraft(
            kind=chore.kind,
            what=chore.what,
            why=chore.why,
            after=chore.after,
            risk=chore.risk,
            rollback=chore.rollback,
            systems=chore.systems,
            started_at=starts,
            ended_at=ends,
            who=year.maintainer.name,
        )
        work = upkeep.note_work(year.maintainer, year.contract_id, draft)
        if turn == 0:
            upkeep.use_as_template(year.maintainer, work.id, name=chore.what[:12])
        turn += 1
        day += timedelta(days=script.every_days + draw.randint(0, 4))


def _guided(year: Year, contract: Contract, last: date) -> Story:
    day, turn = contract.starts_on + timedelta(days=20), 0
    while day <= last:
        channel, asker, unit, question, answer, minutes = GUIDANCE[turn % len(GUIDANCE)]
        yield _at(day, 10, 30)
        draft = GuidanceDraft(
            channel=channel,
            asker=asker,
            unit=unit,
            question=question,
            answer=answer,
            minutes=minutes,
            given_at=_at(day, 10),
            who=year.maintainer.name,
        )
        upkeep.note_guidance(year.maintainer, year.contract_id, draft)
        turn += 1
        day += timedelta(days=27)


def _visited(year: Year, contract: Contract, last: date) -> Story:
    for months, reason, result in (
        (2, "更换机房交换机", "更换完成，网络恢复正常"),
        (7, "配合网络安全检查", "检查项全部通过"),
    ):
        day = calendar.corresponding_day(contract.starts_on, months)
        if day > last:
            return
        yield _at(day, 16)
        draft = VisitDraft(
            visited_on=day,
            place=PLACE,
            who=year.maintainer.name,
            host=year.handler.name,
            reason=reason,
            work="现场处理并与局方一同核对。",
            result=result,
            dispatched_at=_at(day, 13),
            arrived_at=_at(day, 13, 50),
            left_at=_at(day, 15, 40),
        )
        upkeep.note_visit(year.maintainer, year.contract_id, draft)


def _planned(year: Year, contract: Contract, last: date) -> Story:
    """Two plans in the second week; the first one is drilled twice, and revised after what the first drill taught."""
    day = contract.starts_on + timedelta(days=9)
    if day > last:
        return
    yield _at(day, 15)
    first, _ = (upkeep.make_plan(year.manager, year.contract_id, draft) for draft in PLANS)
    for turn, (result, course, lessons) in enumerate(DRILLS, start=1):
        day = calendar.corresponding_day(contract.starts_on, 4 * turn)
        if day > last:
            return
        yield _at(day, 17)
        upkeep.drill(
            year.manager,
            first.id,
            DrillDraft(
                drilled_on=day,
                form=DrillForm.TABLETOP if turn == 1 else DrillForm.LIVE,
                leader=year.manager.name,
                people=f"{year.manager.name}、{year.maintainer.name}、{year.handler.name}",
                course=course,
                result=result,
                lessons=lessons,
            ),
        )
        if lessons:
            changed = {name: getattr(PLANS[0], name) for name in PLANS[0].__dataclass_fields__}
            changed["steps"] += "\n5. 每月检查备库账号有效期。"
            draft = upkeep.PlanDraft(**changed)
            upkeep.revise_plan(
                year.manager, first.id, draft, version=first.version, reason=f"演练发现：{lessons}"[:200]
            )
