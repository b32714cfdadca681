"""Which versions may run: the lowest, the recommended and the stopped ones, tried on yesterday's launches before they hold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, request
from marshmallow import Schema, fields, validate

from server.admin.access import current_actor, needs
from server.admin.forms import Form
from server.admin.pages import page, redirect_to, toast
from server.admin.release_charts import named_of
from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Invalid
from server.domain import notices, releases
from server.domain.identity import Actor, Permission
from server.domain.releases import Forced

blueprint = Blueprint("release_versions", __name__, url_prefix="/admin/releases/versions")

SHOWN = 12
LONGEST = 64
MANY = 1000
# The ledger's names for what the form calls otherwise.
FIELD_OF = {
    "minimum_version": "minimum",
    "latest_version": "latest",
    "blocked_versions": "blocked",
    "update_message": "message",
}


class VersionsSchema(Schema):
    """The policy as it is typed."""

    number = fields.Integer(required=True, metadata={"widget": "hidden"})
    latest = fields.String(
        load_default="",
        validate=validate.Length(max=LONGEST),
        metadata={"label": "推荐版本", "help": "低于它的小程序会提示有新版本。全量发布和回退时自动更新。"},
    )
    minimum = fields.String(
        load_default="",
        validate=validate.Length(max=LONGEST),
        metadata={"label": "最低可用版本", "help": "低于它的小程序必须更新才能使用。留空为不限制。"},
    )
    blocked = fields.String(
        load_default="",
        validate=validate.Length(max=MANY),
        metadata={"label": "停用的版本", "widget": "text", "help": "有严重问题的版本，用空格或逗号分隔。"},
    )
    message = fields.String(
        load_default="",
        validate=validate.Length(max=200),
        metadata={"label": "要求更新时的提示", "widget": "textarea", "rows": "2"},
    )
    reason = fields.String(required=True, validate=validate.Length(max=200), metadata={"label": "修改原因"})


@blueprint.get("/")
@needs(Permission.RELEASE_VIEW)
def show() -> Response:
    """What holds now, and what it does to yesterday's launches."""
    return _page(current_actor(), Form(VersionsSchema(), _typed()))


@blueprint.get("/preview")
@needs(Permission.RELEASE_VIEW)
def preview() -> Response:
    """What the typed policy would have done to yesterday's launches."""
    tried = _tried(current_actor(), request.args)
    return page("releases/preview.html", "releases/_preview.html", forced=tried, named=named_of)


@blueprint.post("/")
@needs(Permission.RELEASE_ROLL_BACK, step_up=True)
def limit() -> Response:
    """Let the typed policy hold."""
    actor = current_actor()
    form = Form.submitted(VersionsSchema(), request.form)
    if not form.valid:
        return _page(actor, form, status=422)
    values = dict(form.values)
    if values.pop("number") != notices.app_config().number:
        form.refuse(message="版本策略已被他人修改，请核对后重新提交。")
        form.data["number"] = notices.app_config().number
        return _page(actor, form, status=409)
    try:
        releases.limit_versions(actor, **values | {"blocked": _listed(values["blocked"])})
    except Invalid as refused:
        form.refuse({FIELD_OF.get(name, name): told for name, told in refused.fields.items()}, refused.text)
        return _page(actor, form, status=422)
    except Conflict as refused:
        form.refuse(message=refused.text)
        return _page(actor, form, status=409)
    toast("版本策略已生效")
    return redirect_to("release_versions.show")


def _page(actor: Actor, form: Form, *, status: int = 200) -> Response:
    return page(
        "releases/versions.html",
        status=status,
        config=notices.app_config(),
        form=form,
        may_limit=releases.may_limit(actor),
        forced=_tried(actor, form.data),
        history=session().scalars(notices.app_config_history().limit(SHOWN)).all(),
        named=named_of,
    )


def _tried(actor: Actor, typed: Mapping[str, Any]) -> Forced:
    """The typed policy on yesterday's launches; what is not yet a version limits nothing."""
    yesterday = clock.today() - timedelta(days=1)
    minimum, blocked = str(typed.get("minimum", ""))[:LONGEST], _listed(str(typed.get("blocked", ""))[:MANY])
    return releases.forced_by(actor, yesterday, minimum=minimum.strip(), blocked=blocked)


def _typed() -> dict[str, Any]:
    config = notices.app_config()
    return {
        "number": config.number,
        "latest": config.latest_version,
        "minimum": config.minimum_version,
        "blocked": " ".join(config.blocked_versions),
        "message": config.update_message,
    }


def _listed(text: str) -> list[str]:
    return text.replace(",", " ").replace("，", " ").replace("、", " ").split()
