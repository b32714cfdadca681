"""How a paper is laid out: no page for leftovers, nothing torn that belongs together, no cell open after the signature."""

from __future__ import annotations

import io
import sys
from contextlib import closing

import docx
import openpyxl
import pypdfium2
import pytest

from server.gateways import office
from server.gateways.office.axes import axis_of
from server.gateways.office.columns import widths
from server.gateways.office.layout import Column, Field, Fields, Filled, Form, Table
from server.gateways.office.pdf import breakable
from tests.factories.office import SIGNS

ROWS = Form(
    "移交清单",
    (Table("rows", (Column("name", "名称"), Column("note", "说明"), Column("sign", "签名", by_hand=True))),),
    SIGNS,
)


def pages(filled: Filled) -> list[str]:
    with closing(pypdfium2.PdfDocument(office.pdf(filled))) as document:
        return ["".join(page.get_textpage().get_text_range().split()) for page in document]


def filled_rows(count: int) -> Filled:
    return Filled(ROWS, {"rows": [{"name": f"第{number:03d}件", "note": "有"} for number in range(count)]})


def test_a_closer_setting_saves_the_page_of_signatures_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    close = [pages(filled_rows(count)) for count in range(20, 40)]
    for count, told in enumerate(close, 20):
        assert all(f"第{number:03d}件" in "".join(told) for number in range(count))
        assert "乙方（签字盖章）" in told[-1]
    monkeypatch.setattr(sys.modules["server.gateways.office.pdf"], "page_count", lambda _: 1)  # never set again
    airy = [pages(filled_rows(count)) for count in range(20, 40)]
    saved = [len(before) - len(after) for before, after in zip(airy, close, strict=True)]
    assert set(saved) == {0, 1}
    assert saved.count(1) >= 5
    # one that gains no page by it keeps its air
    assert all(before == after for before, after, gain in zip(airy, close, saved, strict=True) if not gain)


def test_room_for_a_hand_stays_where_nothing_is_said() -> None:
    fields = tuple(Field(f"f{number}", f"事项{number}", wide=True, lines=4) for number in range(9))
    form = Form("记录单", (Fields("f", fields),), SIGNS)
    assert len(pages(Filled(form, {"f": {each.key: "已办理" for each in fields}}))) == 1
    assert len(pages(Filled(form, {}))) == 2


@pytest.mark.parametrize("above", range(14, 30))
def test_a_small_grid_is_not_torn(above: int) -> None:
    boxes = Fields(
        "boxes", tuple(Field(name, name, lines=2) for name in ("经办人", "财务审核", "分管领导")), label="审批"
    )
    form = Form("申请单", (*ROWS.blocks, boxes), SIGNS)
    told = pages(Filled(form, filled_rows(above).content))
    [page] = [each for each in told if "经办人" in each]
    assert "审批" in page
    assert "分管领导" in page


def test_empty_cells_are_closed_but_for_a_pen() -> None:
    content = {"rows": [{"name": "源代码", "note": "", "sign": ""}, {"name": "", "note": "", "sign": ""}]}
    filled = Filled(ROWS, content)
    [told] = pages(filled)
    assert told.count("—") == 1
    [table, *_] = docx.Document(io.BytesIO(office.word(filled))).tables
    assert [cell.text for cell in table.rows[1].cells] == ["1", "源代码", "—", ""]
    assert [cell.text for cell in table.rows[2].cells] == ["2", "", "", ""]
    sheet = openpyxl.load_workbook(io.BytesIO(office.workbook(filled))).active
    assert [cell.value for row in sheet.iter_rows() for cell in row].count("—") == 1


def test_days_that_stand_for_themselves_stay_whole() -> None:
    columns = (Column("on", "日期", 1), Column("what", "内容", 9))
    narrow = widths(columns, [{"on": "次日", "what": "2025年11月17日起"}], 400.0)
    assert narrow[0] < 60
    for day in ("2025年11月17日", "2025年11月17日 09:00"):
        assert widths(columns, [{"on": day, "what": ""}], 400.0)[0] > 95


def test_numbers_are_parted_behind_a_hyphen() -> None:
    parted = breakable("FKD-YW-SJJH-2025-01-2025-001", 21).replace("\u200b", "|")
    assert parted == "FKD-|YW-|SJJH-|2025-|01-|2025-|001"
    assert breakable("a-" + "b" * 30, 21).count("\u200b") == 31


def test_a_long_title_is_parted_before_its_bracket() -> None:
    with closing(
        pypdfium2.PdfDocument(office.pdf(Filled(ROWS, {}, title="应用系统问题反馈单（FKD-YW-SJJH-2025-01-2025-001）")))
    ) as document:
        lines = document[0].get_textpage().get_text_range().split()
    assert "应用系统问题反馈单" in lines
    assert not any(line.startswith("应用系统问题反馈单（") for line in lines)


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([0, 1], [0, 1]),
        ([3, 2], [0, 1, 2, 3]),
        ([12, 7], [0, 5, 10, 15]),
        ([], [0, 1]),
        ([0.4, 1], [0, 0.2, 0.4, 0.6, 0.8, 1]),
        ([12.5], [0, 2.5, 5, 7.5, 10, 12.5]),
    ],
)
def test_what_is_counted_has_whole_figures_at_its_axis(values: list[float], ticks: list[float]) -> None:
    assert axis_of(values).ticks() == pytest.approx(ticks)
