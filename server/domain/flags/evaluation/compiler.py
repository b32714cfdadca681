"""From a JsonLogic expression to a closure, once; evaluating it afterwards walks no document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from server.domain.flags.evaluation import control, shapes
from server.domain.flags.evaluation.operators import OPERATORS, Operator
from server.domain.flags.evaluation.remembering import remembered, spelt
from server.domain.flags.evaluation.terms import NOTHING, PLAIN, Needs, Run, Term, Unreadable, is_flat

DEEPEST = 100
"""Levels of nesting in a rule, shared evaluators put in."""

LARGEST = 500_000
"""Subexpressions of one rule, shared evaluators put in."""

REFERENCE = "$ref"
NOWHERE: frozenset[bytes] = frozenset()
TEXTS = frozenset({"cat", "substr"})
"""Operators that come to a text, whatever their operands are."""


class BadRule(ValueError):
    """A rule is nested too deeply, grows too large or runs in a circle; the text says which, in Chinese."""


class Compiler:
    """Compiles the rules of one document; ``key`` is the flag's whose rule is compiled."""

    keeps = True
    """Whether a shared evaluator is compiled once for all its uses."""

    def __init__(self, evaluators: Mapping[str, Any], repeated: frozenset[bytes] = NOWHERE) -> None:
        self.evaluators = evaluators
        self.repeated = repeated
        self._repeated: dict[bytes, Term] = {}
        self.key = ""
        self._shared: dict[tuple[str, bool], Term] = {}
        self._own: dict[tuple[str, bool], Term] = {}
        self._open: list[str] = []

    def rule(self, key: str, raw: Any) -> Term:
        """The rule of a flag."""
        self.key = key
        self._own = {}
        self._open = []
        return self.term(raw, top=True, depth=1)

    def behind(self, raw: Any) -> Any:
        """A rule that is only a reference, as the shared evaluator that it leads to."""
        for _ in range(DEEPEST):
            if not is_reference(raw) or raw[REFERENCE] not in self.evaluators:
                break
            raw = self.evaluators[raw[REFERENCE]]
        return raw

    def term(self, raw: Any, *, top: bool, depth: int) -> Term:
        """An expression; ``top`` while the data are the context, not an item of a list."""
        if depth > DEEPEST:
            raise BadRule(f"规则嵌套超过 {DEEPEST} 层")
        if is_reference(raw):
            term = self.shared(raw[REFERENCE], raw, top=top, depth=depth)
        elif isinstance(raw, list):
            term = self.listed(raw, top=top, depth=depth)
        elif isinstance(raw, dict) and len(raw) == 1:
            term = self.once(raw, depth) if top and self.repeated else self.applied(raw, top=top, depth=depth)
        else:
            return Term(lambda _: raw, raw, fixed=True)
        if term.needs.size > LARGEST:
            raise BadRule(f"规则展开后超过 {LARGEST} 项")
        return term

    def once(self, raw: dict[str, Any], depth: int) -> Term:
        """An expression at the top: compiled once and evaluated once for each asker where several flags have it."""
        name = spelt(raw)
        if name is None or name not in self.repeated:
            return self.applied(raw, top=True, depth=depth)
        kept = self._repeated.get(name)
        if kept is None or depth + kept.needs.height - 1 > DEEPEST:
            kept = self.applied(raw, top=True, depth=depth)
            if not kept.needs.keyed and not kept.needs.flagd:
                kept = self._repeated[name] = replace(kept, run=remembered(kept.run, name))
        return kept

    def applied(self, raw: dict[str, Any], *, top: bool, depth: int) -> Term:
        """An operator over its operands."""
        ((op, written),) = raw.items()
        operands = written if isinstance(written, list) else [written]
        if op in control.ITERATORS:
            return self.iterator(op, raw, operands, top=top, depth=depth)
        parts = [self.term(operand, top=top, depth=depth + 1) for operand in operands]
        if op in control.CHOICES:
            return Term(control.CHOICES[op](parts), raw, op=op, needs=PLAIN.over(parts))
        attribute = shapes.attribute(op, parts) if top else None
        needs = self.needs(op, parts, top).over(parts)
        run = self.operation(op, parts, top=top)
        return Term(run, raw, op=op, attribute=attribute, seeded=shapes.seeded(op, parts), needs=needs)

    def listed(self, raw: list[Any], *, top: bool, depth: int) -> Term:
        """A list of expressions. A plain one is long at times (an allow-list), so its elements are no terms."""
        if is_flat(raw):
            return Term(lambda _: list(raw), raw, fixed=True, needs=Needs(size=1 + len(raw), height=2))
        parts = [self.term(part, top=top, depth=depth + 1) for part in raw]
        runs = [part.run for part in parts]
        return Term(
            lambda data: [run(data) for run in runs],
            raw,
            fixed=all(part.fixed for part in parts),
            needs=PLAIN.over(parts),
        )

    def iterator(self, op: str, raw: Any, operands: list[Any], *, top: bool, depth: int) -> Term:
        """An operator that runs its second operand on each item of its first."""
        build, least, without = control.ITERATORS[op]
        start = operands[2] if len(operands) > 2 else None  # noqa: PLR2004
        if len(operands) < least:
            return Term(without, raw, op=op)
        items = self.term(operands[0], top=top, depth=depth + 1)
        test = self.term(operands[1] if len(operands) > 1 else None, top=False, depth=depth + 1)
        return Term(build(items.run, test.run, start), raw, op=op, needs=PLAIN.over((items, test)))

    def operation(self, op: str, parts: Sequence[Term], *, top: bool) -> Run:
        """An operator whose operands are all evaluated."""
        run: Run | None = None
        if op == "var" and top and len(parts) == 1 and parts[0].raw == shapes.FLAG_KEY:
            key = self.key
            run = lambda _: key  # noqa: E731
        elif op == "fractional":
            run = shapes.shares(parts, self.key) if top or not _short(parts) else None
        elif op in shapes.SHAPES:
            run = shapes.SHAPES[op](parts, top)
        return run or over(OPERATORS.get(op) or unknown(op), [part.run for part in parts])

    def shared(self, name: str, raw: Any, *, top: bool, depth: int) -> Term:
        """The rule that a reference names, compiled once: for all flags unless it reads the flag's own key."""
        if name not in self.evaluators:
            return Term(over(unknown(REFERENCE), []), raw, op=REFERENCE)
        if name in self._open:
            raise BadRule("共用规则循环引用：" + " → ".join([*self._open[self._open.index(name) :], name]))
        kept = self._own.get((name, top)) or self._shared.get((name, top))
        if kept is None:
            self._open.append(name)
            kept = self.term(self.evaluators[name], top=top, depth=depth)
            self._open.pop()
            if self.keeps:
                (self._own if kept.needs.keyed else self._shared)[name, top] = kept
        if depth + kept.needs.height - 1 > DEEPEST:
            raise BadRule(f"规则嵌套超过 {DEEPEST} 层")
        return kept

    def needs(self, op: str, parts: Sequence[Term], top: bool) -> Needs:
        """What an operator itself reads of the data."""
        if not top:
            return PLAIN
        if op == "var":
            return _path_needs([parts[0].raw if parts else None], all(part.fixed for part in parts[:1]))
        if op == "missing":
            return _path_needs(_paths([part.raw for part in parts]), all(part.fixed for part in parts))
        if op == "missing_some":
            return _path_needs(_paths([part.raw for part in parts[1:2]]), all(part.fixed for part in parts))
        if op == "fractional" and (_short(parts) or (parts and parts[0].op not in TEXTS)):
            asks = shapes.shares(parts, self.key) is None  # whether the pair is only found out when it runs
            return Needs(frozenset({"targetingKey"}) if _short(parts) else NOTHING, keyed=not asks, flagd=asks)
        return PLAIN


