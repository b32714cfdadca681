"""Looking at papers that come back: pages as pictures, the QR codes on them, and many pages on one sheet to be looked through.

The files are strangers': pages, points and bytes are limited before anything is drawn, and what cannot be read is refused
with a sentence.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import closing

import pypdfium2
import zxingcpp
from PIL import Image, ImageDraw, ImageFont

from server.core.errors import Invalid
from server.gateways.office import fonts
from server.gateways.office.pdfium import alone

MOST_BYTES = 30 * 1024 * 1024
MOST_PAGES = 60
MOST_POINTS = 60_000_000
"""Of one page or picture: A3 at 600 dots per inch has 70 million, at 400 half of that."""
LONGEST_EDGE = 20_000.0
"""Of a page, in points of 1/72 inch."""
READING = (2.5, 4.0)
"""Scales at which codes are looked for: 180 dots per inch, and 288 when nothing was found."""
PICTURES = ("PNG", "JPEG")


class ScanRefused(Invalid):
    """Not a PDF or picture that can be looked at, or a much too large one."""

    code = "scan_refused"
    message = "文件无法读取，请上传清晰的 PDF、PNG 或 JPG 扫描件。"


def images_of(pdf: bytes, scale: float = 1.5) -> list[bytes]:
    """The pages as PNGs, ``scale`` times 72 dots per inch; ScanRefused for what is no PDF or too much of one."""
    _limited(pdf)
    return [_png(page) for page in _pages(pdf, scale)]


def qr_texts(raw: bytes) -> list[str]:
    """What the QR codes on a PDF's pages, or on a picture, say; each once, in the order of the pages. ScanRefused."""
    _limited(raw)
    found: list[str] = []
    if not raw.startswith(b"%PDF-"):
        picture = _picture(raw)
        # a photograph of a page is often coarse: a second look at it enlarged finds what the first does not
        found = _read(picture) or _read(_larger(picture))
    else:
        for scale in READING:
            found = [text for page in _pages(raw, scale) for text in _read(page)]
            if found:
                break
    return list(dict.fromkeys(found))


def contact_sheet(pages: Sequence[tuple[str, bytes]], *, across: int = 6, width: int = 360) -> bytes:
    """Labelled pages side by side on one PNG, for looking through many papers at once."""
    height, strip, gap = width * 297 // 210, 26, 8
    lines = -(-len(pages) // across) or 1
    size = (across * (width + gap) + gap, lines * (height + strip + gap) + gap)
    sheet = Image.new("RGB", size, "#808080")
    pen = ImageDraw.Draw(sheet)
    face = _face(15)
    for at, (label, raw) in enumerate(pages):
        left = gap + at % across * (width + gap)
        top = gap + at // across * (height + strip + gap)
        with Image.open(io.BytesIO(raw)) as picture:
            small = picture.convert("RGB")
            small.thumbnail((width, height), Image.Resampling.LANCZOS)
        sheet.paste(small, (left + (width - small.width) // 2, top + strip + (height - small.height) // 2))
        pen.text((left + 2, top + 3), label, fill="white", font=face)
    return _png(sheet)


def _limited(raw: bytes) -> None:
    if not raw or len(raw) > MOST_BYTES:
        raise ScanRefused(f"文件为空或超过 {MOST_BYTES // 1024 // 1024} MB，请重新上传。")


def _pages(pdf: bytes, scale: float) -> Iterator[Image.Image]:
    """Each page drawn, one after the other; PDFium is held only while it draws."""
    count = _count(pdf)
    for number in range(count):
        yield _drawn(pdf, number, scale)


def _count(pdf: bytes) -> int:
    with alone:
        try:
            with closing(pypdfium2.PdfDocument(pdf)) as document:
                count = len(document)
        except pypdfium2.PdfiumError as fault:
            raise ScanRefused("PDF 文件已损坏或有密码，无法读取，请重新上传。") from fault
    if not 0 < count <= MOST_PAGES:
        raise ScanRefused(f"PDF 页数不能超过 {MOST_PAGES} 页。" if count else "PDF 没有页面，请重新上传。")
    return count


def _drawn(pdf: bytes, number: int, scale: float) -> Image.Image:
    with alone:
        try:
            with closing(pypdfium2.PdfDocument(pdf)) as document:
                page = document[number]
                width, height = page.get_size()
                if not (0 < width <= LONGEST_EDGE and 0 < height <= LONGEST_EDGE):
                    raise ScanRefused(f"PDF 第 {number + 1} 页的尺寸异常，无法读取。")
                # a poster is drawn coarser rather than refused
                fit = min(scale, (MOST_POINTS / (width * height)) ** 0.5)
                drawn: Image.Image = page.render(scale=fit, may_draw_forms=False).to_pil().convert("RGB")
                return drawn
        except (pypdfium2.PdfiumError, MemoryError) as fault:
            raise ScanRefused(f"PDF 第 {number + 1} 页无法读取，请重新上传。") from fault


def _picture(raw: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(raw), formats=PICTURES) as picture:
                if picture.width * picture.height > MOST_POINTS:
                    raise ScanRefused("图片尺寸过大，请降低扫描分辨率后重试。")
                return picture.convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as fault:
        raise ScanRefused from fault


def _read(picture: Image.Image) -> list[str]:
    """The QR codes of a picture from top to bottom."""
    found = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)  # type: ignore[arg-type]
    found.sort(key=lambda code: (code.position.top_left.y, code.position.top_left.x))
    return [code.text for code in found if code.valid and code.text]


def _larger(picture: Image.Image) -> Image.Image:
    times = min(2.0, (MOST_POINTS / (picture.width * picture.height)) ** 0.5)
    size = (round(picture.width * times), round(picture.height * times))
    return picture.convert("L").resize(size, Image.Resampling.BICUBIC)


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=False)
    return out.getvalue()


def _face(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    place = fonts.sans_file()
    return ImageFont.load_default(size) if place is None else ImageFont.truetype(place[0], size, index=place[1])
