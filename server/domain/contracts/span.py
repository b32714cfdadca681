"""How long a contract runs where its paper gives months and no dates (B24, finding 23), and which cycles fall into it. Pure."""

from __future__ import annotations

from datetime import date, timedelta

from server.domain import calendar
from server.domain.calendar import Cycle
from server.domain.contracts.choices import TermEnd
from server.domain.contracts.models import Contract
from server.domain.contracts.terms import Deliverable, TermRule, Terms


def last_day(effective_on: date, rule: TermRule) -> date:
    """The last day of a term of whole months that begins on the day of effect."""
    corresponding = calendar.corresponding_day(effective_on, rule.months)
    return corresponding if rule.until is TermEnd.CORRESPONDING else corresponding - timedelta(days=1)


def span_of(contract: Contract, before: Terms, after: Terms) -> dict[str, date]:
    """The dates to write when terms change how the term is read; nothing where that stays, or dates are agreed."""
    if after.term is None or after.term == before.term or contract.effective_on is None:
        return {}
    return {"ends_on": last_day(contract.effective_on, after.term)}


def cycles_owed(deliverable: Deliverable, *, starts_on: date, ends_on: date) -> list[Cycle]:
    """The cycles for which a paper is owed in a term: all that it touches, or only whole ones (finding 18: 13 or 12).

    None for a paper that is owed once.
    """
    if deliverable.cycle is None:
        return []
    touched = calendar.cycles_touched(deliverable.cycle, starts_on, ends_on)
    if deliverable.partial:
        return touched
    return [each for each in touched if starts_on <= each.starts_on and each.ends_on <= ends_on]
