"""A watermark laid over a PDF that is already made: for copies that leave the house."""

from __future__ import annotations

import io
from contextlib import ExitStack, closing

import pypdfium2

from server.gateways.office import fonts
from server.gateways.office.leaves import alone
from server.gateways.office.pdf import compiled, part


def stamped(pdf: bytes, words: str) -> bytes:
    """A copy with the words across each page. Its bytes are others, so that no seal of the original holds for it."""
    _, sans = fonts.families()
    fonts.check(words)
    with alone, closing(pypdfium2.PdfDocument(pdf)) as paper:
        sizes = [paper.get_page_size(index) for index in range(len(paper))]
    marks = {size: _mark(words, size, sans) for size in set(sizes)}
    out = io.BytesIO()
    with alone, ExitStack() as held:
        paper = held.enter_context(closing(pypdfium2.PdfDocument(pdf)))
        sources = {size: held.enter_context(closing(pypdfium2.PdfDocument(raw))) for size, raw in marks.items()}
        stamps = {size: source.page_as_xobject(0, paper) for size, source in sources.items()}
        for index, size in enumerate(sizes):
            leaf = paper[index]
            leaf.insert_obj(stamps[size].as_pageobject())
            leaf.gen_content()
            leaf.close()
        paper.save(out)
    return out.getvalue()


def _mark(words: str, size: tuple[float, float], sans: tuple[str, ...]) -> bytes:
    data = {"words": words, "width": size[0], "height": size[1], "sans": sans}
    return compiled({"stamp.typ": part("stamp.typ")}, data, main="stamp.typ", format="pdf")
