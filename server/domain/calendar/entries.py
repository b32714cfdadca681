"""A year's announcement as people bring it: CSV or JSON, checked line by line, and made into a whole year."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from server.core.errors import Invalid
from server.domain.calendar.working import SATURDAY, Day, DayKind, ordinary, year_days

LONGEST = 60
MOST_FAULTS = 20
HEADINGS = {"日期": "date", "类型": "kind", "名称": "name", "说明": "name"}
KINDS = (
    {kind.value: kind for kind in DayKind} | {kind.label: kind for kind in DayKind} | {"法定节假日": DayKind.HOLIDAY}
)


@dataclass(frozen=True, slots=True)
class DayEntry:
    """One line of an announcement; days that it does not name are ordinary."""

    on: date
    kind: DayKind
    name: str = ""


def parse(text: str, year: int) -> list[DayEntry]:
    """The entries of a CSV or JSON text, all of them in ``year``; Invalid names every bad line.

    CSV has a head line ``date,kind,name`` (or 日期,类型,名称). JSON is a list of objects with the same keys, alone or
    under ``days``; instead of ``kind`` an entry may say ``isOffDay``, as published holiday lists do.
    """
    text = text.lstrip("\ufeff").strip()
    rows = _json_rows(text) if text[:1] in "[{" and text else _csv_rows(text)
    entries: list[DayEntry] = []
    faults: list[str] = []
    for place, row in rows:
        try:
            entries.append(_entry(row, year))
        except ValueError as fault:
            faults.append(f"{place}：{fault}")
    faults += _twice(entries)
    if not faults and not entries:
        faults.append("文件里没有任何日期")
    if faults:
        raise Invalid("放假安排文件有误，未作任何修改。", fields={"file": faults[:MOST_FAULTS]})
    return entries


def whole_year(year: int, entries: Iterable[DayEntry]) -> dict[date, Day]:
    """Every day of a year: those that the entries name, and the ordinary rest."""
    named = {entry.on: Day(entry.kind, entry.name) for entry in entries}
    return {on: named.get(on) or ordinary(on) for on in year_days(year)}


def fitting(on: date, kind: DayKind) -> DayKind:
    """The kind, if it can be said of that day of the week; ValueError with a Chinese sentence if not."""
    weekend = on.weekday() >= SATURDAY
    if kind is DayKind.SHIFTED and not weekend:
        raise ValueError(f"{on} 不是周末，不能是调休上班")
    if kind is DayKind.WORKDAY and weekend:
        raise ValueError(f"{on} 是周末，上班应登记为调休上班")
    if kind is DayKind.RESTDAY and not weekend:
        raise ValueError(f"{on} 不是周末，放假应登记为节假日")
    return kind


def _csv_rows(text: str) -> list[tuple[str, dict[str, Any]]]:
    reader = csv.DictReader(io.StringIO(text))
    names = [HEADINGS.get(name.strip(), name.strip().lower()) for name in reader.fieldnames or []]
    if not {"date", "kind"} <= set(names):
        raise Invalid(fields={"file": ["首行应为 date,kind,name（或 日期,类型,名称）"]})
    reader.fieldnames = names
    return [(f"第 {reader.line_num} 行", row) for row in reader]


def _json_rows(text: str) -> list[tuple[str, dict[str, Any]]]:
    try:
        read = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Invalid(fields={"file": ["不是有效的 JSON"]}) from error
    rows = read.get("days") if isinstance(read, dict) else read
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Invalid(fields={"file": ["JSON 应为日期对象的列表，或带有 days 列表的对象"]})
    return [(f"第 {number} 项", row) for number, row in enumerate(rows, 1)]


def _entry(row: dict[str, Any], year: int) -> DayEntry:
    on = _day(row.get("date"))
    if on.year != year:
        raise ValueError(f"{on} 不在 {year} 年内")
    name = str(row.get("name") or "").strip()
    if len(name) > LONGEST:
        raise ValueError(f"名称不超过 {LONGEST} 个字")
    return DayEntry(on, fitting(on, _kind(row, on)), name)


def _day(text: Any) -> date:
    try:
        return date.fromisoformat(str(text or "").strip().replace("/", "-"))
    except ValueError as error:
        raise ValueError(f"日期“{text or ''}”应写成 2027-10-01") from error


def _kind(row: dict[str, Any], on: date) -> DayKind:
    off = row.get("isOffDay")
    if isinstance(off, bool):
        return DayKind.HOLIDAY if off else DayKind.SHIFTED if on.weekday() >= SATURDAY else DayKind.WORKDAY
    said = str(row.get("kind") or "").strip()
    if said not in KINDS:
        raise ValueError(f"类型“{said}”应为：{'、'.join(kind.label for kind in DayKind)}")
    return KINDS[said]


def _twice(entries: list[DayEntry]) -> list[str]:
    times = Counter(entry.on for entry in entries)
    return [f"{on} 出现了不止一次" for on, count in times.items() if count > 1]
