"""What stands on the page of one release: its way, whose turn it is, what can be done now, and who really runs it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response

from server.admin.forms import Form
from server.admin.navigation import url_if
from server.admin.pages import page
from server.admin.release_actions import ACTIONS, FIRST, Action, form_of, label_of, shown_fields
from server.admin.release_charts import curve
from server.admin.release_words import TONES, by_machine, mark_of, place_of, said_of, turn_of, way_of
from server.core.db import session
from server.domain import contracts, releases, tickets
from server.domain.flags import Environment
from server.domain.identity import Actor, Permission
from server.domain.releases import CheckState, FlagRole, Offer, Release, ReleaseKey
from server.domain.tickets import Ticket

RUN_DAYS = 30
MOST_ODD = 5
# miniprogram-ci calls the packages so.
WHOLE, MAIN = "__FULL__", "__APP__"
TONE_OF = {
    CheckState.OK: ("circle-check", "green"),
    CheckState.WAITING: ("circle-dashed", "gray"),
    CheckState.WARNING: ("alert-triangle", "amber"),
    CheckState.FAILED: ("circle-x", "red"),
}
POINTS = (("push", "推送时"), ("gray", "灰度时"), ("full", "全量时"))


@dataclass(frozen=True, slots=True)
class Try:
    """A step that could not be taken: its form as it was filled in, and what stood in the way."""

    action: Action
    form: Form
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A step that this actor may take, with its form."""

    action: Action
    label: str
    form: Form
    fields: Sequence[str]
    offer: Offer | None
    open: bool = False


def show_release(actor: Actor, release: Release, *, tried: Try | None = None, status: int = 200) -> Response:
    """The page of a release that the actor may see."""
    return page("releases/show.html", status=status, **context_of(actor, release, tried))


def context_of(actor: Actor, release: Release, tried: Try | None = None) -> dict[str, Any]:
    """Everything that the page's template shows."""
    events = releases.events_of(release)
    offers = releases.offers(actor, release)
    seen = releases.adoption(actor, Environment.RELEASE, days=RUN_DAYS)
    linked = releases.tickets_of([release.id])[release.id]
    turn = turn_of(release)
    return {
        "release": release,
        "tones": TONES,
        "turn": turn,
        "way": way_of(release, events),
        "events": events,
        "said_of": said_of,
        "mark_of": mark_of,
        "place_of": place_of,
        "sizes": sorted(release.sizes.items(), key=lambda size: (size[0] != WHOLE, size[0] != MAIN, size[0])),
        "checks": releases.checklist(release),
        "tone_of": TONE_OF,
        "findings": releases.findings(release),
        "plan": releases.gray_plan(),
        "by_machine": by_machine(release),
        "seen": seen,
        "share": seen.share(release.version),
        "chart": curve(seen, release.version),
        "run_days": RUN_DAYS,
        "builds": [build for build in releases.builds_seen(actor, days=RUN_DAYS) if _of(build, release)],
        "odd": [odd for odd in releases.unknown_builds(actor, days=RUN_DAYS) if odd.version == release.version][
            :MOST_ODD
        ],
        "linked": linked,
        "visible_tickets": _tickets(actor, [row.ticket_id for row in linked]),
        "flags": releases.flags_of([release.id])[release.id],
        "roles": list(FlagRole),
        "revisions": _revisions(release),
        "map": releases.map_of(release.id),
        "key": session().get(ReleaseKey, release.key_id),
        "contract": _contract(actor, release),
        "tried": tried,
        "waiting": [offer for offer in offers if not offer.allowed],
        "actions": ACTIONS,
        **_choices(release, offers, tried),
    }


def _choices(release: Release, offers: Sequence[Offer], tried: Try | None) -> dict[str, Any]:
    allowed = {offer.step: offer for offer in offers if offer.allowed and offer.step in ACTIONS}
    found = {step: _choice(ACTIONS[step], release, offer) for step, offer in allowed.items()}
    if tried is not None:
        form, action = tried.form, tried.action
        fields = shown_fields(action, form, release)
        found[action.step] = Choice(
            action, label_of(action, release), form, fields, allowed.get(action.step), open=True
        )
    first = [found[step] for step in FIRST.get(release.state, ()) if step in allowed]
    return {
        "choices": list(found.values()),
        "first": first,
        "more": [choice for step, choice in found.items() if choice not in first and step in allowed],
    }


def _choice(action: Action, release: Release, offer: Offer) -> Choice:
    form = form_of(action, release)
    return Choice(action, label_of(action, release), form, shown_fields(action, form, release), offer)


def _of(build: releases.BuildSeen, release: Release) -> bool:
    return build.version == release.version or release.version in build.claims


def _tickets(actor: Actor, ids: Sequence[Any]) -> dict[Any, Ticket]:
    """The tickets of those that the actor may open."""
    if not ids or not actor.may(Permission.TICKET_VIEW):
        return {}
    return {each.id: each for each in session().scalars(tickets.matching(actor).where(Ticket.id.in_(ids)))}


def _contract(actor: Actor, release: Release) -> contracts.Contract | None:
    if not actor.may(Permission.CONTRACT_VIEW, release.contract_id):
        return None
    wanted = contracts.matching(actor).where(contracts.Contract.id == release.contract_id)
    return session().scalars(wanted).one_or_none()


def _revisions(release: Release) -> list[tuple[str, int, str]]:
    """The flag revision of the released version at each point of its life, with the page that shows it."""
    found = []
    for point, label in POINTS:
        number = release.flag_revisions.get(point, {}).get(Environment.RELEASE.value)
        if number:
            url = url_if("flag_revisions.show", environment=Environment.RELEASE.value, number=number)
            found.append((label, number, url))
    return found
