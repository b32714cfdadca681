"""The ledger's steps that WeChat must do, WeChat's verdicts on versions, and what it tells of the gray plan.

WeChat is asked outside of any unit; what it said is written afterwards, in one. A push of a verdict names neither the
audit nor the version, so it only says that it is time to look: it may come twice, late, or never.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from server.core import clock
from server.core.db import reading, session, unit
from server.domain import releases
from server.domain.flags import Environment
from server.domain.identity import SCHEDULER
from server.domain.releases import Driver, Release, ReleaseEvent, State, Step
from server.gateways import wechat
from server.gateways.wechat import AuditStatus, WechatError
from server.jobs.context import JobContext, Later
from server.jobs.registry import every, handles
from server.jobs.release_driver import Unfit, Wish, drive

log = logging.getLogger(__name__)

T = TypeVar("T")
AUDIT = "releases.audit"
GRAY_PLAN = "releases.gray_plan"
AUDIT_SECONDS = 300
PLAN_SECONDS = 600
# How long WeChat may stay silent or busy before a call counts as not done; how often it is asked meanwhile.
PATIENCE = timedelta(hours=24)
SOONEST, LATEST = 5.0, 900.0
WRITE_TRIES, WRITE_PAUSE = 5, 0.2


@handles(releases.CALL, label="请求微信办理发布步骤", backoff=10)
def call(job: JobContext) -> None:
    """Have WeChat do one step. Again at any time: the driver looks before it acts, the ledger takes one outcome."""
    call_id = uuid.UUID(job.args["call"])
    with reading():
        asked = releases.call_of(call_id)
        if not asked.open:
            return
        release = asked.release
        wish = Wish(asked.step, release.version, release.changelog, release.state is State.GRAY, dict(asked.data))
        since = session().get_one(ReleaseEvent, call_id).recorded_at
    try:
        found = drive(wish)
    except Unfit as unfit:
        sentence = str(unfit)
        _written(lambda: releases.note_outcome(SCHEDULER, call_id, error=sentence))
        return
    except WechatError as error:
        failure = error
        if failure.meaning.retryable and clock.now() - since < PATIENCE:
            raise Later(_pause(since), failure.message) from None
        told = f"{failure.message.rstrip('。')}（{failure.errcode}）。" if failure.errcode else failure.message
        _written(lambda: releases.note_outcome(SCHEDULER, call_id, error=told, code=failure.errcode))
        return
    _written(lambda: releases.note_outcome(SCHEDULER, call_id, **found))


@handles(AUDIT, label="查询微信审核结果", backoff=30)
def look_at_audit(_job: JobContext) -> None:
    """See what WeChat decided on the version that it audits, and write it down."""
    try:
        settle_audit()
    except WechatError as error:
        log.warning("the audit could not be looked at", extra={"reason": error.message})


@handles(GRAY_PLAN, label="核对微信灰度计划", backoff=30)
def look_at_gray_plan(_job: JobContext) -> None:
    """Keep what WeChat tells of the gray plan, with the owner's own token: it works without a platform."""
    try:
        plan = wechat.mini().gray_plan()
    except WechatError as error:
        log.warning("the gray plan could not be looked at", extra={"reason": error.message})
        return
    with unit():
        releases.note_gray_plan(SCHEDULER, plan.as_told())


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A version whose audit is not yet known to be over."""

    id: uuid.UUID
    version: str
    audit_id: str
    seq: int


def settle_audit() -> bool:
    """Ask WeChat about the version in audit and write a verdict down; whether there was one. May raise WechatError."""
    with reading():
        waiting = _waiting()
    if waiting is None:
        return False
    told = wechat.code().audit(waiting.audit_id) if waiting.audit_id else wechat.code().latest_audit()
    if told is None or told.version not in ("", waiting.version):
        log.warning("WeChat audits another version", extra={"version": waiting.version})
        return False
    data: dict[str, Any]
    if told.status is AuditStatus.APPROVED:
        step, data = Step.PASS_AUDIT, {}
    elif told.status is AuditStatus.REJECTED:
        shots = f"（微信附截图 {len(told.screenshots)} 张）" if told.screenshots else ""
        step, data = Step.REJECT_AUDIT, {"reason": (told.reason or "微信没有说明原因。") + shots}
    elif told.status is AuditStatus.WITHDRAWN:
        step, data = Step.UNDO_AUDIT, {"reason": "微信显示该次审核已被撤回。"}
    else:
        return False
    with unit():
        again = _waiting()
        if again is None or again.id != waiting.id:
            return False
        releases.take(SCHEDULER, waiting.id, step, seen=again.seq, clicked="微信返回审核结果", **data)
    return True


def audit_waits() -> bool:
    """Whether a verdict of WeChat's is outstanding that the service can ask for."""
    return wechat.platform_config() is not None and _waiting() is not None


def plan_matters() -> bool:
    """Whether the gray plan can tell something: a gray release, a plan that runs, or a step since it was last told."""
    if not wechat.installed().config.ready:
        return False
    plan = releases.gray_plan()
    if releases.current_gray() is not None or (plan is not None and plan.runs):
        return True
    live = releases.current(Environment.RELEASE)
    return live is not None and (plan is None or plan.told_at < live.updated_at)


every(AUDIT, AUDIT, AUDIT_SECONDS, when=audit_waits)
every(GRAY_PLAN, GRAY_PLAN, PLAN_SECONDS, when=plan_matters)


def _waiting() -> _Waiting | None:
    query = sa.select(Release.id, Release.version, Release.audit_id, Release.seq).where(
        Release.state == State.IN_AUDIT, Release.driver == Driver.COMPONENT, Release.call_id.is_(None)
    )
    row = session().execute(query.limit(1)).first()
    return _Waiting(*row) if row else None


def _pause(since: datetime) -> float:
    """The longer WeChat has not done it, the seldomer it is asked: half of the time that has passed."""
    return min(max((clock.now() - since).total_seconds() / 2, SOONEST), LATEST)


def _written(write: Callable[[], T]) -> T:
    """Write an outcome down, with patience; if it is lost all the same, the next attempt finds it at WeChat."""
    for attempt in range(WRITE_TRIES):
        try:
            with unit():
                return write()
        except DBAPIError:
            if attempt == WRITE_TRIES - 1:
                raise
            time.sleep(WRITE_PAUSE * 2**attempt)
    raise AssertionError("unreachable")
