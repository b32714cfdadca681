"""What a copy says about itself: when, from which release, the end of the audit chain, and every part's digest."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from server.core.errors import Conflict

NAME = "manifest.json"
CHUNK = 1 << 20


class BadCopy(Conflict):
    """A copy that is not whole, or not ours."""

    code = "bad_backup"
    message = "备份不完整或已被改动，不能使用。"


@dataclass(frozen=True, slots=True)
class Manifest:
    """``parts`` maps a file's name to its SHA-256; ``files`` counts the stored files."""

    made_at: str
    release: str
    make: str
    revision: str | None
    audit_seq: int
    audit_hash: str
    files: int
    parts: dict[str, str]

    def write(self, folder: Path) -> None:
        """Put it beside the parts."""
        text = json.dumps(asdict(self), ensure_ascii=False, indent=2, sort_keys=True)
        (folder / NAME).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """The manifest of a copy, after every part was found as it says."""
        try:
            manifest = cls(**json.loads((folder / NAME).read_text(encoding="utf-8")))
            wrong = [name for name, digest in manifest.parts.items() if digest_of(folder / name) != digest]
        except (OSError, TypeError, ValueError) as error:
            raise BadCopy(f"备份不可读：{error}") from error
        if wrong:
            raise BadCopy(f"备份已损坏：{'、'.join(wrong)}")
        return manifest


def digest_of(path: Path) -> str:
    """A file's SHA-256 in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
