"""Hostile and honest pictures; the hostile ones are made here."""

from __future__ import annotations

import contextlib
import io
import resource
import struct
import zlib
from typing import Any

import pytest
from PIL import Image, ImageDraw

from server.gateways import images
from server.gateways.image_headers import Format, Unreadable, size_of
from server.gateways.images import (
    NotAPicture,
    PictureAnimated,
    PictureBroken,
    PictureRefused,
    PictureTooLarge,
    clean,
)

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 25_000_000


def take(raw: bytes, *, max_bytes: int = MAX_BYTES, max_pixels: int = MAX_PIXELS) -> images.Picture:
    return clean(raw, max_bytes=max_bytes, max_pixels=max_pixels)


def drawn(mode: str = "RGB", size: tuple[int, int] = (60, 40)) -> Image.Image:
    image = Image.new(mode, size, "white" if mode in ("RGB", "L") else 0)
    ImageDraw.Draw(image).rectangle((5, 5, 30, 20), fill="red" if mode == "RGB" else 1)
    return image


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_of_zeros(width: int, height: int, *, claimed: tuple[int, int] | None = None) -> bytes:
    """A grey PNG that costs a few KB whatever its size; it may claim another size than it holds."""
    packer = zlib.compressobj(9)
    row = bytes(1 + width)
    body = b"".join([packer.compress(row) for _ in range(height)] + [packer.flush()])
    head = struct.pack(">IIBBBBB", *(claimed or (width, height)), 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("kind", "mime"),
    [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/jpeg"), ("GIF", "image/png"), ("BMP", "image/png")],
)
def test_every_kind_comes_out_as_ours(kind: str, mime: str) -> None:
    picture = take(encoded(drawn(), kind))
    assert (picture.mime, picture.width, picture.height) == (mime, 60, 40)
    with Image.open(io.BytesIO(picture.data)) as again:
        assert again.size == (60, 40)
    with Image.open(io.BytesIO(picture.thumb)) as thumb:
        assert thumb.format == "JPEG"
    assert len(picture.sha256) == 64


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_colour_mode(mode: str) -> None:
    kind = "TIFF" if mode == "CMYK" else "PNG"
    if kind == "TIFF":
        raw = encoded(drawn().convert("CMYK"), "JPEG")
    else:
        raw = encoded(drawn("L").convert("I;16") if mode == "I;16" else drawn().convert(mode), "PNG")
    assert take(raw).width == 60


def test_sixteen_bits_keep_their_brightness() -> None:
    deep = Image.new("I;16", (4, 4), 65535)
    with Image.open(io.BytesIO(take(encoded(deep, "PNG")).data)) as picture:
        assert picture.getpixel((0, 0)) == (255, 255, 255)


def test_headers_agree_with_the_decoder() -> None:
    for kind in Format:
        assert size_of(encoded(drawn(), kind.value), kind) == (60, 40)
    assert size_of(encoded(drawn(), "WEBP", lossless=True), Format.WEBP) == (60, 40)
    assert size_of(encoded(drawn().convert("RGBA"), "WEBP", exif=b"Exif\0\0MM"), Format.WEBP) == (60, 40)
    assert size_of(encoded(drawn(), "JPEG", progressive=True), Format.JPEG) == (60, 40)


def test_exif_gps_and_profile_are_gone_and_the_turn_is_kept() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees
    exif[0x010F] = "SecretPhoneMaker"
    exif.get_ifd(0x8825)[2] = (31.0, 12.0, 5.0)
    raw = encoded(drawn(), "JPEG", exif=exif, icc_profile=b"profile" * 20, comment=b"a comment")
    assert b"SecretPhoneMaker" in raw
    picture = take(raw)
    assert (picture.width, picture.height) == (40, 60)
    for out in (picture.data, picture.thumb):
        assert b"SecretPhoneMaker" not in out
        assert b"profile" not in out
        assert b"a comment" not in out
        with Image.open(io.BytesIO(out)) as again:
            assert not again.getexif()
            assert "icc_profile" not in again.info


def test_png_text_is_gone() -> None:
    from PIL.PngImagePlugin import PngInfo

    notes = PngInfo()
    notes.add_text("Comment", "<script>alert(1)</script>")
    assert b"script" not in take(encoded(drawn(), "PNG", pnginfo=notes)).data


def test_polyglot_loses_its_script() -> None:
    raw = encoded(drawn(), "GIF") + b"*/=1;<script>fetch('//evil')</script>"
    picture = take(raw)
    assert b"script" not in picture.data
    assert picture.mime == "image/png"


def test_jpeg_with_an_archive_behind_it_loses_it() -> None:
    assert b"PK\x03\x04" not in take(encoded(drawn(), "JPEG") + b"PK\x03\x04payload").data


def test_many_megapixels_in_few_bytes_are_refused_before_decoding() -> None:
    raw = png_of_zeros(12_000, 12_000)
    assert len(raw) < 200_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(PictureTooLarge, match="12000×12000"):
        take(raw)
    grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown_kb < 20_000


def test_largest_allowed_picture_stays_within_bounds() -> None:
    raw = png_of_zeros(5_000, 5_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert take(raw).width == 5_000
    grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown_kb < 220_000


def test_a_png_that_unpacks_to_more_than_it_claims_is_bounded() -> None:
    raw = png_of_zeros(10_000, 10_000, claimed=(10, 10))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with contextlib.suppress(PictureBroken):
        assert take(raw).width == 10
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000


def test_packed_profile_bomb_is_refused() -> None:
    bomb = chunk(b"iCCP", b"p\0\0" + zlib.compress(bytes(200_000_000), 9))
    raw = png_of_zeros(4, 4)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with contextlib.suppress(PictureRefused):
        assert take(raw[:33] + bomb + raw[33:]).width == 4
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000


def test_a_webp_that_claims_a_huge_canvas_is_refused() -> None:
    body = b"VP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + b"\xff\x3f\x00" + b"\xff\x3f\x00"
    raw = b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body
    with pytest.raises(PictureTooLarge):
        take(raw)


def test_one_very_long_side_is_refused() -> None:
    with pytest.raises(PictureTooLarge):
        take(png_of_zeros(1, 30_001))


def test_a_progressive_jpeg_with_thousands_of_passes_is_refused() -> None:
    raw = encoded(drawn(), "JPEG", progressive=True)
    with pytest.raises(PictureBroken):
        take(raw[:-2] + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" * 100 + raw[-2:])


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"hello",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<?xml version='1.0'?><svg/>",
        b"<!DOCTYPE html><script>alert(1)</script>",
        b"%PDF-1.7\n",
        b"PK\x03\x04" + bytes(60),
        b"MZ" + bytes(60),
        b"\x00\x00\x00\x18ftypheic" + bytes(60),
    ],
)
def test_what_is_no_picture_is_refused(raw: bytes) -> None:
    with pytest.raises(NotAPicture) as refused:
        take(raw)
    assert refused.value.code == "picture_type"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
@pytest.mark.parametrize("part", [0.1, 0.5, 0.8])
def test_cut_short_is_refused(kind: str, part: float) -> None:
    noisy = Image.effect_noise((200, 200), 80).convert("RGB")
    raw = encoded(noisy, kind)
    with pytest.raises(PictureRefused):
        take(raw[: int(len(raw) * part)])


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_moving_pictures_are_refused(kind: str) -> None:
    frames = [drawn(), drawn().transpose(Image.Transpose.FLIP_LEFT_RIGHT)]
    with pytest.raises(PictureAnimated):
        take(encoded(frames[0], kind, save_all=True, append_images=frames[1:]))


def test_of_a_moving_gif_the_first_frame_is_taken() -> None:
    red, blue = Image.new("RGB", (20, 20), "red"), Image.new("RGB", (20, 20), "blue")
    picture = take(encoded(red, "GIF", save_all=True, append_images=[blue]))
    with Image.open(io.BytesIO(picture.data)) as out:
        assert getattr(out, "n_frames", 1) == 1
        assert out.convert("RGB").getpixel((5, 5)) == (255, 0, 0)


def test_too_many_bytes_are_refused_with_the_limit_named() -> None:
    with pytest.raises(PictureTooLarge, match="10 MB"):
        take(b"\x89PNG" + bytes(MAX_BYTES))


def test_a_png_that_would_outgrow_the_limit_becomes_jpeg() -> None:
    noisy = Image.effect_noise((300, 300), 90).convert("RGB")
    raw = encoded(noisy, "PNG")
    assert take(raw, max_bytes=len(raw)).mime in ("image/png", "image/jpeg")
    bigger = encoded(noisy, "GIF")
    assert take(bigger, max_bytes=len(bigger)).mime == "image/jpeg"


def test_garbled_headers_do_not_read() -> None:
    for kind, raw in [
        (Format.JPEG, b"\xff\xd8\xff\xe0\x00\x01"),
        (Format.JPEG, b"\xff\xd8"),
        (Format.WEBP, b"RIFF....WEBPVP8?" + bytes(20)),
        (Format.PNG, b"\x89PNG\r\n\x1a\n" + bytes(8)),
        (Format.GIF, b"GIF89a\x00\x00\x00\x00"),
    ]:
        with pytest.raises(Unreadable):
            size_of(raw, kind)
