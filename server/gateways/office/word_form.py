"""The Word template that a form has by itself, for the bureau to use or to change: same blocks as the PDF, fonts of its own.

Fonts are named, not embedded: Windows and WPS in the bureau have 宋体, 黑体 and 仿宋.
"""

from __future__ import annotations

import io
from functools import lru_cache
from typing import Any

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_ALIGN_VERTICAL, WD_ROW_HEIGHT_RULE, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Length, Mm, Pt
from docx.table import Table as Grid
from docx.table import _Cell as Cell
from docx.table import _Row as Line
from docx.text.paragraph import Paragraph

from server.gateways.office import columns, words
from server.gateways.office.layout import Align, Chart, Field, Fields, Form, Prose, SignBlock, Table
from server.gateways.office.packages import steady
from server.gateways.office.words import Words

SONG, HEI = "宋体", "黑体"
SHADE = "F2F2F2"
LABEL = Mm(30)
SERIAL_WIDTH = Mm(11)
SIDE = Mm(22)
UPRIGHT = (Mm(210), Mm(297))
ROOM = 17
_ALIGN = {
    Align.LEFT: WD_ALIGN_PARAGRAPH.LEFT,
    Align.CENTRE: WD_ALIGN_PARAGRAPH.CENTER,
    Align.RIGHT: WD_ALIGN_PARAGRAPH.RIGHT,
}


@lru_cache(maxsize=256)
def default_template(form: Form) -> bytes:
    """A .docx with a placeholder for everything that the form has."""
    document = docx.Document()
    told = words.words_of(form)
    width = _page(document, form)
    _styles(document)
    _heading(document)
    for block in form.blocks:
        match block:
            case Fields():
                _label(document, block.label)
                _fields(document, block, told, width)
            case Table():
                _label(document, block.label)
                _table(document, block, told, width)
            case Prose():
                _label(document, block.label)
                _prose(document, told.prose[block.key])
            case Chart():
                _label(document, block.label + (f"（单位：{block.unit}）" if block.unit else ""))
                _line(document, _hole(told.charts[block.key]), align=WD_ALIGN_PARAGRAPH.CENTER)
    if form.note:
        note = _line(document, f"注：{_hole(words.NOTE)}", size=9.5, before=6)
        note.paragraph_format.keep_with_next = True
    _signs(document, told.signs, width)
    _line(document, "", size=4)  # Word wants something after a table
    _footer(document)
    document.core_properties.author = ""
    document.core_properties.comments = ""
    document.core_properties.title = _hole(words.TITLE)
    out = io.BytesIO()
    document.save(out)
    return steady(out.getvalue())


def _hole(word: str) -> str:
    return f"{{{{ {word} }}}}"


def _page(document: Document, form: Form) -> int:
    """A4 with the margins of the PDF; the width that is left."""
    section = document.sections[0]
    short, long = UPRIGHT
    section.orientation = WD_ORIENT.LANDSCAPE if form.landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (long, short) if form.landscape else (short, long)
    section.left_margin = section.right_margin = SIDE
    section.top_margin, section.bottom_margin = Mm(24), Mm(24)
    return int((long if form.landscape else short) - 2 * SIDE)


def _styles(document: Document) -> None:
    style: Any = document.styles["Normal"]
    style.font.size = Pt(10.5)
    style.font.name = "Times New Roman"
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), SONG)
    style.paragraph_format.space_after = Pt(0)


def _heading(document: Document) -> None:
    _line(document, f"编号：{_hole(words.NUMBER)}", align=WD_ALIGN_PARAGRAPH.RIGHT)
    _line(document, _hole(words.TITLE), size=22, bold=True, align=WD_ALIGN_PARAGRAPH.CENTER, before=6, after=4)
    _line(document, _hole(words.HEAD), align=WD_ALIGN_PARAGRAPH.CENTER, after=6)


def _label(document: Document, text: str) -> None:
    """A block's heading; without one a narrow line keeps two tables apart."""
    if text:
        _line(document, text, size=11.5, bold=True, font=HEI, before=8, after=4).paragraph_format.keep_with_next = True
    else:
        _line(document, "", size=4)


def _fields(document: Document, block: Fields, told: Words, width: int) -> None:
    value = (width - 2 * LABEL) // 2
    grid = _grid(document, [LABEL, value, LABEL, value])
    for line in block.in_lines():
        row = _row(grid)
        if len(line) == 1:
            row.cells[1].merge(row.cells[3])
        for at, field in enumerate(line):
            _field(row, 2 * at, field, told.fields[block.key, field.key])


def _field(row: Line, at: int, field: Field, word: str) -> None:
    _write(row.cells[at], field.label, font=HEI, size=10, align=WD_ALIGN_PARAGRAPH.CENTER)
    _shade(row.cells[at])
    _write(row.cells[at + 1], _hole(word))
    if field.lines > 1:
        row.height, row.height_rule = Pt(ROOM * field.lines), WD_ROW_HEIGHT_RULE.AT_LEAST


