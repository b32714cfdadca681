"""Drafts: begun by a job or a hand, written with the log in mind, problems carried on from the report before."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Invalid
from server.core.secrecy import refuse_marked
from server.domain import calendar, deliverables, identity
from server.domain.calendar import Cycle, CycleKind
from server.domain.contracts import Contract, DeliverableKind
from server.domain.deliverables import Standing, State
from server.domain.identity import SCHEDULER, Actor, Permission
from server.domain.reports import access, composing
from server.domain.reports.access import SUBJECT, note
from server.domain.reports.models import PROBLEM, REMARK, Report, ReportProblem
from server.domain.reports.vocabulary import TEXTS, EditKind, ProblemKind, ProblemState, ReportKind, TextKey

TEXT = 10_000
NAME = 64


class AlreadyDrafted(Conflict):
    """There is a report of that cycle."""

    code = "report_already_drafted"
    message = "该周期的报告已经建立。"


class CycleSigned(Conflict):
    """The paper of that cycle is signed."""

    code = "report_cycle_signed"
    message = "该周期的交付物已签收，不再编制报告。"


class NotBegun(Conflict):
    """Nothing has happened yet that could be told."""

    code = "report_not_begun"
    message = "该周期尚未开始，或不在合同期内。"


@dataclass(frozen=True, slots=True)
class ProblemDraft:
    """A problem as a person types it."""

    kind: ProblemKind
    text: str
    measure: str = ""
    owner: str = ""
    due_on: date | None = None
    state: ProblemState = ProblemState.OPEN
    done_on: date | None = None


def draft(actor: Actor, *, contract_id: uuid.UUID, kind: ReportKind, day: date, key: str = "") -> Report:
    """Begin the report of the cycle in which ``day`` lies; ``key`` names the deliverable where there are several.

    Needs report.write. One that the contract does not owe can be written too; it is then handed in nowhere.
    """
    contract = access.find_contract(actor, contract_id)
    actor.need(Permission.REPORT_WRITE, contract_id)
    duties = deliverables.standing(SCHEDULER, contract_id)
    duty = _duty(duties, kind, day, key)
    if duty is not None and duty.state is State.SIGNED:
        raise CycleSigned
    report = _report(contract, kind, day, duty)
    if report.starts_on > min(report.ends_on, clock.today()):
        raise NotBegun
    report.with_inspection = kind is ReportKind.MONTHLY and inspection_for(report, duties) is not None
    report.created_by_name = actor.name
    try:
        with session().begin_nested():
            session().add(report)
    except IntegrityError as clash:
        raise AlreadyDrafted from clash
    _carry_on(report)
    note(report, actor, EditKind.CREATED)
    title = composing.title_of(report)
    identity.record(actor, "report.drafted", subject=(SUBJECT, report.id), summary=f"编制{title}")
    session().flush()
    return report


def write(actor: Actor, report_id: uuid.UUID, *, seq: int, texts: Mapping[TextKey, str]) -> Report:
    """Write some of the texts; an empty one is written from the figures again. ReportMoved if somebody was faster."""
    report = access.hold_to_write(actor, report_id, seq=seq)
    changed = {key: _text(key, text) for key, text in texts.items() if key in TEXTS[report.kind]}
    kept = dict(report.texts)
    for key, text in changed.items():
        before = str(kept.get(key.value, ""))
        if before == text:
            continue
        kept[key.value] = text
        note(report, actor, EditKind.TEXT, subject=key.value, before=before, after=text)
    if kept != report.texts:
        report.texts = kept
        identity.record(
            actor, "report.written", subject=(SUBJECT, report.id), summary=f"修改{composing.title_of(report)}的文字"
        )
    return report


def set_inspection(actor: Actor, report_id: uuid.UUID, *, seq: int, part: bool) -> Report:
    """Whether the month's inspection sheet goes in as part of this report, under its one signature (#25)."""
    report = access.hold_to_write(actor, report_id, seq=seq)
    if part and inspection_for(report, deliverables.standing(SCHEDULER, report.contract_id)) is None:
        raise Invalid("本周期没有待提交的巡检单。", fields={"part": ["本周期没有待提交的巡检单。"]})
    if report.with_inspection != part:
        words = {True: "作为本报告组成部分", False: "单独提交"}
        note(report, actor, EditKind.INSPECTION, before=words[not part], after=words[part])
        report.with_inspection = part
        identity.record(actor, "report.written", subject=(SUBJECT, report.id), summary=f"巡检单{words[part]}")
    return report


def put_problem(
    actor: Actor, report_id: uuid.UUID, given: ProblemDraft, *, seq: int, problem_id: uuid.UUID | None = None
) -> ReportProblem:
    """Add a problem, or change one."""
    report = access.hold_to_write(actor, report_id, seq=seq)
    _check_problem(given)
    rows = composing.problems_of(report)
    row = next((each for each in rows if each.id == problem_id), None)
    if problem_id is not None and row is None:
        raise access.ReportNotFound
    before = "" if row is None else _words(row)
    if row is None:
        row = ReportProblem(report_id=report.id, position=len(rows) + 1)
        session().add(row)
    row.kind, row.text, row.measure, row.owner = (
        given.kind,
        given.text.strip(),
        given.measure.strip(),
        given.owner.strip(),
    )
    row.due_on, row.state, row.done_on = given.due_on, given.state, given.done_on
    note(report, actor, EditKind.PROBLEM, before=before, after=_words(row))
    session().flush()
    identity.record(actor, "report.problem_set", subject=(SUBJECT, report.id), summary=f"登记问题：{row.text[:100]}")
    return row


