"""The steps that an officer can take on a ticket: what each asks for, who may, and which verb of the desk it is."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from server.admin.ticket_action import Action, Values
from server.admin.ticket_desk_steps import DESK_STEPS
from server.admin.ticket_forms import (
    AssignSchema,
    CancelSchema,
    CloseSchema,
    CommentSchema,
    ContractSchema,
    NoteSchema,
    PlainSchema,
    ReopenSchema,
    ResolveSchema,
    RespondSchema,
    ScopeSchema,
    SeveritySchema,
    VisitSchema,
    WaitSchema,
)
from server.domain import tickets
from server.domain.identity import Actor, Permission
from server.domain.tickets import EventKind, Kind, TicketEvent, TicketState


def _uuid_or_none(text: str) -> uuid.UUID | None:
    return None if text == "nobody" else uuid.UUID(text)


def _comment(
    actor: Actor, ticket_id: uuid.UUID, version: int, values: Values, pictures: Sequence[uuid.UUID]
) -> TicketEvent:
    public = values["audience"] == "public"
    return tickets.comment(actor, ticket_id, text=values["text"], public=public, version=version, upload_ids=pictures)


P, E = Permission, EventKind
COMMENT = Action(
    name="comment",
    label="回复",
    icon="message",
    step=E.COMMENTED,
    permission=P.TICKET_COMMENT,
    schema=CommentSchema,
    perform=_comment,
    done="已提交",
    said="text",
)
USUAL: tuple[Action, ...] = (
    Action(
        name="respond",
        label="响应",
        icon="message-2",
        step=E.RESPONDED,
        permission=P.TICKET_RESPOND,
        schema=RespondSchema,
        perform=lambda actor, key, version, values, pictures: tickets.respond(
            actor, key, text=values["text"], at=values["at"], version=version, upload_ids=pictures
        ),
        done="已响应，响应计时停止",
        said="text",
    ),
    Action(
        name="start",
        label="开始处理",
        icon="player-play",
        step=E.STARTED,
        permission=P.TICKET_RESPOND,
        schema=NoteSchema,
        perform=lambda actor, key, version, values, _: tickets.start(actor, key, note=values["note"], version=version),
        done="已开始处理",
        said="note",
    ),
    Action(
        name="resolve",
        label="解决",
        icon="circle-check",
        step=E.RESOLVED,
        permission=P.TICKET_RESPOND,
        schema=ResolveSchema,
        perform=lambda actor, key, version, values, pictures: tickets.resolve(
            actor, key, text=values["text"], cause=values["cause"], version=version, upload_ids=pictures
        ),
        done="已标记为解决，已邀请市民评价",
        said="text",
    ),
    Action(
        name="close",
        label="关闭",
        icon="archive",
        step=E.CLOSED,
        permission=P.TICKET_CLOSE,
        schema=CloseSchema,
        perform=lambda actor, key, version, values, _: tickets.close(actor, key, note=values["note"], version=version),
        done="工单已关闭",
        said="note",
    ),
    Action(
        name="wait",
        label="等待反馈",
        icon="player-pause",
        step=E.WAITED,
        permission=P.TICKET_RESPOND,
        schema=WaitSchema,
        perform=lambda actor, key, version, values, _: tickets.wait(
            actor, key, reason=values["reason"], version=version
        ),
        done="已转为等待反馈",
        said="reason",
    ),
    Action(
        name="assign",
        label="分派",
        icon="user-check",
        step=E.ASSIGNED,
        permission=P.TICKET_ASSIGN,
        schema=AssignSchema,
        perform=lambda actor, key, version, values, _: tickets.assign(
            actor, key, assignee_id=_uuid_or_none(values["assignee_id"]), note=values["note"], version=version
        ),
        done="已分派",
        said="note",
    ),
    Action(
        name="take",
        label="由我负责",
        icon="user-plus",
        step=E.ASSIGNED,
        permission=P.TICKET_RESPOND,
        schema=PlainSchema,
        perform=lambda actor, key, version, _, __: tickets.assign(actor, key, assignee_id=actor.id, version=version),
        done="已由您负责",
        useful=lambda _, ticket: ticket.assignee_id is None,
    ),
    Action(
        name="severity",
        label="定级",
        icon="gauge",
        step=E.SEVERITY_CHANGED,
        permission=P.TICKET_RESPOND,
        schema=SeveritySchema,
        perform=lambda actor, key, version, values, _: tickets.set_severity(
            actor,
            key,
            severity=values["severity"],
            business_stopped=values["business_stopped"],
            reason=values["reason"],
            version=version,
        ),
        done="已定级",
        said="reason",
    ),
    Action(
        name="dispatch",
        label="派员",
        icon="send",
        step=E.DISPATCHED,
        permission=P.TICKET_RESPOND,
        schema=VisitSchema,
        perform=lambda actor, key, version, values, _: tickets.dispatch(
            actor, key, who=values["who"], at=values["at"], version=version
        ),
        done="已记录派员",
        said="who",
    ),
    Action(
        name="arrive",
        label="到场",
        icon="map-pin",
        step=E.ARRIVED,
        permission=P.TICKET_RESPOND,
        schema=VisitSchema,
        perform=lambda actor, key, version, values, _: tickets.arrive(
            actor, key, who=values["who"], at=values["at"], version=version
        ),
        done="已记录到场",
        said="who",
    ),
    Action(
        name="contract",
        label="归属合同",
        icon="contract",
        step=E.CONTRACT_CHOSEN,
        permission=P.TICKET_ASSIGN,
        schema=ContractSchema,
        perform=lambda actor, key, version, values, _: tickets.choose_contract(
            actor, key, contract_id=uuid.UUID(values["contract_id"]), version=version
        ),
        done="已归入合同，时限已重新计算",
    ),
    Action(
        name="scope",
        label="判定范围",
        icon="scale",
        step=E.SCOPE_DECIDED,
        permission=P.TICKET_DECIDE,
        schema=ScopeSchema,
        perform=lambda actor, key, version, values, _: tickets.decide_scope(
            actor, key, scope=values["scope"], reason=values["reason"], version=version
        ),
        done="已判定",
        said="reason",
        useful=lambda _, ticket: ticket.kind is not Kind.REQUIREMENT and ticket.scope_confirmed_at is None,
    ),
    Action(
        name="reopen",
        label="重新打开",
        icon="rotate",
        step=E.REOPENED,
        permission=P.TICKET_CLOSE,
        schema=ReopenSchema,
        perform=lambda actor, key, version, values, _: tickets.reopen(
            actor, key, reason=values["reason"], version=version
        ),
        done="工单已重新打开",
        said="reason",
        useful=lambda _, ticket: ticket.merged_into_id is None,
    ),
    Action(
        name="cancel",
        label="撤销",
        icon="ban",
        step=E.CANCELLED,
        permission=P.TICKET_CLOSE,
        schema=CancelSchema,
        perform=lambda actor, key, version, values, _: tickets.cancel(
            actor, key, reason=values["reason"], version=version
        ),
        done="工单已撤销",
        said="reason",
        tone="danger",
    ),
)
ACTIONS = (*USUAL, *DESK_STEPS)
# The button that stands out, by state; the rest follow in the order above, beyond these few in a menu.
FIRST: Mapping[TicketState, tuple[str, ...]] = {
    TicketState.NEW: ("respond", "take", "assign"),
    TicketState.RESPONDED: ("start", "resolve", "assign"),
    TicketState.IN_PROGRESS: ("resolve", "wait", "assign"),
    TicketState.WAITING: ("start", "resolve", "assign"),
    TicketState.RESOLVED: ("close", "reopen"),
    TicketState.CLOSED: ("reopen",),
}
