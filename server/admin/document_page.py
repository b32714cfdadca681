"""The page of one document: where it stands, how it looks, its files, versions, sources, signatures, and its trail."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask import Response, request, url_for

from server.admin.acceptance_page import contract_of
from server.admin.access import current_actor
from server.admin.document_box import TONES, box
from server.admin.forms import Form
from server.admin.pages import page
from server.admin.signing_panel import panel_of
from server.core import db
from server.core.errors import NotFound
from server.domain import documents
from server.domain.documents import Document, DocumentState, Format
from server.domain.identity import Actor, AuditEntry, Permission
from server.gateways import office

SANDBOX = "default-src 'none'; sandbox"
A_DAY = 86400
MARKS = {
    "document.issued": ("file-text", "blue"),
    "document.voided": ("ban", "red"),
    "document.downloaded": ("download", "gray"),
    "document.remade": ("refresh", "gray"),
}


@dataclass(frozen=True, slots=True)
class Tried:
    """A step that could not be taken: which, its form as it was filled in, and what stood in the way."""

    step: str
    form: Form
    refused: str = ""


def show_document(actor: Actor, document: Document, *, tried: Tried | None = None, status: int = 200) -> Response:
    """The page of a document that the actor may see."""
    return page("documents/show.html", "documents/_live.html", status=status, **_context(actor, document, tried))


def file(document_id: uuid.UUID, form: str) -> Response:
    """A file of the document as a download; the trail says who took it."""
    wanted = next((each for each in Format if each.value == form), None)
    if wanted is None:
        raise NotFound
    with db.unit():
        found, pieces = documents.open_file(current_actor(), document_id, wanted)
        name, size, document_key = found.file_name, found.size, found.id
    answer = Response(pieces, mimetype=documents.MIMES[wanted])
    answer.content_length = size
    answer.headers["Content-Security-Policy"] = SANDBOX
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Disposition"] = f"attachment; filename=\"{document_key}\"; filename*=UTF-8''{quote(name)}"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def leaf(document_id: uuid.UUID, form: str, number: int) -> Response:
    """A page of the PDF as a picture, drawn from the bytes that are kept. Its address has the hash, so it never changes."""
    if form not in (Format.PDF, Format.SIGNED_PDF):
        raise NotFound
    found = documents.file_of(current_actor(), document_id, Format(form))
    picture = office.page_image(documents.raw(found), number)
    if picture is None:
        raise NotFound
    answer = Response(picture, mimetype="image/png")
    fresh = request.args.get("of") == found.sha256
    answer.headers["Cache-Control"] = f"private, max-age={A_DAY}" if fresh else "private, no-store"
    return answer


def _context(actor: Actor, document: Document, tried: Tried | None) -> dict[str, Any]:
    kind = documents.kind_of(document.kind)
    files = documents.files_of(document)
    shown = files.get(Format.SIGNED_PDF) or files.get(Format.PDF)
    here = url_for("documents.show", document_id=document.id)
    stands = document.state in documents.STANDING
    chain = documents.versions_of(actor, document)
    return {
        "document": document,
        "kind": kind,
        "tone": TONES[document.state],
        "tones": TONES,
        "files": [files[form] for form in Format if form in files],
        "shown": shown,
        "leaves": office.page_count(documents.raw(shown)) if shown else 0,
        "box": box(actor, document.kind, document.subject_id, contract_id=document.contract_id, here=here)
        if stands
        else None,
        "versions": chain,
        "later": next((each for each in chain if each.follows_id == document.id), None),
        "earlier": next((each for each in chain if each.id == document.follows_id), None),
        "contract": contract_of(actor, document.contract_id),
        "template": documents.template_of(document),
        "making": document.state is DocumentState.MAKING,
        "going": document.state is DocumentState.MAKING and not document.problem,
        "history": documents.history(document),
        "mark_of": _mark_of,
        "tried": tried,
        "panel": panel_of(actor, document),
        "may_audit": actor.may(Permission.AUDIT_VIEW),
    }


def _mark_of(entry: AuditEntry) -> tuple[str, str]:
    return MARKS.get(entry.action, ("signature", "green") if "sign" in entry.action else ("point", "gray"))
