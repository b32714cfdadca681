"""The evidence of a document: links that name the hash before them, sealed by the server, and told to the audit trail."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from server.core import clock, signatures
from server.core.db import session
from server.core.ids import new_id
from server.domain import documents, identity
from server.domain.documents import Document, Side
from server.domain.identity import Actor
from server.domain.signing.models import ADDRESS, NAME, ORGANISATION, SigningCase, SigningEntry
from server.domain.signing.vocabulary import Act, Mode

SUBJECT = "document"
NOUN = "signing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What is to be written: one Chinese ``summary``, the words shown and said, and plain JSON."""

    act: Act
    summary: str
    file_sha256: str
    side: Side | None = None
    mode: Mode | None = None
    intent: str = ""
    text: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


def write(actor: Actor, document: Document, case: SigningCase, link: Link) -> SigningEntry:
    """Add a link to the chain of a document whose row the caller holds, and say so in the audit trail."""
    key = documents.current_key()
    case.seq += 1
    entry = SigningEntry(
        id=new_id(),
        document_id=document.id,
        contract_id=document.contract_id,
        seq=case.seq,
        act=link.act,
        side=link.side,
        mode=link.mode,
        file_sha256=link.file_sha256,
        actor_id=actor.id,
        actor_name=actor.name[:NAME],
        organisation_id=actor.organisation_id,
        organisation=actor.organisation_name[:ORGANISATION],
        session_id=actor.session_id,
        address=actor.address[:ADDRESS],
        at=clock.now(),
        intent=link.intent,
        text=link.text,
        data=dict(link.data),
        before=case.head,
        key=signatures.fingerprint(key.public),
    )
    entry.hash = hash_of(entry)
    entry.seal = base64.b64encode(key.sign(entry.hash.encode())).decode()
    case.head = entry.hash
    session().add(entry)
    session().flush()
    identity.record(
        actor,
        f"{NOUN}.{link.act.value}",
        subject=(SUBJECT, document.id),
        summary=f"{document.number} {link.summary}",
        changes={"entry": [None, entry.hash], "sha256": [None, entry.file_sha256]},
    )
    return entry


def hash_of(entry: SigningEntry) -> str:
    """The hash of a link as its row stands now."""
    content = {
        "document": str(entry.document_id),
        "contract": str(entry.contract_id),
        "id": str(entry.id),
        "seq": entry.seq,
        "act": entry.act.value,
        "side": None if entry.side is None else entry.side.value,
        "mode": None if entry.mode is None else entry.mode.value,
        "file": entry.file_sha256,
        "actor": [_text(entry.actor_id), entry.actor_name],
        "organisation": [_text(entry.organisation_id), entry.organisation],
        "session": _text(entry.session_id),
        "address": entry.address,
        "at": _moment(entry.at),
        "intent": entry.intent,
        "text": entry.text,
        "data": entry.data,
        "before": entry.before,
        "key": entry.key,
    }
    spelled = json.dumps(content, ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(spelled.encode()).hexdigest()


def is_sealed(entry: SigningEntry, keys: Mapping[str, bytes]) -> bool:
    """Whether the server's signature on a link holds, by the public keys given by fingerprint."""
    public = keys.get(entry.key)
    if public is None:
        return False
    try:
        raw = base64.b64decode(entry.seal, validate=True)
    except ValueError:
        return False
    return signatures.holds(public, raw, entry.hash.encode())


def entries_of(document_id: uuid.UUID) -> list[SigningEntry]:
    """The chain of a document that the caller found visible, oldest first."""
    query = sa.select(SigningEntry).where(SigningEntry.document_id == document_id).order_by(SigningEntry.seq)
    return list(session().scalars(query.execution_options(populate_existing=True)))


def _text(value: uuid.UUID | None) -> str | None:
    return None if value is None else str(value)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
