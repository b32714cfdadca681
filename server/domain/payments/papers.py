"""Papers of money: scans of invoices and notices, kept in the room's folder and read by who may see what they belong to."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Forbidden
from server.domain.identity import Actor, Permission
from server.domain.payments import dues
from server.domain.payments.access import MoneyNotFound, held
from server.domain.payments.breaches import Claim, Matter, RectificationOrder
from server.domain.payments.log import KINDS, Logged, said, write
from server.domain.payments.models import Application, MoneyFile
from server.domain.payments.vocabulary import MoneyStep, Subject
from server.gateways import papers

ROOM = "payments"
ORPHAN_HOURS = 24
BATCH = 500
MODELS: Mapping[Subject, type[Application | Claim | RectificationOrder | Matter]] = {
    Subject.APPLICATION: Application,
    Subject.CLAIM: Claim,
    Subject.ORDER: RectificationOrder,
    Subject.MATTER: Matter,
}


def attach(actor: Actor, kind: Subject, subject_id: uuid.UUID, *, name: str, raw: bytes, label: str = "") -> MoneyFile:
    """Add a paper to an application, a claim, an order or a matter. PaperRefused names what is wrong with the file."""
    row: Logged
    if kind is Subject.APPLICATION:
        row = dues.held_application(actor, subject_id, Permission.PAYMENT_VIEW)
    else:
        row = held(actor, MODELS[kind], subject_id, Permission.PAYMENT_VIEW)
    verbs = (Permission.PAYMENT_APPLY, Permission.PAYMENT_HANDLE)
    if not any(actor.may(verb, row.contract_id) for verb in verbs):
        raise Forbidden
    label = said("label", label, needed=False, longest=60)
    paper = papers.keep(ROOM, name=name, raw=raw)
    file = MoneyFile(
        contract_id=row.contract_id,
        subject_kind=KINDS[type(row)],
        subject_id=row.id,
        label=label,
        file_name=paper.name,
        mime=paper.mime,
        size=paper.size,
        sha256=paper.sha256,
        stored_key=paper.key,
        uploaded_by_id=actor.id,
        uploaded_by_name=actor.name[:64],
        uploaded_at=clock.now(),
    )
    session().add(file)
    write(
        actor,
        row,
        MoneyStep.FILED,
        f"上传附件 {paper.name}",
        text=label or paper.name,
        data={"sha256": paper.sha256, "size": paper.size},
        changes={"sha256": [None, paper.sha256]},
    )
    return file


def papers_of(subject_ids: Iterable[uuid.UUID]) -> list[MoneyFile]:
    """The papers of things that were found visible, oldest first."""
    query = sa.select(MoneyFile).where(MoneyFile.subject_id.in_(list(subject_ids)))
    return list(session().scalars(query.order_by(MoneyFile.uploaded_at, MoneyFile.id)))


def read(actor: Actor, file_id: uuid.UUID) -> tuple[MoneyFile, Iterator[bytes]]:
    """A paper and its bytes; MoneyNotFound unless the actor may see its contract's money."""
    actor.need(Permission.PAYMENT_VIEW)
    query = sa.select(MoneyFile).where(MoneyFile.id == file_id)
    scope = actor.contracts_for(Permission.PAYMENT_VIEW)
    if scope is not None:
        query = query.where(MoneyFile.contract_id.in_(scope))
    file = session().scalars(query).one_or_none()
    if file is None:
        raise MoneyNotFound
    return file, papers.stream(ROOM, file.stored_key)


def sweep_papers() -> int:
    """Delete files that no row names and that are older than a day. Only reads the database; run it in ``reading()``."""
    folder, gone = papers.folder(ROOM), 0
    batch: list[str] = []
    for key in folder.older_than(clock.now() - timedelta(hours=ORPHAN_HOURS)):
        batch.append(key)
        if len(batch) == BATCH:
            gone += _sweep(batch)
            batch = []
    return gone + _sweep(batch)


def _sweep(batch: list[str]) -> int:
    if not batch:
        return 0
    named = set(session().scalars(sa.select(MoneyFile.stored_key).where(MoneyFile.stored_key.in_(batch))))
    for key in set(batch) - named:
        papers.folder(ROOM).delete(key)
    return len(set(batch) - named)
