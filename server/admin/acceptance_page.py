"""The page of one completion notice: where it stands, its clock, list, evidence and log, and what can be done now."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from flask import Response

from server.admin.acceptance_forms import OtherReceiptSchema, ReasonSchema
from server.admin.acceptance_words import (
    RECEIPT_TONES,
    RESULT_TONES,
    TONES,
    at_of,
    due_of,
    mark_of,
    midnight,
    said_late,
)
from server.admin.forms import Form
from server.admin.pages import page
from server.core import clock
from server.core.errors import NotFound
from server.domain import contracts, records, releases, tickets
from server.domain.contracts import Contract
from server.domain.identity import Actor, Permission
from server.domain.records import Completion, CompletionState, EventKind, ReceiptState

RECEIVE, CLAIM, DISPUTE, WITHDRAW = "receive", "claim", "dispute", "withdraw"
SCHEMAS = {
    RECEIVE: OtherReceiptSchema,
    CLAIM: OtherReceiptSchema,
    DISPUTE: ReasonSchema,
    WITHDRAW: ReasonSchema,
}


@dataclass(frozen=True, slots=True)
class Tried:
    """A step that could not be taken: which, its form as it was filled in, and what stood in the way."""

    step: str
    form: Form
    refused: str = ""
    receipt_id: uuid.UUID | None = None


def show_completion(actor: Actor, completion: Completion, *, tried: Tried | None = None, status: int = 200) -> Response:
    """The page of a notice that the actor may see."""
    return page("acceptances/show.html", status=status, **context_of(actor, completion, tried))


def context_of(actor: Actor, completion: Completion, tried: Tried | None = None) -> dict[str, Any]:
    """Everything that the page's template shows."""
    now = clock.now()
    receipts = records.receipts_of(completion)
    forms = {step: Form(schema(), prefix=step) for step, schema in SCHEMAS.items()}
    if tried is not None:
        forms[tried.step] = tried.form
    return {
        "completion": completion,
        "tones": TONES,
        "due": due_of(completion, now),
        "midnight": midnight,
        "over": records.is_over(completion, now),
        "items": records.items_of(completion),
        "result_tones": RESULT_TONES,
        "receipts": receipts,
        "receipt_tones": RECEIPT_TONES,
        "files": records.files_of([completion.id]),
        "events": records.events_of(completion),
        "mark_of": mark_of,
        "at_of": at_of,
        "said_late": said_late,
        "rounds": records.rounds_of(actor, completion),
        "contract": contract_of(actor, completion.contract_id),
        "ticket": ticket_of(actor, completion.ticket_id),
        "release": _release(actor, completion.release_id),
        "forms_of": forms,
        "tried": tried,
        "claimed": any(receipt.state is ReceiptState.CLAIMED for receipt in receipts),
        **_offers(actor, completion, over=records.is_over(completion, now)),
    }


def _offers(actor: Actor, completion: Completion, *, over: bool) -> dict[str, bool]:
    """Which buttons there are: by the state's table, and by whose hands they are."""

    def may(permission: Permission, step: EventKind) -> bool:
        return actor.may(permission, completion.contract_id) and records.allows(completion.state, step)

    return {
        "may_receive": may(Permission.ACCEPTANCE_DECIDE, EventKind.RECEIVED),
        "may_decide": may(Permission.ACCEPTANCE_DECIDE, EventKind.ACCEPTED) and not over,
        "may_claim": may(Permission.ACCEPTANCE_NOTIFY, EventKind.RECEIPT_CLAIMED)
        and not actor.may(Permission.ACCEPTANCE_DECIDE, completion.contract_id),
        "may_withdraw": may(Permission.ACCEPTANCE_NOTIFY, EventKind.WITHDRAWN) and not over,
        "may_repeat": actor.may(Permission.ACCEPTANCE_NOTIFY, completion.contract_id)
        and completion.state in (CompletionState.REJECTED, CompletionState.WITHDRAWN),
    }


def contract_of(actor: Actor, contract_id: uuid.UUID) -> Contract | None:
    """The contract, if the actor may see contracts."""
    try:
        return contracts.find(actor, contract_id) if actor.may(Permission.CONTRACT_VIEW) else None
    except NotFound:
        return None


def ticket_of(actor: Actor, ticket_id: uuid.UUID | None) -> tickets.Ticket | None:
    """The ticket, if there is one that the actor may see."""
    if ticket_id is None or not actor.may(Permission.TICKET_VIEW):
        return None
    try:
        return tickets.find(actor, ticket_id)
    except NotFound:
        return None


def _release(actor: Actor, release_id: uuid.UUID | None) -> releases.Release | None:
    if release_id is None or not actor.may(Permission.RELEASE_VIEW):
        return None
    try:
        return releases.find(actor, release_id)
    except NotFound:
        return None
