"""Signing in the console: what waits for one's side, the page where a paper is read and signed, and the proof of it all."""

from __future__ import annotations

import base64
import binascii
import uuid
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, request, url_for

from server.admin import signing_steps
from server.admin.acceptance_page import contract_of
from server.admin.access import current_actor, needs, remember
from server.admin.document_box import TONES
from server.admin.documents import around
from server.admin.forms import Form
from server.admin.listing import Column, Listing
from server.admin.pages import page, redirect_to, toast
from server.admin.paging import paged
from server.admin.signing_forms import ReasonSchema, ScanSchema, SignSchema
from server.admin.signing_panel import SIGN, panel_of
from server.core import clock, db
from server.core.errors import Invalid, NotFound, ShijianError, TooMany
from server.domain import documents, identity, signing
from server.domain.documents import Document, Format
from server.domain.identity import Actor, Permission
from server.gateways import office

blueprint = Blueprint("document_signing", __name__, url_prefix="/admin/documents")
signing_steps.install(blueprint)

DATA_URL = "data:image/png;base64,"
AN_HOUR = 3600
COLUMNS = (
    Column("number", "编号", sort="number", optional=False),
    Column("title", "名称", sort="title", optional=False),
    Column("waits", "待办", optional=False),
    Column("other", "对方"),
    Column("contract", "合同"),
    Column("issued_at", "出具", sort="issued_at"),
)


@blueprint.get("/to-sign")
@needs(SIGN)
def index() -> Response:
    """What waits for the actor's side."""
    actor = current_actor()
    listing = Listing("to-sign", COLUMNS, request.args, default_sort="-issued_at")
    found = paged(signing.waiting_for(actor), listing, signing.ORDERS, tie=Document.id.desc())
    keys = [row.id for row in found.items]
    return page(
        "signing/index.html",
        "signing/_rows.html",
        listing=listing,
        found=found,
        signatures=signing.signatures_by(keys),
        scans=signing.scans_waiting(keys),
        kinds={kind.code: kind for kind in documents.kinds()},
        tones=TONES,
        **around(actor, "to_sign"),
    )


@blueprint.get("/<uuid:document_id>/sign")
@needs(SIGN)
def show(document_id: uuid.UUID) -> Response:
    """The page where it is read and signed."""
    return show_signing(current_actor(), document_id)


@blueprint.post("/<uuid:document_id>/sign")
@needs(SIGN)
def sign(document_id: uuid.UUID) -> Response:
    """Sign in the console: the password first, in a unit of its own, then the signature."""
    actor = current_actor()
    with db.reading():
        documents.find(actor, document_id)
    form = Form.submitted(SignSchema(), request.form)
    if not form.valid:
        with db.reading():
            return show_signing(actor, document_id, tab="app", form=form, status=422)
    try:
        with db.unit():
            secret = identity.step_up(actor, form.values["password"])
    except Invalid as refused:
        form.refuse({"password": [refused.text]})
        with db.reading():
            return show_signing(actor, document_id, tab="app", form=form, status=422)
    except TooMany as refused:
        form.refuse(None, refused.text)
        with db.reading():
            return show_signing(actor, document_id, tab="app", form=form, status=429)
    # From here on the session has a new secret, which every answer must carry.
    return remember(_signed(replace(actor, stepped_up=True), document_id, form), secret, fresh=False)


def _signed(actor: Actor, document_id: uuid.UUID, form: Form) -> Response:
    try:
        raw = _drawing(form.values["drawing"])
        drawing = signing.take_drawing(raw) if raw else None
        with db.unit():
            signing.sign(
                actor,
                document_id,
                sha256=form.values["sha256"],
                intent=form.values["intent"],
                drawing=drawing,
            )
    except Invalid as refused:
        form.refuse(refused.fields, refused.text)
        refused_text, status = refused.text, 422
    except ShijianError as refused:
        refused_text, status = refused.text, 409
    else:
        toast("已签署")
        return redirect_to("documents.show", document_id=document_id)
    with db.reading():
        return show_signing(actor, document_id, tab="app", form=form, refused=refused_text, status=status)


@blueprint.get("/<uuid:document_id>/verification")
@needs(Permission.DOCUMENT_VIEW)
def verification(document_id: uuid.UUID) -> Response:
    """Everything recomputed, now."""
    actor = current_actor()
    document = documents.find(actor, document_id)
    verdict = signing.verify(actor, document_id)
    entries = signing.entries_of(document.id)
    return page("signing/verification.html", document=document, verdict=verdict, entries=entries, at=clock.now())


