"""Days on a report's paper: spelled, unless they are part of a number or of a file's name."""

from __future__ import annotations

import pytest

from server.domain.reports.days import spelled


@pytest.mark.parametrize(
    ("short", "told"),
    [
        ("2026-06-15 至 2026-06-21", "2026年6月15日至2026年6月21日"),
        ("2026-06-01 前提交", "2026年6月1日前提交"),
        ("2026-05-31 24:00", "2026年5月31日 24:00"),
        ("YB-YW-SJJH-2025-01-2026-0001", "YB-YW-SJJH-2025-01-2026-0001"),
        ("WH-2026-0012 归档", "WH-2026-0012 归档"),
    ],
)
def test_texts(short: str, told: str) -> None:
    assert spelled(short) == told
    assert spelled([{"text": short}]) == [{"text": told}]


def test_under_a_chart() -> None:
    trend = {"labels": ["6-15", "6-22 起", "2026年"], "series": [{"name": "2026-06-15", "values": [1, 2, 3]}]}
    told = spelled(trend)
    assert told["labels"] == ["6月15日", "6月22日起", "2026年"]
    assert told["series"][0]["values"] == [1, 2, 3]
