"""How a paper's state looks, and what a list row says of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from types import MappingProxyType
from typing import Any

from flask import url_for

from server.core import clock
from server.domain.deliverables import Expected, Standing, State

TONES: Mapping[State, str] = MappingProxyType(
    {
        State.UPCOMING: "gray",
        State.DUE_SOON: "amber",
        State.LATE: "red",
        State.HANDED_IN: "blue",
        State.RETURNED: "violet",
        State.SIGNED: "green",
    }
)


def due_in_words(expected: Expected) -> str:
    """The due moment for people: a day alone where it ends at 24:00, else with its time."""
    if expected.due_at is None or expected.due_on is None:
        return expected.note
    day = expected.due_on.isoformat()
    return day if expected.due_at == clock.end_of(expected.due_on) else f"{day} {_time(expected)}"


def end_in_words(moment: datetime | None) -> str:
    """A due moment without its duty: the end of a day as 24:00 of that day."""
    if moment is None:
        return "无法计算"
    local = clock.to_local(moment)
    if local.time() == time.min:
        return f"{local.date() - timedelta(days=1)} 24:00"
    return local.strftime("%Y-%m-%d %H:%M")


def url_of(standing: Standing, endpoint: str = "show", **more: Any) -> str:
    """The address of a duty's page, or of a verb on it."""
    expected = standing.expected
    return url_for(
        f"deliverable.{endpoint}",
        contract_id=standing.contract.id,
        key=expected.key,
        cycle_on=expected.cycle_on.isoformat(),
        **more,
    )


def _time(expected: Expected) -> str:
    assert expected.due_at is not None  # noqa: S101 - the caller has looked
    return clock.to_local(expected.due_at).strftime("%H:%M")
