"""What the seal of a document's PDF says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

from server.domain.documents.kinds import kind_of
from server.domain.documents.models import Document


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
