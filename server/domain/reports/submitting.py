"""Submitting freezes: figures, texts and problems under a hash, on paper with a number, handed in as the deliverable.

What the bureau decides at the deliverable, by signing the paper, or here, is one decision: the three stay in step.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Invalid
from server.domain import deliverables, documents, identity, signing, upkeep
from server.domain.deliverables import Delivery, State
from server.domain.documents import Document
from server.domain.identity import SCHEDULER, Actor, Permission
from server.domain.reports import access, composing
from server.domain.reports.access import SUBJECT, note
from server.domain.reports.content import Content, sha256_of, to_json
from server.domain.reports.differing import Difference, differences
from server.domain.reports.drafting import inspection_for
from server.domain.reports.models import REMARK, Report, ReportVersion
from server.domain.reports.vocabulary import EditKind, ProblemState, ReportKind, ReportState, TextKey
from server.domain.upkeep import InspectionState

AGAIN = "按退回意见修改后重新提交"
PAPER_RETURNED = "报告已退回，这一版不能签署，请等待重新提交。"


class NotReady(Conflict):
    """Something on the check list is missing."""

    code = "report_not_ready"
    message = "报告还不能提交。"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the check list; one that ``blocks`` and is not ``ok`` refuses the submission."""

    label: str
    ok: bool
    note: str = ""
    blocks: bool = True


def checks_of(report: Report, content: Content) -> list[Check]:
    """What must hold before it is submitted, and what should."""
    open_ones = [each for each in composing.problems_of(report) if each.state is ProblemState.OPEN]
    bare = [each for each in open_ones if not each.owner or each.due_on is None or not each.measure]
    written = [key for key, text in report.texts.items() if text]
    found = [
        Check("报告期已到最后一日", clock.today() >= report.ends_on, f"报告期至 {report.ends_on.isoformat()}"),
        Check(
            "问题均有措施、责任人和期限", not bare, f"{len(bare)} 项不完整" if bare else f"{len(open_ones)} 项整改中"
        ),
        Check("工作综述已填写", bool(content.texts.get(TextKey.SUMMARY.value))),
        Check("文字经人工核对", bool(written), "" if written else "全部文字由数据自动生成", blocks=False),
    ]
    if report.kind is ReportKind.MONTHLY:
        found.append(_inspection(report, content))
    return found


def _inspection(report: Report, content: Content) -> Check:
    if not report.with_inspection:
        return Check("巡检单", True, "单独提交或已提交", blocks=False)
    if content.inspection is None:
        return Check("巡检单", False, "本月巡检单尚未提交：请先提交巡检单，或改为单独提交")
    return Check("巡检单", True, f"{content.inspection.number} 印入本报告，一次签收")


def submit(actor: Actor, report_id: uuid.UUID, *, seq: int, reason: str = "") -> ReportVersion:
    """Freeze, put on paper, hand in. Needs report.write, document.issue and, where it is owed, deliverable.submit.

    NotReady names what is missing. After a return it becomes the next version, with what differs from the one before.
    """
    report = access.hold_to_write(actor, report_id, seq=seq)
    content = composing.fresh(report)
    missing = [each for each in checks_of(report, content) if each.blocks and not each.ok]
    if missing:
        raise NotReady(
            "；".join(f"{each.label}（{each.note}）" if each.note else each.label for each in missing) + "，未满足。"
        )
    told = _reason(reason) if report.version else ""
    version = _freeze(report, actor, content, told)
    version.document_id = _on_paper(actor, report, told).id
    if report.owed:
        _hand_in(actor, report, version, content)
    report.state, report.submitted_at = ReportState.SUBMITTED, version.submitted_at
    note(report, actor, EditKind.SUBMITTED, after=told)
    identity.record(
        actor,
        "report.submitted",
        subject=(SUBJECT, report.id),
        summary=f"提交{composing.title_of(report)}第 {version.number} 版",
        changes={"version": [version.number - 1 or None, version.number], "sha256": [None, version.content_sha256]},
    )
    session().flush()
    return version


def sign(actor: Actor, report_id: uuid.UUID, *, version: int | None = None, remark: str = "") -> Report:
    """The bureau signs for it; the deliverable with it. Needs deliverable.sign."""
    report = access.hold_to_decide(actor, report_id, version=version)
    if report.delivery_id is not None:
        deliverables.sign(actor, report.delivery_id, version=report.delivery_version, remark=remark)
    else:
        _decide(actor, report, ReportState.SIGNED, _word(remark, needed=False))
    return report


def send_back(actor: Actor, report_id: uuid.UUID, *, reason: str, version: int | None = None) -> Report:
    """The bureau returns it with remarks; the vendor writes and submits the next version. Needs deliverable.sign."""
    report = access.hold_to_decide(actor, report_id, version=version)
    told = _word(reason, needed=True)
    if report.delivery_id is not None:
        deliverables.send_back(actor, report.delivery_id, reason=told, version=report.delivery_version)
    else:
        _decide(actor, report, ReportState.RETURNED, told)
    return report


def changed_since(report: Report) -> list[Difference]:
    """How the data have moved since the newest version was frozen: figures and grids only. Empty if they have not."""
    if not report.version:
        return []
    old, new = composing.frozen(report, report.version), composing.fresh(report)
    return [each for each in differences(old, new) if each.part in ("figure", "grid")]


