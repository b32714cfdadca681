"""The account that money goes to: wanted by one side, confirmed by the other."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, request

from server.admin.access import current_actor, needs
from server.admin.forms import Form
from server.admin.money_forms import PayeeSchema, ReturnSchema
from server.admin.money_moves import seen
from server.admin.pages import redirect_to, toast
from server.admin.payments import plan_page
from server.core.errors import Conflict, Invalid
from server.domain import payments
from server.domain.identity import Permission

blueprint = Blueprint("payees", __name__, url_prefix="/admin/payments/contracts/<uuid:contract_id>/payee")


@blueprint.post("/")
@needs(Permission.PAYEE_AGREE, step_up=True)
def propose(contract_id: uuid.UUID) -> Response:
    """Ask for another account."""
    actor = current_actor()
    payments.plan_of(actor, contract_id)
    form = Form.submitted(PayeeSchema(), request.form, prefix="payee")
    if form.valid:
        try:
            payments.propose_payee(actor, contract_id, **form.values)
        except Invalid as refused:
            form.refuse(refused.fields, refused.text)
        except Conflict as refused:
            form.refuse(message=refused.text)
        else:
            toast("已提出变更，等待对方确认")
            return redirect_to("payments.plan", contract_id=contract_id)
    return plan_page(actor, contract_id, payee_form=form, status=422)


@blueprint.post("/<uuid:key>/confirm")
@needs(Permission.PAYEE_AGREE, step_up=True)
def confirm(contract_id: uuid.UUID, key: uuid.UUID) -> Response:
    """The other side agrees: the contract gets the new account."""
    payments.confirm_payee(current_actor(), key, agreed=True, seen=seen())
    toast("双方已确认，收款账户已更新")
    return redirect_to("payments.plan", contract_id=contract_id)


@blueprint.post("/<uuid:key>/refuse")
@needs(Permission.PAYEE_AGREE)
def refuse(contract_id: uuid.UUID, key: uuid.UUID) -> Response:
    """The other side does not agree, and says why."""
    form = Form.submitted(ReturnSchema(), request.form)
    remark = form.values["remark"] if form.valid else ""
    payments.confirm_payee(current_actor(), key, agreed=False, remark=remark, seen=seen())
    toast("已答复不同意变更")
    return redirect_to("payments.plan", contract_id=contract_id)


@blueprint.post("/<uuid:key>/withdraw")
@needs(Permission.PAYEE_AGREE)
def withdraw(contract_id: uuid.UUID, key: uuid.UUID) -> Response:
    """Whoever wanted it takes it back."""
    payments.withdraw_payee(current_actor(), key, seen=seen())
    toast("已撤回变更")
    return redirect_to("payments.plan", contract_id=contract_id)
