"""From frozen content to files: read in one unit, set and kept outside any, named in another.

What is set is always the same content, so a job that was killed or comes twice does no harm: the first to write wins.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict
from server.domain import contracts, identity
from server.domain.documents import access, files
from server.domain.documents.facts import facts_of
from server.domain.documents.files import Kept
from server.domain.documents.issuing import MAKE, SUBJECT
from server.domain.documents.kinds import kind_of
from server.domain.documents.models import REASON, Document, DocumentTemplate
from server.domain.documents.seal import sealed
from server.domain.documents.vocabulary import VERIFY_PATH, DocumentState, Format
from server.domain.identity import Actor
from server.gateways import office, queue
from server.gateways.office.layout import Filled
from server.gateways.queue import Lane

PATIENCE = timedelta(minutes=10)


class NotMaking(Conflict):
    """Its files are there, or on their way."""

    code = "document_not_failed"
    message = "文件已生成或正在生成，请稍候。"


@dataclass(frozen=True, slots=True)
class Order:
    """A document whose files are to be made, apart from its row."""

    document_id: uuid.UUID
    filled: Filled
    formats: tuple[Format, ...]
    template: str | None
    """The hash of the bureau's Word template."""
    facts: Mapping[str, Any]
    """What the seal says of the PDF."""


@dataclass(frozen=True, slots=True)
class Made:
    """A file that lies in the store."""

    format: Format
    kept: Kept


def ordered(document_id: uuid.UUID, *, base_url: str) -> Order | None:
    """What is to be made of a document, or None if it is made, or no longer wanted. Only reads."""
    document = session().get(Document, document_id, populate_existing=True)
    if document is None or document.state is not DocumentState.MAKING:
        return None
    template = session().get(DocumentTemplate, document.template_id) if document.template_id else None
    contract = contracts.find(identity.SCHEDULER, document.contract_id)
    return Order(
        document_id=document.id,
        filled=filled(document, base_url=base_url),
        formats=kind_of(document.kind).formats,
        template=None if template is None else template.sha256,
        facts=facts_of(document, contract_number=contract.number),
    )


def filled(document: Document, *, base_url: str, watermark: str = "") -> Filled:
    """A document's frozen content in its form, as all its files show it."""
    return Filled(
        form=kind_of(document.kind).form,
        content=document.content["blocks"],
        number=document.number,
        version=document.version,
        code=document.code,
        verify_url=f"{base_url.rstrip('/')}{VERIFY_PATH}{document.code}",
        title=document.title,
        head=tuple(document.content["head"]),
        watermark=watermark,
    )


def make(order: Order) -> list[Made]:
    """Set and keep the files. Touches no row: call it outside any unit. Refusals of the office or the disk pass."""
    return [Made(form, files.keep(_bytes(order, form))) for form in order.formats]


def keep(document_id: uuid.UUID, made: Sequence[Made]) -> bool:
    """Name the files and let the document be issued; False if it no longer waits for them (void, or made already)."""
    document = session().get(Document, document_id, populate_existing=True, with_for_update=True)
    if document is None or document.state is not DocumentState.MAKING:
        return False
    for each in made:
        files.attach(document, each.format, each.kept)
    document.state, document.problem = DocumentState.ISSUED, ""
    return True


def note_problem(document_id: uuid.UUID, text: str) -> None:
    """Say why there are no files yet. The document stays in the making, with its number."""
    document = session().get(Document, document_id, populate_existing=True, with_for_update=True)
    if document is not None and document.state is DocumentState.MAKING:
        document.problem = text[:REASON]


def may_remake(document: Document) -> bool:
    """Whether a person may try again: it failed, or nothing was heard of it for long."""
    waited = clock.now() - document.issued_at
    return document.state is DocumentState.MAKING and (bool(document.problem) or waited > PATIENCE)


def remake(actor: Actor, document_id: uuid.UUID, *, by_form: bool = False) -> Document:
    """Try again to make the files. ``by_form``: without the bureau's template, which is said in the trail."""
    document = access.hold(actor, document_id)
    kind = kind_of(document.kind)
    actor.need(kind.issue, document.contract_id)
    if not may_remake(document):
        raise NotMaking
    document.problem = ""
    if by_form:
        document.template_id = None
    queue.put(MAKE, {"document": str(document.id)}, lane=Lane.DOCUMENTS)
    how = "，改用默认模板" if by_form else ""
    identity.record(
        actor,
        "document.remade",
        subject=(SUBJECT, document.id),
        summary=f"重新生成{kind.label} {document.number} 的文件{how}",
    )
    return document


def _bytes(order: Order, form: Format) -> bytes:
    match form:
        case Format.DOCX:
            template = None if order.template is None else b"".join(files.store().stream(order.template))
            return office.word(order.filled, template=template)
        case Format.XLSX:
            return office.workbook(order.filled)
        case _:
            return sealed(office.pdf(order.filled), order.facts)
