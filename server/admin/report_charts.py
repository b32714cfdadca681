"""A report's curves as charts for the console, with the same figures as a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from server.domain.reports import Content


@dataclass(frozen=True, slots=True)
class Chart:
    """What the chart macro takes."""

    key: str
    title: str
    section: str
    option: dict[str, Any]
    headers: list[str]
    rows: list[list[str]]


def charts_of(content: Content) -> list[Chart]:
    """Every curve that shows something."""
    found = []
    for section in content.sections:
        for curve in section.curves:
            if not any(value for _, values in curve.series for value in values):
                continue
            option = {
                "grid": {"left": 8, "right": 12, "top": 34, "bottom": 4, "containLabel": True},
                "legend": {"top": 0, "left": 0},
                "xAxis": {"type": "category", "data": list(curve.labels)},
                "yAxis": {"type": "value", "minInterval": 1},
                "series": [
                    {"name": name, "type": "bar", "barMaxWidth": 18, "data": list(values)}
                    for name, values in curve.series
                ],
            }
            rows = [
                [label, *(f"{values[at]:g}" for _, values in curve.series)] for at, label in enumerate(curve.labels)
            ]
            headers = ["日期", *(name for name, _ in curve.series)]
            key = curve.key.replace(".", "-")
            found.append(Chart(key, f"{curve.title}（{curve.unit}）", section.key, option, headers, rows))
    return found
