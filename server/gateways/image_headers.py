"""Picture kinds and sizes read from the first bytes, before any decoder sees the file.

Decoders set memory aside for the size that a header claims, so the claim is weighed first and by our own few lines.
"""

from __future__ import annotations

from typing import NamedTuple

import puremagic

from server.core.enums import Labelled

SNIFFED = 512
MAX_JPEG_SCANS = 64


class Format(Labelled):
    """Pictures that we take; the value is Pillow's name."""

    JPEG = "JPEG", "JPEG 图片"
    PNG = "PNG", "PNG 图片"
    WEBP = "WEBP", "WebP 图片"
    GIF = "GIF", "GIF 图片"
    BMP = "BMP", "BMP 图片"


class Size(NamedTuple):
    """Pixels across and down."""

    width: int
    height: int

    @property
    def pixels(self) -> int:
        """How many pixels there are in all."""
        return self.width * self.height


_SUFFIXES = {
    ".jpg": Format.JPEG,
    ".jpeg": Format.JPEG,
    ".jpe": Format.JPEG,
    ".jfif": Format.JPEG,
    ".png": Format.PNG,
    ".apng": Format.PNG,
    ".webp": Format.WEBP,
    ".gif": Format.GIF,
    ".bmp": Format.BMP,
    ".dib": Format.BMP,
}


class Unreadable(Exception):
    """The header is not what its kind promises."""


def format_of(raw: bytes) -> Format | None:
    """What the magic bytes say; None for everything that is not one of our picture kinds."""
    try:
        best: str = puremagic.from_string(raw[:SNIFFED])
    except (puremagic.PureError, ValueError):
        return None
    return _SUFFIXES.get(best.lower())


def size_of(raw: bytes, kind: Format) -> Size:
    """The size that the header claims; Unreadable if there is none."""
    try:
        size = _READERS[kind](raw)
    except IndexError:
        raise Unreadable from None
    if size.width <= 0 or size.height <= 0:
        raise Unreadable
    return size


def _number(raw: bytes, at: int, length: int, *, big: bool = False) -> int:
    part = raw[at : at + length]
    if len(part) < length:
        raise Unreadable
    return int.from_bytes(part, "big" if big else "little")


def _png(raw: bytes) -> Size:
    if raw[12:16] != b"IHDR":
        raise Unreadable
    return Size(_number(raw, 16, 4, big=True), _number(raw, 20, 4, big=True))


def _gif(raw: bytes) -> Size:
    return Size(_number(raw, 6, 2), _number(raw, 8, 2))


def _bmp(raw: bytes) -> Size:
    if _number(raw, 14, 4) == 12:  # noqa: PLR2004 - the OS/2 header, whose sizes are 16 bits wide
        return Size(_number(raw, 18, 2), _number(raw, 20, 2))
    height = int.from_bytes(raw[22:26], "little", signed=True)
    return Size(_number(raw, 18, 4), abs(height))


def _webp(raw: bytes) -> Size:
    chunk = raw[12:16]
    if chunk == b"VP8X":
        return Size(_number(raw, 24, 3) + 1, _number(raw, 27, 3) + 1)
    if chunk == b"VP8L":
        bits = _number(raw, 21, 4)
        return Size((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if chunk == b"VP8 " and raw[23:26] == b"\x9d\x01\x2a":
        return Size(_number(raw, 26, 2) & 0x3FFF, _number(raw, 28, 2) & 0x3FFF)
    raise Unreadable


# Start-of-frame markers; C4, C8 and CC share the range and mean other things.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_NO_LENGTH = frozenset(range(0xD0, 0xD9)) | {0x01, 0xFF}


def _jpeg(raw: bytes) -> Size:
    # A progressive file may ask for thousands of passes over one picture; honest encoders need about ten.
    if raw.count(b"\xff\xda") > MAX_JPEG_SCANS:
        raise Unreadable
    at = 2
    while raw[at] == 0xFF:  # noqa: PLR2004 - every marker begins so
        marker = raw[at + 1]
        if marker in _NO_LENGTH:
            at += 1 if marker == 0xFF else 2  # noqa: PLR2004 - fill bytes before a marker
        elif marker in _FRAMES:
            return Size(_number(raw, at + 7, 2, big=True), _number(raw, at + 5, 2, big=True))
        else:
            length = _number(raw, at + 2, 2, big=True)
            if length < 2:  # noqa: PLR2004 - the length counts its own two bytes
                raise Unreadable
            at += 2 + length
    raise Unreadable


_READERS = {Format.PNG: _png, Format.GIF: _gif, Format.BMP: _bmp, Format.WEBP: _webp, Format.JPEG: _jpeg}
