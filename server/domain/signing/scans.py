"""手写签署: the signed paper comes back as a scan, is matched by the code that is printed on it, and both sides look at it."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server.core import clock
from server.core.db import session
from server.core.errors import Invalid, NotFound
from server.domain import contracts, documents
from server.domain.documents import Document, Side
from server.domain.identity import Actor
from server.domain.signing import access, chain, settling
from server.domain.signing.chain import Link
from server.domain.signing.holding import refuse_held_back
from server.domain.signing.in_app import refuse_mixed, slot_of
from server.domain.signing.models import NAME, ORGANISATION, Scan, Signature, SigningCase, SigningEntry
from server.domain.signing.papers import ROOM, codes_in, normal_code
from server.domain.signing.refusals import (
    OwnScan,
    SamePerson,
    ScanNotFound,
    ScanOfAnother,
    ScanUsed,
    ScanWaiting,
)
from server.domain.signing.vocabulary import Act, CodeSource, Mode, ScanState
from server.gateways import papers
from server.gateways.papers import Paper


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed the paper by hand for a side, and which day stands beside it."""

    name: str
    on: date


def attach_scan(
    actor: Actor,
    document_id: uuid.UUID,
    *,
    paper: Paper,
    qr_texts: Collection[str],
    typed_code: str = "",
    signers: Mapping[Side, Signer],
) -> Scan:
    """Bring the signed paper back. ``qr_texts``: what the QR codes on it say; ``typed_code`` counts only where none is read.

    ScanOfAnother for another document's code, ScanUsed where the same file was another document's, ScanWaiting, ModeMixed,
    HeldBack.
    """
    document, case, side = access.hold(actor, document_id)
    access.refuse_declined(case)
    refuse_held_back(document)
    refuse_mixed(document.id, case)
    if waiting_of(document.id) is not None:
        raise ScanWaiting
    source = _matched(document, codes_in(qr_texts), typed_code)
    told = _signers(document, signers)
    file = access.intact_pdf(document)
    scan = Scan(
        document_id=document.id,
        contract_id=document.contract_id,
        slot=document.id,
        claim=_claim(document.id, paper.sha256),
        code_source=source,
        side=side,
        signers=told,
        file_name=paper.name,
        mime=paper.mime,
        size=paper.size,
        sha256=paper.sha256,
        stored_key=paper.key,
        attached_by_id=actor.id,
        attached_by_name=actor.name[:NAME],
        organisation_id=actor.organisation_id,
        organisation=actor.organisation_name[:ORGANISATION],
        attached_at=clock.now(),
    )
    try:
        with session().begin_nested():
            session().add(scan)
    except IntegrityError as clash:
        raise ScanUsed from clash
    data = {"scan": paper.sha256, "code": source.value, "signers": told}
    summary = f"上传签署扫描件（{source.label}）"
    scan.attached_at = _tell(actor, document, case, scan, Act.SCAN_ATTACHED, summary, file.sha256, data).at
    documents.mark_signing(document)
    return scan


def confirm_scan(actor: Actor, document_id: uuid.UUID) -> Scan:
    """The other side has seen the scan too: now it counts, and the document is locked. OwnScan for who brought it."""
    document, case, side = access.hold(actor, document_id)
    refuse_held_back(document)
    scan = _waiting(document.id)
    if side is scan.side or actor.organisation_id == scan.organisation_id:
        raise OwnScan
    if actor.id == scan.attached_by_id:
        raise SamePerson
    file = access.intact_pdf(document)
    _judge(actor, scan, ScanState.CONFIRMED)
    contract = contracts.find(actor, document.contract_id)
    for told in scan.signers:
        _put(actor, document, case, scan, told, file.sha256, contract)
    data = {"scan": scan.sha256}
    summary = "确认签署扫描件与原件一致"
    scan.judged_at = _tell(actor, document, case, scan, Act.SCAN_CONFIRMED, summary, file.sha256, data).at
    settling.settle(actor, document, case)
    return scan


def refuse_scan(actor: Actor, document_id: uuid.UUID, *, reason: str) -> Scan:
    """The other side says what is wrong with the scan; another may be brought. OwnScan for who brought it."""
    document, case, side = access.hold(actor, document_id)
    scan = _waiting(document.id)
    if side is scan.side:
        raise OwnScan
    return _set_aside(actor, document, case, scan, (ScanState.REFUSED, Act.SCAN_REFUSED, "退回签署扫描件"), reason)


def withdraw_scan(actor: Actor, document_id: uuid.UUID, *, reason: str) -> Scan:
    """Whoever's side brought the scan takes it back before the other has confirmed it."""
    document, case, side = access.hold(actor, document_id)
    scan = _waiting(document.id)
    if side is not scan.side:
        raise ScanNotFound
    return _set_aside(actor, document, case, scan, (ScanState.WITHDRAWN, Act.SCAN_WITHDRAWN, "撤回签署扫描件"), reason)


def waiting_of(document_id: uuid.UUID) -> Scan | None:
    """The scan of a document that waits or is confirmed."""
    query = sa.select(Scan).where(Scan.slot == document_id).execution_options(populate_existing=True)
    return session().scalars(query).one_or_none()


