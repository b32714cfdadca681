"""What is done to documents: issue, correct, void, make the files again. Each is a unit of its own and leads back."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, make_response, redirect, request, url_for
from marshmallow import Schema, fields, validate

from server.admin.acceptances import key_of
from server.admin.access import current_actor, local_path, needs
from server.admin.document_page import Tried, show_document
from server.admin.forms import Form
from server.admin.pages import toast
from server.core import db
from server.core.errors import NotFound, ShijianError
from server.domain import documents
from server.domain.identity import Permission

blueprint = Blueprint("document_steps", __name__, url_prefix="/admin/documents")


class ReasonSchema(Schema):
    """Why."""

    reason = fields.String(
        required=True, validate=validate.Length(max=500), metadata={"label": "原因", "widget": "textarea", "rows": "3"}
    )


@blueprint.post("/issue")
@needs(Permission.DOCUMENT_VIEW)
def issue() -> Response:
    """Issue the document of a matter."""
    subject_id = key_of(request.form.get("subject", ""))
    if subject_id is None:
        raise NotFound
    actor = current_actor()
    try:
        with db.unit():
            document = documents.issue(actor, request.form.get("kind", ""), subject_id)
    except NotFound:
        raise
    except ShijianError as refused:
        toast(refused.text, "danger")
        return _onward(_back())
    toast(f"已出具 {document.number}")
    return _onward(_back(document.id))


@blueprint.post("/<uuid:document_id>/correct")
@needs(Permission.DOCUMENT_VIEW)
def correct(document_id: uuid.UUID) -> Response:
    """Issue the next version."""
    return _with_reason("correct", document_id)


@blueprint.post("/<uuid:document_id>/void")
@needs(Permission.DOCUMENT_VIEW)
def void(document_id: uuid.UUID) -> Response:
    """Take it back."""
    return _with_reason("void", document_id)


@blueprint.post("/<uuid:document_id>/remake")
@needs(Permission.DOCUMENT_VIEW)
def remake(document_id: uuid.UUID) -> Response:
    """Try once more to make the files, with or without the bureau's template."""
    with db.unit():
        documents.remake(current_actor(), document_id, by_form=bool(request.form.get("by_form")))
    toast("正在重新生成")
    return _onward(_back(document_id))


def _with_reason(step: str, document_id: uuid.UUID) -> Response:
    actor = current_actor()
    form = Form.submitted(ReasonSchema(), request.form)
    verb, done = {"correct": (documents.correct, "已出具更正版"), "void": (documents.void, "已作废")}[step]
    tried = Tried(step, form)
    if form.valid:
        try:
            with db.unit():
                document = verb(actor, document_id, reason=form.values["reason"])
        except NotFound:
            raise
        except ShijianError as refused:
            form.refuse(getattr(refused, "fields", None), refused.text)
            tried = Tried(step, form, refused.text)
        else:
            toast(f"{done} {document.number}")
            return _onward(_back(document.id))
    with db.reading():
        return show_document(actor, documents.find(actor, document_id), tried=tried, status=422)


def _onward(path: str) -> Response:
    return make_response(redirect(path, code=303))


def _back(document_id: uuid.UUID | None = None) -> str:
    """Where the step came from; from a document's own page, the page of the one that there is now."""
    came_from = local_path(request.form.get("next"))
    if came_from and not came_from.startswith("/admin/documents"):
        return came_from
    return url_for("documents.show", document_id=document_id) if document_id else url_for("documents.index")
