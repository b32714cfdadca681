"""The rules of reminders: how long ahead, in which hours, what is exempt."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request
from marshmallow import Schema, fields, validate

from server.admin.access import current_actor, needs
from server.admin.agenda_words import ICONS
from server.admin.forms import Form
from server.admin.pages import page, redirect_to, toast
from server.core.errors import Invalid
from server.domain import agenda
from server.domain.agenda import EntryKind
from server.domain.identity import Permission

blueprint = Blueprint("agenda_rules", __name__, url_prefix="/admin/agenda")

DAYS = validate.Range(min=0, max=366)
TIME = validate.Regexp(r"([01]\d|2[0-3]):[0-5]\d", error="请按 08:30 的样子填写。")


class HoursSchema(Schema):
    """When reminders come."""

    opens = fields.String(required=True, validate=TIME, metadata={"label": "开始", "help": "24 小时制，如 08:30。"})
    closes = fields.String(required=True, validate=TIME, metadata={"label": "结束", "help": "24 小时制，如 18:00。"})
    working_days_only = fields.Boolean(
        load_default=False, metadata={"label": "只在工作日提醒", "help": "按工作日历判断，含调休上班日。"}
    )
    exempt = fields.List(
        fields.Enum(EntryKind, by_value=True),
        load_default=list,
        metadata={"label": "不受时段限制", "help": "365×24 小时值守的事项随时提醒。"},
    )
    referral_days = fields.Integer(
        required=True,
        validate=validate.Range(min=1, max=366),
        metadata={"label": "反馈单无结论满几天", "help": "未写计划日期时用，不是合同约定。"},
    )


RulesSchema = HoursSchema.from_dict(
    {
        f"lead_{kind.value}": fields.Integer(required=True, validate=DAYS, metadata={"label": kind.label})
        for kind in EntryKind
    }
)
LEADS = [f"lead_{kind.value}" for kind in EntryKind]


@blueprint.get("/rules")
@needs(Permission.CONTRACT_MANAGE)
def show() -> Response:
    held = agenda.policy()
    data: dict[str, Any] = {
        "opens": held.opens.strftime("%H:%M"),
        "closes": held.closes.strftime("%H:%M"),
        "working_days_only": held.working_days_only,
        "exempt": [kind.value for kind in held.exempt],
        "referral_days": held.referral_days,
    }
    data |= {f"lead_{kind.value}": held.leads[kind] for kind in EntryKind}
    return _page(Form(RulesSchema(), data))


@blueprint.post("/rules")
@needs(Permission.CONTRACT_MANAGE)
def save() -> Response:
    """The rules hold from the next look at the alerts, which follows at once."""
    form = Form.submitted(RulesSchema(), request.form)
    if form.valid:
        values = form.values
        try:
            agenda.set_policy(
                current_actor(),
                leads={kind: values[f"lead_{kind.value}"] for kind in EntryKind},
                opens=values["opens"],
                closes=values["closes"],
                working_days_only=values["working_days_only"],
                exempt=frozenset(values["exempt"]),
                referral_days=values["referral_days"],
            )
            agenda.look_soon()
        except Invalid as refused:
            form.refuse(refused.fields, refused.text)
        else:
            toast("提醒规则已保存")
            return redirect_to("agenda_rules.show")
    return _page(form, status=422)


def _page(form: Form, status: int = 200) -> Response:
    kinds = [(kind, ICONS[kind]) for kind in EntryKind]
    return page("agenda/rules.html", status=status, form=form, leads=LEADS, kinds=kinds)
