"""Messages in the console: what went out, what did not and why, one message's history, and the templates they use."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, Response, request
from marshmallow import Schema, ValidationError, fields, validate

from server.admin.access import current_actor, needs
from server.admin.forms import Form
from server.admin.listing import Column, Listing
from server.admin.pages import page, redirect_to, toast
from server.admin.paging import paged
from server.core.errors import Invalid, NotFound, ShijianError
from server.core.ids import parse_id
from server.domain import notices
from server.domain.identity import Permission
from server.domain.notices import KINDS, Message, MessageState, SubscribeTemplate

blueprint = Blueprint("messages", __name__, url_prefix="/admin/messages")

COLUMNS = (
    Column("title", "消息", optional=False),
    Column("state", "状态", optional=False),
    Column("says", "内容"),
    Column("error", "原因"),
    Column("attempt", "次数", numeric=True),
    Column("created_at", "产生时间", sort="created_at"),
    Column("due_at", "下次发送", sort="due_at"),
    Column("sent_at", "发送时间", sort="sent_at", shown=False),
)
ORDERS = {"created_at": Message.created_at, "due_at": Message.due_at, "sent_at": Message.sent_at}
TONES = {
    MessageState.QUEUED: "blue",
    MessageState.SENDING: "violet",
    MessageState.UNCERTAIN: "amber",
    MessageState.SENT: "green",
    MessageState.REFUSED: "gray",
    MessageState.NO_GRANT: "gray",
    MessageState.DEAD: "red",
}
ICONS = {
    MessageState.QUEUED: "clock",
    MessageState.SENDING: "send",
    MessageState.UNCERTAIN: "help-circle",
    MessageState.SENT: "circle-check",
    MessageState.REFUSED: "ban",
    MessageState.NO_GRANT: "bell",
    MessageState.DEAD: "alert-circle",
}
RETRIABLE = (MessageState.DEAD, MessageState.REFUSED, MessageState.NO_GRANT)
MOST_AT_ONCE = 100


class TemplateSchema(Schema):
    """A WeChat template for one kind of message."""

    template_id = fields.String(
        required=True,
        validate=validate.Length(max=64),
        metadata={"label": "模板编号", "autocomplete": "off", "help": "微信公众平台 → 订阅消息 → 我的模板 → 模板ID。"},
    )
    fields_text = fields.String(
        required=True,
        validate=validate.Length(max=1000),
        metadata={"label": "字段对应", "widget": "textarea", "rows": 6, "help": "每行一个：模板字段 = 内容。"},
    )
    enabled = fields.Boolean(load_default=False, metadata={"label": "启用"})


@blueprint.get("/")
@needs(Permission.MESSAGE_VIEW)
def index() -> Response:
    """The outbox, with filters in the address."""
    actor = current_actor()
    listing = Listing("messages", COLUMNS, request.args, default_sort="-created_at")
    key = request.args.get("kind", "")
    query = notices.messages_matching(actor, state=_state(), template_key=key if key in KINDS else "")
    return page(
        "messages/index.html",
        "messages/_rows.html",
        listing=listing,
        found=paged(query, listing, ORDERS, tie=Message.id.desc()),
        counts=notices.message_counts(actor),
        states=MessageState.choices(),
        kinds=[(kind.key, kind.title) for kind in KINDS.values()],
        tones=TONES,
        title_of=notices.title_of,
        may_retry=actor.may(Permission.JOB_RETRY),
    )


@blueprint.get("/<uuid:message_id>")
@needs(Permission.MESSAGE_VIEW)
def show(message_id: uuid.UUID) -> Response:
    """One message and what became of it. Who it is for stays with the ticket."""
    actor = current_actor()
    message = notices.find_message(actor, message_id)
    kind = KINDS.get(message.template_key)
    return page(
        "messages/show.html",
        message=message,
        history=notices.message_history(actor, message_id),
        title=notices.title_of(message),
        labels=dict(kind.says) if kind else {},
        tones=TONES,
        icons=ICONS,
        retriable=message.state in RETRIABLE and actor.may(Permission.JOB_RETRY),
    )


@blueprint.post("/<uuid:message_id>/retry")
@needs(Permission.JOB_RETRY)
def retry(message_id: uuid.UUID) -> Response:
    """Send it again."""
    notices.retry_message(current_actor(), message_id)
    toast("已重新排队")
    return redirect_to("messages.show", message_id=message_id)


@blueprint.post("/retry")
@needs(Permission.JOB_RETRY)
def retry_many() -> Response:
    """Each chosen message by itself: one that cannot be sent does not stop the others."""
    done, refused = 0, 0
    for text in request.form.getlist("ids")[:MOST_AT_ONCE]:
        try:
            notices.retry_message(current_actor(), parse_id(text))
            done += 1
        except ShijianError:
            refused += 1
    words = f"{done} 条消息已重新排队" + (f"，{refused} 条不能重试" if refused else "")
    toast(words, "success" if done else "warning")
    return redirect_to("messages.index")


@blueprint.get("/templates")
@needs(Permission.MESSAGE_VIEW)
def templates() -> Response:
    """Every kind of message, and whether this installation has a template for it."""
    actor = current_actor()
    return page(
        "messages/templates.html",
        kinds=list(KINDS.values()),
        set_templates=notices.templates_all(actor),
        may_set=actor.may(Permission.SYSTEM_CONFIGURE),
    )


@blueprint.get("/templates/<key>")
@needs(Permission.SYSTEM_CONFIGURE)
def edit_template(key: str) -> Response:
    """The form for one kind's template."""
    template = notices.templates_all(current_actor()).get(key)
    return _template_form(key, Form(TemplateSchema(), _typed(key, template)))


