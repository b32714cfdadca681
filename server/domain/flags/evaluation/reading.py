"""From a flagd document to a compiled flag set."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from server.core.errors import Invalid
from server.domain.flags.evaluation.compiler import BadRule, Compiler
from server.domain.flags.evaluation.flagset import CompiledFlag, FlagSet, Outcome
from server.domain.flags.evaluation.remembering import repeated
from server.domain.flags.evaluation.rendering import writable
from server.domain.flags.evaluation.resolutions import ErrorCode, Reason, Resolution, shown
from server.domain.flags.evaluation.terms import Run, Term, Unreadable

STATES = ("ENABLED", "DISABLED")


class BadDocument(Invalid):
    """A flagd document that cannot be served; ``fields`` has paths in it and what is wrong there."""

    code = "bad_flag_document"
    message = "功能开关文档有误。"


def compile_set(document: Mapping[str, Any]) -> FlagSet:
    """A flagd document (``flags``, ``$evaluators``, ``metadata``), read once so that evaluating it reads nothing.

    Takes what flagd's core takes. What its JSON schema says beyond that is for ``check``. The set keeps parts of the
    document, which is not to be changed afterwards.
    """
    faults: dict[str, list[str]] = {}
    flags, metadata, evaluators = document.get("flags", {}), document.get("metadata", {}), document.get("$evaluators")
    for name, part in (("flags", flags), ("metadata", metadata), ("$evaluators", evaluators or {})):
        if not isinstance(part, Mapping):
            faults[name] = ["应为对象"]
    if faults:
        raise BadDocument(fields=faults)
    _check_metadata("metadata", metadata, faults)
    rules = [each.get("targeting") for each in flags.values() if isinstance(each, Mapping)]
    compiler = Compiler(evaluators or {}, repeated(rules))
    compiled = {}
    for key, definition in flags.items():
        flag = _flag(compiler, key, definition, metadata, faults)
        if flag is not None:
            compiled[key] = flag
    if faults:
        raise BadDocument(fields=faults)
    return FlagSet(compiled, metadata, evaluators or {})


def _flag(
    compiler: Compiler, key: str, definition: Any, common: Mapping[str, Any], faults: dict[str, list[str]]
) -> CompiledFlag | None:
    path = f"flags.{key}"
    before = len(faults)
    if not isinstance(definition, Mapping):
        faults[path] = ["应为对象"]
        return None
    if definition.get("state") not in STATES:
        faults[f"{path}.state"] = ["应为 ENABLED 或 DISABLED"]
    variants, default = definition.get("variants"), definition.get("defaultVariant")
    if not isinstance(variants, Mapping) or not variants or not all(isinstance(name, str) for name in variants):
        faults[f"{path}.variants"] = ["至少要有一个变体"]
    elif not writable([key, variants, definition.get("metadata")]):
        faults[f"{path}.variants"] = ["值无法写成 JSON：数必须有限，整数不超过 64 位"]
    if default and not isinstance(default, (str, bool)):
        faults[f"{path}.defaultVariant"] = ["应为变体的名称"]
    _check_metadata(f"{path}.metadata", definition.get("metadata") or {}, faults)
    if len(faults) > before:
        return None
    try:
        return _compiled(compiler, key, definition, common)
    except BadRule as bad:
        faults[f"{path}.targeting"] = [str(bad)]
    return None


def _compiled(compiler: Compiler, key: str, definition: Mapping[str, Any], common: Mapping[str, Any]) -> CompiledFlag:
    metadata = MappingProxyType({**common, **(definition.get("metadata") or {})})
    kind = kind_of(definition["variants"].values())
    values = {name: float(value) if kind == "float" else value for name, value in definition["variants"].items()}
    term = _term(compiler, key, definition.get("targeting"))
    matches = {
        name: Outcome.of(Resolution(key, value, name, Reason.TARGETING_MATCH, metadata=metadata))
        for name, value in values.items()
        if name and value is not None
    }
    return CompiledFlag(
        key=key,
        definition=definition,
        kind=kind,
        run=term.run if term and definition["state"] == "ENABLED" else None,
        default=_default(key, definition, values, metadata, ruled=term is not None),
        matches=matches,
        asks=bool(term and term.needs.flagd),
        attributes=term.needs.attributes if term else frozenset(),
    )


def _term(compiler: Compiler, key: str, targeting: Any) -> Term | None:
    """The rule of a flag; None for an empty one, and one that fails for what is no rule at all."""
    meant = compiler.behind(targeting)
    if not meant:
        return None
    return compiler.rule(key, targeting) if isinstance(meant, dict) else Term(_no_rule(meant), meant)


def _no_rule(targeting: Any) -> Run:
    def run(_: Any) -> Any:
        raise Unreadable(type(targeting).__name__)

    return run


def _default(
    key: str, definition: Mapping[str, Any], values: Mapping[str, Any], metadata: Mapping[str, Any], *, ruled: bool
) -> Outcome:
    """What the flag comes to where no rule names a variant."""
    default = definition.get("defaultVariant")
    name = str(default).lower() if isinstance(default, bool) else default or None
    if definition["state"] != "ENABLED":
        return Outcome.of(Resolution(key, None, name, Reason.DISABLED, metadata=metadata, enabled=False))
    if name is None:
        return Outcome.of(Resolution(key, None, None, Reason.DEFAULT, metadata=metadata))
    if values.get(name) is None:
        details = f"默认变体 {shown(name)} 不存在"
        return Outcome.of(Resolution(key, error_code=ErrorCode.GENERAL, error_details=details, metadata=metadata))
    reason = Reason.DEFAULT if ruled else Reason.STATIC
    return Outcome.of(Resolution(key, values[name], name, reason, metadata=metadata))


def kind_of(values: Any) -> str:
    """The type of a flag is that of its variants: one float among numbers makes all of them floats."""
    kinds = {_kind(value) for value in values}
    if kinds == {"integer", "float"}:
        return "float"
    return kinds.pop() if len(kinds) == 1 else "mixed"


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "float"
    return "string" if isinstance(value, str) else "object"


def _check_metadata(path: str, metadata: Any, faults: dict[str, list[str]]) -> None:
    if not isinstance(metadata, Mapping):
        faults[path] = ["应为对象"]
        return
    for name, value in metadata.items():
        if not isinstance(name, str) or not name:
            faults[path] = ["名称不能为空"]
        elif not isinstance(value, (str, int, float)) or not writable(value):
            faults[f"{path}.{name}"] = ["应为文字、有限的数或真假值"]
