"""Entering materials and remote services."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, request

from server.admin.acceptance_forms import kept
from server.admin.acceptance_new import contracts_for
from server.admin.acceptance_page import ticket_of
from server.admin.access import current_actor, needs
from server.admin.forms import Form
from server.admin.pages import page, redirect_to, toast
from server.admin.record_forms import MaterialSchema, SessionSchema
from server.core import clock, db
from server.core.errors import Conflict, Invalid
from server.core.ids import parse_id
from server.domain import records
from server.domain.identity import Actor, Permission
from server.gateways.papers import Paper

LOG = Permission.RECORD_LOG
Perform = Callable[[dict[str, Any], list[Paper]], str]


@needs(LOG)
def new_material() -> Response:
    """An empty form for a material."""
    return _form_page(current_actor(), "material", _started(MaterialSchema()))


@needs(LOG)
def create_material() -> Response:
    """Put it on the list."""

    def perform(values: dict[str, Any], uploads: list[Paper]) -> str:
        made = records.request_material(current_actor(), **_linked(values), uploads=uploads)
        toast(f"已登记 {made.number}")
        return str(made.id)

    return _entered("material", MaterialSchema(), perform)


@needs(LOG)
def new_session() -> Response:
    """An empty form for a remote service."""
    return _form_page(current_actor(), "session", _started(SessionSchema(), who=current_actor().name))


@needs(LOG)
def create_session() -> Response:
    """Note it: over, or running from now on."""

    def perform(values: dict[str, Any], uploads: list[Paper]) -> str:
        made = _session_from(current_actor(), _linked(values), uploads)
        toast(f"已登记 {made.number}")
        return str(made.id)

    return _entered("session", SessionSchema(), perform)


def tried_with(form: Form, perform: Callable[[dict[str, Any], list[Paper]], object]) -> tuple[str, int | None]:
    """What stood in the way, and the answer's status; None when nothing did."""
    if not form.valid:
        return "", 422
    values = dict(form.values)
    try:
        uploads = kept(values.pop("upload", []))
        with db.unit():
            perform(values, uploads)
    except Invalid as error:
        form.refuse(error.fields, error.text)
        return "", 422
    except Conflict as error:
        return error.text, 409
    return "", None


def _entered(kind: str, schema: Any, perform: Perform) -> Response:
    actor = current_actor()
    with db.reading():
        choices = contracts_for(actor, LOG)
    form = Form.submitted(schema, request.form, request.files, choices={"contract_id": choices})
    made: list[str] = []
    refused, status = tried_with(form, lambda values, uploads: made.append(perform(values, uploads)))
    if status is None:
        return redirect_to(f"records.{kind}", **{f"{kind}_id": made[0]})
    if refused:
        form.refuse(None, refused)
    with db.reading():
        return _form_page(actor, kind, form, status=status)


def _session_from(actor: Actor, values: dict[str, Any], uploads: list[Paper]) -> records.RemoteSession:
    if values["ended_at"] is not None:
        return records.log_session(
            actor, **(values | {"started_at": values["started_at"] or clock.now()}), uploads=uploads
        )
    if values["started_at"] is not None:
        raise Invalid(fields={"ended_at": ["补录的远程服务须填写结束时间；正在进行的请不填开始时间。"]})
    if values["work"]:
        raise Invalid(fields={"ended_at": ["写了处理内容的须填写结束时间；还在进行的请在结束时再写。"]})
    kept_values = {name: value for name, value in values.items() if name not in ("started_at", "ended_at", "work")}
    return records.start_session(actor, **kept_values, uploads=uploads)


def _linked(values: dict[str, Any]) -> dict[str, Any]:
    ticket = request.form.get("ticket_id", "")
    return values | {
        "contract_id": parse_id(values["contract_id"]),
        "ticket_id": parse_id(ticket) if ticket else None,
    }


def _started(schema: Any, **values: str) -> Form:
    actor = current_actor()
    choices = contracts_for(actor, LOG)
    data: dict[str, Any] = {"contract_id": choices[0][0]} if len(choices) == 1 else {}
    text = request.args.get("ticket_id", "")
    ticket = ticket_of(actor, parse_id(text)) if text else None
    if ticket is not None and ticket.contract_id is not None:
        data["contract_id"] = str(ticket.contract_id)
    return Form(schema, data | values, choices={"contract_id": choices})


def _form_page(actor: Actor, kind: str, form: Form, *, status: int = 200) -> Response:
    text = request.values.get("ticket_id", "")
    ticket = ticket_of(actor, parse_id(text)) if text else None
    return page(f"records/new_{kind}.html", status=status, form=form, ticket=ticket)
