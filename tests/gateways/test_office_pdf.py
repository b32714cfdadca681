"""The PDF: every text as it was given, fonts embedded, the same bytes each time, nothing lost over pages."""

from __future__ import annotations

import ctypes
import hashlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing

import pypdfium2
import pytest
from pypdfium2 import raw as pdfium

from server.gateways import office
from server.gateways.office import fonts
from server.gateways.office.columns import widths
from server.gateways.office.layout import Column, Field, Fields, Filled, Form, Prose, SignBlock, Table
from server.gateways.office.pdf import breakable
from tests.factories.office import FORM, HOSTILE, RARE, SIGNS, URL, content, filled, signed


def squeezed(text: str) -> str:
    """Without spaces and line breaks: where a line ends is typography."""
    return "".join(text.replace("\u200b", "").replace("\ufffe", "-").split())


def pages(pdf: bytes) -> list[str]:
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        return [squeezed(page.get_textpage().get_text_range()) for page in document]


def text_of(pdf: bytes) -> str:
    return "".join(pages(pdf))


def fonts_of(pdf: bytes) -> Iterator[tuple[str, bool]]:
    """Each text's font, and whether it is in the file."""
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        for page in document:
            for each in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT], max_depth=8):
                font = pdfium.FPDFTextObj_GetFont(each.raw)
                buffer = ctypes.create_string_buffer(200)
                pdfium.FPDFFont_GetBaseFontName(font, buffer, 200)
                yield buffer.value.decode(), bool(pdfium.FPDFFont_GetIsEmbedded(font))


@pytest.mark.parametrize(
    "text",
    [
        HOSTILE,
        "a<b&c",
        '#import "@preview/x:1.0.0": *',
        '#read("/etc/passwd")',
        "$ sum_(x) $",
        "\\ \\u{1f600} \\#",
        "```rust fn main() {}```",
        "<label> @label #label",
        "- 甲\n+ 乙\n/ 丙: 丁",
        "https://example.invalid/?a=1&b=2",
        "~ -- --- ... 'x' \"y\"",
        RARE,
        "〇①②③㎡℃％‰±×÷≤≥→★●■□√",
        "ＡＢＣ１２３",
    ],
)
def test_text_is_never_markup(text: str) -> None:
    told = text_of(office.pdf(filled(text)))
    # each line is a text of its own; typography may part them
    assert all(told.count(squeezed(line)) >= 4 for line in text.split("\n"))


@pytest.mark.parametrize("make", [office.pdf, office.word, office.workbook], ids=["pdf", "word", "workbook"])
def test_signs_that_are_no_text_do_no_harm(make: Callable[[Filled], bytes]) -> None:
    # control characters, a mark that turns what follows around, half a character, a soft hyphen
    assert make(filled("甲\0乙\x07丙\x1b丁\u202e12\x85\u2028戊\ud800\xad")) == make(filled("甲乙丙丁12\n\n戊"))


def test_everything_stands_on_the_paper() -> None:
    told = text_of(office.pdf(filled()))
    for each in (
        "运维服务记录单",
        "编号：FW-JX-2026-001-2026-0042",
        "合同：小程序运行维护服务合同",
        "第2版",
        "校验码：7KQF-2MXA-9TRD",
        "异常与整改",
        "单位：分钟",
        "响应率走势",
        "第二段",
        "注：本单一式两份。",
        "乙方（签字盖章）",
        "签字：",
        "（盖章）",
        "年月日",
        "1,234",
        "-3.5",
    ):
        assert squeezed(each) in told, each


def test_pages_are_counted_and_later_ones_say_whose_they_are() -> None:
    told = pages(office.pdf(_long_table(80)))
    assert len(told) > 1
    for number, page in enumerate(told, 1):
        assert f"第{number}页共{len(told)}页" in page
        assert "XJ-1" in page


def test_a_long_table_repeats_its_heading_and_loses_no_row() -> None:
    told = pages(office.pdf(_long_table(80)))
    with_rows = [page for page in told if "行-" in page]
    assert len(with_rows) > 1
    assert all("序号主机情况" in page for page in with_rows)
    whole = "".join(told)
    assert all(f"行-{number:02d}" in whole for number in range(80))
    # no row is torn: what begins on a page ends there
    assert all(page.count("行-") == page.count("-末") for page in with_rows)


