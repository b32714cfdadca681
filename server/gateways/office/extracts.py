"""What a document says of itself: its properties, the first lines of its pages and its text, within bounds.

For looking only, so nothing here raises: what cannot be read says nothing. Files are strangers' ones; members of an archive
are read up to a limit, however large they claim to be, and an hour-glass stops the rest.
"""

from __future__ import annotations

import html
import io
import logging
import re
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

import pypdfium2 as pdfium

from server.gateways.office.pdfium import alone

log = logging.getLogger(__name__)

MOST_TEXT = 200_000
MOST_MEMBER = 8 * 1024 * 1024
MOST_MEMBERS = 400
MOST_EMBEDDED = 5
EMBEDDED_BYTES = 5 * 1024 * 1024
DEPTH = 2
PAGES = 3
SECONDS = 4.0
HEAD_ROWS = 3

_TEXTS = re.compile(r"<(?:\w+:)?t(?:\s[^>]*)?>([^<]*)</|<(?:\w+:)?(br|cr|tab)\b|</(?:\w+:)?(p|tc|tr)>")
_TAGS = re.compile(r"<[^>]*>")
_HEADERS = re.compile(r"<(?:\w+:)?(?:odd|even|first)(?:Header|Footer)>([^<]*)<")
_CODES = re.compile(r'&(?:amp;)?(?:"[^"]*"|[A-Za-z]|\d+)')
_STRINGS = re.compile(r"<(?:\w+:)?si>(.*?)</(?:\w+:)?si>", re.DOTALL)
_ROW = re.compile(r"<(?:\w+:)?row\b[^>]*>(.*?)</(?:\w+:)?row>", re.DOTALL)
_CELL = re.compile(r"<(?:\w+:)?c\b([^>]*)>(.*?)</(?:\w+:)?c>", re.DOTALL)
_WORDS = re.compile(
    r"(?:word/(?:(document)|header\d*|footer\d*|footnotes|comments)"
    r"|ppt/(?:slides|slideMasters)/\w+|xl/(?:drawings/\w+|comments\d*|charts/\w+))\.xml"
)
_SHEET = re.compile(r"xl/worksheets/\w+\.xml")
_VALUE = re.compile(r"<(?:\w+:)?v>(\d+)<")
_XMP = re.compile(rb"<x:xmpmeta.*?</x:xmpmeta>", re.DOTALL)
_BREAKS = {"p": "\n", "br": "\n", "cr": "\n", "tab": "\t", "tc": "\t", "tr": "\n\n"}


@dataclass(frozen=True, slots=True)
class Extract:
    """One part: ``properties`` are values, ``head`` lines that stand first on a page, ``text`` the rest."""

    where: str
    properties: tuple[str, ...] = ()
    head: tuple[str, ...] = ()
    text: str = ""


def extracts(raw: bytes) -> Iterator[Extract]:
    """The parts of a PDF, Word, Excel, PowerPoint or plain-text file; nothing from what is none of them, or is broken."""
    until = time.monotonic() + SECONDS
    try:
        if raw.startswith(b"%PDF-"):
            yield from _pdf(raw, until)
        elif raw.startswith(b"PK\x03\x04"):
            yield from _archive(raw, until, DEPTH)
        elif b"\0" not in raw[:4096]:
            yield from _plain(raw)
    except Exception:
        log.info("file not readable for marks", exc_info=True)


def _pdf(raw: bytes, until: float) -> Iterator[Extract]:
    for packet in _XMP.findall(raw)[:5]:
        words = [html.unescape(each).strip() for each in _TAGS.split(packet[:200_000].decode("utf-8", "replace"))]
        yield Extract("文件属性", properties=tuple(word for word in words if word))
    with alone:
        book = pdfium.PdfDocument(raw)
        try:
            values = tuple(str(value) for value in book.get_metadata_dict().values() if value)
            texts = []
            for number in range(min(len(book), PAGES)):
                if time.monotonic() > until:
                    break
                page = book[number]
                words = page.get_textpage()
                texts.append(words.get_text_bounded()[:MOST_TEXT])
                words.close()
                page.close()
        finally:
            book.close()
    yield Extract("文件属性", properties=values)
    for number, text in enumerate(texts, 1):
        lines = text.replace("\r", "\n")
        yield Extract(f"第 {number} 页", head=tuple(lines.splitlines()), text=lines)


