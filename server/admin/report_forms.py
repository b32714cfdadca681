"""What people fill in on a report's page."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from server.domain.reports import ProblemKind, ProblemState

REMARK = validate.Length(max=1000)


class ProblemSchema(Schema):
    """A problem with who puts it right by when (A10)."""

    kind = fields.Enum(ProblemKind, by_value=True, required=True, metadata={"label": "类别", "widget": "select"})
    text = fields.String(required=True, validate=REMARK, metadata={"label": "问题", "widget": "textarea", "rows": "2"})
    measure = fields.String(
        load_default="", validate=REMARK, metadata={"label": "整改措施", "widget": "textarea", "rows": "2"}
    )
    owner = fields.String(load_default="", validate=validate.Length(max=64), metadata={"label": "责任人"})
    due_on = fields.Date(load_default=None, allow_none=True, metadata={"label": "整改期限"})
    state = fields.Enum(
        ProblemState, by_value=True, load_default=ProblemState.OPEN, metadata={"label": "状态", "widget": "select"}
    )
    done_on = fields.Date(load_default=None, allow_none=True, metadata={"label": "完成日期"})


class ReasonSchema(Schema):
    """Why it goes back."""

    reason = fields.String(
        required=True, validate=REMARK, metadata={"label": "退回原因", "widget": "textarea", "rows": "3"}
    )


class RemarkSchema(Schema):
    """A word on it."""

    text = fields.String(required=True, validate=REMARK, metadata={"label": "意见", "widget": "textarea", "rows": "3"})


class AgainSchema(Schema):
    """What was changed since the last version."""

    reason = fields.String(
        load_default="", validate=REMARK, metadata={"label": "修改说明", "widget": "textarea", "rows": "2"}
    )


CHOICES = {"kind": ProblemKind.choices(), "state": ProblemState.choices()}
