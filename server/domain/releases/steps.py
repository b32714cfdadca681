"""How a step is taken: whose it is, whether it is possible now, what it changes, and what the log says of it.

With the component driver a step that WeChat must do is asked for (an event and a queued call); it is done when
``calls.note_outcome`` brings WeChat's answer.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from server.core import clock
from server.core.errors import Invalid
from server.domain.identity import Actor
from server.domain.releases import access, effects, entries, gates, log, states
from server.domain.releases.access import OwnRelease, ReleaseChanged
from server.domain.releases.effects import Doing
from server.domain.releases.log import Line
from server.domain.releases.models import Ledger, Release, ReleaseEvent
from server.domain.releases.states import TABLE, Hands
from server.domain.releases.vocabulary import Driver, EventKind, State, Step
from server.gateways import queue

CALL = "releases.call"


@dataclass(frozen=True, slots=True)
class Offer:
    """A step of this actor's: possible now, or why not yet. ``calls``: WeChat is asked, nobody clicks."""

    step: Step
    allowed: bool
    blockers: list[str]
    calls: bool
    clicks: str


def offers(actor: Actor, release: Release) -> list[Offer]:
    """The steps that are this actor's and lie here or ahead, in the table's order. ``release`` was found visible."""
    ledger = access.ledger()
    found = []
    for step, rule in TABLE.items():
        here = states.allows(release.state, step)
        if not access.takes(actor, release, rule) or not (here or states.lies_ahead(release.state, step)):
            continue
        why = gates.blockers(release, ledger, step) if here else [_not_there(release.state, step)]
        if rule.hands is Hands.BUREAU and _is_party(actor, release):
            why.insert(0, OwnRelease.message)
        calls = rule.calls and release.driver is Driver.COMPONENT
        found.append(Offer(step, not why, why, calls, "" if calls else rule.clicks))
    return found


def take(
    actor: Actor, release_id: uuid.UUID, step: Step, *, seen: int, at: datetime | None = None, **data: Any
) -> Release:
    """Take a step. ``seen``: the ``seq`` that the page showed; ``at``: when it was done at WeChat, None for now.

    ReleaseNotFound, Forbidden (OwnRelease), ReleaseChanged, WrongState, NotYet with its blockers, Invalid by field.
    """
    release, ledger = access.find_for_update(actor, release_id)
    rule = TABLE[step]
    access.need(actor, release, rule)
    if rule.hands is Hands.BUREAU and _is_party(actor, release):
        raise OwnRelease
    if seen != release.seq:
        raise ReleaseChanged(seq=release.seq, state=release.state.label)
    states.after(release.state, step)
    gates.check(release, ledger, step)
    given = entries.read(step, data)
    happened = _moment(release, at)
    effects.weigh(release, ledger, step, given)
    if rule.calls and release.driver is Driver.COMPONENT:
        _ask(actor, release, ledger, step, given)
    else:
        finish(actor, release, ledger, step, given, happened)
    return release


def finish(
    actor: Actor, release: Release, ledger: Ledger, step: Step, data: Mapping[str, Any], at: datetime | None
) -> ReleaseEvent:
    """Write a step as done, with all that it changes."""
    doing = Doing(actor=actor, release=release, ledger=ledger, step=step, data=dict(data), at=at, summary=step.label)
    effects.apply(doing)
    text = data.get("reason") or data.get("note") or ""
    line = Line(
        kind=EventKind.DONE,
        step=step,
        summary=doing.summary + ("（补录）" if at else ""),
        text=text,
        data=doing.data,
        at=at,
        changes=doing.changes,
    )
    event = log.write(actor, release, ledger, line)
    doing.then()
    return event


def _ask(actor: Actor, release: Release, ledger: Ledger, step: Step, data: Mapping[str, Any]) -> None:
    text = data.get("reason") or data.get("note") or ""
    line = Line(kind=EventKind.ASKED, step=step, summary=f"请求微信{step.label}", text=text, data=data)
    event = log.write(actor, release, ledger, line)
    release.call_id = event.id
    queue.put(CALL, {"call": str(event.id)}, dedupe_key=f"release-call:{event.id}")


def _moment(release: Release, at: datetime | None) -> datetime | None:
    """A moment that a person enters afterwards: not before the release's last step, not in the future."""
    if at is not None and not log.last_done_at(release) <= at <= clock.now():
        raise Invalid(fields={"at": ["时间不能早于上一步，也不能晚于当前时间。"]})
    return at


def _is_party(actor: Actor, release: Release) -> bool:
    return access.is_own(actor, release) or log.worked_on(actor, release)


def _not_there(state: State, step: Step) -> str:
    wanted = "、".join(source.label for source in State if source in TABLE[step].sources)
    return f"版本当前为“{state.label}”，到“{wanted}”时才能{step.label}。"