@blueprint.get("/<uuid:document_id>/scans/<uuid:scan_id>")
@needs(Permission.DOCUMENT_VIEW)
def scan(document_id: uuid.UUID, scan_id: uuid.UUID) -> Response:
    """A scan as a download."""
    found, pieces = signing.read_scan(current_actor(), scan_id)
    if found.document_id != document_id:
        raise NotFound
    answer = Response(pieces, mimetype=found.mime)
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    named = f"attachment; filename=\"{found.id}\"; filename*=UTF-8''{quote(found.file_name)}"
    answer.headers["Content-Disposition"] = named
    answer.headers["Cache-Control"] = f"private, max-age={AN_HOUR}"
    return answer


@blueprint.get("/<uuid:document_id>/scans/<uuid:scan_id>/<int:number>")
@needs(Permission.DOCUMENT_VIEW)
def scan_leaf(document_id: uuid.UUID, scan_id: uuid.UUID, number: int) -> Response:
    """A page of a scan as a picture."""
    found, pieces = signing.read_scan(current_actor(), scan_id)
    if found.document_id != document_id:
        raise NotFound
    raw, mime = b"".join(pieces), found.mime
    if mime == "application/pdf":
        drawn = office.page_image(raw, number)
        if drawn is None:
            raise NotFound
        raw, mime = drawn, "image/png"
    return _picture(raw, mime)


@blueprint.get("/<uuid:document_id>/drawings/<uuid:signature_id>")
@needs(Permission.DOCUMENT_VIEW)
def drawing(document_id: uuid.UUID, signature_id: uuid.UUID) -> Response:
    """A drawn signature."""
    return _picture(signing.read_drawing(current_actor(), document_id, signature_id), "image/png")


def show_signing(
    actor: Actor,
    document_id: uuid.UUID,
    *,
    tab: str = "",
    form: Form | None = None,
    refused: str = "",
    status: int = 200,
) -> Response:
    """The page, with a form that was refused if one was. ``tab``: app, wet or a step."""
    document = documents.find(actor, document_id)
    panel = panel_of(actor, document)
    if panel is None or panel.side is None:
        if status == 200:  # noqa: PLR2004 - nothing was tried: the document's own page says how it stands
            return redirect_to("documents.show", document_id=document_id)
        raise NotFound
    files = documents.files_of(document)
    pdf = files[Format.PDF]
    agreement = signing.agreement_of(document.contract_id)
    intent = signing.intent_of(document, sha256=pdf.sha256, side=panel.side, actor=actor)
    shown = {"sha256": pdf.sha256, "intent": intent}
    scan_raw = signing.raw_of(panel.scan.stored_key) if panel.scan and panel.scan.mime == "application/pdf" else b""
    forms: dict[str, Form] = {
        "app": Form(SignSchema(), shown),
        "wet": Form(ScanSchema(), _scan_start(document)),
        **{step: Form(ReasonSchema(), prefix=step) for step in signing_steps.WITH_REASON},
    }
    if form is not None:
        forms[tab] = form
        if tab == "app":
            form.data.update(shown)
    chosen = tab if tab in ("app", "wet") else request.args.get("mode", "app" if agreement else "wet")
    context: dict[str, Any] = {
        "document": document,
        "kind": documents.kind_of(document.kind),
        "tone": TONES[document.state],
        "panel": panel,
        "pdf": pdf,
        "leaves": office.page_count(documents.raw(pdf)),
        "scan_leaves": office.page_count(scan_raw) if scan_raw else 1,
        "agreement": agreement,
        "intent": intent,
        "forms_of": forms,
        "tab": chosen,
        "tried": tab,
        "refused": refused,
        "contract": contract_of(actor, document.contract_id),
        "modes": [
            (
                "系统内签署",
                url_for("document_signing.show", document_id=document.id, mode="app"),
                chosen == "app",
                None,
            ),
            ("手写签署", url_for("document_signing.show", document_id=document.id, mode="wet"), chosen == "wet", None),
        ],
        "may_agree": actor.may(Permission.CONTRACT_MANAGE),
    }
    return page("signing/show.html", status=status, **context)


def _scan_start(document: Document) -> dict[str, str]:
    return {f"{side.value}_on": clock.today().isoformat() for side in signing.sides_of(document)}


def _drawing(text: str) -> bytes:
    """The picture that the page's canvas sent; nothing if nobody drew. A wrong one is the domain's to refuse."""
    if not text.startswith(DATA_URL):
        return b""
    try:
        return base64.b64decode(text[len(DATA_URL) :], validate=True)
    except binascii.Error:
        return b"broken"


def _picture(raw: bytes, mime: str) -> Response:
    answer = Response(raw, mimetype=mime)
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = f"private, max-age={AN_HOUR}"
    return answer
