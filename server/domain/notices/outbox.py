"""The outbox: what citizens are to be told, written with the change that wants it told, sent later by a job."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server.core import clock
from server.core.clock import now
from server.core.db import hit, session
from server.core.errors import Conflict, NotFound
from server.domain import identity
from server.domain.identity import Actor, Permission
from server.domain.notices import grants
from server.domain.notices.models.messages import Message, MessageEvent, MessageState
from server.domain.notices.templates import KINDS, template_of
from server.gateways import queue
from server.gateways.queue import Lane

SEND = "messages.send"
RETRIABLE = (MessageState.DEAD, MessageState.REFUSED, MessageState.NO_GRANT)


class MessageNotFound(NotFound):
    """No such message."""

    code = "message_not_found"
    message = "没有找到这条消息。"


class NotRetriable(Conflict):
    """The message is on its way or has arrived."""

    code = "message_not_retriable"
    message = "这条消息已发送或正在发送，不能重试。"


class NoGrant(Conflict):
    """The citizen has not subscribed, so WeChat would refuse."""

    code = "no_subscribe_grant"
    message = "市民没有剩余的订阅次数，消息无法送达。"


def tell(
    citizen_id: uuid.UUID, template_key: str, data: Mapping[str, Any], *, page: str = "", dedupe_key: str
) -> Message:
    """Tell a citizen something, once per ``dedupe_key``; the message of an earlier call with the key is returned.

    ``data`` has our names (see ``KINDS``); moments become Shanghai's time. Without a grant or a template nothing is
    queued and the message stands as ``no_grant``, so that one sees who could not be told. Never raises for that: the
    change that wants it told goes on. No audit entry of its own: it is part of the change that is audited.
    """
    known = session().scalars(sa.select(Message).where(Message.dedupe_key == dedupe_key)).one_or_none()
    if known is not None:
        return known
    told = Message(
        citizen_id=citizen_id,
        template_key=template_key,
        data={name: _plain(value) for name, value in data.items()},
        page=page,
        dedupe_key=dedupe_key,
    )
    lacking = _lacking(citizen_id, template_key)
    told.holds_grant = lacking is None
    told.state = MessageState.QUEUED if lacking is None else MessageState.NO_GRANT
    told.error = lacking or ""
    told.due_at = now() if lacking is None else None
    try:
        with session().begin_nested():
            session().add(told)
    except IntegrityError:
        if told.holds_grant:
            grants.give_back(citizen_id, template_key)
        return session().scalars(sa.select(Message).where(Message.dedupe_key == dedupe_key)).one()
    note(told, lacking or "已进入发件箱")
    if lacking is None:
        queue.put(SEND, {"message_id": str(told.id)}, dedupe_key=f"message:{told.id}", lane=Lane.MESSAGES)
    return told


def messages_matching(
    actor: Actor, *, state: MessageState | None = None, template_key: str = "", citizen_id: uuid.UUID | None = None
) -> sa.Select[tuple[Message]]:
    """Messages, newest first. Needs message.view."""
    actor.need(Permission.MESSAGE_VIEW)
    query = sa.select(Message).order_by(Message.id.desc())
    if state is not None:
        query = query.where(Message.state == state)
    if template_key:
        query = query.where(Message.template_key == template_key)
    if citizen_id is not None:
        query = query.where(Message.citizen_id == citizen_id)
    return query


def message_counts(actor: Actor) -> dict[MessageState, int]:
    """How many messages stand in each state. Needs message.view."""
    actor.need(Permission.MESSAGE_VIEW)
    query = sa.select(Message.state, sa.func.count()).group_by(Message.state)
    found = dict(session().execute(query).tuples().all())
    return {state: found.get(state, 0) for state in MessageState}


def find_message(actor: Actor, message_id: uuid.UUID) -> Message:
    """One message, or MessageNotFound. Needs message.view."""
    actor.need(Permission.MESSAGE_VIEW)
    found = session().get(Message, message_id)
    if found is None:
        raise MessageNotFound
    return found


def message_history(actor: Actor, message_id: uuid.UUID) -> list[MessageEvent]:
    """What became of a message, step by step. Needs message.view."""
    actor.need(Permission.MESSAGE_VIEW)
    query = sa.select(MessageEvent).where(MessageEvent.message_id == message_id)
    return list(session().scalars(query.order_by(MessageEvent.at, MessageEvent.id)))


def retry_message(actor: Actor, message_id: uuid.UUID) -> Message:
    """Send a message that could not be sent, now that its cause is gone. Needs job.retry."""
    actor.need(Permission.JOB_RETRY)
    message = session().get(Message, message_id)
    if message is None:
        raise MessageNotFound
    if message.state not in RETRIABLE:
        raise NotRetriable
    before = message.state
    if not message.holds_grant and _lacking(message.citizen_id, message.template_key) is not None:
        raise NoGrant
    again = sa.update(Message).where(Message.id == message.id, Message.state == before)
    values = {"state": MessageState.QUEUED, "holds_grant": True, "failures": 0, "error": "", "errcode": None}
    if hit(again.values(**values, queued_at=now(), due_at=now())) != 1:
        raise NotRetriable
    session().refresh(message)
    note(message, "人工重试", actor_name=actor.name)
    queue.put(
        SEND,
        {"message_id": str(message.id)},
        dedupe_key=f"message:{message.id}:{message.attempt}:{clock.now():%Y%m%d%H%M%S%f}",
        lane=Lane.MESSAGES,
    )
    identity.record(
        actor,
        "message.retried",
        subject=("message", message.id),
        summary=f"重试订阅消息：{title_of(message)}",
        changes={"state": [before.value, message.state.value]},
    )
    return message


def title_of(message: Message) -> str:
    """The kind's Chinese name."""
    kind = KINDS.get(message.template_key)
    return kind.title if kind else message.template_key


def note(message: Message, text: str, *, errcode: int | None = None, rid: str = "", actor_name: str = "") -> None:
    """One more line in a message's history."""
    session().add(
        MessageEvent(
            message_id=message.id,
            state=message.state,
            attempt=message.attempt,
            note=text[:200],
            errcode=errcode,
            rid=rid,
            actor_name=actor_name,
        )
    )


def _lacking(citizen_id: uuid.UUID, template_key: str) -> str | None:
    """Takes a grant; if it cannot, why not."""
    if template_of(template_key) is None:
        return "本机构尚未设置这种消息的模板"
    return None if grants.claim(citizen_id, template_key) else "市民没有剩余的订阅次数"


def _plain(value: Any) -> Any:
    return clock.to_local(value).strftime("%Y-%m-%d %H:%M") if isinstance(value, datetime) else value
