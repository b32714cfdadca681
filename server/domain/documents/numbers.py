"""Numbers: prefix, contract, year, serial; without gaps, because a number stands or falls with its document."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite

from server.core.db import session, table
from server.domain.documents import access
from server.domain.documents.models import Document, DocumentSeries
from server.domain.documents.vocabulary import DocumentState
from server.domain.identity import Actor

SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE = 12


def next_serial(contract_id: uuid.UUID, prefix: str, year: int) -> int:
    """The next serial of a series. Others who want one of the same series wait until the caller's unit is over.

    One statement, also for a series' first number: to look, insert and look again is a deadlock on MariaDB when several
    begin a series at once.
    """
    key = {"contract_id": contract_id, "prefix": prefix, "year": year}
    session().flush()
    session().connection().execute(_counted(key))
    query = sa.select(DocumentSeries.last).filter_by(**key)
    return session().execute(query).scalar_one()


def _counted(key: dict[str, Any]) -> sa.Insert:
    rows, make = table(DocumentSeries), session().connection().dialect.name
    if make in ("mysql", "mariadb"):
        into = mysql.insert(rows).values(last=1, **key)
        return into.on_duplicate_key_update(last=rows.c.last + 1)
    insert = (postgresql if make == "postgresql" else sqlite).insert(rows).values(last=1, **key)
    upsert: sa.Insert = insert.on_conflict_do_update(index_elements=list(key), set_={"last": rows.c.last + 1})
    return upsert


def new_code() -> str:
    """A code for the verify page: 60 bits, no letters that look like digits, in groups (``7KQF-2MXA-9TRD``)."""
    signs = [secrets.choice(SIGNS) for _ in range(CODE)]
    return "-".join("".join(signs[start : start + 4]) for start in range(0, CODE, 4))


@dataclass(frozen=True, slots=True)
class Series:
    """The numbers of one prefix, contract and year. ``missing`` are serials without a document: there must be none."""

    contract_id: uuid.UUID
    prefix: str
    year: int
    last: int
    used: int
    void: int
    replaced: int

    @property
    def missing(self) -> int:
        """How many numbers were given and have no document."""
        return self.last - self.used


def register_of(actor: Actor, *, contract_id: uuid.UUID | None = None, year: int | None = None) -> list[Series]:
    """The register of numbers that the actor may see, by contract, year and prefix: two queries."""
    mine = access.visible(actor)
    gone = (DocumentState.VOID, DocumentState.REPLACED)
    void, replaced = (sa.func.sum(sa.case((Document.state == state, 1), else_=0)) for state in gone)
    key = (Document.contract_id, Document.prefix, Document.year)
    query = sa.select(*key, sa.func.max(Document.serial), sa.func.count(), void, replaced).where(*mine).group_by(*key)
    if contract_id is not None:
        query = query.where(Document.contract_id == contract_id)
    if year is not None:
        query = query.where(Document.year == year)
    found = session().execute(query.order_by(Document.contract_id, Document.year.desc(), Document.prefix)).all()
    given = {(row.contract_id, row.prefix, row.year): row.last for row in session().scalars(sa.select(DocumentSeries))}
    return [
        Series(
            row[0],
            row[1],
            row[2],
            max(given.get((row[0], row[1], row[2]), 0), row[3]),
            row[4],
            int(row[5]),
            int(row[6]),
        )
        for row in found
    ]


def numbered(actor: Actor, *, contract_id: uuid.UUID, prefix: str, year: int) -> sa.Select[tuple[Document]]:
    """Every document of a series in the order of its numbers, void and replaced ones too."""
    series = (Document.contract_id == contract_id, Document.prefix == prefix, Document.year == year)
    return sa.select(Document).where(*access.visible(actor), *series).order_by(Document.serial)


def last_of(contract_id: uuid.UUID, prefix: str, year: int) -> int:
    """How many numbers a series has given."""
    query = sa.select(DocumentSeries.last).where(
        DocumentSeries.contract_id == contract_id, DocumentSeries.prefix == prefix, DocumentSeries.year == year
    )
    return session().scalar(query) or 0
