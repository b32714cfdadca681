"""The log of everything that happened to an application, a claim, an order or a matter; with a line in the audit trail."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Invalid
from server.core.ids import new_id
from server.core.serials import next_number, prepare
from server.domain import identity
from server.domain.identity import Actor
from server.domain.payments.breaches import Claim, Matter, RectificationOrder
from server.domain.payments.models import NAME, Application, MoneyEvent, PayeeChange
from server.domain.payments.vocabulary import MoneyStep, Subject

Logged = Application | PayeeChange | Claim | RectificationOrder | Matter
KINDS: Mapping[type[Logged], Subject] = {
    Application: Subject.APPLICATION,
    PayeeChange: Subject.PAYEE,
    Claim: Subject.CLAIM,
    RectificationOrder: Subject.ORDER,
    Matter: Subject.MATTER,
}
AUDITED = {
    Subject.APPLICATION: "payment_application",
    Subject.PAYEE: "payee_change",
    Subject.CLAIM: "penalty_claim",
    Subject.ORDER: "rectification_order",
    Subject.MATTER: "contract_matter",
}
LONGEST_TEXT = 4000
# 付款申请, 违约金, 整改通知, 事项
SERIES = ("FK", "WY", "ZG", "SX")


def write(
    actor: Actor,
    row: Logged,
    step: MoneyStep,
    summary: str,
    *,
    text: str = "",
    data: Mapping[str, Any] | None = None,
    changes: Mapping[str, Any] | None = None,
) -> MoneyEvent:
    """Write one line, and the audit's. The row's version moves by one; the caller holds the row."""
    kind, now = KINDS[type(row)], clock.now()
    row.version += 1
    row.updated_at = now
    event = MoneyEvent(
        id=new_id(),
        contract_id=row.contract_id,
        subject_kind=kind,
        subject_id=row.id,
        seq=row.version,
        step=step,
        at=now,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name[:NAME],
        organisation=actor.organisation_name[:100],
        by_vendor=actor.is_vendor,
        text=text,
        data={key: _plain(value) for key, value in (data or {}).items()},
    )
    session().add(event)
    session().flush()
    audited = AUDITED[kind]
    identity.record(actor, f"{audited}.{step.value}", subject=(audited, row.id), summary=summary, changes=changes)
    return event


def events_of(subject_ids: Iterable[uuid.UUID]) -> list[MoneyEvent]:
    """The lines of things that were found visible, oldest first."""
    query = sa.select(MoneyEvent).where(MoneyEvent.subject_id.in_(list(subject_ids)))
    return list(session().scalars(query.order_by(MoneyEvent.at, MoneyEvent.seq)))


def numbered(prefix: str) -> str:
    """The next number of a series in the running year: FK-2026-0001."""
    year = clock.today().year
    return f"{prefix}-{year}-{next_number(f'money:{prefix}', year):04d}"


def prepare_numbers() -> None:
    """Make this year's and the next year's numbers ready, so that nobody meets at a year's first one."""
    year = clock.today().year
    for prefix in SERIES:
        for when in (year, year + 1):
            prepare(f"money:{prefix}", when)


def said(name: str, text: str, *, needed: bool = True, longest: int = LONGEST_TEXT) -> str:
    """A text that somebody typed, trimmed; Invalid under its field's name if it is missing or too long."""
    trimmed = text.strip()
    if needed and not trimmed:
        raise Invalid(fields={name: ["请填写"]})
    if len(trimmed) > longest:
        raise Invalid(fields={name: [f"不超过 {longest} 个字"]})
    return trimmed


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, date | Decimal | uuid.UUID) else value
