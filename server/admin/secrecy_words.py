"""How the secrecy pages tell things: tones, the marks of the log, tabs, and what a holder owes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from flask import url_for

from server.admin.acceptance_words import Told, said_late
from server.core import clock
from server.domain import contracts, secrecy
from server.domain.identity import Actor, Permission
from server.domain.secrecy import (
    EventKind,
    Grade,
    HandoverState,
    Incident,
    IncidentState,
    ItemState,
    Level,
    Promise,
    PromiseState,
    SecrecyEvent,
    SecrecyItem,
    UseState,
)

__all__ = ["TONES", "around", "at_of", "item_due", "mark_of", "promise_due", "report_due", "said_late"]

TONES: Mapping[Any, str] = MappingProxyType(
    {
        Level.UNDECLARED: "amber",
        Level.PUBLIC: "green",
        Level.INTERNAL: "blue",
        Level.SENSITIVE: "violet",
        Level.WORK_SECRET: "amber",
        Level.SECRET: "red",
        Level.CONFIDENTIAL: "red",
        Level.TOP_SECRET: "red",
        ItemState.HELD: "blue",
        ItemState.RETURNED: "green",
        ItemState.DESTROYED: "green",
        ItemState.WITHDRAWN: "gray",
        PromiseState.DRAFT: "amber",
        PromiseState.SIGNED: "green",
        PromiseState.ENDED: "gray",
        HandoverState.DRAFT: "gray",
        HandoverState.DELIVERED: "amber",
        HandoverState.ACCEPTED: "green",
        HandoverState.REFUSED: "red",
        UseState.NONE: "gray",
        UseState.ASKED: "amber",
        UseState.AGREED: "green",
        UseState.DENIED: "red",
        Grade.ORDINARY: "gray",
        Grade.SERIOUS: "amber",
        Grade.MAJOR: "red",
        Grade.EXTREME: "red",
        IncidentState.OPEN: "red",
        IncidentState.CONTAINED: "amber",
        IncidentState.CLOSED: "green",
    }
)
_MARKS: Mapping[EventKind, tuple[str, str]] = MappingProxyType(
    {
        EventKind.ENTERED: ("plus", "blue"),
        EventKind.CHANGED: ("edit", "gray"),
        EventKind.DECLARED: ("tag", "violet"),
        EventKind.ASKED_BACK: ("calendar-due", "amber"),
        EventKind.RETURNED: ("arrow-back-up", "green"),
        EventKind.DESTROYED: ("trash", "green"),
        EventKind.WITHDRAWN: ("ban", "gray"),
        EventKind.SIGNED: ("signature", "green"),
        EventKind.ENDED: ("logout", "gray"),
        EventKind.ADDED: ("plus", "gray"),
        EventKind.REMOVED: ("minus", "gray"),
        EventKind.DELIVERED: ("send", "blue"),
        EventKind.ACCEPTED: ("circle-check", "green"),
        EventKind.REFUSED: ("circle-x", "red"),
        EventKind.CHECKED: ("fingerprint", "gray"),
        EventKind.USE_ASKED: ("help-circle", "amber"),
        EventKind.USE_DECIDED: ("scale", "violet"),
        EventKind.STEP: ("tool", "blue"),
        EventKind.NOTIFIED: ("speakerphone", "blue"),
        EventKind.REPORTED: ("send", "green"),
        EventKind.CONTAINED: ("shield-check", "green"),
        EventKind.CLOSED: ("check", "green"),
    }
)


def mark_of(event: SecrecyEvent) -> tuple[str, str]:
    """The icon and tone of a line of the log."""
    return _MARKS[event.kind]


def at_of(event: SecrecyEvent) -> str:
    """When it happened; what is known by its day alone is told so."""
    if event.data.get("on"):
        return str(event.data["on"])
    return f"{clock.to_local(event.at):%Y-%m-%d %H:%M}"


def item_due(item: SecrecyItem, today: date) -> Told:
    """Whether a thing is owed back."""
    if item.state is not ItemState.HELD or item.due_back_on is None:
        return Told("–", "gray", "point")
    left = (item.due_back_on - today).days
    if left < 0:
        return Told(f"逾期 {-left} 天未还", "red", "alert-triangle")
    return Told("今天应还" if left == 0 else f"还剩 {left} 天", "amber" if left <= 7 else "blue", "clock")  # noqa: PLR2004 - a week


def promise_due(promise: Promise, today: date) -> Told:
    """How long a promise holds."""
    if promise.state is not PromiseState.SIGNED:
        return Told("–", "gray", "point")
    if promise.valid_until is None:
        return Told("至合同终止或离岗", "gray", "point")
    left = (promise.valid_until - today).days
    if left < 0:
        return Told("已过有效期", "red", "alert-triangle")
    return Told(f"至 {promise.valid_until}", "amber" if left <= 30 else "gray", "clock")  # noqa: PLR2004 - a month


def report_due(incident: Incident, now: datetime) -> Told:
    """How the report stands to its last moment."""
    if incident.reported_at is not None:
        late = secrecy.is_late(incident, now)
        return Told(secrecy.in_words(incident), "red" if late else "green", "alert-triangle" if late else "check")
    if incident.due_at is None:
        return Told("该级别未要求上报", "gray", "point")
    return Told("超过上报时限" if now > incident.due_at else "待上报", "red", "clock-exclamation")


def around(actor: Actor, here: str) -> dict[str, Any]:
    """The tabs of the area, and the names of contracts."""
    tabs = [
        ("资料登记", "secrecy.index", "items", None),
        ("承诺书", "secrecy_promises.index", "promises", None),
        ("成果移交", "secrecy_handovers.index", "handovers", None),
        ("安全事件", "secrecy_incidents.index", "incidents", len(secrecy.unreported(actor)) or None),
    ]
    if secrecy.may_read(actor):
        tabs.append(("访问与导出日志", "secrecy_traces.index", "traces", None))
    names = contracts.titles(actor) if actor.may(Permission.CONTRACT_VIEW) else {}
    return {
        "tabs": [(text, url_for(endpoint), key == here, count) for text, endpoint, key, count in tabs],
        "tones": TONES,
        "contract_names": names,
        "contract_choices": [(str(key), name) for key, name in names.items()],
    }
