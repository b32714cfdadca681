"""Several PDFs as one."""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import closing

import pypdfium2

from server.gateways.office.pdfium import alone


def joined(papers: Sequence[bytes]) -> bytes:
    """The pages of all, in order; what is not a page (names, form fields) stays behind."""
    with alone, closing(pypdfium2.PdfDocument.new()) as whole:
        for paper in papers:
            with closing(pypdfium2.PdfDocument(paper)) as part:
                whole.import_pages(part)
        out = io.BytesIO()
        whole.save(out)
    return out.getvalue()
