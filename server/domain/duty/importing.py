"""The exchange's list of calls, read in whole: a bad line is named with its number, and then nothing at all is written."""

from __future__ import annotations

import csv
import io
import re
import uuid
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Invalid
from server.core.secrecy import SecretMarked, refuse_marked
from server.domain import identity
from server.domain.duty import access, calls, phones
from server.domain.duty.calls import Ring
from server.domain.duty.models import NAME, Call
from server.domain.duty.vocabulary import CallSource
from server.domain.identity import Actor, Permission

HEADINGS = {
    "流水号": "external_id",
    "主叫号码": "number",
    "来电时间": "started_at",
    "接听时间": "answered_at",
    "结束时间": "ended_at",
    "主叫人": "caller",
    "接听人": "answered_by",
    "备注": "note",
}
NEEDED = ("流水号", "主叫号码", "来电时间", "接听时间")
MOST_LINES = 5000
MOST_BYTES = 4 * 1024 * 1024
MOST_FAULTS = 50
EXTERNAL = 64
# What Excel's own files begin with: the newer is a ZIP, the older an OLE container.
EXCEL = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
# ="138…" is how a table program is kept from shortening a number; a stroke or a tab before it does the same.
_KEPT = re.compile(r'\A(?:="(.*)"|[\'\t](.*))\Z', re.DOTALL)
FORMS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M")


@dataclass(frozen=True, slots=True)
class BadLine:
    """What is wrong with a line of the file; lines are counted as an editor does, from 1."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, or why it did nothing. ``known`` lines were there already."""

    new: int = 0
    known: int = 0
    missed: int = 0
    bad: list[BadLine] = field(default_factory=list)


class _Wrong(Exception):
    """A cell that cannot be read; its text says why."""


def import_calls(actor: Actor, *, contract_id: uuid.UUID, raw: bytes) -> Imported:
    """Take a list of calls (CSV, UTF-8 or GB18030, headings as in ``HEADINGS``) into a contract's log.

    The exchange's own mark makes it idempotent: a line that is there already is passed over, one that is there with other
    content is a bad line. With any bad line nothing is written and ``bad`` says which. Needs call.log and ticket.open.
    """
    access.contract_of(actor, contract_id, Permission.CALL_LOG, held=True)
    rows = _rows(raw)
    if isinstance(rows, Imported):
        return rows
    rings, bad = _read(rows)
    known = _known(contract_id, [ring.external_id or "" for _, ring in rings])
    fresh: list[Ring] = []
    for line, ring in rings:
        stored = known.get(ring.external_id or "")
        if stored is None:
            fresh.append(ring)
        elif not _same(stored, ring):
            bad.append(BadLine(line, f"流水号 {ring.external_id} 已登记，但内容不同"))
    if bad:
        return Imported(bad=sorted(bad, key=lambda each: each.line)[:MOST_FAULTS])
    made = [
        calls.write(actor, contract_id, ring, source=CallSource.IMPORTED)
        for ring in sorted(fresh, key=lambda ring: ring.started_at)
    ]
    missed = sum(call.answered_at is None for call in made)
    identity.record(
        actor,
        "duty.calls_imported",
        subject=("contract", contract_id),
        summary=f"导入话单：新增 {len(made)} 条，其中未接 {missed} 条；已存在 {len(rings) - len(fresh)} 条",
    )
    return Imported(new=len(made), known=len(rings) - len(fresh), missed=missed)


def _rows(raw: bytes) -> list[tuple[int, dict[str, str]]] | Imported:
    if len(raw) > MOST_BYTES:
        raise Invalid(fields={"upload": [f"文件不能超过 {MOST_BYTES // 1024 // 1024} MB"]})
    if raw.startswith(EXCEL):
        raise Invalid(fields={"upload": ["这是 Excel 工作簿，请在 Excel 或 WPS 中另存为 CSV 后再导入"]})
    reader = csv.reader(io.StringIO(_decoded(raw), newline=""))
    try:
        headings = [each.strip() for each in next(reader, [])]
        missing = [name for name in NEEDED if name not in headings]
        if missing:
            return Imported(bad=[BadLine(1, f"缺少列：{'、'.join(missing)}")])
        rows: list[tuple[int, dict[str, str]]] = []
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(rows) == MOST_LINES:
                raise Invalid(fields={"upload": [f"一次最多 {MOST_LINES} 行"]})
            named = dict(zip(headings, map(_plain, cells), strict=False))
            rows.append((reader.line_num, {HEADINGS[key]: named[key] for key in HEADINGS if key in named}))
    except csv.Error:
        return Imported(bad=[BadLine(reader.line_num, "不是有效的 CSV 行")])
    if not rows:
        return Imported(bad=[BadLine(1, "文件里没有通话")])
    return rows


