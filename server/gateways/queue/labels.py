"""What kinds of job are called in Chinese; handlers say it when they are registered."""

from __future__ import annotations

_labels: dict[str, str] = {}


def name_kind(kind: str, label: str) -> None:
    """Give a kind its Chinese name."""
    _labels[kind] = label


def label_of(kind: str) -> str:
    """A kind's Chinese name; the kind itself when this release has no handler for it."""
    return _labels.get(kind, kind)
