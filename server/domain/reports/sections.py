"""Which subjects a report has: this room's own, and those that other rooms' providers add. What nobody provides is left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from server.domain.reports import figures
from server.domain.reports.content import Section
from server.domain.reports.look import Look
from server.domain.reports.vocabulary import ReportKind

Provider = Callable[[Look], Section | None]
EVERY = frozenset(ReportKind)
LONG = frozenset({ReportKind.MONTHLY, ReportKind.SUMMARY})


@dataclass(frozen=True, slots=True)
class Subject:
    """One subject: its place among the others, in which kinds of report it stands, and who tells it."""

    key: str
    place: int
    kinds: frozenset[ReportKind]
    tell: Provider


_subjects: dict[str, Subject] = {}


def register_section(key: str, tell: Provider, *, place: int, kinds: frozenset[ReportKind] = EVERY) -> None:
    """Add a subject; the same key again replaces it. ``place`` orders them: this room's own stand at tens.

    ``tell`` gives None where the contract has no such thing; the report then says nothing of it.
    """
    _subjects[key] = Subject(key, place, kinds, tell)


def drop_section(key: str) -> None:
    """Take a subject out again."""
    _subjects.pop(key, None)


def sections_of(look: Look) -> tuple[Section, ...]:
    """Every section that this look has, in order."""
    chosen = sorted((one for one in _subjects.values() if look.kind in one.kinds), key=lambda one: one.place)
    told = (one.tell(look) for one in chosen)
    return tuple(section for section in told if section is not None)


def install() -> None:
    """This room's own."""
    own: tuple[tuple[str, Provider, frozenset[ReportKind]], ...] = (
        ("desk", figures.desk, EVERY),
        ("promises", figures.promises, EVERY),
        ("consulting", figures.consulting, EVERY),
        ("released", figures.released, EVERY),
        ("field", figures.field_work, EVERY),
        ("calls", figures.calls, EVERY),
        ("acceptance", figures.acceptance, EVERY),
        ("referred", figures.referred, EVERY),
        ("people", figures.people, LONG),
        ("money", figures.money, LONG),
        ("owed", figures.owed, EVERY),
    )
    for number, (key, tell, kinds) in enumerate(own, start=1):
        register_section(key, tell, place=number * 10, kinds=kinds)
    # between field work and the duty line
    register_section("upkeep", figures.upkeep, place=52)
    register_section("training", figures.trained, place=54)
