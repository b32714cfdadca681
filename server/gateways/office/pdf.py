"""The PDF of a paper: what is signed and filed. Set by typst with fonts embedded; the same paper gives the same bytes.

All texts travel as JSON beside the page description and never become markup.
"""

from __future__ import annotations

import io
import json
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from importlib import resources
from typing import Any

import segno
import typst

from server.gateways.office import axes, columns, fonts
from server.gateways.office.layout import Block, Chart, Fields, Filled, Prose, Signed, Table
from server.gateways.office.leaves import page_count
from server.gateways.office.texts import cleared, closed, concerned

LONG_ROW = 400
"""Characters in a row after which it may be broken over two pages."""
SMALL = 4
"""Lines of a grid that stays on one page."""
LINE_SIGNS = 84
"""Narrow characters that fit a full line of an upright page; twice as much would be a landscape one."""
UPRIGHT, LANDSCAPE, SERIAL = 470.5, 717.1, 31.2
"""Points between the margins, and of the column 序号."""
TOP, CLOSE_TOP = 24, 20
"""The margin above, in millimetres."""
FULL_TITLE, LONG_TITLE, LONG_TITLE_SIGNS = 22, 18, 20
"""Points of a title, and of one with more characters than that."""
ZERO_SPACE = "\u200b"
_PARTS_OF_NUMBER = re.compile("[^-]*-|[^-]+")
_PARTS = ("paper.typ", "blocks.typ", "signs.typ", "chart.typ")
_local = threading.local()


def pdf(filled: Filled) -> bytes:
    """Set a paper. FontsMissing when the machine has no Chinese font, GlyphsMissing for characters that none has."""
    serif, sans = fonts.families()
    filled = concerned(closed(cleared(filled)))
    fonts.check("".join(_texts(filled)))
    files = {name: part(name) for name in _PARTS}
    data = _data(filled) | {"serif": serif, "sans": sans}
    if filled.verify_url:
        files["qr.svg"] = _qr(filled.verify_url)
    whole = compiled(files, data, main="paper.typ", format="pdf")
    pages = page_count(whole)
    if pages > 1:
        # closer, if that spares the reader a page with a line or two, or with nothing but signatures
        closer = compiled(files, data | {"close": True, "top": CLOSE_TOP}, main="paper.typ", format="pdf")
        whole = closer if page_count(closer) < pages else whole
    return whole


def chart_png(block: Chart, content: Mapping[str, Any]) -> bytes:
    """One chart as a picture, for files that cannot draw it themselves."""
    serif, sans = fonts.families()
    files = {name: part(name) for name in (*_PARTS, "picture.typ")}
    data = {"chart": _chart(block, content), "serif": serif, "sans": sans}
    return compiled(files, data, main="picture.typ", format="png", ppi=220)


def compiled(files: Mapping[str, bytes], data: Mapping[str, Any], *, main: str, **options: Any) -> bytes:
    """A page description with its parts and its data, set. Any text in ``data`` stays a text."""
    given = {name: raw for name, raw in files.items() if name != main}
    given |= {"main.typ": files[main], "data.json": json.dumps(data, ensure_ascii=False, sort_keys=True).encode()}
    made = _compiler().compile(input=given, **options)
    # pictures of several pages would come as a list
    return made if isinstance(made, bytes) else b"".join(made or [])


def _compiler() -> typst.Compiler:
    """One for each thread: it has read the fonts, and it must not be used by two at a time."""
    found: typst.Compiler | None = getattr(_local, "compiler", None)
    if found is None:
        found = _local.compiler = typst.Compiler()
    return found


def part(name: str) -> bytes:
    """A page description that comes with us, by its file's name."""
    return resources.files(__package__).joinpath("typeset", name).read_bytes()


def _data(filled: Filled) -> dict[str, Any]:
    form = filled.form
    room = LINE_SIGNS * 3 // 2 if form.landscape else LINE_SIGNS
    return {
        "title": filled.title or form.title,
        **_heading(filled.title or form.title, LANDSCAPE if form.landscape else UPRIGHT),
        "top": TOP,
        "close": False,
        "number": filled.number,
        "head": [breakable(line, room) for line in filled.head],
        "foot": _foot(filled),
        "qr": bool(filled.verify_url),
        "watermark": filled.watermark,
        "landscape": form.landscape,
        "note": breakable(form.note, room),
        "blocks": [
            _block(block, filled.content.get(block.key), room) | {"last": block is form.blocks[-1]}
            for block in form.blocks
        ],
        "signs": [
            {
                "label": sign.label,
                "seal": sign.seal,
                "signed": [_signed(one) for one in filled.signed if one.side == sign.side],
            }
            for sign in form.signs
        ],
    }


def _heading(title: str, across: float) -> dict[str, Any]:
    """The title as it is set: one that needs two lines is parted before the bracket with its number or period."""
    size = LONG_TITLE if len(title) > LONG_TITLE_SIGNS else FULL_TITLE
    name, bracket, rest = title.partition("（")
    if columns.breadth(title) * size > across and name:
        title = f"{name}\n{bracket}{rest}"
    return {"heading": title, "size": size}


