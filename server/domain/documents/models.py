"""Tables: issued documents with their frozen content, their files, and the numbers of each series."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Base, Keyed, enum_column
from server.domain.documents.vocabulary import DocumentState, Format, RunKind, TemplateState

NUMBER = 80
KIND = 40
TITLE = 200
NAME = 64
REASON = 500


class DocumentSeries(Base):
    """The last number given under a prefix, for a contract and a year."""

    __tablename__ = "document_series"

    contract_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    prefix: Mapped[str] = mapped_column(sa.String(12), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class Document(Keyed, Base):
    """One issued document: its number, its content as it was on that day, its files.

    ``subject_kind``/``subject_id`` name what it tells of; ``slot`` is free (NULL) once another takes its place, so that a
    subject has one standing document of a kind. A correction is a new row, with a number of its own and the next
    ``version``, whose ``follows_id`` names the one it replaces. ``content`` is never changed; ``content_sha256`` is that
    of its canonical JSON. ``code`` is printed on it and answers at the public verify page. ``sources`` are links to what
    its figures were taken from. ``keep_until_on``: not to be destroyed before (archives, domain.md §6).
    """

    __tablename__ = "documents"
    __table_args__ = (
        sa.UniqueConstraint("contract_id", "prefix", "year", "serial"),
        sa.Index("ix_documents_contract_issued", "contract_id", "issued_at"),
        sa.Index("ix_documents_subject", "subject_id", "kind"),
        sa.Index("ix_documents_state", "state", "kind"),
    )

    contract_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(sa.String(KIND))
    subject_kind: Mapped[str] = mapped_column(sa.String(KIND))
    subject_id: Mapped[uuid.UUID]
    slot: Mapped[str | None] = mapped_column(sa.String(100), unique=True)
    prefix: Mapped[str] = mapped_column(sa.String(12))
    year: Mapped[int]
    serial: Mapped[int]
    number: Mapped[str] = mapped_column(sa.String(NUMBER), unique=True)
    version: Mapped[int] = mapped_column(default=1)
    follows_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("documents.id"), unique=True)
    code: Mapped[str] = mapped_column(sa.String(24), unique=True)
    state: Mapped[DocumentState] = enum_column(DocumentState, default=DocumentState.MAKING)
    title: Mapped[str] = mapped_column(sa.String(TITLE))
    covers_on: Mapped[date | None]
    content: Mapped[dict[str, Any]]
    content_sha256: Mapped[str] = mapped_column(sa.String(64))
    sources: Mapped[list[Any]]
    template_id: Mapped[uuid.UUID | None]
    issued_at: Mapped[datetime]
    issued_by_id: Mapped[uuid.UUID | None]
    issued_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    reason: Mapped[str] = mapped_column(sa.String(REASON), default="")
    problem: Mapped[str] = mapped_column(sa.String(REASON), default="")
    settled_at: Mapped[datetime | None]
    keep_until_on: Mapped[date | None]


class DocumentFile(Keyed, Base):
    """A file of a document, kept by the SHA-256 of what is in it."""

    __tablename__ = "document_files"
    __table_args__ = (sa.UniqueConstraint("document_id", "format"),)

    document_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("documents.id"))
    format: Mapped[Format] = enum_column(Format)
    file_name: Mapped[str] = mapped_column(sa.String(200))
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    size: Mapped[int]
    made_at: Mapped[datetime]


class DocumentTemplate(Keyed, Base):
    """A Word template of a kind that the bureau brought. One of a kind is active (``slot`` is its kind), or none: then the
    form itself is the template. The file lies under its hash and stays, since documents name what they were made with.
    """

    __tablename__ = "document_templates"
    __table_args__ = (sa.UniqueConstraint("kind", "version"),)

    kind: Mapped[str] = mapped_column(sa.String(KIND))
    version: Mapped[int]
    slot: Mapped[str | None] = mapped_column(sa.String(KIND), unique=True)
    state: Mapped[TemplateState] = enum_column(TemplateState, default=TemplateState.DRAFT)
    file_name: Mapped[str] = mapped_column(sa.String(200))
    sha256: Mapped[str] = mapped_column(sa.String(64))
    size: Mapped[int]
    note: Mapped[str] = mapped_column(sa.String(REASON), default="")
    warnings: Mapped[list[Any]]
    added_at: Mapped[datetime]
    added_by_id: Mapped[uuid.UUID | None]
    added_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    settled_at: Mapped[datetime | None]
    settled_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")


class DocumentRun(Keyed, Base):
    """Much at once, asked for by one person: a batch of documents, or an archive as one ZIP.

    ``from_on``/``until_on`` bound the matters (batch) or the days that documents belong to (archive); ``chosen`` are the
    ids of matters, or of documents. Counts are written in each matter's unit, so that their sum is where a batch goes on
    after a worker died. ``notes`` say what failed. ``sha256`` is the archive's. The job's row tells whether it still runs.
    """

    __tablename__ = "document_runs"
    __table_args__ = (sa.Index("ix_document_runs_contract", "contract_id", "asked_at"),)

    what: Mapped[RunKind] = enum_column(RunKind)
    contract_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(sa.String(KIND), default="")
    from_on: Mapped[date | None]
    until_on: Mapped[date | None]
    originals: Mapped[bool] = mapped_column(default=False)
    chosen: Mapped[list[Any]]
    job_id: Mapped[uuid.UUID | None]
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[uuid.UUID | None]
    asked_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    total: Mapped[int] = mapped_column(default=0)
    made: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    notes: Mapped[list[Any]]
    sha256: Mapped[str | None] = mapped_column(sa.String(64))
    size: Mapped[int | None]
    ended_at: Mapped[datetime | None]
