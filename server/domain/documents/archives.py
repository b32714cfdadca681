"""A month's or a contract's documents as one ZIP: files under readable names, 目录.xlsx for people, index.json for programs.

Written to the disk piece by piece, never held in memory. The bureau's own archive holds the files themselves, hashed again
on their way; everybody else gets copies of the PDFs with their name and the time across each page.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import uuid
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import IO, Any

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.domain import contracts, identity
from server.domain.documents import files
from server.domain.documents.batches import asker_of
from server.domain.documents.files import Kept
from server.domain.documents.kinds import kind_of
from server.domain.documents.models import Document, DocumentFile, DocumentRun
from server.domain.documents.runs import MOST_NOTES
from server.domain.documents.vocabulary import STANDING, Format
from server.domain.identity import Permission
from server.gateways import office
from server.gateways.office import sheets
from server.gateways.storage import CHUNK, FileGone

FORMAT = 1
INDEX, LIST = "index.json", "目录.xlsx"
PDFS = (Format.SIGNED_PDF, Format.PDF)
HEADINGS = (
    "序号",
    "种类",
    "编号",
    "名称",
    "状态",
    "版本",
    "所属日期",
    "出具时间",
    "校验码",
    "文件",
    "大小",
    "SHA-256",
    "说明",
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be packed, apart from rows. ``mark``: the words across each page; empty for the bureau's own archive."""

    run_id: uuid.UUID
    document_ids: tuple[uuid.UUID, ...]
    facts: dict[str, str | None]
    mark: str


@dataclass(frozen=True, slots=True)
class Item:
    """A document as the archive knows it."""

    number: str
    title: str
    kind: str
    state: str
    stands: bool
    version: int
    code: str
    covers_on: str
    issued_at: str
    content_sha256: str
    reason: str
    files: tuple[tuple[Format, str, str], ...]
    """Format, name and hash of each file."""


@dataclass(slots=True)
class Listed:
    """A file in the archive. ``original_sha256`` is that of the file that a copy was made from."""

    path: str
    format: str
    sha256: str
    size: int
    original_sha256: str | None = None


@dataclass(slots=True)
class Pack:
    """An archive that is being written."""

    plan: Plan
    made_at: datetime
    archive: zipfile.ZipFile
    file: IO[bytes]
    documents: list[dict[str, Any]] = field(default_factory=list)
    notes: list[dict[str, str]] = field(default_factory=list)
    made: int = 0
    failed: int = 0

    def add(self, item: Item) -> None:
        """Write a document's files. One that is gone, or is not what was kept, is named in the index instead."""
        listed, said = [], []
        for form, name, sha256 in self._wanted(item):
            folder = item.kind if item.stands else f"作废与更正/{item.kind}"
            try:
                listed.append(self._write(f"{folder}/{name}", form, sha256))
            except FileGone:
                said.append(f"{form.label} 文件缺失")
                continue
            if (listed[-1].original_sha256 or listed[-1].sha256) != sha256:
                said.append(f"{form.label} 文件与登记的哈希不符")
        if not item.files:
            said.append("文件尚未生成")
        if said:
            self.failed += 1
            self.notes.append({"subject": item.number, "text": "；".join(said)})
        else:
            self.made += 1
        told = {key: value for key, value in asdict(item).items() if key not in ("files", "stands")}
        self.documents.append(told | {"files": [asdict(each) for each in listed], "note": "；".join(said)})

    def close(self) -> Kept:
        """Write index and list, and put the whole into the store."""
        told = {"format": FORMAT, **self.plan.facts, "made_at": self.made_at.isoformat(timespec="seconds")}
        index = json.dumps(told | {"documents": self.documents}, ensure_ascii=False, indent=1)
        self._put(INDEX, [index.encode()])
        notes = [f"{self.plan.facts['title']}，{len(self.documents)} 份", f"打包时间：{self._local()}（北京时间）"]
        self._put(LIST, [sheets.as_xlsx(HEADINGS, self._rows(), notes=notes, title="目录")])
        self.archive.close()
        size = self.file.seek(0, 2)
        seen = hashlib.sha256()
        for piece in self._pieces():
            seen.update(piece)
        kept = Kept(seen.hexdigest(), size)
        files.store().take(self._pieces(), sha256=kept.sha256, size=size)
        return kept

    def _wanted(self, item: Item) -> Iterable[tuple[Format, str, str]]:
        if not self.plan.mark:
            return item.files
        given = {form: (form, name, sha256) for form, name, sha256 in item.files}
        return [next(given[form] for form in PDFS if form in given)] if set(given) & set(PDFS) else []

    def _write(self, path: str, form: Format, sha256: str) -> Listed:
        pieces = files.store().stream(sha256)
        if not self.plan.mark:
            return Listed(path, form.value, *self._put(path, pieces))
        raw = b"".join(pieces)
        path = path.removesuffix(".pdf") + "（副本）.pdf"
        put = self._put(path, [office.stamped(raw, self.plan.mark)])
        return Listed(path, form.value, *put, hashlib.sha256(raw).hexdigest())

    def _put(self, path: str, pieces: Iterable[bytes]) -> tuple[str, int]:
        moment = clock.to_local(self.made_at)
        info = zipfile.ZipInfo(path, moment.timetuple()[:6])
        info.compress_type = zipfile.ZIP_DEFLATED
        seen, size = hashlib.sha256(), 0
        with self.archive.open(info, "w") as out:
            for piece in pieces:
                seen.update(piece)
                size += len(piece)
                out.write(piece)
        return seen.hexdigest(), size

    def _pieces(self) -> Iterator[bytes]:
        self.file.seek(0)
        while piece := self.file.read(CHUNK):
            yield piece

    def _local(self) -> str:
        return f"{clock.to_local(self.made_at):%Y-%m-%d %H:%M:%S}"

    def _rows(self) -> Iterator[list[str]]:
        for count, told in enumerate(self.documents, start=1):
            head = [str(count), told["kind"], told["number"], told["title"], told["state"], str(told["version"])]
            head += [told["covers_on"], told["issued_at"], told["code"]]
            for file in told["files"] or [{"path": "", "size": "", "sha256": ""}]:
                yield [*head, file["path"], str(file["size"]), file["sha256"], told["note"] or told["reason"]]


