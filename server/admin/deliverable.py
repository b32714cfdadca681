"""One duty's page: why it is due when it is, what came, and the steps that each side may take."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, request
from marshmallow import Schema, fields, validate

from server.admin import traces
from server.admin.access import current_actor, needs
from server.admin.deliverable_words import TONES, due_in_words, url_of
from server.admin.forms import Form
from server.admin.pages import page, redirect_to, toast
from server.core import clock, db
from server.core.errors import Conflict, Invalid, NotFound
from server.domain import agenda, deliverables
from server.domain.contracts import DeliverableKind
from server.domain.deliverables import Folder, State
from server.domain.identity import Permission

blueprint = Blueprint("deliverable", __name__, url_prefix="/admin/deliverables")

PLACE = "/<uuid:contract_id>/<string:key>/<string:cycle_on>"
ACCEPTED = ".pdf,.docx,.xlsx,image/png,image/jpeg"
REMARK = validate.Length(max=1000)


class HandInSchema(Schema):
    """A paper for a cycle."""

    title = fields.String(
        load_default="",
        validate=validate.Length(max=200),
        metadata={"label": "标题", "help": "不填则用交付物名称和周期。"},
    )
    summary = fields.String(
        load_default="",
        validate=validate.Length(max=20000),
        metadata={"label": "内容摘要", "widget": "textarea", "rows": "6", "help": "摘要和文件至少有一项。"},
    )
    upload = fields.Raw(
        load_default=None,
        metadata={
            "label": "文件",
            "widget": "file",
            "accept": ACCEPTED,
            "help": "PDF、Word（docx）、Excel（xlsx）或图片，不超过 20 MB。",
        },
    )
    together_with = fields.List(
        fields.String(),
        load_default=list,
        metadata={
            "label": "本件同时作为",
            "widget": "checkboxes",
            "help": "一份材料满足多项交付时勾选，只需签收一次。",
        },
    )


class SignSchema(Schema):
    """The bureau's word."""

    remark = fields.String(
        load_default="", validate=REMARK, metadata={"label": "意见", "widget": "textarea", "rows": "3"}
    )


class SendBackSchema(Schema):
    """Why it goes back."""

    reason = fields.String(
        required=True, validate=REMARK, metadata={"label": "退回原因", "widget": "textarea", "rows": "3"}
    )


class CommentSchema(Schema):
    """A remark."""

    text = fields.String(required=True, validate=REMARK, metadata={"label": "意见", "widget": "textarea", "rows": "3"})


@blueprint.get(PLACE)
@needs(Permission.DELIVERABLE_VIEW)
def show(contract_id: uuid.UUID, key: str, cycle_on: str) -> Response:
    return _page(_folder(contract_id, key, cycle_on))


@blueprint.post(f"{PLACE}/hand-in")
@needs(Permission.DELIVERABLE_SUBMIT)
def hand_in(contract_id: uuid.UUID, key: str, cycle_on: str) -> Response:
    """The vendor hands in; the file is kept before the unit begins."""
    actor = current_actor()
    with db.reading():
        folder = _folder(contract_id, key, cycle_on)
        actor.need(Permission.DELIVERABLE_SUBMIT, contract_id)
        choices = _companions(folder)
    form = Form.submitted(HandInSchema(), request.form, request.files, choices=choices, prefix="hand_in")

    def act() -> None:
        values, sent = form.values, form.values["upload"]
        paper = deliverables.take_paper(name=sent.filename or "", raw=sent.read()) if sent else None
        with db.unit():
            deliverables.hand_in(
                actor,
                contract_id=contract_id,
                key=key,
                cycle_on=folder.standing.expected.cycle_on,
                title=values["title"],
                summary=values["summary"],
                file=paper,
                together_with=values["together_with"],
            )
            agenda.look_soon()

    return _attempt(form, "hand_in", act, folder, "已提交")


@blueprint.post(f"{PLACE}/sign")
@needs(Permission.DELIVERABLE_SIGN)
def sign(contract_id: uuid.UUID, key: str, cycle_on: str) -> Response:
    """The bureau signs, or approves the plan."""
    return _decide(contract_id, key, cycle_on, "sign", SignSchema(), "已签收")


@blueprint.post(f"{PLACE}/send-back")
@needs(Permission.DELIVERABLE_SIGN)
def send_back(contract_id: uuid.UUID, key: str, cycle_on: str) -> Response:
    """The bureau sends it back with reasons."""
    return _decide(contract_id, key, cycle_on, "send_back", SendBackSchema(), "已退回")


@blueprint.post(f"{PLACE}/comment")
@needs(Permission.DELIVERABLE_VIEW)
def comment(contract_id: uuid.UUID, key: str, cycle_on: str) -> Response:
    """Either side remarks."""
    actor = current_actor()
    with db.reading():
        folder = _folder(contract_id, key, cycle_on)
        if not actor.may(Permission.DELIVERABLE_SUBMIT, contract_id):
            actor.need(Permission.DELIVERABLE_SIGN, contract_id)
    form = Form.submitted(CommentSchema(), request.form, prefix="comment")

    def act() -> None:
        with db.unit():
            deliverables.comment(actor, _delivery_id(folder), text=form.values["text"])

    return _attempt(form, "comment", act, folder, "已提交意见")


