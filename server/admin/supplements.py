"""Supplements of a contract: drafted in the contract's form, signed by both sides, given up; and signings."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, request
from marshmallow import Schema, fields, validate

from server.admin.access import current_actor, needs
from server.admin.contract_form import Mode, form_page, of_contract, sent
from server.admin.forms import Form
from server.admin.pages import page, redirect_to, toast
from server.core.errors import Invalid
from server.domain import contracts
from server.domain.contracts import Contract, ContractState, Party, Supplement
from server.domain.identity import Permission

blueprint = Blueprint("supplements", __name__, url_prefix="/admin/contracts")


class SigningSchema(Schema):
    """When one side signed and sealed."""

    party = fields.Enum(Party, by_value=True, required=True, metadata={"label": "哪一方", "widget": "radio"})
    signed_on = fields.Date(load_default=None, metadata={"label": "签字日期"})
    sealed_on = fields.Date(
        load_default=None, metadata={"label": "盖章日期", "help": "合同要求签字并盖章的，两项都要填。"}
    )
    signer = fields.String(load_default="", validate=validate.Length(max=64), metadata={"label": "签署人"})


class VoidSchema(Schema):
    """Why a supplement is given up."""

    reason = fields.String(required=True, validate=validate.Length(max=300), metadata={"label": "作废原因"})


@blueprint.get("/<uuid:contract_id>/supplements/new")
@needs(Permission.CONTRACT_MANAGE)
def new(contract_id: uuid.UUID) -> Response:
    """The contract's form: what is changed in it becomes the supplement."""
    return form_page(of_contract(Mode.SUPPLEMENT, _open(contract_id)))


@blueprint.post("/<uuid:contract_id>/supplements")
@needs(Permission.CONTRACT_MANAGE)
def draft(contract_id: uuid.UUID) -> Response:
    contract = _open(contract_id)
    entry = sent(Mode.SUPPLEMENT, contract)
    if entry.extra is not None and entry.extra.valid:
        given = entry.extra.values
        try:
            made = contracts.draft_supplement(
                current_actor(), contract.id, changes=contracts.changes_between(entry.base, entry.typed.terms), **given
            )
        except Invalid as refused:
            own = {name: texts for name, texts in refused.fields.items() if name in entry.extra.names}
            entry.extra.refuse(own)
            entry.faults = {name: list(texts) for name, texts in refused.fields.items() if name not in own}
            if not refused.fields:
                entry.faults = {"changes": [refused.text]}
        else:
            toast(f"已起草{made.label}，双方签署后生效")
            return redirect_to("supplements.show", contract_id=contract.id, supplement_id=made.id)
    return form_page(entry, status=422)


@blueprint.get("/<uuid:contract_id>/supplements/<uuid:supplement_id>")
@needs(Permission.CONTRACT_VIEW)
def show(contract_id: uuid.UUID, supplement_id: uuid.UUID) -> Response:
    return _supplement_page(contracts.find(current_actor(), contract_id), supplement_id)


@blueprint.post("/<uuid:contract_id>/supplements/<uuid:supplement_id>/sign")
@needs(Permission.CONTRACT_MANAGE)
def sign(contract_id: uuid.UUID, supplement_id: uuid.UUID) -> Response:
    actor = current_actor()
    contract = contracts.find(actor, contract_id)
    supplement = contracts.find_supplement(actor, contract.id, supplement_id)
    form = Form.submitted(SigningSchema(), request.form, prefix="sign")
    if form.valid:
        try:
            contracts.sign(actor, contract.id, supplement_id=supplement.id, **form.values)
        except Invalid as refused:
            form.refuse(refused.fields, refused.text)
        else:
            in_force = contracts.find_supplement(actor, contract.id, supplement_id).in_force_on
            toast(f"双方已签署，补充协议自 {in_force} 生效" if in_force else "已登记签署")
            return redirect_to("supplements.show", contract_id=contract.id, supplement_id=supplement_id)
    return _supplement_page(contract, supplement_id, sign_form=form, status=422)


@blueprint.post("/<uuid:contract_id>/supplements/<uuid:supplement_id>/void")
@needs(Permission.CONTRACT_MANAGE)
def void(contract_id: uuid.UUID, supplement_id: uuid.UUID) -> Response:
    actor = current_actor()
    contract = contracts.find(actor, contract_id)
    contracts.find_supplement(actor, contract.id, supplement_id)
    form = Form.submitted(VoidSchema(), request.form, prefix="void")
    if form.valid:
        contracts.void_supplement(actor, contract.id, supplement_id, reason=form.values["reason"])
        toast("补充协议已作废，编号保留")
        return redirect_to("supplements.show", contract_id=contract.id, supplement_id=supplement_id)
    return _supplement_page(contract, supplement_id, void_form=form, status=422)


@blueprint.post("/<uuid:contract_id>/sign")
@needs(Permission.CONTRACT_MANAGE)
def sign_contract(contract_id: uuid.UUID) -> Response:
    """Enter when one side signed and sealed the contract itself."""
    actor = current_actor()
    contract = contracts.find(actor, contract_id)
    form = Form.submitted(SigningSchema(), request.form, prefix="sign")
    if form.valid:
        try:
            contracts.sign(actor, contract.id, **form.values)
        except Invalid as refused:
            form.refuse(refused.fields, refused.text)
        else:
            effective_on = contracts.find(actor, contract.id).effective_on
            toast(f"已登记签署，生效日 {effective_on}" if effective_on else "已登记签署，待另一方")
            return redirect_to("contracts.show", contract_id=contract.id)
    return page("supplements/sign.html", status=422, contract=contract, form=form)


def _supplement_page(
    contract: Contract,
    supplement_id: uuid.UUID,
    *,
    sign_form: Form | None = None,
    void_form: Form | None = None,
    status: int = 200,
) -> Response:
    actor = current_actor()
    supplement = contracts.find_supplement(actor, contract.id, supplement_id)
    return page(
        "supplements/show.html",
        status=status,
        contract=contract,
        supplement=supplement,
        signings={each.party: each for each in contracts.signings_of(contract.id, supplement.id)},
        changed=contracts.supplement_differences(contract, supplement),
        later=_later(contract, supplement),
        manages=actor.may(Permission.CONTRACT_MANAGE, contract.id) and contract.state is not ContractState.ENDED,
        sign_form=sign_form or Form(SigningSchema(), prefix="sign"),
        void_form=void_form or Form(VoidSchema(), prefix="void"),
        Party=Party,
    )


def _later(contract: Contract, supplement: Supplement) -> list[Supplement]:
    """The supplements that prevail over one that is in force."""
    ruling = contracts.prevailing(contracts.supplements_of(contract.id))
    return ruling[: ruling.index(supplement)] if supplement in ruling else []


def _open(contract_id: uuid.UUID) -> Contract:
    contract = contracts.find(current_actor(), contract_id)
    if contract.state is ContractState.ENDED:
        raise contracts.WrongState("合同已终止，不能再签补充协议。")
    return contract