def planned(run_id: uuid.UUID) -> Plan | None:
    """What to pack; None if it is packed, or whoever asked may no longer have it. Only reads."""
    run = session().get(DocumentRun, run_id, populate_existing=True)
    actor = asker_of(run_id) if run is not None else None
    if run is None or run.ended_at is not None or actor is None:
        return None
    if not actor.may(Permission.DOCUMENT_VIEW, run.contract_id) or (run.originals and actor.is_vendor):
        return None
    contract = contracts.find(identity.SCHEDULER, run.contract_id)
    who = "，".join(filter(None, (actor.name, actor.organisation_name)))
    return Plan(
        run_id=run.id,
        document_ids=tuple(uuid.UUID(each) for each in run.chosen),
        facts={
            "title": f"{contract.number} 文书归档",
            "contract": contract.number,
            "contract_title": contract.title,
            "from": run.from_on.isoformat() if run.from_on else None,
            "until": run.until_on.isoformat() if run.until_on else None,
            "content": "原件" if run.originals else "带水印副本",
            "made_by": who,
        },
        mark="" if run.originals else f"导出副本 {who} {clock.to_local(run.asked_at):%Y-%m-%d %H:%M}",
    )


def item_of(document_id: uuid.UUID) -> Item | None:
    """A document with its files, apart from rows. Only reads."""
    document = session().get(Document, document_id)
    if document is None:
        return None
    found = session().scalars(sa.select(DocumentFile).where(DocumentFile.document_id == document_id)).all()
    order = list(Format)
    return Item(
        number=document.number,
        title=document.title,
        kind=kind_of(document.kind).label,
        state=document.state.label,
        stands=document.state in STANDING,
        version=document.version,
        code=document.code,
        covers_on=document.covers_on.isoformat() if document.covers_on else "",
        issued_at=f"{clock.to_local(document.issued_at):%Y-%m-%d %H:%M}",
        content_sha256=document.content_sha256,
        reason=document.reason,
        files=tuple(
            (each.format, each.file_name, each.sha256)
            for each in sorted(found, key=lambda one: order.index(one.format))
        ),
    )


@contextmanager
def packing(plan: Plan) -> Iterator[Pack]:
    """An archive in a file without a name, which is gone however this ends."""
    root = files.store().root
    root.mkdir(parents=True, exist_ok=True, mode=0o750)
    with tempfile.TemporaryFile(dir=root) as file, zipfile.ZipFile(file, "w") as archive:
        yield Pack(plan, clock.now(), archive, file)


def keep_archive(run_id: uuid.UUID, kept: Kept, pack: Pack) -> None:
    """Name the archive as what came of the run."""
    run = session().get_one(DocumentRun, run_id, populate_existing=True, with_for_update=True)
    run.sha256, run.size, run.ended_at = kept.sha256, kept.size, clock.now()
    run.made, run.failed, run.notes = pack.made, pack.failed, pack.notes[:MOST_NOTES]


def refuse_run(run_id: uuid.UUID, text: str) -> None:
    """It cannot be done, and why."""
    run = session().get_one(DocumentRun, run_id, populate_existing=True, with_for_update=True)
    if run.ended_at is None:
        run.ended_at, run.notes = clock.now(), [*run.notes, {"subject": "", "text": text}]
