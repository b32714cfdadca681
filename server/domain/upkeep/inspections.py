"""An inspection from the empty sheet to the signed one (A13, B05): filled in item by item, submitted, frozen."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Forbidden, Invalid
from server.core.ids import new_id
from server.domain import documents
from server.domain.documents import Document, DocumentState
from server.domain.identity import Actor, ActorKind
from server.domain.upkeep import access, checklists, files, links, log, values
from server.domain.upkeep.access import Moved
from server.domain.upkeep.inspection_models import Finding, Inspection, InspectionItem
from server.domain.upkeep.models import NAME, TITLE
from server.domain.upkeep.schedule import MonthTaken, new_inspection, put_in_slot
from server.domain.upkeep.states import after
from server.domain.upkeep.vocabulary import DONE, OPEN, EventKind, InspectionState, Verdict
from server.domain.upkeep.words import not_ahead, said
from server.gateways.papers import Paper

REASON, SUMMARY, REMARK = 500, 2000, 1000
# The kinds of document whose signature settles an inspection.
SHEETS = ("inspection", "inspection_monthly")


class Frozen(Conflict):
    """What was submitted stays as it is; the bureau may send it back."""

    code = "inspection_frozen"
    message = "巡检已提交，内容不能再改；如有误请由甲方退回后修改。"


class NotSubmitted(Conflict):
    """There is nothing final to put on paper yet."""

    code = "inspection_not_submitted"
    message = "巡检尚未提交，不能出具巡检单。"


def begin(
    actor: Actor, contract_id: uuid.UUID, *, month_on: date, inspector: str, place: str = "", extra: bool = False
) -> Inspection:
    """Open a month's sheet: the planned one if there is one, else a new one. Needs record.log on the contract.

    ``extra``: one more in a month that has its inspection (MonthTaken otherwise).
    """
    contract = access.contract_for(actor, contract_id)
    first = month_on.replace(day=1)
    if not contract.starts_on.replace(day=1) <= first <= contract.ends_on:
        raise Invalid(fields={"month_on": ["不在合同期内。"]})
    if first > clock.today():
        raise Invalid(fields={"month_on": ["该月尚未开始。"]})
    if not extra:
        query = sa.select(Inspection).where(Inspection.slot == f"{contract_id}:{first:%Y-%m}")
        planned = session().scalars(query.with_for_update()).one_or_none()
        if planned is not None and planned.state is not InspectionState.PLANNED:
            raise MonthTaken
        if planned is not None:
            return _opened(actor, planned, inspector, place)
    inspection = new_inspection(contract_id, first, InspectionState.PLANNED)
    if extra:
        inspection.slot = None
    put_in_slot(inspection)
    return _opened(actor, inspection, inspector, place)


def save_item(
    actor: Actor,
    inspection_id: uuid.UUID,
    item_id: uuid.UUID,
    *,
    version: int,
    given: Mapping[str, str],
    verdict: Verdict | None,
    remark: str = "",
) -> InspectionItem:
    """Keep one item's values; without a verdict the figures suggest one. Moved if somebody else saved it since.

    One's own saves follow each other as one goes down the sheet, so they do not collide.
    """
    inspection = open_sheet(actor, inspection_id)
    query = sa.select(InspectionItem).where(InspectionItem.id == item_id, InspectionItem.inspection_id == inspection.id)
    item = session().scalars(query.with_for_update().execution_options(populate_existing=True)).one_or_none()
    if item is None:
        raise access.UpkeepNotFound
    if item.version != version and item.checked_by_id != actor.id:
        raise Moved
    kept = values.checked(item.form, given)
    words = said(remark, field="remark", longest=REMARK, needed=verdict is Verdict.SKIPPED)
    item.values = kept
    item.verdict = verdict or values.suggested(
        item.form, kept, total=item.total, warn=inspection.warn, critical=inspection.critical
    )
    item.remark = words
    item.checked_by_id, item.checked_by_name, item.checked_at = actor.id, actor.name[:NAME], clock.now()
    item.version += 1
    session().flush()
    return item


def save_head(
    actor: Actor,
    inspection_id: uuid.UUID,
    *,
    version: int,
    inspected_on: date | None,
    place: str,
    inspector: str,
    on_site: bool = True,
    off_site_reason: str = "",
    companion: str = "",
    summary: str = "",
    advice: str = "",
    uploads: Sequence[Paper] = (),
) -> Inspection:
    """Keep who, when and where, and the words at the end. Moved at another version."""
    inspection = open_sheet(actor, inspection_id, version=version)
    if inspected_on is not None:
        not_ahead(inspected_on, field="inspected_on")
        if inspected_on.replace(day=1) != inspection.month_on:
            raise Invalid(fields={"inspected_on": [f"须在 {inspection.month_on:%Y 年 %m 月}之内。"]})
    who = said(inspector, field="inspector", longest=NAME, needed=False)
    log.put(
        inspection,
        {
            "inspected_on": inspected_on,
            "place": said(place, field="place", longest=TITLE, needed=False),
            "on_site": on_site,
            "off_site_reason": said(off_site_reason, field="off_site_reason", longest=REASON, needed=not on_site),
            "inspector": who,
            "companion": said(companion, field="companion", longest=NAME, needed=False),
            "designated": links.designated(inspection.contract_id, who, inspected_on) if inspected_on and who else None,
            "summary": said(summary, field="summary", longest=SUMMARY, needed=False),
            "advice": said(advice, field="advice", longest=SUMMARY, needed=False),
        },
    )
    inspection.version += 1
    inspection.updated_at = clock.now()
    if uploads:
        files.attach(actor, inspection, uploads)
    session().flush()
    return inspection


def submit(actor: Actor, inspection_id: uuid.UUID) -> Inspection:
    """Hand the sheet in: complete, on a day of its month, by a named person; from here on it is frozen.

    Every abnormal item needs a finding, every item a verdict.
    """
    inspection = open_sheet(actor, inspection_id)
    if faults := missing_of(inspection):
        raise Invalid(
            "巡检单还不完整：" + "；".join(faults) + "。", fields={"_schema": [f"{each}。" for each in faults]}
        )
    inspection.state = after(inspection.state, EventKind.SUBMITTED)
    inspection.submitted_at, inspection.submitted_by_name = clock.now(), actor.name[:NAME]
    inspection.returned_reason = ""
    _moved(actor, inspection, EventKind.SUBMITTED, f"提交 {inspection.month_on:%Y-%m} 巡检单（{inspection.inspector}）")
    return inspection


def missing_of(inspection: Inspection) -> list[str]:
    """What a sheet still wants before it can be handed in."""
    found = []
    if inspection.inspected_on is None:
        found.append("未填写巡检日期")
    if not inspection.place:
        found.append("未填写巡检地点")
    if not inspection.inspector:
        found.append("未填写巡检人")
    items = items_of(inspection)
    if open_ := [item.title for item in items if item.verdict is None]:
        found.append(f"{len(open_)} 项没有结论（{'、'.join(open_[:3])}{'等' if len(open_) > 3 else ''}）")  # noqa: PLR2004
    query = sa.select(Finding.item_id).where(Finding.inspection_id == inspection.id)
    told = set(session().scalars(query))
    found += [
        f"“{item.title}”异常，须登记问题" for item in items if item.verdict is Verdict.ABNORMAL and item.id not in told
    ]
    return found


def send_back(actor: Actor, inspection_id: uuid.UUID, *, reason: str) -> Inspection:
    """The bureau sends a sheet back with its reason; a paper that was issued from it is void."""
    inspection = access.hold(actor, Inspection, inspection_id)
    if not access.of_bureau(actor):
        raise Forbidden("巡检单由甲方退回。")
    words = said(reason, field="reason", longest=REMARK)
    state = after(inspection.state, EventKind.RETURNED)
    for kind in SHEETS:
        standing = documents.standing(kind, inspection.id)
        if standing is not None:
            documents.void(actor, standing.id, reason=f"巡检单退回：{words}"[:REASON])
    inspection.state, inspection.returned_reason = state, words
    _moved(actor, inspection, EventKind.RETURNED, f"退回巡检单：{words}", text=words)
    return inspection


def mark_signed(actor: Actor, inspection_id: uuid.UUID, document: Document) -> Inspection:
    """Both sides have signed a document of the inspection: its sheet, or the monthly report that it is part of.

    For the machine and for rooms above; the document is signed and of the same contract, or nothing happens.
    """
    inspection = session().get_one(Inspection, inspection_id, with_for_update=True)
    if document.state is not DocumentState.SIGNED or document.contract_id != inspection.contract_id:
        raise Conflict("文书尚未由双方签署。")
    if inspection.state is InspectionState.SIGNED:
        return inspection
    inspection.state = after(inspection.state, EventKind.SIGNED)
    inspection.signed_at = clock.now()
    _moved(actor, inspection, EventKind.SIGNED, f"双方签署 {document.number}")
    return inspection


def await_signature(limit: int = 100) -> list[tuple[uuid.UUID, uuid.UUID]]:
    """Submitted inspections whose own sheet is signed, with the document: for the job."""
    query = (
        sa.select(Inspection.id, Document.id)
        .join(Document, sa.and_(Document.subject_id == Inspection.id, Document.kind.in_(SHEETS)))
        .where(Inspection.state == InspectionState.SUBMITTED, Document.state == DocumentState.SIGNED)
    )
    return [(row[0], row[1]) for row in session().execute(query.order_by(Inspection.id).limit(limit))]


def settle_signed(actor: Actor) -> int:
    """Write down which sheets are signed by now. Again at any time."""
    if actor.kind is not ActorKind.SYSTEM:
        raise Forbidden
    waiting = await_signature()
    for inspection_id, document_id in waiting:
        mark_signed(actor, inspection_id, session().get_one(Document, document_id))
    return len(waiting)


def items_of(inspection: Inspection) -> list[InspectionItem]:
    """The lines of an inspection that the caller found visible."""
    query = sa.select(InspectionItem).where(InspectionItem.inspection_id == inspection.id)
    return list(session().scalars(query.order_by(InspectionItem.position)))


def open_sheet(actor: Actor, inspection_id: uuid.UUID, *, version: int | None = None) -> Inspection:
    """The inspection, held, if it may still be changed: Frozen or WrongState otherwise."""
    inspection = access.hold(actor, Inspection, inspection_id, version=version)
    if inspection.state in DONE:
        raise Frozen
    if inspection.state not in OPEN:
        raise Conflict(f"巡检{inspection.state.label}，不能填写。")
    return inspection


def last_place(contract_id: uuid.UUID) -> str:
    """Where the contract's last inspection was: probably the next one too. Asks no permission."""
    query = sa.select(Inspection.place).where(Inspection.contract_id == contract_id, Inspection.place != "")
    return session().scalars(query.order_by(Inspection.month_on.desc()).limit(1)).first() or ""


