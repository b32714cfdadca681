"""How one message gets out: claimed, sent outside any unit, and settled by what WeChat said, or did not say.

WeChat takes no idempotency key, so a call whose outcome is unknown (a worker killed between call and note, a time-out,
an unreadable answer) must not simply be repeated. The message becomes ``uncertain``: WeChat's push about a sent message
settles it; if none comes within ten minutes, it was not sent and is sent again. See docs/adr on messages.

The steps are for a job: ``take`` in a unit, the call, ``settle_sent`` or ``settle_failed`` in another. Each says when
the next step is due, or None when there is nothing more to do.
"""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from server.core import clock
from server.core.clock import now
from server.core.db import hit, session
from server.domain import identity
from server.domain.identity import SCHEDULER
from server.domain.notices import grants
from server.domain.notices.models.messages import ON_THE_WAY, Message, MessageState
from server.domain.notices.outbox import note, title_of
from server.domain.notices.templates import filled, template_of
from server.gateways.wechat import Remedy, WechatDown, WechatError

log = logging.getLogger(__name__)

PUSH_WAIT = timedelta(minutes=10)
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=30)
MINUTE_PAUSE = timedelta(seconds=70)
SPREAD_SECONDS = 600
WORTH_SENDING = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is handed to WeChat. ``attempt`` goes back with the outcome and fences a late one."""

    message_id: uuid.UUID
    attempt: int
    openid: str
    template_id: str
    data: dict[str, str]
    page: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to send now; look again at this moment, or never."""

    until: datetime | None


def take(message_id: uuid.UUID) -> Parcel | Wait:
    """Claim a message for sending. Its number of attempts goes up, so an earlier claimant's late word is known as such."""
    message = session().get(Message, message_id, populate_existing=True)
    if message is None or message.state not in ON_THE_WAY:
        return Wait(None)
    if message.state is MessageState.SENDING:
        return _lost_sight(message)
    if message.due_at is not None and message.due_at > now():
        return Wait(message.due_at)
    if now() - message.queued_at > WORTH_SENDING:
        return _die(message, "超过三天未能发出，已没有意义")
    openid = identity.openid_of(message.citizen_id)
    template = template_of(message.template_key)
    if openid is None:
        return _die(message, "市民账号已注销")
    if template is None:
        return _die(message, "本机构尚未设置这种消息的模板")
    claimed = sa.update(Message).where(
        Message.id == message.id, Message.state == message.state, Message.attempt == message.attempt
    )
    values = {"state": MessageState.SENDING, "attempt": message.attempt + 1, "called_at": now(), "due_at": None}
    if hit(claimed.values(**values)) != 1:
        return Wait(now() + FIRST_PAUSE)
    session().refresh(message)
    return Parcel(
        message.id, message.attempt, openid, template.template_id, filled(template, message.data), message.page
    )


def settle_sent(message_id: uuid.UUID, attempt: int, msgid: str) -> None:
    """WeChat took it. A worker that comes back late with this word still settles what is uncertain since."""
    _settle(message_id, attempt, MessageState.SENT, "微信已接收", sent_at=now(), due_at=None, msgid=msgid[:32])


def settle_failed(message_id: uuid.UUID, attempt: int, error: WechatError) -> Wait:
    """WeChat refused it, or nobody knows. Answers when the next try is due."""
    message = session().get(Message, message_id, populate_existing=True)
    if message is None:
        return Wait(None)
    if isinstance(error, WechatDown) and error.maybe_done:
        return _uncertain(message, attempt, f"未得到微信的明确答复（{error.errmsg}）")
    if error.meaning.retryable:
        return _postpone(message, attempt, error)
    told = {"errcode": error.errcode, "rid": error.rid, "error": error.message}
    if error.remedy is Remedy.NO_GRANT:
        grants.take_all(message.citizen_id, message.template_key)
        _settle(message_id, attempt, MessageState.REFUSED, error.message, holds_grant=False, due_at=None, **told)
        return Wait(None)
    if _settle(message_id, attempt, MessageState.DEAD, error.message, holds_grant=False, due_at=None, **told):
        grants.give_back(message.citizen_id, message.template_key)
        _mourn(message, f"{error.message}（{error.errcode}）", alert=error.alert)
    return Wait(None)


def sent_pushed(
    citizen_id: uuid.UUID, template_key: str, *, msgid: str, at: datetime, errcode: int, status: str
) -> Message | None:
    """WeChat's push about a sent message; the message that it settles or confirms.

    By WeChat's message id where we know it; else the unconfirmed call of this kind to this citizen nearest before.
    """
    message = _by_msgid(citizen_id, msgid) or _nearest(citizen_id, template_key, at)
    if message is None:
        return None
    if message.confirmed_at is None and errcode == 0:
        message.confirmed_at = at
        message.msgid = message.msgid or msgid[:32]
    if message.state in ON_THE_WAY:
        good = errcode == 0
        message.state = MessageState.SENT if good else MessageState.REFUSED
        message.sent_at = at if good else None
        message.due_at, message.errcode = None, errcode or None
        message.error = "" if good else f"微信未能送达：{status}"[:200]
        message.holds_grant = good
        note(message, "微信推送确认已送达" if good else message.error, errcode=message.errcode)
        if not good:
            grants.take_all(citizen_id, message.template_key)
    session().flush()
    return message


