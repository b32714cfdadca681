"""A whole year of each contract, day by day: what is owed, soon, late, handed in and signed, against days found by hand.

B23 (and B05): weekly Monday 12:00, monthly the third and statistics the fifth working day of the next month, an inspection
within each month. A10, A13, A31: inspections within the month, summaries the fifth working day, a plan without a day.
Free though a weekday: 2025-04-04, 05-01/02/05, 06-02, 10-01/02/03/06/07/08, 2026-01-01/02, 02-16 … 02-20, 02-23, 04-06,
05-01/04/05, 06-19. Worked though a weekend: 2025-04-27, 09-28, 10-11, 2026-01-04, 02-14, 02-28, 05-09.
"""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from server.core import clock
from server.domain import deliverables
from server.domain.contracts import Contract
from server.domain.deliverables import State
from server.domain.identity import Actor
from tests.deliverables.conftest import Office, at
from tests.factories.calendar import work_calendar
from tests.factories.contracts import terms_a, terms_b

D = date.fromisoformat

# The third and the fifth working day of the months after July 2025 … July 2026, found with a printed calendar.
MONTHLY_OF_B = [
    ("2025-07", "08-05", "08-07"),
    ("2025-08", "09-03", "09-05"),
    ("2025-09", "10-11", "10-14"),
    ("2025-10", "11-05", "11-07"),
    ("2025-11", "12-03", "12-05"),
    ("2025-12", "01-06", "01-08"),
    ("2026-01", "02-04", "02-06"),
    ("2026-02", "03-04", "03-06"),
    ("2026-03", "04-03", "04-08"),
    ("2026-04", "05-08", "05-11"),
    ("2026-05", "06-03", "06-05"),
    ("2026-06", "07-03", "07-07"),
    ("2026-07", "08-05", "08-07"),
]
# Mondays on which nobody works, and the first worked day after.
MOVED_MONDAYS = {
    "2025-10-06": "2025-10-09",
    "2026-02-16": "2026-02-24",
    "2026-02-23": "2026-02-24",
    "2026-04-06": "2026-04-07",
    "2026-05-04": "2026-05-06",
}
SUMMARY_OF_A = {
    "2025-03": "2025-04-08",
    "2025-04": "2025-05-12",
    "2025-05": "2025-06-09",
    "2025-06": "2025-07-07",
    "2025-07": "2025-08-07",
    "2025-08": "2025-09-05",
    "2025-09": "2025-10-14",
    "2025-10": "2025-11-07",
    "2025-11": "2025-12-05",
    "2025-12": "2026-01-08",
    "2026-01": "2026-02-06",
    "2026-02": "2026-03-06",
    "2026-03": "2026-04-08",
}


class Term:
    """A contract's days without a database."""

    def __init__(self, starts_on: str, ends_on: str) -> None:
        self.id = uuid.uuid4()
        self.starts_on, self.ends_on = D(starts_on), D(ends_on)


def due_days(terms: Any, term: Any, key: str) -> dict[str, str]:
    """Every due day of one paper by its cycle's first day."""
    found = deliverables.expected(terms, term, work_calendar())
    return {str(each.cycle_on): str(each.due_on) for each in found if each.key == key}


def test_b23_every_month_of_b() -> None:
    term = Term("2025-07-07", "2026-07-06")
    for key, column in (("monthly", 1), ("statistics", 2)):
        expected = {}
        for row in MONTHLY_OF_B:
            year, month = int(row[0][:4]), int(row[0][5:])
            expected[f"{row[0]}-01"] = f"{year + (month == 12)}-{row[column]}"
        assert due_days(terms_b(), term, key) == expected


def test_b23_every_week_of_b() -> None:
    found = due_days(terms_b(), Term("2025-07-07", "2026-07-06"), "weekly")
    monday = D("2025-07-07")
    assert len(found) == 53
    for number in range(53):
        begins = monday + timedelta(days=7 * number)
        following = str(begins + timedelta(days=7))
        assert found[str(begins)] == MOVED_MONDAYS.get(following, following)


def test_b05_every_inspection_of_b() -> None:
    found = due_days(terms_b(), Term("2025-07-07", "2026-07-06"), "inspection")
    lasts = ["2025-07-31", "2025-08-31", "2025-09-30", "2025-10-31", "2025-11-30", "2025-12-31", "2026-01-31"]
    lasts += ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30", "2026-07-06"]
    assert list(found.values()) == lasts


