"""Lists as CSV and XLSX, safe to open: no cell is ever a formula or a link (CWE-1236, ASVS 1.2.10).

Notes stand above the table: what was asked, when and by whom.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

import xlsxwriter

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\0")
BOM = "\ufeff"  # without it Excel takes UTF-8 for the local code page
CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WIDEST = 60

Row = Sequence[str]


def as_csv(headings: Row, rows: Iterable[Row], *, notes: Sequence[str] = ()) -> bytes:
    """A CSV file that Excel opens as it is meant."""
    out = io.StringIO()
    writer = csv.writer(out)
    for note in notes:
        writer.writerow([harmless(note)])
    writer.writerow(headings)
    for row in rows:
        writer.writerow([harmless(cell) for cell in row])
    return (BOM + out.getvalue()).encode()


def as_xlsx(headings: Row, rows: Iterable[Row], *, notes: Sequence[str] = (), title: str = "导出") -> bytes:
    """An XLSX file, written row by row; every cell is text."""
    out = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet(title[:31])
        bold = book.add_format({"bold": True, "bg_color": "#EEF2F7", "bottom": 1})
        quiet = book.add_format({"font_color": "#666666"})
        for column, heading in enumerate(headings):
            sheet.set_column(column, column, min(max(2 * len(heading) + 4, 14), WIDEST))
        for line, note in enumerate(notes):
            sheet.write_string(line, 0, note, quiet)
        top = len(notes)
        for column, heading in enumerate(headings):
            sheet.write_string(top, column, heading, bold)
        sheet.freeze_panes(top + 1, 0)
        for line, row in enumerate(rows, top + 1):
            for column, cell in enumerate(row):
                sheet.write_string(line, column, harmless(cell))
    return out.getvalue()


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: such a beginning gets an apostrophe in front."""
    return f"'{cell}" if cell.startswith(DANGEROUS) else cell
