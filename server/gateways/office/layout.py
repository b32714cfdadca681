"""A paper before it is set: its form (which blocks, which words), and what is filled in.

One form makes the Word file, the PDF and the workbook, so that the three never tell different things. All text is plain:
nothing in it is markup, however it looks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from typing import Any

from server.core.enums import Labelled


class Align(Labelled):
    """How a column's text stands."""

    LEFT = "left", "左"
    CENTRE = "centre", "中"
    RIGHT = "right", "右"


@dataclass(frozen=True, slots=True)
class Field:
    """One labelled value. ``wide``: a line of its own; ``lines``: room that a hand would need at least."""

    key: str
    label: str
    wide: bool = False
    lines: int = 1


@dataclass(frozen=True, slots=True)
class Fields:
    """A grid of labelled values, two in a line. Content: ``{key: {field: text}}``."""

    key: str
    fields: tuple[Field, ...]
    label: str = ""
    optional: bool = False

    def in_lines(self) -> list[list[Field]]:
        """The fields two in a line; a wide one, or one that is left over, has a line to itself."""
        lines: list[list[Field]] = []
        for field in self.fields:
            if field.wide or not lines or len(lines[-1]) != 1 or lines[-1][0].wide:
                lines.append([field])
            else:
                lines[-1].append(field)
        return lines


@dataclass(frozen=True, slots=True)
class Column:
    """One column; ``share`` is its part of the width; ``number``: a workbook keeps its texts as numbers where they are.

    ``by_hand``: what is not known yet is left for a pen, instead of a dash that says there is nothing.
    """

    key: str
    label: str
    share: int = 2
    align: Align = Align.LEFT
    number: bool = False
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a repeated heading. Content: ``{key: [{column: text}, …]}``; ``least`` rows are drawn, empty if need be.

    ``numbered`` puts 序号 before the columns; ``empty`` stands in the place of rows when there is none.
    """

    key: str
    columns: tuple[Column, ...]
    label: str = ""
    least: int = 0
    numbered: bool = True
    empty: str = "无"
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Prose:
    """Paragraphs. Content: ``{key: text}``, a line break begins a new one."""

    key: str
    label: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars or lines over labels. Content: ``{key: {"labels": [...], "series": [{"name": ..., "values": [...]}]}}``."""

    key: str
    label: str
    unit: str = ""
    lines: bool = False
    optional: bool = False


@dataclass(frozen=True, slots=True)
class SignBlock:
    """Where one side signs: ``side`` is vendor, bureau or another word of the kind; ``seal``: room for a seal."""

    side: str
    label: str
    seal: bool = True


Block = Fields | Table | Prose | Chart


@dataclass(frozen=True, slots=True)
class Form:
    """What a kind of paper looks like, whatever is filled in. ``title`` is the heading (运维服务记录单).

    An ``optional`` block is left out where the content has nothing under its key; any other is printed, be it empty.
    """

    title: str
    blocks: tuple[Block, ...]
    signs: tuple[SignBlock, ...] = ()
    landscape: bool = False
    note: str = ""

    def concerned(self, content: Mapping[str, Any]) -> Form:
        """The form without the optional blocks that a content does not have."""
        return replace(self, blocks=tuple(one for one in self.blocks if not one.optional or one.key in content))


@dataclass(frozen=True, slots=True)
class Signed:
    """What stands in a signature block: who, for which organisation, when (words), how (``普通电子签名`` or 手写签署)."""

    side: str
    name: str
    organisation: str
    at: str
    how: str
    drawing: bytes | None = None


@dataclass(frozen=True, slots=True)
class Filled:
    """A form with its content, ready to be set. ``number`` and ``code`` are printed on it, ``verify_url`` as a QR code.

    ``watermark`` lies behind the text of an export; ``head`` are lines under the title (contract, period).
    """

    form: Form
    content: Mapping[str, Any]
    number: str = ""
    version: int = 1
    code: str = ""
    verify_url: str = ""
    title: str = ""
    head: Sequence[str] = ()
    watermark: str = ""
    signed: Sequence[Signed] = attribute(default_factory=tuple)
