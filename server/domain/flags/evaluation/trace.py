"""Why a flag came to what it came to: every expression of its rule with what it was evaluated to, or that it was not."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from server.domain.flags.evaluation.bucketing import hash_of
from server.domain.flags.evaluation.compiler import REFERENCE, Compiler, is_reference
from server.domain.flags.evaluation.control import CHOICES
from server.domain.flags.evaluation.operators import bucketed, weigh
from server.domain.flags.evaluation.resolutions import Resolution, shown
from server.domain.flags.evaluation.terms import FAULTS, Run, Term, Unreadable

SHOWN = 20
"""Values kept of an expression that ran on each item of a list."""

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Bucketing:
    """How somebody fell into a share: hash → place on the line of weights → the share that covers it."""

    by: Any
    """What was hashed."""
    hashed: int
    total: int
    place: int
    """0 ≤ place < total."""
    shares: tuple[tuple[Any, int, int], ...]
    """(variant, first place, the place after its last)."""


@dataclass(frozen=True)
class Step:
    """One expression of a rule: ``op`` over ``operands``, or a constant (``op`` is None).

    A reference to a shared evaluator (``op`` is ``$ref``) has the evaluator's own step as its operand.
    """

    path: Path
    """Where it stands in the rule: operator, position, operator, position…"""
    op: str | None
    raw: Any
    """As it is written."""
    reached: bool
    """False if it was never evaluated: another branch was taken."""
    values: tuple[Any, ...] = ()
    """What it came to: one value, or the first of several where it ran on each item of a list."""
    times: int = 0
    error: str | None = None
    operands: tuple[Step, ...] = ()
    bucketing: Bucketing | None = None

    @property
    def value(self) -> Any:
        """What it came to the last time; None as well where it was not reached."""
        return self.values[-1] if self.values else None


@dataclass(frozen=True)
class Trace:
    """A resolution and its reasons. ``rule`` is None for a flag without one, or switched off."""

    resolution: Resolution
    rule: Step | None


@dataclass
class Node:
    """A step that is being watched."""

    path: Path
    raw: Any
    op: str | None = None
    fixed: bool = False
    operands: list[Node] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)
    times: int = 0
    error: str | None = None
    bucketing: Bucketing | None = None

    def last(self) -> Any:
        return self.raw if self.fixed else self.values[-1]

    def step(self, *, reached: bool) -> Step:
        """What was seen. A constant is read when the rule is compiled, so it is reached whenever what reads it is."""
        mine = bool(self.times) or (self.fixed and reached)
        values = (self.raw,) if self.fixed and mine else tuple(self.values)
        reads = mine and self.op not in CHOICES
        operands = tuple(operand.step(reached=reads) for operand in self.operands)
        return Step(self.path, self.op, self.raw, mine, values, self.times, self.error, operands, self.bucketing)


class Tracer(Compiler):
    """A compiler whose closures tell what they saw: one for each trace."""

    keeps = False

    def __init__(self, evaluators: Mapping[str, Any]) -> None:
        super().__init__(evaluators)
        self.root = Node((), None)
        self._within = [self.root]

    def term(self, raw: Any, *, top: bool, depth: int) -> Term:
        """As any compiler does it, but the closure leaves what it saw at a node."""
        above = self._within[-1]
        node = Node(self._path(above), raw)
        above.operands.append(node)
        self._within.append(node)
        term = super().term(raw, top=top, depth=depth)
        self._within.pop()
        node.op = REFERENCE if is_reference(raw) else term.op
        node.fixed = term.fixed
        return replace(term, run=watched(node, term.run), attribute=None)

    def _path(self, above: Node) -> Path:
        if above is self.root:
            return ()
        return (*above.path, *(above.raw if isinstance(above.raw, dict) else ()), len(above.operands))


def traced(evaluators: Mapping[str, Any], key: str, targeting: Any, data: dict[str, Any]) -> Step:
    """The steps of a flag's rule over these data; what the rule raises stands in the steps."""
    tracer = Tracer(evaluators)
    run = tracer.rule(key, targeting).run
    with suppress(Unreadable, *FAULTS):
        run(data)
    return tracer.root.operands[0].step(reached=True)


def watched(node: Node, run: Run) -> Run:
    """The same closure, but what it comes to is written down."""

    def watching(data: Any) -> Any:
        node.times += 1
        try:
            value = run(data)
        except Exception as error:
            node.error = f"{type(error).__name__}: {shown(error)}"
            raise
        if len(node.values) < SHOWN:
            node.values.append(value)
        if node.op == "fractional":
            node.bucketing = bucketing(data, tuple(operand.last() for operand in node.operands))
        return value

    return watching


def bucketing(data: Any, operands: tuple[Any, ...]) -> Bucketing | None:
    """How ``fractional`` came to its share; None if there was nothing to bucket or no valid shares."""
    by, shares = bucketed(data, operands)
    hashed, weighed = hash_of(by), weigh(shares)
    if hashed is None or weighed is None:
        return None
    names, ends = weighed
    spans = tuple((name, start, end) for name, (start, end) in zip(names, pairwise([0, *ends]), strict=True))
    return Bucketing(by, hashed, ends[-1], (hashed * ends[-1]) >> 32, spans)
