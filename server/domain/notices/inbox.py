"""The inbox: WeChat's pushes, stored once within the second that WeChat waits, understood later by a job."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server.core import crypto
from server.core.clock import now
from server.core.db import hit, session
from server.core.errors import Forbidden
from server.core.ids import new_id
from server.domain import identity
from server.domain.notices import delivery, grants
from server.domain.notices.models.pushes import InboxPush, PushNonce, PushState
from server.domain.notices.templates import keys_by_template_id
from server.gateways import queue
from server.gateways.queue import Lane
from server.gateways.wechat import rows_of

HANDLE = "pushes.handle"
NONCE_KEPT = timedelta(minutes=15)
PUSH_KEPT = timedelta(days=30)


class ReplayedPush(Forbidden):
    """A signed address that was used for another push."""

    code = "replayed_push"
    message = "请求已失效。"


@dataclass(frozen=True, slots=True)
class OpenedPush:
    """A push that waits to be understood."""

    id: uuid.UUID
    kind: str
    body: Mapping[str, Any]
    received_at: datetime


def receive_push(dedupe_key: str, kind: str, body: Mapping[str, Any], *, nonce_mark: str) -> bool:
    """Store a push and queue its handling; False if it is stored already.

    ``nonce_mark`` names the signed address that it came by. WeChat repeats a push with the same or a new address; a
    known address with another push is a replay, and refused.
    """
    _use_nonce(nonce_mark, dedupe_key)
    push_id = new_id()
    text = json.dumps(body, ensure_ascii=False, sort_keys=True)
    push = InboxPush(
        id=push_id, dedupe_key=dedupe_key, kind=kind, body_sealed=crypto.ring().seal(text, _place(push_id))
    )
    try:
        with session().begin_nested():
            session().add(push)
    except IntegrityError:
        return False
    queue.put(HANDLE, {"push_id": str(push_id)}, dedupe_key=f"push:{dedupe_key}", lane=Lane.MESSAGES)
    return True


def open_push(push_id: uuid.UUID) -> OpenedPush | None:
    """A push that nobody has handled; None if it is done or gone."""
    push = session().get(InboxPush, push_id, populate_existing=True)
    if push is None or push.state is not PushState.NEW:
        return None
    body = json.loads(crypto.ring().unseal(push.body_sealed, _place(push.id)))
    return OpenedPush(push.id, push.kind, body, push.received_at)


def close_push(push_id: uuid.UUID, *, handled: bool) -> None:
    """Note in the unit of its effects that a push is handled, or needs no handling."""
    state = PushState.HANDLED if handled else PushState.IGNORED
    done = sa.update(InboxPush).where(InboxPush.id == push_id, InboxPush.state == PushState.NEW)
    hit(done.values(state=state, handled_at=now()))


def subscribe_event(push: OpenedPush) -> bool:
    """Apply a push about subscriptions: answers in the pop-up, switches in the settings, messages sent."""
    citizen = identity.citizen_by_openid(str(push.body.get("FromUserName", "")))
    if citizen is None:
        return False
    at = _moment(push)
    for row in rows_of(push.body):
        template_id, answer = str(row.get("TemplateId", "")), str(row.get("SubscribeStatusString", ""))
        if push.kind == "subscribe_msg_popup_event":
            grants.popup_answered(citizen.id, template_id, answer, at)
        elif push.kind == "subscribe_msg_change_event":
            grants.setting_changed(citizen.id, template_id, answer)
        else:
            _sent(citizen.id, template_id, row, at)
    return True


def sweep_inbox() -> int:
    """Forget nonces that are out of date and pushes that were handled long ago; how many rows went."""
    nonces = hit(sa.delete(PushNonce).where(PushNonce.seen_at < now() - NONCE_KEPT))
    old = InboxPush.received_at < now() - PUSH_KEPT
    return nonces + hit(sa.delete(InboxPush).where(old, InboxPush.state != PushState.NEW))


def _use_nonce(mark: str, dedupe_key: str) -> None:
    try:
        with session().begin_nested():
            session().add(PushNonce(mark=mark, dedupe_key=dedupe_key))
    except IntegrityError:
        used_for = session().scalar(sa.select(PushNonce.dedupe_key).where(PushNonce.mark == mark))
        if used_for != dedupe_key:
            raise ReplayedPush from None


def _sent(citizen_id: uuid.UUID, template_id: str, row: Mapping[str, Any], at: datetime) -> None:
    key = keys_by_template_id().get(template_id)
    if key is not None:
        delivery.sent_pushed(
            citizen_id,
            key,
            msgid=str(row.get("MsgID", "")),
            at=at,
            errcode=_number(row.get("ErrorCode")),
            status=str(row.get("ErrorStatus", "")),
        )


def _moment(push: OpenedPush) -> datetime:
    """When WeChat says that it happened; never far from when it reached us."""
    told = _number(push.body.get("CreateTime"))
    at = datetime.fromtimestamp(told, UTC) if 0 < told < 2**33 else push.received_at
    return at if abs(at - push.received_at) < timedelta(days=1) else push.received_at


def _number(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return 0


def _place(push_id: uuid.UUID) -> str:
    return f"inbox_pushes:body:{push_id}"
