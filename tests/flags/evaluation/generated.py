"""Flag sets and contexts drawn from a seed: mostly sensible, in good part not, always JSON."""

from __future__ import annotations

import json
import re
from random import Random
from typing import Any

ATTRIBUTES = ("version", "platform", "region", "email", "age", "tags", "profile", "beta", "targetingKey", "score")
VERSIONS = (
    "1.4.2", "v1.4.2", "1.4", "1", "1.10.0", "1.9.9", "2.0.0-rc.1", "2.0.0", "2.0.0-rc.10", "2.0.0-alpha", "1.4.2+build.7",
    "V2", "0.0.0", "2024.01.05", "1.2.3.4", "", "latest", "1.0.0-", "01.2.3", "1.2-beta", "1.2.3-0a", "１.2.3", "1.2.3\n",
)  # fmt: skip
TEXTS = ("", "a", "on", "off", "x1", "ios", "android", "浙江", "张三@qq.com", "true", "null", "0", "1", "-1", "1.50", " 7 ",
         "inf", "1e3", "length", "1_000", "nan", "NaN", "[object Object]", "1,2", "é")  # fmt: skip
NUMBERS = (0, 1, 2, 3, -1, 7, 10, 25, 100, 0.0, 1.0, 0.5, 2.5, -3.25, 1e21, 1e-7, 2**53, 2**63, 10**30, True, False)
PATHS = ("version", "platform", "region", "email", "age", "tags", "tags.0", "tags.length", "profile", "profile.name",
         "profile.roles.1", "email.0", "nothing", "profile.nothing.deep", "targetingKey", "$flagd.flagKey",
         "$flagd.timestamp", "$flagd", "tags.00", "tags.-1", "", "current", "accumulator", "0", "x")  # fmt: skip
COMPARISONS = ("==", "!=", "===", "!==", "<", "<=", ">", ">=")
ARITHMETIC = ("+", "-", "*", "/", "%", "min", "max")
ITERATORS = ("map", "filter", "all", "some", "none", "reduce")
OTHERS = (
    "in",
    "cat",
    "substr",
    "merge",
    "missing",
    "missing_some",
    "!",
    "!!",
    "starts_with",
    "ends_with",
    "and",
    "or",
    "if",
    "?:",
)
RELATIONS = ("=", "!=", "<", "<=", ">", ">=", "^", "~", "≥", 5)
EVALUATORS = ("alpha", "beta", "gamma")
REFERENCE = re.compile(r'"\$ref": "(\w+)"')
KINDS = {
    "boolean": {"on": True, "off": False, "true": True},
    "string": {"on": "开", "off": "关", "1": "一", "": "空"},
    "integer": {"on": 10, "off": 0, "1": 1},
    "float": {"on": 1, "off": 2.5, "1": 0.0},
    "object": {"on": {"level": 3, "names": ["甲"]}, "off": {}, "1": [1, 2]},
}


