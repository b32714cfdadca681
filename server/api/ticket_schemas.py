"""What is said of a ticket over the API: what a citizen sends, and what the reporter reads."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from server.api.schemas import Id, Moment, PageQuery, Schema, Text, Whole, spelled
from server.core.enums import Labelled
from server.domain import bugs, tickets
from server.domain.tickets import AskerKind, ConsultKind, ContentState, EventKind, Kind, Ticket, TicketState

# WeChat checks 2500 characters at a time, title included.
LONGEST = 2000
PICTURES = 9


class Asked(Labelled):
    """What a citizen can bring; the desk's other kinds are the staff's to enter."""

    BUG = Kind.BUG.value, Kind.BUG.label
    CONSULTATION = Kind.CONSULTATION.value, Kind.CONSULTATION.label
    SUGGESTION = Kind.SUGGESTION.value, Kind.SUGGESTION.label


class Asking(Labelled):
    """Who asks through the mini program; the desk's other kinds are the staff's to enter."""

    PUBLIC = AskerKind.PUBLIC.value, AskerKind.PUBLIC.label
    ENTERPRISE = AskerKind.ENTERPRISE.value, AskerKind.ENTERPRISE.label


def _own(ticket: Ticket) -> bool:
    """Whether somebody known reported it: who holds a query code may only read."""
    return ticket.reporter_id is not None


class Device(Schema):
    """Where it happened; kept for bugs only, and without anything about the person."""

    app_version = Text(longest=32, shortest=0, metadata={"description": "小程序版本，如 1.4.2。"})
    app_env = fields.Enum(bugs.AppEnv, by_value=True, metadata={"description": "小程序环境。"})
    app_build = Text(longest=64, shortest=0, metadata={"description": "构建号或提交号。"})
    base_library = Text(longest=32, shortest=0, metadata={"description": "基础库版本。"})
    wechat_version = Text(longest=32, shortest=0)
    platform = Text(longest=32, shortest=0, metadata={"description": "ios、android、devtools 等。"})
    brand = Text(longest=64, shortest=0)
    model = Text(longest=64, shortest=0, metadata={"description": "机型。"})
    system = Text(longest=64, shortest=0, metadata={"description": "操作系统及版本。"})
    language = Text(longest=32, shortest=0)
    screen = Text(longest=32, shortest=0)
    network = Text(longest=32, shortest=0, metadata={"description": "wifi、4g 等。"})
    page = Text(longest=200, shortest=0, metadata={"description": "页面路径；问号后的部分不保存。"})


class NewTicket(Schema):
    """A matter to be taken in."""

    kind = fields.Enum(Asked, by_value=True, required=True, metadata={"description": "缺陷、咨询或建议。"})
    title = Text(longest=60, shortest=0, load_default="")
    text = Text(longest=LONGEST, required=True, metadata={"description": "问题说明。请勿填写身份证号等敏感信息。"})
    upload_ids = fields.List(Id(), load_default=list, validate=validate.Length(max=PICTURES))
    device = fields.Nested(Device, load_default=dict, metadata={"description": "设备信息，仅缺陷保存。"})
    asker_kind = fields.Enum(
        Asking,
        by_value=True,
        load_default=Asking.PUBLIC,
        metadata={"description": "以谁的身份咨询，仅咨询保存；不填为社会公众。"},
    )
    consult_kind = fields.Enum(
        ConsultKind,
        by_value=True,
        load_default=None,
        allow_none=True,
        metadata={"description": "咨询的类别，仅咨询保存。"},
    )


class Words(Schema):
    """Further words."""

    text = Text(longest=LONGEST, required=True)
    upload_ids = fields.List(Id(), load_default=list, validate=validate.Length(max=PICTURES))


class Stars(Schema):
    """How good the answer was."""

    stars = Whole(required=True, validate=validate.Range(min=1, max=5))
    text = Text(longest=500, shortest=0, load_default="")


class Reason(Schema):
    """Why."""

    reason = Text(longest=500, required=True)


class TicketQuery(PageQuery):
    """Which of one's own tickets."""

    state = fields.Enum(TicketState, by_value=True, metadata={"description": "只看某一状态。"})


