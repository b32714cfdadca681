"""The register of subcontracts (A33): asked for by the vendor, consented to in writing by the bureau."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, Response, request

from server.admin.access import current_actor, needs
from server.admin.forms import Form
from server.admin.pages import page, redirect_to, toast
from server.admin.staff_forms import (
    ConsentSchema,
    EndSchema,
    SubcontractSchema,
    contract_choices,
    taken,
)
from server.admin.staff_page import EVENT_ICONS, TONES, may_either
from server.admin.trying import attempt
from server.core import clock, db
from server.core.db import session
from server.core.errors import Forbidden
from server.domain import contracts, staffing
from server.domain.identity import Actor, Permission
from server.domain.staffing import DocumentKind, Maintainer, Subcontract, SubcontractState, SubjectKind

blueprint = Blueprint("staff_subcontracts", __name__, url_prefix="/admin/staff/subcontracts")

MOST = 200


@blueprint.get("/")
@needs(Permission.STAFF_VIEW)
def index() -> Response:
    """The register."""
    actor = current_actor()
    rows = list(session().scalars(staffing.subcontracts_matching(actor).limit(MOST)))
    return page(
        "staff/subcontracts.html",
        rows=rows,
        titles=contracts.titles(actor),
        may_request=actor.may(Permission.STAFF_MANAGE),
        today=clock.today(),
        tones=TONES,
    )


@blueprint.get("/new")
@needs(Permission.STAFF_MANAGE)
def new() -> Response:
    """The form of a request."""
    actor = current_actor()
    options = contract_choices(actor, Permission.STAFF_MANAGE)
    data = {"contract_id": options[0][0] if options else "", "starts_on": clock.today()}
    return page("staff/subcontract_new.html", form=Form(SubcontractSchema(), data, choices={"contract_id": options}))


@blueprint.post("/new")
@needs(Permission.STAFF_MANAGE)
def create() -> Response:
    """Ask for consent."""
    actor = current_actor()
    with db.reading():
        options = contract_choices(actor, Permission.STAFF_MANAGE)
    form = Form.submitted(SubcontractSchema(), request.form, request.files, choices={"contract_id": options})

    def verb() -> uuid.UUID:
        files = taken(form.values["files"], DocumentKind.OTHER)
        return staffing.request_subcontract(actor, **form.values | {"files": files}).id

    made = attempt(form, verb)
    if made is None:
        return page("staff/subcontract_new.html", status=422, form=form)
    toast("申请已提交，等待局方书面同意")
    return redirect_to("staff_subcontracts.show", subcontract_id=made)


@blueprint.get("/<uuid:subcontract_id>")
@needs(Permission.STAFF_VIEW)
def show(subcontract_id: uuid.UUID) -> Response:
    """One request."""
    actor = current_actor()
    return _show(actor, staffing.find_subcontract(actor, subcontract_id))


@blueprint.post("/<uuid:subcontract_id>/decide")
@needs(Permission.STAFF_DECIDE)
def decide(subcontract_id: uuid.UUID) -> Response:
    """The bureau's answer."""
    actor, row = _row(subcontract_id)
    actor.need(Permission.STAFF_DECIDE, row.contract_id)
    form = Form.submitted(ConsentSchema(), request.form, request.files, prefix="decide")

    def verb() -> Subcontract:
        values: dict[str, Any] = dict(form.values)
        files = taken(values.pop("upload"), DocumentKind.CONSENT)
        return staffing.consent_subcontract(actor, row.id, **values, files=files)

    return _answer(actor, row, attempt(form, verb), "decide", form, "已登记决定")


@blueprint.post("/<uuid:subcontract_id>/end")
@needs(Permission.STAFF_VIEW)
def end(subcontract_id: uuid.UUID) -> Response:
    """The consent ends."""
    actor, row = _row(subcontract_id)
    if not may_either(actor, row.contract_id):
        raise Forbidden(permission=Permission.STAFF_MANAGE.value)
    form = Form.submitted(EndSchema(), request.form, prefix="end")
    done = attempt(form, lambda: staffing.end_subcontract(actor, row.id, **form.values))
    return _answer(actor, row, done, "end", form, "分包已终止")


def _row(subcontract_id: uuid.UUID) -> tuple[Actor, Subcontract]:
    actor = current_actor()
    with db.reading():
        return actor, staffing.find_subcontract(actor, subcontract_id)


def _answer(actor: Actor, row: Subcontract, done: object, name: str, form: Form, told: str) -> Response:
    if done is None:
        with db.reading():
            return _show(actor, staffing.find_subcontract(actor, row.id), tried=name, form=form, status=422)
    toast(told)
    return redirect_to("staff_subcontracts.show", subcontract_id=row.id)


def _show(actor: Actor, row: Subcontract, *, tried: str = "", form: Form | None = None, status: int = 200) -> Response:
    forms = {
        "decide": Form(ConsentSchema(), {}, prefix="decide"),
        "end": Form(EndSchema(), {"on": clock.today()}, prefix="end"),
    }
    if form is not None:
        forms[tried] = form
    people = staffing.matching(actor, contract_id=row.contract_id).where(Maintainer.subcontract_id == row.id)
    return page(
        "staff/subcontract.html",
        status=status,
        row=row,
        contract=contracts.find(actor, row.contract_id),
        papers=staffing.papers_of(SubjectKind.SUBCONTRACT, [row.id])[row.id],
        history=staffing.history_of(SubjectKind.SUBCONTRACT, [row.id]),
        people=list(session().scalars(people)),
        may_decide=actor.may(Permission.STAFF_DECIDE, row.contract_id) and row.state is SubcontractState.REQUESTED,
        may_end=may_either(actor, row.contract_id) and row.state is SubcontractState.CONSENTED,
        forms_of=forms,
        tried=tried,
        tones=TONES,
        icons=EVENT_ICONS,
    )
