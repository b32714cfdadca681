"""A second reckoning of a month's figures, written apart from the program: plain SQL rows, plain Python over them.

It reads every row of a contract without narrowing, and keeps to what the papers say: a ticket that was merged is
another's, what was open at a moment is what the log says.
"""

from __future__ import annotations

import json
import uuid
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from server.core.db import db, session

EAST = timedelta(hours=8)
OPEN = {"new", "responded", "in_progress", "waiting"}


def rows(statement: str, **values: Any) -> list[dict[str, Any]]:
    """Rows of a raw statement, moments as naive UTC."""
    found = [dict(row._mapping) for row in session().execute(sa.text(statement), values)]
    return [{name: _plain(name, value) for name, value in row.items()} for row in found]


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, str) and name.endswith("_at"):
        return datetime.fromisoformat(value)
    if isinstance(value, str) and name.endswith("_on"):
        return date.fromisoformat(value)
    return str(value).replace("-", "") if isinstance(value, uuid.UUID) or (name.endswith("id") and value) else value


def key_of(contract_id: uuid.UUID) -> Any:
    """An id as this database keeps it."""
    return contract_id if db.engine.dialect.name == "postgresql" else contract_id.hex


def month_of(contract_id: uuid.UUID, first: date, last: date, now: datetime) -> dict[str, Any]:
    """The figures of one period by our own names."""
    start = datetime(first.year, first.month, first.day) - EAST
    end = datetime(last.year, last.month, last.day) - EAST + timedelta(days=1)
    told = min(end, now.astimezone(UTC).replace(tzinfo=None))
    key = key_of(contract_id)
    tickets = [t for t in rows("select * from tickets where contract_id = :c", c=key) if t["merged_into_id"] is None]
    log: dict[str, list[dict[str, Any]]] = {}
    for line in rows(
        "select e.* from ticket_events e join tickets t on t.id = e.ticket_id where t.contract_id = :c order by e.seq",
        c=key,
    ):
        line["at"] = line["at"] if isinstance(line["at"], datetime) else datetime.fromisoformat(line["at"])
        log.setdefault(line["ticket_id"], []).append(line)

    def state(ticket: dict[str, Any], moment: datetime) -> str:
        if ticket["received_at"] >= moment:
            return ""
        found = "new"
        for line in log[ticket["id"]]:
            data = line["data"] if isinstance(line["data"], dict) else json.loads(line["data"])
            if line["at"] < moment and "state" in data:
                found = data["state"]
        return found

    before = {t["id"] for t in tickets if state(t, start) in OPEN}
    after = {t["id"] for t in tickets if state(t, told) in OPEN}
    came = [t for t in tickets if start <= t["received_at"] < told]
    numbers = {t["id"] for t in came}
    found: dict[str, Any] = {
        "desk.before": len(before),
        "desk.received": len(came),
        "desk.after": len(after),
        "desk.done": len((before | numbers) - after),
        "desk.reopened": len(after - before - numbers),
        "desk.cancelled": sum(state(t, told) == "cancelled" for t in came),
        "kinds": dict(Counter(t["kind"] for t in came)),
        "channels": dict(Counter(t["channel"] for t in came)),
    }
    found |= _promises(key, came, now.astimezone(UTC).replace(tzinfo=None))
    asked = [t for t in came if t["kind"] == "consultation" and state(t, told) != "cancelled"]
    found["consulting.total"] = len(asked)
    found["asked"] = Counter((t["channel"], t["asker_kind"]) for t in asked)
    found |= _field(key, tickets, log, start, told)
    found |= _upkeep(key, first, min(last, (told + EAST).date()), start, told)
    found |= _trained(key, start, told)
    found |= _gone_out(key, first, min(last, (told + EAST).date()), start, told)
    found |= _others(key, first, min(last, (told + EAST).date()), start, told)
    return found


def _promises(key: Any, came: list[dict[str, Any]], now: datetime) -> dict[str, int]:
    by_id = {t["id"]: t for t in came if t["state"] != "cancelled" and t["scope"] in ("undecided", "inside")}
    found: dict[str, int] = {}
    clocks = rows(
        "select k.* from ticket_clocks k join tickets t on t.id = k.ticket_id where t.contract_id = :c", c=key
    )
    for kind in ("response", "on_site"):
        mine = [k for k in clocks if k["kind"] == kind and k["ticket_id"] in by_id and k["due_at"] is not None]
        ended = [k for k in mine if k["met_at"] is not None or k["due_at"] < now]
        kept = [k for k in ended if k["met_at"] is not None and k["met_at"] <= k["due_at"]]
        found[f"promises.{kind}.ended"] = len(ended)
        found[f"promises.{kind}.kept"] = len(kept)
        found[f"promises.{kind}.late"] = len(ended) - len(kept)
    return found


def _field(
    key: Any, tickets: list[dict[str, Any]], log: dict[str, list[dict[str, Any]]], start: datetime, told: datetime
) -> dict[str, int]:
    """Tickets whose first sending out, or first arrival within the period, lies in it."""
    visits = {"dispatched": 0, "arrived": 0}
    for ticket in tickets:
        for kind in visits:
            visits[kind] += any(line["kind"] == kind and start <= line["at"] < told for line in log[ticket["id"]])
    return {f"field.{kind}": number for kind, number in visits.items()}


