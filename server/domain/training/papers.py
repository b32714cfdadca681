"""What the room puts on paper: 培训记录, 签到表, 培训计划 (domain.md §5.1)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from server.core import clock, spelling
from server.core.errors import Conflict
from server.domain import contracts, documents
from server.domain.documents import Draft, Kind
from server.domain.identity import Actor
from server.domain.training import access, questions
from server.domain.training.feedback import results_of
from server.domain.training.files import files_of
from server.domain.training.forms import (
    FREE,
    LEAST_ROWS,
    PAGE_ROWS,
    PLAN,
    PLAN_FORM,
    RECORD,
    RECORD_FORM,
    SAMPLES,
    SHEET_FORM,
)
from server.domain.training.models import Attendance, Training, TrainingFile
from server.domain.training.privacy import SHEET
from server.domain.training.questions import Result
from server.domain.training.reading import attendance_of, release_of
from server.domain.training.vocabulary import DONE, FileKind, State, Way

SUBJECT = "training"
GROUP = "培训"
SPARE_ROWS = 5
MOST_TEXTS = 5
WITHIN = "含在合同服务内，不另收费"
# domain.md §6: what proves performance is kept ten years after the contract.
KEPT = 10


class NotHeld(Conflict):
    """What was not held has no record; and one that was called off has no plan."""

    code = "training_not_held"
    message = "培训尚未举办，不能出具该文书。"


def compose_record(actor: Actor, training_id: uuid.UUID) -> Draft:
    """The record of a training that was held."""
    row = access.find(actor, training_id)
    if row.state not in DONE:
        raise NotHeld
    people = attendance_of(row.id)
    facts = _facts(row) | {
        "planned": _planned(row),
        "actual": _actual(row),
        "hours": f"{row.hours}{'（' + row.hours_reason + '）' if row.hours_reason else ''}",
        "people": f"{len(people)} 人{_late(people)}",
        "materials": "、".join(_named(file) for file in files_of(row.id)) or "无",
    }
    content = {
        "facts": facts,
        "content": row.content,
        "outcome": row.outcome,
        "answers": [
            {"question": each.question.text, "count": str(each.count), "result": _result(each)}
            for each in results_of(row)
        ],
    }
    return _draft(actor, row, content)


def compose_sheet(actor: Actor, training_id: uuid.UUID) -> Draft:
    """Who was there, with blank lines for hands; before the day, all of them blank."""
    row = access.find(actor, training_id)
    if row.state in (State.CANCELLED, State.POSTPONED):
        raise NotHeld("培训已推迟或取消，不能出具签到表。")
    people = attendance_of(row.id)
    facts = _facts(row)
    content = {
        "facts": {name: facts[name] for name in ("number", "topic", "place")}
        | {
            "trainer": facts["trainer"],
            "time": _actual(row) if row.state in DONE else _planned(row),
            "hours": str(row.hours) if row.hours is not None else "",
        },
        "people": [_line(person) for person in people] + [{}] * _spare(len(people)),
        "note": "扫码、签到码签到由本人凭微信小程序办理，时间由系统记录；手工登记由培训人代为登记，请本人在“签名”栏签字。"
        "手机号仅显示首尾数字。",
    }
    return _draft(actor, row, content)


def compose_plan(actor: Actor, training_id: uuid.UUID) -> Draft:
    """The plan, while the training lies ahead or took place as planned."""
    row = access.find(actor, training_id)
    if row.state in (State.CANCELLED, State.POSTPONED):
        raise NotHeld("培训已推迟或取消，不能出具培训计划。")
    asked = questions.asked(row.questions)
    content = {
        "facts": _facts(row) | {"time": _planned(row)},
        "content": row.content,
        "check": "现场投影动态二维码，参训人员用微信小程序扫码或输入 6 位签到码签到；无手机的由培训人手工登记。"
        + (f"培训后填写问卷（{len(asked)} 题）。" if asked else ""),
    }
    return _draft(actor, row, content)


def register() -> None:
    """Make the room's papers known."""
    for code, label, prefix, form, compose in (
        (RECORD, "培训记录", "PXJL", RECORD_FORM, compose_record),
        (SHEET, "培训签到表", "PXQD", SHEET_FORM, compose_sheet),
        (PLAN, "培训计划", "PXJH", PLAN_FORM, compose_plan),
    ):
        documents.register(
            Kind(
                code=code,
                label=label,
                prefix=prefix,
                subject_kind=SUBJECT,
                form=form,
                compose=compose,
                keep_years=KEPT,
                group=GROUP,
                sample=SAMPLES[code],
                subjects=documents.dated(Training.id, Training.contract_id, Training.planned_start),
            )
        )


def _facts(row: Training) -> dict[str, str]:
    release = release_of(row)
    reason = "；".join(part for part in (f"版本 {release.version} 上线" if release else "", row.reason) if part)
    return {
        "number": row.number,
        "ground": row.ground.label,
        "topic": row.topic,
        "place": f"{row.mode.label}：{row.place}" if row.place else row.mode.label,
        "trainer": row.trainer_name,
        "title": " ".join(part for part in (row.trainer_organisation, row.trainer_title) if part),
        "audience": row.audience,
        "reason": reason or "无",
        "cost": FREE if row.free else WITHIN,
    }


def _draft(actor: Actor, row: Training, content: Mapping[str, Any]) -> Draft:
    contract = contracts.find(actor, row.contract_id)
    return Draft(
        contract_id=contract.id,
        subject_id=row.id,
        content=content,
        head=(
            f"合同：{contract.number} {contract.title}",
            f"甲方：{contract.bureau_name}　乙方：{contract.vendor_name}",
        ),
        covers_on=clock.local_day(row.actual_start or row.planned_start),
        sources=((f"培训 {row.number}", f"/admin/trainings/{row.id}"),),
    )


def _planned(row: Training) -> str:
    return f"{spelling.moment(row.planned_start)} 至 {clock.to_local(row.planned_end):%H:%M}"


def _actual(row: Training) -> str:
    return f"{spelling.moment(row.actual_start)} 至 {clock.to_local(row.actual_end or row.planned_end):%H:%M}"


def _late(people: list[Attendance]) -> str:
    late = sum(person.late for person in people)
    by_hand = sum(person.way is Way.BY_HAND for person in people)
    told = [f"迟到 {late} 人"] * bool(late) + [f"手工登记 {by_hand} 人"] * bool(by_hand)
    return f"（{'，'.join(told)}）" if told else ""


def _spare(people: int) -> int:
    """Blank lines for those who come without a phone: numbered, and rather fewer than one alone on the next page."""
    rows = max(people + SPARE_ROWS, LEAST_ROWS)
    return (PAGE_ROWS if people < PAGE_ROWS < rows else rows) - people


def _named(file: TrainingFile) -> str:
    return file.file_name + (f"（{file.kind.label}）" if file.kind is not FileKind.MATERIAL else "")


def _line(person: Attendance) -> dict[str, str]:
    return {
        "name": person.name,
        "unit": person.unit,
        "phone": person.phone_masked,
        "at": f"{clock.to_local(person.checked_in_at):%H:%M}{'（迟到）' if person.late else ''}",
        "way": person.way.label,
    }


def _result(result: Result) -> str:
    parts = [f"{name} {count} 人" for name, count in result.counts if count]
    if result.average is not None:
        parts.insert(0, f"平均 {result.average} 分")
    if result.right_percent is not None:
        parts.insert(0, f"正确率 {result.right_percent}%")
    return "；".join(parts or [text.strip().rstrip("。；") for text in result.texts[:MOST_TEXTS]])
