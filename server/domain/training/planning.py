"""A training before it is held: planned with a named trainer, given its time, put off or called off with a reason."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Invalid
from server.core.ids import new_id
from server.core.serials import next_number
from server.domain import releases, staffing
from server.domain.contracts import Contract
from server.domain.identity import Actor
from server.domain.training import access, questions
from server.domain.training.access import wrote
from server.domain.training.models import (
    AUDIENCE,
    NAME,
    ORGANISATION,
    PLACE,
    REASON,
    TITLE,
    TOPIC,
    Attendance,
    Training,
)
from server.domain.training.questions import Question
from server.domain.training.states import after
from server.domain.training.vocabulary import Ground, Mode, State, Step

SERIES = "PX"
LONGEST = timedelta(hours=12)


class SomebodyCame(Conflict):
    """Who has checked in was there: such a training is held, not called off."""

    code = "training_attended"
    message = "已有人员签到，请登记举办情况，或先撤销签到。"


@dataclass(frozen=True, slots=True)
class Trainer:
    """Who gives it: somebody of the contract's roster, or a named person from elsewhere with organisation and title."""

    maintainer_id: uuid.UUID | None = None
    name: str = ""
    organisation: str = ""
    title: str = ""


def plan(
    actor: Actor,
    *,
    contract_id: uuid.UUID,
    ground: Ground,
    topic: str,
    trainer: Trainer,
    planned_start: datetime,
    planned_end: datetime,
    mode: Mode = Mode.ON_SITE,
    place: str = "",
    audience: str = "",
    content: str = "",
    reason: str = "",
    release_id: uuid.UUID | None = None,
    asks: Sequence[Question] = (),
) -> Training:
    """Plan a training. With a place it can be given its time at once (``schedule``). Needs record.log on the contract.

    A past day is taken: what was held without a plan is entered afterwards.
    """
    contract = access.contract_of(actor, contract_id)
    _timed(contract, planned_start, planned_end)
    _released(contract, ground, release_id, reason)
    year = clock.today().year
    row = Training(
        id=new_id(),
        contract_id=contract.id,
        ground=ground,
        release_id=release_id,
        reason=wrote("reason", reason, longest=REASON, needed=False),
        topic=wrote("topic", topic, longest=TOPIC),
        content=wrote("content", content, needed=False),
        mode=mode,
        place=wrote("place", place, longest=PLACE, needed=False),
        audience=wrote("audience", audience, longest=AUDIENCE, needed=False),
        planned_start=planned_start,
        planned_end=planned_end,
        questions=questions.checked(asks),
        **_named(contract, trainer, planned_start),
        created_at=clock.now(),
        created_by_id=actor.id,
        created_by_name=actor.name[:NAME],
        updated_at=clock.now(),
    )
    row.number = f"{SERIES}-{year}-{next_number(SERIES, year):04d}"
    session().add(row)
    session().flush()
    told = f"{row.topic}，{_when(row)}，培训人 {row.trainer_name}"
    access.tell(actor, row, Step.PLANNED, summary=f"计划培训：{told}", text=told)
    return row


def edit(
    actor: Actor,
    training_id: uuid.UUID,
    *,
    topic: str,
    content: str,
    audience: str,
    place: str,
    mode: Mode,
    reason: str = "",
    trainer: Trainer | None = None,
) -> Training:
    """Change what it is about, where, for whom and by whom; not when (``schedule``), and not once it is closed."""
    row = access.hold(actor, training_id)
    after(row.state, Step.EDITED)
    contract = access.contract_of(actor, row.contract_id)
    _released(contract, row.ground, row.release_id, reason)
    values: dict[str, Any] = {
        "topic": wrote("topic", topic, longest=TOPIC),
        "content": wrote("content", content, needed=False),
        "audience": wrote("audience", audience, longest=AUDIENCE, needed=row.state is not State.PLANNED),
        "place": wrote("place", place, longest=PLACE, needed=row.state is not State.PLANNED),
        "reason": wrote("reason", reason, longest=REASON, needed=False),
        "mode": mode,
    }
    if trainer is not None:
        values |= _named(contract, trainer, row.planned_start)
    changes = {name: [getattr(row, name), value] for name, value in values.items() if getattr(row, name) != value}
    if changes:
        for name, value in values.items():
            setattr(row, name, value)
        access.move(actor, row, Step.EDITED, summary="修改培训内容", changes=_plain(changes))
    return row


