"""Rows of conditions in a form: of a flag's rule, or of a segment's group."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from server.core import clock
from server.domain import flags
from server.domain.flags import Condition, Op, Sort

OTHER = "*"
# What the select offers; anything else is typed.
ATTRIBUTES = [*((name, label) for name, (label, _) in flags.KNOWN_ATTRIBUTES.items()), (OTHER, "其他属性…")]
HELP = {
    Sort.VERSION: "例如 1.4.0",
    Sort.TEXT: "每行一个",
    Sort.FREE: "每行一个",
}
MOMENT = "%Y-%m-%dT%H:%M"


@dataclass
class ConditionRow:
    """A condition as it is typed. ``attribute`` is OTHER where ``custom`` names it."""

    attribute: str = "version"
    custom: str = ""
    op: str = ""
    values: list[str] = field(default_factory=list)
    missing: bool = False

    @property
    def subject(self) -> str:
        """The attribute that is meant."""
        return self.custom if self.attribute == OTHER else self.attribute

    @property
    def comparison(self) -> Op:
        """What was chosen, or the first on offer when it does not suit the attribute."""
        offered = flags.ops_for(self.subject)
        return Op(self.op) if self.op in offered else offered[0]

    @property
    def ops(self) -> list[tuple[str, str]]:
        """The comparisons on offer."""
        return [(op.value, op.label) for op in flags.ops_for(self.subject)]

    @property
    def widget(self) -> str:
        """How the values are typed: none, segments, moments, lines, or so many boxes."""
        sort, wanted = flags.sort_of(self.subject), flags.values_wanted(self.comparison)
        if sort is Sort.SEGMENT:
            return "segments"
        if wanted == 0:
            return "none"
        if sort is Sort.TIME:
            return "moments"
        return "lines" if wanted is None else "boxes"

    @property
    def boxes(self) -> list[str]:
        """The values, as many as the comparison wants."""
        wanted = flags.values_wanted(self.comparison) or 1
        return [*self.values, "", ""][:wanted]

    @property
    def placeholder(self) -> str:
        """What a value looks like."""
        if self.comparison is Op.RANGE:
            return "例如 ^1.4.0 或 >=1.4.0 <2.0.0"
        return HELP.get(flags.sort_of(self.subject), "")

    @property
    def asks_for_missing(self) -> bool:
        """Whether it has to say what a missing attribute means."""
        return flags.asks_for_missing(self.subject, self.comparison)

    def raw(self) -> dict[str, Any]:
        """The condition for the parser."""
        op, sort = self.comparison, flags.sort_of(self.subject)
        told: dict[str, Any] = {"attribute": self.subject, "op": op.value}
        if flags.values_wanted(op) != 0:
            told["values"] = [_sent(sort, op, value) for value in self.values if value.strip()]
        if self.asks_for_missing:
            told["missing"] = self.missing
        return told


def condition_rows(conditions: Iterable[Condition]) -> list[ConditionRow]:
    """Conditions of a document as the form shows them."""
    return [_row(each) for each in conditions]


def read_conditions(form: Mapping[str, list[str]], prefix: str, most: int) -> list[ConditionRow]:
    """The rows under a prefix, as they were sent."""
    rows = []
    for number in range(most):
        place = f"{prefix}-{number}"
        if f"{place}-attribute" not in form:
            break
        values = [line.strip() for text in form.get(f"{place}-values", []) for line in text.splitlines()]
        rows.append(
            ConditionRow(
                attribute=one(form, f"{place}-attribute"),
                custom=one(form, f"{place}-custom"),
                op=one(form, f"{place}-op"),
                values=[value for value in values if value],
                missing=one(form, f"{place}-missing") == "true",
            )
        )
    return rows


def one(form: Mapping[str, list[str]], name: str) -> str:
    """The first value of a field, with one kind of line end and without blanks around it."""
    return form.get(name, [""])[0].replace("\r\n", "\n").strip()


def _row(condition: Condition) -> ConditionRow:
    known = condition.attribute in flags.KNOWN_ATTRIBUTES
    is_time = flags.sort_of(condition.attribute) is Sort.TIME
    return ConditionRow(
        attribute=condition.attribute if known else OTHER,
        custom="" if known else condition.attribute,
        op=condition.op.value,
        values=[_moment(str(value)) if is_time else str(value) for value in condition.values],
        missing=condition.missing,
    )


def _moment(value: str) -> str:
    return f"{clock.to_local(datetime.fromisoformat(value)):{MOMENT}}"


def _sent(sort: Sort, op: Op, value: str) -> Any:
    if sort is Sort.TIME:
        try:
            return datetime.fromisoformat(value).replace(tzinfo=clock.LOCAL).isoformat()
        except ValueError:
            return value
    if sort is Sort.FREE and flags.asks_for_missing("x", op):
        try:
            return json.loads(value, parse_constant=str)
        except (ValueError, RecursionError):
            return value
    return value
