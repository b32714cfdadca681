"""The append-only log of a release: one line for everything that happened to it, and one line in the audit trail."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.ids import new_id
from server.domain import identity
from server.domain.identity import Actor
from server.domain.releases.models import NAME, Ledger, Release, ReleaseEvent
from server.domain.releases.states import after, fold
from server.domain.releases.vocabulary import EventKind, State, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What is to be written. ``at`` None means now; ``data`` is plain JSON; ``summary`` one Chinese sentence."""

    kind: EventKind
    summary: str
    step: Step | None = None
    text: str = ""
    data: Mapping[str, Any] | None = None
    at: datetime | None = None
    changes: Mapping[str, Any] | None = None


def write(actor: Actor, release: Release, ledger: Ledger, line: Line) -> ReleaseEvent:
    """Write one line. A done step moves the state as the table says; ``seq`` moves by one.

    The ledger's row is held by the caller.
    """
    now = clock.now()
    before = release.state
    if line.kind is EventKind.DONE and line.step is not None and line.step is not Step.REGISTER:
        release.state = after(before, line.step)
    release.seq += 1
    release.updated_at = now
    ledger.steps += 1
    event = ReleaseEvent(
        id=new_id(),
        release_id=release.id,
        seq=release.seq,
        kind=line.kind,
        step=line.step,
        state=release.state,
        at=line.at or now,
        recorded_at=now,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name[:NAME],
        organisation=actor.organisation_name[:100],
        by_vendor=actor.is_vendor,
        text=line.text,
        data=dict(line.data or {}),
    )
    session().add(event)
    session().flush()
    moved = {"state": [before.value, release.state.value]} if release.state is not before else {}
    verb = line.step.value if line.kind is EventKind.DONE and line.step else line.kind.value
    identity.record(
        actor,
        f"release.{verb}",
        subject=("release", release.id),
        summary=f"{release.version} {line.summary}",
        changes={**moved, **(line.changes or {})},
        result="failed" if line.kind is EventKind.FAILED else "ok",
    )
    return event


def events_of(release: Release) -> list[ReleaseEvent]:
    """The whole log of a release that was found visible, oldest first."""
    query = sa.select(ReleaseEvent).where(ReleaseEvent.release_id == release.id).order_by(ReleaseEvent.seq)
    return list(session().scalars(query))


def events_by_release(release_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[ReleaseEvent]]:
    """The logs of some releases, oldest first, in one query: for a board."""
    found: dict[uuid.UUID, list[ReleaseEvent]] = {key: [] for key in release_ids}
    query = sa.select(ReleaseEvent).where(ReleaseEvent.release_id.in_(list(release_ids))).order_by(ReleaseEvent.seq)
    for event in session().scalars(query):
        found[event.release_id].append(event)
    return found


def state_of(events: Sequence[ReleaseEvent]) -> State | None:
    """The state that a log comes to."""
    return fold(event.step for event in events if event.kind is EventKind.DONE and event.step is not None)


def last_done_at(release: Release) -> datetime:
    """When the release's last step happened: a later one cannot have happened before it."""
    query = sa.select(sa.func.max(ReleaseEvent.at)).where(
        ReleaseEvent.release_id == release.id, ReleaseEvent.kind == EventKind.DONE
    )
    return session().scalars(query).one()


def worked_on(actor: Actor, release: Release) -> bool:
    """Whether the actor took an earlier step of the release."""
    query = sa.select(ReleaseEvent.id).where(
        ReleaseEvent.release_id == release.id,
        ReleaseEvent.actor_id == actor.id,
        ReleaseEvent.step.in_([Step.REGISTER, Step.UPLOAD, Step.SUBMIT_AUDIT, Step.PASS_AUDIT]),
    )
    return actor.id is not None and session().scalars(query.limit(1)).first() is not None