def _archive(raw: bytes, until: float, depth: int) -> Iterator[Extract]:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        strings: list[str] = []
        nested = 0
        for name in sorted(archive.namelist()[:MOST_MEMBERS], key=_first):
            if time.monotonic() > until:
                return
            if name == "xl/sharedStrings.xml":
                strings = [_inner(each) for each in _STRINGS.findall(_member(archive, name))]
                yield Extract("单元格", text="\n".join(strings)[:MOST_TEXT])
            elif "/embeddings/" in name:
                nested += 1
                if depth > 1 and nested <= MOST_EMBEDDED:
                    yield from _nested(_bytes(archive, name, EMBEDDED_BYTES), until, depth - 1)
            else:
                yield from _part(archive, name, strings)


def _nested(raw: bytes, until: float, depth: int) -> Iterator[Extract]:
    if raw.startswith(b"PK\x03\x04"):
        yield from _archive(raw, until, depth)


def _part(archive: zipfile.ZipFile, name: str, strings: list[str]) -> Iterator[Extract]:
    if name.startswith("docProps/") and name.endswith(".xml"):
        yield Extract("文件属性", properties=tuple(_values(_member(archive, name))))
    elif found := _WORDS.fullmatch(name):
        text = _text_of(_member(archive, name))
        yield Extract("正文" if found[1] else "页眉页脚或文字框", head=tuple(text.splitlines()), text=text)
    elif name == "xl/workbook.xml":
        names = re.findall(r'<(?:\w+:)?sheet\b[^>]*\bname="([^"]*)"', _member(archive, name))
        yield Extract("工作表名", properties=tuple(html.unescape(each) for each in names))
    elif _SHEET.fullmatch(name):
        yield _sheet(_member(archive, name), strings)


def _first(name: str) -> tuple[int, str]:
    """Properties first, shared strings before the sheets that name them, what is embedded last."""
    order = ("docProps/", "xl/sharedStrings", "word/header", "word/document", "xl/workbook", "xl/worksheets")
    place = next((place for place, start in enumerate(order) if name.startswith(start)), len(order))
    return (len(order) + 1 if "/embeddings/" in name else place, name)


def _bytes(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    with archive.open(name) as member:
        return member.read(most)


def _member(archive: zipfile.ZipFile, name: str) -> str:
    raw = _bytes(archive, name, MOST_MEMBER)
    wide = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
    return raw.decode("utf-16" if wide else "utf-8", "replace").removeprefix("\ufeff")


def _text_of(markup: str) -> str:
    """Words of a Word or drawing part: a paragraph a line, cells apart by tabs."""
    pieces: list[str] = []
    size = 0
    for words, mark, end in _TEXTS.findall(markup):
        piece = _BREAKS.get(mark or end, "") or html.unescape(words)
        pieces.append(piece)
        size += len(piece)
        if size > MOST_TEXT:
            break
    return "".join(pieces)


def _inner(markup: str) -> str:
    return "".join(html.unescape(words) for words in re.findall(r"<(?:\w+:)?t(?:\s[^>]*)?>([^<]*)</", markup))


def _values(markup: str) -> Iterator[str]:
    """The values of a part of properties; a name with its value (密级：机密) counts as one, too."""
    for name, value in re.findall(r'<(?:\w+:)?property\b[^>]*\bname="([^"]*)"[^>]*>(.*?)</(?:\w+:)?property>', markup):
        yield f"{html.unescape(name)}：{html.unescape(_TAGS.sub('', value))}"
    for value in _TAGS.split(markup):
        if value.strip():
            yield html.unescape(value).strip()


def _sheet(markup: str, strings: list[str]) -> Extract:
    """A sheet's first rows, and what is printed above and below it."""
    lines = []
    for row in _ROW.findall(markup[: MOST_MEMBER // 8])[:HEAD_ROWS]:
        for attributes, cell in _CELL.findall(row):
            at = _VALUE.search(cell)
            shared = 't="s"' in attributes and at is not None and int(at[1]) < len(strings)
            lines.append(strings[int(at[1])] if shared and at is not None else _inner(cell))
    printed = [_CODES.sub(" ", html.unescape(each)) for each in _HEADERS.findall(markup)]
    inline = "\n".join(_inner(cell) for _, cell in _CELL.findall(markup) if "<is>" in cell or ":is>" in cell)
    head = tuple(line for each in printed for line in (each, each.strip())) + tuple(line for line in lines if line)
    return Extract("工作表", head=head, text="\n".join((*printed, *lines, inline))[:MOST_TEXT])


def _plain(raw: bytes) -> Iterator[Extract]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw[:MOST_TEXT].decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        text = raw[:MOST_TEXT].decode("utf-8-sig", "replace")
    yield Extract("文本", head=tuple(text.replace(",", "\n").splitlines()), text=text)
