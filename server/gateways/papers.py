"""Papers that officers attach (evidence, consents, signed forms): a few kinds only, kept as they came, never shown inline.

Each room has its own folder below the file store, so that one room's sweep does not touch another's files. Faces serve a
paper as a download with its stored type; pictures are encoded anew, because they may be looked at.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath

from server.core.errors import Invalid
from server.gateways import classified, images
from server.gateways.storage import Storage, of_room

MAX_BYTES = 20 * 1024 * 1024
NAME = 120
_OFFICE = {
    "word/document.xml": (".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "xl/workbook.xml": (".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


class PaperRefused(Invalid):
    """Not a kind of file that we keep, or too large."""

    code = "paper_refused"
    message = "只接收 PDF、Word（docx）、Excel（xlsx）和图片文件。"


@dataclass(frozen=True, slots=True)
class Paper:
    """A kept file: ``name`` as people called it, ``key`` its place in the room's folder, the rest as measured."""

    name: str
    mime: str
    size: int
    sha256: str
    key: str


def keep(room: str, *, name: str, raw: bytes, max_bytes: int = MAX_BYTES) -> Paper:
    """Keep a file for a room; PaperRefused unless it is one of the kinds that we take, by content and not by name.

    ClassifiedUpload for one that bears the mark of a state secret.
    """
    if not raw:
        raise PaperRefused("文件是空的，请重新选择。", fields={"upload": ["文件是空的，请重新选择。"]})
    if len(raw) > max_bytes:
        told = f"文件不能超过 {max_bytes // 1024 // 1024} MB。"
        raise PaperRefused(told, fields={"upload": [told]})
    classified.refuse(name=name, raw=raw)
    data, suffix, mime = _known(raw, max_bytes)
    key = of_room(room).put(data, suffix)
    return Paper(_called(name, suffix), mime, len(data), hashlib.sha256(data).hexdigest(), key)


def stream(room: str, key: str) -> Iterator[bytes]:
    """The file in pieces; FileGone at once if it is not there. The caller has checked who asks."""
    return of_room(room).stream(key)


def folder(room: str) -> Storage:
    """The room's own folder, for its sweep."""
    return of_room(room)


def _known(raw: bytes, max_bytes: int) -> tuple[bytes, str, str]:
    if raw.startswith(b"%PDF-"):
        return raw, ".pdf", "application/pdf"
    if raw.startswith(b"PK\x03\x04"):
        return raw, *_office_kind(raw)
    try:
        picture = images.clean(raw, max_bytes=max_bytes, max_pixels=images.MOST_PIXELS)
    except images.NotAPicture:
        raise PaperRefused(fields={"upload": [PaperRefused.message]}) from None
    return picture.data, picture.suffix, picture.mime


def _office_kind(raw: bytes) -> tuple[str, str]:
    """Which of the office formats a zip is; one with macros is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            names = set(archive.namelist())
    except zipfile.BadZipFile:
        names = set()
    if not any(each.endswith("vbaProject.bin") for each in names):
        for member, kind in _OFFICE.items():
            if member in names:
                return kind
    raise PaperRefused(fields={"upload": [PaperRefused.message]})


def _called(name: str, suffix: str) -> str:
    """The name without folders and control characters, with the suffix that is true."""
    stem = PurePath(name.replace("\\", "/")).stem
    clean = "".join(each for each in stem if each.isprintable() and each not in '/:*?"<>|').strip(" .") or "附件"
    return f"{clean[: NAME - len(suffix)]}{suffix}"
