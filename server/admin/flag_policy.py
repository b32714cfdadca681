"""The rules for changing flags: where a second person has to agree, when a flag is stale, how many there may be."""

from __future__ import annotations

from flask import Blueprint, Response, request
from marshmallow import Schema, fields, validate

from server.admin.access import current_actor, needs
from server.admin.forms import Form
from server.admin.listing import Column, Listing
from server.admin.pages import page, redirect_to, toast
from server.admin.paging import paged
from server.core.errors import Invalid
from server.domain import flags
from server.domain.flags import Environment
from server.domain.identity import Permission

blueprint = Blueprint("flag_policy", __name__, url_prefix="/admin/flag-policy")

COLUMNS = (
    Column("number", "版次", optional=False),
    Column("approval", "须审批的环境"),
    Column("stale_days", "待清理天数", numeric=True),
    Column("most_flags", "开关上限", numeric=True),
    Column("reason", "原因"),
    Column("author", "修改人"),
    Column("created_at", "时间"),
)


class PolicySchema(Schema):
    """All rules at once, with the version that was seen."""

    approval = fields.List(
        fields.Enum(Environment, by_value=True),
        load_default=list,
        metadata={
            "label": "须经局方另一人审批的环境",
            "widget": "checkboxes",
            "help": "微信审核人员默认使用开发版，开发版并非只有内部可见。",
        },
    )
    stale_days = fields.Integer(
        required=True,
        validate=validate.Range(min=1, max=3650),
        metadata={"label": "多少天未改、未求值算作待清理"},
    )
    most_flags = fields.Integer(
        required=True, validate=validate.Range(min=1, max=2000), metadata={"label": "每个环境最多多少个开关"}
    )
    reason = fields.String(
        required=True,
        validate=validate.Length(max=500),
        metadata={"label": "修改原因", "widget": "textarea", "rows": "2"},
    )
    base_number = fields.Integer(required=True, metadata={"widget": "hidden"})


@blueprint.get("/")
@needs(Permission.FLAG_VIEW)
def show() -> Response:
    return _show()


@blueprint.post("/")
@needs(Permission.FLAG_APPROVE, step_up=True)
def save() -> Response:
    """The next version of the rules."""
    form = Form.submitted(PolicySchema(), request.form)
    if form.valid:
        try:
            made = flags.set_policy(current_actor(), **form.values)
        except Invalid as refused:
            form.refuse(refused.fields, refused.text)
        else:
            toast(f"开关规则已改为第 {made.number} 版")
            return redirect_to("flag_policy.show")
    return _show(form=form, status=422)


def _show(*, form: Form | None = None, status: int = 200) -> Response:
    actor = current_actor()
    listing = Listing("flag-policies", COLUMNS, request.args, default_sort="-number", per_page=10)
    found = paged(flags.policies(actor), listing)
    policy = flags.policy()
    manages = actor.may(Permission.FLAG_APPROVE) and not actor.is_vendor
    given = {
        "approval": [each.value for each in Environment if each in policy.approval],
        "stale_days": policy.stale_days,
        "most_flags": policy.most_flags,
        "base_number": policy.number,
    }
    return page(
        "flag_policy/show.html",
        "flag_policy/_rows.html",
        status=status,
        policy=policy,
        listing=listing,
        found=found,
        environments=list(Environment),
        form=(form or Form(PolicySchema(), given)) if manages else None,
    )
