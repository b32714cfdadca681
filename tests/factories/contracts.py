"""Contracts for tests: the demo's two shapes, entered and in force, or as parsed terms alone."""

from __future__ import annotations

import uuid
from datetime import date
from functools import cache
from typing import Any

from server.core.ids import new_id
from server.domain import contracts
from server.domain.contracts import Contract, Terms
from server.domain.contracts.demo import facts
from server.domain.identity import SCHEDULER


def contract_a(**changes: Any) -> Contract:
    """An active mini-program contract: 2 h or 4 h to respond, 24 h on site. 2025-03-04 to 2027-03-31 unless changed.

    Longer than the paper's, so that it covers the days that tests usually stand on.
    """
    return _entered(0, {"ends_on": date(2027, 3, 31)} | changes)


def contract_b(**changes: Any) -> Contract:
    """An active data-exchange contract, silent about response and acceptance. 2025-07-07 to 2026-07-06."""
    return _entered(1, changes)


def without_records() -> dict[str, Any]:
    """The terms of contract A without the clause that asks for service records: tickets close without a paper."""
    terms = facts()[0]["terms"]
    return {**terms, "clauses": [each for each in terms["clauses"] if "service_record" not in each["concerns"]]}


@cache
def terms_a() -> Terms:
    """The terms of contract A without a database."""
    return contracts.parse_terms(facts()[0]["terms"])


@cache
def terms_b() -> Terms:
    """The terms of contract B without a database."""
    return contracts.parse_terms(facts()[1]["terms"])


def _entered(which: int, changes: dict[str, Any]) -> Contract:
    fact = facts()[which]
    active = changes.pop("active", True)
    values: dict[str, Any] = {
        "number": f"{fact['number']}-{uuid.uuid4().hex[:6]}",
        "vendor_id": new_id(),
        "effective_on": date.fromisoformat(fact["effective_on"]),
        "starts_on": date.fromisoformat(fact["starts_on"]),
        "ends_on": date.fromisoformat(fact["ends_on"]),
        **{name: fact[name] for name in ("title", "vendor_name", "bureau_name", "paper_number", "systems", "terms")},
    }
    contract = contracts.create(SCHEDULER, **(values | changes))
    return contracts.activate(SCHEDULER, contract) if active else contract
