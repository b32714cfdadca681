"""What follows from a contract for money: when each instalment falls due, and what each penalty costs a time. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from server.domain.calendar import CalendarMissing, WorkCalendar
from server.domain.contracts.choices import Event, PenaltyBase
from server.domain.contracts.figures import base_of, penalty_amount
from server.domain.contracts.models import Contract
from server.domain.contracts.sla import Due, payment_due
from server.domain.contracts.terms import Milestone, Penalty, Terms
from server.domain.contracts.wording import due_in_words, penalty_in_words


@dataclass(frozen=True, slots=True)
class Instalment:
    """A milestone, its rule in words, and when it falls due; ``refused`` says why that cannot be computed."""

    milestone: Milestone
    words: str
    due: Due | None
    refused: str


@dataclass(frozen=True, slots=True)
class Price:
    """A penalty, its measure in words, and what one unit of it comes to; ``of`` says on which amount that stands."""

    penalty: Penalty
    words: str
    amount: Decimal | None
    of: str


def instalments(contract: Contract, terms: Terms, book: WorkCalendar) -> list[Instalment]:
    """Every milestone with what is known of its events from the contract itself."""
    happened = {Event.SERVICE_END: contract.ends_on}
    if contract.effective_on is not None:
        happened[Event.EFFECTIVE] = contract.effective_on
    found = []
    for milestone in terms.milestones:
        due, refused = None, ""
        try:
            due = payment_due(milestone.due, book, happened)
        except CalendarMissing as missing:
            refused = missing.text
        found.append(Instalment(milestone, due_in_words(milestone.due), due, refused))
    return found


def prices(contract: Contract, terms: Terms) -> list[Price]:
    """Every penalty with the amount of one event, one day or one block; late payment on the largest instalment."""
    largest = max((milestone.amount for milestone in terms.milestones), default=None)
    found = []
    for penalty in terms.penalties:
        base = base_of(penalty, terms, starts_on=contract.starts_on, ends_on=contract.ends_on, unpaid=largest)
        amount = penalty_amount(penalty, base=base, units=1) if base is not None else None
        of = f"以未付 ¥{base:,.2f} 计" if base is not None and penalty.base is PenaltyBase.UNPAID else ""
        found.append(Price(penalty, penalty_in_words(penalty), amount, of))
    return found
