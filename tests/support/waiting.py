"""Waiting for what other processes do: look again until it is so, and fail with a sentence when it is not in time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE_SECONDS = 60.0
GLANCE_SECONDS = 0.05


def until(look: Callable[[], T | None], what: str | Callable[[], str], *, seconds: float = PATIENCE_SECONDS) -> T:
    """The first true thing that a look finds; AssertionError with what was waited for, and the last look, if none."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            told = what if isinstance(what, str) else what()
            raise AssertionError(f"not within {seconds:g} s: {told}; last seen: {found!r}")
        time.sleep(GLANCE_SECONDS)


def stays(look: Callable[[], T], what: str, *, seconds: float) -> T:
    """What a look finds, provided that it finds the same for so long: for what must not happen."""
    first = look()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        time.sleep(GLANCE_SECONDS)
        now = look()
        assert now == first, f"{what}: was {first!r}, became {now!r}"
    return first
