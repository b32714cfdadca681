"""Where nobody is on duty, and where more than one: over spans alone."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core import clock
from server.domain.duty import Pattern, Span, doubles_in, gaps_in, turns
from tests.duty.conftest import at, day

ZERO = datetime(2026, 1, 1, tzinfo=UTC)


def span(since: float, until: float) -> Span:
    return Span(ZERO + timedelta(hours=since), ZERO + timedelta(hours=until))


DAY = span(0, 24)
CASES = [
    ("nobody", [], [(0, 24)], []),
    ("the whole day", [(0, 24)], [], []),
    ("spans that touch leave nothing between them", [(0, 8), (8, 24)], [], []),
    ("an hour between", [(0, 8), (9, 24)], [(8, 9)], []),
    ("overlapping hand-over", [(0, 9), (8, 24)], [], [(8, 9)]),
    ("one inside another", [(0, 24), (8, 9)], [], [(8, 9)]),
    ("three at once are one double stretch", [(0, 24), (8, 10), (9, 12)], [], [(8, 12)]),
    ("reaching beyond both ends", [(-5, 30)], [], []),
    ("before and after only", [(-5, 0), (24, 30)], [(0, 24)], []),
    ("out of order", [(20, 24), (0, 4)], [(4, 20)], []),
    ("a minute missing at the day's end", [(0, 24 - 1 / 60)], [(24 - 1 / 60, 24)], []),
]


@pytest.mark.parametrize(("spans", "gaps", "doubles"), [each[1:] for each in CASES], ids=[each[0] for each in CASES])
def test_a19_gaps_and_doubles(spans, gaps, doubles):
    planned = [span(*each) for each in spans]
    assert gaps_in(planned, DAY) == [span(*each) for each in gaps]
    assert doubles_in(planned, DAY) == [span(*each) for each in doubles]


hours = st.integers(min_value=-6, max_value=30)
some_spans = st.lists(st.tuples(hours, hours).filter(lambda pair: pair[0] < pair[1]), max_size=8)


@given(some_spans)
def test_every_moment_is_a_gap_covered_once_or_double(pairs):
    planned = [span(*pair) for pair in pairs]
    gaps, doubles = gaps_in(planned, DAY), doubles_in(planned, DAY)
    for hour in range(24):
        moment = ZERO + timedelta(hours=hour, minutes=30)
        depth = sum(each.starts_at <= moment < each.ends_at for each in planned)
        assert any(each.starts_at <= moment < each.ends_at for each in gaps) is (depth == 0)
        assert any(each.starts_at <= moment < each.ends_at for each in doubles) is (depth > 1)


PATTERNS = [
    (Pattern.DAILY, time(8), None),
    (Pattern.DAILY, time(0), None),
    (Pattern.WEEKLY, time(9), None),
    (Pattern.DAY_NIGHT, time(8), time(20)),
    (Pattern.DAY_NIGHT, time(20), time(8)),
]


@pytest.mark.parametrize(("pattern", "change", "night"), PATTERNS)
@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        ("2028-02-28", "2028-03-01", 3),
        ("2026-12-31", "2027-01-01", 2),
        ("1991-04-13", "1991-04-15", 3),
        ("2026-02-16", "2026-02-23", 8),
        ("2026-01-01", "2026-12-31", 365),
        ("2028-01-01", "2028-12-31", 366),
    ],
    ids=["leap day", "year's turn", "where Shanghai once had summer time", "spring festival", "a year", "a leap year"],
)
def test_a_rotation_leaves_no_moment_out_and_doubles_none(pattern, change, night, first, last, days):
    for people in (1, 2, 3):
        made = turns(people, pattern, day(first), day(last), change_at=change, night_at=night)
        whole = Span(clock.start_of(day(first)), clock.end_of(day(last)))
        planned = [turn.span for turn in made]
        assert gaps_in(planned, whole) == []
        assert doubles_in(planned, whole) == []
        assert (planned[0].starts_at, planned[-1].ends_at) == (whole.starts_at, whole.ends_at)
        assert {turn.who for turn in made} <= set(range(people))
        if day(first).year > 1991:
            assert sum((each.length for each in planned), timedelta()) == timedelta(days=days)


def test_who_begins_and_when_they_change():
    made = turns(2, Pattern.WEEKLY, day("2026-11-04"), day("2026-11-18"), change_at=time(9))
    told = [(turn.who, clock.to_local(turn.span.starts_at).strftime("%a %m-%d %H:%M")) for turn in made]
    assert told == [(0, "Wed 11-04 00:00"), (1, "Mon 11-09 09:00"), (0, "Mon 11-16 09:00")]
    made = turns(2, Pattern.DAY_NIGHT, day("2026-11-04"), day("2026-11-04"), change_at=time(8), night_at=time(20))
    told = [(turn.who, clock.to_local(turn.span.starts_at).hour) for turn in made]
    assert told == [(0, 0), (1, 8), (0, 20)]
    assert made[-1].span.ends_at == at("2026-11-05 00:00")
