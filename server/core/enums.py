"""Enumerations that carry their Chinese label beside their stored value."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Labelled(StrEnum):
    """Members are written ``OPEN = "open", "待受理"``: the stored value, then the label for people."""

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label or value
        return member

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """Pairs of value and label, for a select."""
        return [(member.value, member.label) for member in cls]
