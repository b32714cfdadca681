"""The agenda is nobody's own data: it asks each room for its dates, each under the permission that guards them."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from server.core import clock
from server.domain.agenda import policy as rules
from server.domain.agenda import sources
from server.domain.agenda.policy import Policy
from server.domain.agenda.vocabulary import Entry, EntryKind, Urgency, Window
from server.domain.identity import Actor, Permission


@dataclass(frozen=True, slots=True)
class Survey:
    """The duties of some days by due moment, and those without a day: none is agreed, or ``refused`` says why.

    ``cut``: there are more ticket clocks than were told, all later than these.
    """

    entries: list[Entry]
    undated: list[Entry]
    cut: bool = False


def survey(
    actor: Actor,
    *,
    first: date,
    last: date,
    contract_id: uuid.UUID | None = None,
    kinds: Collection[EntryKind] | None = None,
) -> Survey:
    """The duties that the actor may see, due between two days (both included). Needs agenda.view."""
    found = collected(actor, Window(first, last, contract_id), kinds)
    dated = [each for each in found if each.due_on is not None and first <= each.due_on <= last]
    return Survey(
        sorted(dated, key=lambda each: (each.ends_at, each.kind.value, each.object_id)),
        [each for each in found if each.due_on is None and not each.done],
        sum(each.kind is EntryKind.TICKET for each in found) >= sources.MOST_TICKETS,
    )


def entries(
    actor: Actor,
    *,
    first: date,
    last: date,
    contract_id: uuid.UUID | None = None,
    kinds: Collection[EntryKind] | None = None,
) -> list[Entry]:
    """The dated part of it."""
    return survey(actor, first=first, last=last, contract_id=contract_id, kinds=kinds).entries


def collected(actor: Actor, window: Window, kinds: Collection[EntryKind] | None = None) -> list[Entry]:
    """What the rooms tell of a window, dated or not, each under its permission and of the contract that was asked for."""
    actor.need(Permission.AGENDA_VIEW)
    held, now = rules.policy(), clock.now()
    found = []
    for given, source in sources.ALL:
        wanted = [kind for kind in given if (kinds is None or kind in kinds) and actor.may(kind.permission)]
        if wanted:
            told = [each for each in source(actor, window) if each.kind in wanted]
            found += [placed(each, held, now) for each in told if window.contract_id in (None, each.contract_id)]
    return found


def placed(entry: Entry, held: Policy, now: datetime) -> Entry:
    """The entry with its urgency at a moment."""
    if entry.done:
        urgency = Urgency.DONE
    elif entry.due_on is None:
        urgency = Urgency.AHEAD
    elif now > entry.ends_at:
        urgency = Urgency.LATE
    else:
        soon = clock.local_day(now) >= entry.due_on - timedelta(days=held.leads[entry.kind])
        urgency = Urgency.SOON if soon else Urgency.AHEAD
    return replace(entry, urgency=urgency, late=entry.late or urgency is Urgency.LATE)
