"""A completion notice: the vendor's written word that a job is done, numbered without gaps, round by round (A36)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Invalid
from server.core.ids import new_id
from server.core.serials import next_number, prepare
from server.domain import tickets
from server.domain.identity import Actor, Permission
from server.domain.records import access, files, links, log
from server.domain.records.log import Line
from server.domain.records.models import NAME, TITLE, Completion, CompletionItem
from server.domain.records.vocabulary import CompletionState, EventKind, Subject
from server.domain.records.words import moment, said
from server.gateways.papers import Paper

SERIES = "WG"
MOST_ITEMS = 60
REPEATABLE = frozenset({CompletionState.REJECTED, CompletionState.WITHDRAWN})


class NoticeOpen(Conflict):
    """A notice for the same ticket, or for the whole contract, is there and undecided (or passed, for the whole)."""

    code = "completion_open"
    message = "同一事项已有完工通知，不能重复提交。"


@dataclass(frozen=True, slots=True)
class ItemDraft:
    """One line of the acceptance list as the vendor proposes it: the standard, and what is to be checked."""

    standard: str
    text: str


def notify_completion(
    actor: Actor,
    *,
    contract_id: uuid.UUID,
    title: str,
    content: str,
    how_to_check: str,
    items: Sequence[ItemDraft],
    ticket_id: uuid.UUID | None = None,
    release_id: uuid.UUID | None = None,
    sent_at: datetime | None = None,
    final: bool = False,
    follows_id: uuid.UUID | None = None,
    uploads: Sequence[Paper] = (),
) -> Completion:
    """Send a notice. Needs acceptance.notify on the contract. ``final``: the work of the whole contract is done (B27).

    ``follows_id``: the rejected or withdrawn notice that this one takes up; after a rejection it opens the next round.
    NoticeOpen while another notice for the same ticket, or for the whole contract, is undecided.
    """
    access.contract_of(actor, Permission.ACCEPTANCE_NOTIFY, contract_id)
    ticket = links.answered_ticket_for(actor, ticket_id, contract_id)
    links.release_for(actor, release_id, contract_id)
    before = _followed(actor, follows_id, contract_id)
    now = clock.now()
    completion = Completion(
        id=new_id(),
        contract_id=contract_id,
        round=_round_after(before),
        follows_id=follows_id,
        slot=_slot_of(contract_id, ticket_id, final),
        ticket_id=ticket_id,
        release_id=release_id,
        final=final,
        title=said(title, field="title", longest=TITLE),
        content=said(content, field="content"),
        how_to_check=said(how_to_check, field="how_to_check"),
        state=CompletionState.SENT,
        sent_at=moment(sent_at, field="sent_at", earliest=ticket.received_at if ticket else None, what="工单接报时间"),
        sent_by_id=actor.id,
        sent_by_name=actor.name[:NAME],
        trace=["没有签收证据，验收期限尚未起算"],
        created_at=now,
        updated_at=now,
        seq=0,
    )
    lines = _lines(completion.id, items)
    completion.number = numbered(SERIES)
    _put(completion)
    session().add_all(lines)
    line = Line(
        kind=EventKind.SENT,
        summary=f"发出完工通知《{completion.title}》（第 {completion.round} 轮{'，整体验收' if final else ''}）",
        at=completion.sent_at,
        data={"round": completion.round, "items": len(lines)},
    )
    event = log.write(actor, completion, line)
    files.attach(actor, completion, event, uploads)
    links.note(
        actor,
        ticket_id,
        tickets.EventKind.COMPLETION_NOTICED,
        text=f"{completion.number} {completion.title}",
        data=told_of(completion),
        at=completion.sent_at,
    )
    return completion


def withdraw(actor: Actor, completion_id: uuid.UUID, *, reason: str) -> Completion:
    """Take an undecided notice back. Needs acceptance.notify on its contract; its clock ends with it."""
    completion = access.find_for_update(actor, Completion, Permission.ACCEPTANCE_VIEW, completion_id)
    access.need(actor, Permission.ACCEPTANCE_NOTIFY, completion.contract_id)
    words = said(reason, field="reason", longest=500)
    line = Line(kind=EventKind.WITHDRAWN, summary="撤回完工通知", text=words)
    log.write(actor, completion, line)
    completion.slot, completion.reasons = None, words
    return completion


def items_of(completion: Completion) -> list[CompletionItem]:
    """The acceptance list of a notice that the caller found visible."""
    query = sa.select(CompletionItem).where(CompletionItem.completion_id == completion.id)
    return list(session().scalars(query.order_by(CompletionItem.position)))


def rounds_of(actor: Actor, completion: Completion) -> list[Completion]:
    """All rounds of the same matter, first to last, the given one among them."""
    found = [completion]
    while found[0].follows_id is not None:
        found.insert(0, access.find(actor, Completion, Permission.ACCEPTANCE_VIEW, found[0].follows_id))
    while (
        later := session().scalars(sa.select(Completion).where(Completion.follows_id == found[-1].id)).first()
    ) is not None:
        found.append(later)
    return found


def told_of(completion: Completion) -> dict[str, str | int]:
    """What a ticket's line says of a notice."""
    return {
        "url_kind": Subject.COMPLETION.value,
        "id": str(completion.id),
        "number": completion.number,
        "round": completion.round,
    }


def numbered(series: str) -> str:
    """The next spoken number of a series in this year. Writers of a series wait for each other: take it late."""
    year = clock.today().year
    return f"{series}-{year}-{next_number(series, year):04d}"


def prepare_numbers(*series: str) -> None:
    """Make this year's and the next year's numbers ready, so that nobody meets at a year's first one."""
    year = clock.today().year
    for each in series:
        for when in (year, year + 1):
            prepare(each, when)


def _followed(actor: Actor, follows_id: uuid.UUID | None, contract_id: uuid.UUID) -> Completion | None:
    if follows_id is None:
        return None
    before = access.find_for_update(actor, Completion, Permission.ACCEPTANCE_VIEW, follows_id)
    if before.contract_id != contract_id:
        raise Invalid(fields={"follows_id": ["前一轮通知不属于所选合同。"]})
    if before.state not in REPEATABLE:
        raise NoticeOpen(f"{before.number} {before.state.label}，不能再次提交。")
    return before


def _round_after(before: Completion | None) -> int:
    """A withdrawn notice was never judged, so the one after it is of the same round."""
    if before is None:
        return 1
    return before.round + (before.state is CompletionState.REJECTED)


def _slot_of(contract_id: uuid.UUID, ticket_id: uuid.UUID | None, final: bool) -> str | None:
    if final:
        return f"final:{contract_id}"
    return f"ticket:{ticket_id}" if ticket_id else None


def _lines(completion_id: uuid.UUID, items: Sequence[ItemDraft]) -> list[CompletionItem]:
    if not 0 < len(items) <= MOST_ITEMS:
        raise Invalid(fields={"items": [f"请列出验收项目，最多 {MOST_ITEMS} 项。"]})
    return [
        CompletionItem(
            completion_id=completion_id,
            position=place,
            standard=said(item.standard, field="items", longest=300),
            text=said(item.text, field="items", longest=500),
        )
        for place, item in enumerate(items, start=1)
    ]


def _put(completion: Completion) -> None:
    try:
        with session().begin_nested():
            session().add(completion)
    except IntegrityError as clash:
        raise NoticeOpen from clash
