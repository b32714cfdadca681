"""For which side somebody signs, and the rows that a step holds."""

from __future__ import annotations

import uuid

from server.core.db import session
from server.core.errors import Invalid
from server.core.secrecy import refuse_marked
from server.domain import contracts, documents
from server.domain.documents import Document, DocumentFile, Format, Side
from server.domain.identity import Actor, Permission
from server.domain.signing.models import SigningCase
from server.domain.signing.refusals import Declined, FileDamaged, NobodySigns, NotYourSide
from server.gateways.storage import FileGone

SIGN = Permission.DOCUMENT_SIGN


def side_of(actor: Actor, document: Document) -> Side | None:
    """The side that the actor's organisation is on, whether or not this kind asks for its signature."""
    if actor.organisation_id is None:
        return None
    if not actor.is_vendor:
        return Side.BUREAU
    contract = contracts.find(actor, document.contract_id)
    return Side.VENDOR if contract.vendor_id == actor.organisation_id else None


def sides_of(document: Document) -> tuple[Side, ...]:
    """Who has to sign this kind."""
    return documents.kind_of(document.kind).sides


def hold(actor: Actor, document_id: uuid.UUID) -> tuple[Document, SigningCase, Side]:
    """The document and its case, held against other writers, and the actor's side.

    NotFound where the actor may not see it; Forbidden without document.sign; NotYourSide; NobodySigns; and the refusals of
    a document that is not open (in the making, void, replaced, locked).
    """
    document = documents.hold(actor, document_id)
    actor.need(SIGN, document.contract_id)
    side = side_of(actor, document)
    if side is None:
        raise NotYourSide
    if not sides_of(document):
        raise NobodySigns
    documents.refuse_unless_open(document)
    case = session().get(SigningCase, document.id, populate_existing=True)
    if case is None:
        case = SigningCase(document_id=document.id, contract_id=document.contract_id, seq=0, head="")
        session().add(case)
        session().flush()
    return document, case, side


def refuse_declined(case: SigningCase) -> None:
    """Declined while a side's refusal stands."""
    if case.declined_side is not None:
        raise Declined


def signs(document: Document, side: Side) -> None:
    """NotYourSide unless this kind asks for the side's signature."""
    if side not in sides_of(document):
        raise NotYourSide


def pdf_of(document: Document) -> DocumentFile:
    """The file that is signed."""
    return documents.files_of(document)[Format.PDF]


def intact_pdf(document: Document) -> DocumentFile:
    """The file that is signed, after its stored bytes were compared with its hash; FileDamaged. Papers are small."""
    file = pdf_of(document)
    try:
        checked = documents.unsealed(documents.raw(file), trusted=documents.trusted_keys())
    except FileGone:
        raise FileDamaged from None
    if not checked.intact or checked.sha256 != file.sha256 or checked.facts.get("number") != document.number:
        raise FileDamaged
    return file


def said(text: str, *, field: str = "reason", longest: int = 500) -> str:
    """A person's words: needed, bounded, without the mark of a state secret."""
    told = text.replace("\0", "").strip()
    if not told:
        raise Invalid(fields={field: ["请填写内容。"]})
    if len(told) > longest:
        raise Invalid(fields={field: [f"不能超过 {longest} 个字。"]})
    refuse_marked(told, field=field)
    return told
