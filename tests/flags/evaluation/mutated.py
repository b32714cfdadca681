"""Documents for the schema: generated ones, and the same with one thing changed somewhere."""

from __future__ import annotations

import copy
from random import Random
from typing import Any

from tests.flags.evaluation.generated import Drawn

OPERATORS = ("var", "missing", "missing_some", "if", "==", "===", "!=", "!==", ">", ">=", "%", "/", "map", "filter", "all", "none",
             "some", "in", "substr", "<", "<=", "*", "!", "!!", "or", "and", "+", "-", "max", "min", "merge", "cat", "reduce",
             "starts_with", "ends_with", "sem_ver", "fractional", "$ref", "?:", "log", "nope")  # fmt: skip
LEAVES: tuple[Any, ...] = (
    None, True, 0, 1, 2.0, 2.5, -1, -0.5, 1e+300, "", "a", "on", "a\nb", "\u2028", "1.2.3", "1.2", "v1.2.3",
    "1.2.3-rc.1+b", "1.2.3\n", "01.2.3", "$flagd.timestamp", "$flagd.flagKey", "$flagd.other", "$flagd.", "$flagd",
    "$flagd.a\nb", "ENABLED", "DISABLED", "enabled", "=", "^", "~", ">=", "≥", [], {}, [[]], [{}],
    {"$ref": "alpha"}, {"$ref": 5}, {"$ref": "a", "var": "b"}, {"var": "a"}, {"var": []}, {"var": ["a", "b", 1]},
    {"var": ["a", []]}, {"var": {}}, {"var": 1}, {"and": [1], "or": [1]}, {"==": [1, 2], "if": [1]},
    {"==": [1, 2], "!": [1]}, {"!": {}}, {"!": []}, {"!": [1, 2]}, {"missing": ["a"]}, {"missing": "a"},
    {"missing_some": [1, ["a"]]}, {"missing_some": ["1", []]}, {"fractional": [["a", 1]]},
    {"fractional": [{"var": "x"}]}, {"fractional": [{}, ["a"]]}, {"fractional": [["a", 1.0], ["b", 1.5]]},
    {"fractional": [["a", {"var": "w"}], [{"var": "n"}, 3]]}, {"fractional": [["a", "1"]]},
    {"fractional": [[[], 1]]}, {"fractional": [[{}, 1]]}, {"fractional": [["a", {}]]}, {"fractional": [["a", -1]]},
    {"fractional": []}, {"fractional": [[]]}, {"fractional": [["a", 1, 2]]},
    {"sem_ver": [{"var": "v"}, "^", "1.2.3"]}, {"sem_ver": [{}, "^", {"var": ["v", "1.0.0"]}]},
    {"sem_ver": [{"cat": ["1"]}, "=", "1.0.0"]}, {"starts_with": ["a", {"var": "b"}]}, {"ends_with": [{}, "b"]},
    {"ends_with": [1, "b"]}, {"starts_with": ["a", {"$ref": "alpha"}]},
)  # fmt: skip
MEMBERS = (
    "state",
    "variants",
    "defaultVariant",
    "targeting",
    "metadata",
    "flags",
    "$evaluators",
    "flagSetId",
    "version",
    "extra",
    "",
    "x",
    "a\rb",
)


def documents(seed: int, count: int) -> list[Any]:
    """``count`` documents, good and bad, always the same for a seed."""
    drawn, random = Drawn(seed), Random(seed)
    made: list[Any] = []
    while len(made) < count:
        document, _ = drawn.document(random.randrange(1, 3))
        for flag in document["flags"].values():
            if random.random() < 0.7:  # what officers write; the rest is generated rules, of which the schema takes few
                flag["targeting"] = leafy(random, 3)
            flag["defaultVariant"] = random.choice(("on", None, "gone"))
            if isinstance(next(iter(flag["variants"].values())), dict):
                flag["variants"] = {"on": {}, "off": {"a": [1]}}
            flag["variants"].pop("", None)
        document["$evaluators"] = {"alpha": leafy(random, 2)}
        made.append(document)
        for _ in range(3):
            changed = copy.deepcopy(document)
            mutate(random, changed)
            made.append(changed)
    return made[:count]


def leafy(random: Random, depth: int) -> Any:
    """A rule of the right shape for most operators."""
    op = random.choice(OPERATORS[:37])
    if op == "var":
        return {op: random.choice(("a", "$flagd.timestamp", ["a", 1]))}
    if op in ("missing", "missing_some", "sem_ver", "fractional"):
        fitting = [leaf for leaf in LEAVES if isinstance(leaf, dict) and op in leaf]
        return copy.deepcopy(random.choice(fitting))
    count = {"!": 1, "!!": 1, "reduce": 3, "if": 3}.get(op, 2)
    text = op in ("starts_with", "ends_with")
    parts = [
        random.choice(("a", "on", "x")) if text or not depth or random.random() < 0.5 else leafy(random, depth - 1)
        for _ in range(count)
    ]
    return {op: parts}


def mutate(random: Random, document: Any) -> None:
    """Changes one thing at a random place."""
    places = list(holders(document))
    holder = random.choice(places)
    if isinstance(holder, list):
        change_list(random, holder)
        return
    names = list(holder)
    pick = random.random()
    if not names or pick < 0.15:
        holder[random.choice(MEMBERS + OPERATORS)] = leaf(random)
    elif pick < 0.35:
        del holder[random.choice(names)]
    elif pick < 0.55:
        holder[random.choice(OPERATORS)] = holder.pop(random.choice(names))
    else:
        holder[random.choice(names)] = leaf(random)


def change_list(random: Random, holder: list[Any]) -> None:
    pick = random.random()
    if not holder or pick < 0.3:
        holder.insert(random.randrange(len(holder) + 1), leaf(random))
    elif pick < 0.5:
        del holder[random.randrange(len(holder))]
    else:
        holder[random.randrange(len(holder))] = leaf(random)


def leaf(random: Random) -> Any:
    return copy.deepcopy(random.choice(LEAVES))


def holders(part: Any) -> Any:
    """Every list and object in a document."""
    if isinstance(part, (list, dict)):
        yield part
        for inner in part.values() if isinstance(part, dict) else part:
            yield from holders(inner)
