"""When the console speaks up: banner from November, alarm from December, and this year at any time."""

from __future__ import annotations

from datetime import date

import pytest

from server.domain import calendar
from server.domain.calendar import WarningLevel
from tests.factories.calendar import work_calendar


@pytest.mark.parametrize(
    ("today", "last_year", "expected"),
    [
        ("2026-10-31", 2027, []),
        ("2026-11-01", 2027, [(WarningLevel.BANNER, 2027, "暂定")]),
        ("2026-11-30", 2026, [(WarningLevel.BANNER, 2027, "2027 年节假日未维护")]),
        ("2026-12-01", 2027, [(WarningLevel.ALARM, 2027, "暂定")]),
        ("2027-03-01", 2027, [(WarningLevel.ALARM, 2027, "暂定")]),
        ("2025-12-31", 2026, []),
        ("2031-06-01", 2027, [(WarningLevel.ALARM, 2031, "未维护")]),
    ],
)
def test_what_is_said_on_a_day(today: str, last_year: int, expected: list[tuple[WarningLevel, int, str]]) -> None:
    said = calendar.warnings_of(work_calendar(2025, last_year), date.fromisoformat(today))
    assert [(each.level, each.year) for each in said] == [(level, year) for level, year, _ in expected]
    assert all(words in each.text for each, (_, _, words) in zip(said, expected, strict=True))
