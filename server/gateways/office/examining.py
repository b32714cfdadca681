"""Whether a Word template of the bureau's can be taken for a form: everything that is wrong with it, said at once."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from docxtpl import DocxTemplate
from jinja2 import TemplateSyntaxError, nodes
from lxml import etree

from server.core.errors import ShijianError
from server.gateways.office import inspection, syntax, words
from server.gateways.office.layout import Block, Chart, Fields, Filled, Form, Prose, Table
from server.gateways.office.word import word

SAMPLE = "样例 a<b&c \"引号\" {{ 编号 }} {% if %} #set $x$ 'x' ]]> &lt; <w:p> 㛃𬭎"
"""What every value is in the trial: a template that loses or obeys any of it is refused."""
MOST_HOLES = 2_000
MOST_TOLD = 40
_PARTS = re.compile(r"word/(document|header\d*|footer\d*|footnotes)\.xml")
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MARKS = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")
_PAIRS = {"{{": "}}", "{%": "%}", "{#": "#}"}
_WIDE = re.compile(r"[｛{]\s*[｛{][^｛{｝}]*[｝}]\s*[｝}]|[｛{]\s*[%％][^｝}]*[%％]\s*[｝}]")


@dataclass(frozen=True, slots=True)
class Examined:
    """``problems``: why it cannot be taken, in sentences; ``notes``: what is worth a look (fields that it does not show)."""

    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether it can be used."""
        return not self.problems


def examine(template: bytes, form: Form) -> Examined:
    """Look at a template from end to end and fill it in once for trial. Never raises for what is in the file."""
    try:
        parts = inspection.parts_of(template)
    except inspection.Unopened as refused:
        return Examined((str(refused),))
    problems = list(inspection.faults_in(parts))
    if problems:
        # what may be hostile is taken no further
        return Examined(tuple(problems[:MOST_TOLD]))
    sources = {name: raw for name, raw in parts.items() if _PARTS.fullmatch(name)}
    problems += [told for raw in sources.values() for told in _unpaired(raw)]
    if problems:
        return Examined(tuple(problems[:MOST_TOLD]))
    trees, broken = _parsed(sources, parts.get("docProps/core.xml", b""))
    told = words.words_of(form)
    found = [*broken]
    for tree in trees:
        found += syntax.problems(tree, told)
    found += _lacking(trees, form)
    if not found:
        found += _tried(template, form)
    return Examined(tuple(dict.fromkeys(found))[:MOST_TOLD], tuple(_notes(trees, form)))


def samples(form: Form, text: str = SAMPLE, rows: int = 2) -> Filled:
    """A form filled with one text everywhere."""
    return Filled(
        form,
        {block.key: _sample(block, text, rows) for block in form.blocks},
        number=f"编号 {text}",
        code="TEST-TEST-TEST",
        head=(text,),
        verify_url="https://example.invalid/",
    )


def _sample(block: Block, text: str, rows: int) -> object:
    match block:
        case Fields():
            return {field.key: f"{field.label} {text}" for field in block.fields}
        case Table():
            return [{column.key: f"{column.label} {text}" for column in block.columns}] * rows
        case Prose():
            return f"{block.label} {text}"
        case Chart():
            return {"labels": ["一", "二"], "series": [{"name": "样例", "values": [1.0, 2.0]}]}


def _paragraphs(raw: bytes) -> Iterator[str]:
    tree = etree.fromstring(raw, etree.XMLParser(resolve_entities=False, no_network=True))
    for paragraph in tree.iter(f"{_W}p"):
        yield "".join(node.text or "" for node in paragraph.iter(f"{_W}t"))


def _unpaired(raw: bytes) -> Iterator[str]:
    """Braces that open and do not close within their paragraph, or are written with full-width signs."""
    holes = 0
    for text in _paragraphs(raw):
        opened = ""
        for mark in _MARKS.findall(text):
            holes += 1
            if (mark in _PAIRS) == bool(opened) or (opened and mark != _PAIRS[opened]):
                yield f"占位符括号不配对，位置：“{_short(text)}”。"
                break
            opened = mark if mark in _PAIRS else ""
        else:
            if opened:
                yield f"占位符括号不配对，位置：“{_short(text)}”。"
        if "｛" in text and _WIDE.search(text):
            yield f"占位符使用了全角括号，请改为半角，位置：“{_short(text)}”。"
    if holes > MOST_HOLES:
        yield "模板中的占位符过多，已拒绝。"


