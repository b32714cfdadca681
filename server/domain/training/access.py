"""Whose trainings one may see, how a row is held while it changes, and the line of history that each change leaves."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Invalid, NotFound
from server.core.secrecy import refuse_marked
from server.domain import contracts, identity
from server.domain.contracts import Contract, ContractState
from server.domain.identity import Actor, Permission
from server.domain.training import states
from server.domain.training.models import NAME, Training, TrainingEvent
from server.domain.training.vocabulary import Step

LONGEST = 5000
SUBJECT = "training"


class TrainingNotFound(NotFound):
    """There is no such training or template, or it is of a contract that is not this officer's to see."""

    code = "training_not_found"
    message = "没有找到该培训。"


def visible(actor: Actor, column: Any = Training.contract_id) -> list[sa.ColumnElement[bool]]:
    """Conditions that leave what belongs to the contracts whose records the actor may see."""
    actor.need(Permission.RECORD_VIEW)
    scope = actor.contracts_for(Permission.RECORD_VIEW)
    return [] if scope is None else [column.in_(scope)]


def find(actor: Actor, training_id: uuid.UUID) -> Training:
    """The training, if the actor may see it; TrainingNotFound otherwise."""
    found = session().scalars(sa.select(Training).where(Training.id == training_id, *visible(actor))).one_or_none()
    if found is None:
        raise TrainingNotFound
    return found


def hold(actor: Actor, training_id: uuid.UUID) -> Training:
    """The training as it stands now, held against other writers. Needs record.log on its contract."""
    session().flush()
    query = sa.select(Training).where(Training.id == training_id, *visible(actor))
    found = session().scalars(query.with_for_update().execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise TrainingNotFound
    actor.need(Permission.RECORD_LOG, found.contract_id)
    return found


def contract_of(actor: Actor, contract_id: uuid.UUID) -> Contract:
    """A contract for which trainings may be entered. NotFound for a foreign one, before anything is said of rights."""
    contract = contracts.find(actor, contract_id)
    actor.need(Permission.RECORD_LOG, contract_id)
    if contract.state is ContractState.ENDED:
        raise Invalid("合同已终止，不能再登记。", fields={"contract_id": ["合同已终止，不能再登记。"]})
    return contract


def wrote(field: str, text: str, *, longest: int = LONGEST, needed: bool = True) -> str:
    """Somebody's words, trimmed; Invalid when they are missing or too many."""
    trimmed = text.replace("\0", "").strip()
    if needed and not trimmed:
        raise Invalid(fields={field: ["必填"]})
    if len(trimmed) > longest:
        raise Invalid(fields={field: [f"不超过 {longest} 个字"]})
    refuse_marked(trimmed, field=field)
    return trimmed


def move(
    actor: Actor,
    training: Training,
    step: Step,
    *,
    summary: str,
    text: str = "",
    changes: Mapping[str, Any] | None = None,
) -> None:
    """Take a step with a training that the caller holds: its state, a line of history, an entry of the trail."""
    before, training.state = training.state, states.after(training.state, step)
    moved = {} if before is training.state else {"state": [before.value, training.state.value]}
    tell(actor, training, step, summary=summary, text=text, changes={**moved, **(changes or {})})


def tell(
    actor: Actor,
    training: Training,
    step: Step,
    *,
    summary: str,
    text: str = "",
    changes: Mapping[str, Any] | None = None,
) -> None:
    """Write what happened without moving anything."""
    training.updated_at = clock.now()
    session().add(
        TrainingEvent(
            training_id=training.id,
            step=step,
            state=training.state,
            at=training.updated_at,
            actor_name=actor.name[:NAME],
            by_vendor=actor.is_vendor,
            text=text,
        )
    )
    session().flush()
    identity.record(
        actor,
        f"training.{step.value}",
        subject=(SUBJECT, training.id),
        summary=f"{training.number} {summary}",
        changes=changes,
    )