def test_places_for_signatures_stay_together() -> None:
    for rows in range(18, 34):
        told = pages(office.pdf(_long_table(rows)))
        last = [page for page in told if "乙方（签字盖章）" in page]
        assert len(last) == 1
        assert "甲方（签字盖章）" in last[0]
        assert last[0].count("年月日") == 2


def test_signatures_alone_on_their_page_say_so() -> None:
    told = [pages(office.pdf(_long_table(rows)))[-1] for rows in range(10, 40)]
    alone = [page for page in told if "行-" not in page]
    assert alone
    assert all("（此页无正文，为《巡检单》签署页）" in page for page in alone)
    assert not [page for page in told if "行-" in page and "此页无正文" in page]


def test_an_empty_form_has_its_labels_rows_and_blanks() -> None:
    told = text_of(office.pdf(Filled(FORM, {})))
    assert "合同编号" in told
    assert "无数据" in told
    assert "编号：" not in told.replace("合同编号", "")


def test_signatures_stand_where_a_hand_would() -> None:
    told = text_of(office.pdf(filled(signed=signed())))
    assert "签字人：王工程师" in told
    assert "单位：越城区市场监督管理局" in told
    assert told.count("方式：普通电子签名") == 2
    assert "年月日" not in told


def test_several_of_one_side_sign_beside_each_other() -> None:
    form = Form("付款申请单", (), (SignBlock("vendor", "经办人", seal=False), *SIGNS, SignBlock("lead", "分管领导")))
    told = text_of(office.pdf(Filled(form, {}, signed=signed())))
    assert told.count("签字人：王工程师") == 2
    assert told.count("年月日") == 1


def test_long_texts_go_on_over_pages() -> None:
    words = "".join(f"第{number}句。" for number in range(2500))
    form = Form(
        "长文本",
        (
            Fields("f", (Field("a", "甲"), Field("b", "乙"), Field("c", "丙", wide=True))),
            Table("t", (Column("x", "栏一"), Column("y", "栏二", 4))),
            Prose("p", "正文"),
        ),
        SIGNS,
    )
    whole = {
        "f": {"a": "x" * 500, "b": "", "c": words},
        "t": [{"x": "w" * 300, "y": words}],
        "p": f"{words}\n{'A' * 10_000}",
    }
    paper = office.pdf(Filled(form, whole))
    told = "".join(page.split("第1页")[0] for page in pages(paper))
    assert all(told.count(f"第{number}句。") >= 3 for number in (0, 1200, 2499))
    assert told.count("A") >= 10_000
    assert told.count("w") == 300
    assert _widest(paper) <= 595.3 - 50


def test_columns_have_room_for_their_headings_and_words() -> None:
    named = (Column("a", "程度", 1), Column("b", "说明", 20), Column("c", "电话", 1))
    told = widths(named, [{"a": "高", "b": "很长" * 50, "c": "138****0000"}], 470.0)
    assert sum(told) == pytest.approx(470)
    assert told[0] >= 31
    assert told[2] >= 11 * 5.6 + 11
    plain = (Column("a", "甲", 1), Column("b", "乙", 3))
    assert widths(plain, [], 400.0) == pytest.approx([100, 300])
    crowd = tuple(Column(f"c{number}", "栏目名称") for number in range(30))
    assert widths(crowd, [], 470.0) == pytest.approx([470 / 30] * 30)


def test_words_that_fit_are_left_alone() -> None:
    assert breakable("short words 和中文", 10) == "short words 和中文"
    assert breakable("a" * 12, 10).replace("\u200b", "") == "a" * 12
    assert breakable("字" * 100, 10) == "字" * 100


def test_the_same_paper_is_the_same_bytes() -> None:
    paper = filled(HOSTILE, signed=signed(), watermark="张三 2026-03-06 导出")
    assert office.pdf(paper) == office.pdf(paper)


