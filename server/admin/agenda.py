"""The agenda's pages: a month, and what a week asks for."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, request

from server.admin.access import current_actor, needs
from server.admin.agenda_month import asked, by_day, fill, month_of
from server.admin.agenda_words import ICONS, TONES, link_of, when
from server.admin.pages import page
from server.core import clock
from server.core.errors import NotFound
from server.core.ids import parse_id
from server.domain import agenda, calendar, deliverables
from server.domain.agenda import Entry, EntryKind, Urgency
from server.domain.calendar import CycleKind
from server.domain.identity import Actor, Permission

blueprint = Blueprint("agenda", __name__, url_prefix="/admin/agenda")

LONG_AGO = date(2000, 1, 1)


@blueprint.get("/")
@needs(Permission.AGENDA_VIEW)
def index() -> Response:
    """A month, with what cannot be dated said above it."""
    actor = current_actor()
    month = month_of(asked(request.args.get("month", ""), clock.today()), calendar.load())
    first, last = month.grid
    found = agenda.survey(actor, first=first, last=last, **_filters())
    fill(month, found.entries)
    return page(
        "agenda/index.html",
        "agenda/_month.html",
        month=month,
        undated_entries=found.undated,
        cut=found.cut,
        **_shared(actor),
    )


@blueprint.get("/week")
@needs(Permission.AGENDA_VIEW)
def week() -> Response:
    """What a week asks for, after what was due before it and is still open."""
    actor = current_actor()
    today = clock.today()
    cycle = calendar.cycle_of(CycleKind.WEEK, _day(request.args.get("day", ""), today))
    found = agenda.survey(actor, first=LONG_AGO, last=cycle.ends_on, **_filters())
    before = [each for each in found.entries if _sure(each) < cycle.starts_on and each.urgency is Urgency.LATE]
    inside = [each for each in found.entries if _sure(each) >= cycle.starts_on]
    return page(
        "agenda/week.html",
        "agenda/_week.html",
        cycle=cycle,
        before=before,
        days=by_day(inside),
        counts={each: sum(entry.urgency is each for entry in [*before, *inside]) for each in Urgency},
        previous=cycle.starts_on - timedelta(days=7),
        following=cycle.starts_on + timedelta(days=7),
        marks=_marks(cycle.starts_on),
        undated_entries=found.undated,
        cut=found.cut,
        **_shared(actor),
    )


def _filters() -> dict[str, Any]:
    contract = request.args.get("contract", "")
    kind = request.args.get("kind", "")
    return {
        "contract_id": parse_id(contract) if contract else None,
        "kinds": [EntryKind(kind)] if kind in set(EntryKind) else None,
    }


def _shared(actor: Actor) -> dict[str, Any]:
    seen = deliverables.contracts_seen(actor, permission=Permission.AGENDA_VIEW)
    return {
        "today": clock.today(),
        "icons": ICONS,
        "tones": TONES,
        "link_of": link_of,
        "when": when,
        "Urgency": Urgency,
        "contract_choices": [(str(each.id), each.number) for each in seen],
        "numbers": {each.id: each.number for each in seen},
        "kind_choices": [(kind.value, kind.label) for kind in EntryKind if actor.may(kind.permission)],
    }


def _day(text: str, today: date) -> date:
    try:
        return date.fromisoformat(text) if text else today
    except ValueError:
        raise NotFound from None


def _sure(entry: Entry) -> date:
    assert entry.due_on is not None  # noqa: S101 - entries between two days have one
    return entry.due_on


def _marks(monday: date) -> dict[date, str]:
    """休 and 班 of a week's days."""
    rows = month_of(monday.replace(day=1), calendar.load()).weeks
    return {box.on: box.mark for row in rows for box in row}
