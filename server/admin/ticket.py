"""The page of one ticket, its print, its pictures, its reporter's telephone number, and the review of its content."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, request

from server.admin.access import current_actor, needs
from server.admin.forms import Form
from server.admin.pages import page, redirect_to, toast
from server.admin.ticket_forms import UnmaskSchema
from server.admin.ticket_page import context_of, show_ticket
from server.core.errors import Invalid
from server.domain import identity, tickets
from server.domain.identity import Permission
from server.domain.tickets import Contact, Media

blueprint = Blueprint("ticket", __name__, url_prefix="/admin/tickets")

# A picture is shown, never run: whatever a browser takes it for, nothing in it may act.
SANDBOX = "default-src 'none'; sandbox"
AN_HOUR = 3600


@blueprint.get("/<uuid:ticket_id>")
@needs(Permission.TICKET_VIEW)
def show(ticket_id: uuid.UUID) -> Response:
    """One ticket."""
    actor = current_actor()
    return show_ticket(actor, tickets.find(actor, ticket_id))


@blueprint.get("/<uuid:ticket_id>/print")
@needs(Permission.TICKET_VIEW)
def on_paper(ticket_id: uuid.UUID) -> Response:
    """The same on A4, with places to sign."""
    actor = current_actor()
    return page("tickets/print.html", **context_of(actor, tickets.find(actor, ticket_id)))


@blueprint.post("/<uuid:ticket_id>/unmask")
@needs(Permission.PII_UNMASK, step_up=True)
def unmask(ticket_id: uuid.UUID) -> Response:
    """The telephone number in full, once, for a reason that goes into the trail."""
    actor = current_actor()
    form = Form.submitted(UnmaskSchema(), request.form)
    if not form.valid:
        raise Invalid("请说明查看原因（至少 2 个字）。")
    ticket = tickets.find(actor, ticket_id)
    reason = form.values["reason"]
    if ticket.contact_name or ticket.contact_sealed:
        contact = tickets.unmask_contact(actor, ticket_id, reason=reason)
    elif ticket.reporter_id is not None:
        number = identity.unmask_phone(actor, ticket.reporter_id, reason=f"{ticket.number} {reason}")
        contact = Contact(identity.find_citizen(actor, ticket.reporter_id).name, number or "", whole=True)
    else:
        raise Invalid("该工单没有联系方式。")
    return show_ticket(actor, ticket, unmasked=contact)


@blueprint.post("/<uuid:ticket_id>/checks/<uuid:check_id>")
@needs(Permission.CONTENT_REVIEW)
def review(ticket_id: uuid.UUID, check_id: uuid.UUID) -> Response:
    """A person's word on a text or picture about which the machine was not sure."""
    actor = current_actor()
    ticket = tickets.find(actor, ticket_id)
    passed = request.form.get("verdict") == "pass"
    check = tickets.review(actor, check_id, passed=passed, reason=request.form.get("reason", "")[:200])
    toast(f"{check.subject_kind.label}已复核：{check.state.label}")
    return redirect_to("ticket.show", ticket_id=ticket.id)


@blueprint.get("/pictures/<uuid:attachment_id>")
@needs(Permission.TICKET_VIEW)
def picture(attachment_id: uuid.UUID) -> Response:
    """A picture in full."""
    return _sent(tickets.read(current_actor(), attachment_id))


@blueprint.get("/pictures/<uuid:attachment_id>/small")
@needs(Permission.TICKET_VIEW)
def thumbnail(attachment_id: uuid.UUID) -> Response:
    """A picture, small."""
    return _sent(tickets.read(current_actor(), attachment_id, thumb=True))


def _sent(media: Media) -> Response:
    answer = Response(media.pieces, mimetype=media.mime)
    answer.content_length = media.size
    answer.headers["Content-Security-Policy"] = SANDBOX
    answer.headers["Content-Disposition"] = f'inline; filename="{media.attachment.id}"'
    answer.headers["Cache-Control"] = f"private, max-age={AN_HOUR}"
    return answer