def test_the_same_bytes_come_from_another_process() -> None:
    code = (
        "import hashlib, sys; from server.gateways import office; from tests.factories.office import filled, signed;"
        "sys.stdout.write(hashlib.sha256(office.pdf(filled(signed=signed()))).hexdigest())"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == hashlib.sha256(office.pdf(filled(signed=signed()))).hexdigest()


def test_fonts_are_in_the_file() -> None:
    found = set(fonts_of(office.pdf(filled(RARE))))
    assert found
    assert all(embedded for _, embedded in found), found
    assert all("CJK" in name or "Han" in name for name, _ in found), found


def test_the_file_says_its_title_and_no_hour_or_place() -> None:
    paper = office.pdf(filled())
    with closing(pypdfium2.PdfDocument(paper)) as document:
        told = document.get_metadata_dict()
        assert told["Title"] == "运维服务记录单"
        assert told["CreationDate"] == told["ModDate"] == told["Author"] == ""
    assert b"/home" not in paper
    assert b"/usr" not in paper
    assert b"/JavaScript" not in paper
    assert b"/Launch" not in paper


def test_a_watermark_lies_on_every_page() -> None:
    told = pages(office.pdf(_long_table(80, watermark="张三导出")))
    assert all("张三导出" in page for page in told)


def test_codes_on_the_pages_lead_to_the_verify_page() -> None:
    paper = office.pdf(filled())
    assert office.qr_texts(paper) == [URL]
    first = office.images_of(paper, 2.0)[0]
    assert office.qr_texts(first) == [URL]


def test_what_no_font_has_is_refused_by_name() -> None:
    with pytest.raises(office.GlyphsMissing) as refused:
        office.pdf(filled("好\U0002fff0\u2fe0"))
    assert "U+2FE0" in refused.value.text
    assert "U+2FFF0" in refused.value.text
    assert refused.value.details["characters"] == ["U+2FE0", "U+2FFF0"]


def test_every_printed_text_is_looked_at() -> None:
    strange = "\u2fe0"
    for more in ({"title": strange}, {"watermark": strange}, {"head": (strange,)}, {"number": strange}):
        with pytest.raises(office.GlyphsMissing):
            office.pdf(filled(**more))
    for key in content():
        bad = content()
        bad[key] = (
            {"labels": [strange], "series": [{"name": "a", "values": [1]}]} if key in ("load", "trend") else bad[key]
        )
        if key == "sum":
            bad[key] = strange
        elif key in ("base", "work"):
            bad[key] = dict.fromkeys(bad[key], strange)
        elif key in ("parts", "none"):
            bad[key] = [{column.key: strange for column in next(b for b in FORM.blocks if b.key == key).columns}]
        with pytest.raises(office.GlyphsMissing):
            office.pdf(Filled(FORM, bad))


def test_what_has_no_shape_is_no_missing_glyph() -> None:
    assert fonts.uncovered("a b\u3000\u200b\u200d\ufe0f\n\t" + RARE) == set()


def test_without_chinese_fonts_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    assert fonts.missing() is None
    monkeypatch.setattr(fonts, "SERIF", ("No Such Font",))
    monkeypatch.setattr(fonts, "SANS", ("No Such Font",))
    assert "fonts-noto-cjk" in (fonts.missing() or "")
    with pytest.raises(office.FontsMissing) as refused:
        office.pdf(filled())
    assert "fonts-noto-cjk" in refused.value.text
    assert refused.value.code == "fonts_missing"


def _long_table(rows: int, **more: str) -> Filled:
    form = Form(
        "巡检单", (Table("rows", (Column("host", "主机"), Column("note", "情况", 4)), label="主机巡检"),), SIGNS
    )
    told = [
        {"host": f"10.1.2.{number}", "note": f"行-{number:02d}{'。运行正常' * (number % 30)}-末"}
        for number in range(rows)
    ]
    return Filled(form, {"rows": told}, number="XJ-1", **more)


def _widest(pdf: bytes) -> float:
    """How far to the right a text goes."""
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        return max(
            each.get_bounds()[2]
            for page in document
            for each in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT], max_depth=8)
        )
