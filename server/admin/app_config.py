"""The mini program's configuration in the console: versions that may run, the phone, the links; each change a version."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request
from marshmallow import Schema, ValidationError, fields, validate

from server.admin.access import current_actor, needs
from server.admin.forms import Form
from server.admin.pages import page, redirect_to, toast
from server.core.db import session
from server.core.errors import Conflict, Invalid
from server.domain import notices
from server.domain.identity import Permission
from server.domain.notices import AppConfig, Link

blueprint = Blueprint("app_config", __name__, url_prefix="/admin/app-config")

SHOWN_VERSIONS = 20


class ConfigSchema(Schema):
    """The configuration as it is typed."""

    base_number = fields.Integer(required=True, metadata={"label": "版本", "widget": "hidden"})
    latest_version = fields.String(
        load_default="", validate=validate.Length(max=20), metadata={"label": "最新版本", "help": "形如 1.4.2。"}
    )
    minimum_version = fields.String(
        load_default="",
        validate=validate.Length(max=20),
        metadata={"label": "最低可用版本", "help": "低于它的小程序必须更新。留空为不限制。"},
    )
    blocked_versions = fields.String(
        load_default="",
        validate=validate.Length(max=1000),
        metadata={"label": "停用的版本", "help": "有严重问题的版本，用空格或逗号分隔。"},
    )
    update_message = fields.String(
        load_default="", validate=validate.Length(max=200), metadata={"label": "要求更新时的提示", "widget": "textarea"}
    )
    phone = fields.String(
        load_default="",
        validate=validate.Length(max=30),
        metadata={"label": "联系电话", "help": "小程序无法使用时，市民拨打的电话。"},
    )
    links = fields.String(
        load_default="",
        validate=validate.Length(max=2000),
        metadata={"label": "链接", "widget": "textarea", "help": "每行一个：标题 = https://…"},
    )
    reason = fields.String(required=True, validate=validate.Length(max=200), metadata={"label": "修改原因"})


@blueprint.get("/")
@needs(Permission.SYSTEM_CONFIGURE)
def show() -> Response:
    """What holds now, as a form, and what held before."""
    config = notices.app_config()
    return _page(config, Form(ConfigSchema(), _typed(config)))


@blueprint.post("/")
@needs(Permission.SYSTEM_CONFIGURE)
def revise() -> Response:
    """Write the next version."""
    form = Form.submitted(ConfigSchema(), request.form)
    if not form.valid:
        return _page(notices.app_config(), form, status=422)
    values = form.values
    try:
        made = notices.revise_app_config(
            current_actor(),
            **values
            | {
                "blocked_versions": values["blocked_versions"].replace(",", " ").replace("，", " ").split(),
                "links": _links(values["links"]),
            },
        )
    except ValidationError as refused:
        form.refuse({"links": [str(text) for text in refused.messages]})
        return _page(notices.app_config(), form, status=422)
    except Invalid as refused:
        form.refuse(refused.fields, refused.text)
        return _page(notices.app_config(), form, status=422)
    except Conflict as refused:
        form.refuse(message=refused.text)
        return _page(notices.app_config(), form, status=409)
    toast(f"已保存为第 {made.number} 版")
    return redirect_to("app_config.show")


def _page(config: AppConfig, form: Form, *, status: int = 200) -> Response:
    history = session().scalars(notices.app_config_history().limit(SHOWN_VERSIONS)).all()
    return page("app_config/show.html", status=status, config=config, form=form, history=history)


def _typed(config: AppConfig) -> dict[str, Any]:
    return {
        "base_number": config.number,
        "latest_version": config.latest_version,
        "minimum_version": config.minimum_version,
        "blocked_versions": " ".join(config.blocked_versions),
        "update_message": config.update_message,
        "phone": config.phone,
        "links": "\n".join(f"{link.title} = {link.url}" for link in config.links),
    }


def _links(text: str) -> list[Link]:
    found = []
    for line in filter(None, (each.strip() for each in text.splitlines())):
        title, equals, url = (part.strip() for part in line.partition("="))
        if not equals or not title or not url:
            raise ValidationError([f"这一行看不懂：{line[:40]}"])
        found.append(Link(title, url))
    return found
