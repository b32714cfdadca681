"""Service records for tests: issued and signed without a renderer."""

from __future__ import annotations

import uuid

from server.core.db import session
from server.domain import documents, forms
from server.domain.documents import Document, DocumentState
from server.domain.identity import Actor


def signed(document: Document) -> Document:
    """A document as if both had signed its file."""
    document.state = DocumentState.ISSUED
    documents.mark_signed(document)
    session().flush()
    return document


def signed_record(actor: Actor, ticket_id: uuid.UUID) -> Document:
    """The service record of a solved ticket, signed by both; the next version where an older one stands."""
    standing = documents.standing(forms.SERVICE_RECORD, ticket_id)
    if standing is None:
        return signed(documents.issue(actor, forms.SERVICE_RECORD, ticket_id))
    return signed(documents.correct(actor, standing.id, reason="重新打开后再次解决"))
