"""Papers of a training: slides, the sheet that hands have signed, photographs; kept before the unit, named in it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from datetime import timedelta

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Invalid
from server.domain import identity
from server.domain.identity import Actor
from server.domain.training import access
from server.domain.training.models import NAME, TrainingFile
from server.domain.training.states import after
from server.domain.training.vocabulary import FileKind, Step
from server.gateways import papers
from server.gateways.papers import Paper

ROOM = "training"
MOST = 9
YOUNG = timedelta(days=1)


def take_paper(*, name: str, raw: bytes) -> Paper:
    """Keep an uploaded file; PaperRefused unless it is of a kind that we keep. Touches no row: call it before the unit."""
    return papers.keep(ROOM, name=name, raw=raw)


def add_files(actor: Actor, training_id: uuid.UUID, *, kind: FileKind, uploads: Sequence[Paper]) -> list[TrainingFile]:
    """Give kept papers to a training. Needs record.log on its contract."""
    training = access.hold(actor, training_id)
    after(training.state, Step.FILE_ADDED)
    if not 0 < len(uploads) <= MOST:
        raise Invalid(fields={"upload": [f"请选择 1 至 {MOST} 个文件"]})
    rows = [
        TrainingFile(
            training_id=training.id,
            contract_id=training.contract_id,
            kind=kind,
            file_name=paper.name,
            mime=paper.mime,
            size=paper.size,
            sha256=paper.sha256,
            stored_key=paper.key,
            added_at=clock.now(),
            added_by_name=actor.name[:NAME],
        )
        for paper in uploads
    ]
    session().add_all(rows)
    access.move(
        actor,
        training,
        Step.FILE_ADDED,
        summary=f"上传{kind.label} {len(rows)} 个",
        text="、".join(row.file_name for row in rows),
        changes={"sha256": [None, [row.sha256 for row in rows]]},
    )
    return rows


def files_of(training_id: uuid.UUID) -> list[TrainingFile]:
    """The papers of a training, oldest first. The caller has found the training for its actor."""
    query = sa.select(TrainingFile).where(TrainingFile.training_id == training_id)
    return list(session().scalars(query.order_by(TrainingFile.added_at, TrainingFile.id)))


def read_file(actor: Actor, file_id: uuid.UUID) -> tuple[TrainingFile, Iterator[bytes]]:
    """A paper and its bytes, if its training is the actor's to see; the look is in the trail."""
    query = sa.select(TrainingFile).where(TrainingFile.id == file_id, *access.visible(actor, TrainingFile.contract_id))
    file = session().scalars(query).one_or_none()
    if file is None:
        raise access.TrainingNotFound
    pieces = papers.stream(ROOM, file.stored_key)
    identity.record(
        actor,
        "training.file_read",
        subject=(access.SUBJECT, file.training_id),
        summary=f"下载{file.kind.label}：{file.file_name}",
    )
    return file, pieces


def sweep_files() -> int:
    """Delete files that no row names and that are older than a day. Only reads the database; run it in ``reading()``."""
    gone = 0
    for key in list(papers.folder(ROOM).older_than(clock.now() - YOUNG)):
        if session().scalar(sa.select(TrainingFile.id).where(TrainingFile.stored_key == key)) is None:
            papers.folder(ROOM).delete(key)
            gone += 1
    return gone