def drop_problem(actor: Actor, report_id: uuid.UUID, problem_id: uuid.UUID, *, seq: int) -> None:
    """Take a problem out of the draft; the log keeps it."""
    report = access.hold_to_write(actor, report_id, seq=seq)
    row = next((each for each in composing.problems_of(report) if each.id == problem_id), None)
    if row is None:
        raise access.ReportNotFound
    note(report, actor, EditKind.PROBLEM, before=_words(row))
    session().delete(row)
    session().flush()
    identity.record(
        actor, "report.problem_dropped", subject=(SUBJECT, report.id), summary=f"删除问题：{row.text[:100]}"
    )


def remark(actor: Actor, report_id: uuid.UUID, *, text: str) -> None:
    """A word of either side. Needs report.write or deliverable.sign for the contract."""
    report = access.hold(actor, report_id)
    if not actor.may(Permission.REPORT_WRITE, report.contract_id):
        actor.need(Permission.DELIVERABLE_SIGN, report.contract_id)
    said = text.replace("\0", "").strip()
    if not said or len(said) > REMARK:
        raise Invalid(fields={"text": [f"请填写意见，不超过 {REMARK} 个字。"]})
    refuse_marked(said, field="text")
    note(report, actor, EditKind.REMARK, after=said)
    identity.record(actor, "report.remarked", subject=(SUBJECT, report.id), summary="对报告提出意见")


def inspection_for(report: Report, duties: list[Standing]) -> Standing | None:
    """The inspection duty of the report's own cycle that is still owed."""
    return next(
        (
            each
            for each in duties
            if each.expected.kind is DeliverableKind.INSPECTION
            and each.owed
            and each.expected.cycle_on == report.cycle_on
        ),
        None,
    )


def _duty(duties: list[Standing], kind: ReportKind, day: date, key: str) -> Standing | None:
    for each in duties:
        if each.expected.kind is not kind.duty or (key and each.expected.key != key):
            continue
        cycle = each.expected.cycle
        if cycle.starts_on <= day <= cycle.ends_on if cycle else bool(key):
            return each
    return None


def _report(contract: Contract, kind: ReportKind, day: date, duty: Standing | None) -> Report:
    span = CycleKind.WEEK if kind is ReportKind.WEEKLY else CycleKind.MONTH
    final = duty is not None and duty.expected.cycle is None
    cycle: Cycle | None = duty.expected.cycle if duty else calendar.cycle_of(span, day)
    first, last = (cycle.starts_on, cycle.ends_on) if cycle else (contract.starts_on, contract.ends_on)
    moment = clock.now()
    return Report(
        contract_id=contract.id,
        kind=kind,
        key=duty.expected.key if duty else kind.value,
        cycle_on=duty.expected.cycle_on if duty else first,
        starts_on=max(first, contract.starts_on),
        ends_on=min(last, contract.ends_on),
        owed=duty is not None,
        final=final,
        texts={},
        seq=0,
        version=0,
        created_at=moment,
        updated_at=moment,
    )


def _carry_on(report: Report) -> None:
    """What the report before left open is this one's too."""
    before = (
        session()
        .scalars(
            sa.select(Report)
            .where(Report.contract_id == report.contract_id, Report.kind == report.kind, Report.final.is_(False))
            .where(Report.starts_on < report.starts_on)
            .order_by(Report.starts_on.desc())
            .limit(1)
        )
        .first()
    )
    if before is None:
        return
    left = [each for each in composing.problems_of(before) if each.state is ProblemState.OPEN]
    for position, each in enumerate(left, start=1):
        session().add(
            ReportProblem(
                report_id=report.id,
                position=position,
                kind=each.kind,
                text=each.text,
                measure=each.measure,
                owner=each.owner,
                due_on=each.due_on,
                state=ProblemState.OPEN,
                from_id=each.id,
            )
        )


def _text(key: TextKey, text: str) -> str:
    said = text.replace("\0", "").replace("\r\n", "\n").strip()
    if len(said) > TEXT:
        raise Invalid(fields={key.value: [f"不能超过 {TEXT} 个字。"]})
    refuse_marked(said, field=key.value)
    return said


def _check_problem(given: ProblemDraft) -> None:
    faults: dict[str, list[str]] = {}
    if not given.text.strip():
        faults["text"] = ["请填写问题。"]
    for field, most in (("text", PROBLEM), ("measure", PROBLEM), ("owner", NAME)):
        if len(getattr(given, field).strip()) > most:
            faults[field] = [f"不能超过 {most} 个字。"]
    if given.state is ProblemState.DONE and given.done_on is None:
        faults["done_on"] = ["请填写整改完成日期。"]
    if faults:
        raise Invalid(fields=faults)
    for field in ("text", "measure", "owner"):
        refuse_marked(getattr(given, field), field=field)


def _words(row: ReportProblem) -> str:
    due = row.due_on.isoformat() if row.due_on else "未定"
    return f"{row.kind.label}：{row.text}；措施 {row.measure or '未填'}；责任人 {row.owner or '未填'}；期限 {due}；{row.state.label}"
