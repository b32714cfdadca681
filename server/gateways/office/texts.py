"""Texts made fit for paper, before any file is made of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from server.gateways.office.layout import Filled, Table

_BREAK = re.compile("\r\n?|[\v\f\x85\u2028\u2029]")
_NO_TEXT = re.compile(
    "[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)

NOTHING = "—"
"""What a cell says that has nothing to say: an empty one could be written in after the signature."""


def clear(text: object) -> str:
    """Text without what no paper should hold; line breaks of any kind become one kind, tabs stay.

    Control characters print as boxes, marks of direction turn what follows around (a signed figure would read otherwise
    than it is), soft hyphens and halves of characters are no text.
    """
    return _BREAK.sub("\n", _NO_TEXT.sub("", str(text)))


def cleared(filled: Filled) -> Filled:
    """The same paper with all its texts clear: every kind of file begins with this, so that all say the same."""
    return replace(
        filled,
        content=_deep(filled.content),
        number=clear(filled.number),
        code=clear(filled.code),
        title=clear(filled.title),
        head=tuple(map(clear, filled.head)),
        watermark=clear(filled.watermark),
        signed=tuple(
            replace(
                one, name=clear(one.name), organisation=clear(one.organisation), at=clear(one.at), how=clear(one.how)
            )
            for one in filled.signed
        ),
    )


def concerned(filled: Filled) -> Filled:
    """The same paper without the optional blocks that it has nothing for."""
    return replace(filled, form=filled.form.concerned(filled.content))


def closed(filled: Filled) -> Filled:
    """The same paper with a dash in the empty cells of its tables. Rows and columns that wait for a pen stay open."""
    content = dict(filled.content)
    for block in filled.form.blocks:
        if isinstance(block, Table) and content.get(block.key):
            content[block.key] = [_closed(row, block) for row in content[block.key]]
    return replace(filled, content=content)


def _closed(row: Mapping[str, str], table: Table) -> Mapping[str, str]:
    if not any(text.strip() for text in row.values()):
        return row
    empty = [column.key for column in table.columns if not column.by_hand and not row.get(column.key, "").strip()]
    return {**row, **dict.fromkeys(empty, NOTHING)}


def _deep(content: Any) -> Any:
    if isinstance(content, str):
        return clear(content)
    if isinstance(content, Mapping):
        return {key: _deep(each) for key, each in content.items()}
    return [_deep(each) for each in content] if isinstance(content, Sequence) else content
