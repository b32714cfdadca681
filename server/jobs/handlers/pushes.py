"""WeChat's pushes are understood: each kind goes to the room that it concerns, in one unit with its being handled."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from server.core import clock
from server.core.db import reading, unit
from server.domain import identity, notices, tickets
from server.domain.identity import SCHEDULER
from server.domain.notices import OpenedPush
from server.jobs.context import JobContext, Later
from server.jobs.handlers import platform
from server.jobs.registry import every, handles

HOUR = 3600
TRACE_WAIT = timedelta(minutes=10)
LOOK_SECONDS = 5
# v1 of the picture check: the address could not be fetched, as a signed and as an unsigned number.
NOT_FETCHED = ("-1008", "4294966288")


@handles("pushes.handle", label="处理微信推送", backoff=5)
def handle(job: JobContext) -> None:
    """Apply one push. Again at any time: its effects and its being handled are one transaction."""
    push_id = uuid.UUID(job.args["push_id"])
    with reading():
        waiting = notices.open_push(push_id)
    if waiting is not None and waiting.kind.startswith(platform.PREFIX):
        platform.understand(waiting)
        return
    with unit():
        push = notices.open_push(push_id)
        if push is None:
            return
        understand = KINDS.get(push.kind)
        notices.close_push(push_id, handled=understand is not None and understand(push))


@handles("pushes.sweep", label="清理微信推送记录")
def sweep(_job: JobContext) -> None:
    """Forget used addresses that are out of date, and pushes that were handled long ago."""
    with unit():
        notices.sweep_inbox()


every("pushes.sweep", "pushes.sweep", HOUR)


def _media_checked(push: OpenedPush) -> bool:
    """The verdict on a picture. It can be quicker than our noting of its trace, so an unknown trace waits a little."""
    trace_id = str(push.body.get("trace_id", ""))
    if not trace_id:
        return False
    suggest, label = _verdict(push.body)
    if tickets.apply_media_verdict(SCHEDULER, trace_id=trace_id, suggest=suggest, label=label):
        return True
    if not tickets.knows_trace(trace_id) and clock.now() - push.received_at < TRACE_WAIT:
        raise Later(LOOK_SECONDS, "等待图片检查的登记")
    return False


def _verdict(body: Mapping[str, Any]) -> tuple[str | None, int | None]:
    """What WeChat suggests; None (a person looks) for an error, for no result, and for what it has never said."""
    result = body.get("result")
    if isinstance(result, Mapping) and str(body.get("errcode") or "0") == "0":
        return str(result.get("suggest") or "") or None, _number(result.get("label"))
    if "isrisky" in body and str(body.get("status_code", "0")) not in NOT_FETCHED:
        return "risky" if str(body["isrisky"]) == "1" else "pass", None
    return None, None


def _authorization_revoked(push: OpenedPush) -> bool:
    codes = re.findall(r"\d+", str(push.body.get("RevokeInfo", "")))
    return identity.authorization_revoked(_whose(push), revoked=codes) is not None


def _account_cancelled(push: OpenedPush) -> bool:
    return identity.authorization_revoked(_whose(push)) is not None


def _whose(push: OpenedPush) -> str:
    return str(push.body.get("OpenID") or push.body.get("FromUserName") or "")


def _number(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


KINDS: Mapping[str, Callable[[OpenedPush], bool]] = MappingProxyType(
    {
        "wxa_media_check": _media_checked,
        "subscribe_msg_popup_event": notices.subscribe_event,
        "subscribe_msg_change_event": notices.subscribe_event,
        "subscribe_msg_sent_event": notices.subscribe_event,
        "user_authorization_revoke": _authorization_revoked,
        "user_authorization_cancellation": _account_cancelled,
    }
)
