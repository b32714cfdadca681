"""The agenda's own rules as data: how long ahead to remind of what, and in which hours. Nothing here is contractual."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Invalid
from server.domain import identity
from server.domain.agenda.models import AgendaPolicy
from server.domain.agenda.vocabulary import EntryKind
from server.domain.identity import Actor, Permission

ONLY_ROW = 1
MOST_DAYS = 366
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")

# Days ahead; an administrator changes them on the page. Duty gaps, tickets and incidents wait for nobody's office hours (A19).
LEADS: Mapping[EntryKind, int] = MappingProxyType(
    {
        EntryKind.DELIVERABLE: 3,
        EntryKind.ACCEPTANCE: 2,
        EntryKind.MATERIAL: 3,
        EntryKind.PAYMENT: 15,
        EntryKind.RECTIFICATION: 3,
        EntryKind.REPLACEMENT: 7,
        EntryKind.DUTY_GAP: 7,
        EntryKind.TICKET: 0,
        EntryKind.REFERRAL: 7,
        EntryKind.INSPECTION: 3,
        EntryKind.FINDING: 3,
        EntryKind.DRILL: 14,
        EntryKind.SECRECY: 7,
        EntryKind.INCIDENT: 1,
        EntryKind.CONTRACT_END: 60,
        EntryKind.CALENDAR: 30,
    }
)
EXEMPT = frozenset({EntryKind.DUTY_GAP, EntryKind.TICKET, EntryKind.INCIDENT})


@dataclass(frozen=True, slots=True)
class Policy:
    """Lead days by kind; the hours in which reminders come; whether on working days only; what is exempt from both."""

    leads: Mapping[EntryKind, int] = field(default_factory=lambda: LEADS)
    opens: time = time(8, 30)
    closes: time = time(18, 0)
    working_days_only: bool = True
    exempt: frozenset[EntryKind] = EXEMPT
    # How long a sheet without a planned day may lie before we remind of it: an internal figure.
    referral_days: int = 14


def policy() -> Policy:
    """The rules in force."""
    row = session().get(AgendaPolicy, ONLY_ROW)
    return _parsed(row.rules) if row and row.rules else Policy()


def prepare() -> None:
    """Put the one row down, as the migration does: without rules of its own the defaults hold."""
    session().add(AgendaPolicy(id=ONLY_ROW, rules={}, changed_at=clock.now()))
    session().flush()


def take_turn() -> None:
    """Wait until no other worker looks at the alerts: they would raise the same ones, and MariaDB calls it a deadlock.

    Before the unit's first read.
    """
    session().execute(sa.select(AgendaPolicy.id).where(AgendaPolicy.id == ONLY_ROW).with_for_update())


def set_policy(
    actor: Actor,
    *,
    leads: Mapping[EntryKind, int],
    opens: str,
    closes: str,
    working_days_only: bool,
    exempt: frozenset[EntryKind],
    referral_days: int = 14,
) -> Policy:
    """Change the rules. Needs contract.manage; Invalid names what is wrong by field."""
    actor.need(Permission.CONTRACT_MANAGE)
    faults = {
        f"lead_{kind.value}": [f"须为 0 至 {MOST_DAYS} 的整数。"]
        for kind, days in leads.items()
        if not 0 <= days <= MOST_DAYS
    }
    if not 1 <= referral_days <= MOST_DAYS:
        faults["referral_days"] = [f"须为 1 至 {MOST_DAYS} 的整数。"]
    faults |= {
        name: ["请按 08:30 的样子填写。"]
        for name, text in (("opens", opens), ("closes", closes))
        if not _TIME.fullmatch(text)
    }
    if not faults and opens >= closes:
        faults["closes"] = ["应晚于开始时间。"]
    if faults:
        raise Invalid(fields=faults)
    before = _rules(policy())
    rules = {
        "leads": {kind.value: leads.get(kind, policy().leads[kind]) for kind in EntryKind},
        "opens": opens,
        "closes": closes,
        "working_days_only": working_days_only,
        "exempt": sorted(kind.value for kind in exempt),
        "referral_days": referral_days,
    }
    row = session().get(AgendaPolicy, ONLY_ROW)
    if row is None:
        session().add(AgendaPolicy(id=ONLY_ROW, rules=rules, changed_at=clock.now()))
    else:
        row.rules, row.changed_at = rules, clock.now()
    session().flush()
    moved = {name: [before[name], value] for name, value in rules.items() if before[name] != value}
    identity.record(actor, "agenda_policy.changed", summary="修改提醒规则", changes=moved)
    return _parsed(rules)


def _rules(held: Policy) -> dict[str, Any]:
    return {
        "leads": {kind.value: days for kind, days in held.leads.items()},
        "opens": held.opens.strftime("%H:%M"),
        "closes": held.closes.strftime("%H:%M"),
        "working_days_only": held.working_days_only,
        "exempt": sorted(kind.value for kind in held.exempt),
        "referral_days": held.referral_days,
    }


def _parsed(rules: Mapping[str, Any]) -> Policy:
    known = {kind.value for kind in EntryKind}
    return Policy(
        leads={**LEADS, **{EntryKind(name): days for name, days in rules["leads"].items() if name in known}},
        opens=time.fromisoformat(rules["opens"]),
        closes=time.fromisoformat(rules["closes"]),
        working_days_only=rules["working_days_only"],
        exempt=frozenset(EntryKind(name) for name in rules["exempt"] if name in known),
        referral_days=rules["referral_days"],
    )
