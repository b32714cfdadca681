"""The trail of what was done: one row with each change, sealed at once, chained a moment later."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import sqlalchemy as sa

from server.core import clock, crypto
from server.core.crypto import CipherName
from server.core.db import session
from server.core.errors import Invalid, NotFound
from server.core.ids import new_id
from server.core.logs import request_id
from server.domain.identity.actor import Actor, ActorKind
from server.domain.identity.models.audit import AuditEntry, AuditResult
from server.domain.identity.permissions import Permission

Subject = tuple[str, uuid.UUID | str]
SUMMARY = 500
EXPORT_MOST = 50_000


class TooManyRows(Invalid):
    """More than one file may hold."""

    code = "too_many_rows"
    message = f"一次最多导出 {EXPORT_MOST} 条，请缩小时间范围。"


def record(
    actor: Actor,
    action: str,
    *,
    subject: Subject | None = None,
    summary: str,
    changes: Mapping[str, Any] | None = None,
    result: str = "ok",
) -> AuditEntry:
    """Write an entry into the running unit, so that it stands or falls with the change that it tells of.

    ``action`` is ``<noun>.<past verb>``; ``summary`` one Chinese sentence; ``changes`` maps a field to ``[old, new]``,
    with personal data already masked. ``result``: ok, refused or failed. One INSERT, nothing read.
    """
    kind, key = subject or ("", "")
    entry = AuditEntry(
        id=new_id(),
        at=clock.now(),
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=_line(actor.name, 64),
        organisation=_line(actor.organisation_name, 100),
        session_id=actor.session_id,
        address=_line(actor.address, 45),
        request_id=_line(request_id.get(), 64),
        action=_line(action, 64),
        subject_kind=_line(kind, 40),
        subject_id=_line(str(key), 64),
        summary=_line(summary, SUMMARY),
        changes=_plain(changes or {}),
        result=AuditResult(result),
    )
    entry.seal = seal_of(canonical(entry))
    session().add(entry)
    return entry


def canonical(entry: AuditEntry) -> bytes:
    """An entry's content as bytes that are the same on every database: JSON, sorted, UTC to the microsecond."""
    content = {
        "id": str(entry.id),
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": [str(entry.actor_kind.value), _text(entry.actor_id), entry.actor_name, entry.organisation],
        "session": _text(entry.session_id),
        "address": entry.address,
        "request": entry.request_id,
        "action": entry.action,
        "subject": [entry.subject_kind, entry.subject_id],
        "summary": entry.summary,
        "changes": entry.changes,
        "result": str(entry.result.value),
    }
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def seal_of(content: bytes, cipher: CipherName | None = None) -> str:
    """The keyed seal of some bytes, with the cipher suite that made it: an installation may change suites."""
    ring = crypto.ring()
    chosen = cipher or ring.cipher
    return f"{chosen.value}:{replace(ring, cipher=chosen).mac(b'audit' + content)}"


def is_sealed(content: bytes, seal: str) -> bool:
    """Whether a seal is that of these bytes."""
    suite = seal.partition(":")[0]
    return suite in set(CipherName) and seal == seal_of(content, CipherName(suite))


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilters:
    """Which entries: all conditions together; an empty one asks for nothing."""

    actor_id: uuid.UUID | None = None
    actor_kind: ActorKind | None = None
    action: str = ""
    subject_kind: str = ""
    subject_id: str = ""
    result: AuditResult | None = None
    address: str = ""
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None


def audit_matching(actor: Actor, filters: AuditFilters | None = None) -> sa.Select[tuple[AuditEntry]]:
    """Entries, newest first. Needs audit.view. ``action`` may be a noun ("ticket") or a whole action."""
    actor.need(Permission.AUDIT_VIEW)
    return _narrowed(filters or AuditFilters())


def entries_of(endings: Sequence[str], filters: AuditFilters) -> sa.Select[tuple[AuditEntry]]:
    """Entries whose actions end so, newest first: for a room that has decided who may read these. Asks no permission."""
    return _narrowed(filters).where(sa.or_(*(AuditEntry.action.endswith(each, autoescape=True) for each in endings)))


def _narrowed(found: AuditFilters) -> sa.Select[tuple[AuditEntry]]:
    query = sa.select(AuditEntry).order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
    equal: list[tuple[Any, Any]] = [
        (AuditEntry.actor_id, found.actor_id),
        (AuditEntry.actor_kind, found.actor_kind),
        (AuditEntry.subject_kind, found.subject_kind),
        (AuditEntry.subject_id, found.subject_id),
        (AuditEntry.result, found.result),
        (AuditEntry.address, found.address),
    ]
    query = query.where(*(column == value for column, value in equal if value))
    if found.action:
        noun = AuditEntry.action.startswith(f"{found.action}.", autoescape=True)
        query = query.where(sa.or_(AuditEntry.action == found.action, noun))
    if found.text:
        words = (AuditEntry.summary, AuditEntry.actor_name)
        query = query.where(sa.or_(*(column.contains(found.text, autoescape=True) for column in words)))
    if found.since:
        query = query.where(AuditEntry.at >= found.since)
    if found.until:
        query = query.where(AuditEntry.at < found.until)
    return query


def find_entry(actor: Actor, entry_id: uuid.UUID) -> AuditEntry:
    """One entry. Needs audit.view."""
    actor.need(Permission.AUDIT_VIEW)
    entry = session().get(AuditEntry, entry_id)
    if entry is None:
        raise NotFound
    return entry


def is_intact(entry: AuditEntry) -> bool:
    """Whether an entry is as it was written, by its own seal."""
    return is_sealed(canonical(entry), entry.seal)


def export_audit(actor: Actor, filters: AuditFilters) -> Sequence[AuditEntry]:
    """The entries to be taken out, newest first, and an entry that says so. Needs audit.export; TooManyRows."""
    actor.need(Permission.AUDIT_EXPORT)
    query = audit_matching(actor, filters)
    total = count_of(query)
    if total > EXPORT_MOST:
        raise TooManyRows
    found = session().scalars(query).all()
    asked = {
        field.name: [None, getattr(filters, field.name)] for field in fields(filters) if getattr(filters, field.name)
    }
    record(actor, "audit.exported", summary=f"导出审计日志 {total} 条", changes=asked)
    return found


def count_of(query: sa.Select[tuple[AuditEntry]]) -> int:
    """How many entries a query has."""
    return session().scalar(sa.select(sa.func.count()).select_from(query.order_by(None).subquery())) or 0


def _line(text: str, most: int) -> str:
    """Cut to its column, and without NUL, which PostgreSQL refuses."""
    return text.replace("\0", "")[:most]


def _text(value: uuid.UUID | None) -> str | None:
    return None if value is None else str(value)


def _plain(value: Any) -> Any:
    """The value as JSON keeps it, so that it reads back as it was sealed."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(str(_plain(each)) for each in value)
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, Enum):
        return _plain(value.value)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (uuid.UUID, Decimal)):
        return str(value)
    if isinstance(value, str):
        return value.replace("\0", "")
    return value
