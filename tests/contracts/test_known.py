"""The contradictions of domain.md §1.4: which show in a contract's data, with which readings, and which do not show."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from server.domain import contracts
from server.domain.contracts import Contract, ContractState
from server.domain.contracts.demo import facts
from server.domain.contracts.parsing import parse_what_holds
from server.domain.contracts.paths import with_changes
from tests.factories.calendar import work_calendar

D = date.fromisoformat
BOOK = work_calendar()
A, B = (each["terms"] for each in facts())
AS_WRITTEN_B = with_changes(B, {"fee.words": "148800.00元整"})
ROW = {"number": "YW-1", "title": "合同", "vendor_name": "乙", "bureau_name": "甲", "state": ContractState.DRAFT}


def row_a(**changes: Any) -> Contract:
    days = {"starts_on": D("2025-03-04"), "ends_on": D("2026-03-31"), "paper_number": "东湖采〔2025〕03 号"}
    return Contract(**(ROW | days | changes))


def row_b(**changes: Any) -> Contract:
    days = {"starts_on": D("2025-07-07"), "ends_on": D("2026-07-06"), "paper_number": "2025/00"}
    return Contract(**(ROW | days | changes))


def shown_in(terms: dict[str, Any], row: Contract) -> set[int]:
    """The numbers of §1.4 that these data show."""
    found = contracts.detected(row, parse_what_holds(terms)[0], BOOK)
    return {each.number for each in contracts.known_findings() if each.key in found}


def test_all_37_are_known_by_number_and_key() -> None:
    known = contracts.known_findings()
    assert [each.number for each in known] == list(range(1, 38))
    assert len({each.key for each in known}) == 37
    assert all(each.text and each.treatment for each in known)
    assert sum(each.shows_in_data for each in known) == 20


def test_both_papers_show_theirs() -> None:
    assert shown_in(A, row_a()) == {1, 2, 3, 4, 6, 7, 11, 12, 13, 16, 17, 18, 21, 37}
    assert shown_in(AS_WRITTEN_B, row_b()) == {22, 23, 33, 34, 35, 36, 37}


A_MILESTONE = "milestones.year_fee.due"


@pytest.mark.parametrize(
    ("number", "changes"),
    [
        (1, {"fee.paid_to": "2026-03-31"}),
        (1, {"fee.paid_to": None, "fee.paid_from": None}),
        (1, {"fee.per": "contract"}),
        (2, {"term_text": "壹年"}),
        (3, {f"{A_MILESTONE}.fixed_on": "2026-03-31"}),
        (4, {A_MILESTONE: {"combine": "fixed", "fixed_on": "2025-12-31", "events": [], "working_days": None}}),
        (6, {"fee": None}),
        (7, {"penalties.unusable.excludes": [], "penalties.daily_use.excludes": []}),
        (11, {"response": None}),
        (12, {"response": None}),
        (12, {"response.other_day_hours": 2}),
        (13, {"acceptance": None}),
        (16, {"billing.buyer_tax_number": "91330000000000000X"}),
        (16, {"billing": None}),
        (17, {"milestones.year_fee.invoice": "vat_ordinary"}),
        (17, {"milestones.year_fee.invoice": None}),
        (21, {"penalties.late_payment.cap": "0.3"}),
    ],
)
def test_a_paper_without_it_does_not_show_it(number: int, changes: dict[str, Any]) -> None:
    assert number in shown_in(A, row_a())
    terms = with_changes(A, changes)
    assert parse_what_holds(terms)[1] == {}
    assert number not in shown_in(terms, row_a())


@pytest.mark.parametrize(
    ("number", "changes"),
    [
        (23, {"term": None}),
        (33, {"fee.words": "壹拾肆万捌仟捌佰元整"}),
        (34, {"milestones.first.due.working_days": 30}),
        (34, {"vendor_is_sme": False}),
        (35, {"penalties.late_payment.base": "unpaid"}),
    ],
)
def test_b_paper_without_it_does_not_show_it(number: int, changes: dict[str, Any]) -> None:
    assert number in shown_in(AS_WRITTEN_B, row_b())
    assert number not in shown_in(with_changes(AS_WRITTEN_B, changes), row_b())


def test_what_lies_in_the_row_and_not_in_the_terms() -> None:
    assert 18 not in shown_in(A, row_a(starts_on=D("2025-04-01"), ends_on=D("2026-03-31")))
    assert 1 not in shown_in(A, row_a(ends_on=D("2026-03-03")))
    assert [22 in shown_in(B, row_b(paper_number=number)) for number in ("", "2025/00", "2025/07")] == [
        True,
        True,
        False,
    ]
    both = {"response": A["response"], "acceptance": A["acceptance"]}
    assert 36 not in shown_in(with_changes(B, both), row_b())
    assert 36 in shown_in(with_changes(B, {"acceptance": A["acceptance"]}), row_b())


def found(terms: dict[str, Any], row: Contract, *ticked: str) -> dict[str, Any]:
    return contracts.with_findings(row, terms, BOOK, ticked=ticked)


def bare(terms: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return with_changes({**terms, "findings": []}, changes)


@pytest.mark.parametrize(
    ("key", "readings", "path", "values"),
    [
        ("fixed_or_documents", ["later", "fixed", "earlier"], f"{A_MILESTONE}.combine", ["later", "fixed", "earlier"]),
        ("monthly_fee", ["twelfth", "term_months"], "fee.monthly", ["twelfth", "term_months"]),
        (
            "response_day",
            ["receipt", "stricter", "lenient"],
            "response.day_rule",
            ["receipt", "stricter", "lenient"],
        ),
        ("acceptance_days", ["roll_over", "strict"], "acceptance.roll_over", [True, False]),
        ("thirteen_months", ["touched", "whole"], "deliverables.inspection.partial", [True, False]),
    ],
)
def test_the_reading_is_the_one_that_the_typed_figures_follow(
    key: str, readings: list[str], path: str, values: list[Any]
) -> None:
    for reading, value in zip(readings, values, strict=True):
        made = found(with_changes(bare(A), {path: value}), row_a())
        finding = next(each for each in made["findings"] if each["key"] == key)
        assert [each["key"] for each in finding["readings"]] == readings
        assert (finding["chosen"], finding["chosen_by"], finding["chosen_on"]) == (reading, "", None)
        parsed = next(each for each in contracts.parse_terms(made).findings if each.key == key)
        assert parsed.open


@pytest.mark.parametrize(("until", "chosen"), [("day_before", "day_before"), ("corresponding", "corresponding")])
def test_finding_23_has_both_ends_of_the_term(until: str, chosen: str) -> None:
    made = found(with_changes(bare(B), {"term.until": until}), row_b())
    finding = next(each for each in made["findings"] if each["key"] == "no_start_day")
    assert [each["key"] for each in finding["readings"]] == ["day_before", "corresponding"]
    assert finding["chosen"] == chosen


def test_a_figure_that_only_a_reading_settles_takes_the_defaults() -> None:
    typed = with_changes(bare(A), {"fee.monthly": None, "response.day_rule": None})
    made = found(typed, row_a())
    assert (made["fee"]["monthly"], made["response"]["day_rule"]) == ("twelfth", None)


def test_what_only_the_paper_shows_is_ticked_and_cites_nothing() -> None:
    made = found(bare(A), row_a(), "repealed_law", "place_of_signing")
    ticked = {each["number"]: each for each in made["findings"] if each["number"] in {5, 20}}
    assert set(ticked) == {5, 20}
    assert all(each["readings"] == [] and each["chosen"] == "" for each in ticked.values())
    assert [each["number"] for each in made["findings"]] == sorted(each["number"] for each in made["findings"])


def test_the_clauses_that_a_contradiction_is_about_are_cited() -> None:
    made = found(bare(A), row_a())
    cited = {each["number"]: each["clauses"] for each in made["findings"]}
    assert (cited[4], cited[12], cited[13]) == (["A24", "A25"], ["A20"], ["A30", "A36", "A37"])


def test_a_choice_that_was_made_stays_when_the_terms_are_looked_through_again() -> None:
    chosen = {"findings.acceptance_days.chosen": "strict", "findings.acceptance_days.chosen_by": "周敏"}
    terms = with_changes(A, {**chosen, "acceptance.roll_over": False})
    made = found(terms, row_a())
    finding = next(each for each in made["findings"] if each["key"] == "acceptance_days")
    assert (finding["chosen"], finding["chosen_by"]) == ("strict", "周敏")
    assert len(made["findings"]) == len(A["findings"])
