"""网络安全事件 (§6, B31): found, graded, reported in time, handled, those concerned told, closed with a review.

The clock runs from discovery. Either side enters an incident and its steps; the bureau, which is the operator, reports it,
grades it and closes it. What leaked personal data also asks whether the people are told (PIPL 57).
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Invalid
from server.core.ids import new_id
from server.domain.identity import Actor, Permission
from server.domain.secrecy import access, log, policy
from server.domain.secrecy.access import said
from server.domain.secrecy.models import NAME, ORGANISATION, TEXT, TITLE, Incident
from server.domain.secrecy.vocabulary import EventKind, Grade, IncidentKind, IncidentState, Told

LONG = 5000
REPORT = Permission.INCIDENT_REPORT


class IncidentNotOpen(Conflict):
    """The incident's state does not allow this step."""

    code = "incident_state"
    message = "事件当前状态不允许此操作。"


class ReportMissing(Conflict):
    """An incident that must be reported is not closed before it is."""

    code = "incident_report_missing"
    message = "该事件须上报而尚未登记上报，不能结案。"


class PersonsNotTold(Conflict):
    """Personal data leaked: the people are told, or it is written down why they need not be (PIPL 57)."""

    code = "incident_persons_not_told"
    message = "涉及个人信息泄露：须先通知受影响的个人，或写明可以不通知的理由（个人信息保护法第五十七条），才能结案。"


def open_incident(
    actor: Actor,
    *,
    contract_id: uuid.UUID,
    title: str,
    kind: IncidentKind,
    grade: Grade,
    discovered_at: datetime,
    discovered_by: str,
    systems: str,
    symptom: str,
    impact: str = "",
    leak: bool = False,
    persons_count: int | None = None,
    data_kinds: str = "",
) -> Incident:
    """Enter an incident; the clock to report runs from its discovery. Needs incident.report on the contract."""
    access.begin(actor, REPORT, contract_id)
    now = clock.now()
    discovered_at = discovered_at.replace(second=0, microsecond=0)
    if discovered_at > now:
        raise Invalid(fields={"discovered_at": ["不能晚于当前时间。"]})
    rules = policy.rules()
    made = Incident(
        id=new_id(),
        contract_id=contract_id,
        title=said(title, field="title", longest=TITLE),
        kind=kind,
        grade=grade,
        state=IncidentState.OPEN,
        discovered_at=discovered_at,
        discovered_by=said(discovered_by, field="discovered_by", longest=NAME),
        systems=said(systems, field="systems", longest=TEXT),
        symptom=said(symptom, field="symptom", longest=LONG),
        impact=said(impact, field="impact", longest=LONG, needed=False),
        leak=leak or kind is IncidentKind.LEAK,
        persons_count=_counted(persons_count),
        data_kinds=said(data_kinds, field="data_kinds", longest=TITLE, needed=False),
        hours=rules.hours,
        source=rules.source,
        authority=rules.authority,
        due_at=discovered_at + timedelta(hours=rules.hours) if rules.asks_report(grade) else None,
        entered_by_name=actor.name[:NAME],
        created_at=now,
        updated_at=now,
        seq=0,
    )
    made.number = access.numbered(access.INCIDENT_SERIES)
    session().add(made)
    session().flush()
    due = f"，{clock.to_local(made.due_at):%m-%d %H:%M} 前上报" if made.due_at else ""
    log.write(actor, made, EventKind.ENTERED, f"登记{grade.label}事件“{made.title}”{due}", at=discovered_at)
    return made


def grade(actor: Actor, incident_id: uuid.UUID, *, grade: Grade, reason: str) -> Incident:
    """The bureau judges it graver or lighter. The clock counts from discovery all the same."""
    incident = _held(actor, incident_id, bureau=True)
    why = said(reason, field="reason", longest=TEXT)
    before, incident.grade = incident.grade, grade
    if incident.reported_at is None:
        asks = policy.rules().asks_report(grade)
        incident.due_at = incident.discovered_at + timedelta(hours=incident.hours) if asks else None
    changes = {"grade": [before.value, grade.value]}
    log.write(actor, incident, EventKind.CHANGED, f"级别由{before.label}改为{grade.label}", text=why, changes=changes)
    return incident


def count_persons(
    actor: Actor, incident_id: uuid.UUID, *, persons_count: int | None, data_kinds: str, harmless_reason: str = ""
) -> Incident:
    """Personal data are concerned: how many people, which data, and why they need not be told, if so."""
    incident = _held(actor, incident_id)
    if harmless_reason.strip():
        access.need_bureau(actor, REPORT)
    incident.leak = True
    incident.persons_count = _counted(persons_count)
    incident.data_kinds = said(data_kinds, field="data_kinds", longest=TITLE)
    incident.harmless_reason = said(harmless_reason, field="harmless_reason", longest=TEXT, needed=False)
    number = "人数待查" if incident.persons_count is None else f"{incident.persons_count} 人"
    log.write(
        actor,
        incident,
        EventKind.CHANGED,
        f"涉及个人信息：{number}，{incident.data_kinds}",
        text=incident.harmless_reason,
    )
    return incident


def add_step(actor: Actor, incident_id: uuid.UUID, *, text: str, at: datetime | None = None) -> Incident:
    """What was done about it, and when."""
    incident = _held(actor, incident_id)
    log.write(actor, incident, EventKind.STEP, said(text, field="text", longest=LONG), at=_since(incident, at))
    return incident


