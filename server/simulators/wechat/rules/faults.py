"""Faults by rule: which call or push goes wrong, how often, and how (wechat.md §6)."""

import random
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

CALL_EFFECTS = frozenset(
    {
        "errcode",
        "busy",
        "latency",
        "stall",
        "reset",
        "bad_gateway",
        "html",
        "truncated_json",
        "cut_body",
        "bom",
        "invalid_utf8",
        "token_revoked",
        "overlapping_tokens",
        "clock_skew",
    }
)
PUSH_EFFECTS = frozenset(
    {
        "duplicate",
        "reorder",
        "late",
        "bad_signature",
        "wrong_appid",
        "bad_cipher",
        "plaintext",
        "never",
        "empty_detail",
        "clock_skew",
    }
)


class FaultError(ValueError):
    """The rule cannot be understood."""


@dataclass(slots=True)
class Fault:
    """One rule.

    ``path`` is a pattern over ``/cgi-bin/…`` or ``push:<Event>``. ``match`` is a piece of text that the
    query or body must hold, or a mapping of dotted names to wanted values. Of the calls that fit, ``nth``
    (1-based, one or several) or ``probability`` choose; ``times`` ends the rule after so many hits.
    """

    id: int
    path: str
    effect: str
    options: dict[str, Any] = field(default_factory=dict)
    match: str | dict[str, Any] | None = None
    nth: tuple[int, ...] = ()
    probability: float | None = None
    times: int | None = None
    seen: int = 0
    hits: int = 0

    def as_json(self) -> dict[str, Any]:
        """The rule as it was set, with what it has done."""
        return {
            "id": self.id,
            "path": self.path,
            "effect": {"kind": self.effect, **self.options},
            "match": self.match,
            "nth": list(self.nth),
            "probability": self.probability,
            "times": self.times,
            "seen": self.seen,
            "hits": self.hits,
        }


class Faults:
    """The rules in force, oldest first; the first one that strikes is the one that acts."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._rules: list[Fault] = []
        self._next_id = 1

    def add(self, values: dict[str, Any]) -> Fault:
        """A rule from the control API's form; FaultError says what is wrong with it."""
        kind, options = _effect(values.get("effect"))
        path = values.get("path", "push:*" if kind in PUSH_EFFECTS - CALL_EFFECTS else "*")
        allowed = PUSH_EFFECTS if str(path).startswith("push:") else CALL_EFFECTS
        if kind not in allowed:
            raise FaultError(f"no effect {kind!r} for {path!r}; known: {', '.join(sorted(allowed))}")
        unknown = set(values) - {"path", "effect", "match", "nth", "probability", "times"}
        if unknown:
            raise FaultError(f"unknown: {', '.join(sorted(unknown))}")
        nth = values.get("nth") or ()
        fault = Fault(
            id=self._next_id,
            path=str(path),
            effect=kind,
            options=options,
            match=values.get("match"),
            nth=tuple(int(n) for n in nth) if isinstance(nth, list | tuple) else (int(nth),),
            probability=values.get("probability"),
            times=values.get("times", options.get("count") if kind == "busy" else None),
        )
        self._next_id += 1
        self._rules.append(fault)
        return fault

    def strike(self, path: str, query: dict[str, Any], body: Any, raw: str = "") -> Fault | None:
        """The fault that befalls this call, if any; each rule that fits counts it."""
        for fault in self._rules:
            if not fnmatchcase(path, fault.path) or not _matches(fault.match, query, body, raw):
                continue
            fault.seen += 1
            if self._chosen(fault):
                fault.hits += 1
                return fault
        return None

    def all(self) -> list[Fault]:
        """Every rule, also those that are used up."""
        return list(self._rules)

    def clear(self, fault_id: int | None = None) -> None:
        """One rule, or all."""
        self._rules = [fault for fault in self._rules if fault_id is not None and fault.id != fault_id]

    def _chosen(self, fault: Fault) -> bool:
        if fault.times is not None and fault.hits >= fault.times:
            return False
        if fault.nth and fault.seen not in fault.nth:
            return False
        return fault.probability is None or self._rng.random() < fault.probability


def _effect(effect: object) -> tuple[str, dict[str, Any]]:
    if isinstance(effect, str):
        return effect, {}
    if isinstance(effect, dict) and isinstance(effect.get("kind"), str):
        return effect["kind"], {key: value for key, value in effect.items() if key != "kind"}
    raise FaultError('effect must be a name or {"kind": name, …}')


def _matches(match: str | dict[str, Any] | None, query: dict[str, Any], body: Any, raw: str) -> bool:
    if match is None:
        return True
    if isinstance(match, str):
        return match in raw or any(match in str(value) for value in query.values())
    return all(wanted in (query.get(name), _dig(body, name)) for name, wanted in match.items())


def _dig(body: Any, dotted: str) -> Any:
    for name in dotted.split("."):
        body = body.get(name) if isinstance(body, dict) else None
    return body
