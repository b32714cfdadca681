"""The files of documents: kept under the hash of what is in them, in the room's own folder."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.domain.documents.models import Document, DocumentFile, DocumentRun, DocumentTemplate
from server.domain.documents.vocabulary import Format
from server.gateways.storage import Contents, contents_of

ROOM = "documents"
NAME = 180
SWEEP = 500
MIMES = {
    Format.PDF: "application/pdf",
    Format.SIGNED_PDF: "application/pdf",
    Format.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
SUFFIXES = {Format.PDF: ".pdf", Format.SIGNED_PDF: "（已签署）.pdf", Format.DOCX: ".docx", Format.XLSX: ".xlsx"}


@dataclass(frozen=True, slots=True)
class Kept:
    """Content that lies in the store: all that a row needs to name it."""

    sha256: str
    size: int


def store() -> Contents:
    """The room's content."""
    return contents_of(ROOM)


def keep(raw: bytes) -> Kept:
    """Put bytes into the store, on the disk for good when this returns. Touches no row: call it before the unit.

    What no row names after a day goes with the sweep.
    """
    kept = Kept(hashlib.sha256(raw).hexdigest(), len(raw))
    if not store().has(kept.sha256):
        store().take([raw], sha256=kept.sha256, size=kept.size)
    return kept


def attach(document: Document, form: Format, kept: Kept) -> DocumentFile:
    """Name kept content as a file of a document, in the caller's unit. The same file twice is one row."""
    query = sa.select(DocumentFile).where(DocumentFile.document_id == document.id, DocumentFile.format == form)
    row = session().scalars(query).one_or_none()
    if row is None:
        row = DocumentFile(document_id=document.id, format=form)
        session().add(row)
    row.file_name = file_name(document.number, document.title, form)
    row.sha256, row.size, row.made_at = kept.sha256, kept.size, clock.now()
    session().flush()
    return row


def file_name(number: str, title: str, form: Format) -> str:
    """What people see on their disk: number, title and ending, without what file systems refuse."""
    told = "".join(sign if sign.isprintable() and sign not in '\\/:*?"<>|' else "-" for sign in f"{number} {title}")
    suffix = SUFFIXES[form]
    return told.strip(" .")[: NAME - len(suffix)] + suffix


def pieces(file: DocumentFile) -> Iterator[bytes]:
    """A file's bytes; FileGone at once if they are not there. The caller has checked who asks."""
    return store().stream(file.sha256)


def raw(file: DocumentFile) -> bytes:
    """The whole of it."""
    return b"".join(pieces(file))


def sweep(before: datetime) -> int:
    """Delete content written before a moment that no row names. Only reads the database: run it in ``reading()``."""
    gone, batch = 0, []
    for digest in store().older_than(before):
        batch.append(digest)
        if len(batch) == SWEEP:
            gone += _sweep(batch)
            batch = []
    return gone + _sweep(batch)


def _sweep(batch: list[str]) -> int:
    if not batch:
        return 0
    named: set[str | None] = set()
    for column in (DocumentFile.sha256, DocumentTemplate.sha256, DocumentRun.sha256):
        named |= set(session().scalars(sa.select(column).where(column.in_(batch))))
    for digest in set(batch) - named:
        store().delete(digest)
    return len(set(batch) - named)