def _opened(actor: Actor, inspection: Inspection, inspector: str, place: str) -> Inspection:
    newest = checklists.checklist_of(inspection.contract_id)
    drafts = checklists.items_of(newest) if newest else checklists.default_items(inspection.contract_id)
    inspection.checklist_version = newest.version if newest else None
    inspection.warn = newest.warn if newest else checklists.WARN
    inspection.critical = newest.critical if newest else checklists.CRITICAL
    inspection.state = after(inspection.state, EventKind.BEGUN)
    inspection.inspector = said(inspector, field="inspector", longest=NAME, needed=False) or inspection.inspector
    inspection.place = said(place, field="place", longest=TITLE, needed=False) or last_place(inspection.contract_id)
    today = clock.today()
    if today.replace(day=1) == inspection.month_on:
        inspection.inspected_on = today
        if inspection.inspector:
            inspection.designated = links.designated(inspection.contract_id, inspection.inspector, today)
    session().add_all(
        InspectionItem(
            id=new_id(),
            inspection_id=inspection.id,
            position=place_,
            section=item.section,
            form=item.form,
            title=item.title,
            standard=item.standard,
            total=item.total,
            values={},
            version=1,
        )
        for place_, item in enumerate(drafts, start=1)
    )
    _moved(actor, inspection, EventKind.BEGUN, f"开始填写 {inspection.month_on:%Y-%m} 巡检单，{len(drafts)} 项")
    return inspection


def _moved(actor: Actor, inspection: Inspection, kind: EventKind, summary: str, *, text: str = "") -> None:
    inspection.version += 1
    inspection.updated_at = clock.now()
    log.write(actor, inspection, kind, summary, text=text, changes={"state": [None, inspection.state.value]})
