"""Each operator by a table of what it comes to; the oracle test compares them with flagd-core over drawn operands."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import pytest

from server.domain.flags.evaluation import Resolution, compile_set
from server.domain.flags.evaluation.compiler import Compiler
from server.domain.flags.evaluation.semver import version
from tests.flags.evaluation import oracle

AT = datetime(2026, 11, 21, tzinfo=UTC)
CONTEXT = {
    "targetingKey": "user-1",
    "version": "1.4.2",
    "age": 18,
    "name": "张三",
    "tags": ["内测", "on", 3],
    "profile": {"city": "杭州", "roles": [{"name": "店主"}, {"name": "会计"}]},
    "no": None,
    "empty": "",
    "$flagd": {"flagKey": "f", "timestamp": 1_795_000_000},
}

CASES: list[tuple[Any, Any]] = [
    # var
    ({"var": "name"}, "张三"),
    ({"var": "profile.city"}, "杭州"),
    ({"var": "profile.roles.1.name"}, "会计"),
    ({"var": "tags.length"}, 3),
    ({"var": "name.0"}, "张"),
    ({"var": "tags.7"}, None),
    ({"var": "tags.-1"}, None),
    ({"var": "tags.01"}, None),
    ({"var": ["nobody", "别人"]}, "别人"),
    ({"var": ["no", 5]}, 5),
    ({"var": ["name", 5]}, "张三"),
    ({"var": ["nobody", {"var": "name"}]}, "张三"),
    ({"var": {"cat": ["na", "me"]}}, "张三"),
    ({"var": 0}, None),
    ({"map": [[["a", "b"]], {"var": 1}]}, ["b"]),
    ({"map": [["甲"], {"var": ""}]}, ["甲"]),
    # what counts as true
    ({"!!": [[]]}, False),
    ({"!!": [[0]]}, True),
    ({"!!": {}}, True),
    ({"!!": ""}, False),
    ({"!!": "0"}, True),
    ({"!!": 0.0}, False),
    ({"!": {"var": "nobody"}}, True),
    ({"!!": {"+": "x"}}, False),  # NaN
    # choice
    ({"if": []}, None),
    ({"if": ["only"]}, "only"),
    ({"if": [False, "then"]}, None),
    ({"if": [False, 1, True, 2, 3]}, 2),
    ({"if": [False, 1, 0, 2, 3]}, 3),
    ({"if": [False, 1, 0, 2]}, None),
    ({"?:": [1, "yes", "no"]}, "yes"),
    ({"and": [1, "", 3]}, ""),
    ({"and": [1, 2]}, 2),
    ({"and": []}, None),
    ({"or": [0, "", 3]}, 3),
    ({"or": [0, ""]}, ""),
    # only what is needed is evaluated
    ({"or": ["on", {"no_such": []}]}, "on"),
    ({"and": [0, {"no_such": []}]}, 0),
    ({"if": [True, "on", {"/": [1, 0]}]}, "on"),
    # equality
    ({"==": [1, "1"]}, True),
    ({"==": [1, "1.0"]}, True),
    ({"==": ["1", 1]}, True),
    ({"==": [True, "1"]}, True),
    ({"==": [None, 0]}, True),
    ({"==": [None, ""]}, False),
    ({"==": [[], []]}, False),
    ({"==": [{"var": "tags"}, {"var": "tags"}]}, True),
    ({"==": [["a", "b"], "a,b"]}, True),
    ({"==": [{"a": 1, "b": 2}, "[object Object]"]}, True),
    ({"!=": [1, 2]}, True),
    ({"===": [1, "1"]}, False),
    ({"===": [1, True]}, True),
    ({"===": [[1], [1]]}, True),
    ({"!==": [1, "1"]}, True),
    # order
    ({"<": [1, 2]}, True),
    ({"<": [1, {"var": "age"}, 20]}, True),
    ({"<": [1, {"var": "age"}, 18]}, False),
    ({"<=": [1, {"var": "age"}, 18]}, True),
    ({">": [3, 2, 1]}, True),
    ({">=": [3, 3, 4]}, False),
    ({"<": ["10", "9"]}, True),
    ({"<": ["10", 9]}, False),
    ({"<": ["x", 9]}, False),
    ({">": [None, -1]}, True),
    # arithmetic
    ({"+": [1, "2", True, None, [4]]}, 8.0),
    ({"+": "3.5"}, 3.5),
    ({"-": 4}, -4),
    ({"-": [4, "1"]}, 3.0),
    ({"*": [2, "3"]}, 6.0),
    ({"/": [9, 2]}, 4.5),
    ({"%": [-7, 3]}, 2),
    ({"min": [3, "1", 2]}, 1.0),
    ({"max": [3, "1", 2]}, 3),
    # texts and lists
    ({"cat": ["a", 1, 2.0, None, ["x", 1]]}, "a12nullx,1"),
    ({"cat": [True]}, "True"),
    ({"substr": ["市场监管", 2]}, "监管"),
    ({"substr": ["市场监管", -2]}, "监管"),
    ({"substr": ["市场监管", 1, 2]}, "场监"),
    ({"substr": ["市场监管", 0, -1]}, "市场监"),
    ({"substr": ["市场监管", -9, 1]}, "市"),
    ({"substr": ["市场监管", 9]}, ""),
    ({"merge": [1, [2, 3], []]}, [1, 2, 3]),
    ({"in": ["on", {"var": "tags"}]}, True),
    ({"in": ["张", {"var": "name"}]}, True),
    ({"in": [{"var": "name"}, ["张三", "李四"]]}, True),
    ({"in": [1, [True]]}, True),
    ({"in": [{"var": "tags"}, ["内测", ["内测", "on", 3]]]}, True),
    ({"in": [{"var": "tags"}, ["内测"]]}, False),
    ({"in": [{"var": "nobody"}, [None]]}, True),
    ({"in": ["a", {"var": "nobody"}]}, False),
    ({"starts_with": [{"var": "name"}, "张"]}, True),
    ({"ends_with": [{"var": "name"}, "张"]}, False),
    ({"starts_with": [{"var": "age"}, "1"]}, None),
    ({"starts_with": ["a"]}, None),
    # missing
    ({"missing": ["name", "nobody", "empty", "no"]}, ["nobody", "empty", "no"]),
    ({"missing": [["name", "nobody"], "empty"]}, ["nobody"]),
    ({"missing_some": [1, ["name", "nobody"]]}, []),
    ({"missing_some": [2, ["name", "nobody"]]}, ["nobody"]),
    ({"missing_some": [1, "name"]}, []),
    # over the items of a list
    ({"map": [[1, 2], {"*": [{"var": ""}, 2]}]}, [2, 4]),
    ({"map": [{"var": "profile.roles"}, {"var": "name"}]}, ["店主", "会计"]),
    ({"map": ["nothing", {"var": ""}]}, []),
    ({"filter": [[1, 2, 3], {">": [{"var": ""}, 1]}]}, [2, 3]),
    ({"all": [[1, 2], {">": [{"var": ""}, 0]}]}, True),
    ({"all": [[], True]}, False),
    ({"some": [[], True]}, False),
    ({"some": [[0, 1], {"var": ""}]}, True),
    ({"none": [[], True]}, True),
    ({"none": [[0, 1], {"var": ""}]}, False),
    ({"reduce": [[1, 2, 3], {"+": [{"var": "current"}, {"var": "accumulator"}]}, 10]}, 16),
    ({"reduce": ["nothing", {"var": "current"}, 10]}, 10),
    # versions
    ({"sem_ver": [{"var": "version"}, ">=", "1.4.0"]}, True),
    ({"sem_ver": [{"var": "version"}, "<", "1.10"]}, True),
    ({"sem_ver": ["2.0.0-rc.1", "<", "2.0.0"]}, True),
    ({"sem_ver": ["2.0.0-rc.2", "<", "2.0.0-rc.10"]}, True),
    ({"sem_ver": ["1.0.0-1", "<", "1.0.0-a"]}, True),
    ({"sem_ver": ["1.0.0-a", "<", "1.0.0-a.1"]}, True),
    ({"sem_ver": ["1.4.2+build", "=", "v1.4.2"]}, True),
    ({"sem_ver": [1.4, "=", "1.4.0"]}, True),
    ({"sem_ver": ["1.0.0", "^", "1.5.0"]}, True),
    ({"sem_ver": ["1.5.9", "~", "1.5.0"]}, True),
    ({"sem_ver": ["1.6.0", "~", "1.5.0"]}, False),
    ({"sem_ver": ["2024.01.05", ">", "1.0.0"]}, None),
    ({"sem_ver": ["", "!=", "1.0.0"]}, None),
    ({"sem_ver": ["1.0.0", "≥", "1.0.0"]}, None),
    ({"sem_ver": ["1.0.0", "="]}, None),
    ({"sem_ver": [True, "=", "1.0.0"]}, None),
    # flagd's own
    ({"var": "$flagd.flagKey"}, "f"),
    ({"<": [{"var": "$flagd.timestamp"}, 1_795_000_001]}, True),
    # what is no expression
    ({"a": 1, "b": {"var": "name"}}, {"a": 1, "b": {"var": "name"}}),
    ({}, {}),
    ([1, {"var": "name"}], [1, "张三"]),
]


@pytest.mark.parametrize(("rule", "expected"), CASES, ids=lambda part: str(part)[:60])
def test_operators(rule: Any, expected: Any) -> None:
    found = Compiler({}).rule("f", rule).run(dict(CONTEXT))
    assert found == expected
    assert type(found) is type(expected)


def test_what_is_no_number_stays_none_of_them() -> None:
    for rule in ({"+": ["x", 1]}, {"min": []}, {"max": []}, {"+": "inf"}, {"+": [[1, 2]]}, {"-": {"a": 1, "b": 2}}):
        assert math.isnan(Compiler({}).rule("f", rule).run({}))


@pytest.mark.parametrize(
    "invalid",
    ["1.2.3.4", "01.2.3", "1.2.3-", "1.2.3-01", "1..2", "vv1", "1.2.3\n", " 1.2.3", "１.2.3", "9" * 5000, None, [], {}],
)
def test_what_is_no_version(invalid: Any) -> None:
    assert version(invalid) is None


def test_an_unknown_operator_is_an_error_only_where_it_is_reached() -> None:
    rule = {"if": [{"var": "vip"}, {"no_such": 1}, "on"]}
    compiled = compile_set({"flags": {"f": {"state": "ENABLED", "variants": {"on": 1}, "targeting": rule}}})
    assert oracle.ours(compiled.resolve("f", {}, at=AT)) == ("TARGETING_MATCH", "on", 1, "int")
    assert oracle.ours(compiled.resolve("f", {"vip": True}, at=AT)) == ("ERROR", "PARSE_ERROR")


def test_flagd_says_which_flag_and_when() -> None:
    """Whatever a client sends under this name; a shared evaluator sees the flag that uses it."""
    rule = {"cat": [{"var": "$flagd.flagKey"}, {"var": "$flagd.timestamp"}]}
    flags = {
        key: {"state": "ENABLED", "variants": {f"{key}1795000000": 1}, "targeting": targeting}
        for key, targeting in {"甲": rule, "乙": {"$ref": "both"}, "丙": {"$ref": "both"}}.items()
    }
    compiled = compile_set({"flags": flags, "$evaluators": {"both": rule}})
    at = datetime.fromtimestamp(1_795_000_000.9, UTC)
    answers: list[Resolution] = compiled.resolve_all({"$flagd": {"flagKey": "no", "timestamp": 0}}, at=at)
    assert [answer.reason for answer in answers] == ["TARGETING_MATCH"] * 3
    assert compiled.resolve("乙", {"$flagd": 5}, at=at).value == 1


def test_attributes_that_rules_read() -> None:
    rule = {
        "if": [
            {"and": [{"==": [{"var": "region"}, 1]}, {"$ref": "shared"}]},
            {"fractional": [["on", 1], ["off", 1]]},
            {"missing": ["profile.name", "email"]},
            {"missing_some": [1, ["phone"]]},
            {"some": [{"var": "tags"}, {"==": [{"var": "kind"}, {"var": "$flagd.timestamp"}]}]},
        ]
    }
    flags = {
        "f": {"state": "ENABLED", "variants": {"on": 1}, "targeting": rule},
        "g": {"state": "DISABLED", "variants": {"on": 1}},
    }
    compiled = compile_set(
        {"flags": flags, "$evaluators": {"shared": {"sem_ver": [{"var": ["version", "0"]}, ">", "1.0.0"]}}}
    )
    assert compiled.attributes == {"region", "version", "targetingKey", "profile", "email", "phone", "tags"}
    assert compiled.flags["g"].attributes == frozenset()