def _upkeep(key: Any, first: date, last: date, start: datetime, told: datetime) -> dict[str, int]:
    works = rows("select * from upkeep_works where contract_id = :c", c=key)
    guided = rows("select * from upkeep_guidances where contract_id = :c", c=key)
    sheets = {
        s["id"]: s
        for s in rows("select * from upkeep_inspections where contract_id = :c", c=key)
        if s["state"] in ("submitted", "signed") and s["inspected_on"] <= last
    }
    found = rows("select * from upkeep_findings where contract_id = :c", c=key)
    found = [f for f in found if f["inspection_id"] in sheets]
    return {
        "upkeep.works": sum(start <= w["started_at"] < told for w in works),
        "upkeep.guidance": sum(start <= g["given_at"] < told for g in guided),
        "upkeep.inspections": sum(first <= s["inspected_on"] for s in sheets.values()),
        "upkeep.findings": sum(first <= sheets[f["inspection_id"]]["inspected_on"] for f in found),
        "upkeep.rectified": sum(f["done_on"] is not None and first <= f["done_on"] <= last for f in found),
        "upkeep.open": sum(f["done_on"] is None or f["done_on"] > last for f in found),
    }


def _trained(key: Any, start: datetime, told: datetime) -> dict[str, Any]:
    trainings = rows("select id, state, hours, actual_start as began_at from trainings where contract_id = :c", c=key)
    held = {t["id"]: t for t in trainings if t["state"] in ("held", "closed") and start <= t["began_at"] < told}
    came = rows("select training_id from training_attendances")
    tenths = sum(round(float(t["hours"]) * 10) for t in held.values())
    return {
        "training.held": len(held),
        "training.people": sum(a["training_id"] in held for a in came),
        "training.hours": f"{tenths // 10}.{tenths % 10}",
    }


def _gone_out(key: Any, first: date, last: date, start: datetime, told: datetime) -> dict[str, int]:
    """Releases by step, changes of the flags, and what went to others."""
    steps = rows(
        "select e.release_id, e.step, e.at as done_at from release_events e join releases r on r.id = e.release_id "
        "where r.contract_id = :c and e.kind = 'done'",
        c=key,
    )
    sheets = [s for s in rows("select * from referral_sheets where contract_id = :c", c=key) if s["state"] != "void"]
    wants = [
        r for r in rows("select * from referral_requirements where contract_id = :c", c=key) if r["state"] != "void"
    ]
    asked = rows("select * from referral_applications where contract_id = :c", c=key)
    talks = rows("select at as held_at from referral_liaisons where contract_id = :c", c=key)
    flags = rows("select created_at from flag_revisions where environment = 'release'")

    def inside(moment: datetime | None) -> bool:
        return moment is not None and start <= moment < told

    def released(step: str) -> int:
        return len({e["release_id"] for e in steps if e["step"] == step and inside(e["done_at"])})

    return {
        "released.registered": released("register"),
        "released.full": released("full"),
        "released.rolled_back": released("roll_back"),
        "released.flags": sum(inside(f["created_at"]) for f in flags),
        "referred.sent": sum(inside(s["sent_at"]) for s in sheets),
        "referred.settled": sum(inside(s["settled_at"]) for s in sheets),
        "referred.requirements": sum(inside(w["submitted_at"]) for w in wants),
        "referred.applied": sum(first <= each["submitted_on"] <= last for each in asked),
        "referred.delivered": sum(
            each["delivered_on"] is not None and first <= each["delivered_on"] <= last for each in asked
        ),
        "referred.liaison": sum(inside(t["held_at"]) for t in talks),
    }


def _others(key: Any, first: date, last: date, start: datetime, told: datetime) -> dict[str, int]:
    sessions = rows("select * from remote_sessions where contract_id = :c", c=key)
    calls = rows("select * from duty_calls where contract_id = :c", c=key)
    notices = [n for n in rows("select * from completions where contract_id = :c", c=key) if n["state"] != "withdrawn"]
    materials = [m for m in rows("select * from materials where contract_id = :c", c=key) if m["state"] != "dropped"]
    staff = [
        s
        for s in rows("select * from staff_maintainers where contract_id = :c", c=key)
        if s["review"] in ("pending", "agreed")
    ]
    paid = rows("select paid_on, amount from payments where contract_id = :c", c=key)
    mine = [c for c in calls if start <= c["started_at"] < told]

    def inside(moment: datetime | None) -> bool:
        return moment is not None and start <= moment < told

    owed = [
        m
        for m in materials
        if m["requested_on"] <= last
        and (m["delivered_on"] is None or m["delivered_on"] > last or m["state"] == "returned")
    ]
    decided = Counter(n["state"] for n in notices if inside(n["decided_at"]))
    return {
        "field.remote": sum(inside(s["started_at"]) for s in sessions),
        "calls.total": len(mine),
        "calls.answered": sum(c["state"] == "answered" for c in mine),
        "calls.called_back": sum(c["state"] == "called_back" and c["called_back_at"] < told for c in mine),
        "acceptance.sent": sum(inside(n["sent_at"]) for n in notices),
        "acceptance.accepted": decided["accepted"],
        "acceptance.deemed": decided["deemed"],
        "acceptance.rejected": decided["rejected"],
        "materials.owed": len(owed),
        "materials.late": sum(m["due_on"] < last for m in owed),
        "people.come": sum(first <= s["valid_from_"] <= last for s in _with_days(staff)),
        "money.paid": f"{sum((_cents(p['amount']) for p in paid if first <= p['paid_on'] <= last), 0) / 100:.2f}",
    }


def _with_days(staff: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for each in staff:
        day = each["valid_from"]
        each["valid_from_"] = date.fromisoformat(day) if isinstance(day, str) else day
    return staff


def _cents(amount: Any) -> int:
    return round(float(amount) * 100)
