"""Files with and without the mark of a state secret, of every kind that a door takes."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import docx
import openpyxl
from PIL import Image, PngImagePlugin


def word(*lines: str, header: str = "", properties: dict[str, str] | None = None) -> bytes:
    """A Word file."""
    made = docx.Document()
    for line in lines:
        made.add_paragraph(line)
    if header:
        made.sections[0].header.paragraphs[0].text = header
    for name, value in (properties or {}).items():
        setattr(made.core_properties, name, value)
    return _saved(made)


def word_table(*cells: str) -> bytes:
    """A Word file with one row of cells, and its words in several runs."""
    made = docx.Document()
    for cell, text in zip(made.add_table(1, len(cells)).rows[0].cells, cells, strict=True):
        for sign in text:
            cell.paragraphs[0].add_run(sign)
    return _saved(made)


def sheet(*rows: tuple[str, ...], title: str = "", **properties: str) -> bytes:
    """An Excel file."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for row in rows:
        page.append(row)
    if title:
        page.oddHeader.center.text = title
    for name, value in properties.items():
        setattr(book.properties, name, value)
    return _saved(book)


def with_member(raw: bytes, name: str, content: bytes) -> bytes:
    """An archive with one more member."""
    target = io.BytesIO(raw)
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return target.getvalue()


CUSTOM = """<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"
 xmlns:vt="v"><property fmtid="{D5}" pid="2" name="密级"><vt:lpwstr>%s</vt:lpwstr></property></Properties>"""


def custom(raw: bytes, level: str) -> bytes:
    """An office file with the custom property 密级."""
    return with_member(raw, "docProps/custom.xml", (CUSTOM % level).encode())


def pdf(*pages: str, keywords: str = "", xmp: str = "") -> bytes:
    """A PDF whose pages show some lines, in a font that every reader knows."""
    objects: list[bytes] = []

    def put(body: bytes) -> int:
        objects.append(body)
        return len(objects)

    font = put(b"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[2 0 R]>>")
    put(
        b"<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo"
        b"<</Registry(Adobe)/Ordering(GB1)/Supplement 4>>/FontDescriptor 3 0 R/DW 1000>>"
    )
    put(
        b"<</Type/FontDescriptor/FontName/STSong-Light/Flags 4/FontBBox[-25 -254 1000 880]/ItalicAngle 0/Ascent 880"
        b"/Descent -120/CapHeight 880/StemV 93>>"
    )
    kids = []
    first = len(objects) + 1
    tree = first + 2 * len(pages)
    for text in pages or ("",):
        lines = b"".join(
            b"<" + line.encode("utf-16-be").hex().encode() + b"> Tj 0 -30 Td " for line in text.splitlines()
        )
        stream = b"BT /F1 16 Tf 72 760 Td " + lines + b"ET"
        content = put(b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream))
        kids.append(
            put(
                b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 595 842]/Contents %d 0 R/Resources<</Font<</F1 %d 0 R>>>>>>"
                % (tree, content, font)
            )
        )
    put(b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(kids), b" ".join(b"%d 0 R" % kid for kid in kids)))
    catalogue = put(b"<</Type/Catalog/Pages %d 0 R>>" % tree)
    info = put(b"<</Keywords<FEFF" + keywords.encode("utf-16-be").hex().encode() + b">>>")
    if xmp:
        packet = f"<x:xmpmeta><rdf:li>{xmp}</rdf:li></x:xmpmeta>".encode()
        put(b"<</Type/Metadata/Subtype/XML/Length %d>>stream\n%s\nendstream" % (len(packet), packet))
    return _numbered(objects, catalogue, info)


def picture(kind: str = "JPEG", *, exif: dict[int, Any] | None = None, text: dict[str, str] | None = None) -> bytes:
    """A picture with what it says of itself."""
    image = Image.new("RGB", (40, 30), "white")
    target = io.BytesIO()
    options: dict[str, Any] = {}
    if exif:
        held = Image.Exif()
        for tag, value in exif.items():
            held[tag] = value
        options["exif"] = held
    if text:
        info = PngImagePlugin.PngInfo()
        for key, value in text.items():
            info.add_itxt(key, value)
        options["pnginfo"] = info
    image.save(target, kind, **options)
    return target.getvalue()


def _saved(made: Any) -> bytes:
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


def _numbered(objects: list[bytes], catalogue: int, info: int) -> bytes:
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer<</Size %d/Root %d 0 R/Info %d 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        catalogue,
        info,
        start,
    )
    return bytes(out)
