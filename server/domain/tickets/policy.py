"""The desk's own rules as data: nothing here is contractual, and an administrator may change it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import timedelta

import sqlalchemy as sa

from server.core import clock
from server.core.db import run, session, table
from server.core.errors import Invalid
from server.domain import identity
from server.domain.identity import Actor, Permission
from server.domain.tickets.models import DeskPolicy
from server.domain.tickets.vocabulary import Severity

ONLY_ROW = 1


@dataclass(frozen=True, slots=True)
class Policy:
    """Days, hours and counts that the desk works by."""

    reopen_days: int = 7
    reopen_count: int = 1
    rating_days: int = 30
    orphan_hours: int = 24
    check_minutes: int = 30
    due_soon_minutes: int = 60
    ticket_pictures: int = 9
    citizen_daily_tickets: int = 20
    anonymous_daily_tickets: int = 20
    # Our own targets from receipt to solution, in hours without waiting; 0: none. No contract speaks of them (#11).
    target_hours_low: int = 240
    target_hours_normal: int = 120
    target_hours_high: int = 48
    target_hours_major: int = 24

    def target(self, severity: Severity) -> timedelta | None:
        """Our own target (内部目标) for tickets of this severity."""
        hours = {
            Severity.LOW: self.target_hours_low,
            Severity.NORMAL: self.target_hours_normal,
            Severity.HIGH: self.target_hours_high,
            Severity.MAJOR: self.target_hours_major,
        }[severity]
        return timedelta(hours=hours) if hours else None

    @property
    def reopen_within(self) -> timedelta:
        """How long after the solution a citizen may reopen."""
        return timedelta(days=self.reopen_days)

    @property
    def rating_within(self) -> timedelta:
        """How long after the solution a citizen may rate it."""
        return timedelta(days=self.rating_days)


KNOWN = frozenset(field.name for field in fields(Policy))
_IN_FORCE = sa.select(table(DeskPolicy).c.rules).where(table(DeskPolicy).c.id == ONLY_ROW)


def policy() -> Policy:
    """The rules in force."""
    rules = run(_IN_FORCE).scalar_one_or_none()
    return Policy(**{name: value for name, value in rules.items() if name in KNOWN}) if rules else Policy()


def set_policy(actor: Actor, **changes: int) -> Policy:
    """Change some rules; Invalid names those that are not rules or not whole numbers from 0."""
    actor.need(Permission.SYSTEM_CONFIGURE)
    before = asdict(policy())
    wrong = {name: ["须为不小于 0 的整数"] for name, value in changes.items() if name not in before or value < 0}
    if wrong:
        raise Invalid(fields=wrong)
    rules = before | changes
    row = session().get(DeskPolicy, ONLY_ROW)
    if row is None:
        session().add(DeskPolicy(id=ONLY_ROW, rules=rules, changed_at=clock.now()))
    else:
        row.rules, row.changed_at = rules, clock.now()
    moved = {name: [before[name], value] for name, value in changes.items() if before[name] != value}
    identity.record(actor, "ticket_policy.changed", summary="修改工单规则", changes=moved)
    return Policy(**rules)
