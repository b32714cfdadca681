"""The workbook of a paper: the same content to count with. No cell is a formula; charts are Excel's own.

Texts are written as texts; a column that says so is written as numbers where its texts are numbers.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import xlsxwriter

from server.gateways.office.layout import Align, Block, Chart, Fields, Filled, Form, Prose, Table
from server.gateways.office.texts import cleared, closed, concerned

WIDTH = 12
"""Columns of the sheet's own grid: blocks of any number of columns stand on it."""
UNIT_WIDTH = 9.5
SIGNS_PER_LINE = 100
A4 = 9
LINE = 16
CHART_LINES = 16
LONGEST = 32_767
"""What a cell can hold."""
PLAIN_NUMBER = re.compile(r"-?(?:[1-9]\d{0,2}(?:,\d{3}){1,4}|0|[1-9]\d{0,14})(?:\.\d{1,10})?")
PERCENT = re.compile(r"(-?\d{1,9}(?:\.\d+)?)\s?%")
_NO_SHEET = re.compile(r"[\[\]:*?/\\]")
_DASHES = ("solid", "dash", "round_dot", "dash_dot")
_MARKS = ("circle", "square", "triangle", "diamond")
_FILLS = ({"color": "#404040"}, {"color": "#BFBFBF"}, None, {"color": "#808080"}, {"color": "#FFFFFF"}, None)


def workbook(filled: Filled) -> bytes:
    """One sheet with all blocks, and one with the figures of its charts if it has any."""
    filled = concerned(closed(cleared(filled)))
    out = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    book = xlsxwriter.Workbook(out, options)
    title = filled.title or filled.form.title
    # the hour of making would make other bytes of the same content
    book.set_properties({"title": title, "author": "", "created": datetime(2000, 1, 1, tzinfo=UTC)})
    _Sheet(book, filled, title).write()
    book.close()
    return out.getvalue()