def _parsed(sources: dict[str, bytes], properties: bytes) -> tuple[list[nodes.Template], list[str]]:
    """Each part as a tree of Jinja, and sentences on those that are broken."""
    sandbox, trees, broken = syntax.Sandbox(), [], []
    patch = DocxTemplate(io.BytesIO()).patch_xml
    texts = [re.sub(r"<w:p([ >])", r"\n<w:p\1", patch(_text(raw))) for raw in sources.values()]
    texts.append(" ".join(node.text or "" for node in etree.fromstring(properties).iter()) if properties else "")
    for text in texts:
        try:
            trees.append(sandbox.parse(text))
        except TemplateSyntaxError as fault:
            broken.append(_told(fault, text))
    return trees, broken


def _text(raw: bytes) -> str:
    tree = etree.fromstring(raw, etree.XMLParser(resolve_entities=False, no_network=True))
    return str(etree.tostring(tree, encoding="unicode"))


def _told(fault: TemplateSyntaxError, text: str) -> str:
    lines = text.splitlines()
    near = [re.sub(r"<[^>]+>", "", line) for line in lines[max(0, fault.lineno - 1) : fault.lineno + 1]]
    place = _short(next((line for line in near if line.strip()), ""))
    message = fault.message or ""
    if "endfor" in message or "endif" in message or "end of template" in message.lower():
        what = "循环（for）或条件（if）没有正确结束"
    elif "Unknown tag" in message or "unknown tag" in message:
        what = "有不认识的语句"
    else:
        what = "占位符写法有误"
    return f"模板语法错误：{what}" + (f"，位置：“{place}”附近。" if place else "。")


def _short(text: str) -> str:
    told = " ".join(text.split())
    return told if len(told) <= 60 else f"{told[:60]}…"  # noqa: PLR2004 - as much as a person needs to find the place


def _lacking(trees: list[nodes.Template], form: Form) -> Iterator[str]:
    """What a paper cannot be without: its number, its tables, the places where both sides sign."""
    printed = set().union(*(syntax.printed(tree) for tree in trees))
    tables = set().union(*(syntax.tables_in(tree) for tree in trees))
    told = words.words_of(form)
    if words.NUMBER not in printed:
        yield f"模板缺少文书编号，请加入占位符 {{{{ {words.NUMBER} }}}}。"
    for block in form.blocks:
        if isinstance(block, Table) and told.tables[block.key] not in tables:
            name = told.tables[block.key]
            label = block.label or name
            yield f"模板缺少表格“{label}”，请加入 {{%tr for {words.ROW} in {name} %}} … {{%tr endfor %}}。"
    for sign, name in told.signs:
        if name not in printed:
            yield f"模板缺少签署处“{sign.label}”，请加入占位符 {{{{ {name} }}}}。"


def _notes(trees: list[nodes.Template], form: Form) -> Iterator[str]:
    printed = set().union(*(syntax.printed(tree) for tree in trees))
    told = words.words_of(form)
    values = [*told.fields.values(), *told.prose.values(), *told.charts.values()]
    if left := [name for name in values if name not in printed]:
        yield f"模板没有用到这些内容，生成的文件中将看不到：{'、'.join(left)}。"
    columns: dict[str, set[str]] = {}
    for tree in trees:
        for table, names in syntax.columns_in(tree).items():
            columns.setdefault(table, set()).update(names)
    for key, table in told.tables.items():
        if table in columns and (
            missing := [name for name in told.columns[key].values() if name not in columns[table]]
        ):
            yield f"表“{table}”没有用到这些列：{'、'.join(missing)}。"


def _tried(template: bytes, form: Form) -> Iterator[str]:
    """Fill it in with hostile text and look whether all of it stands there."""
    filled = samples(form)
    try:
        made = inspection.parts_of(word(filled, template))
    except (ShijianError, inspection.Unopened):
        yield "用样例内容试填模板失败，请用 Word 打开模板检查表格行循环是否各占一行。"
        return
    text = "\n".join(line for name, raw in made.items() if _PARTS.fullmatch(name) for line in _paragraphs(raw))
    if SAMPLE not in text or filled.number not in text:
        yield "试填模板后内容有丢失，请检查占位符和表格行循环的位置。"
    for block in form.blocks:
        if isinstance(block, Table):
            shown = [column for column in block.columns if text.count(f"{column.label} {SAMPLE}") >= 2]  # noqa: PLR2004
            if not shown:
                yield f"试填模板后表格“{block.label}”的各行没有出现，请检查行循环的位置。"
