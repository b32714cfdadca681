"""A condition as flagd's JsonLogic.

Only operators with the same meaning in every flagd are used; a missing attribute is asked for first where JsonLogic would
take it for 0 or log an error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from server.domain.flags.documents.conditions import moment
from server.domain.flags.documents.model import Condition
from server.domain.flags.documents.versions import Bounds, bounds_of
from server.domain.flags.documents.vocabulary import Op, Sort, sort_of

Logic = Any
CLOCK = {"var": "$flagd.timestamp"}
SIGNS = {Op.AT_LEAST: ">=", Op.ABOVE: ">", Op.AT_MOST: "<=", Op.BELOW: "<", Op.EQUALS: "="}


def conjunction(parts: Sequence[Logic]) -> Logic:
    """All of them; nothing to hold is true."""
    return True if not parts else parts[0] if len(parts) == 1 else {"and": list(parts)}


def disjunction(parts: Sequence[Logic]) -> Logic:
    """Any of them."""
    return parts[0] if len(parts) == 1 else {"or": list(parts)}


def condition_logic(condition: Condition) -> Logic:
    """One condition."""
    if condition.op is Op.PRESENT:
        return {"!==": [{"var": condition.attribute}, None]}
    if condition.op is Op.ABSENT:
        return {"===": [{"var": condition.attribute}, None]}
    return BY_SORT[sort_of(condition.attribute)](condition)


def _text(condition: Condition) -> Logic:
    subject, values = {"var": condition.attribute}, list(condition.values)
    if condition.op is Op.IN:
        return {"in": [subject, values]}
    if condition.op is Op.NOT_IN:
        return {"!": [{"in": [subject, values]}]}
    if condition.op is Op.CONTAINS:
        return disjunction([{"in": [value, subject]} for value in values])
    return disjunction([{condition.op.value: [subject, value]} for value in values])


def _free(condition: Condition) -> Logic:
    subject = {"var": condition.attribute}
    if condition.op in {Op.IS_TRUE, Op.IS_FALSE}:
        return {"===": [subject, condition.op is Op.IS_TRUE]}
    if condition.op is Op.BETWEEN:
        low, high = condition.values
        test: Logic = {"and": [{">=": [subject, low]}, {"<=": [subject, high]}]}
    elif condition.op in SIGNS:
        sign = SIGNS[condition.op]
        test = {"==" if sign == "=" else sign: [subject, condition.values[0]]}
    else:
        return _text(condition)
    return {"if": [{"!==": [subject, None]}, test, condition.missing]}


def _version(condition: Condition) -> Logic:
    subject = {"var": condition.attribute}
    return {"if": [subject, _version_test(subject, condition), condition.missing]}


def _version_test(subject: Logic, condition: Condition) -> Logic:
    values = [str(value) for value in condition.values]
    if condition.op is Op.BETWEEN:
        return _bounds(subject, ((">=", values[0]), ("<=", values[1])))
    if condition.op is Op.RANGE:
        return disjunction([_bounds(subject, bounds) for bounds in bounds_of(values[0])])
    if condition.op is Op.ONE_OF:
        return disjunction([{"sem_ver": [subject, "=", value]} for value in values])
    if condition.op is Op.NOT_ONE_OF:
        return conjunction([{"sem_ver": [subject, "!=", value]} for value in values])
    return {"sem_ver": [subject, SIGNS[condition.op], values[0]]}


def _bounds(subject: Logic, bounds: Bounds) -> Logic:
    return conjunction([{"sem_ver": [subject, sign, version]} for sign, version in bounds])


def _time(condition: Condition) -> Logic:
    seconds = [int(moment(str(value)).timestamp()) for value in condition.values]
    if condition.op is Op.FROM:
        return {">=": [CLOCK, seconds[0]]}
    if condition.op is Op.UNTIL:
        return {"<": [CLOCK, seconds[0]]}
    return {"and": [{">=": [CLOCK, seconds[0]]}, {"<": [CLOCK, seconds[1]]}]}


def _segment(condition: Condition) -> Logic:
    within = disjunction([{"$ref": str(value)} for value in condition.values])
    return within if condition.op is Op.IN else {"!": [within]}


BY_SORT: dict[Sort, Callable[[Condition], Logic]] = {
    Sort.TEXT: _text,
    Sort.FREE: _free,
    Sort.VERSION: _version,
    Sort.TIME: _time,
    Sort.SEGMENT: _segment,
}
