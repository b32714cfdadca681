"""A contract as it stands in its form: made from terms, read from what was sent, turned into terms and dates again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from werkzeug.datastructures import MultiDict

from server.admin.contract_boxes import Box, Section
from server.admin.contract_row_sections import CASES, ROWS
from server.admin.contract_sections import DATES, FACTS, SINGLES
from server.admin.contract_values import from_terms, split, to_terms
from server.domain import contracts

MOST_ROWS = 120
BAD_DATE = "日期应写成 2026-03-31"


@dataclass
class Row:
    """One row of a repeatable section; ``key`` is empty until it is first kept."""

    key: str
    values: dict[str, str]
    many: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class Draft:
    """What stands in the form. ``values`` and ``many`` go by ``section-box``; ``ticked``: known contradictions."""

    values: dict[str, str] = field(default_factory=dict)
    many: dict[str, list[str]] = field(default_factory=dict)
    rows: dict[str, list[Row]] = field(default_factory=lambda: {section.key: [] for section in ROWS})
    ticked: list[str] = field(default_factory=list)

    def get(self, name: str) -> str:
        """A box's text."""
        return self.values.get(name, "")


@dataclass
class Typed:
    """A draft as the domain takes it; ``names`` maps paths of the terms to the boxes that they come from."""

    terms: dict[str, Any]
    facts: dict[str, Any]
    names: dict[str, str]
    faults: dict[str, list[str]]


def read(form: MultiDict[str, str]) -> Draft:
    """What was sent. Nothing is refused here."""
    draft = Draft(ticked=form.getlist("ticked"))
    for section in (FACTS, *SINGLES):
        for box in section.boxes:
            name = f"{section.key}-{box.name}"
            draft.values[name] = _clean(form.get(name, ""))
            draft.many[name] = [value for value in form.getlist(name) if value]
    for section in ROWS:
        for number in range(MOST_ROWS):
            place = f"{section.key}-{number}"
            if f"{place}-key" not in form:
                break
            names = {box.name: f"{place}-{box.name}" for box in section.boxes}
            values = {name: _clean(form.get(at, "")) for name, at in names.items()}
            values["case"] = form.get(f"{place}-case", "")
            many = {name: [value for value in form.getlist(at) if value] for name, at in names.items()}
            draft.rows[section.key].append(Row(form[f"{place}-key"], values, many))
    return draft


def draft_of(terms: Mapping[str, Any], facts: Mapping[str, Any]) -> Draft:
    """The form of a contract that is there, or of one to begin with."""
    draft = Draft()
    clauses = terms.get("clauses") or []
    for section in (FACTS, *SINGLES):
        source = facts if section.at == "facts" else (terms if not section.at else terms.get(section.at) or {})
        for box in section.boxes:
            name = f"{section.key}-{box.name}"
            of = facts if box.name in DATES else source
            draft.values[name], draft.many[name] = _typed(box, of, section.concerns, clauses)
    for section in ROWS:
        for entry in terms.get(section.key) or []:
            draft.rows[section.key].append(_row(section, entry, clauses))
    _name_groups(draft, terms.get("penalties") or [])
    return draft


def act(draft: Draft, command: str) -> Draft:
    """Do what a button of the form says: ``milestones.add``, ``clauses.remove.3``, ``penalties.up.1``."""
    what, _, rest = command.partition(".")
    verb, _, number = rest.partition(".")
    rows = draft.rows.get(what)
    if rows is None:
        return draft
    if verb == "add" and len(rows) < MOST_ROWS:
        rows.append(Row("", {"partial": "true"} if what == "deliverables" else {}))
    at = int(number) if number.isdigit() else -1
    if not 0 <= at < len(rows):
        return draft
    if verb == "remove":
        del rows[at]
    elif verb == "up" and at > 0:
        rows[at - 1], rows[at] = rows[at], rows[at - 1]
    return draft


def typed_of(draft: Draft, *, kept: Mapping[str, Any] | None = None) -> Typed:
    """The draft as terms and facts. ``kept``: values of the terms that the form does not show, by path."""
    found = Typed({}, {}, {}, {})
    concerns: dict[str, list[str]] = {}
    for section in (FACTS, *SINGLES):
        _read_single(found, draft, section)
        _cite(concerns, draft.get(f"{section.key}-clauses"), section.concerns)
    for section in ROWS:
        found.terms[section.key] = _read_rows(found, draft, section, concerns)
    _exclude(found.terms["penalties"], draft.rows["penalties"])
    found.terms["clauses"] = _clauses(found.terms["clauses"], concerns)
    found.terms = contracts.with_changes(found.terms, kept or {}, lenient=True)
    return found


def told(faults: Mapping[str, Iterable[str]], names: Mapping[str, str]) -> dict[str, list[str]]:
    """Faults of the terms by the box that they belong to; what belongs to none goes by its path."""
    found: dict[str, list[str]] = {}
    for path, sentences in faults.items():
        at, place = path, names.get(path)
        while place is None and "." in at:
            at = at.rpartition(".")[0]
            place = names.get(at)
        found.setdefault(place or path, []).extend(sentences)
    return found


