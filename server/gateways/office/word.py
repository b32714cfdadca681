"""The Word file of a paper: the bureau's template, or the form's own, filled in.

The PDF is what is signed; this is the same content for those who go on working with it in Word or WPS.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any
from zipfile import BadZipFile

from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.exceptions import OpcError
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docxtpl import DocxTemplate, InlineImage
from jinja2 import TemplateError
from lxml.etree import LxmlError

from server.core.errors import Invalid
from server.gateways.office import words
from server.gateways.office.layout import Chart, Fields, Filled, Prose, Signed, Table
from server.gateways.office.packages import steady
from server.gateways.office.pdf import chart_png, qr_code
from server.gateways.office.syntax import Sandbox
from server.gateways.office.texts import cleared, closed, concerned
from server.gateways.office.word_form import default_template

UNSIGNED = "签　字：________________\n\n（盖章）\n\n\n　　　　　　　年　　月　　日"
UNSIGNED_PLAIN = "签　字：________________\n\n\n　　　　　　　年　　月　　日"
NEW_PARAGRAPH = "\a"
_FAULTS = (
    *(TemplateError, OpcError, LxmlError, BadZipFile),
    *(KeyError, IndexError, ValueError, TypeError, AttributeError, OSError),
)
"""What the libraries say to a file that is none of theirs."""
_THEIRS = re.compile(r"\{_\{|\}_\}|\{_%|%_\}")


class TemplateBroken(Invalid):
    """The bureau's template cannot be filled in for this form (any more); the form's own can."""

    code = "template_broken"
    message = "Word 模板与该文书不符或已损坏，请检查模板后重新上传，或改用默认模板。"


def word(filled: Filled, template: bytes | None = None) -> bytes:
    """Fill in a template (the form's own by default). TemplateBroken when a template does not fit or is damaged.

    A template that did not pass ``examine`` must not come here.
    """
    own = template is None
    # a template of the bureau's may name any block of the form
    filled = closed(cleared(filled))
    filled = concerned(filled) if own else filled
    try:
        paper = DocxTemplate(io.BytesIO(template or default_template(filled.form)))
        paper.init_docx()
        paper.render(_context(filled, paper), Sandbox(), autoescape=True)
        if filled.watermark:
            _mark(paper, filled.watermark)
        properties = paper.docx.core_properties
        properties.author = properties.comments = properties.last_modified_by = ""
        out = io.BytesIO()
        paper.save(out)
        return steady(out.getvalue())
    except _FAULTS as fault:
        if own:
            raise
        raise TemplateBroken from fault


def _context(filled: Filled, paper: DocxTemplate) -> dict[str, Any]:
    form = filled.form
    told = words.words_of(form)
    context: dict[str, Any] = {
        words.TITLE: _clean(filled.title or form.title),
        words.NUMBER: _clean(filled.number),
        words.VERSION: str(filled.version),
        words.CODE: _clean(filled.code),
        words.HEAD: _clean("\n".join(filled.head)),
        words.NOTE: _clean(form.note),
        words.QR: _qr(filled.verify_url, paper),
    }
    for block in form.blocks:
        content = filled.content.get(block.key)
        match block:
            case Fields():
                for field in block.fields:
                    context[told.fields[block.key, field.key]] = _clean((content or {}).get(field.key, ""))
            case Table():
                context[told.tables[block.key]] = _rows(block, content or (), told.columns[block.key])
            case Prose():
                context[told.prose[block.key]] = _clean(content or "无").replace("\n", NEW_PARAGRAPH)
            case Chart():
                context[told.charts[block.key]] = _chart(block, content or {}, paper)
    for sign, name in told.signs:
        signed = [one for one in filled.signed if one.side == sign.side]
        context[name] = "\n".join(map(_signed, signed)) or (UNSIGNED if sign.seal else UNSIGNED_PLAIN)
        drawings = [one.drawing for one in signed if one.drawing]
        context[words.drawing_of(name)] = _picture(paper, drawings[0], height=14) if drawings else ""
    return context


def _rows(block: Table, content: Sequence[Mapping[str, str]], columns: Mapping[str, str]) -> list[dict[str, str]]:
    rows = [
        {words.SERIAL: str(at)} | {name: _clean(row.get(key, "")) for key, name in columns.items()}
        for at, row in enumerate(content, 1)
    ]
    blank = dict.fromkeys([words.SERIAL, *columns.values()], "")
    if not rows and not block.least:
        first = next(iter(columns.values()), words.SERIAL)
        return [blank | {first: block.empty}]
    return rows + [blank] * (block.least - len(rows))


def _signed(one: Signed) -> str:
    told = (("签字人", one.name), ("单　位", one.organisation), ("时　间", one.at), ("方　式", one.how))
    return "\n".join(f"{label}：{_clean(text)}" for label, text in told)


def _chart(block: Chart, content: Mapping[str, Any], paper: DocxTemplate) -> Any:
    if not content.get("series") or not content.get("labels"):
        return "无数据"
    return _picture(paper, chart_png(block, content), width=155)


def _qr(url: str, paper: DocxTemplate) -> Any:
    if not url:
        return ""
    out = io.BytesIO()
    qr_code(url).save(out, kind="png", scale=8, border=2)
    return _picture(paper, out.getvalue(), width=20)


def _picture(paper: DocxTemplate, raw: bytes, *, width: int = 0, height: int = 0) -> Any:
    return InlineImage(
        paper, io.BytesIO(raw), width=Mm(width) if width else None, height=Mm(height) if height else None
    )


def _mark(paper: DocxTemplate, text: str) -> None:
    """A watermark's words at the head of each page: who had this copy made, and when."""
    for section in paper.docx.sections:
        line = section.header.paragraphs[0] if section.header.paragraphs else section.header.add_paragraph()
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER
        run = line.add_run(_clean(text))
        run.font.size, run.font.color.rgb = Pt(9), RGBColor(0x80, 0x80, 0x80)
        run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "宋体")


def _clean(text: str) -> str:
    """Text without what the template engine takes for its own: ``{_{`` is its way to write ``{{``, a joiner keeps it so."""
    return _THEIRS.sub(lambda found: found[0][0] + "\u2060" + found[0][1:], str(text))
