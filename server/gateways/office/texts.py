"""Texts made fit for paper, before any file is made of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from server.gateways.office.layout import Filled

_BREAK = re.compile("\r\n?|[\v\f\x85\u2028\u2029]")
_NO_TEXT = re.compile(
    "[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


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


def _deep(content: Any) -> Any:
    if isinstance(content, str):
        return clear(content)
    if isinstance(content, Mapping):
        return {key: _deep(each) for key, each in content.items()}
    return [_deep(each) for each in content] if isinstance(content, Sequence) else content
