"""The privacy notice: what holds, what held before, and publishing the next version."""

from __future__ import annotations

from flask import Blueprint, Response, request
from marshmallow import Schema, fields, validate

from server.admin.access import current_actor, needs
from server.admin.forms import Form
from server.admin.pages import page, redirect_to, toast
from server.core import db
from server.core.db import session
from server.core.errors import Invalid, NotFound
from server.domain import identity
from server.domain.identity import NoticeItem, Permission, PrivacyNotice

blueprint = Blueprint("privacy", __name__, url_prefix="/admin/privacy")

BLANK = 2
MOST_ITEMS = 20
KEY = 40
SHORT = 200


class NoticeSchema(Schema):
    """The next version's words; what is collected is asked row by row beside it."""

    title = fields.String(required=True, validate=validate.Length(max=100), metadata={"label": "标题"})
    text = fields.String(
        required=True,
        validate=validate.Length(max=20000),
        metadata={"label": "正文", "widget": "textarea", "rows": "14"},
    )


@blueprint.get("/")
@needs(Permission.PRIVACY_PUBLISH)
def index() -> Response:
    """The version in force, or the one that is asked for, and all versions beside it."""
    versions = list(session().scalars(identity.privacy_notices()))
    asked = request.args.get("version", type=int)
    shown = next((each for each in versions if each.version == asked), None) if asked else next(iter(versions), None)
    if asked and shown is None:
        raise NotFound
    authors = identity.officer_names({each.published_by for each in versions if each.published_by is not None})
    return page("privacy/index.html", versions=versions, shown=shown, authors=authors)


@blueprint.get("/new")
@needs(Permission.PRIVACY_PUBLISH, step_up=True)
def new() -> Response:
    """The next version, begun from the one in force. The password is asked before anything is typed, not after."""
    current = _current()
    data = {"title": current.title, "text": current.text} if current else {"title": "用户隐私保护指引"}
    items = [NoticeItem(**item) for item in current.items] if current else []
    return _page(Form(NoticeSchema(), data), items)


@blueprint.post("/new")
@needs(Permission.PRIVACY_PUBLISH, step_up=True)
def publish() -> Response:
    """Publish it: from now on every citizen is asked anew."""
    form = Form.submitted(NoticeSchema(), request.form)
    items = _items()
    if any(not (item.key and item.name and item.purpose) for item in items):
        form.refuse(message="每一项都要填写标识、名称和用途；不需要的行请整行清空。")
    if form.valid:
        try:
            with db.unit():
                notice = identity.publish_privacy_notice(current_actor(), items=items, **form.values)
        except Invalid as refused:
            form.refuse(refused.fields, refused.text)
        else:
            toast(f"已发布第 {notice.version} 版，市民下次使用时会重新征求同意")
            return redirect_to("privacy.index")
    return _page(form, items, status=422)


def _page(form: Form, items: list[NoticeItem], *, status: int = 200) -> Response:
    blanks = [NoticeItem("", "", "", required=False) for _ in range(BLANK)]
    return page("privacy/new.html", status=status, form=form, items=[*items, *blanks][:MOST_ITEMS])


def _current() -> PrivacyNotice | None:
    return session().scalars(identity.privacy_notices().limit(1)).first()


def _items() -> list[NoticeItem]:
    """The rows that are not empty. A ticked box names the number of its row."""
    given = request.form
    needed = set(given.getlist("item_required"))
    rows = zip(given.getlist("item_key"), given.getlist("item_name"), given.getlist("item_purpose"), strict=False)
    return [
        NoticeItem(key.strip()[:KEY], name.strip()[:KEY], purpose.strip()[:SHORT], required=str(number) in needed)
        for number, (key, name, purpose) in enumerate(rows)
        if key.strip() or name.strip() or purpose.strip()
    ][:MOST_ITEMS]
