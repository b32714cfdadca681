"""Before the lock: one's own signature taken back, and a refusal to sign, with its reason for the other side."""

from __future__ import annotations

import uuid

from server.core import clock
from server.core.db import session
from server.domain import documents
from server.domain.identity import Actor
from server.domain.signing import access, chain, settling
from server.domain.signing.chain import Link
from server.domain.signing.models import NAME, SigningCase
from server.domain.signing.refusals import NotDeclined, NothingToWithdraw, SignedAlready
from server.domain.signing.scans import waiting_of
from server.domain.signing.vocabulary import Act, ScanState


def withdraw(actor: Actor, document_id: uuid.UUID, *, reason: str) -> SigningCase:
    """Take one's own signature back while the other side has not signed (after that the document is locked)."""
    document, case, side = access.hold(actor, document_id)
    told = access.said(reason)
    standing = settling.standing_of(document.id)
    mine = standing.get(side)
    if mine is None or mine.officer_id != actor.id:
        raise NothingToWithdraw
    settling.end(mine)
    session().flush()
    link = Link(
        act=Act.WITHDRAWN,
        summary=f"{side.label} {actor.name} 撤回签署：{told}",
        file_sha256=mine.file_sha256,
        side=side,
        mode=mine.mode,
        text=told,
        data={"entry": str(mine.entry_id)},
    )
    chain.write(actor, document, case, link)
    if len(standing) == 1:
        documents.mark_unsigned(document)
    return case


def decline(actor: Actor, document_id: uuid.UUID, *, reason: str) -> SigningCase:
    """Refuse to sign the document as it is: what was signed is set aside, and a correction is needed.

    SignedAlready for a side that has signed: it withdraws first.
    """
    document, case, side = access.hold(actor, document_id)
    access.signs(document, side)
    access.refuse_declined(case)
    told = access.said(reason)
    if side in settling.standing_of(document.id):
        raise SignedAlready("您方已签署，请先撤回签署再拒签。")
    scan = waiting_of(document.id)
    if scan is not None:
        scan.state, scan.slot, scan.reason = ScanState.REFUSED, None, told
        scan.judged_by_id, scan.judged_by_name, scan.judged_at = actor.id, actor.name[:NAME], clock.now()
    gone = settling.clear(document.id)
    case.declined_side, case.declined_by_name = side, actor.name[:NAME]
    case.declined_at, case.declined_reason = clock.now(), told
    link = Link(
        act=Act.DECLINED,
        summary=f"{side.label} {actor.name} 拒签：{told}",
        file_sha256=access.pdf_of(document).sha256,
        side=side,
        text=told,
        data={"set_aside": gone, "scan": scan.sha256 if scan else ""},
    )
    chain.write(actor, document, case, link)
    documents.mark_unsigned(document)
    return case


def lift_decline(actor: Actor, document_id: uuid.UUID) -> SigningCase:
    """The side that refused will sign after all: the document can be signed again, from the beginning."""
    document, case, side = access.hold(actor, document_id)
    if case.declined_side is not side:
        raise NotDeclined
    case.declined_side, case.declined_at = None, None
    case.declined_by_name = case.declined_reason = ""
    link = Link(
        act=Act.DECLINE_LIFTED,
        summary=f"{side.label} {actor.name} 撤销拒签",
        file_sha256=access.pdf_of(document).sha256,
        side=side,
    )
    chain.write(actor, document, case, link)
    return case
