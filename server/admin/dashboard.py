"""The first page: what is late, what is due next, what is new, and what else wants somebody today."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response

from server.admin.access import current_actor, needs, open_to_all
from server.admin.agenda_words import link_of
from server.admin.pages import page, redirect_to
from server.core import clock
from server.core.db import session
from server.domain import agenda, contracts, notices, tickets
from server.domain.agenda import Alert, EntryKind
from server.domain.identity import Actor, Permission
from server.domain.notices import MessageState
from server.domain.tickets import Assigned, ContentCheck, Filters, Lateness, Ticket
from server.gateways import queue

blueprint = Blueprint("dashboard", __name__)

OWN = 6
DAYS = 14
TWO_HOURS = 120
PERCENT = 100
ON_THE_WAY = (MessageState.QUEUED, MessageState.SENDING, MessageState.UNCERTAIN)


@blueprint.get("/")
@open_to_all
def start() -> Response:
    """The service's front door leads officers to their desk; citizens come by the mini program."""
    return redirect_to("dashboard.index")


@blueprint.get("/admin/")
@needs(Permission.DASHBOARD_VIEW)
def index() -> Response:
    """The desk at a glance, for what this officer may see."""
    actor = current_actor()
    return page(
        "dashboard/index.html",
        today=clock.today(),
        desk=_desk(actor) if actor.may(Permission.TICKET_VIEW) else None,
        duties=_duties(actor) if actor.may(Permission.AGENDA_VIEW) else None,
        link_of=link_of,
        reviews=_reviews(actor) if actor.may(Permission.CONTENT_REVIEW) else None,
        machines=_machines(actor),
    )


def _desk(actor: Actor) -> dict[str, Any]:
    board = tickets.board(actor)
    own = list(session().scalars(tickets.matching(actor, _mine()).limit(OWN)))
    names = contracts.titles(actor) if actor.may(Permission.CONTRACT_VIEW) else {}
    days = tickets.daily(actor, days=DAYS)
    month = clock.start_of(clock.today().replace(day=1))
    kept = tickets.attainment(actor, since=month, until=board.at + timedelta(seconds=1))
    clocks = tickets.clocks_by_ticket([ticket.id for ticket in own])
    return {
        "counts": board.counts,
        "two_hours": session().scalar(tickets.counted(actor, _soon())),
        "waiting_for_us": board.counts.active - board.counts.waiting,
        "next_due": board.next_due,
        "own": own,
        "clock_of": {key: tickets.open_clock(rows) for key, rows in clocks.items()},
        "contracts": [(each, names.get(each.contract_id, "")) for each in board.contracts if each.contract_id],
        "without_contract": next((each for each in board.contracts if each.contract_id is None), None),
        "days": days,
        "chart": _chart(days),
        "kept": [(each.kind, each.kept, each.ended, round(each.kept * PERCENT / each.ended)) for each in kept],
    }


def _duties(actor: Actor) -> dict[str, Any]:
    """What the contracts ask for and nobody has done, as the reminders have it: the most urgent day first, tickets aside."""
    query = agenda.alerts_matching(actor).where(Alert.object_kind != EntryKind.TICKET)
    standing = [alert for alert, _ in session().execute(query.limit(OWN + 1))]
    return {"next": standing[:OWN], "more": len(standing) > OWN}


def _mine() -> Filters:
    return Filters(assigned=Assigned.MINE, states=tickets.ACTIVE, order=tickets.Order.DUE)


def _soon() -> Filters:
    return Filters(lateness=Lateness.DUE, due_minutes=TWO_HOURS)


def _chart(days: list[tuple[str, int, int]]) -> dict[str, Any]:
    """Received and solved by day, as ECharts takes it."""
    return {
        "grid": {"left": 8, "right": 8, "top": 34, "bottom": 4, "containLabel": True},
        "legend": {"top": 0, "left": 0},
        "xAxis": {"type": "category", "data": [day[5:] for day, _, _ in days]},
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [
            {"name": "新增", "type": "bar", "barMaxWidth": 18, "data": [received for _, received, _ in days]},
            {"name": "解决", "type": "line", "data": [resolved for _, _, resolved in days]},
        ],
    }


def _reviews(actor: Actor) -> list[tuple[ContentCheck, Ticket | None]]:
    """Texts and pictures that wait for a person, with the tickets that they belong to."""
    checks = list(session().scalars(tickets.reviews_waiting(actor).limit(OWN)))
    ids = {check.ticket_id for check in checks if check.ticket_id is not None}
    found = (
        {each.id: each for each in session().scalars(tickets.matching(actor).where(Ticket.id.in_(ids)))} if ids else {}
    )
    return [(check, found.get(check.ticket_id)) for check in checks if check.ticket_id]


def _machines(actor: Actor) -> dict[str, Any] | None:
    """Background work and messages that need a look; None for who has nothing to do with them."""
    jobs, messages = actor.may(Permission.JOB_VIEW), actor.may(Permission.MESSAGE_VIEW)
    if not jobs and not (messages and not actor.is_vendor):
        return None
    counts = notices.message_counts(actor) if messages else {}
    lanes = queue.lanes() if jobs else []
    return {
        "dead_jobs": sum(lane.dead for lane in lanes),
        "retrying": sum(lane.failed for lane in lanes),
        "waiting_jobs": sum(lane.queued for lane in lanes),
        "oldest": queue.oldest_wait() if jobs else None,
        "shows_jobs": jobs,
        "shows_messages": messages,
        "dead_messages": counts.get(MessageState.DEAD, 0),
        "no_grant": counts.get(MessageState.NO_GRANT, 0),
        "on_the_way": sum(counts.get(state, 0) for state in ON_THE_WAY),
    }
