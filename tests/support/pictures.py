"""Pictures for tests: honest screenshots, and what somebody hostile sends in their place."""

from __future__ import annotations

import io
import random
import struct
import zlib

from PIL import Image, ImageDraw


def screenshot(seed: int = 1, *, width: int = 360, height: int = 640, kind: str = "PNG") -> bytes:
    """A picture with something to see on it, another one for each seed; no red or yellow corner."""
    dice = random.Random(seed)
    picture = Image.new("RGB", (width, height), (236, 240, 244))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, width, 48), fill=(28, 92, 156))
    for line in range(64, height - 16, 24):
        shade = dice.randrange(60, 160)
        pen.rectangle((16, line, dice.randrange(width // 3, width - 16), line + 12), fill=(shade, shade, shade))
    kept = io.BytesIO()
    picture.save(kept, kind)
    return kept.getvalue()


def bomb(width: int = 12_000, height: int = 12_000) -> bytes:
    """A PNG of many pixels (144 million) in few bytes (some 17 thousand): valid, and huge when it is opened."""
    packed = zlib.compress(b"\0" * (1 + width // 8) * height, 9)
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def polyglot() -> bytes:
    """A GIF by its first bytes, a script by the rest."""
    return b"GIF89a/*" + b"\x00" * 8 + b"*/=1;alert(document.cookie)//" + b"\x3b"


def picture_with_page() -> bytes:
    """A real PNG with a web page behind its end."""
    return screenshot(7) + b"<html><script>alert(1)</script></html>"


def drawing() -> bytes:
    """An SVG with a script."""
    return (
        b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">'
        b"<script>alert(2)</script></svg>"
    )


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
