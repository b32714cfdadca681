"""Making, checking and restoring copies. All of it runs inside an application context."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from flask import current_app

import server
from server.core import clock
from server.core.db import db, reading
from server.domain import identity
from server.domain.identity import Anchor
from server.jobs.backup import dumps
from server.jobs.backup.manifest import BadCopy, Manifest, digest_of
from server.settings import Settings

FILES = "files"
ARCHIVE = "files.tar"


def make(folder: Path) -> Path:
    """A copy in a new folder below ``folder``; it appears under its name only when it is whole.

    The database goes first: a stored file is older than its row, so every row of the dump finds its file.
    """
    settings = _settings()
    moment = clock.now()
    name = f"shijian-{clock.to_local(moment):%Y%m%d-%H%M%S}"
    partial = folder / f".{name}.partial"
    partial.mkdir(parents=True, mode=0o700)
    url = db.engine.url
    with reading() as session:
        head = identity.audit_head()
        revision = MigrationContext.configure(session.connection()).get_current_revision()
    dumps.dump(url, partial / dumps.part_of(url))
    count = _pack(settings.data_dir / FILES, partial / ARCHIVE)
    parts = {part.name: digest_of(part) for part in sorted(partial.iterdir())}
    manifest = Manifest(
        made_at=moment.isoformat(timespec="seconds"),
        release=server.__version__,
        make=url.get_backend_name(),
        revision=revision,
        audit_seq=head.seq,
        audit_hash=head.hash,
        files=count,
        parts=parts,
    )
    manifest.write(partial)
    _sync(partial)
    Manifest.read(partial)
    return partial.rename(folder / name)


def verify(folder: Path) -> Manifest:
    """The manifest of a copy whose every part is as it was; BadCopy otherwise."""
    return Manifest.read(folder)


def restore(folder: Path) -> Manifest:
    """Fill this installation, which must be empty, from a copy; then walk the audit chain up to the copy's anchor."""
    manifest = Manifest.read(folder)
    url, settings = db.engine.url, _settings()
    if url.get_backend_name() != manifest.make:
        raise BadCopy(f"备份来自 {manifest.make}，当前数据库是 {url.get_backend_name()}")
    _must_be_empty(settings.data_dir / FILES)
    db.engine.dispose()
    dumps.load(url, folder / dumps.part_of(url))
    _unpack(folder / ARCHIVE, settings.data_dir / FILES)
    anchor = Anchor(manifest.audit_seq, manifest.audit_hash) if manifest.audit_seq else None
    with reading():
        fault = identity.verify_audit(anchor)
    if fault is not None:
        raise BadCopy(f"数据已恢复，但审计链在第 {fault.seq} 条发现异常：{fault.reason}")
    return manifest


def _must_be_empty(files: Path) -> None:
    """Nothing is ever restored over something."""
    with reading() as session:
        if sa.inspect(session.connection()).get_table_names():
            raise BadCopy("当前数据库不是空的；请先准备一个空数据库再恢复")
    if any(files.glob("*/*/*")):
        raise BadCopy(f"{files} 不是空的；请先移走再恢复")


def _pack(files: Path, archive: Path) -> int:
    """An archive of the stored files; one that is swept away meanwhile is passed over."""
    count = 0
    with tarfile.open(archive, "w") as tar:
        for path in sorted(files.rglob("*")):
            if not path.is_file():
                continue
            try:
                tar.add(path, path.relative_to(files).as_posix(), recursive=False)
            except FileNotFoundError:
                continue
            count += 1
    return count


def _unpack(archive: Path, files: Path) -> None:
    files.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive) as tar:
        tar.extractall(files, filter="data")


def _sync(folder: Path) -> None:
    """Force the parts to the disk before the copy gets its name."""
    for path in [*folder.iterdir(), folder]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
