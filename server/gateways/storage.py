"""Files of the house: written once under random names outside everything that a web server serves.

A file is whole or absent: bytes go to a temporary name, are forced to the disk, and are then linked to a name that must
be free. Deleting belongs to the sweep that runs after the rows are gone, never to a unit that may roll back.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from server.core.errors import Invalid, NotFound, Unavailable

CHUNK = 64 * 1024
_SHA256 = re.compile(r"[0-9a-f]{64}")
_KEY = re.compile(r"[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{32}\.[a-z]{2,5}")


class StorageFull(Unavailable):
    """The disk took no more."""

    code = "storage_full"
    message = "服务器存储空间不足，请稍后再试。"


class FileGone(NotFound):
    """The row is there and its file is not."""

    code = "file_gone"
    message = "文件不存在或已被清理。"


@dataclass(frozen=True, slots=True)
class Storage:
    """Files below one folder, by key (``ab/cd/<32 hex>.png``)."""

    root: Path

    def put(self, data: bytes, suffix: str) -> str:
        """Keep the bytes; answers their new key. On the disk for good when this returns."""
        name = secrets.token_hex(16)
        key = f"{name[:2]}/{name[2:4]}/{name}{suffix}"
        target = self._path(key)
        waiting = target.with_name(f".{name}.part")
        try:
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
            _write(waiting, [data])
            # a hard link fails where the name is taken; a rename would overwrite
            os.link(waiting, target)
            _force(target.parent)
        except OSError as error:
            raise StorageFull from error
        finally:
            with suppress(OSError):
                waiting.unlink(missing_ok=True)
        return key

    def open(self, key: str) -> BinaryIO:
        """The file for reading; the caller closes it. FileGone if it is not there."""
        try:
            return self._path(key).open("rb")
        except FileNotFoundError:
            raise FileGone from None

    def stream(self, key: str) -> Iterator[bytes]:
        """The file in pieces of 64 KB. That it is there is known before an answer begins; it is opened with the first
        piece, so that an answer which nobody reads leaves no file open."""
        self.size(key)

        def pieces() -> Iterator[bytes]:
            with self.open(key) as file:
                while piece := file.read(CHUNK):
                    yield piece

        return pieces()

    def size(self, key: str) -> int:
        """Bytes in the file."""
        try:
            return self._path(key).stat().st_size
        except FileNotFoundError:
            raise FileGone from None

    def delete(self, key: str) -> None:
        """Remove the file; a file that is already gone is no fault."""
        self._path(key).unlink(missing_ok=True)

    def older_than(self, moment: datetime) -> Iterator[str]:
        """Keys of files written before a moment, for the sweep. Half-written files of a crash are removed on the way."""
        for path in self.root.glob("*/*/*"):
            with suppress(FileNotFoundError):
                if datetime.fromtimestamp(path.stat().st_mtime, UTC) >= moment:
                    continue
                key = path.relative_to(self.root).as_posix()
                if _KEY.fullmatch(key):
                    yield key
                elif path.name.endswith(".part"):
                    path.unlink()

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise FileGone
        return self.root / key


class NotThatContent(Invalid):
    """What came is not what was announced: another length, or another hash."""

    code = "content_mismatch"
    message = "收到的内容与声明的大小或 SHA-256 不符。"


@dataclass(frozen=True, slots=True)
class Contents:
    """Large files under the SHA-256 of what is in them: what comes twice lies here once."""

    root: Path

    def take(self, pieces: Iterable[bytes], *, sha256: str, size: int) -> None:
        """Keep what comes in pieces, counted and hashed on its way to the disk; NotThatContent unless it is as announced.

        Never more than ``size`` bytes and one piece are taken, and nothing is left of what was refused.
        """
        target = self._path(sha256)
        waiting = target.with_name(f".{secrets.token_hex(16)}.part")
        try:
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
            _write(waiting, _measured(pieces, sha256, size))
            # whoever was quicker brought the same bytes
            waiting.replace(target)
            _force(target.parent)
        except OSError as error:
            raise StorageFull from error
        finally:
            with suppress(OSError):
                waiting.unlink(missing_ok=True)

    def has(self, sha256: str) -> bool:
        """Whether the content is there."""
        return self._path(sha256).exists()

    def stream(self, sha256: str) -> Iterator[bytes]:
        """The content in pieces of 64 KB; FileGone at once if it is not there."""
        if not self.has(sha256):
            raise FileGone

        def pieces() -> Iterator[bytes]:
            with self._path(sha256).open("rb") as file:
                while piece := file.read(CHUNK):
                    yield piece

        return pieces()

    def delete(self, sha256: str) -> None:
        """Remove the content; one that is already gone is no fault."""
        self._path(sha256).unlink(missing_ok=True)

    def older_than(self, moment: datetime) -> Iterator[str]:
        """Hashes of content that came before a moment, for the sweep; what a crash left half-written is removed."""
        for path in self.root.glob("*/*/*"):
            with suppress(FileNotFoundError):
                if datetime.fromtimestamp(path.stat().st_mtime, UTC) >= moment:
                    continue
                if _SHA256.fullmatch(path.name):
                    yield path.name
                elif path.name.endswith(".part"):
                    path.unlink()

    def _path(self, sha256: str) -> Path:
        if not _SHA256.fullmatch(sha256):
            raise FileGone
        return self.root / sha256[:2] / sha256[2:4] / sha256


def _measured(pieces: Iterable[bytes], sha256: str, size: int) -> Iterator[bytes]:
    seen, left = hashlib.sha256(), size
    for piece in pieces:
        left -= len(piece)
        if left < 0:
            raise NotThatContent
        seen.update(piece)
        yield piece
    if left or seen.hexdigest() != sha256:
        raise NotThatContent


def _write(path: Path, pieces: Iterable[bytes]) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
    with os.fdopen(handle, "wb") as file:
        for piece in pieces:
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())


def _force(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


_installed: list[Storage] = []


def install(root: Path) -> None:
    """Make a folder the process's file store; called once where the application is put together."""
    root.mkdir(parents=True, exist_ok=True, mode=0o750)
    _installed[:] = [Storage(root)]


def store() -> Storage:
    """The process's file store."""
    return _installed[0]


def contents() -> Contents:
    """The process's store of large content; it lies inside the file store, so that a copy of that holds it as well."""
    return Contents(_installed[0].root / "by-content")


def contents_of(name: str) -> Contents:
    """The same for one room alone, in that room's folder."""
    return Contents(_installed[0].root / "rooms" / name / "by-content")


def of_room(name: str) -> Storage:
    """A room's own folder inside the file store: what one room sweeps is never another's."""
    return Storage(_installed[0].root / "rooms" / name)
