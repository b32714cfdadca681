"""When every side has signed: the document is locked, its signed copy is made, and whoever asked hears of it."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.domain import documents
from server.domain.documents import Document, Side
from server.domain.identity import Actor
from server.domain.signing import access, chain, followers
from server.domain.signing.chain import Link
from server.domain.signing.models import Signature, SigningCase
from server.domain.signing.vocabulary import Act, Mode
from server.gateways import queue
from server.gateways.queue import Lane

COPY = "signing.make_copy"


def standing_of(document_id: uuid.UUID) -> dict[Side, Signature]:
    """The signatures that stand, by side."""
    query = sa.select(Signature).where(Signature.document_id == document_id, Signature.slot.is_not(None))
    found = session().scalars(query.order_by(Signature.signed_at).execution_options(populate_existing=True))
    return {each.side: each for each in found}


def settle(actor: Actor, document: Document, case: SigningCase) -> bool:
    """Lock the document if every side of its kind has signed; whether it is locked now."""
    standing = standing_of(document.id)
    if not set(access.sides_of(document)) <= set(standing):
        return False
    mode = next(iter(standing.values())).mode
    link = Link(
        act=Act.COMPLETED,
        summary="签署完成，文书锁定",
        file_sha256=access.pdf_of(document).sha256,
        mode=mode,
        data={"signatures": [{"side": side.value, "entry": str(each.entry_id)} for side, each in standing.items()]},
    )
    case.completed_at = chain.write(actor, document, case, link).at
    documents.mark_signed(document)
    if mode is Mode.IN_APP:
        args = {"document": str(document.id)}
        queue.put(COPY, args, lane=Lane.DOCUMENTS, dedupe_key=f"signed-copy:{document.id}")
    followers.announce(actor, document)
    return True


def clear(document_id: uuid.UUID) -> int:
    """Set every standing signature of a document aside; how many. The entries that prove them stay."""
    standing = standing_of(document_id)
    for each in standing.values():
        end(each)
    session().flush()
    return len(standing)


def end(signature: Signature) -> None:
    """One signature stands no longer."""
    signature.slot = signature.person = None
    signature.ended_at = clock.now()
