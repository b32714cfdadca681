"""A condition from JSON: which comparisons an attribute takes, and its values in the one way they are kept."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from server.domain.flags.documents.model import Condition, Value
from server.domain.flags.documents.reading import Reader, printable
from server.domain.flags.documents.versions import NotAVersion, canonical_range, canonical_version, order_of
from server.domain.flags.documents.vocabulary import (
    ATTRIBUTE,
    BARE,
    KEY,
    OPS,
    SINGLE,
    Op,
    Sort,
    asks_for_missing,
    name_of,
    sort_of,
)

MOST_VALUES = 5_000
LONGEST_VALUE = 200
MOST_NUMBER = 2**53 - 1
MOMENT = "%Y-%m-%dT%H:%M:%SZ"
NUMERIC = frozenset({Op.AT_LEAST, Op.ABOVE, Op.AT_MOST, Op.BELOW, Op.EQUALS, Op.BETWEEN})
STAND_IN = Condition("environment", Op.PRESENT)


def read_condition(r: Reader) -> Condition:
    """A condition; its faults are kept by the reader."""
    attribute = r.text("attribute", most=200, needed=True)
    if attribute and not ATTRIBUTE.fullmatch(attribute):
        r.fault("attribute", "属性名以字母开头，由字母、数字、点、横线和下划线组成")
        attribute = ""
    op = _op(r, attribute)
    rows = r.rows("values", most=MOST_VALUES)
    missing = r.raw("missing")
    if op is None or not attribute:
        return STAND_IN
    values = _values(r, attribute, op, rows)
    if missing is not None and not isinstance(missing, bool):
        r.fault("missing", "应为是或否")
    if asks_for_missing(attribute, op):
        return Condition(attribute, op, values, missing is True)
    if missing is not None:
        r.fault("missing", "这种比较不需要说明没有该信息时怎么办")
    return Condition(attribute, op, values)


def moment(text: str) -> datetime:
    """A moment as it is kept. ValueError for anything else."""
    return datetime.strptime(text, MOMENT).replace(tzinfo=UTC)


def _op(r: Reader, attribute: str) -> Op | None:
    value = r.text("op", most=30, needed=True)
    if value and value not in set(Op):
        r.fault("op", "没有这种比较")
        return None
    op = Op(value) if value else None
    if op is not None and attribute and op not in OPS[sort_of(attribute)]:
        r.fault("op", f"“{name_of(attribute)}”不能用“{op.label}”比较")
        return None
    return op


def _values(r: Reader, attribute: str, op: Op, rows: list[Any]) -> tuple[Value, ...]:
    if op in BARE:
        if rows:
            r.fault("values", f"“{op.label}”不带取值")
        return ()
    wanted = 1 if op in SINGLE else 2 if op is Op.BETWEEN else 0
    if (wanted and len(rows) != wanted) or not rows:
        r.fault("values", f"“{op.label}”要有 {wanted} 个取值" if wanted else "至少要有一个取值")
        return ()
    read = [_value(sort_of(attribute), op, row) for row in rows]
    if None in read:
        for number, value in enumerate(read):
            if value is None:
                r.fault("values", f"第 {number + 1} 个取值不对：{_told(attribute, op)}")
        return ()
    values = tuple(value for value in read if value is not None)
    if op is Op.BETWEEN:
        _check_order(r, sort_of(attribute), values)
    return values if wanted else tuple(dict.fromkeys(values))


def _check_order(r: Reader, sort: Sort, values: tuple[Value, ...]) -> None:
    low, high = (order_of(str(value)) if sort is Sort.VERSION else value for value in values)
    if high < low or (sort is Sort.TIME and high == low):  # type: ignore[operator]
        r.fault("values", "前一个不能大于后一个")


def _value(sort: Sort, op: Op, value: Any) -> Value | None:
    """A value as it is kept; None if it is none."""
    if sort is Sort.FREE and op in NUMERIC:
        return _number(value)
    if not isinstance(value, str) or not value or len(value) > LONGEST_VALUE or not printable(value):
        return None
    if sort is Sort.VERSION:
        return _version(op, value)
    if sort is Sort.TIME:
        return _moment(value)
    return value if sort is not Sort.SEGMENT or KEY.fullmatch(value) else None


def _number(value: Any) -> Value | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= MOST_NUMBER:
        return None
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _version(op: Op, value: str) -> str | None:
    try:
        return canonical_range(value) if op is Op.RANGE else canonical_version(value)
    except NotAVersion:
        return None


def _moment(value: str) -> str | None:
    try:
        found = datetime.fromisoformat(value)
        return f"{found.astimezone(UTC):{MOMENT}}" if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _told(attribute: str, op: Op) -> str:
    """What the values of a comparison look like."""
    sort = sort_of(attribute)
    if op is Op.RANGE:
        return "版本范围应写成 ^1.4.0、~1.4、1.4.x 或 >=1.4.0 <2.0.0"
    if sort is Sort.VERSION:
        return "版本号应写成 1.4.0 或 1.4.0-beta.1"
    if sort is Sort.TIME:
        return "时间应写成 2026-12-01T08:00:00+08:00"
    if sort is Sort.FREE and op in NUMERIC:
        return "应为数"
    return f"应为不超过 {LONGEST_VALUE} 字的文字"
