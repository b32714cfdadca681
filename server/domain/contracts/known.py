"""The contradictions and gaps known from the first two contracts (domain.md §1.4): which a contract has, by its data.

Some show in the terms and are found by ``detecting``; others stand only in the paper's wording and are ticked by
whoever has it in hand. Either way the terms keep them as findings, with the readings that there are to choose from.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from server.domain.calendar import WorkCalendar
from server.domain.contracts.detecting import DETECTORS, Hit, Look
from server.domain.contracts.models import Contract
from server.domain.contracts.parsing import parse_what_holds
from server.domain.contracts.paths import overlap, with_changes
from server.domain.contracts.terms import Terms

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Known:
    """One kind of contradiction: its number in §1.4, its key, what it is and how it is treated."""

    number: int
    key: str
    text: str
    treatment: str

    @property
    def shows_in_data(self) -> bool:
        """Whether it is found in the terms by itself; otherwise a person has to tick it."""
        return self.key in DETECTORS


@cache
def known_findings() -> tuple[Known, ...]:
    """All of them, by number."""
    return tuple(Known(**each) for each in json.loads((HERE / "known.json").read_text(encoding="utf-8")))


def detected(contract: Contract, terms: Terms, book: WorkCalendar) -> dict[str, Hit]:
    """Which of them a contract's own data show, by key."""
    look = Look(contract, terms, book)
    found = {key: detect(look) for key, detect in DETECTORS.items()}
    return {key: hit for key, hit in found.items() if hit is not None}


def with_findings(
    contract: Contract, data: Mapping[str, Any], book: WorkCalendar, *, ticked: Iterable[str] = ()
) -> dict[str, Any]:
    """Terms with the findings that they show, and those that were ticked, added to the ones that they have.

    A figure that only a reading can settle and nobody has given yet takes the default reading's value.
    """
    terms, _ = parse_what_holds(data)
    hits, wanted = detected(contract, terms, book), set(ticked)
    have = {each["key"] for each in data.get("findings") or ()}
    added: list[dict[str, Any]] = []
    sets: dict[str, Any] = {}
    for kind in known_findings():
        if kind.key in have or (kind.key not in hits and kind.key not in wanted):
            continue
        hit = hits.get(kind.key, Hit(()))
        chosen = next((each for each in hit.readings if _stands(data, each.sets)), None)
        if chosen is None and hit.readings:
            chosen = hit.readings[0]
            sets |= dict(chosen.sets)
        added.append(_raw(kind, hit, chosen.key if chosen else "", terms))
    made = with_changes(data, sets, lenient=True)
    made["findings"] = sorted([*(data.get("findings") or ()), *added], key=lambda each: each["number"])
    return made


def _raw(kind: Known, hit: Hit, chosen: str, terms: Terms) -> dict[str, Any]:
    concerned = [
        clause.id
        for clause in terms.clauses
        if any(overlap(path, about) for path in clause.concerns for about in hit.about)
    ]
    return {
        "key": kind.key,
        "number": kind.number,
        "clauses": concerned,
        "text": kind.text,
        "treatment": kind.treatment,
        "readings": [{"key": each.key, "label": each.label, "sets": dict(each.sets)} for each in hit.readings],
        "chosen": chosen,
        "chosen_by": "",
        "chosen_on": None,
    }


def _stands(data: Mapping[str, Any], sets: Mapping[str, Any]) -> bool:
    """Whether the terms already are as a reading would have them."""
    return bool(sets) and with_changes(data, sets, lenient=True) == dict(data)