def test_a10_a13_every_month_of_a() -> None:
    term = Term("2025-03-04", "2026-03-31")
    assert due_days(terms_a(), term, "summary") == {f"{month}-01": due for month, due in SUMMARY_OF_A.items()}
    lasts = ["2025-03-31", "2025-04-30", "2025-05-31", "2025-06-30", "2025-07-31", "2025-08-31", "2025-09-30"]
    lasts += ["2025-10-31", "2025-11-30", "2025-12-31", "2026-01-31", "2026-02-28", "2026-03-31"]
    assert list(due_days(terms_a(), term, "inspection").values()) == lasts
    assert due_days(terms_a(), term, "plan") == {"2025-03-04": "None"}


def state_by_hand(due_at: datetime, now: datetime) -> State:
    """Nothing came: late after the moment, soon in the three days before it."""
    if now > due_at:
        return State.LATE
    return State.DUE_SOON if due_at - now <= timedelta(days=3) else State.UPCOMING


@pytest.mark.parametrize("which", ["a", "b"])
def test_every_day_of_the_year_when_nothing_comes(office: Office, which: str) -> None:
    contract = office.contract if which == "b" else office.other
    actor = office.lin
    day = contract.starts_on
    seen: Counter[State] = Counter()
    while day <= contract.ends_on + timedelta(days=14):
        with at(f"{day} 12:00"):
            for each in deliverables.standing(actor, contract.id):
                due_at = each.expected.due_at
                expected = State.UPCOMING if due_at is None else state_by_hand(due_at, clock.now())
                assert each.state is expected, (day, each.expected.title, each.expected.period)
                assert each.late == (expected is State.LATE)
                seen[expected] += 1
        day += timedelta(days=5)
    assert min(seen[each] for each in (State.UPCOMING, State.DUE_SOON, State.LATE)) > 0


def play(office: Office, contract: Contract, vendor: Actor, late: set[str]) -> None:
    """Everything is handed in an hour before its moment, or an hour after it, and signed two hours later."""
    for each in deliverables.standing(office.lin, contract.id):
        expected = each.expected
        if expected.due_at is None:
            continue
        shift = timedelta(hours=1 if f"{expected.key} {expected.cycle_on}" in late else -1)
        moment = clock.to_local(expected.due_at + shift).strftime("%Y-%m-%d %H:%M:%S")
        with at(moment):
            delivery = deliverables.hand_in(
                vendor, contract_id=contract.id, key=expected.key, cycle_on=expected.cycle_on, summary="内容"
            )
        with at(clock.to_local(expected.due_at + timedelta(hours=2)).strftime("%Y-%m-%d %H:%M:%S")):
            deliverables.sign(office.lin, delivery.id, version=1)


def test_a_year_of_b_with_three_late_papers(office: Office) -> None:
    late = {"weekly 2025-09-29", "monthly 2025-12-01", "statistics 2026-02-01"}
    play(office, office.contract, office.zheng, late)
    with at("2026-09-01 09:00"):
        found = deliverables.standing(office.lin, office.contract.id)
        assert {each.state for each in found} == {State.SIGNED}
        assert {f"{each.expected.key} {each.expected.cycle_on}" for each in found if each.late} == late
        assert len(found) == 53 + 3 * 13
        assert all(each.done for each in found)
        assert deliverables.week(office.zheng, D("2026-09-01")) == []


def test_a_year_of_a_owes_the_plan_until_it_is_approved(office: Office) -> None:
    play(office, office.other, office.bai, {"summary 2025-12-01"})
    with at("2026-05-01 09:00"):
        open_ones = [each for each in deliverables.standing(office.lin, office.other.id) if not each.done]
        assert [each.expected.key for each in open_ones] == ["plan"]
        plan = deliverables.hand_in(
            office.bai, contract_id=office.other.id, key="plan", cycle_on=office.other.starts_on, summary="方案"
        )
        (waiting,) = [each for each in deliverables.standing(office.lin, office.other.id) if not each.done]
        assert waiting.awaits_signature
        deliverables.sign(office.lin, plan.id)
        assert all(each.done for each in deliverables.standing(office.lin, office.other.id))
