"""Accepted, rejected with reasons, or deemed accepted by the clock: three ends of a notice that never look alike (A36, A37).

One of them wins, whoever comes at once: each holds the notice's row and finds it undecided. What decides between a word
and the clock is the deadline itself (24:00 of the last day), not the moment at which the job happens to run.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Forbidden, Invalid
from server.domain import tickets
from server.domain.identity import SCHEDULER, Actor, ActorKind, Permission
from server.domain.records import access, clocks, files, links, log, states
from server.domain.records.completions import items_of, told_of
from server.domain.records.log import Line
from server.domain.records.models import NAME, Completion, CompletionItem
from server.domain.records.vocabulary import PASSED, CompletionState, Conclusion, EventKind, ItemResult
from server.domain.records.words import said
from server.gateways.papers import Paper

BATCH = 100
REMARK = 500


class DeemedAlready(Conflict):
    """The deadline passed in silence: the work counts as accepted since then, and no word changes it."""

    code = "deemed_already"
    message = "验收期限已届满，已视为验收通过。"


@dataclass(frozen=True, slots=True)
class ItemCheck:
    """What the check of one item came to."""

    result: ItemResult
    remark: str = ""


Results = Mapping[int, ItemCheck]


def accept(
    actor: Actor,
    completion_id: uuid.UUID,
    *,
    results: Results | None = None,
    remark: str = "",
    members: str = "",
    uploads: Sequence[Paper] = (),
) -> Completion:
    """The bureau accepts. Needs acceptance.decide; DeemedAlready when the deadline is over.

    ``results`` by the items' positions; every item must be 合格 (None: all are). One that failed is a rejection.
    """
    completion = _undecided(actor, completion_id, EventKind.ACCEPTED)
    items = items_of(completion)
    _check(items, results if results is not None else {item.position: ItemCheck(ItemResult.PASSED) for item in items})
    if any(item.result is not ItemResult.PASSED for item in items):
        raise Invalid(fields={"results": ["有项目不合格或未检查，不能验收合格；请逐项填写，或作出不合格结论。"]})
    words = said(remark, field="remark", longest=REMARK, needed=False)
    who = said(members, field="members", longest=200, needed=False)
    completion.members, completion.reasons = who, words
    line = Line(kind=EventKind.ACCEPTED, summary="验收合格", text=words, data=_results(items))
    _decide(actor, completion, line, Conclusion.PASSED, uploads)
    links.note(actor, completion.ticket_id, tickets.EventKind.ACCEPTED, text=words, data=told_of(completion))
    return completion


def reject(
    actor: Actor,
    completion_id: uuid.UUID,
    *,
    reasons: str,
    results: Results | None = None,
    recheck: bool = False,
    members: str = "",
    uploads: Sequence[Paper] = (),
) -> Completion:
    """The bureau rejects, with reasons: in time it stops the clock for good, and the ticket is worked on again.

    Needs acceptance.decide; DeemedAlready when the deadline is over. ``recheck``: mended, it is to be shown again
    (整改后复验). Items that passed are noted as such.
    """
    completion = _undecided(actor, completion_id, EventKind.REJECTED)
    words = said(reasons, field="reasons")
    items = items_of(completion)
    _check(items, results or {})
    completion.members = said(members, field="members", longest=200, needed=False)
    completion.reasons = words
    line = Line(kind=EventKind.REJECTED, summary="验收不合格", text=words, data=_results(items))
    _decide(actor, completion, line, Conclusion.RECHECK if recheck else Conclusion.FAILED, uploads)
    links.note(actor, completion.ticket_id, tickets.EventKind.REJECTED, text=words, data=told_of(completion))
    return completion


def deem(
    actor: Actor = SCHEDULER, *, now: datetime | None = None, only: uuid.UUID | None = None, limit: int = BATCH
) -> list[Completion]:
    """Write down what silence has accepted: moment = deadline, recorded now. The scheduler's verb alone.

    ``only``: one notice, for a job that takes each in a unit of its own.

    Taken are notices with proven receipt and an agreed deadline on a settled calendar; the clock is derived again first.
    """
    if actor.kind is not ActorKind.SYSTEM:
        raise Forbidden(permission=Permission.ACCEPTANCE_DECIDE.value)
    moment = now or clock.now()
    waiting = due_for_deeming(moment, limit) if only is None else [only]
    return [found for key in waiting if (found := _deemed(actor, key, moment)) is not None]


def due_for_deeming(now: datetime | None = None, limit: int = BATCH) -> list[uuid.UUID]:
    """The notices whose deadline passed in silence, oldest deadline first: a cheap read for the job."""
    query = sa.select(Completion.id).where(
        Completion.state == CompletionState.RECEIVED,
        Completion.deemable,
        sa.not_(Completion.provisional),
        Completion.due_at <= (now or clock.now()),
    )
    return list(session().scalars(query.order_by(Completion.due_at, Completion.id).limit(limit)))


def is_over(completion: Completion, now: datetime) -> bool:
    """Whether an undecided notice's silence has accepted it already, although no job has written it down yet."""
    running = completion.state is CompletionState.RECEIVED and completion.deemable and not completion.provisional
    return running and completion.due_at is not None and completion.due_at <= now