@blueprint.post("/templates/<key>")
@needs(Permission.SYSTEM_CONFIGURE)
def set_template(key: str) -> Response:
    """Set or change one kind's template."""
    form = Form.submitted(TemplateSchema(), request.form)
    if not form.valid:
        return _template_form(key, form, status=422)
    values = form.values
    try:
        mapping = _mapping(values["fields_text"])
        notices.set_template(
            current_actor(), key, template_id=values["template_id"], fields=mapping, enabled=values["enabled"]
        )
    except ValidationError as refused:
        form.refuse({"fields_text": [str(text) for text in refused.messages]})
        return _template_form(key, form, status=422)
    except Invalid as refused:
        named = {"fields": "fields_text"}
        form.refuse({named.get(name, name): texts for name, texts in refused.fields.items()}, refused.text)
        return _template_form(key, form, status=422)
    toast("模板已保存")
    return redirect_to("messages.templates")


def _template_form(key: str, form: Form, *, status: int = 200) -> Response:
    if key not in KINDS:
        raise NotFound
    return page("messages/template.html", status=status, form=form, kind=KINDS[key])


def _typed(key: str, template: SubscribeTemplate | None) -> dict[str, Any]:
    """The stored mapping as lines to type in, with our names in Chinese."""
    says = KINDS[key].says if key in KINDS else {}
    if template is None:
        return {"fields_text": "", "enabled": True}
    lines = [f"{field} = {says.get(name, name)}" for field, name in template.fields.items()]
    return {"template_id": template.template_id, "fields_text": "\n".join(lines), "enabled": template.enabled}


def _mapping(text: str) -> dict[str, str]:
    """``thing2 = 问题摘要`` a line, as a mapping to our names; a name may be typed as such or in Chinese."""
    names = {label: name for kind in KINDS.values() for name, label in kind.says.items()}
    found: dict[str, str] = {}
    for line in filter(None, (each.strip() for each in text.splitlines())):
        field, equals, said = (part.strip() for part in line.partition("="))
        if not equals or not field or not said or field in found:
            raise ValidationError([f"这一行看不懂：{line[:40]}"])
        found[field] = names.get(said, said)
    return found


def _state() -> MessageState | None:
    asked = request.args.get("state", "")
    return MessageState(asked) if asked in list(MessageState) else None
