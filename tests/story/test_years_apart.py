"""A vendor of contract A neither sees nor guesses anything of contract B, nor the other way round: by any room's door."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from server.core.db import session
from server.core.errors import Forbidden, NotFound
from server.domain import (
    agenda,
    contracts,
    deliverables,
    duty,
    knowledge,
    payments,
    records,
    referrals,
    staffing,
    tickets,
)
from server.domain.identity import Actor
from server.jobs.demo.years import Year
from tests.story.conftest import Played
from tests.story.years_expected import at

FIRST, LAST = date(2025, 1, 1), date(2026, 12, 31)


def rows(query: sa.Select[Any]) -> set[Any]:
    """The contracts of what a list shows."""
    return {row.contract_id for row in session().scalars(query)}


LISTS: dict[str, Callable[[Actor], set[Any]]] = {
    "tickets": lambda who: rows(tickets.matching(who)),
    "contracts": lambda who: {each.id for each in session().scalars(contracts.matching(who))},
    "completions": lambda who: rows(records.matching(who)),
    "materials": lambda who: rows(records.materials_matching(who)),
    "sessions": lambda who: rows(records.sessions_matching(who)),
    "record dues": lambda who: {each.contract_id for each in records.dues(who, FIRST, LAST)},
    "applications": lambda who: rows(payments.matching(who)),
    "claims": lambda who: rows(payments.claims_matching(who)),
    "orders": lambda who: rows(payments.orders_matching(who)),
    "matters": lambda who: rows(payments.matters_matching(who)),
    "money dues": lambda who: {each.contract_id for each in payments.dues_between(who, FIRST, LAST)},
    "staff": lambda who: rows(staffing.matching(who)),
    "replacements": lambda who: rows(staffing.replacements_matching(who)),
    "subcontracts": lambda who: rows(staffing.subcontracts_matching(who)),
    "staff dues": lambda who: {each.contract_id for each in staffing.dues(who, FIRST, LAST)},
    "shifts": lambda who: {each.contract_id for each in duty.shifts_between(who, at(2025, 1, 1, 0), at(2027, 1, 1, 0))},
    "calls": lambda who: rows(duty.calls_matching(who)),
    "deliverables": lambda who: {each.contract.id for each in deliverables.standings(who)},
    "week": lambda who: {each.contract.id for each in deliverables.week(who, date(2025, 9, 30))},
    "agenda": lambda who: {each.contract_id for each in agenda.entries(who, first=FIRST, last=LAST)},
    "sheets": lambda who: rows(referrals.matching(who, referrals.Sheet, referrals.Filters())),
    "requirements": lambda who: rows(referrals.matching(who, referrals.Requirement, referrals.Filters())),
    "data applications": lambda who: rows(referrals.matching(who, referrals.Application, referrals.Filters())),
    "talks": lambda who: rows(referrals.matching(who, referrals.Liaison, referrals.Filters())),
    "front-end databases": lambda who: {each.contract_id for each in referrals.databases(who)},
}
# Nothing is open any more; and what only one of the two years has.
OVER = {"record dues", "money dues", "staff dues"}
EMPTY = {
    "a": {"orders", "matters", "sheets", "requirements", "data applications", "talks", "front-end databases"},
    "b": {"materials", "sessions", "replacements", "subcontracts", "shifts", "calls"},
}
FINDERS: dict[str, Callable[[Actor, Any], object]] = {
    "failure": tickets.find,
    "application_first": payments.find,
    "order": payments.find_order,
    "claim_late_payment": payments.find_claim,
    "matter": payments.find_matter,
    "completion_final": records.find,
    "sheet": lambda who, key: referrals.find(who, referrals.Sheet, key),
    "wanted": lambda who, key: referrals.find(who, referrals.Requirement, key),
    "data": lambda who, key: referrals.find(who, referrals.Application, key),
}
FINDERS_A: dict[str, Callable[[Actor, Any], object]] = {
    "outage": tickets.find,
    "completion_deemed": records.find,
    "material_list": records.find_material,
    "replacement": staffing.find_replacement,
    "subcontract": staffing.find_subcontract,
    "former": staffing.find,
    "plan": deliverables.find_delivery,
    "application_year_fee": payments.find,
    "claim_outage": payments.find_claim,
}

MONEY = {"application_first", "application_year_fee", "order", "claim_late_payment", "claim_outage", "matter"}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_shows_the_vendors_own_contract_only(played: Played, name: str):
    for label, own in (("a", played.a), ("b", played.b)):
        # the agenda has the calendar's own dates too, which are nobody's
        seen = LISTS[name](own.manager) - {None}
        assert seen <= {own.contract_id}
        assert bool(seen) is (name not in EMPTY[label] | OVER), label
    assert LISTS[name](played.a.administrator) >= LISTS[name](played.a.manager) | LISTS[name](played.b.manager)


@pytest.mark.parametrize("name", FINDERS)
def test_what_is_b_s_is_not_there_for_a_s_vendor(played: Played, name: str):
    hidden(FINDERS[name], played.b, played.a, name)


@pytest.mark.parametrize("name", FINDERS_A)
def test_what_is_a_s_is_not_there_for_b_s_vendor(played: Played, name: str):
    hidden(FINDERS_A[name], played.a, played.b, name)


@pytest.mark.parametrize(
    "look",
    [
        lambda who, year: contracts.find(who, year.contract_id),
        lambda who, year: payments.plan_of(who, year.contract_id),
        lambda who, year: payments.late_fee(who, year.contract_id, "late_payment"),
        lambda who, year: payments.payee_changes_of(who, year.contract_id),
        lambda who, year: deliverables.standing(who, year.contract_id),
        lambda who, year: deliverables.moves_of(who, year.contract_id),
        lambda who, year: contracts.side_of(who, year.contract_id),
    ],
)
def test_the_other_contract_is_not_there(played: Played, look: Callable[[Actor, Year], object]):
    for own, other in ((played.a, played.b), (played.b, played.a)):
        with pytest.raises(NotFound):
            look(own.manager, other)


def test_staff_articles_of_another_contract_are_not_found(played: Played):
    assert [hit.article.contract_id for hit in knowledge.search(played.a.maintainer, "连接")] == [played.a.contract_id]
    assert knowledge.search(played.b.maintainer, "连接") == []


def hidden(find: Callable[[Actor, Any], object], owner: Year, other: Year, name: str) -> None:
    """There for its own vendor, and for the other one as if it had never been."""
    assert find(owner.manager, owner.named[name])
    with pytest.raises(NotFound):
        find(other.manager, owner.named[name])
    # who may see no money at all is told so, whosever it is
    with pytest.raises(Forbidden if name in MONEY else NotFound):
        find(other.maintainer, owner.named[name])
