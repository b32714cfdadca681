"""The register of material that the bureau owes (A28): asked for, due, delivered, found wanting, handed over again.

Late or defective material holds up our own internal target of the ticket that needs it, never a contractual clock, and is
evidence for the bureau's own penalty (A41). Days may lie before the contract's first one (finding 15).
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Forbidden, Invalid
from server.core.ids import new_id
from server.domain import tickets
from server.domain.identity import Actor, ActorKind, Permission
from server.domain.records import access, files, links, log
from server.domain.records.completions import numbered
from server.domain.records.log import Line
from server.domain.records.models import Material
from server.domain.records.vocabulary import OWED, EventKind, MaterialForm, MaterialState, Quality, Subject
from server.domain.records.words import said
from server.gateways.papers import Paper

SERIES = "ZL"
ITEM = 200
DEFECT = 1000
BATCH = 200


class MaterialClosed(Conflict):
    """The material's state does not allow this step."""

    code = "material_state"
    message = "资料当前状态不允许此操作。"


def request_material(
    actor: Actor,
    *,
    contract_id: uuid.UUID,
    item: str,
    form: MaterialForm,
    requested_on: date,
    due_on: date,
    ticket_id: uuid.UUID | None = None,
    note: str = "",
    uploads: Sequence[Paper] = (),
) -> Material:
    """Put a material on the list. Needs record.log on the contract. Days may lie before the contract (finding 15).

    One that is late already holds up its ticket at once.
    """
    access.contract_of(actor, Permission.RECORD_LOG, contract_id)
    links.ticket_for(actor, ticket_id, contract_id)
    if requested_on > clock.today():
        raise Invalid(fields={"requested_on": ["不能晚于今天。"]})
    if due_on < requested_on:
        raise Invalid(fields={"due_on": ["应交日期不能早于提出日期。"]})
    now = clock.now()
    material = Material(
        id=new_id(),
        contract_id=contract_id,
        ticket_id=ticket_id,
        item=said(item, field="item", longest=ITEM),
        form=form,
        note=said(note, field="note", longest=DEFECT, needed=False),
        requested_on=requested_on,
        due_on=due_on,
        state=MaterialState.REQUESTED,
        created_at=now,
        updated_at=now,
        seq=0,
    )
    material.number = numbered(SERIES)
    session().add(material)
    session().flush()
    line = Line(
        kind=EventKind.REQUESTED,
        summary=f"提出资料需求：{material.item}，{due_on} 前提供",
        text=material.note,
        data={"on": requested_on.isoformat(), "due_on": due_on.isoformat()},
    )
    files.attach(actor, material, log.write(actor, material, line), uploads)
    _stall(actor, material)
    return material


def reschedule_material(actor: Actor, material_id: uuid.UUID, *, due_on: date, reason: str) -> Material:
    """Agree on another day. Needs record.log; only while it is owed, and not back before the day on which it was asked for."""
    material = _held(actor, material_id, OWED)
    if due_on < material.requested_on:
        raise Invalid(fields={"due_on": ["应交日期不能早于提出日期。"]})
    words = said(reason, field="reason", longest=DEFECT)
    before, material.due_on = material.due_on, due_on
    line = Line(
        kind=EventKind.RESCHEDULED,
        summary=f"应交日期由 {before} 改为 {due_on}",
        text=words,
        data={"due_on": due_on.isoformat()},
        changes={"due_on": [before.isoformat(), due_on.isoformat()]},
    )
    log.write(actor, material, line)
    if material.stalled_since is not None and material.state is MaterialState.REQUESTED and due_on >= clock.today():
        _resume(actor, material, clock.now(), f"{material.number} 改期至 {due_on}")
    return material


def deliver_material(
    actor: Actor,
    material_id: uuid.UUID,
    *,
    delivered_on: date,
    quality: Quality = Quality.COMPLETE,
    note: str = "",
    uploads: Sequence[Paper] = (),
) -> Material:
    """The bureau hands it over. Needs record.log as the bureau holds it. The ticket's internal target runs on."""
    material = _held(actor, material_id, OWED)
    if not access.of_bureau(actor, Permission.RECORD_LOG):
        raise Forbidden(permission=Permission.RECORD_LOG.value)
    _on_day(delivered_on, field="delivered_on", earliest=_last_on(material), what="上一次登记的日期")
    material.state, material.delivered_on, material.quality = MaterialState.DELIVERED, delivered_on, quality
    late = max((delivered_on - material.due_on).days, 0)
    line = Line(
        kind=EventKind.DELIVERED,
        summary=f"交付资料：{quality.label}" + (f"，逾期 {late} 天" if late else ""),
        text=said(note, field="note", longest=DEFECT, needed=False),
        data={"on": delivered_on.isoformat(), "quality": quality.value, "late_days": late},
        changes={"state": [None, MaterialState.DELIVERED.value]},
    )
    files.attach(actor, material, log.write(actor, material, line), uploads)
    _resume(actor, material, _moment_of(delivered_on), f"{material.number} {material.item} 已交付")
    return material