def install() -> None:
    """Hear of the other two places where the bureau decides."""
    deliverables.follow(_delivery_decided)
    for kind in ReportKind:
        signing.on_signed(kind.value, _paper_signed)
        signing.hold_back(kind.value, _returned_papers, PAPER_RETURNED)


def _freeze(report: Report, actor: Actor, content: Content, reason: str) -> ReportVersion:
    if report.version:
        found = differences(composing.frozen(report, report.version), content)
        content = replace(content, differences=tuple((each.what, each.before, each.after) for each in found))
    plain = to_json(content)
    report.version += 1
    version = ReportVersion(
        report_id=report.id,
        number=report.version,
        content=plain,
        content_sha256=sha256_of(plain),
        submitted_at=clock.now(),
        submitted_by_name=actor.name,
        reason=reason,
    )
    session().add(version)
    session().flush()
    return version


def _on_paper(actor: Actor, report: Report, reason: str) -> Document:
    standing = documents.standing(report.kind.value, report.id)
    if standing is None:
        return documents.issue(actor, report.kind.value, report.id)
    return documents.correct(actor, standing.id, reason=reason or AGAIN)


def _hand_in(actor: Actor, report: Report, version: ReportVersion, content: Content) -> None:
    together: Sequence[str] = ()
    if report.with_inspection:
        sheet = inspection_for(report, deliverables.standing(SCHEDULER, report.contract_id))
        together = [sheet.expected.key] if sheet else []
    paper = documents.find(SCHEDULER, version.document_id) if version.document_id else None
    delivery = deliverables.hand_in(
        actor,
        contract_id=report.contract_id,
        key=report.key,
        cycle_on=report.cycle_on,
        title=f"{composing.title_of(report)} {paper.number if paper else ''}".strip()[:200],
        summary=content.texts[TextKey.SUMMARY.value],
        together_with=together,
    )
    report.delivery_id, report.delivery_version = delivery.id, delivery.version


def _delivery_decided(actor: Actor, delivery: Delivery, remark: str) -> None:
    query = sa.select(Report).where(Report.delivery_id == delivery.id).with_for_update()
    report = session().scalars(query.execution_options(populate_existing=True)).one_or_none()
    # A version that came by another way than this room is not the report.
    if report is None or report.state is not ReportState.SUBMITTED or report.delivery_version != delivery.version:
        return
    signed = delivery.state is State.SIGNED
    _decide(actor, report, ReportState.SIGNED if signed else ReportState.RETURNED, remark)


def _returned_papers() -> sa.Select[tuple[uuid.UUID]]:
    """The papers of what was sent back, until the next version takes their place."""
    query = sa.select(Document.id).join(Report, Document.subject_id == Report.id)
    return query.where(Document.kind.in_([kind.value for kind in ReportKind]), Report.state == ReportState.RETURNED)


def _paper_signed(actor: Actor, document: Document) -> None:
    """Both sides have signed the paper: the delivery is signed with it."""
    session().flush()
    query = sa.select(Report).where(Report.id == document.subject_id).with_for_update()
    report = session().scalars(query.execution_options(populate_existing=True)).one_or_none()
    if report is not None and report.state is ReportState.RETURNED:
        raise Conflict(PAPER_RETURNED)  # sent back while the signature was on its way
    if report is None or report.state is not ReportState.SUBMITTED:
        return
    who = actor if actor.may(Permission.DELIVERABLE_SIGN, report.contract_id) else SCHEDULER
    sign(who, report.id, version=report.version, remark=f"文书 {document.number} 已由双方签署")
    sheet = composing.frozen(report, report.version).inspection
    if sheet is not None:
        _sheet_signed(uuid.UUID(sheet.id), document)


def _sheet_signed(inspection_id: uuid.UUID, document: Document) -> None:
    """One data set, one signature: the inspection that the report prints is signed with it (#25)."""
    found = upkeep.find_inspection(SCHEDULER, inspection_id)
    # sent back or signed by its own sheet meanwhile: it then has a way of its own
    if found.state is InspectionState.SUBMITTED:
        upkeep.mark_signed(SCHEDULER, found.id, document)


def _decide(actor: Actor, report: Report, state: ReportState, remark: str) -> None:
    report.state = state
    if state is ReportState.SIGNED:
        report.signed_at, report.signed_by_name = clock.now(), actor.name
    kind = EditKind.SIGNED if state is ReportState.SIGNED else EditKind.RETURNED
    note(report, actor, kind, after=remark)
    identity.record(
        actor,
        f"report.{kind.value}",
        subject=(SUBJECT, report.id),
        summary=f"{kind.label}{composing.title_of(report)}第 {report.version} 版{remark and f'：{remark}'}"[:500],
    )
    session().flush()


def _reason(text: str) -> str:
    return _word(text, needed=False) or AGAIN


def _word(text: str, *, needed: bool) -> str:
    said = text.replace("\0", "").strip()
    if (needed and not said) or len(said) > REMARK:
        raise Invalid(fields={"reason": [f"请填写原因，不超过 {REMARK} 个字。"]})
    return said
