"""One JSON object read field by field: every fault is collected under its path, and a stand-in is given instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypeVar

CLOCK_FACE = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


class Reader:
    """What readers of parts are given. Fields that nobody asked for are faults, too."""

    def __init__(self, data: Any, path: str, faults: dict[str, list[str]]) -> None:
        self.path, self.faults = path, faults
        self.known: set[str] = set()
        self.data: Mapping[str, Any] = data if isinstance(data, dict) else {}
        if not isinstance(data, dict):
            self.fault("", "应为一个对象")

    def fault(self, name: str, sentence: str) -> None:
        place = f"{self.path}.{name}" if self.path and name else self.path or name
        self.faults.setdefault(place or "terms", []).append(sentence)

    def raw(self, name: str) -> Any:
        self.known.add(name)
        return self.data.get(name)

    def text(self, name: str, *, needed: bool = False, longest: int = 1000) -> str:
        value = self.raw(name)
        if value is None or value == "":
            if needed:
                self.fault(name, "必填")
            return ""
        if not isinstance(value, str) or len(value) > longest:
            self.fault(name, f"应为不超过 {longest} 字的文字")
            return ""
        return value

    def flag(self, name: str) -> bool:
        value = self.raw(name)
        if not isinstance(value, bool):
            self.fault(name, "应为是或否")
            return False
        return value

    def flag_or(self, name: str, otherwise: bool) -> bool:
        """A flag that older terms do not have."""
        return otherwise if self.raw(name) is None else self.flag(name)

    def flag_or_none(self, name: str) -> bool | None:
        return None if self.raw(name) is None else self.flag(name)

    def time_of_day(self, name: str) -> str:
        value = self.text(name, longest=5)
        if value and not CLOCK_FACE.fullmatch(value):
            self.fault(name, "时刻应写成 12:00")
            return ""
        return value

    def number(self, name: str, *, most: Decimal | int, optional: bool = False, zero: bool = False) -> Decimal | None:
        value = self.raw(name)
        if value is None and optional:
            return None
        try:
            found = Decimal(str(value)) if not isinstance(value, bool) else Decimal("NaN")
        except InvalidOperation:
            found = Decimal("NaN")
        if not found.is_finite() or not (0 <= found <= most) or (found == 0 and not zero):
            self.fault(name, f"应为{'不小于' if zero else '大于'} 0、不超过 {most} 的数")
            return None if optional else Decimal(1)
        return found

    def decimal(self, name: str, *, most: Decimal | int, zero: bool = False) -> Decimal:
        return self.number(name, most=most, zero=zero) or Decimal(0)

    def whole(self, name: str, *, most: int, optional: bool = False) -> int | None:
        found = self.number(name, most=most, optional=optional)
        if found is not None and found != found.to_integral_value():
            self.fault(name, "应为整数")
        return None if found is None else int(found)

    def count(self, name: str, *, most: int) -> int:
        return self.whole(name, most=most) or 0

    def day(self, name: str) -> date | None:
        value = self.raw(name)
        if value is None:
            return None
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            self.fault(name, "日期应写成 2026-03-31")
            return None

    def choice(self, name: str, members: type[E]) -> E:
        return self.choice_or_none(name, members, needed=True) or next(iter(members))

    def choice_or_none(self, name: str, members: type[E], *, needed: bool = False) -> E | None:
        value = self.raw(name)
        if value is None and not needed:
            return None
        if value not in [member.value for member in members]:
            self.fault(name, f"应为 {'、'.join(member.value for member in members)} 之一")
            return None
        return members(value)

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.raw(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            self.fault(name, "应为文字的列表")
            return ()
        return tuple(value)

    def part(self, name: str, read: Callable[[Reader], T]) -> T | None:
        """A nested object, or None where the contract is silent."""
        value = self.raw(name)
        return None if value is None else self._inner(value, name, read)

    def parts(self, name: str, read: Callable[[Reader], T], *, key: str = "key") -> tuple[T, ...]:
        """A list of objects that are told apart by a key of their own."""
        value = self.raw(name)
        if value is None:
            return ()
        if not isinstance(value, list):
            self.fault(name, "应为列表")
            return ()
        keys = [each.get(key) if isinstance(each, dict) else None for each in value]
        if len({str(each) for each in keys}) != len(keys) or not all(isinstance(each, str) and each for each in keys):
            self.fault(name, f"每一项都要有互不相同的 {key}")
        return tuple(self._inner(each, f"{name}.{keys[number]}", read) for number, each in enumerate(value))

    def _inner(self, value: Any, name: str, read: Callable[[Reader], T]) -> T:
        inner = Reader(value, f"{self.path}.{name}" if self.path else name, self.faults)
        made = read(inner)
        inner.refuse_unknown()
        return made

    def refuse_unknown(self) -> None:
        for name in self.data.keys() - self.known:
            self.fault(str(name), "没有这一项条款数据")
