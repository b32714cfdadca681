"""问题：提交缺陷、咨询、建议，查看进展，补充，评价，重新打开。"""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint
from marshmallow import fields, validate

from server.api.http import (
    Body,
    fails,
    gives,
    gives_page,
    idempotent,
    limited,
    needs_citizen,
    optional_citizen,
    query,
    takes,
)
from server.api.schemas import Id, Moment, PageQuery, Schema, Text, Whole
from server.core import clock
from server.core.enums import Labelled
from server.core.paging import Order, page_of
from server.domain import bugs, contracts, tickets
from server.domain.contracts import MaintainedSystem
from server.domain.identity import Actor, ActorKind, ConsentRequired
from server.domain.tickets import (
    ContentState,
    DayQuotaReached,
    Entry,
    EventKind,
    Kind,
    ReopenedBefore,
    StateSecret,
    Ticket,
    TicketNotFound,
    TicketState,
    TooLateToRate,
    TooLateToReopen,
    WrongState,
)

blueprint = Blueprint("tickets", __name__, url_prefix="/tickets")

# WeChat checks 2500 characters at a time, title included.
LONGEST = 2000
PICTURES = 9


class Asked(Labelled):
    """What a citizen can bring; the desk's other kinds are the staff's to enter."""

    BUG = Kind.BUG.value, Kind.BUG.label
    CONSULTATION = Kind.CONSULTATION.value, Kind.CONSULTATION.label
    SUGGESTION = Kind.SUGGESTION.value, Kind.SUGGESTION.label


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


@blueprint.post("")
@optional_citizen
@limited("10/minute")
@limited("60/hour", by_address=True)
@idempotent
@takes(NewTicket)
@gives(TicketTaken, status=201)
@fails(ConsentRequired, DayQuotaReached, StateSecret)
def new(actor: Actor, body: Body) -> Any:
    """提交一个问题。

    未登录也可提交，此时返回查询码，凭编号和查询码查看进展。登录后提交须已同意隐私保护指引。
    """
    contract = contracts.contract_for(MaintainedSystem.MINI_PROGRAM, clock.today())
    code = tickets.new_query_code() if actor.kind is ActorKind.ANONYMOUS else ""
    known: dict[str, Any] = {
        "text": body["text"],
        "title": body["title"],
        "upload_ids": body["upload_ids"],
        "contract_id": contract.id if contract else None,
        "query_code": code,
    }
    if body["kind"] is Asked.BUG:
        ticket = bugs.report(actor, device=_device(body["device"]), **known).ticket
    else:
        ticket = tickets.open(actor, kind=Kind(body["kind"].value), **known)
    return _Taken(ticket, code or None)


@blueprint.get("")
@needs_citizen
@limited("120/minute")
@query(TicketQuery)
@gives_page(TicketRow)
def index(actor: Actor, query: Body) -> Any:
    """自己提交的问题，最新在前。"""
    order: Order = [Ticket.received_at.desc(), Ticket.id.desc()]
    mine = tickets.mine(actor, state=query.get("state"))
    return page_of(mine, order, cursor=query.get("cursor"), size=query["limit"])


@blueprint.get("/<uuid:id>")
@needs_citizen
@limited("120/minute")
@gives(TicketOut, etag=True)
@fails(TicketNotFound)
def show(actor: Actor, id: uuid.UUID) -> Any:
    """自己的一个问题。"""
    return tickets.find(actor, id)


@blueprint.get("/<uuid:id>/timeline")
@needs_citizen
@limited("120/minute")
@gives(Timeline, etag=True)
@fails(TicketNotFound)
def timeline(actor: Actor, id: uuid.UUID) -> Any:
    """处理经过，最早在前。"""
    return {"items": tickets.timeline(actor, tickets.find(actor, id))}


@blueprint.post("/<uuid:id>/comments")
@needs_citizen
@limited("10/minute;100/day")
@idempotent
@takes(Words)
@gives(EntryOut, status=201)
@fails(TicketNotFound, WrongState, StateSecret)
def comment(actor: Actor, id: uuid.UUID, body: Body) -> Any:
    """补充说明。等待反馈时补充，问题回到处理中。"""
    event = tickets.add(actor, id, text=body["text"], upload_ids=body["upload_ids"])
    return _entry(actor, id, event.seq)


@blueprint.post("/<uuid:id>/rating")
@needs_citizen
@limited("10/minute;50/day")
@idempotent
@takes(Stars)
@gives(RatingOut, status=201)
@fails(TicketNotFound, WrongState, TooLateToRate, StateSecret)
def rate(actor: Actor, id: uuid.UUID, body: Body) -> Any:
    """评价处理结果。可以再次评价，以最近一次为准，历次都保留。"""
    return tickets.rate(actor, id, stars=body["stars"], text=body["text"])


@blueprint.post("/<uuid:id>/reopen")
@needs_citizen
@limited("10/minute")
@idempotent
@takes(Reason)
@gives(TicketOut)
@fails(TicketNotFound, WrongState, ReopenedBefore, TooLateToReopen, StateSecret)
def reopen(actor: Actor, id: uuid.UUID, body: Body) -> Any:
    """问题没有解决，重新打开。限期内一次。"""
    tickets.reopen(actor, id, reason=body["reason"])
    return tickets.find(actor, id)


@blueprint.post("/<uuid:id>/cancel")
@needs_citizen
@limited("10/minute")
@idempotent
@takes(Reason)
@gives(TicketOut)
@fails(TicketNotFound, WrongState, StateSecret)
def cancel(actor: Actor, id: uuid.UUID, body: Body) -> Any:
    """撤销自己的问题。"""
    tickets.cancel(actor, id, reason=body["reason"])
    return tickets.find(actor, id)


class _Taken:
    """A ticket with the code that is shown once."""

    def __init__(self, ticket: Ticket, query_code: str | None) -> None:
        self.ticket = ticket
        self.query_code = query_code

    def __getattr__(self, name: str) -> Any:
        return getattr(self.ticket, name)


def _device(given: dict[str, Any]) -> dict[str, str]:
    """What the mini program said of its device, as plain texts."""
    return {name: value.value if isinstance(value, bugs.AppEnv) else value for name, value in given.items()}


def _entry(actor: Actor, ticket_id: uuid.UUID, seq: int) -> Entry:
    entries = tickets.timeline(actor, tickets.find(actor, ticket_id))
    return next(entry for entry in entries if entry.seq == seq)
