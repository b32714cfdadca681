"""Whom a change would touch: two flag sets over the contexts that were seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from server.domain.flags.evaluation.flagset import CompiledFlag, FlagSet
from server.domain.flags.evaluation.resolutions import Resolution


@dataclass(frozen=True)
class Seen:
    """A context that was seen, and how many it stands for."""

    context: Mapping[str, Any]
    weight: int = 1


@dataclass(frozen=True)
class Move:
    """Contexts that come to one thing before and to another after.

    ``before`` and ``after`` are what the first of them came to (all came to the same variant or error); None where the
    flag does not exist.
    """

    before: Resolution | None
    after: Resolution | None
    changed: bool
    """Whether the two serve different values. Disabled, in error and absent all serve the code's default."""
    weight: int
    contexts: int


@dataclass(frozen=True)
class FlagImpact:
    """What a change does to one flag; ``moves`` has those who stay as well, the largest first."""

    key: str
    moves: tuple[Move, ...]
    weight: int
    """All that were asked for."""

    @property
    def touched(self) -> int:
        """How many of them would be served something else."""
        return sum(move.weight for move in self.moves if move.changed)


@dataclass(frozen=True)
class Impact:
    """What a change does: ``flags`` of either set by key, ``touched`` those for whom any flag changes."""

    flags: Mapping[str, FlagImpact]
    weight: int
    touched: int
    contexts: int

    @property
    def changed(self) -> list[FlagImpact]:
        """The flags that serve anybody something else, the most touched first."""
        return sorted(
            (flag for flag in self.flags.values() if flag.touched), key=lambda flag: (-flag.touched, flag.key)
        )


def impact(before: FlagSet, after: FlagSet, contexts: Iterable[Seen], *, at: datetime) -> Impact:
    """Evaluates both sets for every context and counts who moves from what to what, flag by flag."""
    seen = list(contexts)
    touched: set[int] = set()
    flags = {key: _flag_impact(key, before, after, seen, at, touched) for key in sorted({*before.flags, *after.flags})}
    return Impact(flags, _weight(seen), sum(seen[index].weight for index in touched), len(seen))


def _weight(seen: list[Seen]) -> int:
    return sum(each.weight for each in seen)


def _flag_impact(
    key: str, before: FlagSet, after: FlagSet, seen: list[Seen], at: datetime, touched: set[int]
) -> FlagImpact:
    edited = _edited(before.flags.get(key), after.flags.get(key))
    moves: dict[tuple[Any, Any], list[Any]] = {}
    for index, each in enumerate(seen):
        one = before.resolve(key, each.context, at=at) if key in before.flags else None
        other = after.resolve(key, each.context, at=at) if key in after.flags else None
        changed = _served(one) != _served(other) or _served(one) in edited
        if changed:
            touched.add(index)
        move = moves.setdefault((_label(one), _label(other)), [one, other, changed, 0, 0])
        move[3] += each.weight
        move[4] += 1
    largest = sorted(moves.values(), key=lambda move: -move[3])
    return FlagImpact(key, tuple(Move(*move) for move in largest), _weight(seen))


def _served(resolution: Resolution | None) -> str | None:
    """The variant whose value is served; None for the code's default."""
    return resolution.variant if resolution and resolution.value is not None else None


def _label(resolution: Resolution | None) -> tuple[Any, ...] | None:
    return (resolution.variant, resolution.enabled, resolution.error_code) if resolution else None


def _edited(before: CompiledFlag | None, after: CompiledFlag | None) -> frozenset[str]:
    """The variants whose value is another one."""
    if before is None or after is None:
        return frozenset()
    common = before.matches.keys() & after.matches.keys()
    return frozenset(name for name in common if _value(before, name) != _value(after, name))


def _value(flag: CompiledFlag, name: str) -> bytes:
    return orjson.dumps(flag.matches[name].resolution.value, option=orjson.OPT_SORT_KEYS)
