"""Matters without a figure (A46, B29, B32): disputes, force majeure, infringement, breach. Written down, never computed."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Invalid
from server.core.money import to_fen
from server.domain.identity import Actor, Permission
from server.domain.payments.access import WrongStep, contract_of, found, held, visible
from server.domain.payments.breaches import Matter
from server.domain.payments.log import numbered, said, write
from server.domain.payments.vocabulary import MatterKind, MatterStage, MoneyStep

Stage = MatterStage
# How a matter may go on; a dispute is talked over before it goes to court (A46, B33).
NEXT = {
    Stage.NOTIFIED: (Stage.NEGOTIATION, Stage.CLOSED),
    Stage.NEGOTIATION: (Stage.MEDIATION, Stage.COURT, Stage.CLOSED),
    Stage.MEDIATION: (Stage.COURT, Stage.CLOSED),
    Stage.COURT: (Stage.CLOSED,),
    Stage.CLOSED: (),
}


def open_matter(
    actor: Actor,
    *,
    contract_id: uuid.UUID,
    kind: MatterKind | str,
    title: str,
    facts: str,
    occurred_on: date,
    proof: str = "",
    notified_on: date | None = None,
    loss: Decimal | None = None,
) -> Matter:
    """Write a matter down, by either side. ``notified_on``: when the other side was told; ``loss``: the actual one."""
    contract = contract_of(actor, contract_id, Permission.PENALTY_AGREE)
    faults = {}
    today = clock.today()
    if occurred_on > today:
        faults["occurred_on"] = ["不能晚于今天"]
    if notified_on is not None and not occurred_on <= notified_on <= today:
        faults["notified_on"] = ["应在事件发生之后、今天之前"]
    if loss is not None and loss < 0:
        faults["loss"] = ["不能为负数"]
    if kind == MatterKind.FORCE_MAJEURE and not proof.strip():
        faults["proof"] = ["不可抗力须写明证明"]
    if faults:
        raise Invalid(fields=faults)
    now = clock.now()
    matter = Matter(
        number=numbered("SX"),
        contract_id=contract.id,
        kind=MatterKind(kind),
        title=said("title", title, longest=200),
        facts=said("facts", facts),
        proof=said("proof", proof, needed=False),
        occurred_on=occurred_on,
        notified_on=notified_on,
        loss=None if loss is None else to_fen(loss),
        stage=Stage.NOTIFIED,
        version=0,
        created_at=now,
        updated_at=now,
    )
    session().add(matter)
    session().flush()
    told = f"{matter.number} 登记{matter.kind.label}：{matter.title}"[:500]
    write(actor, matter, MoneyStep.OPENED, told, text=matter.facts)
    return matter


def move_matter(
    actor: Actor, matter_id: uuid.UUID, *, stage: MatterStage | str, note: str, seen: int | None = None
) -> Matter:
    """Take a matter a step on; closing it needs the outcome as the note."""
    matter = held(actor, Matter, matter_id, Permission.PENALTY_AGREE, seen=seen)
    to = Stage(stage)
    if to not in NEXT[matter.stage]:
        raise WrongStep
    note = said("note", note)
    before, matter.stage = matter.stage, to
    if to is Stage.CLOSED:
        matter.outcome, matter.closed_on = note, clock.today()
    step = MoneyStep.CLOSED if to is Stage.CLOSED else MoneyStep.STAGED
    told = f"{matter.number} {to.label}：{note}"[:500]
    data = {"stage": to.value}
    write(actor, matter, step, told, text=note, data=data, changes={"stage": [before.value, to.value]})
    return matter


def find_matter(actor: Actor, matter_id: uuid.UUID) -> Matter:
    """One matter that the actor may see."""
    return found(actor, Matter, matter_id)


def matters_matching(
    actor: Actor, *, contract_id: uuid.UUID | None = None, kind: MatterKind | None = None, text: str = ""
) -> sa.Select[tuple[Matter]]:
    """The matters that the actor may see, newest first."""
    actor.need(Permission.PAYMENT_VIEW)
    query = sa.select(Matter).where(*visible(actor, Matter))
    if contract_id is not None:
        query = query.where(Matter.contract_id == contract_id)
    if kind is not None:
        query = query.where(Matter.kind == kind)
    if text.strip():
        fields = (Matter.number, Matter.title)
        query = query.where(sa.or_(*(field.contains(text.strip(), autoescape=True) for field in fields)))
    return query.order_by(Matter.occurred_on.desc(), Matter.number.desc())
