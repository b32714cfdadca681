"""A compiled flag set: what each flag comes to for a context."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from server.domain.flags.evaluation import rendering
from server.domain.flags.evaluation.remembering import Asked
from server.domain.flags.evaluation.resolutions import ErrorCode, Resolution, shown
from server.domain.flags.evaluation.shapes import FLAGD
from server.domain.flags.evaluation.terms import FAULTS, NOTHING, Run, Unreadable
from server.domain.flags.evaluation.trace import Trace, traced

TARGETING_KEY = "targetingKey"


@dataclass(frozen=True, eq=False, slots=True)
class Outcome:
    """One of the things that a flag can come to, and its bytes on the wire. Known by identity, so that it is cheap to count."""

    resolution: Resolution
    body: bytes

    @classmethod
    def of(cls, resolution: Resolution) -> Outcome:
        return cls(resolution, rendering.single(resolution))


@dataclass(frozen=True, slots=True)
class CompiledFlag:
    """One flag, ready to be evaluated. ``definition`` is what it was compiled from."""

    key: str
    definition: Mapping[str, Any]
    kind: str
    """boolean, string, integer, float, object, or mixed."""
    run: Run | None
    """The rule; None if every context comes to ``default``."""
    default: Outcome
    matches: Mapping[str, Outcome]
    """Per variant what a rule that names it comes to."""
    asks: bool
    """Whether the rule reads ``$flagd`` from the data."""
    attributes: frozenset[str] = NOTHING

    @property
    def enabled(self) -> bool:
        return self.definition.get("state") == "ENABLED"

    def outcome(self, data: Asked, moment: int) -> Outcome:
        """What the flag comes to; ``data`` are this call's own, ``moment`` is in seconds since 1970."""
        if self.run is None:
            return self.default
        if self.asks:
            self.data(data, moment)
        try:
            named = self.run(data)
            if named is None:
                return self.default
            return self.matches[named if type(named) is str else variant_named(named)]
        except KeyError as missing:
            return self.failed(ErrorCode.GENERAL, f"规则得出的变体 {shown(missing.args[0])} 不存在")
        except Unreadable as unreadable:
            return self.failed(ErrorCode.PARSE_ERROR, f"规则无法理解：{shown(unreadable)}")
        except FAULTS as fault:
            return self.failed(ErrorCode.GENERAL, f"规则无法计算（{type(fault).__name__}）")

    def data(self, data: dict[str, Any], moment: int) -> dict[str, Any]:
        """The same data with what flagd adds to a context."""
        data[FLAGD] = {"flagKey": self.key, "timestamp": moment}
        data.setdefault(TARGETING_KEY, None)
        return data

    def failed(self, code: ErrorCode, details: str) -> Outcome:
        """An error of this flag alone."""
        metadata = self.default.resolution.metadata
        return Outcome.of(Resolution(self.key, error_code=code, error_details=details, metadata=metadata))


def variant_named(value: Any) -> str:
    """The variant that a rule's value names when it is no text."""
    return str(value).lower() if isinstance(value, bool) else str(value)


class FlagSet:
    """The flags of one document, compiled. Immutable and safe to share between threads."""

    def __init__(
        self, flags: Mapping[str, CompiledFlag], metadata: Mapping[str, Any], evaluators: Mapping[str, Any]
    ) -> None:
        self.flags = MappingProxyType({key: flags[key] for key in sorted(flags)})
        self.evaluators = MappingProxyType(dict(evaluators))
        self.metadata = MappingProxyType(dict(metadata))
        self.attributes = NOTHING.union(*(flag.attributes for flag in flags.values()))
        """The attributes of a context that any rule reads by a written name."""
        self._each = tuple(self.flags.values())
        self._asks = any(flag.asks for flag in self._each)
        self._end = rendering.bulk_end(metadata)

    def resolve(self, key: str, context: Mapping[str, Any], *, at: datetime) -> Resolution:
        """What one flag comes to; a flag that does not exist is an error too."""
        return self.outcome(key, context, at=at).resolution

    def single(self, key: str, context: Mapping[str, Any], *, at: datetime) -> bytes:
        """The body of an OFREP answer for one flag."""
        return self.outcome(key, context, at=at).body

    def resolve_all(self, context: Mapping[str, Any], *, at: datetime) -> list[Resolution]:
        """What every flag comes to, in the order of their keys."""
        return [outcome.resolution for outcome in self.outcomes(context, at=at)]

    def bulk(self, context: Mapping[str, Any], *, at: datetime) -> bytes:
        """The body of an OFREP bulk answer: every flag in the order of their keys, then the set's metadata."""
        return self.bulk_of(self.outcomes(context, at=at))

    def bulk_of(self, outcomes: Iterable[Outcome]) -> bytes:
        """The same of what the flags came to."""
        return rendering.bulk([outcome.body for outcome in outcomes], self._end)

    def trace(self, key: str, context: Mapping[str, Any], *, at: datetime) -> Trace:
        """What one flag comes to and every step to it; slower than ``resolve``, for a person who asks why."""
        resolution, flag = self.resolve(key, context, at=at), self.flags.get(key)
        if flag is None or flag.run is None or not isinstance(flag.definition["targeting"], dict):
            return Trace(resolution, None)
        data = flag.data(dict(context), int(at.timestamp()))
        return Trace(resolution, traced(self.evaluators, key, flag.definition["targeting"], data))

    def outcomes(self, context: Mapping[str, Any], *, at: datetime) -> list[Outcome]:
        """What every flag comes to, with its bytes."""
        data, moment = Asked(context), int(at.timestamp()) if self._asks else 0
        return [flag.outcome(data, moment) if flag.run else flag.default for flag in self._each]

    def outcome(self, key: str, context: Mapping[str, Any], *, at: datetime) -> Outcome:
        """What one flag comes to, with its bytes; a flag that does not exist is an error too."""
        flag = self.flags.get(key)
        if flag is None:
            key, code, details = shown(key), ErrorCode.FLAG_NOT_FOUND, f"没有功能开关 {shown(key)}"
            return Outcome.of(Resolution(key, error_code=code, error_details=details, metadata=self.metadata))
        if flag.run is None:
            return flag.default
        return flag.outcome(Asked(context), int(at.timestamp()) if flag.asks else 0)

    def __iter__(self) -> Iterator[CompiledFlag]:
        return iter(self._each)

    def __len__(self) -> int:
        return len(self._each)
