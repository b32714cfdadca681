"""普通电子签名: a person who has just proved who they are agrees, in words, to exactly one file."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server.core import clock
from server.core.db import session
from server.core.errors import Invalid
from server.domain import documents
from server.domain.documents import Document, Side
from server.domain.identity import Actor
from server.domain.signing import access, chain, settling
from server.domain.signing.agreements import agreement_of
from server.domain.signing.chain import Link
from server.domain.signing.holding import refuse_held_back
from server.domain.signing.models import NAME, ORGANISATION, Scan, Signature, SigningCase, SigningEntry
from server.domain.signing.refusals import (
    ModeMixed,
    NoAgreement,
    OtherFile,
    ProveAgain,
    SameOrganisation,
    SamePerson,
    SignedAlready,
)
from server.domain.signing.vocabulary import Act, Mode
from server.gateways.papers import Paper


def intent_of(document: Document, *, sha256: str, side: Side, actor: Actor) -> str:
    """The words that a person agrees to; shown before, kept with the signature word for word."""
    kind = documents.kind_of(document.kind)
    return (
        f"本人{actor.name}，代表{actor.organisation_name}（{side.label}），已完整阅读《{document.title}》"
        f"（{kind.label}，编号 {document.number}，第 {document.version} 版），同意其全部内容，"
        f"并以普通电子签名方式签署。所签文件的 SHA-256 为 {sha256}。"
    )


def sign(actor: Actor, document_id: uuid.UUID, *, sha256: str, intent: str, drawing: Paper | None = None) -> Signature:
    """Sign a document in the console for the actor's side. ``sha256`` and ``intent`` are what the person was shown.

    Needs document.sign and a fresh password (ProveAgain), an agreement of the contract (NoAgreement), a matter that still
    waits for it (HeldBack), and the very file that is on record (OtherFile). The last side's signature locks the document
    and tells the followers.
    """
    if not actor.stepped_up:
        raise ProveAgain
    document, case, side = access.hold(actor, document_id)
    access.signs(document, side)
    access.refuse_declined(case)
    refuse_held_back(document)
    agreement = agreement_of(document.contract_id)
    if agreement is None:
        raise NoAgreement
    _refuse_scan(document.id)
    standing = settling.standing_of(document.id)
    _refuse_twice(actor, side, standing)
    file = access.intact_pdf(document)
    if sha256 != file.sha256:
        raise OtherFile
    if intent != intent_of(document, sha256=file.sha256, side=side, actor=actor):
        raise Invalid(
            "签署声明与页面显示的不一致，请刷新页面后重试。", fields={"intent": ["签署声明已变化，请重新核对。"]}
        )
    link = Link(
        act=Act.SIGNED,
        summary=f"{side.label} {actor.name} 以普通电子签名签署",
        file_sha256=file.sha256,
        side=side,
        mode=Mode.IN_APP,
        intent=intent,
        data={"agreement": str(agreement.id), "drawing": drawing.sha256 if drawing else ""},
    )
    signature = _put(actor, document, chain.write(actor, document, case, link), drawing)
    documents.mark_signing(document)
    settling.settle(actor, document, case)
    return signature


def _refuse_twice(actor: Actor, side: Side, standing: dict[Side, Signature]) -> None:
    if side in standing:
        raise SignedAlready
    for other in standing.values():
        if other.officer_id == actor.id:
            raise SamePerson
        if other.organisation_id == actor.organisation_id:
            raise SameOrganisation


def _refuse_scan(document_id: uuid.UUID) -> None:
    if session().scalar(sa.select(Scan.id).where(Scan.slot == document_id)) is not None:
        raise ModeMixed


def _put(actor: Actor, document: Document, entry: SigningEntry, drawing: Paper | None) -> Signature:
    assert entry.side is not None  # noqa: S101 - the link above names it
    signature = Signature(
        document_id=document.id,
        contract_id=document.contract_id,
        side=entry.side,
        mode=Mode.IN_APP,
        entry_id=entry.id,
        file_sha256=entry.file_sha256,
        officer_id=actor.id,
        name=actor.name[:NAME],
        organisation_id=actor.organisation_id,
        organisation=actor.organisation_name[:ORGANISATION],
        signed_at=entry.at,
        signed_on=clock.local_day(entry.at),
        address=entry.address,
        drawing_key=drawing.key if drawing else "",
        drawing_sha256=drawing.sha256 if drawing else "",
        slot=slot_of(document.id, entry.side),
        person=f"{document.id}:{actor.id}",
    )
    try:
        with session().begin_nested():
            session().add(signature)
    except IntegrityError as clash:
        raise SignedAlready from clash
    return signature


def slot_of(document_id: uuid.UUID, side: Side) -> str:
    """What one standing signature of a side takes."""
    return f"{document_id}:{side.value}"


def refuse_mixed(document_id: uuid.UUID, case: SigningCase) -> None:
    """ModeMixed while an in-app signature stands."""
    if case.completed_at is None and settling.standing_of(document_id):
        raise ModeMixed
