"""An officer's inbox of alerts: read, opened, all read."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, request

from server.admin.access import current_actor, needs
from server.admin.agenda_words import ALERT_TONES, ICONS, link_of
from server.admin.listing import Column, Listing
from server.admin.pages import page, redirect_to, toast
from server.admin.paging import paged
from server.core import clock
from server.domain import agenda, deliverables
from server.domain.agenda import AlertState
from server.domain.identity import Permission

blueprint = Blueprint("agenda_alerts", __name__, url_prefix="/admin/agenda/alerts")

COLUMNS = (Column("title", "提醒", optional=False),)
VIEWS = ("unread", "standing", "all")


@blueprint.get("/")
@needs(Permission.AGENDA_VIEW)
def index() -> Response:
    """What stands, the unread first to be seen; what is settled on request."""
    actor = current_actor()
    view = request.args.get("view", "unread")
    view = view if view in VIEWS else "unread"
    listing = Listing("alerts", COLUMNS, request.args, default_sort="title")
    found = paged(agenda.alerts_matching(actor, unread_only=view == "unread", standing_only=view != "all"), listing)
    seen = deliverables.contracts_seen(actor, permission=Permission.AGENDA_VIEW)
    return page(
        "agenda/alerts.html",
        "agenda/_alerts.html",
        listing=listing,
        found=found,
        view=view,
        unread=agenda.unread_count(actor),
        tones=ALERT_TONES,
        icons=ICONS,
        link_of=link_of,
        numbers={each.id: each.number for each in seen},
        today=clock.today(),
        AlertState=AlertState,
    )


@blueprint.post("/<uuid:alert_id>/open")
@needs(Permission.AGENDA_VIEW)
def open_alert(alert_id: uuid.UUID) -> Response:
    """Mark an alert as read and lead to what it is about."""
    actor = current_actor()
    agenda.read(actor, [alert_id])
    alert = agenda.find_alert(actor, alert_id)
    answer = redirect_to("agenda_alerts.index")
    place = link_of(alert)
    if place:
        answer.headers["HX-Redirect" if "HX-Redirect" in answer.headers else "Location"] = place
    return answer


@blueprint.post("/<uuid:alert_id>/read")
@needs(Permission.AGENDA_VIEW)
def read(alert_id: uuid.UUID) -> Response:
    """Mark one as read; of somebody else's alert nothing is said."""
    if not agenda.read(current_actor(), [alert_id]):
        agenda.find_alert(current_actor(), alert_id)
    return redirect_to("agenda_alerts.index", **request.args.to_dict())


@blueprint.post("/<uuid:alert_id>/unread")
@needs(Permission.AGENDA_VIEW)
def unread(alert_id: uuid.UUID) -> Response:
    """Keep one for later."""
    agenda.find_alert(current_actor(), alert_id)
    agenda.unread(current_actor(), alert_id)
    return redirect_to("agenda_alerts.index", **request.args.to_dict())


@blueprint.post("/read")
@needs(Permission.AGENDA_VIEW)
def read_all() -> Response:
    """Mark everything as read that the officer sees now."""
    count = agenda.read(current_actor())
    toast(f"已将 {count} 条提醒标为已读" if count else "没有未读的提醒", "success" if count else "info")
    return redirect_to("agenda_alerts.index", view="standing")
