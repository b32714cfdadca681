"""What a flag came to for somebody, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Reason(StrEnum):
    """Why a flag came to its value: OpenFeature's standard names, as flagd gives them."""

    STATIC = "STATIC"
    """It has no rule."""
    TARGETING_MATCH = "TARGETING_MATCH"
    """Its rule named the variant."""
    DEFAULT = "DEFAULT"
    """Its rule named none, or it leaves the value to the code."""
    DISABLED = "DISABLED"
    """It is switched off: the code's default."""
    ERROR = "ERROR"
    """It could not be evaluated: the code's default."""


class ErrorCode(StrEnum):
    """OpenFeature's error codes that an evaluation can end in."""

    FLAG_NOT_FOUND = "FLAG_NOT_FOUND"
    PARSE_ERROR = "PARSE_ERROR"
    GENERAL = "GENERAL"


@dataclass(frozen=True, slots=True)
class Resolution:
    """What one flag came to. Without a value the code's default holds; ``error_code`` is set with reason ERROR only.

    ``metadata`` are the flag's over the set's. ``variant`` of a disabled flag is its default variant.
    """

    key: str
    value: Any = None
    variant: str | None = None
    reason: Reason = Reason.ERROR
    error_code: ErrorCode | None = None
    error_details: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    enabled: bool = True


def shown(value: Any) -> str:
    """A value as it may stand in an error's details: short, and writable as JSON."""
    return str(value)[:100].encode("utf-8", "replace").decode()
