"""What there is on paper: lists, the standing document of a subject, versions, the files of one and their bytes."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from server.core.db import session
from server.core.errors import NotFound
from server.domain import identity
from server.domain.documents import access, files
from server.domain.documents.issuing import SUBJECT
from server.domain.documents.models import Document, DocumentFile
from server.domain.documents.vocabulary import STANDING, DocumentState, Format
from server.domain.identity import Actor, AuditEntry


class FileNotMade(NotFound):
    """The document has no such file, or not yet."""

    code = "document_file_not_made"
    message = "这份文书没有该格式的文件，或文件还在生成。"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFilters:
    """Which documents: all conditions together; an empty one asks for nothing.

    ``since``/``until`` are days that documents belong to. ``text`` is looked for in number and title. ``standing`` leaves
    out what is void or replaced; ``troubled`` are those without files, for a reason that a person has to see to.
    """

    states: tuple[DocumentState, ...] = ()
    kinds: tuple[str, ...] = ()
    contract_id: uuid.UUID | None = None
    subject_id: uuid.UUID | None = None
    since: date | None = None
    until: date | None = None
    text: str = ""
    standing: bool = False
    troubled: bool = False


ORDERS: Mapping[str, Any] = MappingProxyType(
    {
        "number": Document.number,
        "title": Document.title,
        "covers_on": Document.covers_on,
        "issued_at": Document.issued_at,
        "kind": Document.kind,
    }
)


def matching(actor: Actor, filters: DocumentFilters | None = None) -> sa.Select[tuple[Document]]:
    """The documents that the actor may see, newest first. Needs document.view."""
    asked = filters or DocumentFilters()
    query = sa.select(Document).where(*access.visible(actor), *_conditions(asked))
    if needle := asked.text.strip():
        found = [column.contains(needle, autoescape=True) for column in (Document.number, Document.title)]
        query = query.where(sa.or_(*found, Document.code == needle.upper()))
    return query.order_by(Document.issued_at.desc(), Document.id.desc())


def counts(actor: Actor, filters: DocumentFilters | None = None) -> dict[DocumentState, int]:
    """How many there are in each state, whatever state the filters ask for."""
    query = matching(actor, filters).order_by(None)
    found = query.with_only_columns(Document.state, sa.func.count()).group_by(Document.state)
    return {state: count for state, count in session().execute(found)}  # noqa: C416 - rows are no pairs for mypy


def standing(kind_code: str, subject_id: uuid.UUID) -> Document | None:
    """The document of that kind that stands for the subject. Asks nobody's permission: for the rooms above."""
    return session().scalars(sa.select(Document).where(Document.slot == f"{kind_code}:{subject_id}")).one_or_none()


def states_of(kind_code: str, subject_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, DocumentState]:
    """The state of the standing document of each subject that has one; one query. For the rooms above."""
    slots = [f"{kind_code}:{subject_id}" for subject_id in subject_ids]
    query = sa.select(Document.subject_id, Document.state).where(Document.slot.in_(slots))
    return {subject_id: state for subject_id, state in session().execute(query)}  # noqa: C416 - rows are no pairs for mypy


def standing_of(actor: Actor, kind_code: str, subject_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Document]:
    """The standing document of each subject that has one which the actor may see; one query."""
    slots = [f"{kind_code}:{subject_id}" for subject_id in subject_ids]
    query = sa.select(Document).where(Document.slot.in_(slots), *access.visible(actor))
    return {document.subject_id: document for document in session().scalars(query)}


def versions_of(actor: Actor, document: Document) -> list[Document]:
    """The document with every version before and after it, oldest first."""
    same = (Document.kind == document.kind, Document.subject_id == document.subject_id)
    query = sa.select(Document).where(*same, *access.visible(actor)).order_by(Document.issued_at, Document.id)
    found = {each.id: each for each in session().scalars(query)}
    by_old = {each.follows_id: each for each in found.values() if each.follows_id is not None}
    first = document
    while first.follows_id is not None and first.follows_id in found:
        first = found[first.follows_id]
    chain = [first]
    while (following := by_old.get(chain[-1].id)) is not None:
        chain.append(following)
    return chain


def files_of(document: Document) -> dict[Format, DocumentFile]:
    """The files that are made so far."""
    query = sa.select(DocumentFile).where(DocumentFile.document_id == document.id)
    return {file.format: file for file in session().scalars(query)}


def formats_of(document_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Format]]:
    """Which files each of several documents has; one query. The caller found the documents visible."""
    query = sa.select(DocumentFile.document_id, DocumentFile.format).where(DocumentFile.document_id.in_(document_ids))
    found: dict[uuid.UUID, list[Format]] = {document_id: [] for document_id in document_ids}
    for document_id, form in session().execute(query):
        found[document_id].append(form)
    return found


def file_of(actor: Actor, document_id: uuid.UUID, form: Format) -> DocumentFile:
    """One file of a document that the actor may see, to be looked at in the console."""
    document = access.find(actor, document_id)
    file = files_of(document).get(form)
    if file is None:
        raise FileNotMade
    return file


def open_file(actor: Actor, document_id: uuid.UUID, form: Format) -> tuple[DocumentFile, Iterator[bytes]]:
    """A file to be taken out of the house, and its bytes in pieces; the trail says who took it."""
    file = file_of(actor, document_id, form)
    bytes_ = files.pieces(file)
    identity.record(
        actor,
        "document.downloaded",
        subject=(SUBJECT, document_id),
        summary=f"下载 {file.file_name}",
        changes={"sha256": [None, file.sha256]},
    )
    return file, bytes_


def history(document: Document, *, most: int = 60) -> list[AuditEntry]:
    """What the trail says of a document that the caller found visible, newest first."""
    query = sa.select(AuditEntry).where(AuditEntry.subject_kind == SUBJECT, AuditEntry.subject_id == str(document.id))
    return list(session().scalars(query.order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(most)))


def note_export(actor: Actor, *, told: str, count: int, form: str) -> None:
    """Leave the trace of a list that was taken as a file."""
    identity.record(actor, "document.list_exported", summary=f"导出{told} {count} 条（{form}）")


def _conditions(asked: DocumentFilters) -> Iterator[sa.ColumnElement[bool]]:
    if asked.states:
        yield Document.state.in_(asked.states)
    if asked.standing:
        yield Document.state.in_(STANDING)
    if asked.kinds:
        yield Document.kind.in_(asked.kinds)
    if asked.contract_id is not None:
        yield Document.contract_id == asked.contract_id
    if asked.subject_id is not None:
        yield Document.subject_id == asked.subject_id
    if asked.since is not None:
        yield Document.covers_on >= asked.since
    if asked.until is not None:
        yield Document.covers_on <= asked.until
    if asked.troubled:
        yield sa.and_(Document.state == DocumentState.MAKING, Document.problem != "")
