"""Moving materials and ending remote services: who may is asked before any form is read."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request

from server.admin.access import current_actor, needs
from server.admin.forms import Form
from server.admin.pages import redirect_to, toast
from server.admin.record_forms import EndSessionSchema
from server.admin.record_new import LOG, tried_with
from server.admin.records import STEPS, show_material, show_session
from server.core import db
from server.core.errors import Forbidden
from server.domain import records
from server.domain.identity import Actor
from server.gateways.papers import Paper

blueprint = Blueprint("record_steps", __name__, url_prefix="/admin/records")

VERBS: dict[str, tuple[Callable[..., records.Material], str]] = {
    "deliver": (records.deliver_material, "已登记交付"),
    "return": (records.return_material, "已退回"),
    "reschedule": (records.reschedule_material, "已改期"),
    "drop": (records.drop_material, "已撤销"),
}
# Verbs that take papers.
WITH_PAPERS = frozenset({"deliver", "return"})


@blueprint.post("/materials/<uuid:material_id>/<any(deliver, return, reschedule, drop):step>")
@needs(LOG)
def move_material(material_id: uuid.UUID, step: str) -> Response:
    """Deliver it, return it, agree on another day, or drop it."""
    actor = current_actor()
    with db.reading():
        _may_log(actor, records.find_material(actor, material_id).contract_id)
    if step == "deliver" and actor.contracts_for(LOG) is not None:
        raise Forbidden(permission=LOG.value)
    form = Form.submitted(STEPS[step](), request.form, request.files, prefix=step)
    verb, done = VERBS[step]

    def perform(values: dict[str, Any], uploads: list[Paper]) -> None:
        verb(actor, material_id, **values, **({"uploads": uploads} if step in WITH_PAPERS else {}))

    refused, status = tried_with(form, perform)
    if status is None:
        toast(done)
        return redirect_to("records.material", material_id=material_id)
    with db.reading():
        return show_material(actor, material_id, step=step, form=form, refused=refused, status=status)


@blueprint.post("/sessions/<uuid:session_id>/end")
@needs(LOG)
def end_session(session_id: uuid.UUID) -> Response:
    """The running service is over."""
    actor = current_actor()
    with db.reading():
        _may_log(actor, records.find_session(actor, session_id).contract_id)
    form = Form.submitted(EndSessionSchema(), request.form, request.files)

    def perform(values: dict[str, Any], uploads: list[Paper]) -> None:
        records.end_session(actor, session_id, **values, uploads=uploads)

    refused, status = tried_with(form, perform)
    if status is None:
        toast("已登记结束")
        return redirect_to("records.session", session_id=session_id)
    with db.reading():
        return show_session(actor, session_id, form=form, refused=refused, status=status)


def _may_log(actor: Actor, contract_id: uuid.UUID) -> None:
    if not actor.may(LOG, contract_id):
        raise Forbidden(permission=LOG.value)
