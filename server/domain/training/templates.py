"""Templates of courses: what is given again and again is planned with a few strokes."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict
from server.core.ids import new_id
from server.domain import identity
from server.domain.identity import Actor, Permission
from server.domain.training import access
from server.domain.training.access import wrote
from server.domain.training.models import NAME, TrainingTemplate

LABEL = 80
SUBJECT = "training_template"


class TemplateRetired(Conflict):
    """The template is not used any more."""

    code = "training_template_retired"
    message = "该模板已停用。"


def keep_as_template(actor: Actor, training_id: uuid.UUID, *, name: str) -> TrainingTemplate:
    """Make a template of a training: topic, content, place, audience, length and questions. Needs record.log."""
    training = access.find(actor, training_id)
    actor.need(Permission.RECORD_LOG, training.contract_id)
    row = TrainingTemplate(
        id=new_id(),
        contract_id=training.contract_id,
        name=wrote("name", name, longest=LABEL),
        ground=training.ground,
        mode=training.mode,
        topic=training.topic,
        content=training.content,
        place=training.place,
        audience=training.audience,
        minutes=int((training.planned_end - training.planned_start).total_seconds()) // 60,
        questions=list(training.questions),
        created_at=clock.now(),
        created_by_name=actor.name[:NAME],
    )
    session().add(row)
    session().flush()
    identity.record(actor, "training.template_kept", subject=(SUBJECT, row.id), summary=f"保存培训模板“{row.name}”")
    return row


def retire_template(actor: Actor, template_id: uuid.UUID) -> TrainingTemplate:
    """Offer a template no longer. Needs record.log on its contract."""
    row = find_template(actor, template_id)
    actor.need(Permission.RECORD_LOG, row.contract_id)
    if row.retired_at is not None:
        raise TemplateRetired
    row.retired_at = clock.now()
    session().flush()
    identity.record(actor, "training.template_retired", subject=(SUBJECT, row.id), summary=f"停用培训模板“{row.name}”")
    return row


def templates(actor: Actor) -> list[TrainingTemplate]:
    """The templates that are offered on the actor's contracts, by name."""
    query = sa.select(TrainingTemplate).where(
        TrainingTemplate.retired_at.is_(None), *access.visible(actor, TrainingTemplate.contract_id)
    )
    return list(session().scalars(query.order_by(TrainingTemplate.name, TrainingTemplate.id)))


def find_template(actor: Actor, template_id: uuid.UUID) -> TrainingTemplate:
    """One template; TrainingNotFound if it is not this actor's to see."""
    query = sa.select(TrainingTemplate).where(
        TrainingTemplate.id == template_id, *access.visible(actor, TrainingTemplate.contract_id)
    )
    found = session().scalars(query).one_or_none()
    if found is None:
        raise access.TrainingNotFound
    return found
