"""Source maps: one a release, announced by its manifest with hash and size, kept under its hash for crash symbolication."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Forbidden, Invalid, NotFound
from server.domain import identity
from server.domain.identity import Actor, Permission
from server.domain.releases import access, log
from server.domain.releases.log import Line
from server.domain.releases.models import Release, SourceMap
from server.domain.releases.policy import policy
from server.domain.releases.vocabulary import EventKind
from server.gateways.storage import NotThatContent, contents

SWEEP = 500


class MapRefused(Invalid):
    """The source map is not the one that the manifest announced. The attempt stays in the audit trail."""

    code = "source_map_refused"
    message = "源码映射与清单不符。"
    keeps = True


class MapTooLarge(MapRefused):
    """The source map is larger than this installation keeps."""

    code = "source_map_too_large"
    message = "源码映射超过允许的大小。"


class MapNotFound(NotFound):
    """The release has no source map here."""

    code = "source_map_not_found"
    message = "该版本没有源码映射。"


@dataclass(frozen=True, slots=True)
class Awaited:
    """A source map that a release waits for."""

    release_id: uuid.UUID
    sha256: str
    size: int


def awaited_map(actor: Actor, release_id: uuid.UUID, *, declared: int | None, most: int) -> Awaited:
    """What is to come, before a byte of it is read. Needs release.push for the release's contract.

    ``declared``: the length that the request announces, if it does; ``most``: what the installation keeps. MapTooLarge,
    MapRefused where nothing, or another length, was announced by the manifest.
    """
    release = access.find(actor, release_id)
    if not access.may(actor, Permission.RELEASE_PUSH, release.contract_id):
        raise Forbidden(permission=Permission.RELEASE_PUSH.value)
    if release.map_sha256 is None or release.map_size is None:
        raise MapRefused(fields={"source_map": ["清单没有声明源码映射。"]})
    if max(declared or 0, release.map_size) > most:
        raise MapTooLarge(fields={"source_map": [f"不能超过 {most // 1024 // 1024} MB。"]})
    if declared is not None and declared != release.map_size:
        raise MapRefused(fields={"source_map": [f"清单声明为 {release.map_size} 字节，收到的是 {declared} 字节。"]})
    return Awaited(release.id, release.map_sha256, release.map_size)


def receive_map(awaited: Awaited, pieces: Iterable[bytes]) -> None:
    """Put the bytes on the disk; MapRefused if they are not those. Touches no row, so it belongs before the unit."""
    try:
        contents().take(pieces, sha256=awaited.sha256, size=awaited.size)
    except NotThatContent:
        raise MapRefused(fields={"source_map": [NotThatContent.message]}) from None


def keep_source_map(actor: Actor, awaited: Awaited) -> SourceMap:
    """Note that the map has come; the same one twice is noted once."""
    release, ledger = access.find_for_update(actor, awaited.release_id)
    if not access.may(actor, Permission.RELEASE_PUSH, release.contract_id):
        raise Forbidden(permission=Permission.RELEASE_PUSH.value)
    kept = map_of(release.id)
    if kept is not None:
        return kept
    if not contents().has(awaited.sha256):
        raise MapRefused(fields={"source_map": ["文件没有收到，请重新上传。"]})
    kept = SourceMap(
        release_id=release.id,
        sha256=awaited.sha256,
        size=awaited.size,
        kept_at=clock.now(),
        kept_by_id=actor.id,
    )
    session().add(kept)
    line = Line(
        kind=EventKind.MAP_KEPT,
        summary=f"收到源码映射，{awaited.size} 字节",
        data={"sha256": awaited.sha256, "size": awaited.size},
        changes={"source_map": [None, awaited.sha256]},
    )
    log.write(actor, release, ledger, line)
    return kept


def refuse_map(actor: Actor, release_id: uuid.UUID, refusal: MapRefused) -> None:
    """Leave the trace of a map that was not taken."""
    identity.record(
        actor,
        "release.map_refused",
        subject=("release", release_id),
        summary=f"拒绝源码映射：{refusal.text}",
        changes={"code": [None, refusal.code]},
        result="refused",
    )


def map_of(release_id: uuid.UUID) -> SourceMap | None:
    """The map that came for a release; None if none did."""
    return session().scalars(sa.select(SourceMap).where(SourceMap.release_id == release_id)).one_or_none()


def source_map_of(version: str) -> Iterator[bytes]:
    """A version's source map in pieces, for symbolication; MapNotFound, FileGone. For programs: nobody's right is asked."""
    query = sa.select(SourceMap.sha256).join(Release, Release.id == SourceMap.release_id)
    found = session().scalars(query.where(Release.version == version)).one_or_none()
    if found is None:
        raise MapNotFound
    return contents().stream(found)


def sweep_maps() -> int:
    """Delete content that no release names and that is older than a day. Only reads the database: run in ``reading()``.

    Content is on the disk before its row, so what is young may still get one.
    """
    gone = 0
    before = clock.now() - timedelta(hours=policy().orphan_hours)
    batch: list[str] = []
    for digest in contents().older_than(before):
        batch.append(digest)
        if len(batch) == SWEEP:
            gone += _sweep(batch)
            batch = []
    return gone + _sweep(batch)


def _sweep(batch: list[str]) -> int:
    named = set(session().scalars(sa.select(SourceMap.sha256).where(SourceMap.sha256.in_(batch)))) if batch else set()
    for digest in set(batch) - named:
        contents().delete(digest)
    return len(set(batch) - named)
