"""Canned texts: one's own and the organisation's, with the places that a ticket fills in."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, request
from marshmallow import Schema, fields, validate

from server.admin.access import current_actor, needs
from server.admin.forms import Form
from server.admin.pages import page, redirect_to, toast
from server.core import db
from server.core.errors import Invalid
from server.domain import tickets
from server.domain.identity import Permission
from server.domain.tickets import Kind

blueprint = Blueprint("canned_texts", __name__, url_prefix="/admin/canned-texts")

ANY = "any"
KINDS = [(ANY, "所有类型"), *Kind.choices()]


class CannedTextSchema(Schema):
    """A text that is given often."""

    title = fields.String(
        required=True,
        validate=validate.Length(max=60),
        metadata={"label": "名称", "placeholder": "例如：请提供截图", "autocomplete": "off"},
    )
    kind = fields.String(
        load_default=ANY,
        validate=validate.OneOf([value for value, _ in KINDS]),
        metadata={"label": "用于", "choices": KINDS},
    )
    text = fields.String(
        required=True,
        validate=validate.Length(max=2000),
        metadata={
            "label": "内容",
            "widget": "textarea",
            "rows": "8",
            "help": "可用 " + " ".join(tickets.PLACES) + "，使用时自动换成该工单的内容。",
        },
    )
    shared = fields.Boolean(
        load_default=False, metadata={"label": "与本单位同事共享", "help": "同事可以使用；有分派权限的同事还可以修改。"}
    )


@blueprint.get("/")
@needs(Permission.TICKET_COMMENT)
def index() -> Response:
    """All that one may use."""
    actor = current_actor()
    texts = tickets.texts_of(actor)
    return page(
        "canned_texts/index.html",
        texts=texts,
        changeable={each.id for each in texts if tickets.may_change(actor, each)},
        kinds=dict(KINDS),
    )


@blueprint.get("/new")
@needs(Permission.TICKET_COMMENT)
def new() -> Response:
    """An empty form."""
    return _page(Form(CannedTextSchema(), {"kind": ANY}), None)


@blueprint.post("/new")
@needs(Permission.TICKET_COMMENT)
def create() -> Response:
    """Keep a new text."""
    return _saved(None)


@blueprint.get("/<uuid:text_id>")
@needs(Permission.TICKET_COMMENT)
def edit(text_id: uuid.UUID) -> Response:
    """A text that is one's to change."""
    kept = tickets.find_text(current_actor(), text_id, to_change=True)
    data = {
        "title": kept.title,
        "text": kept.text,
        "shared": kept.shared,
        "kind": kept.kind.value if kept.kind else ANY,
    }
    return _page(Form(CannedTextSchema(), data), kept)


@blueprint.post("/<uuid:text_id>")
@needs(Permission.TICKET_COMMENT)
def update(text_id: uuid.UUID) -> Response:
    """Change it."""
    return _saved(text_id)


@blueprint.post("/<uuid:text_id>/drop")
@needs(Permission.TICKET_COMMENT)
def drop(text_id: uuid.UUID) -> Response:
    """Forget it."""
    tickets.drop_text(current_actor(), text_id)
    toast("常用语已删除")
    return redirect_to("canned_texts.index")


def _saved(text_id: uuid.UUID | None) -> Response:
    actor = current_actor()
    kept = None
    if text_id is not None:
        with db.reading():
            kept = tickets.find_text(actor, text_id, to_change=True)
    form = Form.submitted(CannedTextSchema(), request.form)
    if form.valid:
        kind = form.values["kind"]
        try:
            with db.unit():
                tickets.save_text(
                    actor,
                    title=form.values["title"],
                    text=form.values["text"],
                    shared=form.values["shared"],
                    kind=None if kind == ANY else Kind(kind),
                    text_id=text_id,
                )
        except Invalid as refused:
            form.refuse(refused.fields, refused.text)
        else:
            toast("常用语已保存")
            return redirect_to("canned_texts.index")
    return _page(form, kept, status=422)


def _page(form: Form, kept: tickets.CannedText | None, *, status: int = 200) -> Response:
    return page("canned_texts/edit.html", status=status, form=form, kept=kept)
