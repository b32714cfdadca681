"""Tables of inspections: checklists by version, inspections with their items, findings."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Base, Keyed, enum_column
from server.domain.upkeep.models import NAME, NUMBER, TITLE
from server.domain.upkeep.vocabulary import InspectionState, ItemForm, Section, Severity, Verdict


class Checklist(Keyed, Base):
    """One version of a contract's checklist, written once. ``items`` are dictionaries of section, title, form, standard.

    ``warn`` and ``critical`` are percentages of a host's resources: defaults of ours, editable (B01 is silent).
    """

    __tablename__ = "upkeep_checklists"
    __table_args__ = (sa.UniqueConstraint("contract_id", "version"),)

    contract_id: Mapped[uuid.UUID]
    version: Mapped[int]
    items: Mapped[list[Any]]
    warn: Mapped[int]
    critical: Mapped[int]
    reason: Mapped[str] = mapped_column(sa.String(500), default="")
    author_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    created_at: Mapped[datetime]


class Inspection(Keyed, Base):
    """One inspection. ``slot`` is the month that only one standing inspection may fill; NULL for what is extra or cancelled.

    ``version`` moves with every change of its head; each item has its own, so that two may fill in different ones.
    """

    __tablename__ = "upkeep_inspections"
    __table_args__ = (
        sa.Index("ix_upkeep_inspections_contract_month", "contract_id", "month_on"),
        sa.Index("ix_upkeep_inspections_state", "state", "planned_on"),
    )

    contract_id: Mapped[uuid.UUID]
    number: Mapped[str] = mapped_column(sa.String(NUMBER), unique=True)
    month_on: Mapped[date]
    slot: Mapped[str | None] = mapped_column(sa.String(60), unique=True)
    state: Mapped[InspectionState] = enum_column(InspectionState)
    planned_on: Mapped[date | None]
    inspected_on: Mapped[date | None]
    place: Mapped[str] = mapped_column(sa.String(TITLE), default="")
    on_site: Mapped[bool] = mapped_column(default=True)
    off_site_reason: Mapped[str] = mapped_column(sa.String(500), default="")
    inspector: Mapped[str] = mapped_column(sa.String(NAME), default="")
    designated: Mapped[bool | None]
    companion: Mapped[str] = mapped_column(sa.String(NAME), default="")
    summary: Mapped[str] = mapped_column(sa.String(2000), default="")
    advice: Mapped[str] = mapped_column(sa.String(2000), default="")
    checklist_version: Mapped[int | None]
    warn: Mapped[int] = mapped_column(default=80)
    critical: Mapped[int] = mapped_column(default=90)
    submitted_at: Mapped[datetime | None]
    submitted_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    returned_reason: Mapped[str] = mapped_column(sa.String(1000), default="")
    signed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    seq: Mapped[int] = mapped_column(default=0)


class InspectionItem(Keyed, Base):
    """One line of an inspection, copied from the checklist of that day; ``values`` are texts by name."""

    __tablename__ = "upkeep_inspection_items"
    __table_args__ = (sa.UniqueConstraint("inspection_id", "position"),)

    inspection_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("upkeep_inspections.id"))
    position: Mapped[int]
    section: Mapped[Section] = enum_column(Section)
    form: Mapped[ItemForm] = enum_column(ItemForm)
    title: Mapped[str] = mapped_column(sa.String(TITLE))
    standard: Mapped[str] = mapped_column(sa.String(300), default="")
    total: Mapped[int | None]
    values: Mapped[dict[str, Any]]
    verdict: Mapped[Verdict | None] = enum_column(Verdict)
    remark: Mapped[str] = mapped_column(sa.String(1000), default="")
    checked_by_id: Mapped[uuid.UUID | None]
    checked_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    checked_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class Finding(Keyed, Base):
    """What an inspection found, and how it is put right. Rectifying goes on after the sheet is frozen."""

    __tablename__ = "upkeep_findings"
    __table_args__ = (sa.Index("ix_upkeep_findings_contract_due", "contract_id", "due_on"),)

    contract_id: Mapped[uuid.UUID]
    inspection_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("upkeep_inspections.id"), index=True)
    item_id: Mapped[uuid.UUID | None]
    position: Mapped[int]
    severity: Mapped[Severity] = enum_column(Severity)
    text: Mapped[str] = mapped_column(sa.String(1000))
    advice: Mapped[str] = mapped_column(sa.String(1000), default="")
    owner: Mapped[str] = mapped_column(sa.String(NAME))
    due_on: Mapped[date]
    plan_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    ticket_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    ticket_number: Mapped[str] = mapped_column(sa.String(NUMBER), default="")
    done_on: Mapped[date | None]
    done_note: Mapped[str] = mapped_column(sa.String(1000), default="")
    done_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    created_at: Mapped[datetime]
