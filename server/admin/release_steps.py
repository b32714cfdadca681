"""Taking a step of a release: one address for each, the same way for all.

A form names the ``seq`` that its page showed; whoever comes second sees what happened meanwhile, with all that was typed.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import Blueprint, Response, request

from server.admin.access import current_actor, needs
from server.admin.forms import Form
from server.admin.pages import redirect_to, toast
from server.admin.release_actions import ACTIONS, Action, choices_of, data_of
from server.admin.release_page import Try, show_release
from server.core import db
from server.core.errors import Conflict, Invalid
from server.domain import releases
from server.domain.identity import Actor
from server.domain.releases import TABLE, EventKind, Release, ReleaseChanged

blueprint = Blueprint("release_steps", __name__, url_prefix="/admin/releases/<uuid:release_id>")

# Larger than any; what a database still takes for an integer.
NEVER = 2**31 - 1


def _view_of(action: Action) -> Callable[..., Response]:
    def view(release_id: uuid.UUID) -> Response:
        return _attempt(action, release_id)

    view.__name__, view.__doc__ = action.name, f"{action.label}."
    return needs(TABLE[action.step].permission, step_up=action.step_up)(view)


for _action in ACTIONS.values():
    blueprint.add_url_rule(f"/{_action.name}", _action.name, _view_of(_action), methods=["POST"])


def _attempt(action: Action, release_id: uuid.UUID) -> Response:
    actor = current_actor()
    with db.reading():
        choices = choices_of(action, releases.find(actor, release_id))
    form = Form.submitted(action.schema(), request.form, choices=choices, prefix=action.name)
    if not form.valid:
        return _again(actor, release_id, Try(action, form), 422)
    data = data_of(form.values)
    at = data.pop("at", None)
    seen = min(max(request.form.get("seen", 0, type=int), 0), NEVER)
    try:
        with db.unit():
            release = releases.take(actor, release_id, action.step, seen=seen, at=at, **data)
    except ReleaseChanged as changed:
        if _done_before(actor, release_id, action, seen):
            return _done(action, release_id)
        return _again(actor, release_id, Try(action, form, changed.text), 409)
    except Invalid as refused:
        form.refuse(refused.fields, refused.text)
        return _again(actor, release_id, Try(action, form), 422)
    except Conflict as refused:
        return _again(actor, release_id, Try(action, form, refused.text), 409)
    return _done(action, release_id, release)


def _done(action: Action, release_id: uuid.UUID, release: Release | None = None) -> Response:
    asked = release is not None and release.call_id is not None
    toast("已请求微信，结果返回后自动更新" if asked else action.done)
    return redirect_to("release.show", release_id=release_id)


def _again(actor: Actor, release_id: uuid.UUID, tried: Try, status: int) -> Response:
    with db.reading():
        return show_release(actor, releases.find(actor, release_id), tried=tried, status=status)


def _done_before(actor: Actor, release_id: uuid.UUID, action: Action, seen: int) -> bool:
    """Whether what came next after the page was made is this very step by the same person: a form sent twice."""
    with db.reading():
        log = releases.events_of(releases.find(actor, release_id))
    event = next((each for each in log if each.seq == seen + 1), None)
    same = event is not None and event.actor_id == actor.id and event.step is action.step
    return same and event is not None and event.kind in (EventKind.DONE, EventKind.ASKED)