def _table(document: Document, block: Table, told: Words, width: int) -> None:
    numbered = [SERIAL_WIDTH] if block.numbered else []
    widths = columns.widths(block.columns, (), Length(width - sum(numbered)).pt)
    grid = _grid(document, [*numbered, *map(Pt, widths)])
    heads = [*([words.SERIAL] if block.numbered else []), *(column.label for column in block.columns)]
    row = _row(grid)
    for cell, text in zip(row.cells, heads, strict=True):
        _write(cell, text, font=HEI, size=10, align=WD_ALIGN_PARAGRAPH.CENTER)
        _shade(cell)
    _mark(row, "w:tblHeader")
    _write(_row(grid).cells[0], f"{{%tr for {words.ROW} in {told.tables[block.key]} %}}", size=8)
    row = _row(grid)
    _mark(row, "w:cantSplit")
    cells = list(row.cells)
    if block.numbered:
        _write(cells.pop(0), _hole(f"{words.ROW}.{words.SERIAL}"), size=10, align=WD_ALIGN_PARAGRAPH.CENTER)
    for cell, column in zip(cells, block.columns, strict=True):
        word = told.columns[block.key][column.key]
        _write(cell, _hole(f"{words.ROW}.{word}"), size=10, align=_ALIGN[column.align])
    _write(_row(grid).cells[0], "{%tr endfor %}", size=8)


def _prose(document: Document, word: str) -> None:
    paragraph = _line(document, _hole(word), size=12)
    paragraph.paragraph_format.first_line_indent = Pt(24)
    paragraph.paragraph_format.line_spacing = 1.5


def _signs(document: Document, signs: tuple[tuple[SignBlock, str], ...], width: int) -> None:
    if not signs:
        return
    _line(document, "", size=8).paragraph_format.keep_with_next = True
    across = len(signs) if len(signs) <= 3 else 2  # noqa: PLR2004 - four and more stand two by two
    grid = _grid(document, [width // across] * across)
    row = None
    for at, (sign, word) in enumerate(signs):
        if row is None or at % across == 0:
            row = _row(grid)
            _mark(row, "w:cantSplit")
            row.height, row.height_rule = Mm(45), WD_ROW_HEIGHT_RULE.AT_LEAST
        cell = row.cells[at % across]
        _write(cell, sign.label, bold=True, font=HEI)
        for text in (_hole(words.drawing_of(word)), _hole(word)):
            _say(cell.add_paragraph(), text)


def _footer(document: Document) -> None:
    section = document.sections[0]
    first = section.footer.paragraphs[0]
    _say(first, f"校验码：{_hole(words.CODE)}　第 {_hole(words.VERSION)} 版　　第 ", size=9)
    _count(first, "PAGE")
    _say(first, " 页 共 ", size=9)
    _count(first, "NUMPAGES")
    _say(first, " 页", size=9)
    first.alignment = WD_ALIGN_PARAGRAPH.CENTER


def _count(paragraph: Paragraph, instruction: str) -> None:
    """A field that Word fills: a page number."""
    element = OxmlElement("w:fldSimple")
    element.set(qn("w:instr"), instruction)
    run = paragraph.add_run("1")
    run.font.size = Pt(9)
    element.append(run._element)
    paragraph._element.append(element)


def _grid(document: Document, widths: list[int]) -> Grid:
    grid: Grid = document.add_table(rows=0, cols=len(widths))
    grid.style = "Table Grid"
    grid.alignment = WD_TABLE_ALIGNMENT.CENTER
    grid.autofit = False
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = width
    return grid


def _row(grid: Grid) -> Line:
    row: Line = grid.add_row()  # type: ignore[no-untyped-call]
    for cell, column in zip(row.cells, grid.columns, strict=True):
        cell.width = column.width or Pt(0)
        cell.vertical_alignment = WD_ALIGN_VERTICAL.CENTER
    return row


def _mark(row: Line, name: str) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement(name))


def _shade(cell: Cell) -> None:
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", SHADE)):
        shade.set(qn(f"w:{name}"), value)
    properties: Any = cell._tc.get_or_add_tcPr()
    # Word wants the parts of a cell in their order, and shading comes before the vertical place
    after = properties.find(qn("w:vAlign"))
    if after is None:
        properties.append(shade)
    else:
        after.addprevious(shade)


def _write(cell: Cell, text: str, *, align: WD_ALIGN_PARAGRAPH = WD_ALIGN_PARAGRAPH.LEFT, **look: Any) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.alignment = align
    _say(paragraph, text, **look)


def _line(
    document: Document,
    text: str,
    *,
    align: WD_ALIGN_PARAGRAPH = WD_ALIGN_PARAGRAPH.LEFT,
    before: float = 0,
    after: float = 0,
    **look: Any,
) -> Paragraph:
    paragraph = document.add_paragraph()
    paragraph.alignment = align
    paragraph.paragraph_format.space_before, paragraph.paragraph_format.space_after = Pt(before), Pt(after)
    _say(paragraph, text, **look)
    return paragraph


def _say(paragraph: Paragraph, text: str, *, size: float = 10.5, bold: bool = False, font: str = SONG) -> None:
    run = paragraph.add_run(text)
    run.font.size, run.font.bold = Pt(size), bold or None
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
