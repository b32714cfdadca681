"""How many messages a citizen still lets us send: one accept, one message, counted per kind.

The mini program tells us of an accept, and WeChat's push tells of the same one; within ten minutes the second telling
is paired with the first and counts nothing. Turning a kind off in WeChat's settings takes all grants of it away.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa

from server.core.clock import now
from server.core.db import hit, session
from server.core.enums import Labelled
from server.core.errors import Forbidden, Invalid
from server.domain.identity import Actor, ActorKind
from server.domain.notices.models.messages import AnswerSource, SubscribeAnswer, SubscribeGrant
from server.domain.notices.templates import keys_by_template_id

PAIR = timedelta(minutes=10)
MOST = 100


class Answer(Labelled):
    """What ``wx.requestSubscribeMessage`` answers for a template."""

    ACCEPT = "accept", "允许"
    REJECT = "reject", "拒绝"
    BAN = "ban", "被后台封禁"
    FILTER = "filter", "同名模板被过滤"


def grant(actor: Actor, *, results: Mapping[str, Answer]) -> dict[str, int]:
    """A citizen's answers by WeChat template id, as the mini program got them; what remains now, by template id.

    No audit entry: each answer is kept as a row of its own, and grants nothing but a message to the citizen.
    """
    if actor.kind is not ActorKind.CITIZEN or actor.id is None:
        raise Forbidden
    keys = keys_by_template_id()
    unknown = sorted(set(results) - set(keys))
    if unknown:
        raise Invalid(fields={"results": [f"没有这个模板：{template_id}" for template_id in unknown]})
    for template_id, answer in results.items():
        _heard(actor.id, keys[template_id], AnswerSource.CLIENT, answer, now())
    return {template_id: remaining(actor.id, keys[template_id]) for template_id in results}


def remaining(citizen_id: uuid.UUID, template_key: str) -> int:
    """How many messages of a kind a citizen still lets us send."""
    query = sa.select(SubscribeGrant.remaining).where(
        SubscribeGrant.citizen_id == citizen_id, SubscribeGrant.template_key == template_key
    )
    return session().scalar(query) or 0


def remaining_of(citizen_id: uuid.UUID) -> dict[str, int]:
    """What remains of every kind, by key."""
    query = sa.select(SubscribeGrant.template_key, SubscribeGrant.remaining).where(
        SubscribeGrant.citizen_id == citizen_id
    )
    return dict(session().execute(query).tuples().all())


def claim(citizen_id: uuid.UUID, template_key: str) -> bool:
    """Take one grant; False if there is none. One conditional UPDATE, so two takers never share one."""
    taken = sa.update(SubscribeGrant).where(
        SubscribeGrant.citizen_id == citizen_id,
        SubscribeGrant.template_key == template_key,
        SubscribeGrant.remaining > 0,
    )
    return hit(taken.values(remaining=SubscribeGrant.remaining - 1, updated_at=now())) == 1


def give_back(citizen_id: uuid.UUID, template_key: str) -> None:
    """A taken grant that WeChat did not spend."""
    _add(citizen_id, template_key)


def take_all(citizen_id: uuid.UUID, template_key: str) -> None:
    """WeChat says that there is no grant left (43101), or the citizen turned the kind off."""
    gone = sa.update(SubscribeGrant).where(
        SubscribeGrant.citizen_id == citizen_id, SubscribeGrant.template_key == template_key
    )
    hit(gone.values(remaining=0, updated_at=now()))


def popup_answered(citizen_id: uuid.UUID, template_id: str, answer: str, at: datetime) -> None:
    """WeChat's push of what a citizen answered in the pop-up."""
    key = keys_by_template_id().get(template_id)
    if key is not None and answer in list(Answer):
        _heard(citizen_id, key, AnswerSource.PUSH, Answer(answer), at)


def setting_changed(citizen_id: uuid.UUID, template_id: str, answer: str) -> None:
    """WeChat's push that a citizen changed the switch of a kind in the settings."""
    key = keys_by_template_id().get(template_id)
    if key is not None and answer == Answer.REJECT:
        take_all(citizen_id, key)


def _heard(citizen_id: uuid.UUID, key: str, source: AnswerSource, answer: Answer, at: datetime) -> None:
    told_before = answer is Answer.ACCEPT and _pair(citizen_id, key, source, at)
    session().add(
        SubscribeAnswer(
            citizen_id=citizen_id, template_key=key, source=source, answer=answer.value, paired=told_before, at=at
        )
    )
    session().flush()
    if answer is Answer.ACCEPT and not told_before:
        _add(citizen_id, key)


def _pair(citizen_id: uuid.UUID, key: str, source: AnswerSource, at: datetime) -> bool:
    """Whether the other source has told of this accept already; it is then paired and told no second time."""
    query = (
        sa.select(SubscribeAnswer.id)
        .where(
            SubscribeAnswer.citizen_id == citizen_id,
            SubscribeAnswer.template_key == key,
            SubscribeAnswer.source != source,
            SubscribeAnswer.answer == Answer.ACCEPT.value,
            SubscribeAnswer.paired.is_(False),
            SubscribeAnswer.at.between(at - PAIR, at + PAIR),
        )
        .order_by(SubscribeAnswer.at)
        .limit(1)
    )
    found = session().scalar(query)
    if found is None:
        return False
    return (
        hit(sa.update(SubscribeAnswer).where(SubscribeAnswer.id == found, ~SubscribeAnswer.paired).values(paired=True))
        == 1
    )


def _add(citizen_id: uuid.UUID, key: str) -> None:
    more = sa.update(SubscribeGrant).where(SubscribeGrant.citizen_id == citizen_id, SubscribeGrant.template_key == key)
    value = sa.case((SubscribeGrant.remaining < MOST, SubscribeGrant.remaining + 1), else_=MOST)
    if hit(more.values(remaining=value, updated_at=now())) == 1:
        return
    try:
        with session().begin_nested():
            session().add(SubscribeGrant(citizen_id=citizen_id, template_key=key, remaining=1))
    except sa.exc.IntegrityError:
        hit(more.values(remaining=value, updated_at=now()))
