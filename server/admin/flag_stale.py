"""Flags that have done their work: why each could go, which release lets it, and putting the question off."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, request
from marshmallow import Schema, fields, validate

from server.admin.access import current_actor, needs
from server.admin.flag_words import asked_environment, environment_of
from server.admin.forms import Form
from server.admin.pages import page, redirect_to, toast
from server.core import clock
from server.core.errors import Invalid
from server.domain import flags, releases
from server.domain.flags import Environment, StaleReason
from server.domain.identity import Permission

blueprint = Blueprint("flag_stale", __name__, url_prefix="/admin/flag-stale")

PUT_OFF = timedelta(days=30)
ICONS = {StaleReason.SETTLED: "lock", StaleReason.UNUSED: "eye-off", StaleReason.OVERDUE: "calendar-event"}


class SnoozeSchema(Schema):
    """Until when not to ask again, and why."""

    until = fields.Date(required=True, metadata={"label": "不再提示至"})
    reason = fields.String(
        required=True,
        validate=validate.Length(max=500),
        metadata={"label": "原因", "placeholder": "例如：等下个版本移除"},
    )


@blueprint.get("/")
@needs(Permission.FLAG_VIEW)
def index() -> Response:
    return _index(asked_environment())


@blueprint.get("/<environment>")
@needs(Permission.FLAG_VIEW)
def of(environment: str) -> Response:
    return _index(environment_of(environment))


@blueprint.post("/<environment>/<key>/snooze")
@needs(Permission.FLAG_VIEW)
def snooze(environment: str, key: str) -> Response:
    """Ask again later."""
    where = environment_of(environment)
    flags.need_snooze(current_actor())
    form = Form.submitted(SnoozeSchema(), request.form, prefix="snooze-refused")
    if form.valid:
        try:
            flags.snooze(current_actor(), where, key, **form.values)
        except Invalid as refused:
            form.refuse(refused.fields, refused.text)
        else:
            toast(f"{key} 在 {form.values['until']} 前不再提示")
            return redirect_to("flag_stale.of", environment=where.value)
    return _index(where, refused=(key, form), status=422)


@blueprint.post("/<environment>/<key>/wake")
@needs(Permission.FLAG_VIEW)
def wake(environment: str, key: str) -> Response:
    """Ask again now."""
    where = environment_of(environment)
    flags.wake(current_actor(), where, key)
    toast(f"{key} 已恢复提示")
    return redirect_to("flag_stale.of", environment=where.value, silenced=1)


def _index(environment: Environment, *, refused: tuple[str, Form] | None = None, status: int = 200) -> Response:
    actor = current_actor()
    silenced = bool(request.args.get("silenced"))
    rows = flags.stale(actor, environment, flags.last_evaluated(environment), silenced=silenced)
    keys = [each.key for each in rows]
    return page(
        "flag_stale/index.html",
        status=status,
        environment=environment,
        environments=list(Environment),
        numbered_page="flag_stale.of",
        numbers={},
        rows=rows,
        icons=ICONS,
        silenced=silenced,
        retired=releases.retired_by(keys),
        introduced=releases.introduced_by(keys),
        days=flags.policy().stale_days,
        may_snooze=actor.may(Permission.FLAG_EDIT) or actor.may(Permission.FLAG_APPROVE),
        form_of=lambda key, at: _form(key, at, refused),
    )


def _form(key: str, at: int, refused: tuple[str, Form] | None) -> Form:
    if refused is not None and refused[0] == key:
        return refused[1]
    return Form(SnoozeSchema(), {"until": clock.today() + PUT_OFF}, prefix=f"snooze-{at}")
