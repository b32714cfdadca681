"""Papers that come back: codes are found on crooked, coarse and grey pages; hostile files are refused with a sentence."""

from __future__ import annotations

import io

import pypdfium2
import pytest
from PIL import Image

from server.gateways import office
from server.gateways.office import scans
from tests.factories.office import URL, filled


@pytest.fixture(scope="module")
def page() -> Image.Image:
    return Image.open(io.BytesIO(office.images_of(office.pdf(filled()), 200 / 72)[0])).convert("L")


def jpeg(picture: Image.Image, quality: int = 60) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()


@pytest.mark.parametrize("angle", [0, 1.5, -3, 7, 90, 180, 270])
def test_a_crooked_scan_is_read(page: Image.Image, angle: float) -> None:
    turned = page.rotate(angle, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)
    assert office.qr_texts(jpeg(turned)) == [URL]


def test_a_coarse_and_grey_photograph_is_read(page: Image.Image) -> None:
    small = page.resize((page.width * 6 // 10, page.height * 6 // 10)).point(lambda value: 70 + value // 2)
    assert office.qr_texts(jpeg(small, 50)) == [URL]


def test_a_scan_as_pdf_is_read_and_each_text_said_once(page: Image.Image) -> None:
    out = io.BytesIO()
    page.save(out, "PDF", resolution=200, save_all=True, append_images=[page.copy()])
    assert office.qr_texts(out.getvalue()) == [URL]


def test_a_page_without_a_code_says_nothing() -> None:
    assert office.qr_texts(jpeg(Image.new("L", (600, 800), 255))) == []


def _blank(pages: int, size: tuple[float, float] = (200, 200)) -> bytes:
    document = pypdfium2.PdfDocument.new()
    for _ in range(pages):
        document.new_page(*size)
    out = io.BytesIO()
    document.save(out)
    document.close()
    return out.getvalue()


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "为空"),
        (b"%PDF-1.7 nonsense", "已损坏或有密码"),
        (b"GIF89a" + b"\0" * 50, "无法读取"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 50, "无法读取"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "无法读取"),
        (b"x" * (scans.MOST_BYTES + 1), "超过 30 MB"),
        (_blank(scans.MOST_PAGES + 1), "页数不能超过"),
    ],
)
def test_what_cannot_be_looked_at_is_refused(raw: bytes, said: str) -> None:
    with pytest.raises(office.ScanRefused) as refused:
        office.qr_texts(raw)
    assert said in refused.value.text


def test_a_picture_with_too_many_points_is_not_decoded() -> None:
    out = io.BytesIO()
    Image.new("1", (9000, 9000)).save(out, "PNG")
    with pytest.raises(office.ScanRefused, match="尺寸过大"):
        office.qr_texts(out.getvalue())


def test_a_poster_is_drawn_coarser() -> None:
    made = Image.open(io.BytesIO(office.images_of(_blank(1, (14_000, 14_000)), 3.0)[0]))
    assert made.width * made.height <= scans.MOST_POINTS * 1.01


def test_many_pages_come_on_one_sheet() -> None:
    pages = [(f"服务记录单 {number}", png) for number, png in enumerate(office.images_of(office.pdf(filled())))]
    made = Image.open(io.BytesIO(office.contact_sheet(pages * 4, across=3, width=200)))
    assert made.width == 3 * 208 + 8
    assert made.format == "PNG"
    assert Image.open(io.BytesIO(office.contact_sheet([]))).width > 0