def overdue(limit: int = 200) -> list[uuid.UUID]:
    """Messages whose next step should long have been done: their job died. Oldest first."""
    late = now() - timedelta(minutes=2)
    query = (
        sa.select(Message.id)
        .where(
            sa.or_(
                sa.and_(Message.state.in_((MessageState.QUEUED, MessageState.UNCERTAIN)), Message.due_at < late),
                sa.and_(Message.state == MessageState.SENDING, Message.called_at < late),
            )
        )
        .order_by(Message.id)
        .limit(limit)
    )
    return list(session().scalars(query))


def _lost_sight(message: Message) -> Wait:
    """Somebody called WeChat and never came back."""
    return _uncertain(message, message.attempt, "发送者中断，结果未知")


def _uncertain(message: Message, attempt: int, text: str) -> Wait:
    due = (message.called_at or now()) + PUSH_WAIT
    if _settle(message.id, attempt, MessageState.UNCERTAIN, text, due_at=due, error=text[:200]):
        return Wait(due)
    return Wait(None if message.state not in ON_THE_WAY else message.due_at)


def _postpone(message: Message, attempt: int, error: WechatError) -> Wait:
    due = _next_try(message, error)
    text = f"{error.message}将于 {clock.to_local(due):%m-%d %H:%M} 重试"
    values = {"due_at": due, "failures": Message.failures + 1, "errcode": error.errcode, "rid": error.rid}
    if not _settle(message.id, attempt, MessageState.QUEUED, text, error=error.message, **values):
        return Wait(None)
    return Wait(due)


def _next_try(message: Message, error: WechatError) -> datetime:
    if error.remedy is Remedy.NEXT_DAY:
        midnight = clock.end_of(clock.today())
        return midnight + timedelta(seconds=message.id.int % SPREAD_SECONDS)  # not everything in the same second
    if error.remedy is Remedy.NEXT_MINUTE:
        return now() + MINUTE_PAUSE
    pause: timedelta = min(FIRST_PAUSE * 2 ** min(message.failures, 8), LONGEST_PAUSE)
    return now() + pause


def _settle(message_id: uuid.UUID, attempt: int, state: MessageState, text: str, **values: object) -> bool:
    """Move a message on if this attempt is still its last and its end is open."""
    moved = sa.update(Message).where(
        Message.id == message_id,
        Message.attempt == attempt,
        Message.state.in_((MessageState.SENDING, MessageState.UNCERTAIN)),
    )
    if state is MessageState.UNCERTAIN:
        moved = moved.where(Message.state == MessageState.SENDING)
    if hit(moved.values(state=state, **values)) != 1:
        log.info("a late word about a message", extra={"message_id": str(message_id), "attempt": attempt})
        return False
    message = session().get(Message, message_id, populate_existing=True)
    if message is not None:
        note(message, text, errcode=message.errcode if state is not MessageState.SENT else None, rid=message.rid)
    return True


def _die(message: Message, text: str) -> Wait:
    """Give up a message that was never (or certainly not now) with WeChat."""
    gone = sa.update(Message).where(
        Message.id == message.id, Message.state == message.state, Message.attempt == message.attempt
    )
    holds = message.holds_grant
    if hit(gone.values(state=MessageState.DEAD, error=text, due_at=None, holds_grant=False)) == 1:
        if holds:
            grants.give_back(message.citizen_id, message.template_key)
        session().refresh(message)
        note(message, text)
        _mourn(message, text, alert=False)
    return Wait(None)


def _mourn(message: Message, text: str, *, alert: bool) -> None:
    """A message that needs a person: in the trail, and in the log where alerts come from."""
    log.log(logging.ERROR if alert else logging.WARNING, "a message died", extra={"message_id": str(message.id)})
    identity.record(
        SCHEDULER,
        "message.died",
        subject=("message", message.id),
        summary=f"订阅消息发送失败：{title_of(message)}，{text}"[:500],
        result="failed",
    )


def _by_msgid(citizen_id: uuid.UUID, msgid: str) -> Message | None:
    if not msgid:
        return None
    query = sa.select(Message).where(Message.citizen_id == citizen_id, Message.msgid == msgid)
    return session().scalars(query.order_by(Message.id.desc()).limit(1)).first()


def _nearest(citizen_id: uuid.UUID, template_key: str, at: datetime) -> Message | None:
    """WeChat's seconds are whole and its clock is its own, so a call may seem to be a little after its push."""
    query = sa.select(Message).where(
        Message.citizen_id == citizen_id,
        Message.template_key == template_key,
        Message.confirmed_at.is_(None),
        Message.msgid == "",
        Message.state.in_((*ON_THE_WAY, MessageState.SENT)),
        Message.called_at.between(at - PUSH_WAIT, at + timedelta(seconds=30)),
    )
    return session().scalars(query.order_by(Message.called_at.desc()).limit(1)).first()
