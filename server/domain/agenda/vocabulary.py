"""The words of the agenda: kinds of duties, how urgent one is, kinds of alerts and what became of one."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType

from server.core import clock
from server.core.enums import Labelled
from server.domain.identity import Permission


class EntryKind(Labelled):
    """What a date belongs to. It is also the ``object_kind`` of an alert's key."""

    DELIVERABLE = "deliverable", "交付物"
    ACCEPTANCE = "acceptance", "验收期限"
    MATERIAL = "material", "资料交付"
    PAYMENT = "payment", "付款到期"
    RECTIFICATION = "rectification", "整改期限"
    REPLACEMENT = "replacement", "人员与分包"
    DUTY_GAP = "duty_gap", "值班空档"
    TICKET = "ticket", "工单时限"
    REFERRAL = "referral", "反馈与需求"
    INSPECTION = "inspection", "巡检"
    FINDING = "finding", "巡检整改"
    DRILL = "drill", "应急演练"
    SECRECY = "secrecy", "保密事项"
    INCIDENT = "incident", "安全事件"
    CONTRACT_END = "contract_end", "合同到期"
    CALENDAR = "calendar", "工作日历"

    @property
    def permission(self) -> Permission:
        """Who may see such a duty at all."""
        return PERMISSION_OF[self]


PERMISSION_OF: Mapping[EntryKind, Permission] = MappingProxyType(
    {
        EntryKind.DELIVERABLE: Permission.DELIVERABLE_VIEW,
        EntryKind.ACCEPTANCE: Permission.ACCEPTANCE_VIEW,
        EntryKind.MATERIAL: Permission.RECORD_VIEW,
        EntryKind.PAYMENT: Permission.PAYMENT_VIEW,
        EntryKind.RECTIFICATION: Permission.PAYMENT_VIEW,
        EntryKind.REPLACEMENT: Permission.STAFF_VIEW,
        EntryKind.DUTY_GAP: Permission.DUTY_VIEW,
        EntryKind.TICKET: Permission.TICKET_VIEW,
        EntryKind.REFERRAL: Permission.REFERRAL_VIEW,
        EntryKind.INSPECTION: Permission.RECORD_VIEW,
        EntryKind.FINDING: Permission.RECORD_VIEW,
        EntryKind.DRILL: Permission.RECORD_VIEW,
        EntryKind.SECRECY: Permission.SECRECY_VIEW,
        EntryKind.INCIDENT: Permission.SECRECY_VIEW,
        EntryKind.CONTRACT_END: Permission.CONTRACT_VIEW,
        EntryKind.CALENDAR: Permission.CALENDAR_VIEW,
    }
)


class Urgency(Labelled):
    """How a duty stands today."""

    AHEAD = "ahead", "未到期"
    SOON = "soon", "临近"
    LATE = "late", "逾期"
    DONE = "done", "已办"


class AlertKind(Labelled):
    """What an alert says of its due day."""

    AHEAD = "ahead", "到期提醒"
    LATE = "late", "逾期提醒"


class AlertState(Labelled):
    """What became of an alert. Only a standing one counts in the bell."""

    STANDING = "standing", "有效"
    MOVED = "moved", "日期已变"
    DONE = "done", "已办结或撤销"
    PASSED = "passed", "已转逾期"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One duty with its day. ``object_id`` names it for good within its kind; ``place`` is what leads to its page.

    ``due_on`` None: no day is agreed, or none can be computed and ``refused`` says why. ``label`` is its state in its own room's words;
    ``late`` that it is late, or was done late; ``short`` what fits into a day of the month.
    """

    kind: EntryKind
    object_id: str
    contract_id: uuid.UUID | None
    title: str
    due_on: date | None
    due_at: datetime | None = None
    short: str = ""
    done: bool = False
    late: bool = False
    label: str = ""
    note: str = ""
    provisional: bool = False
    refused: str = ""
    urgency: Urgency = Urgency.AHEAD
    place: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def ends_at(self) -> datetime:
        """The moment after which it is late: 24:00 of its day unless a time is named."""
        if self.due_at is not None:
            return self.due_at
        return clock.end_of(self.due_on or date(9000, 1, 1))

    @property
    def timed(self) -> bool:
        """Whether a time of the day is named, so that the day alone does not say it."""
        return self.due_on is not None and self.due_at is not None and self.due_at != clock.end_of(self.due_on)


@dataclass(frozen=True, slots=True)
class Window:
    """Which days are asked for, of which contract (None: all that the actor sees).

    ``whole``: leave nothing out, however much there is; pages are content with the earliest.
    """

    first: date
    last: date
    contract_id: uuid.UUID | None = None
    whole: bool = False
