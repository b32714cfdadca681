"""The shapes of JsonLogic that we write ourselves, read back into rules and conditions.

Only a guess: whoever asks compiles what comes back and compares, so these need not prove what they see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from server.domain.flags.documents.conditions import MOMENT
from server.domain.flags.documents.vocabulary import SEED, SEGMENT, TIME, Op, Sort, sort_of

Raw = dict[str, Any]
OPS_OF = {">=": Op.AT_LEAST, ">": Op.ABOVE, "<=": Op.AT_MOST, "<": Op.BELOW, "=": Op.EQUALS, "==": Op.EQUALS}
CLOCK = {"var": "$flagd.timestamp"}


class Unknown(Exception):
    """A shape that is not ours."""


def rules_of(logic: Any, seed: str) -> list[Raw] | None:
    """The rules of a targeting; None if it has another shape."""
    rules: list[Raw] = []
    try:
        while logic is not None:
            holds, served, logic = _arguments(logic, "if", 3)
            rules.append({"when": _all(holds), "serve": _serve(served, seed)})
    except Unknown:
        return None
    return rules


def when_of(logic: Any) -> list[list[Raw]] | None:
    """The groups of a segment's logic; None if it has another shape."""
    try:
        alternatives = logic["or"] if _operator(logic) == "or" and isinstance(logic["or"], list) else [logic]
        groups = [_all(each) for each in alternatives]
    except Unknown:
        return None
    return groups if all(groups) else None


def seed_in(logic: Any) -> str:
    """The seed of the first share in a targeting; empty if there is none."""
    return next(_seeds(logic), "")


def _seeds(logic: Any) -> Iterator[str]:
    if isinstance(logic, Mapping):
        cat = logic.get("cat")
        if isinstance(cat, list) and cat and isinstance(cat[0], str) and SEED.fullmatch(cat[0]):
            yield cat[0]
        logic = list(logic.values())
    if isinstance(logic, list):
        for each in logic:
            yield from _seeds(each)


def _serve(logic: Any, seed: str) -> Raw:
    if isinstance(logic, str):
        return {"variant": logic}
    by, shares, otherwise = _arguments(logic, "if", 3)
    arguments = shares.get("fractional") if isinstance(shares, Mapping) else None
    if otherwise is not None or not isinstance(arguments, list) or not arguments or arguments[0] != {"cat": [seed, by]}:
        raise Unknown
    return {"split": arguments[1:], "by": _variable(by)}


def _all(logic: Any) -> list[Raw]:
    if logic is True:
        return []
    whole = _try(_condition, logic)
    if whole is not None:
        return [whole]
    if _operator(logic) == "and" and isinstance(logic["and"], list):
        return [_condition(each) for each in logic["and"]]
    raise Unknown


def _try(read: Callable[[Any], Raw], logic: Any) -> Raw | None:
    try:
        return read(logic)
    except Unknown:
        return None


def _condition(logic: Any) -> Raw:
    operator = _operator(logic)
    if operator == "if":
        return _guarded(logic)
    if operator in {"===", "!=="}:
        return _presence(logic, operator)
    if operator == "!":
        (within,) = _arguments(logic, "!", 1)
        positive = _condition(within)
        if positive["op"] != Op.IN:
            raise Unknown
        return {**positive, "op": Op.NOT_IN.value}
    if operator in {"and", ">=", "<"}:
        return _time(logic, operator)
    if operator == "or" and isinstance(logic["or"], list):
        return _joined([_condition(each) for each in logic["or"]])
    if operator == "$ref":
        return {"attribute": SEGMENT, "op": Op.IN.value, "values": [logic["$ref"]]}
    return _text(logic, operator)


def _text(logic: Any, operator: str) -> Raw:
    if operator not in {"in", "starts_with", "ends_with"}:
        raise Unknown
    left, right = _arguments(logic, operator, 2)
    if operator == "in" and isinstance(left, str):
        return {"attribute": _variable(right), "op": Op.CONTAINS.value, "values": [left]}
    values = right if operator == "in" else [right]
    if not isinstance(values, list):
        raise Unknown
    return {"attribute": _variable(left), "op": operator, "values": values}


def _presence(logic: Any, operator: str) -> Raw:
    subject, value = _arguments(logic, operator, 2)
    if value is None:
        return {"attribute": _variable(subject), "op": (Op.ABSENT if operator == "===" else Op.PRESENT).value}
    if operator == "===" and isinstance(value, bool):
        return {"attribute": _variable(subject), "op": (Op.IS_TRUE if value else Op.IS_FALSE).value}
    raise Unknown


