"""The paper of every service in a played year: issued by the vendor, signed by both in the console, and only then closed."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace

from flask import current_app

from server.core import clock
from server.domain import documents, forms, signing, tickets
from server.domain.documents import Document, Format, Side
from server.domain.identity import Actor
from server.gateways import office
from server.gateways.office.layout import Filled, Form, Prose, SignBlock
from server.jobs.demo.years.cast import Year

AGREEMENT = Form(
    title="电子签名约定",
    blocks=(Prose("text"),),
    signs=(SignBlock("bureau", "甲方（签字盖章）"), SignBlock("vendor", "乙方（签字盖章）")),
)
TEXT = "双方同意在本合同履行中使用系统提供的普通电子签名签署服务记录单等文书，其效力由双方认可。"


@dataclass(frozen=True, slots=True)
class Hands:
    """Who issues, signs and agrees; a played year has the same four."""

    manager: Actor
    maintainer: Actor
    administrator: Actor
    handler: Actor


def closed(year: Year | Hands, ticket_id: uuid.UUID, *, note: str = "") -> None:
    """Close a ticket, with its service record signed by both where the contract asks for one."""
    if forms.standing_of(tickets.find(year.handler, ticket_id)).missing:
        signed(year, documents.issue(year.maintainer, forms.SERVICE_RECORD, ticket_id))
    tickets.close(year.handler, ticket_id, note=note)


def signed(year: Year | Hands, document: Document) -> None:
    """Have a document's file made at once, and signed by the maintainer and the handler."""
    if signing.agreement_of(document.contract_id) is None:
        _agree(year, document.contract_id)
    order = documents.ordered(document.id, base_url=current_app.config["SETTINGS"].base_url)
    if order is None:
        raise ValueError(f"{document.number} is made already")
    documents.keep_made(document.id, documents.make(replace(order, formats=(Format.PDF,))))
    sha256 = documents.files_of(document)[Format.PDF].sha256
    for side, person in ((Side.VENDOR, year.maintainer), (Side.BUREAU, year.handler)):
        actor = replace(person, stepped_up=True)
        intent = signing.intent_of(document, sha256=sha256, side=side, actor=actor)
        signing.sign(actor, document.id, sha256=sha256, intent=intent)


def _agree(year: Year | Hands, contract_id: uuid.UUID) -> None:
    raw = office.pdf(Filled(AGREEMENT, {"text": TEXT}))
    signing.agree(
        year.administrator,
        contract_id,
        agreed_on=clock.today(),
        vendor_signer=year.manager.name,
        bureau_signer=year.administrator.name,
        paper=signing.take_scan(name="电子签名约定.pdf", raw=raw),
    )