class _Sheet:
    """Writes downwards; ``at`` is the next free line."""

    def __init__(self, book: Any, filled: Filled, title: str) -> None:
        self.book, self.filled, self.title = book, filled, title
        self.sheet = book.add_worksheet(_NO_SHEET.sub(" ", title).strip("' ")[:31] or "文书")
        self.figures: Any = None
        self.figures_at = 0
        self.at = 0
        base = {"font_name": "宋体", "font_size": 10.5, "valign": "vcenter", "text_wrap": True}
        boxed = base | {"border": 1}
        self.title_look = book.add_format(base | {"font_size": 18, "bold": True, "align": "center"})
        self.centre = book.add_format(base | {"align": "center"})
        self.right = book.add_format(base | {"align": "right"})
        self.heading = book.add_format(base | {"bold": True, "font_name": "黑体", "font_size": 11.5})
        self.label = book.add_format(boxed | {"bg_color": "#F2F2F2", "align": "center", "font_name": "黑体"})
        self.value = book.add_format(boxed)
        self.quiet = book.add_format(base | {"font_color": "#666666"})
        self.looks = {align: book.add_format(boxed | {"align": _ALIGN[align]}) for align in Align}
        self.number = book.add_format(boxed | {"align": "right", "num_format": "#,##0.##########;-#,##0.##########"})
        self.whole = book.add_format(boxed | {"align": "right", "num_format": "#,##0"})
        self.percent = book.add_format(boxed | {"align": "right", "num_format": "0.##########%"})

    def write(self) -> None:
        """Everything, from the title down."""
        form = self.filled.form
        self._print_set_up(form)
        if self.filled.number:
            self._across(f"编号：{self.filled.number}", self.right)
        self._across(self.title, self.title_look, height=30)
        for line in self.filled.head:
            self._across(line, self.centre)
        only = len(form.blocks) == 1 and isinstance(form.blocks[0], Table)
        for block in form.blocks:
            self._block(block, self.filled.content.get(block.key))
        if not only:
            # with several blocks the heading that stays is that of the paper
            self.sheet.freeze_panes(2 if self.filled.number else 1, 0)
        if form.note:
            self._across(f"注：{form.note}", self.quiet)
        self._signs(form)

    def _print_set_up(self, form: Form) -> None:
        self.sheet.set_paper(A4)
        if form.landscape:
            self.sheet.set_landscape()
        self.sheet.fit_to_pages(1, 0)
        self.sheet.set_margins(left=0.6, right=0.6, top=0.7, bottom=0.8)
        code = f"校验码：{self.filled.code}" if self.filled.code else ""
        self.sheet.set_footer(f"&L{code}&C第 &P 页 共 &N 页&R第 {self.filled.version} 版")
        if self.filled.watermark:
            self.sheet.set_header("&C" + self.filled.watermark.replace("&", "&&")[:200])
        self.sheet.set_column(0, WIDTH - 1, UNIT_WIDTH)

    def _block(self, block: Block, content: Any) -> None:
        self.at += 1
        if block.label and not isinstance(block, Chart):
            self._across(block.label, self.heading, height=20)
        match block:
            case Fields():
                self._fields(block, content or {})
            case Table():
                self._table(block, content or ())
            case Prose():
                for line in str(content or "无").split("\n"):
                    if line.strip():
                        self._across(line.strip(), self.value)
            case Chart():
                self._chart(block, content or {})

    def _fields(self, block: Fields, content: Mapping[str, str]) -> None:
        for line in block.in_lines():
            each = WIDTH // len(line)
            tall = 1.0
            for at, field in enumerate(line):
                first = at * each
                text = content.get(field.key, "")
                self._merge(first, first + 1, field.label, self.label)
                self._merge(first + 2, first + each - 1, text, self.value)
                tall = max(tall, _lines(text, each - 2), field.lines)
            self.sheet.set_row(self.at, min(LINE * tall + 4, 400))
            self.at += 1

    def _table(self, block: Table, content: Sequence[Mapping[str, str]]) -> None:
        shares = [*([1] if block.numbered else []), *(column.share for column in block.columns)]
        spans = _spans(shares)
        heads = [*(["序号"] if block.numbered else []), *(column.label for column in block.columns)]
        self._cells(spans, [(head, self.label, False) for head in heads])
        if len(self.filled.form.blocks) == 1:
            self.sheet.freeze_panes(self.at, 0)
            self.sheet.repeat_rows(self.at - 1)
        columns = [(column, self.looks[column.align]) for column in block.columns]
        for number, row in enumerate(content, 1):
            cells = [(row.get(column.key, ""), look, column.number) for column, look in columns]
            first = [(str(number), self.centre_box, True)] if block.numbered else []
            self._cells(spans, [*first, *cells])
        for _ in range(block.least - len(content)):
            self._cells(spans, [("", self.value, False)] * len(spans))
        if not content and not block.least:
            self._merge(0, WIDTH - 1 if len(spans) <= WIDTH else len(spans) - 1, block.empty, self.centre_box)
            self.at += 1

    @property
    def centre_box(self) -> Any:
        return self.looks[Align.CENTRE]

    def _cells(self, spans: Sequence[int], cells: Sequence[tuple[str, Any, bool]]) -> None:
        first, tall = 0, 1.0
        for span, (text, look, number) in zip(spans, cells, strict=True):
            self._merge(first, first + span - 1, text, look, number=number)
            tall = max(tall, _lines(text, span))
            first += span
        self.sheet.set_row(self.at, min(LINE * tall + 4, 400))
        self.at += 1

    def _chart(self, block: Chart, content: Mapping[str, Any]) -> None:
        labels, series = content.get("labels") or [], content.get("series") or []
        if not labels or not series:
            self._across(f"{block.label}：无数据", self.heading)
            return
        name, top = self._figures(block, labels, series)
        chart = self.book.add_chart({"type": "line" if block.lines else "column"})
        last = top + len(labels)
        for at in range(len(series)):
            options: dict[str, Any] = {
                "name": [name, top, at + 1],
                "categories": [name, top + 1, 0, last, 0],
                "values": [name, top + 1, at + 1, last, at + 1],
            }
            chart.add_series(options | (_line_look(at) if block.lines else _bar_look(at)))
        chart.set_title({"name": block.label, "name_font": {"name": "黑体", "size": 11.5}})
        if block.unit:
            chart.set_y_axis({"name": block.unit})
        chart.set_legend({"position": "bottom"})
        chart.set_size({"width": 840, "height": CHART_LINES * 20})
        self.sheet.insert_chart(self.at, 0, chart)
        self.at += CHART_LINES

    def _figures(self, block: Chart, labels: Sequence[str], series: Sequence[Mapping[str, Any]]) -> tuple[str, int]:
        """The chart's figures on a sheet of their own; its name, and the line of their headings."""
        if self.figures is None:
            self.figures = self.book.add_worksheet("图表数据" if self.sheet.get_name() != "图表数据" else "图表数据 2")
            self.figures.set_column(0, 8, 14)
        sheet, top = self.figures, self.figures_at + 1
        sheet.write_string(top - 1, 0, block.label, self.heading)
        sheet.write_string(top, 0, "", self.label)
        for at, each in enumerate(series, 1):
            sheet.write_string(top, at, each["name"], self.label)
            for line, value in enumerate(each["values"], top + 1):
                if value is None:
                    sheet.write_blank(line, at, None, self.value)
                else:
                    sheet.write_number(line, at, value, self.number if value % 1 else self.whole)
        for line, label in enumerate(labels, top + 1):
            sheet.write_string(line, 0, label, self.value)
        self.figures_at = top + len(labels) + 2
        return sheet.get_name(), top

    def _signs(self, form: Form) -> None:
        if not form.signs:
            return
        self.at += 1
        for start in range(0, len(form.signs), 2):
            pair = form.signs[start : start + 2]
            each = WIDTH // len(pair)
            for at, sign in enumerate(pair):
                told = [
                    f"{one.name}　{one.organisation}\n{one.at}　{one.how}"
                    for one in self.filled.signed
                    if one.side == sign.side
                ]
                text = "\n".join([sign.label, *(told or ["", "签　字：", "", "　　　　年　　月　　日"])])
                self._merge(at * each, (at + 1) * each - 1, text, self.value)
            self.sheet.set_row(self.at, 6 * LINE)
            self.at += 1

    def _across(self, text: str, look: Any, *, height: float = 0) -> None:
        self._merge(0, WIDTH - 1, text, look)
        self.sheet.set_row(self.at, height or min(LINE * _lines(text, WIDTH) + 2, 400))
        self.at += 1

    def _merge(self, first: int, last: int, text: str, look: Any, *, number: bool = False) -> None:
        """A cell over some columns of the grid."""
        if last > first:
            self.sheet.merge_range(self.at, first, self.at, last, "", look)
        if number and (value := _number(text)) is not None:
            figure, percent = value
            look = self.percent if percent else self.whole if figure == int(figure) else self.number
            self.sheet.write_number(self.at, first, figure, look)
        else:
            self.sheet.write_string(self.at, first, text[:LONGEST], look)


