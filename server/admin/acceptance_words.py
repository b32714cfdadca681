"""How notices, materials and remote services are told on the console: tones, marks of the log, and what a clock says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType

from server.core import clock
from server.domain import records
from server.domain.records import (
    Basis,
    Completion,
    CompletionState,
    EventKind,
    ItemResult,
    Material,
    MaterialState,
    ReceiptState,
    RecordEvent,
)

# Accepted by a person is green, deemed by the clock is violet, everywhere.
TONES: Mapping[CompletionState, str] = MappingProxyType(
    {
        CompletionState.SENT: "amber",
        CompletionState.RECEIVED: "blue",
        CompletionState.ACCEPTED: "green",
        CompletionState.REJECTED: "red",
        CompletionState.DEEMED: "violet",
        CompletionState.WITHDRAWN: "gray",
    }
)
MATERIAL_TONES: Mapping[MaterialState, str] = MappingProxyType(
    {
        MaterialState.REQUESTED: "blue",
        MaterialState.DELIVERED: "green",
        MaterialState.RETURNED: "red",
        MaterialState.DROPPED: "gray",
    }
)
RECEIPT_TONES: Mapping[ReceiptState, str] = MappingProxyType(
    {ReceiptState.CLAIMED: "amber", ReceiptState.CONFIRMED: "green", ReceiptState.DISPUTED: "red"}
)
RESULT_TONES: Mapping[ItemResult, str] = MappingProxyType({ItemResult.PASSED: "green", ItemResult.FAILED: "red"})
MARKS: Mapping[EventKind, tuple[str, str]] = MappingProxyType(
    {
        EventKind.SENT: ("send", "blue"),
        EventKind.RECEIPT_CLAIMED: ("paperclip", "amber"),
        EventKind.RECEIPT_DISPUTED: ("help-circle", "red"),
        EventKind.RECEIVED: ("inbox", "blue"),
        EventKind.MOVED: ("calendar-due", "amber"),
        EventKind.ACCEPTED: ("circle-check", "green"),
        EventKind.REJECTED: ("circle-x", "red"),
        EventKind.DEEMED: ("hourglass", "violet"),
        EventKind.WITHDRAWN: ("arrow-back-up", "gray"),
        EventKind.REQUESTED: ("clipboard-list", "blue"),
        EventKind.RESCHEDULED: ("calendar-due", "amber"),
        EventKind.DELIVERED: ("circle-check", "green"),
        EventKind.RETURNED: ("arrow-back-up", "red"),
        EventKind.DROPPED: ("ban", "gray"),
        EventKind.STARTED: ("player-play", "blue"),
        EventKind.LOGGED: ("device-desktop", "blue"),
        EventKind.ENDED: ("check", "green"),
    }
)


@dataclass(frozen=True, slots=True)
class Told:
    """What a clock says: a few words, a tone and an icon, and a line below. A tone never stands alone."""

    text: str
    tone: str
    icon: str
    note: str = ""
    provisional: bool = False


def midnight(day: date | None) -> str:
    """The end of a last day as people say it: 2025-10-09 24:00, never 00:00 of the next."""
    return "–" if day is None else f"{day:%Y-%m-%d} 24:00"


def due_of(completion: Completion, now: datetime) -> Told:
    """What the acceptance clock of a notice says now."""
    if completion.state is CompletionState.DEEMED:
        return Told("期限届满", "violet", "hourglass", midnight(completion.due_on))
    if completion.state not in records.OPEN:
        return Told("–", "gray", "point")
    if completion.basis is Basis.AWAITING:
        return Told("待签收证据", "gray", "clock-pause", "期限未起算")
    if completion.basis is Basis.NOT_AGREED:
        return Told("未约定", "gray", "clock-off", "须明确验收")
    if completion.basis is Basis.CALENDAR_MISSING or completion.due_on is None or completion.due_at is None:
        return Told("日历未维护", "red", "alert-triangle", "期限无法计算")
    return _running(completion, completion.due_on, completion.due_at, now)


def _running(completion: Completion, due_on: date, due_at: datetime, now: datetime) -> Told:
    ends, guess = midnight(due_on), completion.provisional
    if now >= due_at:
        if guess:
            return Told("暂定期限已过", "amber", "alert-triangle", ends, provisional=True)
        if completion.deemable:
            return Told("已届满", "violet", "hourglass", f"{ends}，待登记视为通过")
        return Told("已逾期", "red", "alert-triangle", ends)
    left = (due_on - clock.local_day(now)).days
    if left == 0:
        return Told("今天截止", "amber", "clock-exclamation", ends, provisional=guess)
    return Told(f"还剩 {left} 天", "amber" if left == 1 else "blue", "clock", ends, provisional=guess)


def material_due(material: Material, today: date) -> Told:
    """Whether a material comes in time."""
    if material.state is MaterialState.DROPPED:
        return Told("–", "gray", "point")
    if material.state is MaterialState.DELIVERED and material.delivered_on is not None:
        late = (material.delivered_on - material.due_on).days
        return Told(f"逾期 {late} 天交付", "red", "clock-exclamation") if late > 0 else Told("按期", "green", "check")
    late = (today - material.due_on).days
    if material.state is MaterialState.RETURNED:
        return Told("待补正", "red", "arrow-back-up")
    if late > 0:
        return Told(f"已逾期 {late} 天", "red", "alert-triangle")
    return Told("今天应交" if late == 0 else f"还剩 {-late} 天", "amber" if late == 0 else "blue", "clock")


def mark_of(event: RecordEvent) -> tuple[str, str]:
    """The icon and tone of a line of the log."""
    return MARKS[event.kind]


def at_of(event: RecordEvent) -> str:
    """When it happened, in words; what ended with a last day ended at its 24:00."""
    if event.kind is EventKind.DEEMED and event.data.get("due_on"):
        return f"{event.data['due_on']} 24:00"
    return f"{clock.to_local(event.at):%Y-%m-%d %H:%M}"


def said_late(event: RecordEvent) -> bool:
    """Whether it was written down after it happened."""
    return (event.recorded_at - event.at).total_seconds() > 60  # noqa: PLR2004 - a minute
