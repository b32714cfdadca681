"""A chart's scale: round figures on the axis, and where each value stands between them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

STEPS = 5
MOST_FIGURES = 24
"""With more values than this a chart shows no figures at its bars, because they would lie over each other."""
MOST_LABELS = 16


@dataclass(frozen=True, slots=True)
class Axis:
    """The lowest and highest value that a chart shows, and the step between its lines."""

    low: float
    high: float
    step: float

    def at(self, value: float) -> float:
        """Where a value stands, 0 at the bottom and 1 at the top."""
        return (value - self.low) / (self.high - self.low)

    def ticks(self) -> list[float]:
        """The values that have a line."""
        count = round((self.high - self.low) / self.step)
        return [self.low + self.step * each for each in range(count + 1)]


def axis_of(values: Iterable[float]) -> Axis:
    """A scale that begins at zero (or below, for what is below) and ends at a round figure; whole where all values are."""
    told = list(values)
    low, high = min([0.0, *told]), max([0.0, *told])
    if low == high:
        high = 1.0
    rough = (high - low) / STEPS
    power = 10.0 ** math.floor(math.log10(rough))
    steps = [power * each for each in (1, 2, 2.5, 5, 10)]
    if all(value == int(value) for value in told):
        # nobody counts in halves of a ticket
        steps = [1.0, *(each for each in steps if each == int(each))]
    step = next(each for each in steps if each >= rough * 0.999)
    return Axis(math.floor(low / step) * step, math.ceil(high / step - 1e-9) * step, step)


def figure(value: float) -> str:
    """A value as people write it: thousands in groups, no needless decimals."""
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def plotted(content: Mapping[str, Any]) -> dict[str, Any]:
    """A chart's content with its scale: ticks, places of the values and figures at them."""
    series: Sequence[Mapping[str, Any]] = content.get("series") or ()
    labels = [str(label) for label in content.get("labels") or ()]
    axis = axis_of(value for each in series for value in each["values"] if value is not None)
    return {
        "labels": labels,
        "every": max(1, math.ceil(len(labels) / MOST_LABELS)),
        "figures": len(labels) * len(series) <= MOST_FIGURES,
        "zero": axis.at(0.0),
        "ticks": [{"at": axis.at(tick), "text": figure(tick)} for tick in axis.ticks()],
        "series": [
            {
                "name": each["name"],
                "points": [None if value is None else axis.at(value) for value in each["values"]],
                "texts": ["" if value is None else figure(value) for value in each["values"]],
            }
            for each in series
        ],
    }