_ALIGN = {Align.LEFT: "left", Align.CENTRE: "center", Align.RIGHT: "right"}


def _number(text: str) -> tuple[float, bool] | None:
    """A number, and whether it is a percentage; None for what is not plainly one."""
    if PLAIN_NUMBER.fullmatch(text):
        return float(text.replace(",", "")), False
    if found := PERCENT.fullmatch(text):
        return float(found[1]) / 100, True
    return None


def _spans(shares: Sequence[int]) -> list[int]:
    """How many columns of the grid each column takes: all of it if it fits, one each otherwise."""
    if len(shares) >= WIDTH:
        return [1] * len(shares)
    whole = sum(shares)
    spans = [max(1, WIDTH * share // whole) for share in shares]
    while sum(spans) > WIDTH:
        spans[spans.index(max(spans))] -= 1
    spans[shares.index(max(shares))] += WIDTH - sum(spans)
    return spans


def _lines(text: str, span: int) -> float:
    """How many lines a text takes in so many columns: Excel does not measure merged cells."""
    room = max(1, span * SIGNS_PER_LINE // WIDTH)
    wide = [sum(1 if sign < "\u1100" else 2 for sign in line) for line in text.split("\n")]
    return sum(max(1, -(-each // room)) for each in wide)


def _line_look(at: int) -> dict[str, Any]:
    return {
        "line": {"color": "#303030", "width": 1.5, "dash_type": _DASHES[at % 4]},
        "marker": {"type": _MARKS[at % 4], "size": 5, "border": {"color": "#303030"}, "fill": {"color": "#FFFFFF"}},
    }


def _bar_look(at: int) -> dict[str, Any]:
    fill = _FILLS[at % 6]
    border = {"border": {"color": "#303030"}}
    if fill is None:
        kind = "wide_upward_diagonal" if at % 6 == 2 else "dotted_grid"  # noqa: PLR2004 - its place among the fills
        return border | {"pattern": {"pattern": kind, "fg_color": "#303030", "bg_color": "#FFFFFF"}}
    return border | {"fill": fill}
