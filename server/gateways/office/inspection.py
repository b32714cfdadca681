"""What is in a .docx that somebody hands in: no macros, nothing from outside, no traps for those who unpack or parse it."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

MOST_BYTES = 10 * 1024 * 1024
MOST_ENTRIES = 500
MOST_UNPACKED = 60 * 1024 * 1024
MOST_RATIO = 100
RATIO_FROM = 1024 * 1024
"""Small members may be packed as tightly as they like."""
MOST_XML = 4 * 1024 * 1024
MOST_NAMED = 5
DOCUMENT = "word/document.xml"
DOCX_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FIELDS = frozenset(
    ("PAGE", "NUMPAGES", "SECTION", "SECTIONPAGES", "SEQ", "REF", "PAGEREF", "STYLEREF", "TOC", "TITLE", "DATE", "TIME")
) | {"FORMTEXT", "FORMCHECKBOX", "FORMDROPDOWN", "="}
_ACTIVE = (
    ("vbaproject.bin", "模板含有宏（VBA），请另存为不含宏的 .docx 后上传。"),
    ("vbadata.xml", "模板含有宏（VBA），请另存为不含宏的 .docx 后上传。"),
    ("/activex/", "模板含有 ActiveX 控件，请删除后上传。"),
    ("/embeddings/", "模板嵌入了其他文件或对象（OLE），请删除后上传。"),
    ("customui", "模板自带界面定制（customUI），请删除后上传。"),
    ("/afchunk", "模板引用了整段外来内容（altChunk），请改为直接写入后上传。"),
)
_KINDS = {
    "attachedTemplate": "附加模板",
    "image": "外部图片",
    "hyperlink": "超链接",
    "oleObject": "外部对象",
    "aFChunk": "外来内容",
    "subDocument": "子文档",
    "frame": "框架",
    "vbaProject": "宏",
    "wordVbaData": "宏",
    "control": "控件",
    "package": "嵌入文件",
    "attachedToolbars": "工具栏",
    "keyMapCustomizations": "按键定制",
}
# Refused wherever they point to; what these name may be called anything.
_NEVER = frozenset(_KINDS) - {"image", "hyperlink", "frame"}


class Unopened(Exception):
    """Not a file whose inside can be looked at; the text is a sentence for people."""


def parts_of(raw: bytes) -> dict[str, bytes]:
    """The members of a .docx by name; Unopened for what is none, is locked, or would not stop unpacking."""
    if len(raw) > MOST_BYTES:
        raise Unopened(f"模板不能超过 {MOST_BYTES // 1024 // 1024} MB。")
    if raw.startswith(_OLE):
        raise Unopened("模板已加密或是旧版 .doc 格式，请取消密码并另存为 .docx 后上传。")
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            _weigh(archive.infolist())
            return {entry.filename: archive.read(entry) for entry in archive.infolist() if not entry.is_dir()}
    # All that zipfile raises at a damaged archive: an unknown way of packing is its NotImplementedError, a lock its RuntimeError.
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as fault:
        raise Unopened("文件不是有效的 Word 文档（.docx），或已损坏。") from fault


def _weigh(entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename.lower() for entry in entries]
    if DOCUMENT not in names:
        raise Unopened("文件不是有效的 Word 文档（.docx）。")
    if len(entries) > MOST_ENTRIES or len(set(names)) != len(names):
        raise Unopened("模板内部文件过多或重名，已拒绝。")
    if any(entry.flag_bits & 1 for entry in entries):
        raise Unopened("模板已加密，请取消密码后上传。")
    if sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise Unopened("模板解压后过大，已拒绝。")
    for entry in entries:
        if entry.file_size > RATIO_FROM and entry.file_size > MOST_RATIO * max(entry.compress_size, 1):
            raise Unopened("模板压缩比异常，疑似压缩炸弹，已拒绝。")
        if entry.filename.lower().endswith((".xml", ".rels")) and entry.file_size > MOST_XML:
            raise Unopened("模板正文过大，请删减内容后上传。")


def faults_in(parts: Mapping[str, bytes]) -> Iterator[str]:
    """Sentences on everything in a template that does not belong there; XML that cannot be trusted ends the search."""
    yield from dict.fromkeys(told for name in parts for mark, told in _ACTIVE if mark in f"/{name.lower()}")
    trees: dict[str, Element] = {}
    for name, raw in parts.items():
        if name.lower().endswith((".xml", ".rels")):
            try:
                trees[name] = fromstring(raw, forbid_dtd=True)
            except DefusedXmlException:
                yield f"模板内部文件 {name} 含有实体定义（DTD），已拒绝。"
                return
            except (ParseError, ValueError, LookupError):
                yield f"模板内部文件 {name} 已损坏，请用 Word 打开后另存再上传。"
                return
    yield from _kind(trees)
    yield from _disguised(parts, trees)
    yield from _outside(trees)
    yield from _fields(trees)


def _kind(trees: Mapping[str, Element]) -> Iterator[str]:
    types = trees.get("[Content_Types].xml")
    told = {each.get("PartName", ""): each.get("ContentType", "") for each in (types if types is not None else ())}
    kind = told.get(f"/{DOCUMENT}", "")
    if "macroEnabled" in "".join(told.values()):
        yield "模板是启用宏的格式（.docm/.dotm），请另存为 .docx 后上传。"
    elif kind != DOCX_MAIN:
        yield "文件不是普通的 Word 文档（.docx），请另存为 .docx 后上传。"


def _disguised(parts: Mapping[str, bytes], trees: Mapping[str, Element]) -> Iterator[str]:
    """Members that a reader takes for XML by their type although they are not called so, and that nobody looked at."""
    types = trees.get("[Content_Types].xml")
    told = {
        (each.get("PartName") or f".{each.get('Extension', '')}").lower(): each.get("ContentType", "").lower()
        for each in (types if types is not None else ())
    }
    for name in parts:
        extension = f".{name.rsplit('.', 1)[-1].lower()}"
        kind = told.get(f"/{name.lower()}") or told.get(extension, "")
        if name not in trees and (kind.endswith("xml") or "vba" in kind):
            yield f"模板内部文件 {name} 的类型与名称不符，已拒绝。"


def _outside(trees: Mapping[str, Element]) -> Iterator[str]:
    found: list[str] = []
    for name, tree in trees.items():
        if name.lower().endswith(".rels"):
            for relation in tree:
                kind = relation.get("Type", "").rsplit("/", 1)[-1]
                outside = relation.get("TargetMode", "").lower() == "external"
                if outside or kind in _NEVER:
                    found.append(f"{_KINDS.get(kind, '外部引用')}“{relation.get('Target', '')[:80]}”")
    if found:
        told = "、".join(found[:MOST_NAMED]) + ("等" if len(found) > MOST_NAMED else "")
        yield f"模板引用了外部内容：{told}。请删除后上传。"


def _fields(trees: Mapping[str, Element]) -> Iterator[str]:
    strange: dict[str, None] = {}
    for tree in trees.values():
        for instruction in _instructions(tree):
            word = (re.split(r"[\s\\\"]+", instruction.strip().upper(), maxsplit=1) or [""])[0]
            if word and not word.startswith("=") and word not in _FIELDS:
                strange[word[:20]] = None
    if strange:
        yield f"模板含有不允许的域代码：{'、'.join(list(strange)[:MOST_NAMED])}。只允许页码、日期、目录等域。"


def _instructions(tree: Element) -> Iterator[str]:
    """The fields' instructions; those cut into pieces are put together, fields inside fields each by itself."""
    open_ones: list[list[str]] = []
    for node in tree.iter():
        if node.tag == f"{_W}fldSimple":
            yield node.get(f"{_W}instr", "")
        elif node.tag in (f"{_W}instrText", f"{_W}delInstrText"):
            if open_ones:
                open_ones[-1].append(node.text or "")
            else:
                yield node.text or ""
        elif node.tag == f"{_W}fldChar":
            kind = node.get(f"{_W}fldCharType")
            if kind == "begin":
                open_ones.append([])
            elif kind == "end" and open_ones:
                yield "".join(open_ones.pop())
    for left in open_ones:
        yield "".join(left)
