"""What lies under other contracts than somebody's own: every row by table, and the words by which one would know it."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from server.core.db import Base, EnumText, Json, session
from server.domain.knowledge import ArticleState, Audience

SERVER = Path(__file__).parents[2] / "server"
# Where a thing hangs that does not say its contract itself. The rest is found by foreign keys.
HUNG = {"ticket_attachments": ("ticket_id", "tickets"), "referral_events": ("subject_id", "referral_sheets")}
# Neither the things of a contract nor words of theirs: the trail, jobs, messages are read by the bureau only.
BESIDE = {"audit_entries", "jobs", "messages", "message_events", "ticket_policy", "officer_roles", "knowledge_postings"}
# Every contract's summary is called a summary.
NAMED_BY_TERMS = {"deliveries", "delivery_versions"}
UNTOLD = re.compile(r"sha256|hash|_key$|^mime$|sealed|^open_|_by$|^unit|^lane$")
SHORTEST = 2
Row = Mapping[str, Any]


@dataclass
class Foreign:
    """Of one person's point of view. ``ids`` by table, newest first; ``words`` that only others' things contain."""

    ids: dict[str, list[uuid.UUID]] = field(default_factory=dict)
    rows: dict[str, list[Row]] = field(default_factory=dict)
    words: frozenset[str] = frozenset()

    @property
    def every_id(self) -> frozenset[str]:
        """Of every foreign thing, as text."""
        return frozenset(str(each) for ids in self.ids.values() for each in ids)


def of(own: uuid.UUID) -> Foreign:
    """Everything under another contract than ``own``."""
    found, mine = Foreign(), set[str]()
    told: set[str] = set()
    for table, rows in _rows(own).items():
        for owner, row in rows:
            words = set(_words(table, row))
            if owner is None or owner == own:
                mine |= set(_said(row))
                continue
            told |= words
            found.rows.setdefault(table, []).append(row)
            if "id" in row:
                found.ids.setdefault(table, []).append(row["id"])
    known = "\n".join(mine) + _interface()
    found.words = frozenset(word for word in told if word not in known)
    return found


def _rows(own: uuid.UUID) -> dict[str, list[tuple[uuid.UUID | None, Row]]]:
    """Every row of every table with the contract that it belongs to; None for what is nobody's, or shared.

    Another vendor and its people count as theirs; the vendor of ``own`` has contracts beside it, and is itself nobody's.
    """
    contracts = session().execute(sa.select(Base.metadata.tables["contracts"])).mappings().all()
    here = next(row["vendor_id"] for row in contracts if row["id"] == own)
    owners: dict[tuple[str, Any], uuid.UUID] = {
        ("organisations", row["vendor_id"]): row["id"] for row in contracts if row["vendor_id"] != here
    }
    found: dict[str, list[tuple[uuid.UUID | None, Row]]] = {}
    for table in Base.metadata.sorted_tables:
        if table.name in BESIDE:
            continue
        order = [table.c.id.desc()] if "id" in table.c else []
        for row in session().execute(sa.select(table).order_by(*order)).mappings():
            owner = _owner(table, row, owners)
            if owner is not None and "id" in row:
                owners[table.name, row["id"]] = owner
            found.setdefault(table.name, []).append((owner, row))
    return found


def _owner(table: sa.Table, row: Row, owners: Mapping[tuple[str, Any], uuid.UUID]) -> uuid.UUID | None:
    if table.name == "contracts":
        return uuid.UUID(str(row["id"]))
    if (
        table.name == "knowledge_articles"
        and row["audience"] == Audience.CITIZENS
        and row["state"] == ArticleState.PUBLISHED
    ):
        return None  # everybody reads it in the mini program
    if table.name == "organisations":
        return owners.get((table.name, row["id"]))
    if "contract_id" in table.c:
        return None if row["contract_id"] is None else uuid.UUID(str(row["contract_id"]))
    hung = [HUNG[table.name]] if table.name in HUNG else []
    hung += [(key.parent.name, key.column.table.name) for key in table.foreign_keys]
    return next((owners[at, row[name]] for name, at in hung if (at, row[name]) in owners), None)


def _words(table: str, row: Row) -> Iterator[str]:
    if table in NAMED_BY_TERMS:
        return
    for column in Base.metadata.tables[table].c:
        if isinstance(column.type, EnumText | Json) or not isinstance(column.type, sa.String | sa.Text):
            continue
        value = row[column.name]
        number = column.name in ("number", "external_number")
        if value and len(value) >= SHORTEST and (number or not (value.isascii() or UNTOLD.search(column.name))):
            yield value


def _said(row: Row) -> Iterator[str]:
    """All that one's own rows say, inside their data too: other contracts have the same titles and the same offices."""
    for value in row.values():
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict | list):
            yield json.dumps(value, ensure_ascii=False)


@cache
def _interface() -> str:
    """The words of the programme itself, which stand on everybody's pages."""
    files = [path for kind in ("*.py", "*.html") for path in SERVER.rglob(kind)]
    ours = [path for path in files if "demo" not in path.parts and "node_modules" not in path.parts]
    return "\n".join(path.read_text(encoding="utf-8") for path in ours)
