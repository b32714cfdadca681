"""Papers of the room: kept before the unit by the face, named here, and handed out to those who see their record."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import NotFound
from server.domain import identity
from server.domain.identity import Actor, Permission
from server.domain.records import access
from server.domain.records.models import Completion, Material, RecordEvent, RecordFile, RemoteSession
from server.domain.records.vocabulary import Subject
from server.gateways import papers
from server.gateways.papers import Paper, PaperRefused

ROOM = "records"
SWEEP = 500
MOST = 9
# Evidence is looked at and printed: a scan, a photograph, a screenshot. Office files can be changed by whoever opens them.
KINDS = ("application/pdf", "image/png", "image/jpeg")


class FileNotFound(NotFound):
    """There is no such paper, or it is not this person's to see."""

    code = "record_file_not_found"
    message = "没有找到该附件。"


def take_paper(*, name: str, raw: bytes) -> Paper:
    """Keep an uploaded file; PaperRefused unless it is a PDF or a picture. Touches no row: call it before the unit.

    What no record takes goes with the sweep after a day.
    """
    paper = papers.keep(ROOM, name=name, raw=raw)
    if paper.mime not in KINDS:
        papers.folder(ROOM).delete(paper.key)
        told = "只接收 PDF 和图片文件。"
        raise PaperRefused(told, fields={"upload": [told]})
    return paper


def attach(
    actor: Actor,
    record: Completion | Material | RemoteSession,
    event: RecordEvent,
    files: Sequence[Paper],
) -> list[RecordFile]:
    """Give kept papers to a line of a record's log."""
    if len(files) > MOST:
        told = f"一次最多 {MOST} 个附件。"
        raise PaperRefused(told, fields={"upload": [told]})
    rows = [
        RecordFile(
            subject=event.subject,
            subject_id=record.id,
            event_id=event.id,
            contract_id=record.contract_id,
            file_name=paper.name,
            mime=paper.mime,
            size=paper.size,
            sha256=paper.sha256,
            stored_key=paper.key,
            added_by_id=actor.id,
            added_by_name=actor.name[:64],
            added_at=clock.now(),
        )
        for paper in files
    ]
    session().add_all(rows)
    session().flush()
    for row in rows:
        identity.record(
            actor,
            "record_file.added",
            subject=("record_file", row.id),
            summary=f"{record.number} 附件 {row.file_name}（{row.size} 字节）",
            changes={"sha256": [None, row.sha256]},
        )
    return rows


def find_file(actor: Actor, file_id: uuid.UUID) -> RecordFile:
    """A paper whose record the actor may see; FileNotFound otherwise."""
    found = session().get(RecordFile, file_id)
    if found is None:
        raise FileNotFound
    wanted = Permission.ACCEPTANCE_VIEW if found.subject is Subject.COMPLETION else Permission.RECORD_VIEW
    if not access.may(actor, wanted, found.contract_id):
        raise FileNotFound
    return found


def read_file(actor: Actor, file_id: uuid.UUID) -> tuple[RecordFile, Iterator[bytes]]:
    """A paper and its bytes in pieces, after the check of who asks."""
    found = find_file(actor, file_id)
    return found, papers.stream(ROOM, found.stored_key)


def files_of(subject_ids: Iterable[uuid.UUID]) -> list[RecordFile]:
    """The papers of records that the caller found visible, oldest first."""
    query = sa.select(RecordFile).where(RecordFile.subject_id.in_(list(subject_ids)))
    return list(session().scalars(query.order_by(RecordFile.added_at, RecordFile.id)))


def sweep_files(before: datetime) -> int:
    """Delete files written before a moment that no row names. Only reads the database; run it in ``reading()``."""
    gone, batch = 0, []
    for key in papers.folder(ROOM).older_than(before):
        batch.append(key)
        if len(batch) == SWEEP:
            gone += _sweep(batch)
            batch = []
    return gone + _sweep(batch)


def _sweep(batch: Sequence[str]) -> int:
    if not batch:
        return 0
    named = set(session().scalars(sa.select(RecordFile.stored_key).where(RecordFile.stored_key.in_(batch))))
    for key in set(batch) - named:
        papers.folder(ROOM).delete(key)
    return len(set(batch) - named)
