"""The records of both sides: material that the bureau owes, what its delay held up, and remote services."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, Response, request, url_for

from server.admin import record_new
from server.admin.acceptance_page import contract_of, ticket_of
from server.admin.acceptance_words import MATERIAL_TONES, at_of, mark_of, material_due, said_late
from server.admin.acceptances import as_download, key_of
from server.admin.access import current_actor, needs
from server.admin.forms import Form
from server.admin.listing import Column, Listing
from server.admin.pages import page
from server.admin.paging import paged
from server.admin.record_forms import DeliverSchema, DropSchema, EndSessionSchema, RescheduleSchema, ReturnSchema
from server.core import clock
from server.core.db import session
from server.domain import contracts, records
from server.domain.identity import Actor, Permission
from server.domain.records import (
    MATERIAL_ORDERS,
    OWED,
    SESSION_ORDERS,
    Material,
    MaterialFilters,
    MaterialState,
    RemoteSession,
    SessionChannel,
    SessionFilters,
)

blueprint = Blueprint("records", __name__, url_prefix="/admin/records")
blueprint.add_url_rule("/materials/new", "new_material", record_new.new_material, methods=["GET"])
blueprint.add_url_rule("/materials/new", "create_material", record_new.create_material, methods=["POST"])
blueprint.add_url_rule("/sessions/new", "new_session", record_new.new_session, methods=["GET"])
blueprint.add_url_rule("/sessions/new", "create_session", record_new.create_session, methods=["POST"])

MATERIAL_COLUMNS = (
    Column("number", "编号", sort="number", optional=False),
    Column("item", "资料", optional=False),
    Column("state", "状态"),
    Column("due", "期限", sort="due_on"),
    Column("contract", "合同"),
    Column("requested_on", "提出", sort="requested_on"),
    Column("delivered_on", "交付", sort="delivered_on"),
    Column("quality", "情况", shown=False),
)
SESSION_COLUMNS = (
    Column("number", "编号", sort="number", optional=False),
    Column("purpose", "目的", optional=False),
    Column("channel", "方式"),
    Column("who", "服务人员"),
    Column("account", "账号", shown=False),
    Column("contract", "合同"),
    Column("started_at", "开始", sort="started_at"),
    Column("ended_at", "结束", sort="ended_at"),
)
STEPS = {
    "deliver": DeliverSchema,
    "return": ReturnSchema,
    "reschedule": RescheduleSchema,
    "drop": DropSchema,
}
MOST_STALLS = 2000


@blueprint.get("/")
@needs(Permission.RECORD_VIEW)
def index() -> Response:
    """The list of materials."""
    actor = current_actor()
    listing = Listing("materials", MATERIAL_COLUMNS, request.args, default_sort="-requested_on")
    asked = request.args
    state = asked.get("state", "")
    filters = MaterialFilters(
        states=tuple(OWED) if state == "owed" else tuple(each for each in MaterialState if each.value == state),
        contract_id=key_of(asked.get("contract", "")),
        late=bool(asked.get("late")),
        text=asked.get("q", "")[:100],
    )
    query = records.materials_matching(actor, filters)
    found = paged(query, listing, MATERIAL_ORDERS, tie=Material.id.desc())
    today = clock.today()
    return page(
        "records/index.html",
        "records/_materials.html",
        listing=listing,
        found=found,
        tones=MATERIAL_TONES,
        due_by_id={row.id: material_due(row, today) for row in found.items},
        states=[("owed", "待提供或补正"), *MaterialState.choices()],
        **_around(actor, "materials"),
    )


@blueprint.get("/stalls")
@needs(Permission.RECORD_VIEW)
def stalls() -> Response:
    """Every time for which material was late or defective: the evidence for what the bureau owes (A28, A41)."""
    actor = current_actor()
    asked = MaterialFilters(contract_id=key_of(request.args.get("contract", "")))
    materials = list(session().scalars(records.materials_matching(actor, asked).limit(MOST_STALLS)))
    found = sorted(records.stalls_among(materials), key=lambda stall: stall.span.from_on, reverse=True)
    return page("records/stalls.html", stalls=found, **_around(actor, "stalls"))


@blueprint.get("/sessions")
@needs(Permission.RECORD_VIEW)
def sessions() -> Response:
    """The list of remote services."""
    actor = current_actor()
    listing = Listing("sessions", SESSION_COLUMNS, request.args, default_sort="-started_at")
    channel = request.args.get("channel", "")
    filters = SessionFilters(
        channel=next((each for each in SessionChannel if each.value == channel), None),
        contract_id=key_of(request.args.get("contract", "")),
        running=bool(request.args.get("running")),
        text=request.args.get("q", "")[:100],
    )
    found = paged(records.sessions_matching(actor, filters), listing, SESSION_ORDERS, tie=RemoteSession.id.desc())
    return page(
        "records/sessions.html",
        "records/_sessions.html",
        listing=listing,
        found=found,
        channels=SessionChannel.choices(),
        **_around(actor, "sessions"),
    )


@blueprint.get("/materials/<uuid:material_id>")
@needs(Permission.RECORD_VIEW)
def material(material_id: uuid.UUID) -> Response:
    """One material."""
    return show_material(current_actor(), material_id)


@blueprint.get("/sessions/<uuid:session_id>", endpoint="session")
@needs(Permission.RECORD_VIEW)
def remote_session(session_id: uuid.UUID) -> Response:
    """One remote service."""
    return show_session(current_actor(), session_id)


@blueprint.get("/files/<uuid:file_id>")
@needs(Permission.RECORD_VIEW)
def file(file_id: uuid.UUID) -> Response:
    """A paper of a material or a service, after the check of who asks."""
    return as_download(*records.read_file(current_actor(), file_id))


def show_material(
    actor: Actor,
    material_id: uuid.UUID,
    *,
    step: str = "",
    form: Form | None = None,
    refused: str = "",
    status: int = 200,
) -> Response:
    """The page of a material, with a form that was refused, if one was."""
    found = records.find_material(actor, material_id)
    forms = {name: Form(schema(), prefix=name) for name, schema in STEPS.items()}
    if form is not None:
        forms[step] = form
    owed = found.state in OWED
    logs = actor.may(Permission.RECORD_LOG, found.contract_id)
    events = records.events_of(found)
    return page(
        "records/material.html",
        status=status,
        material=found,
        tones=MATERIAL_TONES,
        due=material_due(found, clock.today()),
        spans=records.spans(events, clock.today()),
        events=events,
        forms_of=forms,
        tried=step if form is not None else "",
        refused=refused,
        may_deliver=owed and actor.contracts_for(Permission.RECORD_LOG) is None,
        may_return=logs and found.state is MaterialState.DELIVERED,
        may_move=logs and owed,
        **_shared(actor, found),
    )


def show_session(
    actor: Actor, session_id: uuid.UUID, *, form: Form | None = None, refused: str = "", status: int = 200
) -> Response:
    """The page of a remote service."""
    found = records.find_session(actor, session_id)
    return page(
        "records/session.html",
        status=status,
        remote=found,
        events=records.events_of(found),
        form=form or Form(EndSessionSchema()),
        tried=form is not None,
        refused=refused,
        may_end=found.ended_at is None and actor.may(Permission.RECORD_LOG, found.contract_id),
        **_shared(actor, found),
    )


def _shared(actor: Actor, found: Material | RemoteSession) -> dict[str, Any]:
    return {
        "contract": contract_of(actor, found.contract_id),
        "ticket": ticket_of(actor, found.ticket_id),
        "files": records.files_of([found.id]),
        "mark_of": mark_of,
        "at_of": at_of,
        "said_late": said_late,
    }


def _around(actor: Actor, here: str) -> dict[str, Any]:
    names = contracts.titles(actor) if actor.may(Permission.CONTRACT_VIEW) else {}
    entries = (
        ("资料交接", "records.index", "materials"),
        ("停滞依据", "records.stalls", "stalls"),
        ("远程服务", "records.sessions", "sessions"),
    )
    return {
        "tabs": [(text, url_for(endpoint), key == here, None) for text, endpoint, key in entries],
        "contract_names": names,
        "contract_choices": [(str(key), name) for key, name in names.items()],
    }
