"""A ticket list's filters: from the address into the domain's words, and from there into a sentence for people."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from werkzeug.datastructures import MultiDict

from server.core import clock
from server.core.enums import Labelled
from server.domain import tickets
from server.domain.tickets import (
    ACTIVE,
    ENDED,
    Assigned,
    Channel,
    Filters,
    Kind,
    Lateness,
    Severity,
    TicketState,
)

E = TypeVar("E", bound=Labelled)

OPEN, OVER = "open", "ended"
STATES = [(OPEN, "未办结"), (OVER, "已办结"), *TicketState.choices()]
ME, NOBODY, NONE = "me", "nobody", "none"
DUE = [
    ("late", "已超时"),
    ("2h", "2 小时内到期"),
    ("today", "今天到期"),
    ("broken", "曾超时"),
    ("unknown", "期限待定"),
]
STANDING = {
    "late": Lateness.LATE,
    "2h": Lateness.DUE,
    "today": Lateness.DUE,
    "broken": Lateness.BROKEN,
    "unknown": Lateness.UNKNOWN,
}
TWO_HOURS = 120
FEW_STARS = 2
# A day outside of these is a slip of the hand, and at the end of the calendar there is no next one.
FIRST_YEAR, LAST_YEAR = 2000, 2100
NAMES = ("q", "state", "due", "assignee", "contract", "kind", "severity", "channel", "from", "to", "review", "stars")


@dataclass(frozen=True, slots=True)
class Names:
    """How people and contracts of the list are called, by id."""

    people: Mapping[uuid.UUID, str]
    contracts: Mapping[uuid.UUID, str]


def read(args: MultiDict[str, str]) -> Filters:
    """The filters that an address asks for; what is not understood asks for nothing."""
    assignee, contract, due = args.get("assignee", ""), args.get("contract", ""), args.get("due", "")
    return Filters(
        text=args.get("q", "")[:100],
        states=_states(args.get("state", "")),
        kinds=_among(Kind, args.get("kind")),
        severities=_among(Severity, args.get("severity")),
        channels=_among(Channel, args.get("channel")),
        assigned={ME: Assigned.MINE, NOBODY: Assigned.NOBODY}.get(assignee),
        assignee_id=_uuid(assignee),
        contract_id=_uuid(contract),
        without_contract=contract == NONE,
        lateness=STANDING.get(due),
        due_minutes=TWO_HOURS if due == "2h" else _minutes_left_today(),
        since=_day(args.get("from", "")),
        until=_day(args.get("to", "")),
        needs_review=bool(args.get("review")),
        most_stars=FEW_STARS if args.get("stars") else None,
    )


def told(args: MultiDict[str, str], names: Names) -> str:
    """The filters as a sentence: what an exported file and the trail say was asked for."""
    people = {ME: "我", NOBODY: "未分派", **{str(key): name for key, name in names.people.items()}}
    contracts = {NONE: "无合同", **{str(key): name for key, name in names.contracts.items()}}
    parts = [
        _part("关键词", args.get("q", "").strip()[:100]),
        _part("状态", dict(STATES).get(args.get("state", ""), "")),
        _part("时限", dict(DUE).get(args.get("due", ""), "")),
        _part("负责人", people.get(args.get("assignee", ""), "")),
        _part("合同", contracts.get(args.get("contract", ""), "")),
        _part("类型", dict(Kind.choices()).get(args.get("kind", ""), "")),
        _part("级别", dict(Severity.choices()).get(args.get("severity", ""), "")),
        _part("渠道", dict(Channel.choices()).get(args.get("channel", ""), "")),
        _part("接报日期", _period(args)),
        "内容待复核" if args.get("review") else "",
        "低分评价" if args.get("stars") else "",
    ]
    return "；".join(part for part in parts if part) or "全部工单"


def hidden_in_more(args: MultiDict[str, str]) -> int:
    """How many filters are set that the list keeps folded away."""
    return sum(bool(args.get(name)) for name in ("kind", "severity", "channel", "from", "to", "stars"))


def _part(label: str, value: str) -> str:
    return f"{label}：{value}" if value else ""


def _period(args: MultiDict[str, str]) -> str:
    since, until = _day(args.get("from", "")), _day(args.get("to", ""))
    if since is None and until is None:
        return ""
    return f"{since or '最早'} 至 {until or '今天'}"


def _states(text: str) -> frozenset[TicketState]:
    return {OPEN: ACTIVE, OVER: ENDED}.get(text) or _among(TicketState, text)


def _among(kind: type[E], text: str | None) -> frozenset[E]:
    return frozenset(member for member in kind if member.value == text)


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None


def _minutes_left_today() -> int:
    now = clock.now()
    return int((clock.end_of(clock.local_day(now)) - now).total_seconds() // 60)


def severity_level(severity: Severity) -> int:
    """How many bars a severity shows, 1 to 4."""
    return list(tickets.Severity).index(severity) + 1
