"""Our own figure, pure: gross, waiting, missing material, overlaps once; internal targets (#11), never contractual."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.clock import LOCAL
from server.core.errors import Invalid
from server.domain import tickets
from server.domain.identity import SCHEDULER, ActorKind
from server.domain.tickets import EventKind, Policy, Severity
from server.domain.tickets.resolution import resolution
from tests.factories.tickets import resolved
from tests.tickets.conftest import Desk

NINE = datetime(2026, 3, 3, 9, 0, tzinfo=LOCAL)
HOUR = timedelta(hours=1)
E = EventKind


@dataclass(frozen=True)
class Line:
    kind: EventKind
    at: datetime
    data: dict[str, Any] = field(default_factory=dict)
    actor_kind: ActorKind = ActorKind.OFFICER


def line(kind: EventKind, hours: float, state: str, **data: Any) -> Line:
    return Line(kind, NINE + hours * HOUR, {"state": state} | data)


OPENED = line(E.OPENED, 0, "new")
CASES: dict[str, tuple[list[Line], float, float, float]] = {
    # name: (lines after the receipt, gross, waited, stalled) at 20 hours
    "running": ([], 20, 0, 0),
    "waited": ([line(E.WAITED, 2, "waiting"), line(E.STARTED, 5, "in_progress")], 20, 3, 0),
    "still waiting": ([line(E.WAITED, 2, "waiting"), line(E.COMMENTED, 4, "waiting")], 20, 18, 0),
    "A28 material": (
        [
            line(E.MATERIAL_STALLED, 2, "new", material="a"),
            line(E.MATERIAL_RESUMED, 6, "new", material="a"),
        ],
        20,
        4,
        4,
    ),
    "two materials overlap": (
        [
            line(E.MATERIAL_STALLED, 2, "new", material="a"),
            line(E.MATERIAL_STALLED, 4, "new", material="b"),
            line(E.MATERIAL_RESUMED, 6, "new", material="a"),
            line(E.MATERIAL_RESUMED, 9, "new", material="b"),
        ],
        20,
        7,
        7,
    ),
    "waiting and material overlap": (
        [
            line(E.WAITED, 2, "waiting"),
            line(E.MATERIAL_STALLED, 4, "waiting", material="a"),
            line(E.STARTED, 6, "in_progress"),
            line(E.MATERIAL_RESUMED, 8, "in_progress", material="a"),
        ],
        20,
        6,
        4,
    ),
    "missing since before the receipt": (
        [line(E.MATERIAL_STALLED, -48, "new", material="a"), line(E.MATERIAL_RESUMED, 3, "new", material="a")],
        20,
        3,
        3,
    ),
    "solved while material was missing": (
        [line(E.MATERIAL_STALLED, 2, "new", material="a"), line(E.RESOLVED, 10, "resolved")],
        10,
        8,
        8,
    ),
    "reopened runs on": (
        [line(E.RESOLVED, 4, "resolved"), line(E.REOPENED, 6, "in_progress"), line(E.RESOLVED, 9, "resolved")],
        9,
        0,
        0,
    ),
    "closing later changes nothing": ([line(E.RESOLVED, 4, "resolved"), line(E.CLOSED, 15, "closed")], 4, 0, 0),
    "merged away": ([line(E.ABSORBED, 3, "closed")], 3, 0, 0),
    "an end without a beginning": ([line(E.MATERIAL_RESUMED, 3, "new", material="a")], 20, 0, 0),
}


@pytest.mark.parametrize("name", CASES)
def test_how_long_it_took(name: str) -> None:
    lines, gross, waited, stalled = CASES[name]
    figure = resolution([OPENED, *lines], NINE + 20 * HOUR)
    assert (figure.gross, figure.waited, figure.stalled) == (gross * HOUR, waited * HOUR, stalled * HOUR)
    assert figure.net == (gross - waited) * HOUR


def test_our_own_target() -> None:
    waiting = [OPENED, line(E.WAITED, 2, "waiting")]
    figure = resolution(waiting, NINE + 20 * HOUR, target=3 * HOUR)
    assert (figure.left, figure.missed, figure.paused, figure.solved) == (HOUR, False, True, False)
    late = resolution([OPENED, line(E.RESOLVED, 4, "resolved")], NINE + 20 * HOUR, target=3 * HOUR)
    assert (late.left, late.missed, late.paused, late.solved) == (-HOUR, True, False, True)
    none = resolution([OPENED], NINE + 20 * HOUR)
    assert (none.left, none.missed) == (None, False)


KINDS = st.sampled_from([E.MATERIAL_STALLED, E.MATERIAL_RESUMED, E.WAITED, E.STARTED, E.RESOLVED, E.REOPENED])
STATES = {E.WAITED: "waiting", E.STARTED: "in_progress", E.RESOLVED: "resolved", E.REOPENED: "in_progress"}


@given(st.lists(st.tuples(KINDS, st.integers(-30, 30), st.sampled_from("ab")), max_size=12), st.integers(0, 60))
def test_no_history_gives_more_waiting_than_time(steps: list[tuple[EventKind, int, str]], now: int) -> None:
    log, state, reached = [OPENED], "new", 0
    for kind, hours, material in steps:
        state = STATES.get(kind, state)
        reached = reached if kind in (E.MATERIAL_STALLED, E.MATERIAL_RESUMED) else max(reached, hours)
        log.append(line(kind, hours if kind not in STATES else reached, state, material=material))
    figure = resolution(log, NINE + max(now, reached) * HOUR)
    assert timedelta() <= figure.stalled <= figure.waited <= figure.gross


def test_targets_are_the_desks_own_and_can_be_none(desk: Desk) -> None:
    assert [Policy().target(each) for each in Severity] == [timedelta(days=10), timedelta(days=5), 48 * HOUR, 24 * HOUR]
    tickets.set_policy(SCHEDULER, target_hours_normal=0)
    made = resolved(desk.zheng, desk.wang, contract=desk.contract)
    figure = tickets.resolution_of(desk.lin, made, NINE)
    assert figure is not None
    assert figure.target is None
    with pytest.raises(Invalid):
        tickets.set_policy(SCHEDULER, target_hours_low=-1)
    assert tickets.resolution_of(desk.wang, made, NINE) is None
