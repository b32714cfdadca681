"""What the seal of a document's PDF says of it, and what the trail notes of its row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

from server.domain.documents.content import sha256_of
from server.domain.documents.kinds import kind_of
from server.domain.documents.models import Document


def record_sha256(document: Document) -> str:
    """The hash of what the register says of a document and never changes: noted in the trail when it is issued."""
    told = {
        "contract": str(document.contract_id),
        "kind": document.kind,
        "subject": [document.subject_kind, str(document.subject_id)],
        "serial": [document.prefix, document.year, document.serial],
        "number": document.number,
        "version": document.version,
        "follows": _text(document.follows_id),
        "code": document.code,
        "title": document.title,
        "covers_on": _text(document.covers_on),
        "content_sha256": document.content_sha256,
        "sources": document.sources,
        "template": _text(document.template_id),
        "issued_at": document.issued_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "issued_by": [_text(document.issued_by_id), document.issued_by_name],
        "keep_until_on": _text(document.keep_until_on),
    }
    return sha256_of(told)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def facts_of(
    document: Document, *, contract_number: str, signatures: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """The facts, as JSON values. ``signatures`` only on a signed copy: who, when, how, over which hash."""
    found: dict[str, Any] = {
        "number": document.number,
        "version": document.version,
        "code": document.code,
        "kind": document.kind,
        "kind_label": kind_of(document.kind).label,
        "title": document.title,
        "contract": contract_number,
        "issued_at": document.issued_at.astimezone(UTC).isoformat(timespec="seconds"),
        "content_sha256": document.content_sha256,
    }
    if signatures:
        found["signatures"] = [dict(each) for each in signatures]
    return found
