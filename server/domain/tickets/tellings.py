"""What a reporter is told on the way: one message an event, whatever is retried."""

from __future__ import annotations

from server.domain import notices
from server.domain.tickets.models import Ticket, TicketEvent
from server.domain.tickets.vocabulary import EventKind, TicketState

# Which kind of message tells of which step: one for being taken up, one for every answer after it.
MESSAGES = {
    EventKind.RESPONDED: "ticket_received",
    EventKind.COMMENTED: "ticket_answered",
    EventKind.WAITED: "ticket_answered",
    EventKind.RESOLVED: "ticket_answered",
    EventKind.ABSORBED: "ticket_answered",
    EventKind.CANCELLED: "ticket_answered",
}
# The mini program's page of one ticket.
PAGE = "pages/tickets/show?id={id}"
WORDS = 200


def tell(ticket: Ticket, event: TicketEvent, *, text: str = "") -> None:
    """Tell the citizen who reported it; nobody if nobody is known. The outbox keeps one message for each event.

    ``text`` instead of the event's own words, where those are the staff's.
    """
    if ticket.reporter_id is None:
        return
    notices.tell(
        ticket.reporter_id,
        MESSAGES[event.kind],
        {
            "number": ticket.number,
            "title": ticket.title,
            "state": TicketState(ticket.state).label,
            "at": event.at,
            "text": (text or event.text)[:WORDS],
        },
        page=PAGE.format(id=ticket.id),
        dedupe_key=f"ticket:{event.id}",
    )
