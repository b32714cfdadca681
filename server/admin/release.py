"""The page of one release, and its comparison with another one."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, request

from server.admin.access import current_actor, needs
from server.admin.pages import page, redirect_to, wants_part
from server.admin.release_page import show_release
from server.admin.release_words import TONES
from server.core.db import session
from server.domain import releases
from server.domain.flags import Environment
from server.domain.identity import Actor, Permission
from server.domain.releases import Release, State

blueprint = Blueprint("release", __name__, url_prefix="/admin/releases")


@blueprint.get("/<uuid:release_id>")
@needs(Permission.RELEASE_VIEW)
def show(release_id: uuid.UUID) -> Response:
    """One release."""
    actor = current_actor()
    return show_release(actor, releases.find(actor, release_id))


@blueprint.get("/<uuid:release_id>/call")
@needs(Permission.RELEASE_VIEW)
def call(release_id: uuid.UUID) -> Response:
    """Whether WeChat still owes an answer; the page asks while it waits, and is shown anew when there is one."""
    release = releases.find(current_actor(), release_id)
    if release.call_id is None or not wants_part():
        return redirect_to("release.show", release_id=release.id)
    return page("releases/_call.html", "releases/_call.html", release=release)


@blueprint.get("/<uuid:release_id>/compare")
@needs(Permission.RELEASE_VIEW)
def compare(release_id: uuid.UUID) -> Response:
    """What a release changes against another one; by default against the version before it."""
    actor = current_actor()
    release = releases.find(actor, release_id)
    others = _others(actor, release)
    asked = request.args.get("with", "")
    other = next((each for each in others if each.version == asked), None) or _before(release, others)
    both = [each for each in (other, release) if each is not None]
    ids = [each.id for each in both]
    return page(
        "releases/compare.html",
        release=release,
        other=other,
        others=others,
        tones=TONES,
        sizes=_sizes(other, release) if other else [],
        flags=releases.flags_of(ids),
        linked=releases.tickets_of(ids),
        revisions={each.id: _revision(each) for each in both},
    )


def _others(actor: Actor, release: Release) -> list[Release]:
    """The other releases that the actor may see, by their versions, the newest first."""
    found = {each.version: each for each in session().scalars(releases.matching(actor)) if each.id != release.id}
    return [found[version] for version in releases.newest_first(found)]


def _before(release: Release, others: Sequence[Release]) -> Release | None:
    """The version before this one that went out, else the nearest one."""
    order = releases.newest_first([release.version, *(each.version for each in others)])
    by_version = {each.version: each for each in others}
    older = [by_version[version] for version in order[order.index(release.version) + 1 :]]
    went_out = (State.FULL, State.GRAY, State.SUPERSEDED, State.ROLLED_BACK)
    return next((each for each in older if each.state in went_out), older[0] if older else None)


def _sizes(before: Release, after: Release) -> list[dict[str, Any]]:
    """The packages of both in bytes, with the difference."""
    names = sorted(before.sizes.keys() | after.sizes.keys())
    return [
        {
            "name": name,
            "before": before.sizes.get(name),
            "after": after.sizes.get(name),
            "change": after.sizes.get(name, 0) - before.sizes.get(name, 0),
        }
        for name in names
    ]


def _revision(release: Release) -> int | None:
    """The flag revision of the released version that a release last went with."""
    kept = release.flag_revisions
    point: dict[str, int] = next((kept[name] for name in ("full", "gray", "push") if name in kept), {})
    return point.get(Environment.RELEASE.value)
