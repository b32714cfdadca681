"""At the end of a played year the administrator puts on paper what is not on paper yet: one of every kind there is."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from server.core.db import session
from server.core.errors import ShijianError
from server.domain import contracts, documents, duty, payments, records, referrals, staffing, upkeep
from server.jobs.demo.years.cast import Year
from server.jobs.demo.years.script import Story

Found = Callable[[Year], list[uuid.UUID]]
ENOUGH = 30


def _rows(model: Any, *conditions: Any) -> Found:
    def found(year: Year) -> list[uuid.UUID]:
        query = sa.select(model.id).where(model.contract_id == year.contract_id, *conditions)
        return list(session().scalars(query.order_by(model.id).limit(ENOUGH)))

    return found


def _contract(year: Year) -> list[uuid.UUID]:
    return [year.contract_id]


def _month(year: Year) -> list[uuid.UUID]:
    return [duty.month_subject(year.contract_id, date(2025, 10, 1))]


_C, _O = records.Completion, payments.RectificationOrder
_DECIDED = (records.CompletionState.ACCEPTED, records.CompletionState.REJECTED)
SUBJECTS: dict[str, Found] = {
    "completion_notice": _rows(_C),
    "acceptance": _rows(_C, _C.state.in_(_DECIDED)),
    "deemed_acceptance": _rows(_C, _C.state == records.CompletionState.DEEMED),
    "material_handover": _rows(records.Material),
    "payment_application": _rows(payments.Application),
    "penalty_worksheet": _rows(payments.Claim),
    "rectification_order": _rows(_O),
    "recheck": _rows(_O, _O.rechecked_on.is_not(None)),
    "replacement_notice": _rows(staffing.Replacement),
    "staff_roster": _contract,
    "duty_roster": _month,
    "call_log": _month,
    "feedback_sheet": _rows(referrals.Sheet),
    "requirement_sheet": _rows(referrals.Requirement),
    "data_application": _rows(referrals.Application),
    "contract_supplement": _rows(contracts.Supplement),
    "contract_card": _contract,
    "contingency_plan": _rows(upkeep.Plan),
}


def stories(year: Year, moment: datetime) -> Iterator[Story]:
    """One story, after everything else of the year."""
    yield _issued(year, moment)


def _issued(year: Year, moment: datetime) -> Story:
    yield moment
    terms = contracts.find(year.administrator, year.contract_id)
    for kind in documents.kinds():
        # a service record is signed before its ticket closes, or the contract wants none
        if kind.code == "service_record" or _has(kind.code, year):
            continue
        look = SUBJECTS.get(kind.code)
        if look is not None:
            keys = look(year)
        elif kind.subjects is not None:
            keys = list(kind.subjects(year.administrator, year.contract_id, terms.starts_on, terms.ends_on))[:ENOUGH]
        else:
            continue
        _first_that_goes(year, kind.code, keys)


def _has(code: str, year: Year) -> bool:
    query = sa.select(documents.Document.id).where(
        documents.Document.kind == code, documents.Document.contract_id == year.contract_id
    )
    return session().scalar(query.limit(1)) is not None


def _first_that_goes(year: Year, code: str, keys: list[uuid.UUID]) -> None:
    for key in keys:
        try:
            with session().begin_nested():
                documents.issue(year.administrator, code, key)
        except ShijianError:
            # not ripe for its paper; another one may be
            continue
        return