def return_material(
    actor: Actor,
    material_id: uuid.UUID,
    *,
    defect: str,
    returned_on: date | None = None,
    quality: Quality = Quality.DEFECTIVE,
    uploads: Sequence[Paper] = (),
) -> Material:
    """What was delivered is wanting, and goes back with the reason; it is owed again. Needs record.log on the contract."""
    material = _held(actor, material_id, frozenset({MaterialState.DELIVERED}))
    if quality is Quality.COMPLETE:
        raise Invalid(fields={"quality": ["完整可用的资料不能退回。"]})
    day = returned_on or clock.today()
    _on_day(day, field="returned_on", earliest=material.delivered_on, what="交付日期")
    material.defect = said(defect, field="defect", longest=DEFECT)
    material.state, material.quality = MaterialState.RETURNED, quality
    line = Line(
        kind=EventKind.RETURNED,
        summary=f"退回资料：{quality.label}",
        text=material.defect,
        data={"on": day.isoformat(), "quality": quality.value},
        changes={"state": [MaterialState.DELIVERED.value, MaterialState.RETURNED.value]},
    )
    files.attach(actor, material, log.write(actor, material, line), uploads)
    _stall(actor, material, since=_moment_of(day))
    return material


def drop_material(actor: Actor, material_id: uuid.UUID, *, reason: str) -> Material:
    """It is not needed after all. Needs record.log on the contract."""
    material = _held(actor, material_id, OWED)
    words = said(reason, field="reason", longest=DEFECT)
    material.state = MaterialState.DROPPED
    log.write(actor, material, Line(kind=EventKind.DROPPED, summary="撤销资料需求", text=words))
    _resume(actor, material, clock.now(), f"{material.number} 不再需要")
    return material


def stall_late(actor: Actor, *, limit: int = BATCH) -> int:
    """Have the tickets hear of material whose day has passed. The scheduler's verb; says how many it told."""
    if actor.kind is not ActorKind.SYSTEM:
        raise Forbidden(permission=Permission.RECORD_LOG.value)
    told = 0
    for key in late_unsaid(limit):
        query = sa.select(Material).where(Material.id == key).with_for_update()
        material = session().scalars(query.execution_options(populate_existing=True)).one()
        told += _stall(actor, material)
    return told


def late_unsaid(limit: int = BATCH) -> list[uuid.UUID]:
    """Materials with a ticket that are late, and of which the ticket has not heard: a cheap read for the job."""
    query = sa.select(Material.id).where(
        Material.state == MaterialState.REQUESTED,
        Material.due_on < clock.today(),
        Material.ticket_id.is_not(None),
        Material.stalled_since.is_(None),
    )
    return list(session().scalars(query.order_by(Material.due_on, Material.id).limit(limit)))


def _stall(actor: Actor, material: Material, since: datetime | None = None) -> bool:
    """The ticket's internal target stands still from the end of the due day, or from the return of a defective one."""
    if material.stalled_since is not None:
        return False
    since = since or clock.end_of(material.due_on)
    if since > clock.now() or material.state not in OWED:
        return False
    material.stalled_since = since
    why = "逾期未提供" if material.state is MaterialState.REQUESTED else f"退回补正：{material.defect}"
    links.note(
        actor,
        material.ticket_id,
        tickets.EventKind.MATERIAL_STALLED,
        text=f"{material.number} {material.item} {why}",
        data=_named(material),
        at=since,
    )
    return True


def _resume(actor: Actor, material: Material, at: datetime, text: str) -> None:
    if material.stalled_since is None:
        return
    since, material.stalled_since = material.stalled_since, None
    links.note(
        actor,
        material.ticket_id,
        tickets.EventKind.MATERIAL_RESUMED,
        text=text,
        data=_named(material),
        at=max(at, since),
    )


def _named(material: Material) -> dict[str, str]:
    """What a ticket's line says of a material: a stall and its end name the same one."""
    key = str(material.id)
    return {"material": key, "url_kind": Subject.MATERIAL.value, "id": key, "number": material.number}


def _held(actor: Actor, material_id: uuid.UUID, allowed: frozenset[MaterialState]) -> Material:
    material = access.find_for_update(actor, Material, Permission.RECORD_VIEW, material_id)
    access.need(actor, Permission.RECORD_LOG, material.contract_id)
    if material.state not in allowed:
        raise MaterialClosed(f"资料{material.state.label}，不能进行此操作。", state=material.state.value)
    return material


def _last_on(material: Material) -> date:
    """The day of the newest line: nothing can be handed over before it was asked for, or returned."""
    days = [event.data["on"] for event in log.events_of(material) if "on" in event.data]
    return date.fromisoformat(days[-1])


def _on_day(day: date, *, field: str, earliest: date | None, what: str) -> None:
    if day > clock.today():
        raise Invalid(fields={field: ["不能晚于今天。"]})
    if earliest is not None and day < earliest:
        raise Invalid(fields={field: [f"不能早于{what}（{earliest}）。"]})


def _moment_of(day: date) -> datetime:
    """When something that is known by its day happened: now, or the end of a day that is over."""
    return min(clock.end_of(day), clock.now())
