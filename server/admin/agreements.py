"""The agreement to electronic signing of a contract: what was agreed, on which paper, and since when."""

from __future__ import annotations

import uuid
from urllib.parse import quote

from flask import Blueprint, Response, request
from marshmallow import Schema, fields, validate

from server.admin.access import current_actor, needs
from server.admin.forms import Form
from server.admin.pages import page, redirect_to, toast
from server.admin.signing_forms import ACCEPT, ReasonSchema
from server.core import db
from server.core.errors import Conflict, Invalid
from server.domain import contracts, signing
from server.domain.identity import Actor, Permission

blueprint = Blueprint("agreements", __name__, url_prefix="/admin/contracts/<uuid:contract_id>/electronic-signing")
KEEP = Permission.CONTRACT_MANAGE


class AgreementSchema(Schema):
    """An agreement as it stands on paper."""

    agreed_on = fields.Date(required=True, metadata={"label": "约定日期"})
    vendor_signer = fields.String(required=True, validate=validate.Length(max=64), metadata={"label": "乙方签字人"})
    bureau_signer = fields.String(required=True, validate=validate.Length(max=64), metadata={"label": "甲方签字人"})
    upload = fields.Raw(
        required=True,
        error_messages={"required": "请上传双方签字的约定。"},
        metadata={"label": "书面约定", "widget": "file", "accept": ACCEPT, "help": "双方签字盖章的约定扫描件"},
    )
    note = fields.String(
        load_default="",
        validate=validate.Length(max=500),
        metadata={"label": "备注", "widget": "textarea", "rows": "2"},
    )


@blueprint.get("")
@needs(Permission.CONTRACT_VIEW)
def show(contract_id: uuid.UUID) -> Response:
    """What is agreed."""
    return _page(current_actor(), contract_id)


@blueprint.post("")
@needs(KEEP)
def record(contract_id: uuid.UUID) -> Response:
    """Record the parties' agreement."""
    actor = current_actor()
    form = Form.submitted(AgreementSchema(), request.form, request.files)
    status = 422
    if form.valid:
        try:
            values = dict(form.values)
            sent = values.pop("upload")
            paper = signing.take_scan(name=sent.filename or "约定", raw=sent.read())
            with db.unit():
                signing.agree(actor, contract_id, paper=paper, **values)
        except Invalid as refused:
            form.refuse(refused.fields, refused.text)
        except Conflict as refused:
            form.refuse(None, refused.text)
            status = 409
        else:
            toast("已登记电子签名约定")
            return redirect_to("agreements.show", contract_id=contract_id)
    with db.reading():
        return _page(actor, contract_id, form=form, status=status)


@blueprint.post("/end")
@needs(KEEP)
def end(contract_id: uuid.UUID) -> Response:
    """The agreement holds no longer."""
    actor = current_actor()
    form = Form.submitted(ReasonSchema(), request.form, prefix="end")
    if form.valid:
        with db.unit():
            signing.end_agreement(actor, contract_id, reason=form.values["reason"])
        toast("已终止电子签名约定")
        return redirect_to("agreements.show", contract_id=contract_id)
    with db.reading():
        return _page(actor, contract_id, ending=form, status=422)


@blueprint.get("/<uuid:agreement_id>/file")
@needs(Permission.CONTRACT_VIEW)
def file(contract_id: uuid.UUID, agreement_id: uuid.UUID) -> Response:
    """The paper of an agreement."""
    actor = current_actor()
    contracts.find(actor, contract_id)
    found, pieces = signing.read_agreement(actor, agreement_id)
    answer = Response(pieces, mimetype=found.mime)
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    named = f"attachment; filename=\"{found.id}\"; filename*=UTF-8''{quote(found.file_name)}"
    answer.headers["Content-Disposition"] = named
    return answer


def _page(
    actor: Actor, contract_id: uuid.UUID, *, form: Form | None = None, ending: Form | None = None, status: int = 200
) -> Response:
    contract = contracts.find(actor, contract_id)
    return page(
        "signing/agreement.html",
        status=status,
        contract=contract,
        agreements=signing.agreements_of(actor, contract_id),
        current=signing.agreement_of(contract.id),
        form=form or Form(AgreementSchema()),
        ending=ending or Form(ReasonSchema(), prefix="end"),
        ending_tried=ending is not None,
        may_keep=actor.may(KEEP, contract.id),
    )
