"""Subscribe messages go out: claim, call, settle, and never a call inside a unit of work."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from server.core import clock
from server.core.db import unit
from server.domain import notices
from server.domain.notices import Wait
from server.gateways import queue, wechat
from server.gateways.queue import Lane
from server.gateways.wechat import WechatError
from server.jobs.context import JobContext, Later
from server.jobs.registry import every, handles

T = TypeVar("T")
WRITE_TRIES = 5
WRITE_PAUSE = 0.2


@handles(notices.SEND, label="发送订阅消息", backoff=10)
def send(job: JobContext) -> None:
    """Send one message. Again at any time: what was claimed and not settled is never simply sent a second time."""
    message_id = uuid.UUID(job.args["message_id"])
    with unit():
        step = notices.take(message_id)
    if isinstance(step, Wait):
        _again(step)
        return
    parcel = step
    try:
        msgid = wechat.mini().send_subscribe(parcel.openid, parcel.template_id, parcel.data, parcel.page or None)
    except WechatError as error:
        failure = error
        _again(_written(lambda: notices.settle_failed(parcel.message_id, parcel.attempt, failure)))
        return
    _written(lambda: notices.settle_sent(parcel.message_id, parcel.attempt, msgid))


@handles("messages.sweep", label="检查滞留的订阅消息")
def sweep(_job: JobContext) -> None:
    """Queue messages again whose job died. A second job for one message is harmless: claims decide."""
    with unit():
        for message_id in notices.overdue():
            key = f"message:{message_id}:{clock.now():%Y%m%d%H}"
            queue.put(notices.SEND, {"message_id": str(message_id)}, dedupe_key=key, lane=Lane.MESSAGES)


every("messages.sweep", "messages.sweep", 60, when=lambda: bool(notices.overdue(1)))


def _again(wait: Wait) -> None:
    if wait.until is not None:
        raise Later(max((wait.until - clock.now()).total_seconds(), 1.0))


def _written(settle: Callable[[], T]) -> T:
    """Write an outcome down, with patience: it is known here and nowhere else."""
    for attempt in range(WRITE_TRIES):
        try:
            with unit():
                return settle()
        except DBAPIError:
            if attempt == WRITE_TRIES - 1:
                raise
            time.sleep(WRITE_PAUSE * 2**attempt)
    raise AssertionError("unreachable")
