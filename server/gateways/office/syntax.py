"""What a Word template may say: its words, one loop over a table's rows, and ``if``. Nothing else of Jinja.

A template is the bureau's file, but it is a file: it must not reach anything but the values that it is given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jinja2 import StrictUndefined, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from server.gateways.office.words import Words

_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Getattr,
    nodes.For,
    nodes.If,
    nodes.Const,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
)
_LOOP = {"index", "first", "last", "length"}


class Sandbox(ImmutableSandboxedEnvironment):
    """Values are looked up in mappings and nowhere else: no attributes, no calls."""

    def __init__(self) -> None:
        super().__init__(autoescape=True, undefined=StrictUndefined)
        self.globals.clear()
        self.filters.clear()
        self.tests.clear()

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A row's column, or a loop's count."""
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        if type(obj).__name__ == "LoopContext" and attribute in _LOOP:
            return getattr(obj, attribute)
        return self.undefined(obj=obj, name=attribute)

    def call(self, *_: Any, **__: Any) -> Any:
        """Nothing can be called."""
        raise TypeError("templates call nothing")


def problems(tree: nodes.Template, words: Words) -> Iterator[str]:
    """Sentences on what a template says that it must not, or that the form does not have."""
    yield from _walk(tree, words, None, set())


def tables_in(tree: nodes.Template) -> set[str]:
    """The tables that a template goes through."""
    return {loop.iter.name for loop in tree.find_all(nodes.For) if isinstance(loop.iter, nodes.Name)}


def printed(tree: nodes.Template) -> set[str]:
    """The words that stand in double braces, outside any row."""
    return {
        node.name for output in tree.find_all(nodes.Output) for node in output.nodes if isinstance(node, nodes.Name)
    }


def columns_in(tree: nodes.Template) -> dict[str, set[str]]:
    """The columns that are printed of each table."""
    found: dict[str, set[str]] = {}
    for loop in tree.find_all(nodes.For):
        if isinstance(loop.iter, nodes.Name):
            names = {node.attr for node in loop.find_all(nodes.Getattr)}
            found.setdefault(loop.iter.name, set()).update(names)
    return found


def _walk(node: nodes.Node, words: Words, row: tuple[str, str] | None, seen: set[str]) -> Iterator[str]:
    """``row`` is the loop's own word and its table, inside a loop."""
    told: str | None = None
    match node:
        case nodes.For():
            yield from _loop(node, words, row, seen)
            return
        case nodes.Getattr():
            told = _column(node, words, row)
            if told and told not in seen:
                seen.add(told)
                yield told
            return
        case nodes.Name():
            known = words.plain() | set(words.tables.values())
            if node.name not in known and (row is None or node.name != row[0]):
                told = f"占位符“{node.name}”不存在，请对照字段清单修改。"
        case _ if not isinstance(node, _ALLOWED):
            told = f"模板使用了不支持的写法（{_called(node)}），只能使用占位符、表格行循环（for）和条件（if）。"
    if told and told not in seen:
        seen.add(told)
        yield told
    for child in node.iter_child_nodes():
        yield from _walk(child, words, row, seen)


def _loop(node: nodes.For, words: Words, row: tuple[str, str] | None, seen: set[str]) -> Iterator[str]:
    tables = words.rows()
    if row is not None:
        yield "表格行循环里不能再套循环。"
    elif node.recursive or node.test is not None or not isinstance(node.target, nodes.Name):
        yield "表格行循环只能写成“for 行 in 表名”。"
    elif not isinstance(node.iter, nodes.Name) or node.iter.name not in tables:
        name = node.iter.name if isinstance(node.iter, nodes.Name) else "？"
        yield f"循环中的表“{name}”不存在，可用的表：{'、'.join(tables) or '无'}。"
    else:
        inside = (node.target.name, node.iter.name)
        for child in [*node.body, *node.else_]:
            yield from _walk(child, words, inside, seen)


def _column(node: nodes.Getattr, words: Words, row: tuple[str, str] | None) -> str | None:
    owner = node.node.name if isinstance(node.node, nodes.Name) else ""
    if row is not None and owner == "loop" and node.attr in _LOOP:
        return None
    if row is None or owner != row[0]:
        return f"“{owner or '…'}.{node.attr}”写在了表格行循环之外，或循环变量名不一致。"
    if node.attr not in words.rows()[row[1]]:
        return f"表“{row[1]}”没有“{node.attr}”这一列。"
    return None


def _called(node: nodes.Node) -> str:
    names: dict[type[nodes.Node], str] = {
        nodes.Filter: "过滤器 |",
        nodes.Call: "函数调用",
        nodes.Include: "include",
        nodes.Import: "import",
        nodes.FromImport: "import",
        nodes.Extends: "extends",
        nodes.Macro: "macro",
        nodes.Assign: "set",
        nodes.Getitem: "方括号取值",
        nodes.Test: "is",
    }
    return next((name for kind, name in names.items() if isinstance(node, kind)), "运算或其他语句")
