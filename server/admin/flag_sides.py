"""Two documents beside each other, line by line: what the readable differences of a flag are folded out from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any

# So many equal lines stay around a difference.
AROUND = 3


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the comparison; a side is None where the other has one more. ``gap``: so many equal lines are
    left out here."""

    left: str | None
    right: str | None
    changed: bool = False
    gap: int = 0


def sides(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[Line]:
    """Both documents as indented JSON, keys in order, equal runs folded; nothing for what was not there."""
    old, new = _lines(before), _lines(after)
    found: list[Line] = []
    for tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found.extend(_folded(old[i:j], first=i == 0, last=j == len(old)))
        else:
            found.extend(Line(left, right, changed=True) for left, right in zip_longest(old[i:j], new[k:m]))
    return found


def pretty(document: Any) -> str:
    """Any JSON value as people read it: indented, keys in order, Chinese as it is."""
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True)


def _lines(document: Mapping[str, Any] | None) -> list[str]:
    return [] if document is None else pretty(document).split("\n")


def _folded(lines: list[str], *, first: bool, last: bool) -> Iterator[Line]:
    head = 0 if first else AROUND
    tail = 0 if last else AROUND
    hidden = len(lines) - head - tail
    if hidden <= 1:
        yield from (Line(line, line) for line in lines)
        return
    yield from (Line(line, line) for line in lines[:head])
    yield Line(None, None, gap=hidden)
    yield from (Line(line, line) for line in lines[len(lines) - tail :] if tail)
