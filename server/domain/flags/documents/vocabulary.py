"""The words of a flag's document: kinds of values, what is known of an asker, and how it can be compared."""

from __future__ import annotations

import re
from enum import Enum

from server.core.enums import Labelled

# OFREP clients do not all escape a key in an address, so that it may hold nothing that would need it.
# "." and ".." are steps of a path, not names.
KEY = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._-]{1,100}")
ATTRIBUTE = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,49}(\.[A-Za-z0-9_-]{1,50}){0,3}")
SEED = re.compile(r"[0-9a-f]{32}")
TARGETING_KEY = "targetingKey"
SEGMENT = "segment"
TIME = "time"
BUCKETING = "v3"
# Shares are kept in hundredths of a percent.
WHOLE_SHARE = 10_000


class Kind(Labelled):
    """The type that all variants of a flag share."""

    BOOLEAN = "boolean", "布尔"
    STRING = "string", "文本"
    NUMBER = "number", "数值"
    OBJECT = "object", "对象"


class Sort(Enum):
    """How the values of an attribute compare."""

    TEXT = "text"
    VERSION = "version"
    TIME = "time"
    SEGMENT = "segment"
    FREE = "free"


class Op(Labelled):
    """A comparison in a condition."""

    IN = "in", "是"
    NOT_IN = "not_in", "不是"
    STARTS_WITH = "starts_with", "开头是"
    ENDS_WITH = "ends_with", "结尾是"
    CONTAINS = "contains", "包含"
    AT_LEAST = "at_least", "不低于"
    ABOVE = "above", "高于"
    AT_MOST = "at_most", "不高于"
    BELOW = "below", "低于"
    EQUALS = "equals", "等于"
    BETWEEN = "between", "介于"
    ONE_OF = "one_of", "是其中之一"
    NOT_ONE_OF = "not_one_of", "不在其中"
    RANGE = "range", "符合版本范围"
    FROM = "from", "自此时起"
    UNTIL = "until", "至此时止"
    IS_TRUE = "is_true", "为真"
    IS_FALSE = "is_false", "为假"
    PRESENT = "present", "有值"
    ABSENT = "absent", "没有值"


TEXT_OPS = (Op.IN, Op.NOT_IN, Op.STARTS_WITH, Op.ENDS_WITH, Op.CONTAINS, Op.PRESENT, Op.ABSENT)
ORDER_OPS = (Op.AT_LEAST, Op.ABOVE, Op.AT_MOST, Op.BELOW, Op.EQUALS, Op.BETWEEN)
OPS: dict[Sort, tuple[Op, ...]] = {
    Sort.TEXT: TEXT_OPS,
    Sort.VERSION: (*ORDER_OPS, Op.ONE_OF, Op.NOT_ONE_OF, Op.RANGE, Op.PRESENT, Op.ABSENT),
    Sort.TIME: (Op.FROM, Op.UNTIL, Op.BETWEEN),
    Sort.SEGMENT: (Op.IN, Op.NOT_IN),
    Sort.FREE: (*TEXT_OPS, *ORDER_OPS, Op.IS_TRUE, Op.IS_FALSE),
}
KNOWN: dict[str, tuple[str, Sort]] = {
    TARGETING_KEY: ("用户", Sort.TEXT),
    SEGMENT: ("用户分组", Sort.SEGMENT),
    "version": ("小程序版本", Sort.VERSION),
    "environment": ("环境", Sort.TEXT),
    "platform": ("平台", Sort.TEXT),
    "baseLibrary": ("基础库版本", Sort.VERSION),
    "region": ("地区", Sort.TEXT),
    TIME: ("时间", Sort.TIME),
}
# Without values; exactly one; exactly two; all the others take a list.
BARE = frozenset({Op.IS_TRUE, Op.IS_FALSE, Op.PRESENT, Op.ABSENT})
SINGLE = frozenset({Op.AT_LEAST, Op.ABOVE, Op.AT_MOST, Op.BELOW, Op.EQUALS, Op.RANGE, Op.FROM, Op.UNTIL})
# Where a comparison has to say what an asker without the attribute means.
ASKS_FOR_MISSING = frozenset({*ORDER_OPS, Op.ONE_OF, Op.NOT_ONE_OF, Op.RANGE})


def sort_of(attribute: str) -> Sort:
    """How an attribute's values compare; one that we do not know may be anything."""
    return KNOWN[attribute][1] if attribute in KNOWN else Sort.FREE


def name_of(attribute: str) -> str:
    """An attribute as people call it."""
    return KNOWN[attribute][0] if attribute in KNOWN else attribute


def asks_for_missing(attribute: str, op: Op) -> bool:
    """Whether a condition has to say what it means that the attribute is missing. The clock never is."""
    return op in ASKS_FOR_MISSING and sort_of(attribute) in {Sort.VERSION, Sort.FREE}


def ops_for(attribute: str) -> tuple[Op, ...]:
    """The comparisons that an attribute takes, the usual one first."""
    return OPS[sort_of(attribute)]


def values_wanted(op: Op) -> int | None:
    """How many values a comparison takes; None for a list."""
    if op in BARE:
        return 0
    return 1 if op in SINGLE else 2 if op is Op.BETWEEN else None
