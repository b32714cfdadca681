"""The ledger's own rules as data: nothing here is contractual, and an administrator may change it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import timedelta
from typing import Any

from server.core import clock
from server.core.db import session
from server.core.errors import Invalid
from server.domain import identity
from server.domain.identity import Actor, Permission
from server.domain.releases.models import ReleasePolicy
from server.domain.releases.vocabulary import Driver

ONLY_ROW = 1


@dataclass(frozen=True, slots=True)
class Policy:
    """Which driver new releases get, and the minutes, hours and shares that the ledger works by."""

    driver: str = Driver.MANUAL.value
    # How old a manifest's signature may be, and how far the signer's clock may run ahead.
    signed_minutes: int = 60
    ahead_minutes: int = 5
    # From when on a release that nobody runs is strange; what another version may still carry.
    unseen_hours: int = 24
    gray_tolerance_percent: int = 10
    # A file of a source map that no release names is swept after this long.
    orphan_hours: int = 24
    # What a build number is, is learnt from so many days, each settled by so many witnesses.
    learn_days: int = 14
    witnesses: int = 3
    # So long counts of traffic are kept, and so long who vouched for a build.
    traffic_days: int = 400
    witness_days: int = 30

    @property
    def fresh(self) -> timedelta:
        """How old a signature may be."""
        return timedelta(minutes=self.signed_minutes)

    @property
    def ahead(self) -> timedelta:
        """How far the signer's clock may run ahead of ours."""
        return timedelta(minutes=self.ahead_minutes)


KNOWN = frozenset(field.name for field in fields(Policy))


def policy() -> Policy:
    """The rules in force."""
    row = session().get(ReleasePolicy, ONLY_ROW)
    return Policy(**{name: value for name, value in row.rules.items() if name in KNOWN}) if row else Policy()


def set_policy(actor: Actor, **changes: Any) -> Policy:
    """Change some rules; Invalid names those that are not rules or have no such value. Needs system.configure."""
    actor.need(Permission.SYSTEM_CONFIGURE)
    before = asdict(policy())
    wrong = {name: ["不能这样设置。"] for name, value in changes.items() if not _fits(name, value)}
    if wrong:
        raise Invalid(fields=wrong)
    rules = before | {name: str(value) if name == "driver" else value for name, value in changes.items()}
    row = session().get(ReleasePolicy, ONLY_ROW)
    if row is None:
        session().add(ReleasePolicy(id=ONLY_ROW, rules=rules, changed_at=clock.now()))
    else:
        row.rules, row.changed_at = rules, clock.now()
    session().flush()
    moved = {name: [before[name], value] for name, value in rules.items() if before[name] != value}
    identity.record(actor, "release_policy.changed", summary="修改版本发布规则", changes=moved)
    return Policy(**rules)


def _fits(name: str, value: Any) -> bool:
    if name == "driver":
        return str(value) in set(Driver)
    return name in KNOWN and isinstance(value, int) and not isinstance(value, bool) and value >= 0