class Drawn:
    """One source of documents and contexts; the same seed draws the same."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def scalar(self) -> Any:
        pick = self.random.random()
        if pick < 0.4:
            return self.random.choice(TEXTS)
        if pick < 0.6:
            return self.random.choice(VERSIONS)
        return None if pick > 0.95 else self.random.choice(NUMBERS)

    def value(self, depth: int = 2) -> Any:
        """Any JSON value."""
        pick = self.random.random()
        if depth and pick < 0.15:
            return [self.value(depth - 1) for _ in range(self.random.randrange(4))]
        if depth and pick < 0.25:
            return {
                self.random.choice(("name", "roles", "x", "0")): self.value(depth - 1)
                for _ in range(self.random.randrange(3))
            }
        return self.scalar()

    def context(self) -> dict[str, Any]:
        """A context as programs send it, sometimes with nonsense in it."""
        drawn: dict[str, Any] = {}
        for name in ATTRIBUTES:
            if self.random.random() < 0.3:
                continue
            drawn[name] = self.value() if self.random.random() < 0.4 else self.usual(name)
        if not isinstance(drawn.get("targetingKey"), str):  # flagd takes a text or none
            drawn.pop("targetingKey", None)
        return drawn

    def usual(self, name: str) -> Any:
        usual = {
            "version": lambda: self.random.choice(VERSIONS),
            "age": lambda: self.random.randrange(100),
            "score": lambda: self.random.random() * 100,
            "tags": lambda: self.random.sample(TEXTS, 3),
            "profile": lambda: {"name": self.random.choice(TEXTS), "roles": ["甲", "on", 3]},
            "beta": lambda: self.random.random() < 0.5,
            "targetingKey": lambda: f"user-{self.random.randrange(10**6)}",
        }
        return usual.get(name, lambda: self.random.choice(TEXTS))()

    def literal(self, depth: int) -> Any:
        if self.random.random() < 0.25:
            return [
                self.expression(depth - 1) if self.random.random() < 0.3 else self.scalar()
                for _ in range(self.random.randrange(5))
            ]
        return self.scalar()

    def variable(self) -> Any:
        path: Any = self.random.choice(PATHS)
        pick = self.random.random()
        if pick < 0.7:
            return {"var": path}
        if pick < 0.85:
            return {"var": [path, self.scalar()]}
        return {"var": self.random.choice(([], [path], 0, 1, [2, "x"], [None], {"cat": ["ta", "gs"]}, [path, 1, 2]))}

    def several(self, depth: int, count: int) -> list[Any]:
        if self.random.random() < 0.07:
            count = self.random.randrange(5)
        return [self.expression(depth - 1) for _ in range(count)]

    def expression(self, depth: int = 4) -> Any:
        """A JsonLogic expression."""
        if depth <= 0:
            return self.leaf(depth)
        (draw,) = self.random.choices(
            (
                self.leaf,
                self.comparison,
                self.arithmetic,
                self.iteration,
                self.version_test,
                self.fractional,
                self.oddity,
                self.other,
            ),
            (30, 15, 8, 8, 8, 8, 4, 19),
        )
        return draw(depth)

    def leaf(self, depth: int) -> Any:
        return self.literal(depth) if self.random.random() < 0.4 else self.variable()

    def comparison(self, depth: int) -> Any:
        return {self.random.choice(COMPARISONS): self.several(depth, self.random.choice((2, 2, 2, 3)))}

    def arithmetic(self, depth: int) -> Any:
        return {self.random.choice(ARITHMETIC): self.several(depth, self.random.choice((1, 2, 2, 3)))}

    def oddity(self, _: int) -> Any:
        """Mostly a shared evaluator, sometimes what is no expression or not known."""
        if self.random.random() < 0.75:
            return {"$ref": self.random.choice(EVALUATORS)}
        return self.random.choice(({}, {"a": 1, "b": 2}, {"$ref": "nobody"}, {"no_such": [1]}))

    def other(self, depth: int) -> Any:
        op = self.random.choice(OTHERS)
        if op in ("missing", "missing_some"):
            paths = self.random.sample(PATHS, 3)
            return {op: paths if op == "missing" else [self.random.randrange(3), paths]}
        if op == "in" and self.random.random() < 0.6:
            return {op: [self.variable(), [self.scalar() for _ in range(6)]]}
        operands = self.several(
            depth, {"if": self.random.choice((3, 2, 5)), "?:": 3, "!": 1, "!!": 1, "substr": 3}.get(op, 2)
        )
        return {op: operands[0] if len(operands) == 1 and self.random.random() < 0.5 else operands}

    def iteration(self, depth: int) -> Any:
        op = self.random.choice(ITERATORS)
        items = self.random.choice(
            ({"var": "tags"}, {"var": "profile.roles"}, [1, 2, 3], ["on", {"var": "age"}], self.expression(depth - 1))
        )
        test = self.random.choice(
            (
                {"var": ""},
                {"==": [{"var": ""}, "on"]},
                {"+": [{"var": "current"}, {"var": "accumulator"}]},
                self.expression(depth - 1),
            )
        )
        return {op: [items, test, self.scalar()] if op == "reduce" else [items, test]}

    def version_test(self, _: int) -> Any:
        bound = self.random.choice((self.random.choice(VERSIONS), self.scalar(), {"var": "score"}))
        return {
            "sem_ver": [{"var": "version"}, self.random.choice(RELATIONS), bound][: self.random.choice((3, 3, 3, 3, 2))]
        }

    def share(self, depth: int) -> Any:
        weight = self.random.choice((0, 1, 10, 25, 50, 50, 100, 2500, 7500, -5, 2**31, 2.5, None, True, {"var": "age"}))
        name = self.random.choice(("on", "off", "off", "1", None, True, self.expression(depth - 1)))
        return self.random.choice(([name, weight], [name, weight], [name, self.random.randrange(1, 100)], [name]))

    def fractional(self, depth: int) -> Any:
        shares = [self.share(depth) for _ in range(self.random.randrange(1, 4))]
        if self.random.random() < 0.5:
            by = self.random.choice(
                (
                    {"var": "email"},
                    {"cat": ["seed", {"var": "targetingKey"}]},
                    {"var": "profile"},
                    self.expression(depth - 1),
                )
            )
            shares.insert(0, by)
        return {"fractional": shares}

    def rule(self) -> Any:
        """The rule of a flag: mostly a decision about variants, sometimes any expression."""
        pick = self.random.random()
        if pick < 0.12:
            return self.expression(4)
        then = [
            self.random.choice(
                (
                    "on",
                    "off",
                    "on",
                    "off",
                    "1",
                    None,
                    True,
                    "gone",
                    1,
                    self.fractional(2),
                    self.fractional(2),
                    self.expression(2),
                )
            )
            for _ in range(3)
        ]
        if pick < 0.65:
            return {"if": [self.expression(3), then[0], then[1]]}
        if pick < 0.85:
            return {"if": [self.expression(3), then[0], self.expression(2), then[1], then[2]]}
        return self.fractional(3)

    def document(self, flags: int = 6) -> tuple[dict[str, Any], dict[str, str]]:
        """A flagd document, and the kind of each of its flags."""
        kinds = {f"flag-{index}": self.random.choice(list(KINDS)) for index in range(flags)}
        definitions = {}
        for key, kind in kinds.items():
            definition: dict[str, Any] = {
                "state": "DISABLED" if self.random.random() < 0.05 else "ENABLED",
                "variants": dict(KINDS[kind]),
            }
            if self.random.random() < 0.85:
                definition["defaultVariant"] = self.random.choice(
                    ("on", "off", "off", "on", "off", "on", "1", "gone", None, "", True)
                )
            if self.random.random() < 0.93:
                definition["targeting"] = self.rule()
            if self.random.random() < 0.2:
                definition["metadata"] = {"owner": "唐川", "level": 2, "flagSetId": "own"}
            definitions[key] = definition
        evaluators = {name: self.plain(place, self.expression(3)) for place, name in enumerate(EVALUATORS)}
        return {
            "flags": definitions,
            "$evaluators": evaluators,
            "metadata": {"flagSetId": "drawn", "version": "3"},
        }, kinds

    def plain(self, place: int, expression: Any) -> Any:
        """The expression if flagd-core can put it in the place of a reference (D2, D3 of docs/flags.md), else a plainer one."""
        written = json.dumps(expression)
        forward = set(REFERENCE.findall(written)) <= {*EVALUATORS[place + 1 :], "nobody"}
        return expression if forward and "\\" not in written else {"var": "beta"}
