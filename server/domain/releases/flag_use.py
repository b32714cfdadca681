"""Releases and flags: which revision a release shipped with, what it brings in and takes out, and whether it is there."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa

from server.core.db import session
from server.domain import flags
from server.domain.flags import Environment
from server.domain.releases.models import Release, ReleaseFlag
from server.domain.releases.vocabulary import FlagRole, State


def revisions_now() -> dict[str, int]:
    """The number of each environment's flag set at this moment."""
    return {environment.value: number for environment, number in flags.heads().items()}


def keys_in(environment: Environment) -> frozenset[str]:
    """The flags that an environment has."""
    return frozenset(flags.content(environment).flags)


def keys_anywhere() -> frozenset[str]:
    """The flags that any environment has."""
    return frozenset[str]().union(*(keys_in(environment) for environment in Environment))


def flags_of(release_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, dict[FlagRole, list[str]]]:
    """What some releases do to flags: keys by role, sorted."""
    found: dict[uuid.UUID, dict[FlagRole, list[str]]] = {key: {role: [] for role in FlagRole} for key in release_ids}
    query = sa.select(ReleaseFlag).where(ReleaseFlag.release_id.in_(list(release_ids))).order_by(ReleaseFlag.key)
    for row in session().scalars(query):
        found[row.release_id][row.role].append(row.key)
    return found


def missing(release: Release, environment: Environment) -> list[str]:
    """Flags that the release brings in and that an environment does not have."""
    brought = flags_of([release.id])[release.id][FlagRole.INTRODUCED]
    have = keys_in(environment) if brought else frozenset()
    return [key for key in brought if key not in have]


def introduced_by(keys: Iterable[str]) -> Mapping[str, Release]:
    """The release that brought each flag in, for those that one did. For programs: it asks nobody's permission."""
    return _by_role(keys, FlagRole.INTRODUCED)


def retired_by(keys: Iterable[str]) -> Mapping[str, Release]:
    """The release whose code does not read each flag any more, for those that one retired. As above."""
    return _by_role(keys, FlagRole.RETIRED)


def _by_role(keys: Iterable[str], role: FlagRole) -> dict[str, Release]:
    query = (
        sa.select(ReleaseFlag.key, Release)
        .join(Release, Release.id == ReleaseFlag.release_id)
        .where(ReleaseFlag.key.in_(list(keys)), ReleaseFlag.role == role, Release.state != State.WITHDRAWN)
        .order_by(Release.created_at)
    )
    return {key: release for key, release in session().execute(query)}  # noqa: C416 - rows are no pairs to the type checker
