"""What became of one expression of a rule, and how a rule goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

Run = Callable[[Any], Any]
"""Data in, value out."""

NOTHING: frozenset[str] = frozenset()

FAULTS = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What an operator can raise on values that it was not made for; it costs one flag its answer, never more."""


class Unreadable(Exception):
    """A rule came to a point that means nothing: an operator or a shared evaluator that does not exist."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What a term reads, and how big it is."""

    attributes: frozenset[str] = NOTHING
    keyed: bool = False
    """Has the key of the flag in it, so that it cannot be shared between flags."""
    flagd: bool = False
    """Reads ``$flagd`` from the data when it runs."""
    size: int = 1
    height: int = 1

    def over(self, parts: Iterable[Term]) -> Needs:
        """These needs and those of the parts of which the term is made."""
        attributes, keyed, flagd, size, height = self.attributes, self.keyed, self.flagd, 1, 0
        for part in parts:
            needs = part.needs
            if needs.attributes:
                attributes |= needs.attributes
            keyed = keyed or needs.keyed
            flagd = flagd or needs.flagd
            size += needs.size
            height = max(height, needs.height)
        return Needs(attributes, keyed, flagd, size, height + 1)


PLAIN = Needs()
SCALARS = frozenset({str, int, float, bool, type(None)})


def is_flat(values: list[Any]) -> bool:
    """Whether a list holds neither lists nor objects."""
    return SCALARS.issuperset(map(type, values))


@dataclass(frozen=True, slots=True)
class Term:
    """One compiled expression."""

    run: Run
    raw: Any
    fixed: bool = False
    """Comes to ``raw`` whatever the data are."""
    op: str | None = None
    attribute: str | None = None
    """The attribute of the context that it is, if it is nothing else: what reads it may spare the call."""
    seeded: tuple[str, str] | None = None
    """A written text with such an attribute behind it, if it is nothing else: what most shares are bucketed by."""
    needs: Needs = PLAIN
