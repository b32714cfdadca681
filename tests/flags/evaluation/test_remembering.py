"""A condition that several flags have is evaluated once for an asker, and comes to what it would in each."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from server.domain.flags.evaluation import compile_set, shapes

AT = datetime(2026, 11, 20, tzinfo=UTC)
NEWER = {"sem_ver": [{"var": "version"}, ">=", "1.4.0"]}
OWN = {"==": [{"var": "$flagd.flagKey"}, "flag-0"]}
LISTED = {"some": [{"var": "tags"}, {"in": [{"var": ""}, ["a", "b"]]}]}


def flags_with(condition, count=5):
    rule = {"if": [{"and": [condition, True]}, "on", "off"]}
    variants = {"on": True, "off": False}
    flag = {"state": "ENABLED", "variants": variants, "defaultVariant": "off", "targeting": rule}
    return compile_set({"flags": {f"flag-{number}": flag for number in range(count)}})


def values(compiled, **context):
    return [each.resolution.value for each in compiled.outcomes(context, at=AT)]


def test_a_shared_condition_is_evaluated_once_for_each_asker(monkeypatch):
    asked = []
    version = shapes.version
    monkeypatch.setattr(shapes, "version", lambda value: asked.append(value) or version(value))
    compiled = flags_with(NEWER)
    asked.clear()
    assert values(compiled, version="1.4.2") == [True] * 5
    assert values(compiled, version="1.3.0") == [False] * 5
    assert asked == ["1.4.2", "1.3.0"]
    assert compiled.resolve("flag-3", {"version": "1.4.0"}, at=AT).value is True


def test_what_reads_the_flags_key_is_each_flags_own():
    assert values(flags_with(OWN)) == [True, False, False, False, False]


@pytest.mark.parametrize(("tags", "value"), [(["a"], True), (["c"], False), ([], False), (None, False)])
def test_what_is_asked_of_the_items_of_a_list_is_asked_of_each(tags, value):
    assert values(flags_with(LISTED), tags=tags) == [value] * 5


def test_an_error_is_one_in_each():
    found = flags_with({"and": [{"no-such": []}, True]}).outcomes({}, at=AT)
    assert [each.resolution.error_code for each in found] == ["PARSE_ERROR"] * 5
