"""How a duty looks: its icon, the colour of its urgency, and the page that it leads to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from server.admin.navigation import url_if
from server.core import clock
from server.domain.agenda import Alert, AlertKind, Entry, EntryKind, Urgency

ICONS: Mapping[EntryKind, str] = MappingProxyType(
    {
        EntryKind.DELIVERABLE: "files",
        EntryKind.ACCEPTANCE: "clipboard-check",
        EntryKind.MATERIAL: "archive",
        EntryKind.PAYMENT: "cash",
        EntryKind.RECTIFICATION: "tool",
        EntryKind.REPLACEMENT: "id-badge",
        EntryKind.DUTY_GAP: "phone",
        EntryKind.TICKET: "ticket",
        EntryKind.REFERRAL: "arrows-exchange",
        EntryKind.INSPECTION: "checkbox",
        EntryKind.FINDING: "tool",
        EntryKind.DRILL: "urgent",
        EntryKind.SECRECY: "lock",
        EntryKind.INCIDENT: "shield-x",
        EntryKind.CONTRACT_END: "contract",
        EntryKind.CALENDAR: "calendar-event",
    }
)
TONES: Mapping[Urgency, str] = MappingProxyType(
    {Urgency.AHEAD: "blue", Urgency.SOON: "amber", Urgency.LATE: "red", Urgency.DONE: "green"}
)
ALERT_TONES: Mapping[AlertKind, str] = MappingProxyType({AlertKind.AHEAD: "amber", AlertKind.LATE: "red"})

Place = Mapping[str, str]


def _of_staff(place: Place) -> str:
    if place["what"] == "replacement":
        return url_if("staff.replacement", replacement_id=place["id"])
    if place["what"] == "departure":
        return url_if("staff.show", maintainer_id=place["id"])
    return url_if("staff.subcontracts")


def _of_upkeep(place: Place) -> str:
    if place["what"] == "drill":
        return url_if("contingency.show", plan_id=place["id"])
    return url_if("inspections.show", inspection_id=place["id"])


def _of_secrecy(place: Place) -> str:
    if place["what"] in ("report", "review"):
        return url_if("secrecy_incidents.show", incident_id=place["id"])
    if place["what"] == "promise":
        return url_if("secrecy_promises.show", promise_id=place["id"])
    return url_if("secrecy.show_item", item_id=place["id"])


_LINKS: Mapping[EntryKind, Callable[[Place], str]] = MappingProxyType(
    {
        EntryKind.DELIVERABLE: lambda place: url_if("deliverable.show", **place),
        EntryKind.ACCEPTANCE: lambda place: url_if("acceptances.show", **place),
        EntryKind.MATERIAL: lambda place: url_if("records.material", **place),
        EntryKind.PAYMENT: lambda place: url_if("payments.plan", contract_id=place["contract_id"]),
        EntryKind.RECTIFICATION: lambda place: url_if("penalties.order", order_id=place["id"]),
        EntryKind.REPLACEMENT: _of_staff,
        EntryKind.DUTY_GAP: lambda _: url_if("duty.gaps"),
        EntryKind.TICKET: lambda place: url_if("ticket.show", **place),
        EntryKind.REFERRAL: lambda place: url_if(f"referrals.{place['what']}", **{f"{place['what']}_id": place["id"]}),
        EntryKind.INSPECTION: _of_upkeep,
        EntryKind.FINDING: _of_upkeep,
        EntryKind.DRILL: _of_upkeep,
        EntryKind.SECRECY: _of_secrecy,
        EntryKind.INCIDENT: _of_secrecy,
        EntryKind.CONTRACT_END: lambda place: url_if("contracts.show", **place),
        EntryKind.CALENDAR: lambda place: url_if("calendar.index", **place),
    }
)


def link_of(found: Entry | Alert) -> str:
    """The page of a duty, or of what an alert is about."""
    kind = found.kind if isinstance(found, Entry) else found.object_kind
    return _LINKS[kind](found.place)


def when(entry: Entry) -> str:
    """The time of the day by which it is due, if one is named."""
    if not entry.timed or entry.due_at is None:
        return ""
    return clock.to_local(entry.due_at).strftime("%H:%M")
