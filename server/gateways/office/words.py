"""The words that stand for values in a Word template: made of the form's own labels, so that a clerk can read them.

A field is ``{{ 合同编号 }}``; a table ``{%tr for 行 in 主机巡检 %} … {{ 行.主机 }} … {%tr endfor %}``; where a side signs
``{{ 乙方签字盖章 }}``. A word is used once in a form: a label that comes again carries its block's label before it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from server.gateways.office.layout import Chart, Fields, Form, Prose, SignBlock, Table

TITLE, NUMBER, VERSION, CODE, HEAD, NOTE, QR = "标题", "编号", "版本", "校验码", "抬头", "附注", "核验二维码"
FIXED = (TITLE, NUMBER, VERSION, CODE, HEAD, NOTE, QR)
ROW = "行"
SERIAL = "序号"
DRAWING = "手写签名"


@dataclass(frozen=True, slots=True)
class Words:
    """A form's words. ``fields`` by block and field; ``tables`` and ``columns`` by block; ``signs`` in the form's order."""

    fields: Mapping[tuple[str, str], str]
    prose: Mapping[str, str]
    charts: Mapping[str, str]
    tables: Mapping[str, str]
    columns: Mapping[str, Mapping[str, str]]
    signs: tuple[tuple[SignBlock, str], ...]

    def plain(self) -> set[str]:
        """The words that stand alone in double braces."""
        signs = {word for _, word in self.signs}
        drawings = {drawing_of(word) for word in signs}
        return {*FIXED, *self.fields.values(), *self.prose.values(), *self.charts.values(), *signs, *drawings}

    def rows(self) -> dict[str, set[str]]:
        """Each table's word with the words of its columns."""
        return {word: {SERIAL, *self.columns[key].values()} for key, word in self.tables.items()}


@lru_cache(maxsize=256)
def words_of(form: Form) -> Words:
    """The words of a form; the same form has always the same."""
    taken = {*FIXED, ROW}
    fields: dict[tuple[str, str], str] = {}
    named: dict[type, dict[str, str]] = {Prose: {}, Chart: {}, Table: {}}
    columns: dict[str, dict[str, str]] = {}
    for block in form.blocks:
        if isinstance(block, Fields):
            for field in block.fields:
                fields[block.key, field.key] = _new(field.label, taken, block.label)
            continue
        named[type(block)][block.key] = _new(block.label or _kind(block), taken, "")
        if isinstance(block, Table):
            used = {SERIAL}
            columns[block.key] = {column.key: _new(column.label, used, "") for column in block.columns}
    signs = tuple((sign, _new(sign.label, taken, "")) for sign in form.signs)
    return Words(fields, named[Prose], named[Chart], named[Table], columns, signs)


def listed(form: Form) -> list[tuple[str, str]]:
    """Every placeholder of a form with what it stands for, in the form's order: for the clerk who edits its template."""
    told = words_of(form)
    found = [(_hole(word), word) for word in FIXED]
    for block in form.blocks:
        match block:
            case Fields():
                found += [(_hole(told.fields[block.key, field.key]), field.label) for field in block.fields]
            case Table():
                columns = {SERIAL: SERIAL} | {told.columns[block.key][each.key]: each.label for each in block.columns}
                table = told.tables[block.key]
                found.append(
                    (f"{{%tr for {ROW} in {table} %}} … {{%tr endfor %}}", f"表格“{block.label or table}”的各行")
                )
                found += [
                    (_hole(f"{ROW}.{word}"), f"{block.label or table}：{label}") for word, label in columns.items()
                ]
            case Prose():
                found.append((_hole(told.prose[block.key]), block.label or told.prose[block.key]))
            case Chart():
                found.append((_hole(told.charts[block.key]), f"图：{block.label}"))
    for sign, word in told.signs:
        found += [(_hole(word), f"{sign.label}的签署内容"), (_hole(drawing_of(word)), f"{sign.label}的手写签名图")]
    return found


def _hole(word: str) -> str:
    return f"{{{{ {word} }}}}"


def drawing_of(word: str) -> str:
    """The word for a drawn signature, beside that for the signature."""
    return f"{word}_{DRAWING}"


def _kind(block: Prose | Chart | Table) -> str:
    match block:
        case Prose():
            return "正文"
        case Chart():
            return "图表"
        case Table():
            return "明细"


def _new(label: str, taken: set[str], block: str) -> str:
    """A word for a label that nobody has yet."""
    stem = _identifier(label)
    choices = [stem]
    if block:
        choices.append(f"{_identifier(block)}_{stem}")
    choices += [f"{stem}_{number}" for number in range(2, len(taken) + 3)]
    word = next(choice for choice in choices if choice not in taken)
    taken.add(word)
    return word


def _identifier(label: str) -> str:
    """A label without what a placeholder cannot have: brackets, strokes, spaces."""
    word = re.sub(r"\W", "", label)
    return word if word.isidentifier() else f"项{word}"
