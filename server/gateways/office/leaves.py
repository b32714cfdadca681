"""A PDF's pages as pictures, for people to look at in the console."""

from __future__ import annotations

import io
from threading import Lock

import pypdfium2

WIDTH = 1100
alone = Lock()
"""PDFium, which one thread of a process may use at a time: whoever calls it holds this."""


def page_count(pdf: bytes) -> int:
    """How many pages there are; 0 for what cannot be read."""
    with alone:
        try:
            document = pypdfium2.PdfDocument(pdf)
        except pypdfium2.PdfiumError:
            return 0
        try:
            return len(document)
        finally:
            document.close()


def page_image(pdf: bytes, number: int, *, width: int = WIDTH) -> bytes | None:
    """A page (from 1) as a PNG of that width; None if there is no such page."""
    with alone:
        try:
            document = pypdfium2.PdfDocument(pdf)
        except pypdfium2.PdfiumError:
            return None
        try:
            if not 1 <= number <= len(document):
                return None
            leaf = document[number - 1]
            bitmap = leaf.render(scale=width / leaf.get_width(), may_draw_forms=False)
            picture = bitmap.to_pil()
            out = io.BytesIO()
            picture.convert("RGB").quantize(64).save(out, "PNG")
            bitmap.close()
            leaf.close()
            return out.getvalue()
        finally:
            document.close()
