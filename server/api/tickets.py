"""问题：提交缺陷、咨询、建议，查看进展，补充，评价，重新打开。"""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint

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
from server.api.ticket_schemas import (
    Asked,
    EntryOut,
    NewTicket,
    RatingOut,
    Reason,
    Stars,
    TicketOut,
    TicketQuery,
    TicketRow,
    TicketTaken,
    Timeline,
    Words,
    ticket_row,
)
from server.core import clock
from server.domain import bugs, contracts, tickets
from server.domain.contracts import MaintainedSystem
from server.domain.identity import Actor, ActorKind, ConsentRequired
from server.domain.tickets import (
    AskerKind,
    DayQuotaReached,
    Entry,
    Kind,
    ReopenedBefore,
    StateSecret,
    Ticket,
    TicketNotFound,
    TooLateToRate,
    TooLateToReopen,
    WrongState,
)

blueprint = Blueprint("tickets", __name__, url_prefix="/tickets")


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
    code = tickets.new_query_code() if actor.kind is ActorKind.ANONYMOUS else ""
    known: dict[str, Any] = {
        "text": body["text"],
        "title": body["title"],
        "upload_ids": body["upload_ids"],
        "contract_id": contracts.contract_id_for(MaintainedSystem.MINI_PROGRAM, clock.today()),
        "query_code": code,
    }
    if body["kind"] is Asked.BUG:
        ticket = bugs.report(actor, device=_device(body["device"]), **known).ticket
    else:
        if body["kind"] is Asked.CONSULTATION:
            known |= {"asker_kind": AskerKind(body["asker_kind"].value), "consult_kind": body["consult_kind"]}
        ticket = tickets.open(actor, kind=Kind(body["kind"].value), **known)
    return _Taken(ticket, code or None)


@blueprint.get("")
@needs_citizen
@limited("120/minute")
@query(TicketQuery)
@gives_page(TicketRow, spell=ticket_row)
def index(actor: Actor, query: Body) -> Any:
    """自己提交的问题，最新在前。"""
    return tickets.mine(actor, state=query.get("state"), cursor=query.get("cursor"), size=query["limit"])


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


@blueprint.post("/<uuid:id>/confirmation")
@needs_citizen
@limited("10/minute")
@idempotent
@gives(TicketOut)
@fails(TicketNotFound, WrongState)
def confirm(actor: Actor, id: uuid.UUID) -> Any:
    """确认答复解决了问题。不关闭问题；再次确认结果不变。"""
    tickets.confirm_answer(actor, id)
    return tickets.find(actor, id)


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
