"""Announcements in the console: drafted, previewed, published, changed, withdrawn."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, Response, request
from markupsafe import Markup
from marshmallow import Schema, fields, validate

from server.admin.access import current_actor, needs
from server.admin.forms import Form
from server.admin.listing import Column, Listing
from server.admin.pages import page, redirect_to, toast
from server.admin.paging import paged
from server.core.errors import Conflict
from server.domain import notices
from server.domain.identity import Permission
from server.domain.notices import Audience, Notice, NoticeState

blueprint = Blueprint("notices", __name__, url_prefix="/admin/notices")

COLUMNS = (
    Column("title", "标题", sort="title", optional=False),
    Column("state", "状态"),
    Column("audience", "对象"),
    Column("published_at", "发布时间", sort="published_at"),
    Column("updated_at", "修改时间", sort="updated_at"),
    Column("created_by", "起草人", shown=False),
)
ORDERS = {"title": Notice.title, "published_at": Notice.published_at, "updated_at": Notice.updated_at}
MOST_CHARACTERS = 20_000


class NoticeSchema(Schema):
    """An announcement as it is typed."""

    title = fields.String(required=True, validate=validate.Length(max=120), metadata={"label": "标题"})
    body = fields.String(
        required=True,
        validate=validate.Length(max=MOST_CHARACTERS),
        metadata={
            "label": "正文",
            "widget": "textarea",
            "rows": 14,
            "help": "支持 Markdown：## 小标题、**加粗**、- 列表、[文字](https://…)、表格。不支持图片和 HTML。",
        },
    )
    audience = fields.Enum(Audience, by_value=True, required=True, metadata={"label": "对象", "widget": "radio"})
    pinned = fields.Boolean(load_default=False, metadata={"label": "置顶", "help": "置顶公告排在最前。"})


class RevisionSchema(NoticeSchema):
    """The same with the version that the writer saw."""

    version = fields.Integer(required=True, metadata={"label": "版本", "widget": "hidden"})


@blueprint.get("/")
@needs(Permission.NOTICE_VIEW)
def index() -> Response:
    """The list, with filters in the address."""
    listing = Listing("notices", COLUMNS, request.args, default_sort="-updated_at")
    query = notices.notices_matching(current_actor(), state=_state(), text=request.args.get("q", "").strip()[:80])
    return page(
        "notices/index.html",
        "notices/_rows.html",
        listing=listing,
        found=paged(query, listing, ORDERS, tie=Notice.id.desc()),
        states=NoticeState.choices(),
        may_publish=current_actor().may(Permission.NOTICE_PUBLISH),
    )


@blueprint.get("/new")
@needs(Permission.NOTICE_PUBLISH)
def new() -> Response:
    """An empty form."""
    return _form(Form(NoticeSchema(), {"audience": Audience.CITIZENS.value}, choices=_choices()))


@blueprint.post("/new")
@needs(Permission.NOTICE_PUBLISH)
def draft() -> Response:
    """Keep a draft, or publish it at once."""
    form = Form.submitted(NoticeSchema(), request.form, choices=_choices())
    if not form.valid:
        return _form(form, status=422)
    notice = notices.draft_notice(current_actor(), **form.values)
    if request.form.get("action") == "publish":
        notices.publish(current_actor(), notice)
    toast("已发布" if notice.state is NoticeState.PUBLISHED else "草稿已保存")
    return redirect_to("notices.show", notice_id=notice.id)


@blueprint.post("/preview")
@needs(Permission.NOTICE_PUBLISH)
def preview() -> Response:
    """What the typed text will look like; nothing is kept."""
    body = request.form.get("body", "")[:MOST_CHARACTERS]
    return page("notices/_preview.html", html=_prose(body), title=request.form.get("title", "")[:120])


@blueprint.get("/<uuid:notice_id>")
@needs(Permission.NOTICE_VIEW)
def show(notice_id: uuid.UUID) -> Response:
    """One announcement as its readers see it."""
    notice = notices.find_notice(current_actor(), notice_id)
    return page(
        "notices/show.html",
        notice=notice,
        html=_prose(notice.body),
        may_publish=current_actor().may(Permission.NOTICE_PUBLISH),
    )


@blueprint.get("/<uuid:notice_id>/edit")
@needs(Permission.NOTICE_PUBLISH)
def edit(notice_id: uuid.UUID) -> Response:
    """The form with what stands now."""
    notice = notices.find_notice(current_actor(), notice_id)
    data = {
        "title": notice.title,
        "body": notice.body,
        "audience": notice.audience.value,
        "pinned": notice.pinned,
        "version": notice.version,
    }
    return _form(Form(RevisionSchema(), data, choices=_choices()), notice)


@blueprint.post("/<uuid:notice_id>/edit")
@needs(Permission.NOTICE_PUBLISH)
def revise(notice_id: uuid.UUID) -> Response:
    """Change it; who was slower is told."""
    notice = notices.find_notice(current_actor(), notice_id)
    form = Form.submitted(RevisionSchema(), request.form, choices=_choices())
    if not form.valid:
        return _form(form, notice, status=422)
    try:
        notices.revise_notice(current_actor(), notice, **form.values)
    except Conflict as refused:
        form.refuse(message=refused.text)
        return _form(form, notice, status=409)
    toast("已保存")
    return redirect_to("notices.show", notice_id=notice_id)


@blueprint.post("/<uuid:notice_id>/publish")
@needs(Permission.NOTICE_PUBLISH)
def publish(notice_id: uuid.UUID) -> Response:
    """Its audience sees it from now on."""
    notices.publish(current_actor(), notices.find_notice(current_actor(), notice_id))
    toast("已发布")
    return redirect_to("notices.show", notice_id=notice_id)


@blueprint.post("/<uuid:notice_id>/withdraw")
@needs(Permission.NOTICE_PUBLISH)
def withdraw(notice_id: uuid.UUID) -> Response:
    """Nobody outside sees it any more."""
    notices.withdraw(current_actor(), notices.find_notice(current_actor(), notice_id))
    toast("已撤回")
    return redirect_to("notices.show", notice_id=notice_id)


def _form(form: Form, notice: Notice | None = None, *, status: int = 200) -> Response:
    return page("notices/edit.html", status=status, form=form, notice=notice)


def _choices() -> dict[str, Any]:
    return {"audience": Audience.choices()}


def _state() -> NoticeState | None:
    asked = request.args.get("state", "")
    return NoticeState(asked) if asked in list(NoticeState) else None


def _prose(body: str) -> Markup:
    """The one place where HTML goes unescaped into a page: the room has cleaned it by its allow-list."""
    return Markup(notices.rendered(body))  # noqa: S704 - cleaned by nh3
