"""Issue, correct, void: a document's number and content come with the unit; its files are made by a job after it."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Invalid
from server.domain import contracts, identity
from server.domain.documents import access
from server.domain.documents.content import checked, clean, sha256_of
from server.domain.documents.facts import record_sha256
from server.domain.documents.kinds import Draft, Kind, kind_of
from server.domain.documents.models import TITLE, Document
from server.domain.documents.numbers import new_code, next_serial
from server.domain.documents.templates import active_id
from server.domain.documents.vocabulary import STANDING, DocumentState
from server.domain.identity import Actor
from server.gateways import queue
from server.gateways.queue import Lane

MAKE = "documents.make"
ISSUED = "document.issued"
SUBJECT = "document"
REASON = 500


class AlreadyIssued(Conflict):
    """There is a standing document of that kind for that subject: correct it, or void it first."""

    code = "document_already_issued"
    message = "已出具过这份文书，如内容有误请出具更正版。"


class DocumentLocked(Conflict):
    """A signed document stays as it is; what is wrong with it is put right by a correction."""

    code = "document_locked"
    message = "文书已签署锁定，不能修改或作废；如内容有误，请出具更正版。"


class NotStanding(Conflict):
    """The document is void or was replaced."""

    code = "document_not_standing"
    message = "文书已作废或已被更正，不能再办理。"


def issue(actor: Actor, kind_code: str, subject_id: uuid.UUID, *, making: bool = True) -> Document:
    """Freeze what a room has to say on a subject as a numbered document. Its files follow in a moment.

    AlreadyIssued if the subject has a standing one of that kind; NotFound for a foreign subject (the composer's word).
    Without ``making`` the caller sees to the files itself (a batch).
    """
    kind = kind_of(kind_code)
    return _issued(actor, kind, kind.compose(actor, subject_id), making=making)


def correct(actor: Actor, document_id: uuid.UUID, *, reason: str) -> Document:
    """Issue the next version from what is on record today; the old one is kept, named by the new, and no longer stands."""
    old = access.hold(actor, document_id)
    kind = kind_of(old.kind)
    if old.state not in STANDING:
        raise NotStanding
    told = _reason(reason)
    draft = kind.compose(actor, old.subject_id)
    old.state, old.slot, old.settled_at, old.reason = DocumentState.REPLACED, None, clock.now(), told
    session().flush()
    return _issued(actor, kind, draft, old=old, reason=told)


def void(actor: Actor, document_id: uuid.UUID, *, reason: str) -> Document:
    """Take a document back before both have signed. Its number stays used, with the reason."""
    document = access.hold(actor, document_id)
    kind = kind_of(document.kind)
    actor.need(kind.issue, document.contract_id)
    if document.state not in STANDING:
        raise NotStanding
    if document.state is DocumentState.SIGNED:
        raise DocumentLocked
    document.reason = _reason(reason)
    document.state, document.slot, document.settled_at = DocumentState.VOID, None, clock.now()
    identity.record(
        actor,
        "document.voided",
        subject=(SUBJECT, document.id),
        summary=f"作废{kind.label} {document.number}：{document.reason}",
    )
    return document


def _issued(
    actor: Actor, kind: Kind, draft: Draft, *, old: Document | None = None, reason: str = "", making: bool = True
) -> Document:
    contract = contracts.find(actor, draft.contract_id)
    actor.need(kind.issue, contract.id)
    moment = clock.now()
    year = clock.to_local(moment).year
    content = {"head": [clean(line) for line in draft.head], "blocks": checked(kind.form, draft.content)}
    try:
        # a number that comes to nothing is given back with the savepoint: no gap, whatever the caller does next
        with session().begin_nested():
            numbered = _numbered(contract, kind, year)
            slot = f"{kind.code}:{draft.subject_id}"
            # whoever waited for the series sees here what the other did; to run into the key is a deadlock on MariaDB
            if session().scalar(sa.select(Document.id).where(Document.slot == slot)) is not None:
                raise AlreadyIssued
            document = Document(
                **numbered,
                subject_id=draft.subject_id,
                slot=slot,
                version=1 if old is None else old.version + 1,
                follows_id=None if old is None else old.id,
                code=new_code(),
                title=(draft.title or kind.form.title)[:TITLE],
                covers_on=draft.covers_on or clock.to_local(moment).date(),
                content=content,
                content_sha256=sha256_of(content),
                sources=[list(pair) for pair in draft.sources],
                template_id=active_id(kind.code),
                issued_at=moment,
                issued_by_id=actor.id,
                issued_by_name=actor.name,
                reason=reason,
                keep_until_on=_kept_until(clock.to_local(moment).date(), kind.keep_years),
            )
            session().add(document)
    except IntegrityError as clash:
        raise AlreadyIssued from clash
    if making:
        queue.put(MAKE, {"document": str(document.id)}, dedupe_key=f"document:{document.id}", lane=Lane.DOCUMENTS)
    what = f"出具{kind.label} {document.number}"
    identity.record(
        actor,
        ISSUED,
        subject=(SUBJECT, document.id),
        summary=what if old is None else f"{what}，更正 {old.number}：{reason}",
        changes={"record": [None, record_sha256(document)]},
    )
    return document


def _numbered(contract: contracts.Contract, kind: Kind, year: int) -> dict[str, Any]:
    serial = next_serial(contract.id, kind.prefix, year)
    return {
        "contract_id": contract.id,
        "kind": kind.code,
        "subject_kind": kind.subject_kind,
        "prefix": kind.prefix,
        "year": year,
        "serial": serial,
        "number": f"{kind.prefix}-{contract.number}-{year}-{serial:04d}",
    }


def _reason(text: str) -> str:
    told = text.strip()
    if not told:
        raise Invalid("请填写原因。", fields={"reason": ["请填写原因。"]})
    if len(told) > REASON:
        raise Invalid(f"原因不能超过 {REASON} 字。", fields={"reason": [f"不能超过 {REASON} 字。"]})
    return told


def _kept_until(day: date, years: int) -> date:
    return date(day.year + years, 12, 31)