def note_told(
    actor: Actor, incident_id: uuid.UUID, *, whom: Told, name: str = "", text: str = "", at: datetime | None = None
) -> Incident:
    """Somebody was told. The authority's report has a verb of its own."""
    incident = _held(actor, incident_id)
    if whom is Told.CAC:
        raise Invalid(fields={"whom": ["向网信部门的报告请用“登记上报”。"]})
    if whom is not Told.BUREAU:
        access.need_bureau(actor, REPORT)
    called = said(name, field="name", longest=ORGANISATION, needed=False)
    words = said(text, field="text", longest=LONG, needed=False)
    told = f"通知{whom.label}" + (f"：{called}" if called else "")
    log.write(actor, incident, EventKind.NOTIFIED, told, text=words, at=_since(incident, at), data={"whom": whom.value})
    return incident


def report(
    actor: Actor, incident_id: uuid.UUID, *, reported_at: datetime, to: str, ref: str, text: str = ""
) -> Incident:
    """It was reported, in time or late. The operator's act: needs incident.report as the bureau holds it. Once."""
    incident = _held(actor, incident_id, bureau=True)
    if incident.reported_at is not None:
        raise IncidentNotOpen("该事件已登记上报，补充情况请登记为处置步骤。")
    at = _since(incident, reported_at, field="reported_at")
    incident.reported_at = at
    incident.reported_to = said(to, field="to", longest=ORGANISATION)
    incident.report_ref = said(ref, field="ref", longest=TITLE)
    told = f"向{incident.reported_to}上报（{incident.report_ref}），{in_words(incident)}"
    words = said(text, field="text", longest=LONG, needed=False)
    changes = {"reported_at": [None, at.isoformat()]}
    log.write(actor, incident, EventKind.REPORTED, told, text=words, at=at, changes=changes)
    return incident


def contain(actor: Actor, incident_id: uuid.UUID, *, at: datetime | None = None, text: str) -> Incident:
    """It does no further harm."""
    incident = _held(actor, incident_id)
    if incident.state is not IncidentState.OPEN:
        raise IncidentNotOpen(f"事件{incident.state.label}。", state=incident.state.value)
    words = said(text, field="text", longest=LONG)
    incident.state, incident.contained_at = IncidentState.CONTAINED, _since(incident, at)
    changes = {"state": [IncidentState.OPEN.value, IncidentState.CONTAINED.value]}
    log.write(actor, incident, EventKind.CONTAINED, "事件已控制", text=words, at=incident.contained_at, changes=changes)
    return incident


def close(actor: Actor, incident_id: uuid.UUID, *, cause: str, measures: str, review: str) -> Incident:
    """Close it with a review: why, what was done, what is learnt. The bureau's word; not before the duties are met."""
    incident = _held(actor, incident_id, bureau=True)
    if incident.state is not IncidentState.CONTAINED:
        raise IncidentNotOpen("事件尚未控制，不能结案。", state=incident.state.value)
    if incident.due_at is not None and incident.reported_at is None:
        raise ReportMissing
    if incident.leak and not incident.harmless_reason and not _persons_told(incident):
        raise PersonsNotTold
    incident.cause = said(cause, field="cause", longest=LONG)
    incident.measures = said(measures, field="measures", longest=LONG)
    incident.review = said(review, field="review", longest=LONG)
    incident.state, incident.closed_at = IncidentState.CLOSED, clock.now()
    changes = {"state": [IncidentState.CONTAINED.value, IncidentState.CLOSED.value]}
    log.write(actor, incident, EventKind.CLOSED, "结案", text=incident.review, changes=changes)
    return incident


def is_late(incident: Incident, now: datetime) -> bool:
    """Whether the report came, or still is missing, after its last moment."""
    return incident.due_at is not None and (incident.reported_at or now) > incident.due_at


def in_words(incident: Incident) -> str:
    """How a report that was made stands to its last moment."""
    if incident.reported_at is None:
        return "未上报"
    if incident.due_at is None:
        return "自愿上报"
    if incident.reported_at <= incident.due_at:
        return "在时限内"
    minutes = int((incident.reported_at - incident.due_at).total_seconds() // 60)
    return f"超过时限 {minutes // 60} 小时 {minutes % 60} 分"


def _persons_told(incident: Incident) -> bool:
    return any(
        event.kind is EventKind.NOTIFIED and event.data.get("whom") == Told.PERSONS.value
        for event in log.events_of(incident.id)
    )


def _held(actor: Actor, incident_id: uuid.UUID, *, bureau: bool = False) -> Incident:
    incident = access.hold(actor, Incident, incident_id, REPORT)
    if bureau:
        access.need_bureau(actor, REPORT)
    if incident.state is IncidentState.CLOSED:
        raise IncidentNotOpen("事件已结案。", state=incident.state.value)
    return incident


def _since(incident: Incident, at: datetime | None, *, field: str = "at") -> datetime:
    """A moment between discovery and now."""
    now = clock.now()
    if at is None:
        return now
    if at > now:
        raise Invalid(fields={field: ["不能晚于当前时间。"]})
    if at < incident.discovered_at:
        raise Invalid(
            fields={field: [f"不能早于发现时间（{clock.to_local(incident.discovered_at):%Y-%m-%d %H:%M}）。"]}
        )
    return at


def _counted(number: int | None) -> int | None:
    if number is not None and number < 0:
        raise Invalid(fields={"persons_count": ["不能小于 0。"]})
    return number
