"""One computed line for people: what it is about, what comes out, how it was worked out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from server.domain.calendar import CalendarMissing, Deadline
from server.domain.contracts.sla import spell_day
from server.domain.contracts.wording import SILENT


@dataclass(frozen=True, slots=True)
class Line:
    """``agreed`` False: the contract is silent; ``refused``: it cannot be computed, and ``text`` says why."""

    label: str
    text: str
    trace: tuple[str, ...] = ()
    provisional: bool = False
    agreed: bool = True
    refused: bool = False


def dated(label: str, compute: Callable[[], Deadline | None], *, lead: str = "", tail: str = "") -> Line:
    """A deadline as a line: its last day or moment, 未约定 where there is none, the reason where it has no calendar."""
    try:
        found = compute()
    except CalendarMissing as missing:
        return Line(label, missing.text, refused=True)
    if found is None:
        return Line(label, SILENT, agreed=False)
    return Line(label, f"{lead}{spell_day(found)}{tail}", found.trace, found.provisional)


def worded(label: str, text: str) -> Line:
    """A sentence as a line."""
    return Line(label, text, agreed=text != SILENT)