@blueprint.get("/files/<uuid:version_id>")
@needs(Permission.DELIVERABLE_VIEW)
def file(version_id: uuid.UUID) -> Response:
    """The file of a version, always as a download."""
    version = deliverables.find_version(current_actor(), version_id)
    out = deliverables.send(version)
    if out is None:
        raise NotFound
    traces.of(version.contract_id)
    answer = Response(out.pieces, mimetype=out.mime)
    answer.content_length = out.size
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(out.name)}"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _decide(contract_id: uuid.UUID, key: str, cycle_on: str, verb: str, schema: Schema, done: str) -> Response:
    actor = current_actor()
    with db.reading():
        folder = _folder(contract_id, key, cycle_on)
        actor.need(Permission.DELIVERABLE_SIGN, contract_id)
    form = Form.submitted(schema, request.form, prefix=verb)
    perform: Callable[..., Any] = getattr(deliverables, verb)

    def act() -> None:
        with db.unit():
            perform(actor, _delivery_id(folder), version=request.form.get("version", type=int), **form.values)
            agenda.look_soon()

    return _attempt(form, verb, act, folder, done)


def _attempt(form: Form, verb: str, act: Callable[[], None], folder: Folder, done: str) -> Response:
    """Take a step; the page again with what was typed when something is wrong."""
    refused, status = "", 422
    if form.valid:
        try:
            act()
        except Invalid as wrong:
            form.refuse(wrong.fields, wrong.text)
        except Conflict as conflict:
            refused, status = conflict.text, 409
        else:
            toast(done)
            return redirect_to("deliverable.show", **dict(request.view_args or {}))
    with db.reading():
        expected = folder.standing.expected
        fresh = deliverables.folder(current_actor(), expected.contract_id, expected.key, expected.cycle_on)
        return _page(fresh, tried={verb: form}, refused=refused, status=status)


def _page(folder: Folder, *, tried: dict[str, Form] | None = None, refused: str = "", status: int = 200) -> Response:
    actor = current_actor()
    standing = folder.standing
    contract_id = standing.contract.id
    submits = actor.may(Permission.DELIVERABLE_SUBMIT, contract_id)
    signs = actor.may(Permission.DELIVERABLE_SIGN, contract_id)
    waits = standing.state is State.HANDED_IN
    blanks: dict[str, Schema] = {"sign": SignSchema(), "send_back": SendBackSchema(), "comment": CommentSchema()}
    forms = {verb: Form(schema, prefix=verb) for verb, schema in blanks.items()}
    forms["hand_in"] = Form(HandInSchema(), choices=_companions(folder), prefix="hand_in")
    covered_by = standing.delivery.with_id if standing.delivery else None
    return page(
        "deliverables/show.html",
        status=status,
        folder=folder,
        standing=standing,
        expected=standing.expected,
        forms=forms | (tried or {}),
        tried=set(tried or {}),
        refused=refused,
        may_submit=submits and _open_for_hand_in(folder),
        may_decide=signs and waits and covered_by is None,
        may_comment=bool(standing.delivery) and (submits or signs),
        companions=bool(_companions(folder)["together_with"]),
        covered_by=covered_by,
        is_plan=standing.expected.kind is DeliverableKind.PLAN,
        tones=TONES,
        due_in_words=due_in_words,
        url_of=url_of,
        today=clock.today(),
    )


def _open_for_hand_in(folder: Folder) -> bool:
    standing = folder.standing
    if standing.delivery and standing.delivery.with_id and standing.state is State.HANDED_IN:
        return False
    cycle = standing.expected.cycle
    begun = cycle is None or max(cycle.starts_on, standing.contract.starts_on) <= clock.today()
    signed = standing.state is State.SIGNED and standing.expected.kind is not DeliverableKind.PLAN
    return begun and not signed


def _companions(folder: Folder) -> dict[str, list[tuple[str, str]]]:
    """The duties of the same cycle that one paper may meet as well (finding 25)."""
    mine = folder.standing.expected
    found = [
        (each.expected.key, each.expected.title)
        for each in deliverables.standing(current_actor(), mine.contract_id)
        if each.owed and mine.cycle and each.expected.cycle == mine.cycle and each.expected.key != mine.key
    ]
    return {"together_with": found}


def _folder(contract_id: uuid.UUID, key: str, cycle_on: str) -> Folder:
    try:
        day = date.fromisoformat(cycle_on)
    except ValueError:
        raise NotFound from None
    return deliverables.folder(current_actor(), contract_id, key, day)


def _delivery_id(folder: Folder) -> uuid.UUID:
    if folder.standing.delivery is None:
        raise NotFound
    return folder.standing.delivery.id
