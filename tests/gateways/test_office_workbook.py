"""Workbooks: texts are texts whatever they look like, numbers only where a column says so, charts Excel's own."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest

from server.gateways import office
from server.gateways.office.layout import Align, Column, Filled, Form, Table
from tests.factories.office import HOSTILE, RARE, filled, signed

FORMULAS = [
    "=1+1",
    "+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    '=HYPERLINK("http://x")',
    "{=1}",
    "http://example.invalid",
    HOSTILE,
    RARE,
]


def cells(raw: bytes) -> list[object]:
    book = openpyxl.load_workbook(io.BytesIO(raw))
    return [cell for sheet in book for row in sheet for cell in row if cell.value is not None]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_becomes_a_formula_or_a_link(text: str) -> None:
    raw = office.workbook(filled(text))
    found = cells(raw)
    assert not [cell for cell in found if cell.data_type == "f" or cell.hyperlink]
    assert sum(text in str(cell.value) for cell in found) >= 4
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_numbers_are_numbers_where_the_column_says_so() -> None:
    form = Form("统计表", (Table("t", (Column("a", "项目"), Column("b", "数", 1, Align.RIGHT, number=True))),))
    rows = [
        {"a": "1", "b": text}
        for text in ("12", "-1,234.50", "12.5%", "1e5", "=1", "007", "12345678901234567", "—", "NaN")
    ]
    found = {cell.coordinate: cell for cell in cells(office.workbook(Filled(form, {"t": rows})))}
    values = [cell.value for cell in found.values() if cell.column == 10][1:]
    assert values == [12, -1234.5, 0.125, "1e5", "=1", "007", "12345678901234567", "—", "NaN"]
    assert {cell.value for cell in found.values() if cell.column == 4} == {"项目", "1"}


def test_charts_are_excels_own_with_their_figures() -> None:
    raw = office.workbook(filled())
    book = openpyxl.load_workbook(io.BytesIO(raw))
    assert len(book.worksheets[0]._charts) == 2
    figures = [[cell.value for cell in row] for row in book["图表数据"].iter_rows(max_col=3)]
    assert ["1月", 12, 8] in figures
    assert ["2月", None, 19] in figures


def test_it_prints_on_a4_with_the_paper_named() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(office.workbook(filled(watermark="张三&导出")))).worksheets[0]
    assert sheet.page_setup.paperSize == 9
    assert sheet.page_setup.fitToHeight == 0
    assert "7KQF-2MXA-9TRD" in sheet.oddFooter.left.text
    assert "张三" in sheet.oddHeader.center.text
    assert sheet.freeze_panes is not None
    assert sheet.title == "运维服务记录单"


def test_a_single_table_freezes_and_repeats_its_heading() -> None:
    form = Form("名册[1]/2:3", (Table("t", tuple(Column(f"c{n}", f"列{n}") for n in range(20))),), landscape=True)
    raw = office.workbook(Filled(form, {"t": [{"c0": f"行{n}"} for n in range(50)]}))
    sheet = openpyxl.load_workbook(io.BytesIO(raw)).worksheets[0]
    assert sheet.freeze_panes == "A4"
    assert sheet.print_title_rows == "$3:$3"
    assert sheet.page_setup.orientation == "landscape"


def test_signatures_stand_in_it() -> None:
    told = " ".join(str(cell.value) for cell in cells(office.workbook(filled(signed=signed()))))
    assert "王工程师" in told
    assert "普通电子签名" in told


def test_the_same_paper_is_the_same_bytes() -> None:
    assert office.workbook(filled()) == office.workbook(filled())


def test_an_empty_form_has_a_workbook() -> None:
    assert cells(office.workbook(Filled(filled().form, {})))