def _guarded(logic: Any) -> Raw:
    """A comparison that says what a missing attribute means."""
    guard, test, missing = _arguments(logic, "if", 3)
    if not isinstance(missing, bool):
        raise Unknown
    if _operator(guard) == "!==":
        subject, nothing = _arguments(guard, "!==", 2)
        if nothing is not None:
            raise Unknown
    else:
        subject = guard
    attribute = _variable(subject)
    read = _versions if sort_of(attribute) is Sort.VERSION else _numbers
    return {"attribute": attribute, "missing": missing, **read(test)}


def _numbers(test: Any) -> Raw:
    operator = _operator(test)
    if operator == "and":
        parts = test["and"]
        if not isinstance(parts, list) or [_operator(each) for each in parts] != [">=", "<="]:
            raise Unknown
        return {"op": Op.BETWEEN.value, "values": [_arguments(each, _operator(each), 2)[1] for each in parts]}
    if operator not in OPS_OF:
        raise Unknown
    return {"op": OPS_OF[operator].value, "values": [_arguments(test, operator, 2)[1]]}


def _versions(test: Any) -> Raw:
    operator = _operator(test)
    if operator == "sem_ver":
        _, sign, version = _arguments(test, "sem_ver", 3)
        if not isinstance(sign, str) or sign not in {*OPS_OF, "!="}:
            raise Unknown
        return {"op": (Op.NOT_ONE_OF if sign == "!=" else OPS_OF[sign]).value, "values": [version]}
    if operator not in {"and", "or"} or not isinstance(test[operator], list):
        raise Unknown
    compared = [_bounds(each) for each in test[operator]]
    flat = [pair for pairs in compared for pair in pairs]
    signs = {sign for sign, _ in flat}
    if operator == "or" and signs == {"="}:
        return {"op": Op.ONE_OF.value, "values": [version for _, version in flat]}
    if operator == "and" and signs == {"!="}:
        return {"op": Op.NOT_ONE_OF.value, "values": [version for _, version in flat]}
    if operator == "and" and [sign for sign, _ in flat] == [">=", "<="]:
        return {"op": Op.BETWEEN.value, "values": [version for _, version in flat]}
    alternatives = compared if operator == "or" else [flat]
    written = " || ".join(" ".join(f"{sign}{version}" for sign, version in pairs) for pairs in alternatives)
    return {"op": Op.RANGE.value, "values": [written]}


def _bounds(logic: Any) -> list[tuple[str, str]]:
    parts = logic["and"] if _operator(logic) == "and" and isinstance(logic["and"], list) else [logic]
    found = [_arguments(each, "sem_ver", 3) for each in parts]
    return [(str(sign), str(version)) for _, sign, version in found]


def _time(logic: Any, operator: str) -> Raw:
    if operator == "and":
        parts = logic["and"]
        if not isinstance(parts, list) or [_operator(each) for each in parts] != [">=", "<"]:
            raise Unknown
        return {"attribute": TIME, "op": Op.BETWEEN.value, "values": [_moment(each) for each in parts]}
    return {"attribute": TIME, "op": (Op.FROM if operator == ">=" else Op.UNTIL).value, "values": [_moment(logic)]}


def _moment(logic: Any) -> str:
    clock, seconds = _arguments(logic, _operator(logic), 2)
    if clock != CLOCK or type(seconds) is not int:
        raise Unknown
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):{MOMENT}}"
    except (OverflowError, ValueError, OSError):
        raise Unknown from None


def _joined(parts: list[Raw]) -> Raw:
    """Several values of one comparison."""
    first = parts[0] if parts else {}
    if not parts or any((each["attribute"], each["op"]) != (first["attribute"], first["op"]) for each in parts):
        raise Unknown
    if "missing" in first or "values" not in first:
        raise Unknown
    return {**first, "values": [value for each in parts for value in each["values"]]}


def _variable(logic: Any) -> str:
    if isinstance(logic, Mapping) and list(logic) == ["var"] and isinstance(logic["var"], str):
        return logic["var"]
    raise Unknown


def _operator(logic: Any) -> str:
    if isinstance(logic, Mapping) and len(logic) == 1:
        return str(next(iter(logic)))
    return ""


def _arguments(logic: Any, operator: str, count: int) -> list[Any]:
    arguments = logic[operator] if _operator(logic) == operator and operator else None
    if not isinstance(arguments, list) or len(arguments) != count:
        raise Unknown
    return arguments
