"""Taking a step on a notice: receipt and its proof, the bureau's word item by item, withdrawal."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request

from server.admin.acceptance_forms import DecisionSchema, decision_schema, kept
from server.admin.acceptance_page import CLAIM, DISPUTE, RECEIVE, SCHEMAS, WITHDRAW, Tried, show_completion
from server.admin.acceptance_words import due_of, midnight
from server.admin.access import current_actor, needs
from server.admin.forms import Form
from server.admin.pages import page, redirect_to, toast
from server.core import clock, db
from server.core.errors import Conflict, Forbidden, Invalid
from server.domain import records
from server.domain.identity import Actor, Permission
from server.domain.records import Completion, CompletionItem, Conclusion, EventKind, ItemCheck, ItemResult
from server.gateways.papers import Paper

blueprint = Blueprint("acceptance_steps", __name__, url_prefix="/admin/acceptances/<uuid:completion_id>")

Perform = Callable[[Actor, dict[str, Any], list[Paper]], object]
DECIDE, NOTIFY = Permission.ACCEPTANCE_DECIDE, Permission.ACCEPTANCE_NOTIFY


@blueprint.post("/receive-now")
@needs(DECIDE)
def receive_now(completion_id: uuid.UUID) -> Response:
    """The bureau signs for it here and now."""
    _seen(completion_id, DECIDE)
    with db.unit():
        made = records.receive(current_actor(), completion_id)
        told = f"已签收，验收期限至 {midnight(made.due_on)}" if made.due_on else f"已签收，验收期限{made.basis.label}"
    toast(told)
    return _back(completion_id)


@blueprint.post("/receive")
@needs(DECIDE)
def receive(completion_id: uuid.UUID) -> Response:
    """The bureau notes that it had the notice on paper, by e-mail, 浙政钉 or post."""

    def perform(actor: Actor, values: dict[str, Any], uploads: list[Paper]) -> object:
        return records.receive(actor, completion_id, **values, uploads=uploads)

    return _attempt(completion_id, RECEIVE, DECIDE, perform, "已登记签收")


@blueprint.post("/claim")
@needs(NOTIFY)
def claim(completion_id: uuid.UUID) -> Response:
    """The vendor hands in proof that the bureau had it."""

    def perform(actor: Actor, values: dict[str, Any], uploads: list[Paper]) -> object:
        return records.claim_receipt(actor, completion_id, **values, uploads=uploads)

    return _attempt(completion_id, CLAIM, NOTIFY, perform, "已提交签收证据，等待局方确认")


@blueprint.post("/receipts/<uuid:receipt_id>/confirm")
@needs(DECIDE)
def confirm(completion_id: uuid.UUID, receipt_id: uuid.UUID) -> Response:
    """The bureau agrees with the vendor's proof."""
    _seen(completion_id, DECIDE)
    with db.unit():
        records.confirm_receipt(current_actor(), receipt_id)
    toast("已确认签收")
    return _back(completion_id)


@blueprint.post("/receipts/<uuid:receipt_id>/dispute")
@needs(DECIDE)
def dispute(completion_id: uuid.UUID, receipt_id: uuid.UUID) -> Response:
    """The bureau does not, and says why."""

    def perform(actor: Actor, values: dict[str, Any], _uploads: list[Paper]) -> object:
        return records.dispute_receipt(actor, receipt_id, **values)

    return _attempt(completion_id, DISPUTE, DECIDE, perform, "已提出异议", receipt_id=receipt_id)


@blueprint.post("/withdraw")
@needs(NOTIFY)
def withdraw(completion_id: uuid.UUID) -> Response:
    """The vendor takes it back."""

    def perform(actor: Actor, values: dict[str, Any], _uploads: list[Paper]) -> object:
        return records.withdraw(actor, completion_id, **values)

    return _attempt(completion_id, WITHDRAW, NOTIFY, perform, "已撤回")