def accepted_on(contract_id: uuid.UUID) -> date | None:
    """The day on which the work of the whole contract passed, by word or by silence; None before. For payments (B27)."""
    query = sa.select(Completion.accepted_on).where(
        Completion.contract_id == contract_id, Completion.final, Completion.state.in_(PASSED)
    )
    return session().scalars(query.limit(1)).first()


def _deemed(actor: Actor, completion_id: uuid.UUID, now: datetime) -> Completion | None:
    query = sa.select(Completion).where(Completion.id == completion_id).with_for_update()
    completion = session().scalars(query.execution_options(populate_existing=True)).one_or_none()
    if completion is None or completion.state is not CompletionState.RECEIVED:
        return None
    clocks.settle(completion)
    if not is_over(completion, now) or completion.due_at is None:
        return None
    text = f"至 {completion.due_on} 24:00 未收到验收意见，依合同视为验收通过"
    line = Line(
        kind=EventKind.DEEMED,
        summary=text,
        text=text,
        at=completion.due_at,
        data={
            "received_at": _local(completion.received_at),
            "due_on": str(completion.due_on),
            "trace": completion.trace,
        },
    )
    _decide(actor, completion, line, Conclusion.DEEMED, ())
    ticket_line = tickets.EventKind.DEEMED_ACCEPTED
    links.note(actor, completion.ticket_id, ticket_line, text=text, data=told_of(completion), at=completion.due_at)
    return completion


def _undecided(actor: Actor, completion_id: uuid.UUID, step: EventKind) -> Completion:
    """The notice, held and open to a word: not decided, and its deadline not over."""
    completion = access.find_for_update(actor, Completion, Permission.ACCEPTANCE_VIEW, completion_id)
    access.need(actor, Permission.ACCEPTANCE_DECIDE, completion.contract_id)
    if completion.state is CompletionState.DEEMED or is_over(completion, clock.now()):
        raise DeemedAlready(
            f"验收期限已于 {completion.due_on} 24:00 届满，{completion.number} 自该时起视为验收通过，不能再作出结论。",
            due_on=completion.due_on,
        )
    states.after(completion.state, step)
    return completion


def _decide(actor: Actor, completion: Completion, line: Line, conclusion: Conclusion, uploads: Sequence[Paper]) -> None:
    event = log.write(actor, completion, line)
    completion.conclusion = conclusion
    completion.decided_at, completion.decided_recorded_at = event.at, event.recorded_at
    completion.decided_by_id, completion.decided_by_name = actor.id, actor.name[:NAME]
    if conclusion is Conclusion.PASSED:
        completion.accepted_on = clock.local_day(event.at)
    elif conclusion is Conclusion.DEEMED:
        # the period ends at 24:00 of its last day, so that day is the one
        completion.accepted_on = completion.due_on
    if not (completion.final and completion.state in PASSED):
        completion.slot = None
    session().flush()
    files.attach(actor, completion, event, uploads)


def _check(items: Sequence[CompletionItem], results: Results) -> None:
    """Note what was found of each item; Invalid for one that is not on the list."""
    unknown = set(results) - {item.position for item in items}
    if unknown:
        raise Invalid(fields={"results": ["验收项目与清单不符，请刷新后重试。"]})
    for item in items:
        check = results.get(item.position)
        if check is not None:
            item.result = check.result
            item.remark = said(check.remark, field="results", longest=REMARK, needed=False)


def _results(items: Sequence[CompletionItem]) -> dict[str, int]:
    passed = sum(item.result is ItemResult.PASSED for item in items)
    failed = sum(item.result is ItemResult.FAILED for item in items)
    return {"passed": passed, "failed": failed, "items": len(items)}


def _local(moment: datetime | None) -> str:
    return "" if moment is None else clock.to_local(moment).isoformat(timespec="seconds")
