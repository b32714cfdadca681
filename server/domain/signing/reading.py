"""What waits for whose signature, and how far several documents are."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from server.core.db import session
from server.domain import documents
from server.domain.contracts import Contract
from server.domain.documents import Document, DocumentState, Side
from server.domain.identity import Actor
from server.domain.signing.access import SIGN
from server.domain.signing.holding import free
from server.domain.signing.models import Scan, Signature, SigningCase
from server.domain.signing.papers import raw_of
from server.domain.signing.refusals import ScanNotFound
from server.domain.signing.vocabulary import ScanState

OPEN = (DocumentState.ISSUED, DocumentState.SIGNING)
ORDERS: Mapping[str, Any] = MappingProxyType(
    {"number": Document.number, "title": Document.title, "issued_at": Document.issued_at}
)


def waiting_for(actor: Actor) -> sa.Select[tuple[Document]]:
    """The documents that wait for the actor's side, newest first: to be signed, or whose scan the other side brought.

    What was declined or is held back waits for a correction and is left out. Empty for who signs nothing.
    """
    query = documents.matching(actor)
    side = Side.VENDOR if actor.is_vendor else Side.BUREAU
    if not actor.may(SIGN) or actor.organisation_id is None:
        return query.where(sa.false())
    scope = actor.contracts_for(SIGN)
    if scope is not None:
        own = sa.select(Contract.id).where(Contract.id.in_(scope), Contract.vendor_id == actor.organisation_id)
        query = query.where(Document.contract_id.in_(own))
    signed = sa.exists().where(
        Signature.document_id == Document.id, Signature.side == side, Signature.slot.is_not(None)
    )
    scan = sa.exists().where(Scan.document_id == Document.id, Scan.slot.is_not(None))
    theirs = sa.exists().where(Scan.document_id == Document.id, Scan.state == ScanState.WAITING, Scan.side != side)
    declined = sa.exists().where(SigningCase.document_id == Document.id, SigningCase.declined_side.is_not(None))
    mine = [kind.code for kind in documents.kinds() if side in kind.sides]
    to_sign = sa.and_(Document.kind.in_(mine), ~signed, ~scan)
    return query.where(Document.state.in_(OPEN), ~declined, *free(), sa.or_(to_sign, theirs))


def waiting_count(actor: Actor) -> int:
    """How many wait; one statement."""
    found = waiting_for(actor).order_by(None).with_only_columns(sa.func.count())
    return session().scalar(found) or 0


def signatures_by(document_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, dict[Side, Signature]]:
    """The standing signatures of several documents that were found visible; one query."""
    query = sa.select(Signature).where(Signature.document_id.in_(document_ids), Signature.slot.is_not(None))
    found: dict[uuid.UUID, dict[Side, Signature]] = {document_id: {} for document_id in document_ids}
    for each in session().scalars(query):
        found[each.document_id][each.side] = each
    return found


def scans_waiting(document_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Which of several documents have a scan that waits for the other side."""
    query = sa.select(Scan.document_id).where(Scan.document_id.in_(document_ids), Scan.state == ScanState.WAITING)
    return set(session().scalars(query))


def read_drawing(actor: Actor, document_id: uuid.UUID, signature_id: uuid.UUID) -> bytes:
    """The drawing of a signature on a document that the actor may see."""
    document = documents.find(actor, document_id)
    found = session().get(Signature, signature_id)
    if found is None or found.document_id != document.id or not found.drawing_key:
        raise ScanNotFound
    return raw_of(found.drawing_key)


def case_of(document_id: uuid.UUID) -> SigningCase | None:
    """How far a document's signing is; None before anything happened."""
    return session().get(SigningCase, document_id)