def _foot(filled: Filled) -> list[str]:
    lines = []
    if filled.number:
        lines.append(f"文书编号：{filled.number}　第 {filled.version} 版")
    if filled.code:
        lines.append(f"校验码：{filled.code}")
    if filled.verify_url:
        lines.append("扫描右侧二维码可核验本文书")
    return lines


def _signed(one: Signed) -> dict[str, Any]:
    return {
        "name": one.name,
        "organisation": breakable(one.organisation, 20),
        "at": one.at,
        "how": one.how,
        # virtual files of typst are texts, so a picture travels as figures
        "drawing": list(one.drawing or b""),
    }


def _block(block: Block, content: Any, room: int) -> dict[str, Any]:
    match block:
        case Fields():
            lines = _lines(block, content or {}, room)
            # boxes that belong together, as those of an approval, are not torn
            small = len(lines) <= SMALL and sum(len(field["text"]) for line in lines for field in line) <= LONG_ROW
            return {"kind": "fields", "label": block.label, "lines": lines, "small": small}
        case Table():
            return _table(block, content or (), room)
        case Prose():
            paragraphs = [breakable(line.strip(), room * 3 // 4) for line in str(content or "").split("\n")]
            return {
                "kind": "prose",
                "label": block.label,
                "paragraphs": [line for line in paragraphs if line] or ["无"],
            }
        case Chart():
            return {"kind": "chart"} | _chart(block, content or {})


def _lines(block: Fields, content: Mapping[str, str], room: int) -> list[list[dict[str, Any]]]:
    return [
        [
            {
                "label": field.label,
                "text": breakable(content.get(field.key, ""), room * 3 // 4 if len(line) == 1 else room // 4),
                "lines": field.lines,
            }
            for field in line
        ]
        for line in block.in_lines()
    ]


def _table(block: Table, content: Sequence[Mapping[str, str]], room: int) -> dict[str, Any]:
    across = (LANDSCAPE if room > LINE_SIGNS else UPRIGHT) - (SERIAL if block.numbered else 0)
    told = columns.widths(block.columns, content, across)
    heads: list[dict[str, Any]] = [
        {"label": column.label, "width": width, "align": column.align.value}
        for column, width in zip(block.columns, told, strict=True)
    ]
    fits = [columns.fits(width) for width in told]
    rows = [
        [breakable(row.get(column.key, ""), fit) for column, fit in zip(block.columns, fits, strict=True)]
        for row in content
    ]
    if block.numbered:
        heads.insert(0, {"label": "序号", "width": SERIAL, "align": "centre"})
        rows = [[str(at), *row] for at, row in enumerate(rows, 1)]
    # rows that a hand will fill are drawn even when there is nothing to print
    rows += [[""] * len(heads)] * (block.least - len(rows))
    return {
        "kind": "table",
        "label": block.label,
        "columns": heads,
        "rows": [{"cells": row, "long": sum(map(len, row)) > LONG_ROW} for row in rows],
        "empty": block.empty,
    }


def _chart(block: Chart, content: Mapping[str, Any]) -> dict[str, Any]:
    return {"label": block.label, "unit": block.unit, "lines": block.lines} | axes.plotted(content)


def breakable(text: str, most: int) -> str:
    """The text with places to break in words longer than ``most`` narrow characters, so that none runs off the paper."""
    return columns.RUN.sub(lambda run: run[0] if len(run[0]) <= most else _parted(run[0], most), text)


def _parted(run: str, most: int) -> str:
    """Numbers are parted behind their hyphens, where an eye finds the other half; else anywhere."""
    parts = _PARTS_OF_NUMBER.findall(run)
    return ZERO_SPACE.join(parts if max(map(len, parts)) <= most else run)


@lru_cache(maxsize=64)
def qr_code(url: str) -> segno.QRCode:
    """The code that leads to the verify page; the files of one paper share it."""
    return segno.make_qr(url, error="m")


def _qr(url: str) -> bytes:
    out = io.BytesIO()
    qr_code(url).save(out, kind="svg", border=2, xmldecl=False)
    return out.getvalue()


def _texts(filled: Filled) -> Iterator[str]:
    """Every text that will be printed."""
    form = filled.form
    yield from (form.title, form.note, filled.title, filled.number, filled.code, filled.watermark, *filled.head)
    yield from (sign.label for sign in form.signs)
    for one in filled.signed:
        yield from (one.name, one.organisation, one.at, one.how)
    for block in form.blocks:
        yield block.label
        yield from _labels(block)
        yield from _told(filled.content.get(block.key))


def _labels(block: Block) -> Iterator[str]:
    match block:
        case Fields():
            yield from (field.label for field in block.fields)
        case Table():
            yield from (column.label for column in block.columns)
            yield block.empty
        case Chart():
            yield block.unit
        case Prose():
            pass


def _told(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, Mapping):
        for each in content.values():
            yield from _told(each)
    elif isinstance(content, Sequence):
        for each in content:
            yield from _told(each)
