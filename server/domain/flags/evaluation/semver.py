"""Versions by semver.org 2.0.0 as sem_ver reads them: a leading v and missing parts are forgiven, nothing else is."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

Identifier = tuple[int, int, str]
Version = tuple[int, int, int, int, tuple[Identifier, ...]]

NUMERIC = r"(?:0|[1-9][0-9]*)"
LABEL = rf"(?:{NUMERIC}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
PATTERN = re.compile(
    rf"({NUMERIC})(?:\.({NUMERIC})(?:\.({NUMERIC}))?)?(?:-({LABEL}(?:\.{LABEL})*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)
STRICT = re.compile(
    rf"{NUMERIC}\.{NUMERIC}\.{NUMERIC}(?:-{LABEL}(?:\.{LABEL})*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)
"""A version as semver.org spells it, nothing forgiven."""

KEPT = 4096
LONGEST_KEPT = 64

RANGES: Mapping[str, Callable[[Version, Version], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "^": lambda one, other: one[0] == other[0],
    "~": lambda one, other: one[:2] == other[:2],
}


def version(value: Any) -> Version | None:
    """A version that compares as semver says (build metadata do not count); None if the value is none.

    A number is read as it is written (1.2 is 1.2.0). Nothing is raised and nothing logged: clients send anything.
    """
    if type(value) is str:
        return _kept(value) if len(value) <= LONGEST_KEPT else _parsed(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            return _parsed(str(value))
        except ValueError:  # an integer too long to be written out
            return None
    return None


def _parsed(written: str) -> Version | None:
    match = PATTERN.fullmatch(written[1:] if written[:1] in ("v", "V") else written)
    if match is None:
        return None
    major, minor, patch, before = match.groups()
    try:
        numbers = int(major), int(minor or 0), int(patch or 0)
    except ValueError:  # more digits than Python reads
        return None
    if before is None:
        return *numbers, 1, ()
    return *numbers, 0, tuple(_identifier(part) for part in before.split("."))


def _identifier(part: str) -> Identifier:
    """Numeric identifiers stand below the others and compare as numbers, whatever their length."""
    return (0, len(part), part) if part.isdigit() else (1, 0, part)


_kept = lru_cache(KEPT)(_parsed)
