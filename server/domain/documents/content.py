"""A document's content: checked against its form, made canonical, and frozen under a hash."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from typing import Any

from server.gateways.office.layout import Block, Chart, Fields, Form, Prose, Table


def checked(form: Form, content: Mapping[str, Any]) -> dict[str, Any]:
    """The content in the shape that the form asks for, every text clean; ValueError for what no block takes.

    A field that is left out is an empty one: papers have blanks. A block or field that the form does not have is a
    programmer's error, because it would be lost in silence. An optional block that is left out stays out.
    """
    known = {block.key: block for block in form.blocks}
    if strange := set(content) - set(known):
        raise ValueError(f"content without a block: {', '.join(sorted(strange))}")
    standing = {key: block for key, block in known.items() if key in content or not block.optional}
    return {key: _block(block, content.get(key)) for key, block in standing.items()}


def sha256_of(content: Mapping[str, Any]) -> str:
    """The hash of the canonical JSON: sorted keys, no spaces, UTF-8."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def clean(text: object) -> str:
    """Text without what no paper can show: control characters go, line breaks are one kind, NFC."""
    told = unicodedata.normalize("NFC", str(text)).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in told if sign == "\n" or unicodedata.category(sign) not in ("Cc", "Cs")).strip()


def _block(block: Block, given: Any) -> Any:
    match block:
        case Fields():
            return _texts({one.key for one in block.fields}, given or {}, block.key)
        case Table():
            names = {column.key for column in block.columns}
            return [_texts(names, row, block.key) for row in given or []]
        case Prose():
            return clean(given or "")
        case Chart():
            return _chart(given or {})


def _texts(names: set[str], given: Mapping[str, Any], where: str) -> dict[str, str]:
    if strange := set(given) - names:
        raise ValueError(f"{where} has no {', '.join(sorted(strange))}")
    return {name: clean(given.get(name, "") if given.get(name) is not None else "") for name in sorted(names)}


def _chart(given: Mapping[str, Any]) -> dict[str, Any]:
    labels = [clean(label) for label in given.get("labels", [])]
    series = [
        {"name": clean(each["name"]), "values": [None if value is None else float(value) for value in each["values"]]}
        for each in given.get("series", [])
    ]
    if any(len(each["values"]) != len(labels) for each in series):
        raise ValueError("a chart's series and labels differ in length")
    return {"labels": labels, "series": series}
