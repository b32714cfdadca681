"""What the form of a contract is made of: boxes, and sections of them."""

from __future__ import annotations

from dataclasses import dataclass

Choices = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Box:
    """One box: ``path`` is where its value goes, relative to its section's place in the terms.

    ``kind``: text, area, date, money, hours, whole, permille, percent, choice, flag, maybe, many, group, clauses.
    """

    name: str
    label: str
    kind: str = "text"
    help: str = ""
    choices: Choices = ()
    needed: bool = False
    path: str = ""
    wide: bool = False
    longest: int = 200

    @property
    def place(self) -> str:
        """Where the value goes."""
        return self.path or self.name


@dataclass(frozen=True)
class Section:
    """A card of the form. ``at``: the part of the terms ("" for the terms themselves, "facts" for the contract's row).

    ``concerns``: the paths of the terms that a clause fixes which is named under 依据条款. ``rows``: any number of them.
    """

    key: str
    title: str
    intro: str
    boxes: tuple[Box, ...]
    at: str = ""
    concerns: tuple[str, ...] = ()
    rows: bool = False
    one: str = ""


def basis(example: str) -> Box:
    return Box(
        "clauses", "依据条款", "clauses", f"写条文编号，多个用顿号隔开，例如 {example}。条文页由此说明各条的今日含义。"
    )
