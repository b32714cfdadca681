"""The room's own files: scans, drawn signatures, papers of agreements. Taken before the unit, named in it, swept after."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from server.core.db import session
from server.domain.signing.models import Agreement, Scan, Signature
from server.domain.signing.refusals import DrawingRefused
from server.gateways import drawings, images, papers
from server.gateways.images import PictureRefused
from server.gateways.papers import Paper, PaperRefused

ROOM = "signing"
KINDS = ("application/pdf", "image/png", "image/jpeg")
DRAWING_BYTES = 300 * 1024
DRAWING_PIXELS = 2_000_000
LEAST_INK = 60
BATCH = 500
CODE = re.compile(r"(?<![0-9A-Z])[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}(?![0-9A-Z])")


def take_scan(*, name: str, raw: bytes) -> Paper:
    """Keep a scanned paper; PaperRefused unless it is a PDF or a picture. Touches no row: call it before the unit."""
    paper = papers.keep(ROOM, name=name, raw=raw)
    if paper.mime not in KINDS:
        papers.folder(ROOM).delete(paper.key)
        told = "只接收 PDF 和图片文件。"
        raise PaperRefused(told, fields={"upload": [told]})
    return paper


def take_drawing(raw: bytes) -> Paper:
    """Keep a drawn signature, encoded anew; DrawingRefused unless it is a small PNG with a line on it."""
    if len(raw) > DRAWING_BYTES or not raw.startswith(b"\x89PNG"):
        raise DrawingRefused
    try:
        picture = images.clean(raw, max_bytes=DRAWING_BYTES, max_pixels=DRAWING_PIXELS)
    except PictureRefused:
        raise DrawingRefused from None
    if picture.mime != "image/png" or drawings.ink_of(picture.data) < LEAST_INK:
        raise DrawingRefused("手写签名是空白的，请重新书写，或清除后不使用手写签名。")
    key = papers.folder(ROOM).put(picture.data, ".png")
    return Paper("签名.png", picture.mime, len(picture.data), hashlib.sha256(picture.data).hexdigest(), key)


def raw_of(key: str) -> bytes:
    """A kept file whole."""
    return b"".join(papers.stream(ROOM, key))


def codes_in(texts: Iterable[str]) -> set[str]:
    """The codes of documents in what QR codes say: bare, or at the end of an address of the verify page."""
    return {code for text in texts for code in CODE.findall(text.upper())}


def normal_code(text: str) -> str:
    """A code as it is kept, however it was typed: without spaces, with its two strokes."""
    signs = "".join(sign for sign in text.upper() if sign.isascii() and sign.isalnum())
    return "-".join(signs[start : start + 4] for start in range(0, len(signs), 4))


def sweep_papers(before: datetime) -> int:
    """Delete files written before a moment that no row names. Only reads the database: run it in ``reading()``."""
    gone, batch = 0, []
    for key in papers.folder(ROOM).older_than(before):
        batch.append(key)
        if len(batch) == BATCH:
            gone += _sweep(batch)
            batch = []
    return gone + _sweep(batch)


def _sweep(batch: list[str]) -> int:
    if not batch:
        return 0
    named: set[str] = set()
    for column in (Scan.stored_key, Agreement.stored_key, Signature.drawing_key):
        named |= set(session().scalars(sa.select(column).where(column.in_(batch))))
    for key in set(batch) - named:
        papers.folder(ROOM).delete(key)
    return len(set(batch) - named)
