"""Releases as lists and single ones, and which of them stands where."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

import sqlalchemy as sa

from server.core.db import session
from server.domain.flags import Environment
from server.domain.identity import Actor
from server.domain.releases import access, gates
from server.domain.releases.access import ReleaseNotFound
from server.domain.releases.models import Release, ReleaseTicket
from server.domain.releases.vocabulary import State

_PLACE = {Environment.DEVELOP: "develop_id", Environment.TRIAL: "trial_id", Environment.RELEASE: "full_id"}


def matching(
    actor: Actor, *, states: Iterable[State] = (), text: str = "", contract_id: uuid.UUID | None = None
) -> sa.Select[tuple[Release]]:
    """Releases that the actor may see, newest first; ``text`` is looked for in version, git sha and changelog."""
    query = sa.select(Release).where(*access.visible(actor)).order_by(Release.created_at.desc(), Release.id.desc())
    wanted = list(states)
    if wanted:
        query = query.where(Release.state.in_(wanted))
    if contract_id is not None:
        query = query.where(Release.contract_id == contract_id)
    if text:
        fields = (Release.version, Release.git_sha, Release.changelog)
        query = query.where(sa.or_(*(field.contains(text, autoescape=True) for field in fields)))
    return query


def find_version(actor: Actor, version: str) -> Release:
    """The release of a version; ReleaseNotFound if there is none that the actor may see."""
    found = session().scalars(sa.select(Release).where(Release.version == version, *access.visible(actor))).first()
    if found is None:
        raise ReleaseNotFound
    return found


def current(environment: Environment) -> Release | None:
    """What an environment runs: the last upload, the trial version, or what is fully released. For programs."""
    return _standing(getattr(access.ledger(), _PLACE[environment]))


def current_gray() -> Release | None:
    """The release that is handed out in part."""
    return _standing(access.ledger().gray_id)


def current_audit() -> Release | None:
    """The release that WeChat looks at."""
    return _standing(access.ledger().audit_id)


def way_back(release: Release) -> list[Release]:
    """The releases that one may go back to from this one, the nearest first."""
    return gates.roll_back_targets(release, access.ledger())


def tickets_of(release_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[ReleaseTicket]]:
    """The tickets that some releases answer, by number."""
    ids = list(release_ids)
    found: dict[uuid.UUID, list[ReleaseTicket]] = {key: [] for key in ids}
    query = sa.select(ReleaseTicket).where(ReleaseTicket.release_id.in_(ids)).order_by(ReleaseTicket.number)
    for row in session().scalars(query):
        found[row.release_id].append(row)
    return found


def releases_for(ticket_id: uuid.UUID) -> list[Release]:
    """The releases that answer a ticket, oldest first. The caller has found the ticket visible."""
    query = sa.select(Release).join(ReleaseTicket, ReleaseTicket.release_id == Release.id)
    return list(session().scalars(query.where(ReleaseTicket.ticket_id == ticket_id).order_by(Release.created_at)))


def _standing(release_id: uuid.UUID | None) -> Release | None:
    return session().get(Release, release_id) if release_id else None
