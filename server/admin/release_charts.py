"""Adoption as charts: shares of launches by version and day, with the same figures as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from server.core.tallies import OTHER
from server.domain.releases import Adoption

PERCENT = 100
MOST_SERIES = 5
# A curve of fewer days tells nothing.
SHORTEST = 10


@dataclass(frozen=True, slots=True)
class Chart:
    """What the chart macro takes."""

    option: dict[str, Any]
    headers: list[str]
    rows: list[list[str]]


def stacked(adoption: Adoption) -> Chart | None:
    """The share of each version on each day, the most used ones by name; None where nobody was counted."""
    totals = {version: sum(adoption.launches[version]) for version in adoption.versions}
    if not any(totals.values()):
        return None
    day_totals = [sum(counts[at] for counts in adoption.launches.values()) for at in range(len(adoption.days))]
    most = set(sorted(totals, key=lambda version: -totals[version])[:MOST_SERIES])
    # The newest is of interest before it is used much.
    named = [version for at, version in enumerate(adoption.versions) if at == 0 or version in most]
    series = {named_of(version): adoption.launches[version] for version in named}
    rest = [version for version in adoption.versions if version not in named]
    if rest:
        together = [sum(adoption.launches[version][at] for version in rest) for at in range(len(adoption.days))]
        series["其他"] = together
    shares = {name: _shares(counts, day_totals) for name, counts in series.items()}
    days = [f"{day:%m-%d}" for day in adoption.days]
    option = {
        "grid": {"left": 8, "right": 12, "top": 40, "bottom": 4, "containLabel": True},
        "legend": {"top": 0, "left": 0, "type": "scroll"},
        "xAxis": {"type": "category", "data": days},
        "yAxis": {"type": "value", "max": PERCENT, "axisLabel": {"formatter": "{value}%"}},
        "series": [
            {"name": name, "type": "bar", "stack": "share", "barCategoryGap": "25%", "data": values}
            for name, values in shares.items()
        ],
    }
    headers = ["日期", "启动次数", *shares]
    rows = [
        [day, str(day_totals[at]), *(_text(values[at]) for values in shares.values())] for at, day in enumerate(days)
    ]
    return Chart(option, headers, rows[::-1])


def curve(adoption: Adoption, version: str) -> Chart | None:
    """One version's share by day and its launches, from the day before it was first seen; None if it never was."""
    launches = adoption.launches.get(version)
    if not launches or not any(launches):
        return None
    first = max(min(next(at for at, count in enumerate(launches) if count) - 1, len(launches) - SHORTEST), 0)
    totals = [sum(counts[at] for counts in adoption.launches.values()) for at in range(len(adoption.days))][first:]
    launches = launches[first:]
    shares = _shares(launches, totals)
    days = [f"{day:%m-%d}" for day in adoption.days[first:]]
    option = {
        "grid": {"left": 8, "right": 8, "top": 34, "bottom": 4, "containLabel": True},
        "legend": {"top": 0, "left": 0},
        "xAxis": {"type": "category", "data": days},
        "yAxis": [
            {"type": "value", "axisLabel": {"formatter": "{value}%"}},
            {"type": "value", "minInterval": 1, "splitLine": {"show": False}},
        ],
        "series": [
            {
                "name": "占比",
                "type": "line",
                "smooth": True,
                "showSymbol": False,
                "areaStyle": {"opacity": 0.15},
                "data": shares,
            },
            {"name": "启动次数", "type": "bar", "yAxisIndex": 1, "barMaxWidth": 14, "data": launches},
        ],
    }
    rows = [[day, _text(shares[at]), str(launches[at])] for at, day in enumerate(days)]
    return Chart(option, ["日期", "占比", "启动次数"], rows[::-1])


def named_of(version: str) -> str:
    """A version as people read it."""
    return {"": "未识别", OTHER: "其他"}.get(version, version)


def _shares(counts: Sequence[int], totals: Sequence[int]) -> list[float | None]:
    return [round(count * PERCENT / total, 1) if total else None for count, total in zip(counts, totals, strict=True)]


def _text(share: float | None) -> str:
    return "–" if share is None else f"{share:g}%"