@blueprint.get("/decide")
@needs(DECIDE)
def decide(completion_id: uuid.UUID) -> Response:
    """The acceptance list, to be filled in; every item is taken to pass until somebody says otherwise."""
    completion = _seen(completion_id, DECIDE)
    if not records.allows(completion.state, EventKind.ACCEPTED) or records.is_over(completion, clock.now()):
        toast("这份完工通知现在不能作出验收结论", "info")
        return _back(completion_id)
    items = records.items_of(completion)
    usual: dict[str, Any] = {f"result_{item.position}": ItemResult.PASSED for item in items}
    form = Form(decision_schema(items), usual | {"members": current_actor().name})
    return _deciding(completion, items, form)


@blueprint.post("/decide")
@needs(DECIDE)
def decided(completion_id: uuid.UUID) -> Response:
    """The bureau's word. After the deadline it is refused with the moment at which silence accepted."""
    with db.reading():
        completion = _seen(completion_id, DECIDE)
        items = records.items_of(completion)
    form = Form.submitted(decision_schema(items), request.form, request.files)
    status = 422
    if form.valid:
        try:
            uploads = kept(form.values["upload"])
            with db.unit():
                _decide(current_actor(), completion_id, form.values, items, uploads)
        except Invalid as refused:
            form.refuse(refused.fields, refused.text if not refused.fields else "")
        except Conflict as refused:
            form.refuse(None, refused.text)
            status = 409
        else:
            toast(f"已作出结论：{form.values['conclusion'].label}")
            return _back(completion_id)
    with db.reading():
        return _deciding(records.find(current_actor(), completion_id), items, form, status=status)


def _decide(
    actor: Actor,
    completion_id: uuid.UUID,
    values: dict[str, Any],
    items: list[CompletionItem],
    uploads: list[Paper],
) -> None:
    results = {
        item.position: ItemCheck(values[f"result_{item.position}"], values[f"remark_{item.position}"])
        for item in items
        if values[f"result_{item.position}"] is not None
    }
    told: dict[str, Any] = {"results": results, "members": values["members"], "uploads": uploads}
    if values["conclusion"] is Conclusion.PASSED:
        records.accept(actor, completion_id, remark=values["words"], **told)
        return
    recheck = values["conclusion"] is Conclusion.RECHECK
    records.reject(actor, completion_id, reasons=values["words"], recheck=recheck, **told)


def _deciding(completion: Completion, items: list[CompletionItem], form: Form, *, status: int = 200) -> Response:
    names = list(DecisionSchema().load_fields)
    return page(
        "acceptances/decide.html",
        status=status,
        completion=completion,
        items=items,
        form=form,
        names=names,
        due=due_of(completion, clock.now()),
        midnight=midnight,
    )


def _seen(completion_id: uuid.UUID, permission: Permission) -> Completion:
    """The notice, if the actor may see it and may take such steps on it: asked before any form is read."""
    actor = current_actor()
    completion = records.find(actor, completion_id)
    if not actor.may(permission, completion.contract_id):
        raise Forbidden(permission=permission.value)
    return completion


def _attempt(
    completion_id: uuid.UUID,
    step: str,
    permission: Permission,
    perform: Perform,
    done: str,
    *,
    receipt_id: uuid.UUID | None = None,
) -> Response:
    """The one way of all steps with a form: refused ones come back with everything that was typed."""
    actor = current_actor()
    with db.reading():
        _seen(completion_id, permission)
    form = Form.submitted(SCHEMAS[step](), request.form, request.files, prefix=step)
    refused, status = "", 422
    if form.valid:
        values = dict(form.values)
        try:
            uploads = kept(values.pop("upload", []))
            with db.unit():
                perform(actor, values, uploads)
        except Invalid as error:
            form.refuse(error.fields, error.text)
        except Conflict as error:
            refused, status = error.text, 409
        else:
            toast(done)
            return _back(completion_id)
    with db.reading():
        tried = Tried(step, form, refused, receipt_id)
        return show_completion(actor, records.find(actor, completion_id), tried=tried, status=status)


def _back(completion_id: uuid.UUID) -> Response:
    return redirect_to("acceptances.show", completion_id=completion_id)
