"""Taking a step on a ticket: one address for each, the same way for all.

A form names the version of the ticket that its page showed. When others were quicker the page comes back with what
they did and with everything that was typed; a form that was sent twice is known by its words and done once.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import Blueprint, Response, request

from server.admin.access import current_actor, needs
from server.admin.forms import Form
from server.admin.pages import redirect_to, toast
from server.admin.ticket_action import Action
from server.admin.ticket_page import Try, choices_of, show_ticket
from server.admin.ticket_steps import ACTIONS, COMMENT
from server.admin.uploads import kept_ids, take
from server.core import db
from server.core.errors import Conflict, Invalid
from server.domain import tickets
from server.domain.identity import Actor
from server.domain.tickets import EventKind, TicketChanged
from server.gateways.images import PictureRefused

blueprint = Blueprint("ticket_actions", __name__, url_prefix="/admin/tickets/<uuid:ticket_id>")

# Larger than any; what a database still takes for an integer.
NO_VERSION = 2**31 - 1
# A first public word is logged as the response.
SAME = {
    EventKind.COMMENTED: frozenset({EventKind.COMMENTED, EventKind.RESPONDED}),
    EventKind.CONSENTED: frozenset({EventKind.CONSENTED, EventKind.CONSENT_REFUSED}),
    EventKind.SCOPE_CONFIRMED: frozenset({EventKind.SCOPE_CONFIRMED, EventKind.SCOPE_DECLINED}),
}


def _view_of(action: Action) -> Callable[..., Response]:
    def view(ticket_id: uuid.UUID) -> Response:
        return _attempt(action, ticket_id)

    view.__name__, view.__doc__ = action.name, f"{action.label}."
    return needs(action.permission)(view)


for _action in (COMMENT, *ACTIONS):
    blueprint.add_url_rule(f"/{_action.name}", _action.name, _view_of(_action), methods=["POST"])


def _attempt(action: Action, ticket_id: uuid.UUID) -> Response:
    actor = current_actor()
    prefix = "compose" if action is COMMENT else action.name
    with db.reading():
        choices = choices_of(actor, tickets.find(actor, ticket_id), action)
    form = Form.submitted(action.schema(), request.form, request.files, choices=choices, prefix=prefix)
    version = min(request.form.get("version", 0, type=int), NO_VERSION)
    pictures = kept_ids(request.form.getlist("upload_ids"))
    if not form.valid:
        return _again(actor, ticket_id, Try(action=action, form=form, pictures=pictures), 422)
    try:
        pictures += take(actor, form.values.get("pictures", ()))
        with db.unit():
            action.perform(actor, ticket_id, version, form.values, pictures)
    except TicketChanged as changed:
        if _done_before(actor, ticket_id, action, version, form):
            return _done(action, ticket_id)
        return _again(actor, ticket_id, Try(action=action, form=form, pictures=pictures, changed=changed), 409)
    except Invalid as refused:
        form.refuse(_named(refused), refused.text)
        return _again(actor, ticket_id, Try(action=action, form=form, pictures=pictures), 422)
    except Conflict as refused:
        return _again(actor, ticket_id, Try(action=action, form=form, pictures=pictures, refused=refused.text), 409)
    return _done(action, ticket_id)


def _done(action: Action, ticket_id: uuid.UUID) -> Response:
    toast(action.done)
    return redirect_to("ticket.show", ticket_id=ticket_id)


def _again(actor: Actor, ticket_id: uuid.UUID, tried: Try, status: int) -> Response:
    with db.reading():
        return show_ticket(actor, tickets.find(actor, ticket_id), tried=tried, status=status)


def _done_before(actor: Actor, ticket_id: uuid.UUID, action: Action, version: int, form: Form) -> bool:
    """Whether the next step after the version that was seen is this very one, by the same person."""
    with db.reading():
        log = tickets.timeline(actor, tickets.find(actor, ticket_id))
    entry = next((each for each in log if each.seq == version + 1), None)
    if entry is None or not entry.own or entry.kind not in SAME.get(action.step, {action.step}):
        return False
    return not action.said or entry.event.text == form.values[action.said].strip()


def _named(refused: Invalid) -> dict[str, list[str]]:
    """The domain's field names as the form's: a picture's fault belongs to the picture field."""
    fields = {name: list(texts) for name, texts in refused.fields.items()}
    if isinstance(refused, PictureRefused):
        return {"pictures": [refused.text]}
    if "upload_ids" in fields:
        fields["pictures"] = fields.pop("upload_ids")
    return fields
