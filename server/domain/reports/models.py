"""Tables: reports with their texts, submitted versions with frozen figures, problems with owner and date, and the log."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Base, Keyed, LongText, enum_column
from server.domain.reports.vocabulary import EditKind, ProblemKind, ProblemState, ReportKind, ReportState

KEY = 40
NAME = 64
HASH = 64
REMARK = 1000
PROBLEM = 1000


class Report(Keyed, Base):
    """One report of one cycle of a contract.

    ``key`` and ``cycle_on`` name the deliverable that it meets; a report that the contract does not owe has its kind
    for a key. ``starts_on``/``ends_on`` are the period, cut to the contract's days. ``texts`` holds what a person wrote,
    by TextKey. ``seq`` is the number of the last log line: whoever read an older one is refused. ``version`` is the
    newest submitted one, 0 before;
    ``delivery_version`` is its number at the deliverables. ``with_inspection``: the month's inspection sheet is handed in as part (#25).
    """

    __tablename__ = "reports"
    __table_args__ = (
        sa.UniqueConstraint("contract_id", "key", "cycle_on"),
        sa.Index("ix_reports_contract_starts", "contract_id", "starts_on"),
        sa.Index("ix_reports_delivery", "delivery_id"),
    )

    contract_id: Mapped[uuid.UUID]
    kind: Mapped[ReportKind] = enum_column(ReportKind)
    key: Mapped[str] = mapped_column(sa.String(KEY))
    cycle_on: Mapped[date]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    owed: Mapped[bool]
    final: Mapped[bool] = mapped_column(default=False)
    state: Mapped[ReportState] = enum_column(ReportState, default=ReportState.DRAFT)
    texts: Mapped[dict[str, Any]]
    with_inspection: Mapped[bool] = mapped_column(default=False)
    seq: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=0)
    delivery_id: Mapped[uuid.UUID | None]
    delivery_version: Mapped[int | None]
    created_at: Mapped[datetime]
    created_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    updated_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    signed_at: Mapped[datetime | None]
    signed_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")


class ReportVersion(Keyed, Base):
    """A report as it was submitted: written once. ``content`` holds figures, texts and problems; the hash is of its JSON."""

    __tablename__ = "report_versions"
    __table_args__ = (sa.UniqueConstraint("report_id", "number"),)

    report_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("reports.id"))
    number: Mapped[int]
    content: Mapped[dict[str, Any]]
    content_sha256: Mapped[str] = mapped_column(sa.String(HASH))
    document_id: Mapped[uuid.UUID | None]
    submitted_at: Mapped[datetime]
    submitted_by_name: Mapped[str] = mapped_column(sa.String(NAME))
    reason: Mapped[str] = mapped_column(sa.String(REMARK), default="")


class ReportProblem(Keyed, Base):
    """A problem with what is done about it, by whom and by when (A10). ``from_id``: the one of the report before."""

    __tablename__ = "report_problems"

    report_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("reports.id"), index=True)
    position: Mapped[int]
    kind: Mapped[ProblemKind] = enum_column(ProblemKind)
    text: Mapped[str] = mapped_column(sa.String(PROBLEM))
    measure: Mapped[str] = mapped_column(sa.String(PROBLEM), default="")
    owner: Mapped[str] = mapped_column(sa.String(NAME), default="")
    due_on: Mapped[date | None]
    state: Mapped[ProblemState] = enum_column(ProblemState, default=ProblemState.OPEN)
    done_on: Mapped[date | None]
    from_id: Mapped[uuid.UUID | None]


class ReportEdit(Keyed, Base):
    """One line of a report's log, written once: who changed which text from what to what, who submitted, signed, returned."""

    __tablename__ = "report_edits"
    __table_args__ = (sa.UniqueConstraint("report_id", "seq"),)

    report_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("reports.id"))
    seq: Mapped[int]
    kind: Mapped[EditKind] = enum_column(EditKind)
    subject: Mapped[str] = mapped_column(sa.String(KEY), default="")
    before: Mapped[str] = mapped_column(LongText, default="")
    after: Mapped[str] = mapped_column(LongText, default="")
    version: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime]
    actor_id: Mapped[uuid.UUID | None]
    actor_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    organisation: Mapped[str] = mapped_column(sa.String(100), default="")
    by_vendor: Mapped[bool] = mapped_column(default=False)
