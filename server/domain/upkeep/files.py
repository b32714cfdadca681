"""Photographs and papers of the room: kept before the unit by the face, named here, handed out to those who see the row."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import NotFound
from server.domain import identity
from server.domain.identity import Actor
from server.domain.upkeep import access, log
from server.domain.upkeep.log import Logged
from server.domain.upkeep.models import UpkeepFile
from server.gateways import papers
from server.gateways.papers import Paper, PaperRefused

ROOM = "upkeep"
SWEEP = 500
MOST = 9
KINDS = ("application/pdf", "image/png", "image/jpeg")


class UpkeepFileNotFound(NotFound):
    """There is no such file, or it is not this person's to see."""

    code = "upkeep_file_not_found"
    message = "没有找到该附件。"


def take_paper(*, name: str, raw: bytes) -> Paper:
    """Keep an uploaded file; PaperRefused unless it is a PDF or a picture. Touches no row: call it before the unit."""
    paper = papers.keep(ROOM, name=name, raw=raw)
    if paper.mime not in KINDS:
        papers.folder(ROOM).delete(paper.key)
        told = "只接收 PDF 和图片文件。"
        raise PaperRefused(told, fields={"upload": [told]})
    return paper


def attach(actor: Actor, row: Logged, uploads: Sequence[Paper]) -> list[UpkeepFile]:
    """Give kept files to a row."""
    if len(uploads) > MOST:
        told = f"一次最多 {MOST} 个附件。"
        raise PaperRefused(told, fields={"upload": [told]})
    rows = [
        UpkeepFile(
            subject=log.SUBJECTS[type(row)],
            subject_id=row.id,
            contract_id=row.contract_id,
            file_name=paper.name,
            mime=paper.mime,
            size=paper.size,
            sha256=paper.sha256,
            stored_key=paper.key,
            added_by_id=actor.id,
            added_by_name=actor.name[:64],
            added_at=clock.now(),
        )
        for paper in uploads
    ]
    session().add_all(rows)
    session().flush()
    for file in rows:
        identity.record(
            actor,
            "upkeep_file.added",
            subject=("upkeep_file", file.id),
            summary=f"{row.number} 附件 {file.file_name}（{file.size} 字节）",
            changes={"sha256": [None, file.sha256]},
        )
    return rows


def find_file(actor: Actor, file_id: uuid.UUID) -> UpkeepFile:
    """A file whose row the actor may see; UpkeepFileNotFound otherwise."""
    query = sa.select(UpkeepFile).where(UpkeepFile.id == file_id, *access.visible(actor, UpkeepFile.contract_id))
    found = session().scalars(query).one_or_none()
    if found is None:
        raise UpkeepFileNotFound
    return found


def read_file(actor: Actor, file_id: uuid.UUID) -> tuple[UpkeepFile, Iterator[bytes]]:
    """A file and its bytes in pieces, after the check of who asks."""
    found = find_file(actor, file_id)
    return found, papers.stream(ROOM, found.stored_key)


def files_of(subject_ids: Iterable[uuid.UUID]) -> list[UpkeepFile]:
    """The files of rows that the caller found visible, oldest first."""
    query = sa.select(UpkeepFile).where(UpkeepFile.subject_id.in_(list(subject_ids)))
    return list(session().scalars(query.order_by(UpkeepFile.added_at, UpkeepFile.id)))


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
    named = set(session().scalars(sa.select(UpkeepFile.stored_key).where(UpkeepFile.stored_key.in_(batch))))
    for key in set(batch) - named:
        papers.folder(ROOM).delete(key)
    return len(set(batch) - named)
