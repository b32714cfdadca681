"""Lines of history, and the papers that belong to a person, a notice, a departure or a subcontract."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Invalid
from server.core.ids import new_id
from server.core.secrecy import refuse_marked
from server.domain import identity
from server.domain.identity import Actor, Permission
from server.domain.staffing import access
from server.domain.staffing.models import (
    Maintainer,
    OffBoarding,
    Replacement,
    StaffDocument,
    StaffEvent,
    Subcontract,
)
from server.domain.staffing.vocabulary import DocumentKind, EventKind, SubjectKind
from server.gateways import papers

ROOM = "staffing"
MOST_FILES = 10
YOUNG = timedelta(days=1)
LONGEST = 5000

Subject = Maintainer | Replacement | OffBoarding | Subcontract
KIND_OF: Mapping[type[Any], SubjectKind] = {
    Maintainer: SubjectKind.MAINTAINER,
    Replacement: SubjectKind.REPLACEMENT,
    OffBoarding: SubjectKind.OFF_BOARDING,
    Subcontract: SubjectKind.SUBCONTRACT,
}
MODEL_OF: Mapping[SubjectKind, type[Any]] = {kind: model for model, kind in KIND_OF.items()}


@dataclass(frozen=True, slots=True)
class File:
    """A paper as it was handed in: its name, its bytes, and what it proves."""

    name: str
    raw: bytes
    kind: DocumentKind = DocumentKind.EXPERIENCE


def wrote(field: str, text: str, *, longest: int = LONGEST, needed: bool = True) -> str:
    """Somebody's words, trimmed; Invalid when they are missing or too many."""
    trimmed = text.replace("\0", "").strip()
    if needed and not trimmed:
        raise Invalid(fields={field: ["必填"]})
    if len(trimmed) > longest:
        raise Invalid(fields={field: [f"不超过 {longest} 个字"]})
    refuse_marked(trimmed, field=field)
    return trimmed


def note(
    actor: Actor,
    subject: Subject,
    kind: EventKind,
    text: str = "",
    *,
    summary: str,
    changes: Mapping[str, Any] | None = None,
    at: datetime | None = None,
) -> None:
    """Write a line of history, and the entry of the trail that belongs to it."""
    of = KIND_OF[type(subject)]
    session().add(
        StaffEvent(
            id=new_id(),
            contract_id=subject.contract_id,
            subject_kind=of,
            subject_id=subject.id,
            kind=kind,
            at=at or clock.now(),
            actor_name=actor.name[:64],
            by_vendor=actor.is_vendor,
            text=text,
        )
    )
    identity.record(
        actor, f"staff.{kind.value}", subject=(f"staff_{of.value}", subject.id), summary=summary, changes=changes
    )


def keep_files(actor: Actor, subject: Subject, files: Sequence[File]) -> list[StaffDocument]:
    """Keep papers for a subject; the caller has checked who may."""
    if len(files) > MOST_FILES:
        raise Invalid(fields={"upload": [f"一次最多 {MOST_FILES} 个文件。"]})
    kept = []
    for file in files:
        paper = papers.keep(ROOM, name=file.name, raw=file.raw)
        kept.append(
            StaffDocument(
                id=new_id(),
                contract_id=subject.contract_id,
                subject_kind=KIND_OF[type(subject)],
                subject_id=subject.id,
                kind=file.kind,
                file_name=paper.name,
                mime=paper.mime,
                size=paper.size,
                sha256=paper.sha256,
                stored_key=paper.key,
                uploaded_at=clock.now(),
                uploaded_by_name=actor.name[:64],
            )
        )
    session().add_all(kept)
    session().flush()
    return kept


def add_paper(actor: Actor, kind: SubjectKind, subject_id: uuid.UUID, *, file: File) -> StaffDocument:
    """Attach a paper later on; either side may, on its contracts."""
    model = MODEL_OF[kind]
    subject = access.hold(actor, model, subject_id, Permission.STAFF_MANAGE, Permission.STAFF_DECIDE)
    document = keep_files(actor, subject, [file])[0]
    note(
        actor,
        subject,
        EventKind.PAPER_ADDED,
        f"{file.kind.label}：{document.file_name}",
        summary=f"上传{kind.label}材料：{file.kind.label}",
        changes={"sha256": [None, document.sha256]},
    )
    return document


def papers_of(kind: SubjectKind, subject_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[StaffDocument]]:
    """Papers by subject, oldest first. The caller shows only subjects that it found for its actor."""
    wanted = list(subject_ids)
    found: dict[uuid.UUID, list[StaffDocument]] = {key: [] for key in wanted}
    query = sa.select(StaffDocument).where(StaffDocument.subject_kind == kind, StaffDocument.subject_id.in_(wanted))
    for row in session().scalars(query.order_by(StaffDocument.uploaded_at, StaffDocument.id)):
        found[row.subject_id].append(row)
    return found


def read_paper(actor: Actor, document_id: uuid.UUID) -> tuple[StaffDocument, Iterator[bytes]]:
    """A paper and its bytes, if it is of a contract whose people the actor may see; the look is in the trail (A39)."""
    query = sa.select(StaffDocument).where(StaffDocument.id == document_id, *access.visible(actor, StaffDocument))
    document = session().scalars(query).one_or_none()
    if document is None:
        raise access.StaffNotFound
    pieces = papers.stream(ROOM, document.stored_key)
    identity.record(
        actor,
        "staff.paper_read",
        subject=(f"staff_{document.subject_kind.value}", document.subject_id),
        summary=f"下载{document.kind.label}：{document.file_name}",
    )
    return document, pieces


def history_of(kind: SubjectKind, subject_ids: Iterable[uuid.UUID]) -> list[StaffEvent]:
    """The history of some subjects, newest first. The caller shows only what it found for its actor."""
    wanted = list(subject_ids)
    query = sa.select(StaffEvent).where(StaffEvent.subject_kind == kind, StaffEvent.subject_id.in_(wanted))
    return list(session().scalars(query.order_by(StaffEvent.at.desc(), StaffEvent.id.desc())))


def sweep_papers() -> int:
    """Delete files that no row names and that are older than a day. Only reads the database; run it in ``reading()``."""
    gone = 0
    for key in list(papers.folder(ROOM).older_than(clock.now() - YOUNG)):
        if session().scalar(sa.select(StaffDocument.id).where(StaffDocument.stored_key == key)) is None:
            papers.folder(ROOM).delete(key)
            gone += 1
    return gone