def _decoded(raw: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding).replace("\0", "")
        except UnicodeDecodeError:
            continue
    raise Invalid(fields={"upload": ["文件编码无法识别，请存为 UTF-8 或 GBK 的 CSV"]})


def _plain(cell: str) -> str:
    """A cell as it is meant; a formula is text like any other and stays what it says."""
    kept = _KEPT.match(cell.strip(" "))
    return (kept[1] or kept[2] or "").strip() if kept else cell.strip()


def _read(rows: list[tuple[int, dict[str, str]]]) -> tuple[list[tuple[int, Ring]], list[BadLine]]:
    rings: list[tuple[int, Ring]] = []
    bad: list[BadLine] = []
    first_line: dict[str, int] = {}
    for line, cells in rows:
        try:
            ring = _ring(cells)
        except _Wrong as wrong:
            bad.append(BadLine(line, str(wrong)))
            continue
        earlier = first_line.setdefault(ring.external_id or "", line)
        if earlier != line:
            bad.append(BadLine(line, f"流水号 {ring.external_id} 与第 {earlier} 行重复"))
            continue
        rings.append((line, ring))
    return rings, bad


def _ring(cells: dict[str, str]) -> Ring:
    external = cells.get("external_id", "")
    if not external or len(external) > EXTERNAL:
        raise _Wrong(f"流水号必填，且不超过 {EXTERNAL} 个字符")
    if any(len(cells.get(name, "")) > NAME for name in ("caller", "answered_by")):
        raise _Wrong(f"姓名不超过 {NAME} 个字")
    if len(cells.get("note", "")) > access.LONGEST:
        raise _Wrong(f"备注不超过 {access.LONGEST} 个字")
    try:
        for name in ("caller", "answered_by", "note"):
            refuse_marked(cells.get(name, ""))
    except SecretMarked as refused:
        raise _Wrong(refused.message) from None
    try:
        number = phones.clean(cells.get("number", ""))
    except Invalid:
        raise _Wrong("主叫号码格式不正确") from None
    started = _moment(cells.get("started_at", ""), "来电时间")
    if started is None:
        raise _Wrong("来电时间必填")
    ring = Ring(
        number=number,
        started_at=started,
        answered_at=_moment(cells.get("answered_at", ""), "接听时间"),
        ended_at=_moment(cells.get("ended_at", ""), "结束时间"),
        caller=cells.get("caller", ""),
        answered_by=cells.get("answered_by", ""),
        note=cells.get("note", ""),
        external_id=external,
    )
    labels = {name: heading for heading, name in HEADINGS.items()}
    for name, messages in calls.faults_of(ring).items():
        raise _Wrong(f"{labels[name]}{messages[0]}")
    return ring


def _moment(text: str, heading: str) -> datetime | None:
    if not text:
        return None
    for form in FORMS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=clock.LOCAL)
        except ValueError:
            continue
    raise _Wrong(f"{heading}“{text[:40]}”不是有效的时间，应如 2025-09-28 09:12:00")


def _known(contract_id: uuid.UUID, marks: list[str]) -> dict[str, Call]:
    found: dict[str, Call] = {}
    for start in range(0, len(marks), 500):
        some = marks[start : start + 500]
        query = sa.select(Call).where(Call.contract_id == contract_id, Call.external_id.in_(some))
        found |= {row.external_id or "": row for row in session().scalars(query)}
    return found


def _same(stored: Call, ring: Ring) -> bool:
    """Whether a stored call is what the line says. A number that was forgotten meanwhile is not held against it."""
    forgotten = stored.phone_index is None
    moments = (stored.started_at, stored.answered_at, stored.ended_at)
    same_number = forgotten or stored.phone_index == phones.index(ring.number)
    return same_number and moments == (ring.started_at, ring.answered_at, ring.ended_at)
