"""How often flags are evaluated, and in which contexts: counted cheaply, kept without names, forgotten in time."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from server.core import clock, tallies
from server.core.errors import Forbidden
from server.domain import flags
from server.domain.flags import ContextSampler, Environment, contexts, counts
from server.domain.identity import ANONYMOUS, SCHEDULER
from tests.support.flag_sets import switch

TRIAL = Environment.TRIAL
NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)
TODAY = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def _at_noon(session):
    with time_machine.travel(NOON, tick=False):
        yield


def compiled(*documents):
    return flags.compile_set(flags.to_flagd({each["key"]: each for each in documents}, {}, metadata={}))


def evaluate(*, times: int = 1, version: object = "1.4.2", environment: Environment = TRIAL, keys: str = "ab") -> None:
    found = compiled(*(switch(key) for key in keys)).outcomes({}, at=clock.now())
    for _ in range(times):
        flags.note_evaluations(environment, version, found)
    tallies.flush()


def counted(**wanted):
    return {
        (each.flag, each.version): each.count for each in flags.evaluation_counts(SCHEDULER, TRIAL, days=7, **wanted)
    }


def test_counts_add_up_over_flushes_and_batches():
    evaluate(times=counts.BATCH * 2 + 3)
    evaluate(times=2)
    evaluate(environment=Environment.RELEASE)
    assert counted() == {("a", "1.4.2"): counts.BATCH * 2 + 5, ("b", "1.4.2"): counts.BATCH * 2 + 5}
    assert counted(key="b") == {("b", "1.4.2"): counts.BATCH * 2 + 5}


@pytest.mark.parametrize("version", ["<b>", "1.4.2 ", "x" * 33, "", None, 7, ["1.4.2"], "１.4"])
def test_what_cannot_be_a_version_is_none(version):
    evaluate(version=version, keys="a")
    assert counted() == {("a", ""): 1}


def test_an_error_is_not_counted():
    found = [compiled().outcome("nothing", {}, at=clock.now())]
    flags.note_evaluations(TRIAL, "1.4.2", found)
    tallies.flush()
    assert counted() == {}


def test_days_last_evaluations_and_sparklines(session):
    for days, times in ((0, 1), (1, 5), (6, 2), (7, 9)):
        with time_machine.travel(NOON - timedelta(days=days), tick=False):
            evaluate(times=times, keys="a")
    evaluate(keys="b", version="1.5.0")
    assert flags.last_evaluated(TRIAL) == {"a": TODAY, "b": TODAY}
    assert flags.sparkline(TRIAL, 7) == {"a": [2, 0, 0, 0, 0, 5, 1], "b": [0, 0, 0, 0, 0, 0, 1]}
    rows = flags.evaluation_counts(SCHEDULER, TRIAL, days=7, key="a")
    assert [(row.day, row.count) for row in rows] == [
        (TODAY - timedelta(days=6), 2), (TODAY - timedelta(days=1), 5), (TODAY, 1)
    ]  # fmt: skip
    assert flags.forget_evaluations(days=6) == 1
    assert flags.forget_evaluations(days=5) == 1


def test_only_who_may_see_flags_sees_counts():
    with pytest.raises(Forbidden):
        flags.evaluation_counts(ANONYMOUS, TRIAL, days=1)


def sample(*seen, reads=("targetingKey", "region"), **how):
    sampler = ContextSampler(TRIAL, frozenset(reads))
    for context in seen:
        sampler.note(context, **how)
    tallies.flush()
    return [(each.context, each.weight) for each in flags.contexts_seen(TRIAL, 100)]


def test_of_a_context_only_what_rules_read_is_kept_and_nobody_is_named():
    context = {"targetingKey": "openid-of-wang", "region": "鼓楼", "phone": "13800000000", "version": "1.4.2"}
    ((kept, weight),) = sample(context)
    assert kept == {"targetingKey": flags.pseudonym("openid-of-wang"), "region": "鼓楼", "version": "1.4.2"}
    assert weight == 1
    assert len(kept["targetingKey"]) == 32


def test_a_pseudonym_of_ours_is_kept_as_it_is():
    ((kept, _),) = sample({"targetingKey": "ours"}, pseudonymous=True)
    assert kept["targetingKey"] == "ours"


def test_equal_contexts_are_one_with_a_weight():
    assert sample({"region": "a"}, {"region": "b"}, {"region": "a"}) == [({"region": "a"}, 2), ({"region": "b"}, 1)]


@pytest.mark.parametrize(
    "context",
    [{"region": "x" * 121}, {"region": ["x" * 100] * 6}, {"region": "a\0b"}, {"region": {"deep": {1: object()}}}],
    ids=["long", "large", "nul", "not JSON"],
)
def test_what_is_too_large_or_strange_is_left_out(context):
    assert sample(context) == []


def test_after_a_burst_few_are_kept_and_each_stands_for_those_between(monkeypatch):
    moment = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: moment[0])
    sampler = ContextSampler(TRIAL, frozenset({"n"}))
    for number in range(contexts.BURST + 50):
        sampler.note({"n": number})
    moment[0] += contexts.PAUSE_SECONDS
    sampler.note({"n": "late"})
    tallies.flush()
    seen = flags.contexts_seen(TRIAL, 1000)
    assert len(seen) == contexts.BURST + 1
    assert (seen[0].context, seen[0].weight) == ({"n": "late"}, 51)
    assert sum(each.weight for each in seen) == contexts.BURST + 51


def test_contexts_are_forgotten_after_their_days():
    sample({"region": "new"})
    with time_machine.travel(NOON - timedelta(days=7), tick=False):
        sample({"region": "old"})
    assert flags.forget_contexts(days=7) == 1
    assert [each.context for each in flags.contexts_seen(TRIAL, 10)] == [{"region": "new"}]
