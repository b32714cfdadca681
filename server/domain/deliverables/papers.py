"""The files of what was handed in: kept in this room's own folder, given out only with the row that names them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.domain.deliverables.models import DeliveryVersion
from server.gateways import papers
from server.gateways.papers import Paper

ROOM = "deliverables"
ORPHAN_AGE = timedelta(days=1)
SWEEP = 500


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A file on its way out."""

    name: str
    mime: str
    size: int
    pieces: Iterator[bytes]


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file as it comes."""

    name: str
    data: bytes


def take_paper(*, name: str, raw: bytes) -> Paper:
    """Keep a file before the unit that hands it in, so that no lock is held meanwhile; PaperRefused for other kinds.

    What no hand-in takes goes after a day.
    """
    return papers.keep(ROOM, name=name, raw=raw)


def put_into(version: DeliveryVersion, file: Incoming | Paper) -> None:
    """Name a file in a version, kept now if it was not before."""
    paper = take_paper(name=file.name, raw=file.data) if isinstance(file, Incoming) else file
    version.file_name, version.mime, version.size = paper.name, paper.mime, paper.size
    version.sha256, version.stored_key = paper.sha256, paper.key


def send(version: DeliveryVersion) -> Outgoing | None:
    """The file of a version that the caller may see; None if it has none."""
    if not version.stored_key:
        return None
    return Outgoing(version.file_name, version.mime, version.size, papers.stream(ROOM, version.stored_key))


def sweep() -> int:
    """Delete files that no version names and that are older than a day: what a refused hand-in left behind.

    Only reads the database; run it in ``reading()``.
    """
    gone, batch = 0, []
    for key in papers.folder(ROOM).older_than(clock.now() - ORPHAN_AGE):
        batch.append(key)
        if len(batch) == SWEEP:
            gone += _sweep(batch)
            batch = []
    return gone + _sweep(batch)


def _sweep(keys: list[str]) -> int:
    query = sa.select(DeliveryVersion.stored_key).where(DeliveryVersion.stored_key.in_(keys))
    unnamed = set(keys) - (set(session().scalars(query)) if keys else set())
    for key in unnamed:
        papers.folder(ROOM).delete(key)
    return len(unnamed)