class TicketRow(Schema):
    """A line in the list of one's own tickets."""

    id = Id(required=True)
    number = fields.String(required=True, metadata={"example": "FW-2026-0042"})
    kind = fields.Enum(Kind, by_value=True, required=True)
    title = fields.String(required=True)
    state = fields.Enum(TicketState, by_value=True, required=True)
    state_label = fields.Function(
        lambda ticket: ticket.state.label, metadata={"type": "string", "description": "状态的中文名称。"}
    )
    received_at = Moment(required=True)
    updated_at = Moment(required=True)
    stars = fields.Integer(required=True, allow_none=True, metadata={"description": "最近一次评价的星数。"})


def ticket_row(line: Any) -> dict[str, Any]:
    """A ``TicketRow`` written out: the list is read all the time, and the schema takes ten times as long to say it.

    Ids and enumerations are left to the JSON writer, which spells them as the schema does.
    """
    return {
        "id": line.id,
        "number": line.number,
        "kind": line.kind,
        "title": line.title,
        "state": line.state,
        "state_label": line.state.label,
        "received_at": spelled(line.received_at),
        "updated_at": spelled(line.updated_at),
        "stars": line.stars,
    }


class TicketOut(TicketRow):
    """One ticket as its reporter sees it."""

    text = fields.String(required=True)
    content_state = fields.Enum(ContentState, by_value=True, required=True)
    content_note = fields.Function(
        lambda ticket: tickets.content_note(ticket.content_state),
        metadata={"type": "string", "description": "内容检查未通过时给本人的说明，否则为空。"},
    )
    resolved_at = Moment(required=True, allow_none=True)
    closed_at = Moment(required=True, allow_none=True)
    confirmed_at = Moment(required=True, allow_none=True, metadata={"description": "本人确认已解决的时间。"})
    may_confirm = fields.Function(
        lambda ticket: _own(ticket) and ticket.state is TicketState.RESOLVED and ticket.confirmed_at is None,
        metadata={"type": "boolean", "description": "现在能否确认已解决。"},
    )
    may_comment = fields.Function(
        lambda ticket: _own(ticket) and (ticket.state in tickets.ACTIVE or ticket.state is TicketState.RESOLVED),
        metadata={"type": "boolean", "description": "现在能否补充说明。"},
    )
    may_rate = fields.Function(
        lambda ticket: _own(ticket) and tickets.allows(ticket.state, EventKind.RATED),
        metadata={"type": "boolean", "description": "现在能否评价。"},
    )
    may_reopen = fields.Function(
        lambda ticket: _own(ticket) and tickets.may_reopen(ticket),
        metadata={"type": "boolean", "description": "现在能否重新打开。"},
    )
    may_cancel = fields.Function(
        lambda ticket: _own(ticket) and tickets.allows(ticket.state, EventKind.CANCELLED),
        metadata={"type": "boolean", "description": "现在能否撤销。"},
    )


class TicketTaken(TicketOut):
    """A ticket that was just taken in."""

    query_code = fields.Function(
        lambda ticket: getattr(ticket, "query_code", None),
        metadata={
            "type": ["string", "null"],
            "description": "未登录提交时给出的查询码，只显示这一次；已登录为 null。",
        },
    )


class PictureOut(Schema):
    """A picture in a timeline."""

    id = Id(required=True)
    width = fields.Integer(required=True)
    height = fields.Integer(required=True)
    state = fields.Enum(ContentState, by_value=True, required=True)


class EntryOut(Schema):
    """One step, in the reporter's words."""

    seq = fields.Integer(required=True)
    kind = fields.Enum(EventKind, by_value=True, required=True)
    at = Moment(required=True)
    what = fields.String(required=True, metadata={"description": "发生了什么。"})
    who = fields.String(required=True, metadata={"description": "我、运维单位、市场监管部门或系统。"})
    own = fields.Boolean(required=True)
    text = fields.String(required=True)
    state = fields.Enum(TicketState, by_value=True, required=True, metadata={"description": "此后的状态。"})
    pictures = fields.List(fields.Nested(PictureOut), attribute="attachments", required=True)


class Timeline(Schema):
    """Every public step, oldest first."""

    items = fields.List(fields.Nested(EntryOut), required=True)


class RatingOut(Schema):
    """A rating that was taken."""

    id = Id(required=True)
    stars = fields.Integer(required=True)
    text = fields.String(required=True)
    at = Moment(required=True)
