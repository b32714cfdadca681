"""A training on its day and after: open for check-in, held with its actual times and hours, closed."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Invalid
from server.domain.identity import Actor
from server.domain.training import access
from server.domain.training.access import wrote
from server.domain.training.models import REASON, Attendance, Training
from server.domain.training.planning import LONGEST
from server.domain.training.states import after
from server.domain.training.vocabulary import Step

OPENS_BEFORE = timedelta(hours=2)
HALF = Decimal("0.5")
MOST_HOURS = Decimal(24)


def hours_between(start: datetime, end: datetime) -> Decimal:
    """The length in hours, to the nearest half; something that was held took half an hour at least."""
    halves = Decimal(int((end - start).total_seconds())) / 1800
    return max(halves.quantize(Decimal(1), ROUND_HALF_UP) * HALF, HALF)


def open_check_in(actor: Actor, training_id: uuid.UUID) -> Training:
    """Let people check in, from two hours before the planned beginning until its end; on another day it is moved first."""
    row = access.hold(actor, training_id)
    after(row.state, Step.OPENED)
    now = clock.now()
    if not row.planned_start - OPENS_BEFORE <= now <= row.planned_end:
        raise Invalid("签到可在计划开始前 2 小时至计划结束之间开放；时间有变的请先改期。")
    row.opened_at = now
    access.move(actor, row, Step.OPENED, summary="开放签到")
    return row


def hold(
    actor: Actor, training_id: uuid.UUID, *, actual_start: datetime, actual_end: datetime, outcome: str = ""
) -> Training:
    """It was held, from when to when; the hours come from that. Check-in ends; who is missing is entered by hand."""
    row = access.hold(actor, training_id)
    after(row.state, Step.HELD)
    faults: dict[str, list[str]] = {}
    if not actual_start < actual_end <= actual_start + LONGEST:
        faults["actual_end"] = ["结束时间应晚于开始时间，且不超过 12 小时"]
    elif actual_end > clock.now():
        faults["actual_end"] = ["不能晚于当前时间"]
    if clock.local_day(actual_start) != clock.local_day(row.planned_start):
        faults["actual_start"] = ["与计划日期不同，请先改期"]
    if faults:
        raise Invalid(fields=faults)
    row.actual_start, row.actual_end = actual_start, actual_end
    row.hours, row.hours_reason = hours_between(actual_start, actual_end), ""
    row.outcome = wrote("outcome", outcome, needed=False)
    text = f"{clock.to_local(actual_start):%H:%M} 至 {clock.to_local(actual_end):%H:%M}，{row.hours} 课时"
    access.move(actor, row, Step.HELD, summary=f"已举办：{text}", text=text)
    return row


def set_hours(actor: Actor, training_id: uuid.UUID, *, hours: Decimal, reason: str) -> Training:
    """Other hours than the clock says (a break, a lesson given twice), with the reason; in steps of a half."""
    row = access.hold(actor, training_id)
    after(row.state, Step.HOURS_SET)
    if not hours.is_finite() or not HALF <= hours <= MOST_HOURS or hours % HALF:
        raise Invalid(fields={"hours": [f"应为 {HALF} 至 {MOST_HOURS}，以 {HALF} 为单位"]})
    told = wrote("reason", reason, longest=REASON)
    before, row.hours, row.hours_reason = row.hours, hours.quantize(Decimal("0.1")), told
    text = f"{before} 改为 {row.hours}：{told}"
    access.move(
        actor,
        row,
        Step.HOURS_SET,
        summary=f"更正课时 {text}",
        text=text,
        changes={"hours": [str(before), str(row.hours)]},
    )
    return row


def close(actor: Actor, training_id: uuid.UUID) -> Training:
    """The record is complete: who was there is known, and what was told. Nothing of it moves any more."""
    row = access.hold(actor, training_id)
    after(row.state, Step.CLOSED)
    if not row.content.strip():
        raise Invalid("归档前请填写培训内容。", fields={"content": ["归档前请填写培训内容"]})
    came = sa.select(sa.func.count()).select_from(Attendance).where(Attendance.training_id == row.id)
    count = session().scalar(came) or 0
    if not count:
        raise Invalid("没有签到人员，不能归档；请先登记参训人员。")
    row.closed_at = clock.now()
    access.move(actor, row, Step.CLOSED, summary=f"归档，参训 {count} 人，{row.hours} 课时", text=f"参训 {count} 人")
    return row
