"""One JSON object read field by field: every fault is kept under its path, and a stand-in is given instead."""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

T = TypeVar("T")

MOST_DEPTH = 40
Faults = dict[str, list[str]]


class Reader:
    """What readers of parts are given. Fields that nobody asked for are faults, too."""

    def __init__(self, data: Any, path: str, faults: Faults) -> None:
        self.path, self.faults = path, faults
        self.known: set[str] = set()
        self.data: Mapping[str, Any] = data if isinstance(data, Mapping) else {}
        if not isinstance(data, Mapping):
            self.fault("", "应为一个对象")

    def fault(self, name: str, sentence: str) -> None:
        """Keep a sentence about a field."""
        self.faults.setdefault(".".join(part for part in (self.path, name) if part) or "document", []).append(sentence)

    def raw(self, name: str) -> Any:
        """A field as it is; None is as good as absent."""
        self.known.add(name)
        return self.data.get(name)

    def text(self, name: str, *, most: int, needed: bool = False) -> str:
        """One line, or several; without control characters, which no database keeps alike."""
        value = self.raw(name)
        if value is None or value == "":
            if needed:
                self.fault(name, "必填")
            return ""
        if not isinstance(value, str) or len(value) > most or not printable(value):
            self.fault(name, f"应为不超过 {most} 字的文字")
            return ""
        return value

    def truth(self, name: str, *, default: bool = False) -> bool:
        """Yes or no."""
        value = self.raw(name)
        if value is not None and not isinstance(value, bool):
            self.fault(name, "应为是或否")
        return value if isinstance(value, bool) else default

    def rows(self, name: str, *, most: int) -> list[Any]:
        """A list; empty when absent."""
        value = self.raw(name)
        if value is None:
            return []
        if not isinstance(value, (list, tuple)) or len(value) > most:
            self.fault(name, f"应为不超过 {most} 项的列表")
            return []
        return list(value)

    def each(self, name: str, read: Callable[[Reader], T], *, most: int) -> tuple[T, ...]:
        """A list of objects."""
        rows = self.rows(name, most=most)
        return tuple(inner(row, f"{self.place(name)}.{number}", self.faults, read) for number, row in enumerate(rows))

    def place(self, name: str) -> str:
        """A field's path."""
        return f"{self.path}.{name}" if self.path else name

    def refuse_unknown(self) -> None:
        """Name what nobody asked for."""
        for name in sorted(str(key) for key in self.data.keys() - self.known):
            self.fault(name if printable(name) else "document", "没有这一项")


def inner(data: Any, path: str, faults: Faults, read: Callable[[Reader], T]) -> T:
    """Read an object at a path, and refuse what it holds beyond."""
    reader = Reader(data, path, faults)
    made = read(reader)
    reader.refuse_unknown()
    return made


def printable(text: str) -> bool:
    """Whether a text can be kept everywhere: no control characters but line breaks and tabs, no lone surrogates."""
    return not any(unicodedata.category(letter) in {"Cc", "Cs"} and letter not in "\n\t" for letter in text)


def is_json(value: Any, depth: int = MOST_DEPTH) -> bool:
    """Whether a value is plain JSON: finite numbers, text keys, not nested beyond reason."""
    if depth < 0:
        return False
    if isinstance(value, str):
        return printable(value)
    if value is None or isinstance(value, (bool, int)):
        return True
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, Mapping):
        return all(isinstance(key, str) and printable(key) and is_json(each, depth - 1) for key, each in value.items())
    return isinstance(value, list) and all(is_json(each, depth - 1) for each in value)


def canonical(value: Any) -> str:
    """JSON that is the same for the same content: sorted keys, no blanks."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
