"""The component driver's side of a step: what is to be asked of WeChat, and what became of it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from server.core.db import session
from server.core.errors import NotFound
from server.domain.identity import Actor, Permission
from server.domain.releases import access, log, steps
from server.domain.releases.log import Line
from server.domain.releases.models import Release, ReleaseEvent
from server.domain.releases.vocabulary import EventKind, Step

ERROR = 500


class CallNotFound(NotFound):
    """No such call was asked for."""

    code = "release_call_not_found"
    message = "没有这次调用。"


@dataclass(frozen=True, slots=True)
class Call:
    """A call that WeChat should get: for which release, which step, with what. ``open``: nobody answered it yet."""

    id: uuid.UUID
    release: Release
    step: Step
    data: dict[str, Any]
    open: bool


def call_of(call_id: uuid.UUID) -> Call:
    """What an asked step wants; CallNotFound. For the job that calls: it asks nobody's permission."""
    event = session().get(ReleaseEvent, call_id)
    if event is None or event.kind is not EventKind.ASKED or event.step is None:
        raise CallNotFound
    release = session().get_one(Release, event.release_id)
    return Call(event.id, release, event.step, event.data, release.call_id == event.id)


def note_outcome(
    actor: Actor,
    call_id: uuid.UUID,
    *,
    error: str = "",
    code: int | None = None,
    at: datetime | None = None,
    **found: Any,
) -> Release:
    """Write down what became of a call, once: done (``found`` joins the step's data), or failed with WeChat's words.

    A failed call leaves the state; the step may be taken again. Needs release.operate for the release's contract.
    """
    ledger = access.hold()
    call = call_of(call_id)
    release = call.release
    session().refresh(release, with_for_update=True)
    actor.need(Permission.RELEASE_OPERATE, release.contract_id)
    if release.call_id != call_id:
        return release
    release.call_id = None
    told = {"call": str(call_id), **found}
    if error:
        data = {**told, "code": code}
        summary = f"{call.step.label}未办成：{error}"
        line = Line(kind=EventKind.FAILED, step=call.step, summary=summary, text=error[:ERROR], data=data, at=at)
        log.write(actor, release, ledger, line)
        return release
    steps.finish(actor, release, ledger, call.step, {**call.data, **told}, at)
    return release
