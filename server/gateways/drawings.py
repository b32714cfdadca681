"""Drawn signatures: whether there is a line on a picture at all."""

from __future__ import annotations

import io

from PIL import Image

DARK = 160
SEEN = 60


def ink_of(png: bytes) -> int:
    """How many pixels are dark and can be seen, in a picture that was cleaned before."""
    with Image.open(io.BytesIO(png), formats=["PNG"]) as opened:
        grey, alpha = opened.convert("LA").split()
    dark = grey.point([255 if value < DARK else 0 for value in range(256)])
    seen = Image.composite(alpha, Image.new("L", alpha.size, 0), dark)
    return sum(seen.histogram()[SEEN:])