def schedule(
    actor: Actor,
    training_id: uuid.UUID,
    *,
    planned_start: datetime,
    planned_end: datetime,
    place: str | None = None,
    audience: str | None = None,
    reason: str = "",
) -> Training:
    """Fix time, place and audience, or change the time. Whoever was told of one time hears why there is another."""
    row = access.hold(actor, training_id)
    after(row.state, Step.SCHEDULED)
    contract = access.contract_of(actor, row.contract_id)
    _timed(contract, planned_start, planned_end)
    moved = row.state is not State.PLANNED
    told = wrote("reason", reason, longest=REASON, needed=row.state is State.SCHEDULED)
    row.place = wrote("place", row.place if place is None else place, longest=PLACE)
    row.audience = wrote("audience", row.audience if audience is None else audience, longest=AUDIENCE)
    if row.trainer_id is not None:
        _named(contract, Trainer(maintainer_id=row.trainer_id), planned_start)
    before = _when(row)
    row.planned_start, row.planned_end, row.state_reason = planned_start, planned_end, told
    text = f"{_when(row)}，{row.place}{'；' if told else ''}{told}"
    summary = f"改期为 {_when(row)}" if moved else f"排期 {_when(row)}"
    access.move(actor, row, Step.SCHEDULED, summary=summary, text=text, changes={"planned": [before, _when(row)]})
    return row


def postpone(actor: Actor, training_id: uuid.UUID, *, reason: str) -> Training:
    """Not on that day, and no new one yet."""
    row = access.hold(actor, training_id)
    after(row.state, Step.POSTPONED)
    row.state_reason = wrote("reason", reason, longest=REASON)
    access.move(actor, row, Step.POSTPONED, summary=f"推迟培训：{row.state_reason}", text=row.state_reason)
    return row


def cancel(actor: Actor, training_id: uuid.UUID, *, reason: str) -> Training:
    """It will not be held; SomebodyCame if somebody has checked in."""
    row = access.hold(actor, training_id)
    after(row.state, Step.CANCELLED)
    came = sa.select(Attendance.id).where(Attendance.training_id == row.id)
    if session().scalar(came.limit(1)) is not None:
        raise SomebodyCame
    row.state_reason = wrote("reason", reason, longest=REASON)
    access.move(actor, row, Step.CANCELLED, summary=f"取消培训：{row.state_reason}", text=row.state_reason)
    return row


def ask(actor: Actor, training_id: uuid.UUID, *, asks: Sequence[Question]) -> Training:
    """Give the training exactly these questions; before anybody may answer."""
    row = access.hold(actor, training_id)
    after(row.state, Step.QUESTIONS_SET)
    row.questions = questions.checked(asks)
    access.move(actor, row, Step.QUESTIONS_SET, summary="设置培训问卷", text=f"{len(row.questions)} 题")
    return row


def _named(contract: Contract, trainer: Trainer, moment: datetime) -> dict[str, Any]:
    """The trainer as a row keeps them; Invalid unless it is a named person who may stand there."""
    if trainer.maintainer_id is not None:
        person = staffing.by_id([trainer.maintainer_id]).get(trainer.maintainer_id)
        if person is None or person.contract_id != contract.id:
            raise Invalid(fields={"trainer_id": ["请从本合同的维护人员中选择"]})
        if not person.serves_on(clock.local_day(moment)):
            raise Invalid(fields={"trainer_id": [f"{person.name} 在培训当日不在岗，请另选培训人"]})
        return {
            "trainer_id": person.id,
            "trainer_name": person.name,
            "trainer_organisation": contract.vendor_name[:ORGANISATION],
            "trainer_title": person.role[:TITLE],
        }
    if not trainer.name.strip():
        raise Invalid(fields={"trainer_id": ["须指定培训人：选择本合同维护人员，或填写外部讲师姓名"]})
    return {
        "trainer_id": None,
        "trainer_name": wrote("trainer_name", trainer.name, longest=NAME),
        "trainer_organisation": wrote("trainer_organisation", trainer.organisation, longest=ORGANISATION),
        "trainer_title": wrote("trainer_title", trainer.title, longest=TITLE),
    }


def _timed(contract: Contract, start: datetime, end: datetime) -> None:
    faults: dict[str, list[str]] = {}
    if end <= start or end - start > LONGEST:
        faults["planned_end"] = ["结束时间应晚于开始时间，且不超过 12 小时"]
    if not contract.starts_on <= clock.local_day(start) <= contract.ends_on:
        faults["planned_start"] = [f"应在合同期内（{contract.starts_on} 至 {contract.ends_on}）"]
    if faults:
        raise Invalid(fields=faults)


def _released(contract: Contract, ground: Ground, release_id: uuid.UUID | None, reason: str) -> None:
    """A training after a release names it, or says which configuration went live."""
    if ground is not Ground.AFTER_RELEASE:
        if release_id is not None:
            raise Invalid(fields={"release_id": ["只有上线培训才关联版本"]})
        return
    if release_id is None:
        if not reason.strip():
            raise Invalid(fields={"reason": ["上线培训请选择已上线的版本，或写明上线了什么配置"]})
        return
    release = session().get(releases.Release, release_id)
    if release is None or release.contract_id != contract.id or release.live_at is None:
        raise Invalid(fields={"release_id": ["请选择本合同已上线的版本"]})


def _when(row: Training) -> str:
    start, end = clock.to_local(row.planned_start), clock.to_local(row.planned_end)
    return f"{start:%Y-%m-%d %H:%M}–{end:%H:%M}"


def _plain(changes: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Changes as the trail keeps them: long texts only by name."""
    return {
        name: ["…", "…"] if name == "content" else [None if value is None else str(value) for value in pair]
        for name, pair in changes.items()
    }
