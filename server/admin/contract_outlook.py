"""What a contract's preview says beside what the terms alone give: the days of its papers, and what an unsure year touches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from server.domain import contracts, deliverables
from server.domain.calendar import WorkCalendar
from server.domain.contracts import Line, Preview
from server.domain.deliverables import Expected


@dataclass(frozen=True)
class Unsure:
    """Names of what rests on a year that is only an estimate, and of what a missing year leaves without a day."""

    estimated: tuple[str, ...]
    refused: tuple[str, ...]


def papers_of(shown: Preview, book: WorkCalendar) -> list[Line]:
    """Each paper that the terms owe: how many, the first and the last day, and every day in the trace."""
    owed = deliverables.expected(shown.terms, shown.contract, book)
    return [_paper(each, [one for one in owed if one.key == each.key]) for each in shown.terms.deliverables]


def unsure_of(shown: Preview, papers: Iterable[Line]) -> Unsure:
    """What to say before anybody relies on a day of the preview."""
    lines = (*shown.clocks, *papers)
    estimated = [each.label for each in lines if each.provisional]
    refused = [each.label for each in lines if each.refused]
    for each in shown.instalments:
        day = each.due and (each.due.deadline or each.due.earliest)
        if each.refused:
            refused.append(each.milestone.title)
        elif day and day.provisional:
            estimated.append(each.milestone.title)
    return Unsure(tuple(estimated), tuple(refused))


def _paper(paper: contracts.Deliverable, owed: list[Expected]) -> Line:
    days = [each.due_on for each in owed if each.due_on is not None]
    text = f"{len(owed)} 份"
    if len(days) > 1:
        text += f"，首期 {days[0]} 前，末期 {days[-1]} 前"
    elif days:
        text += f"，{days[0]} 前"
    steps = [f"{each.period}：{_day(each)}" for each in owed if paper.cycle is not None]
    refused = any(each.refused for each in owed)
    return Line(
        paper.title,
        text,
        (contracts.deliverable_in_words(paper), *steps),
        provisional=any(each.provisional for each in owed),
        agreed=paper.agreed,
        refused=refused,
    )


def _day(each: Expected) -> str:
    if each.due_on is None:
        return each.note
    return f"{each.due_on} 前{'（暂定）' if each.provisional else ''}"
