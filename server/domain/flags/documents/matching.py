"""Which rule of one document is which of another: rules have no number of their own, and people move and rename them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from server.domain.flags.documents.model import Rule


def matched(old: Sequence[Rule], new: Sequence[Rule]) -> dict[int, int]:
    """Positions in ``old`` to positions in ``new`` of the same rule: first what is equal, then what has the same name,
    the same conditions, the same outcome. What is left on either side was removed or added.
    """
    found: dict[int, int] = {}
    for trait in (_whole, _name, _conditions, _outcome):
        _pair(found, old, new, trait)
    return found


def _pair(found: dict[int, int], old: Sequence[Rule], new: Sequence[Rule], trait: Callable[[Rule], Any]) -> None:
    taken = set(found.values())
    for i, rule in enumerate(old):
        wanted = trait(rule)
        if i in found or wanted is None:
            continue
        j = next((j for j, other in enumerate(new) if j not in taken and trait(other) == wanted), None)
        if j is not None:
            found[i] = j
            taken.add(j)


def _whole(rule: Rule) -> Any:
    return rule


def _name(rule: Rule) -> Any:
    return rule.name or None


def _conditions(rule: Rule) -> Any:
    return rule.when


def _outcome(rule: Rule) -> Any:
    return rule.serve
