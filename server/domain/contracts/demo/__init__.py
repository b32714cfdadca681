"""Contracts for the demo profile: the shapes of domain.md's two contracts, with invented names, numbers and accounts."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.domain.contracts.models import Contract
from server.domain.contracts.paths import with_changes
from server.domain.contracts.register import activate, create, end
from server.domain.identity import Actor

HERE = Path(__file__).parent
SERVICE_YEAR_STARTS = {"mini_program": (4, 1), "data_exchange": (7, 7)}
# Contradictions of the first contract that its successor, with a full year paid, does not have.
SETTLED = frozenset({"term_longer_than_paid", "thirteen_months"})


@dataclass(frozen=True, slots=True)
class DemoContracts:
    """What the demo has: the first mini-program contract (ended), its successor (active today), the data exchange.

    ``exchange_current`` is the data exchange's contract of today: a successor once the first one's term is over.
    """

    ended: Contract
    current: Contract
    exchange: Contract
    exchange_current: Contract


def seed_demo(actor: Actor, *, mini_program_vendor: uuid.UUID, data_exchange_vendor: uuid.UUID) -> DemoContracts:
    """Enter the demo contracts for two vendors' organisations; those that are there already are left alone.

    A renewal is a new contract (A02): the successor runs from the last 1 April to the next 31 March.
    """
    vendors = {"mini_program": mini_program_vendor, "data_exchange": data_exchange_vendor}
    first, exchange = (dict(each) for each in facts())
    today = clock.today()
    ended = _entered(actor, first, vendors, ended=True)
    current = _entered(actor, successor(first, today), vendors)
    of_exchange = _entered(actor, exchange, vendors)
    over = date.fromisoformat(exchange["ends_on"]) < today
    following = _entered(actor, successor(exchange, today), vendors) if over else of_exchange
    return DemoContracts(ended=ended, current=current, exchange=of_exchange, exchange_current=following)


@cache
def facts() -> tuple[dict[str, Any], ...]:
    """The contracts' own facts with their terms, as ``create`` takes them; treat as read-only."""
    listed = json.loads((HERE / "contracts.json").read_text(encoding="utf-8"))
    return tuple({**each, "terms": json.loads((HERE / each["terms"]).read_text(encoding="utf-8"))} for each in listed)


def successor(first: dict[str, Any], today: date) -> dict[str, Any]:
    """The contract that follows a demo contract and is in force today: its terms with the dates of its own year."""
    starts_on = date(today.year, *SERVICE_YEAR_STARTS[first["key"]])
    if starts_on > today:
        starts_on = starts_on.replace(year=starts_on.year - 1)
    ends_on = starts_on.replace(year=starts_on.year + 1) - timedelta(days=1)
    prefix, first_year, _ = first["number"].rsplit("-", 2)
    serial = "02" if int(first_year) == starts_on.year else "01"
    return first | {
        "number": f"{prefix}-{starts_on.year}-{serial}",
        "paper_number": f"东湖采〔{starts_on.year}〕03 号"
        if first["key"] == "mini_program"
        else f"{starts_on.year}/00",
        "starts_on": starts_on.isoformat(),
        "ends_on": ends_on.isoformat(),
        "effective_on": starts_on.isoformat(),
        "terms": _following_terms(first, starts_on, ends_on) if first["key"] == "mini_program" else first["terms"],
    }


def _following_terms(first: dict[str, Any], starts_on: date, ends_on: date) -> dict[str, Any]:
    changes = {
        "fee.paid_from": starts_on.isoformat(),
        "fee.paid_to": ends_on.isoformat(),
        "milestones.year_fee.due.fixed_on": f"{starts_on.year}-12-31",
        "deliverables.final_summary.once_on": ends_on.isoformat(),
    }
    terms = with_changes(first["terms"], changes)
    terms["findings"] = [each for each in terms["findings"] if each["key"] not in SETTLED]
    return terms


def _entered(actor: Actor, fact: dict[str, Any], vendors: dict[str, uuid.UUID], *, ended: bool = False) -> Contract:
    known = session().scalars(sa.select(Contract).where(Contract.number == fact["number"])).one_or_none()
    if known is not None:
        return known
    last_on = date.fromisoformat(fact["ends_on"])
    contract = create(
        actor,
        number=fact["number"],
        title=fact["title"],
        vendor_id=vendors[fact["vendor"]],
        vendor_name=fact["vendor_name"],
        bureau_name=fact["bureau_name"],
        paper_number=fact["paper_number"],
        starts_on=date.fromisoformat(fact["starts_on"]),
        ends_on=last_on,
        effective_on=date.fromisoformat(fact["effective_on"]),
        systems=fact["systems"],
        terms=fact["terms"],
        reason="演示数据",
    )
    activate(actor, contract)
    return end(actor, contract, ended_on=last_on, reason="合同期满") if ended else contract