def _read_single(found: Typed, draft: Draft, section: Section) -> None:
    part: dict[str, Any] = {}
    said = False
    for box in section.boxes:
        name = f"{section.key}-{box.name}"
        if box.kind == "clauses":
            continue
        if box.name in DATES:
            found.facts[box.name] = _day(found, name, draft.get(name))
            found.names[box.name] = name
            continue
        value = to_terms(box, draft.get(name), draft.many.get(name, []))
        said = said or (value not in (None, "", []) and box.kind not in {"flag", "choice"})
        _put(part, box.place, value)
        found.names[f"{section.at}.{box.place}" if section.at else box.place] = name
    if section.at == "facts":
        found.facts |= part
        found.names |= {box.name: f"facts-{box.name}" for box in section.boxes}
    elif section.at:
        found.terms[section.at] = part if said else None
        found.names[section.at] = f"{section.key}-{section.boxes[0].name}"
    else:
        if "term" in part and part["term"]["months"] is None:
            part["term"] = None
        found.terms |= part


def _read_rows(found: Typed, draft: Draft, section: Section, concerns: dict[str, list[str]]) -> list[dict[str, Any]]:
    entries, used = [], {row.key for row in draft.rows[section.key] if row.key}
    for number, row in enumerate(draft.rows[section.key]):
        place = f"{section.key}-{number}"
        entry: dict[str, Any] = {}
        key = row.values.get("id", "") if section.key == "clauses" else row.key or _new_key(section, row, used)
        if section.key != "clauses":
            entry["key"] = key
        for box in section.boxes:
            if box.kind not in {"clauses", "group"}:
                _put(entry, box.place, to_terms(box, row.values.get(box.name, ""), row.many.get(box.name, [])))
                found.names[f"{section.at}.{key}.{box.place}"] = f"{place}-{box.name}"
        found.names[f"{section.at}.{key}"] = f"{place}-{section.boxes[0].name}"
        _cite(concerns, row.values.get("clauses", ""), [path.format(key=key) for path in section.concerns])
        entries.append(entry)
    return entries


def _new_key(section: Section, row: Row, used: set[str]) -> str:
    """A key for a new row: what the penalty is for, what the paper is, or a number."""
    base = row.values.get("case") or row.values.get("kind") or section.key.rstrip("s")
    base = base if base != CASES[-1][0] else "penalty"
    key = next(each for each in (base, *(f"{base}_{n}" for n in range(2, 2 * MOST_ROWS))) if each not in used)
    used.add(key)
    return key


def _cite(concerns: dict[str, list[str]], typed: str, paths: Iterable[str]) -> None:
    for clause in split(typed):
        concerns.setdefault(clause, []).extend(path for path in paths if path not in concerns.get(clause, []))


def _clauses(entries: list[dict[str, Any]], concerns: Mapping[str, list[str]]) -> list[dict[str, Any]]:
    """The clauses with what they fix; one that is cited and not listed gets a line of its own."""
    there = {entry["id"] for entry in entries}
    missing = [{"id": each, "where": "", "title": each, "text": ""} for each in concerns if each not in there]
    return [{**entry, "concerns": concerns.get(entry["id"], [])} for entry in (*entries, *missing)]


def _exclude(penalties: list[dict[str, Any]], rows: list[Row]) -> None:
    groups = [row.values.get("group", "") for row in rows]
    for number, entry in enumerate(penalties):
        entry["excludes"] = [
            other["key"]
            for at, other in enumerate(penalties)
            if at != number and groups[number] and groups[at] == groups[number]
        ]


def _name_groups(draft: Draft, penalties: list[dict[str, Any]]) -> None:
    names = iter("甲乙丙丁戊己庚辛")
    group_of: dict[str, str] = {}
    for entry, row in zip(penalties, draft.rows["penalties"], strict=True):
        others = entry.get("excludes") or []
        if others:
            known = next((group_of[each] for each in others if each in group_of), None)
            group_of[entry["key"]] = row.values["group"] = known or next(names, "壬")


def _row(section: Section, entry: Mapping[str, Any], clauses: list[dict[str, Any]]) -> Row:
    key = str(entry.get("key") or entry.get("id") or "")
    row = Row(key, {})
    paths = [path.format(key=key) for path in section.concerns]
    for box in section.boxes:
        row.values[box.name], row.many[box.name] = _typed(box, entry, paths, clauses)
    return row


def _typed(
    box: Box, source: Mapping[str, Any], concerns: Iterable[str], clauses: list[dict[str, Any]]
) -> tuple[str, list[str]]:
    if box.kind == "clauses":
        wanted = set(concerns)
        return "、".join(each["id"] for each in clauses if wanted & set(each.get("concerns") or ())), []
    value: Any = source
    for part in box.place.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if box.kind == "many":
        return "", [str(each) for each in value or ()]
    if box.name == "partial" and value is None:
        value = True
    return from_terms(box, value), []


def _put(part: dict[str, Any], path: str, value: Any) -> None:
    head, _, rest = path.partition(".")
    if rest:
        _put(part.setdefault(head, {}), rest, value)
    else:
        part[head] = value


def _day(found: Typed, name: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        found.faults.setdefault(name, []).append(BAD_DATE)
        return None


def _clean(text: str) -> str:
    return text.replace("\r\n", "\n").strip()
