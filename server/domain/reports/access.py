"""Whose reports one may see, how one is held while it changes, and the log of what was changed."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, NotFound
from server.domain import contracts
from server.domain.contracts import Contract
from server.domain.identity import Actor, Permission
from server.domain.reports.models import Report, ReportEdit, ReportVersion
from server.domain.reports.vocabulary import EDITABLE, EditKind, ReportState

SUBJECT = "report"


class ReportNotFound(NotFound):
    """There is no such report, or it is of a contract that is not this officer's to see."""

    code = "report_not_found"
    message = "没有找到该报告。"


class ReportMoved(Conflict):
    """Somebody changed it after the page was opened."""

    code = "report_moved"
    message = "报告刚被他人修改，请刷新后在最新内容上重试。"


class ReportFrozen(Conflict):
    """What was submitted is not changed; a returned one is."""

    code = "report_frozen"
    message = "报告已提交，数据和文字已锁定；需要修改时请由局方退回。"


class NothingToDecide(Conflict):
    """Only a submitted report is signed or returned."""

    code = "report_nothing_to_decide"
    message = "该报告没有待签收的版本。"


def visible(actor: Actor) -> list[sa.ColumnElement[bool]]:
    """Conditions that leave the reports that the actor may see. Needs report.view."""
    actor.need(Permission.REPORT_VIEW)
    scope = actor.contracts_for(Permission.REPORT_VIEW)
    return [] if scope is None else [Report.contract_id.in_(scope)]


def find(actor: Actor, report_id: uuid.UUID) -> Report:
    """A report that the actor may see; ReportNotFound otherwise."""
    return _one(sa.select(Report).where(Report.id == report_id, *visible(actor)))


def find_contract(actor: Actor, contract_id: uuid.UUID) -> Contract:
    """A contract whose reports the actor may see; ReportNotFound otherwise."""
    actor.need(Permission.REPORT_VIEW)
    scope = actor.contracts_for(Permission.REPORT_VIEW)
    if scope is not None and contract_id not in scope:
        raise ReportNotFound
    try:
        return contracts.find(actor, contract_id)
    except NotFound:
        raise ReportNotFound from None


def hold(actor: Actor, report_id: uuid.UUID, *, seq: int | None = None) -> Report:
    """The same, held against other writers; ReportMoved if ``seq`` is no longer its last log line."""
    session().flush()
    query = sa.select(Report).where(Report.id == report_id, *visible(actor)).with_for_update()
    report = _one(query.execution_options(populate_existing=True))
    if seq is not None and seq != report.seq:
        raise ReportMoved
    return report


def hold_to_write(actor: Actor, report_id: uuid.UUID, *, seq: int | None) -> Report:
    """Held by who may write it, while it may be written. Needs report.write for the contract."""
    actor.need(Permission.REPORT_WRITE)
    report = hold(actor, report_id)
    actor.need(Permission.REPORT_WRITE, report.contract_id)
    if report.state not in EDITABLE:
        raise ReportFrozen
    if seq is not None and seq != report.seq:
        raise ReportMoved
    return report


def hold_to_decide(actor: Actor, report_id: uuid.UUID, *, version: int | None) -> Report:
    """Held by the bureau, while it waits for its word. Needs deliverable.sign."""
    actor.need(Permission.DELIVERABLE_SIGN)
    report = hold(actor, report_id)
    actor.need(Permission.DELIVERABLE_SIGN, report.contract_id)
    if report.state is not ReportState.SUBMITTED:
        raise NothingToDecide
    if version is not None and version != report.version:
        raise ReportMoved
    return report


def note(
    report: Report, actor: Actor, kind: EditKind, *, subject: str = "", before: str = "", after: str = ""
) -> ReportEdit:
    """Write the next line of a held report's log."""
    report.seq += 1
    report.updated_at = clock.now()
    line = ReportEdit(
        report_id=report.id,
        seq=report.seq,
        kind=kind,
        subject=subject,
        before=before,
        after=after,
        version=report.version,
        at=report.updated_at,
        actor_id=actor.id,
        actor_name=actor.name,
        organisation=actor.organisation_name,
        by_vendor=actor.is_vendor,
    )
    session().add(line)
    return line


def history_of(report: Report) -> list[ReportEdit]:
    """The log, newest first."""
    query = sa.select(ReportEdit).where(ReportEdit.report_id == report.id).order_by(ReportEdit.seq.desc())
    return list(session().scalars(query))


def versions_of(report: Report) -> list[ReportVersion]:
    """What was submitted, newest first."""
    query = sa.select(ReportVersion).where(ReportVersion.report_id == report.id)
    return list(session().scalars(query.order_by(ReportVersion.number.desc())))


def version_of(report: Report, number: int) -> ReportVersion:
    """One submitted version; ReportNotFound if there is none of that number."""
    query = sa.select(ReportVersion).where(ReportVersion.report_id == report.id, ReportVersion.number == number)
    found = session().scalars(query).one_or_none()
    if found is None:
        raise ReportNotFound
    return found


def _one(query: sa.Select[tuple[Report]]) -> Report:
    found = session().scalars(query).one_or_none()
    if found is None:
        raise ReportNotFound
    return found
