"""Semantic versions as conditions write them, and ranges of them as pairs of bounds.

A range is npm's way of writing (``^1.4.0``, ``~1.4``, ``1.x``, ``>=1.4.0 <2.0.0``, ``1.2.0 - 1.5.0``, ``||``). Its upper
bound is written ``2.0.0-0``, the lowest of all prereleases, so that 2.0.0-rc.1 is outside ``^1.4.0``; prereleases within
the bounds are inside, as someone who tests 1.5.0-beta.1 expects. flagd's own ``^`` and ``~`` have no lower bound and are
never used.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Comparison = Literal["=", ">", ">=", "<", "<="]
Bounds = tuple[tuple[Comparison, str], ...]

NUMBER = r"(?:0|[1-9]\d{0,8})"
LABEL = r"(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)"
VERSION = re.compile(
    rf"[vV]?({NUMBER})(?:\.({NUMBER}|[xX*]))?(?:\.({NUMBER}|[xX*]))?(?:-({LABEL}(?:\.{LABEL})*))?(?:\+[0-9A-Za-z.-]+)?",
    re.ASCII,
)
SIGN = re.compile(r"(\^|~|>=|<=|>|<|=)\s*")
LOWEST = "-0"


class NotAVersion(ValueError):
    """A text that is no version, or no range."""


@dataclass(frozen=True, slots=True)
class Parts:
    """A version, with None where it says less than three numbers."""

    major: int
    minor: int | None
    patch: int | None
    pre: str

    @property
    def full(self) -> str:
        """With what is not said counted as 0."""
        return f"{self.major}.{self.minor or 0}.{self.patch or 0}{f'-{self.pre}' if self.pre else ''}"

    @property
    def beyond(self) -> str:
        """The lowest version after all that begin like this one."""
        if self.minor is None:
            return f"{self.major + 1}.0.0{LOWEST}"
        if self.patch is None:
            return f"{self.major}.{self.minor + 1}.0{LOWEST}"
        return f"{self.major}.{self.minor}.{self.patch + 1}{LOWEST}"


def canonical_version(text: str) -> str:
    """``v1.4`` → ``1.4.0``; build metadata are dropped, as they never order. NotAVersion for anything else."""
    parts = _parts(text)
    if any(mark in text.lower().split("-")[0].split("+")[0] for mark in ("x", "*")):
        raise NotAVersion(text)
    return parts.full


def order_of(version: str) -> tuple[object, ...]:
    """A key that sorts full versions by precedence: a prerelease before its release, numbers before words."""
    parts = _parts(version)
    labels = tuple((0, int(each), "") if each.isdigit() else (1, 0, each) for each in parts.pre.split("."))
    return (parts.major, parts.minor, parts.patch, not parts.pre, labels if parts.pre else ())


def canonical_range(text: str) -> str:
    """A range with its blanks set right; NotAVersion if it is none."""
    alternatives = [" ".join(part.split()) for part in text.split("||")]
    joined = " || ".join(alternatives)
    bounds_of(joined)
    return joined


def bounds_of(text: str) -> tuple[Bounds, ...]:
    """What a range comes to: any one of these, all bounds in it. NotAVersion if it is no range."""
    return tuple(_alternative(part.strip()) for part in text.split("||"))


def _alternative(text: str) -> Bounds:
    if " - " in text:
        low, _, high = text.partition(" - ")
        last = _parts(high.strip())
        upper: tuple[Comparison, str] = ("<=", last.full) if last.patch is not None else ("<", last.beyond)
        return ((">=", _parts(low.strip()).full), upper)
    terms = SIGN.sub(r" \1", text).split()
    if not terms:
        raise NotAVersion(text)
    return tuple(bound for term in terms for bound in _term(*_signed(term)))


def _signed(term: str) -> tuple[str, Parts]:
    found = SIGN.match(term)
    return (found[1], _parts(term[found.end() :])) if found else ("", _parts(term))


def _term(sign: str, parts: Parts) -> Bounds:
    if sign == "^":
        return ((">=", parts.full), ("<", _caret(parts)))
    if sign == "~":
        return ((">=", parts.full), ("<", _tilde(parts)))
    if parts.patch is not None:
        return _exact(sign, parts)
    # 1.4 stands for all of 1.4.x
    if sign in {"", "="}:
        return ((">=", parts.full), ("<", parts.beyond))
    if sign in {">", "<="}:
        return ((">=", parts.beyond),) if sign == ">" else (("<", parts.beyond),)
    return ((">=", parts.full),) if sign == ">=" else (("<", parts.full + LOWEST),)


def _exact(sign: str, parts: Parts) -> Bounds:
    comparisons: dict[str, Comparison] = {"": "=", "=": "=", ">": ">", ">=": ">=", "<": "<", "<=": "<="}
    return ((comparisons[sign], parts.full),)


def _caret(parts: Parts) -> str:
    """The next version that may break: the first number that is not 0 goes up."""
    if parts.major or parts.minor is None:
        return f"{parts.major + 1}.0.0{LOWEST}"
    if parts.minor or parts.patch is None:
        return f"0.{parts.minor + 1}.0{LOWEST}"
    return f"0.0.{parts.patch + 1}{LOWEST}"


def _tilde(parts: Parts) -> str:
    return f"{parts.major + 1}.0.0{LOWEST}" if parts.minor is None else f"{parts.major}.{parts.minor + 1}.0{LOWEST}"


def _parts(text: str) -> Parts:
    found = VERSION.fullmatch(text)
    if found is None:
        raise NotAVersion(text)
    major, minor, patch, pre = found.groups()
    middle = int(minor) if minor and minor.isdigit() else None
    last = int(patch) if patch and patch.isdigit() and middle is not None else None
    if pre and last is None:
        raise NotAVersion(text)
    return Parts(int(major), middle, last, pre or "")