def is_reference(raw: Any) -> bool:
    """Whether an expression is nothing but the name of a shared evaluator."""
    return isinstance(raw, dict) and len(raw) == 1 and isinstance(raw.get(REFERENCE), str)


def _short(parts: Sequence[Term]) -> bool:
    return bool(parts) and isinstance(parts[0].raw, list)


def _paths(operands: list[Any]) -> list[Any]:
    return operands[0] if operands and isinstance(operands[0], list) else operands


def _path_needs(paths: Sequence[Any], fixed: bool) -> Needs:
    """What looking up these paths reads; a path that is computed may lead anywhere."""
    if not fixed or any(not isinstance(path, str) or not path for path in paths):
        return Needs(flagd=True)
    names = {path.split(".")[0] for path in paths}
    return Needs(frozenset(names - {shapes.FLAGD}), keyed=shapes.FLAG_KEY in paths, flagd=shapes.FLAGD in names)


def unknown(op: str) -> Operator:
    """An operator that nobody knows: an error if evaluation comes to it, and only then."""

    def run(_: Any, *_operands: Any) -> Any:
        raise Unreadable(op)

    return run


def over(function: Operator, runs: Sequence[Run]) -> Run:
    """The function over what the operands come to."""
    if len(runs) == 1:
        (only,) = runs
        return lambda data: function(data, only(data))
    if len(runs) == 2:  # noqa: PLR2004
        one, other = runs
        return lambda data: function(data, one(data), other(data))
    return lambda data: function(data, *[run(data) for run in runs])