def scans_of(document_id: uuid.UUID) -> list[Scan]:
    """Every scan of a document that the caller found visible, oldest first."""
    query = sa.select(Scan).where(Scan.document_id == document_id).order_by(Scan.attached_at)
    return list(session().scalars(query))


def read_scan(actor: Actor, scan_id: uuid.UUID) -> tuple[Scan, Iterator[bytes]]:
    """A scan and its bytes, for whoever may see its document; ScanNotFound for everybody else too."""
    found = session().get(Scan, scan_id)
    if found is None:
        raise ScanNotFound
    try:
        documents.find(actor, found.document_id)
    except NotFound:
        raise ScanNotFound from None
    return found, papers.stream(ROOM, found.stored_key)


def _waiting(document_id: uuid.UUID) -> Scan:
    found = waiting_of(document_id)
    if found is None or found.state is not ScanState.WAITING:
        raise ScanNotFound
    return found


def _matched(document: Document, codes: set[str], typed: str) -> CodeSource:
    """How the paper names the document. A QR code that can be read is believed before any typing."""
    if codes:
        if codes != {document.code}:
            raise ScanOfAnother(fields={"upload": [ScanOfAnother.message]})
        return CodeSource.QR
    if not typed.strip():
        told = "扫描件上的二维码无法识别，请输入纸面上印的校验码。"
        raise Invalid(told, fields={"code": [told]})
    if normal_code(typed) != document.code:
        raise ScanOfAnother(fields={"code": [ScanOfAnother.message]})
    return CodeSource.TYPED


def _signers(document: Document, signers: Mapping[Side, Signer]) -> list[dict[str, str]]:
    errors: dict[str, list[str]] = {}
    told: list[dict[str, str]] = []
    issued, today = clock.local_day(document.issued_at), clock.today()
    for side in access.sides_of(document):
        signer = signers.get(side)
        name = "".join(signer.name.split()) if signer else ""
        if signer is None or not name:
            errors[f"{side.value}_name"] = [f"请填写{side.label}签署人。"]
            continue
        if not issued <= signer.on <= today:
            errors[f"{side.value}_on"] = [f"签署日期应在出具日（{issued}）至今天之间。"]
        told.append({"side": side.value, "name": name[:NAME], "on": signer.on.isoformat()})
    if errors:
        raise Invalid(fields=errors)
    if len({each["name"] for each in told}) != len(told):
        raise Invalid(SamePerson.message, fields={"bureau_name": [SamePerson.message]})
    return told


def _claim(document_id: uuid.UUID, sha256: str) -> str | None:
    """The hash, or None where this very document brought the same scan before; ScanUsed where another did."""
    owners = set(session().scalars(sa.select(Scan.document_id).where(Scan.sha256 == sha256)))
    if owners - {document_id}:
        raise ScanUsed
    return None if owners else sha256


def _judge(actor: Actor, scan: Scan, state: ScanState, reason: str = "") -> None:
    scan.state, scan.reason = state, reason
    scan.judged_by_id, scan.judged_by_name, scan.judged_at = actor.id, actor.name[:NAME], clock.now()


def _set_aside(
    actor: Actor, document: Document, case: SigningCase, scan: Scan, how: tuple[ScanState, Act, str], reason: str
) -> Scan:
    state, act, summary = how
    told = access.said(reason)
    _judge(actor, scan, state, told)
    scan.slot = None
    file = access.pdf_of(document)
    _tell(actor, document, case, scan, act, summary, file.sha256, {"scan": scan.sha256}, text=told)
    documents.mark_unsigned(document)
    return scan


def _tell(
    actor: Actor,
    document: Document,
    case: SigningCase,
    scan: Scan,
    act: Act,
    summary: str,
    sha256: str,
    data: Mapping[str, Any],
    *,
    text: str = "",
) -> SigningEntry:
    side = access.side_of(actor, document) or scan.side
    link = Link(act=act, summary=summary, file_sha256=sha256, side=side, mode=Mode.WET, text=text, data=data)
    return chain.write(actor, document, case, link)


def _put(
    actor: Actor,
    document: Document,
    case: SigningCase,
    scan: Scan,
    told: Mapping[str, str],
    sha256: str,
    contract: contracts.Contract,
) -> None:
    """A signature that stands on paper, with a link of its own that says whose and on which scan."""
    side, on = Side(told["side"]), date.fromisoformat(told["on"])
    organisation = contract.vendor_name if side is Side.VENDOR else contract.bureau_name
    link = Link(
        act=Act.SIGNED,
        summary=f"{side.label} {told['name']} 手写签署（{on}）",
        file_sha256=sha256,
        side=side,
        mode=Mode.WET,
        data={"scan": scan.sha256, "name": told["name"], "on": told["on"], "organisation": organisation},
    )
    entry = chain.write(actor, document, case, link)
    signature = Signature(
        document_id=document.id,
        contract_id=document.contract_id,
        side=side,
        mode=Mode.WET,
        entry_id=entry.id,
        file_sha256=sha256,
        officer_id=None,
        name=told["name"],
        organisation_id=scan.organisation_id if side is scan.side else actor.organisation_id,
        organisation=organisation[:ORGANISATION],
        signed_at=datetime.combine(on, time.min, clock.LOCAL),
        signed_on=on,
        slot=slot_of(document.id, side),
        person=None,
    )
    session().add(signature)
    session().flush()
