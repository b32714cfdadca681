"""The service record on the page of its ticket: what is still missing for closing, the supplement, the document."""

from __future__ import annotations

from typing import Any

from flask import url_for

from server.admin.document_box import box
from server.domain import forms, tickets
from server.domain.forms import Need, Standing
from server.domain.identity import Actor, Permission
from server.domain.tickets import Ticket, TicketState

# Before that there is nothing to tell.
BEGUN = frozenset(TicketState) - {TicketState.NEW, TicketState.CANCELLED}


def service_record_box(actor: Actor, ticket: Ticket) -> dict[str, Any]:
    """What the box shows; nothing for officers who may not see documents, and for tickets that never get a record."""
    shown = ticket.contract_id is not None and tickets.may(actor, Permission.DOCUMENT_VIEW, ticket.contract_id)
    if not shown or ticket.state not in BEGUN:
        return {"record": None}
    standing = forms.standing_of(ticket)
    if standing.need in (Need.NOT_AGREED, Need.CANCELLED) and standing.document is None:
        return {"record": None}
    supplement = forms.supplement_of(ticket.id)
    ready = ticket.state in (TicketState.RESOLVED, TicketState.CLOSED)
    return {
        "record": standing,
        "record_ready": ready,
        "record_box": box(
            actor,
            forms.SERVICE_RECORD,
            ticket.id,
            contract_id=ticket.contract_id,
            ready=ready,
            note="" if ready else "工单解决后才能出具。",
            here=url_for("ticket.show", ticket_id=ticket.id),
        ),
        "record_supplement": supplement,
        "record_stale": _stale(standing, supplement),
        "record_editable": tickets.may(actor, Permission.RECORD_LOG, ticket.contract_id),
    }


def _stale(standing: Standing, supplement: forms.Supplement | None) -> bool:
    """Whether the supplement was changed after the document was issued."""
    document = standing.document
    return supplement is not None and document is not None and supplement.updated_at > document.issued_at
