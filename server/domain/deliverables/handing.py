"""Handing in, signing, sending back and talking over: one row a duty, numbered versions, one signature."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import date

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Invalid
from server.core.secrecy import refuse_marked
from server.domain import identity
from server.domain.contracts import DeliverableKind
from server.domain.deliverables import followers, papers
from server.domain.deliverables.models import REMARK, TITLE, Delivery, DeliveryComment, DeliveryVersion, State
from server.domain.deliverables.papers import Incoming
from server.domain.deliverables.standing import DeliverableNotFound, Standing, find_contract, standing
from server.domain.identity import Actor, Permission
from server.gateways.papers import Paper

SUMMARY = 20_000


class DeliveryMoved(Conflict):
    """Somebody handed in, signed or sent back after the page was opened."""

    code = "delivery_moved"
    message = "该交付物刚被他人处理，请刷新后重试。"


class AlreadySigned(Conflict):
    """What is signed stays; only a plan may get a new version."""

    code = "delivery_signed"
    message = "该交付物已签收，不能再次提交。"


class NothingToDecide(Conflict):
    """Only what was handed in can be signed or sent back."""

    code = "delivery_nothing_to_decide"
    message = "没有待签收的版本。"


def hand_in(
    actor: Actor,
    *,
    contract_id: uuid.UUID,
    key: str,
    cycle_on: date,
    title: str = "",
    summary: str = "",
    file: Incoming | Paper | None = None,
    together_with: Collection[str] = (),
) -> Delivery:
    """Hand in a paper for a cycle; again after it was sent back, or (a plan) after it was approved: the next version.

    Needs deliverable.submit for the contract. ``together_with`` names duties of the same cycle that the same paper
    meets: they share its one signature (finding 25). A file (taken by ``take_paper`` before, or now) or a summary is
    needed. Before its cycle has begun there is nothing to hand in.
    """
    find_contract(actor, contract_id)
    actor.need(Permission.DELIVERABLE_SUBMIT, contract_id)
    duties = {(each.expected.key, each.expected.cycle_on): each for each in standing(actor, contract_id)}
    duty = duties.get((key, cycle_on))
    if duty is None:
        raise DeliverableNotFound
    others = [_together(duties, duty, other) for other in dict.fromkeys(together_with)]
    kept = _checked(duty, title, summary, file)
    delivery = _row_for(duty)
    version = DeliveryVersion(
        delivery_id=delivery.id,
        contract_id=contract_id,
        number=delivery.version,
        title=kept[0],
        summary=kept[1],
        handed_at=clock.now(),
        handed_by_id=actor.id,
        handed_by_name=actor.name,
    )
    if file is not None:
        papers.put_into(version, file)
    session().add(version)
    for other in others:
        _row_for(other, alone=False).with_id = delivery.id
    session().flush()
    identity.record(
        actor,
        "deliverable.handed_in",
        subject=("delivery", delivery.id),
        summary=f"提交{duty.expected.title}（{duty.expected.period}）第 {version.number} 版",
        changes={"version": [version.number - 1 or None, version.number], "sha256": [None, version.sha256]}
        | {"together_with": [[], [other.expected.key for other in others]]},
    )
    return delivery


def sign(actor: Actor, delivery_id: uuid.UUID, *, version: int | None = None, remark: str = "") -> Delivery:
    """The bureau signs what came, or approves the plan. Needs deliverable.sign.

    ``version``: the one that was looked at; DeliveryMoved if a newer one came. What was handed in together is signed
    together.
    """
    return _decide(actor, delivery_id, State.SIGNED, version=version, remark=_remark(remark, "remark", needed=False))


def send_back(actor: Actor, delivery_id: uuid.UUID, *, reason: str, version: int | None = None) -> Delivery:
    """The bureau sends it back with reasons; the vendor hands in another version. Needs deliverable.sign."""
    return _decide(actor, delivery_id, State.RETURNED, version=version, remark=_remark(reason, "reason", needed=True))


def comment(actor: Actor, delivery_id: uuid.UUID, *, text: str) -> DeliveryComment:
    """A remark on the newest version, by either side. Needs deliverable.submit or deliverable.sign for the contract."""
    delivery = find_delivery(actor, delivery_id)
    if not actor.may(Permission.DELIVERABLE_SUBMIT, delivery.contract_id):
        actor.need(Permission.DELIVERABLE_SIGN, delivery.contract_id)
    said = DeliveryComment(
        delivery_id=delivery.id,
        contract_id=delivery.contract_id,
        version=delivery.version,
        text=_remark(text, "text", needed=True),
        at=clock.now(),
        author_id=actor.id,
        author_name=actor.name,
        author_organisation=actor.organisation_name,
    )
    session().add(said)
    identity.record(
        actor, "deliverable.commented", subject=("delivery", delivery.id), summary=f"对第 {delivery.version} 版提出意见"
    )
    return said


def find_delivery(actor: Actor, delivery_id: uuid.UUID, *, hold: bool = False) -> Delivery:
    """A delivery that the actor may see; DeliverableNotFound otherwise. ``hold``: against other writers."""
    actor.need(Permission.DELIVERABLE_VIEW)
    query = sa.select(Delivery).where(Delivery.id == delivery_id)
    scope = actor.contracts_for(Permission.DELIVERABLE_VIEW)
    if scope is not None:
        query = query.where(Delivery.contract_id.in_(scope))
    if hold:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = session().scalars(query).one_or_none()
    if found is None:
        raise DeliverableNotFound
    return found


def find_version(actor: Actor, version_id: uuid.UUID) -> DeliveryVersion:
    """A version that the actor may see; DeliverableNotFound otherwise."""
    found = session().get(DeliveryVersion, version_id)
    if found is None:
        raise DeliverableNotFound
    find_delivery(actor, found.delivery_id)
    return found


def _decide(actor: Actor, delivery_id: uuid.UUID, state: State, *, version: int | None, remark: str) -> Delivery:
    delivery = find_delivery(actor, delivery_id, hold=True)
    actor.need(Permission.DELIVERABLE_SIGN, delivery.contract_id)
    if version is not None and version != delivery.version:
        raise DeliveryMoved
    if delivery.state is not State.HANDED_IN or delivery.with_id is not None:
        raise NothingToDecide
    moment = clock.now()
    newest = (
        session()
        .scalars(
            sa.select(DeliveryVersion).where(
                DeliveryVersion.delivery_id == delivery.id, DeliveryVersion.number == delivery.version
            )
        )
        .one()
    )
    newest.state, newest.remark, newest.decided_at = state, remark, moment
    newest.decided_by_id, newest.decided_by_name = actor.id, actor.name
    covered = session().scalars(sa.select(Delivery).where(Delivery.with_id == delivery.id).with_for_update())
    for each in (delivery, *covered):
        each.state, each.changed_at = state, moment
        if state is State.SIGNED:
            each.signed_at, each.signed_version, each.signed_by_name = moment, each.version, actor.name
    action = "deliverable.signed" if state is State.SIGNED else "deliverable.sent_back"
    identity.record(
        actor,
        action,
        subject=("delivery", delivery.id),
        summary=f"{'签收' if state is State.SIGNED else '退回'}第 {delivery.version} 版{remark and f'：{remark}'}",
        changes={"state": [State.HANDED_IN.value, state.value]},
    )
    followers.announce(actor, delivery, remark)
    return delivery


def _row_for(duty: Standing, *, alone: bool = True) -> Delivery:
    """The duty's row at its next version, held; a new one for a first hand-in. ``alone`` False: with another's paper,
    which must not hide one that has come meanwhile.
    """
    if duty.delivery is None:
        return _new_row(duty)
    query = sa.select(Delivery).where(Delivery.id == duty.delivery.id).with_for_update()
    delivery = session().scalars(query.execution_options(populate_existing=True)).one()
    if delivery.state is State.SIGNED and duty.expected.kind is not DeliverableKind.PLAN:
        raise AlreadySigned
    if delivery.state is State.HANDED_IN and (delivery.with_id is not None or not alone):
        raise DeliveryMoved("该交付物已随另一份文件一并提交。" if delivery.with_id else None)
    delivery.state, delivery.with_id, delivery.changed_at = State.HANDED_IN, None, clock.now()
    delivery.version += 1
    return delivery


def _new_row(duty: Standing) -> Delivery:
    moment = clock.now()
    delivery = Delivery(
        contract_id=duty.contract.id,
        key=duty.expected.key,
        cycle_on=duty.expected.cycle_on,
        state=State.HANDED_IN,
        version=1,
        handed_at=moment,
        changed_at=moment,
    )
    try:
        with session().begin_nested():
            session().add(delivery)
    except IntegrityError as clash:
        raise DeliveryMoved from clash
    return delivery


def _together(duties: dict[tuple[str, date], Standing], duty: Standing, key: str) -> Standing:
    other = duties.get((key, duty.expected.cycle_on))
    if other is None or other.expected.cycle != duty.expected.cycle or key == duty.expected.key or not other.owed:
        raise Invalid(fields={"together_with": ["只能与同一周期内尚未提交的交付物合并提交。"]})
    return other


def _checked(duty: Standing, title: str, summary: str, file: Incoming | Paper | None) -> tuple[str, str]:
    headline = title.replace("\0", "").strip() or f"{duty.expected.title}（{duty.expected.period}）"
    text = summary.replace("\0", "").strip()
    faults: dict[str, list[str]] = {}
    if len(headline) > TITLE:
        faults["title"] = [f"不能超过 {TITLE} 个字。"]
    if len(text) > SUMMARY:
        faults["summary"] = [f"不能超过 {SUMMARY} 个字。"]
    if not text and file is None:
        faults["summary"] = ["请填写内容摘要，或上传文件。"]
    cycle = duty.expected.cycle
    if cycle is not None and max(cycle.starts_on, duty.contract.starts_on) > clock.today():
        faults["cycle_on"] = ["该周期尚未开始，不能提前提交。"]
    if faults:
        raise Invalid(fields=faults)
    for field, said in (("title", headline), ("summary", text), ("upload", file.name if file else "")):
        refuse_marked(said, field=field)
    return headline, text


def _remark(text: str, field: str, *, needed: bool) -> str:
    said = text.replace("\0", "").strip()
    if needed and not said:
        raise Invalid(fields={field: ["请填写内容。"]})
    if len(said) > REMARK:
        raise Invalid(fields={field: [f"不能超过 {REMARK} 个字。"]})
    refuse_marked(said, field=field)
    return said
