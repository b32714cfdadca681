"""Versions of the mini program: Semantic Versioning 2.0.0 without build metadata, ordered as its §11 says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import total_ordering

_NUMBER = r"(?:0|[1-9]\d{0,5})"
_WORD = r"(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)"
_VERSION = re.compile(rf"({_NUMBER})\.({_NUMBER})\.({_NUMBER})(?:-({_WORD}(?:\.{_WORD})*))?", re.ASCII)
LONGEST = 64


@total_ordering
@dataclass(frozen=True, slots=True)
class Version:
    """``major.minor.patch`` and the words of a prerelease, which comes before the version that it prepares."""

    numbers: tuple[int, int, int]
    prerelease: tuple[str, ...] = ()

    def __lt__(self, other: Version) -> bool:
        return self._rank() < other._rank()

    def __str__(self) -> str:
        tail = f"-{'.'.join(self.prerelease)}" if self.prerelease else ""
        return ".".join(map(str, self.numbers)) + tail

    def _rank(self) -> tuple[tuple[int, int, int], bool, list[tuple[int, int, str]]]:
        words = [(0, int(word), "") if word.isdigit() else (1, 0, word) for word in self.prerelease]
        return self.numbers, not self.prerelease, words


def parse(text: str) -> Version | None:
    """The version that a text spells; None if it spells none."""
    found = _VERSION.fullmatch(text) if len(text) <= LONGEST else None
    if found is None:
        return None
    major, minor, patch, words = found.groups()
    return Version((int(major), int(minor), int(patch)), tuple(words.split(".")) if words else ())
