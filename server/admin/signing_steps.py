"""Steps of signing besides the signature itself: a scan brought, confirmed or sent back, a refusal, a withdrawal."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, request

from server.admin.access import current_actor, needs
from server.admin.forms import Form
from server.admin.pages import redirect_to, toast
from server.admin.signing_forms import ReasonSchema, ScanSchema
from server.admin.signing_panel import SIGN
from server.core import db
from server.core.errors import Invalid, NotFound, ShijianError
from server.domain import documents, signing
from server.domain.documents import Side
from server.domain.identity import Actor
from server.domain.signing import Signer
from server.gateways.office import scans

Verb = Callable[..., Any]
WITH_REASON: Mapping[str, tuple[Verb, str]] = {
    "withdraw": (signing.withdraw, "已撤回签署"),
    "decline": (signing.decline, "已拒签，对方将看到原因"),
    "refuse-scan": (signing.refuse_scan, "已退回扫描件"),
    "withdraw-scan": (signing.withdraw_scan, "已撤回扫描件"),
}
PLAIN: Mapping[str, tuple[Verb, str]] = {
    "lift-decline": (signing.lift_decline, "已撤销拒签，可以重新签署"),
    "confirm-scan": (signing.confirm_scan, "已确认扫描件，文书签署完成"),
}


def install(blueprint: Blueprint) -> None:
    """Put the steps' addresses into the room's blueprint."""
    path = "/<uuid:document_id>/signing"
    blueprint.add_url_rule(f"{path}/scan", "attach", needs(SIGN)(attach), methods=["POST"])
    names = ", ".join(f'"{name}"' for name in (*WITH_REASON, *PLAIN))
    blueprint.add_url_rule(f"{path}/<any({names}):step>", "step", needs(SIGN)(take_step), methods=["POST"])


def attach(document_id: uuid.UUID) -> Response:
    """Bring the signed paper back."""
    actor = current_actor()
    with db.reading():
        documents.find(actor, document_id)
    form = Form.submitted(ScanSchema(), request.form, request.files)
    if not form.valid:
        return _again(actor, document_id, "wet", form, "", 422)
    try:
        values = form.values
        raw = values["upload"].read()
        texts = scans.qr_texts(raw)
        paper = signing.take_scan(name=values["upload"].filename or "扫描件", raw=raw)
        with db.unit():
            signing.attach_scan(
                actor, document_id, paper=paper, qr_texts=texts, typed_code=values["code"], signers=_signers(values)
            )
    except NotFound:
        raise
    except Invalid as refused:
        fields = refused.fields or {"upload": [refused.text]}
        form.refuse(fields, refused.text)
        return _again(actor, document_id, "wet", form, "", 422)
    except ShijianError as refused:
        return _again(actor, document_id, "wet", form, refused.text, 409)
    toast("已上传扫描件，等待对方确认")
    return redirect_to("documents.show", document_id=document_id)


def take_step(document_id: uuid.UUID, step: str) -> Response:
    """Withdraw, decline, lift a refusal, confirm or send back a scan."""
    actor = current_actor()
    with db.reading():
        documents.find(actor, document_id)
    form = Form.submitted(ReasonSchema(), request.form, prefix=step)
    verb, done = WITH_REASON.get(step) or PLAIN[step]
    if step in WITH_REASON and not form.valid:
        return _again(actor, document_id, step, form, "", 422)
    try:
        with db.unit():
            verb(actor, document_id, **({"reason": form.values["reason"]} if step in WITH_REASON else {}))
    except NotFound:
        raise
    except Invalid as refused:
        form.refuse(refused.fields, refused.text)
        return _again(actor, document_id, step, form, "", 422)
    except ShijianError as refused:
        return _again(actor, document_id, step, form, refused.text, 409)
    toast(done)
    return redirect_to("documents.show", document_id=document_id)


def _signers(values: Mapping[str, Any]) -> dict[Side, Signer]:
    return {side: Signer(values[f"{side.value}_name"], values[f"{side.value}_on"]) for side in Side}


def _again(actor: Actor, document_id: uuid.UUID, tab: str, form: Form, refused: str, status: int) -> Response:
    from server.admin.document_signing import show_signing  # noqa: PLC0415 - the page knows its steps, too

    with db.reading():
        document = documents.find(actor, document_id)
        if document.state not in (documents.DocumentState.ISSUED, documents.DocumentState.SIGNING):
            toast(refused or "文书状态已变化。", "danger")
            return redirect_to("documents.show", document_id=document_id)
        return show_signing(actor, document_id, tab=tab, form=form, refused=refused, status=status)
