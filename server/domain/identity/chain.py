"""The trail's chain: rows are linked in batches by one sealer at a time, and walked again to see that none was touched.

The head moves by compare-and-set, so two sealers cannot both link to the same row: one of them finds the head gone.
Whoever edits, deletes, reorders or cuts off rows breaks the keyed seal of a row, the chain, or the sealed head; who
also puts an old head back is found out by an anchor, a number and hash noted elsewhere (each batch logs one).
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server.core import clock
from server.core.db import hit, session
from server.core.errors import NotFound
from server.domain.identity.actor import Actor
from server.domain.identity.audit import canonical, is_sealed, record, seal_of
from server.domain.identity.models.audit import START, AuditCheck, AuditEntry, AuditHead, AuditResult, CheckState
from server.domain.identity.permissions import Permission

log = logging.getLogger(__name__)
HEAD = 1
BATCH = 1000


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place of the chain: the number of a row, and its hash."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Fault:
    """The first place where the chain does not hold. ``entry_id`` is None where the row itself is missing."""

    seq: int
    reason: str
    entry_id: uuid.UUID | None = None


def seal_audit(limit: int = BATCH) -> int:
    """Link up to ``limit`` entries that are not in the chain yet; how many were linked.

    Zero also when another sealer was faster: its rows are linked all the same. Call it in a writing unit.
    """
    head = audit_head()
    waiting = sa.select(AuditEntry).where(AuditEntry.seq.is_(None)).order_by(AuditEntry.id).limit(limit)
    rows = session().scalars(waiting.execution_options(populate_existing=True)).all()
    if not rows:
        return 0
    links, end = _links(head, rows)
    if not _move_head(head, end):
        return 0
    session().execute(sa.update(AuditEntry), links)
    log.info("audit chain sealed", extra={"audit_seq": end.seq, "audit_hash": end.hash})
    return len(rows)


def anything_to_seal() -> bool:
    """Whether an entry waits for its link: a plain read, so that an idle sealer never takes the write lock."""
    return session().scalar(sa.select(AuditEntry.id).where(AuditEntry.seq.is_(None)).limit(1)) is not None


def audit_head() -> Anchor:
    """The end of the chain as it is kept."""
    row = session().execute(sa.select(AuditHead.seq, AuditHead.hash).where(AuditHead.id == HEAD)).one_or_none()
    return Anchor(0, START) if row is None else Anchor(row.seq, row.hash)


def verify_audit(anchor: Anchor | None = None) -> Fault | None:
    """Walk the whole chain; the first fault, or None if it is sound. ``anchor`` is a place noted at an earlier time."""
    step = Step(Anchor(0, START))
    while not step.done:
        step = _step(step.place, anchor)
    return step.fault


def begin_check(actor: Actor) -> AuditCheck:
    """Start a walk that is kept between its batches. Needs audit.view. What waits is linked first."""
    actor.need(Permission.AUDIT_VIEW)
    while seal_audit():
        pass
    check = AuditCheck(officer_id=actor.id, total=audit_head().seq)
    session().add(check)
    session().flush()
    record(actor, "audit.check_started", subject=("audit_check", check.id), summary="开始校验审计链")
    return check


def continue_check(actor: Actor, check_id: uuid.UUID) -> AuditCheck:
    """Walk one batch further; a check that has ended stays as it is. Needs audit.view."""
    check = find_check(actor, check_id)
    if check.state is not CheckState.RUNNING:
        return check
    step = _step(Anchor(check.seq, check.hash))
    check.seq, check.hash = step.place.seq, step.place.hash
    check.total = max(check.total, check.seq)
    if step.done:
        _finish(actor, check, step.fault)
    return check


def find_check(actor: Actor, check_id: uuid.UUID) -> AuditCheck:
    """One check, as the database has it now."""
    actor.need(Permission.AUDIT_VIEW)
    check = session().get(AuditCheck, check_id, populate_existing=True)
    if check is None:
        raise NotFound
    return check


def checks_matching(actor: Actor) -> sa.Select[tuple[AuditCheck]]:
    """The checks that were made, newest first."""
    actor.need(Permission.AUDIT_VIEW)
    return sa.select(AuditCheck).order_by(AuditCheck.started_at.desc(), AuditCheck.id.desc())


def _finish(actor: Actor, check: AuditCheck, fault: Fault | None) -> None:
    check.finished_at = clock.now()
    check.state = CheckState.BROKEN if fault else CheckState.SOUND
    summary = f"审计链完好，共 {check.seq} 条"
    if fault:
        check.bad_seq, check.bad_id, check.reason = fault.seq, fault.entry_id, fault.reason
        summary = f"审计链在第 {fault.seq} 条发现异常：{fault.reason}"
        log.critical("audit chain broken", extra={"audit_seq": fault.seq, "reason": fault.reason})
    result = AuditResult.FAILED if fault else AuditResult.OK
    record(actor, "audit.checked", subject=("audit_check", check.id), summary=summary, result=result)


@dataclass(frozen=True, slots=True)
class Step:
    """How far a walk came with one batch."""

    place: Anchor
    fault: Fault | None = None
    done: bool = False


def _step(place: Anchor, noted: Anchor | None = None) -> Step:
    """One batch further. The head is read before the rows: it may move on meanwhile, but never behind them."""
    head = session().execute(sa.select(AuditHead.seq, AuditHead.hash, AuditHead.seal)).one_or_none()
    kept = Anchor(0, START) if head is None else Anchor(head.seq, head.hash)
    if head is not None and not is_sealed(_content_of_head(kept), head.seal):
        return Step(place, Fault(kept.seq, "链头印记无效"), done=True)
    rows = _rows_after(place.seq)
    anchors = {kept.seq: kept.hash} | ({noted.seq: noted.hash} if noted else {})
    for row in rows:
        fault = _fault_in(place, row, anchors)
        if fault:
            return Step(place, fault, done=True)
        place = Anchor(place.seq + 1, row.hash or "")
    if len(rows) == BATCH:
        return Step(place)
    return Step(place, _fault_at_end(place, anchors), done=True)


def _fault_in(place: Anchor, row: AuditEntry, anchors: dict[int, str]) -> Fault | None:
    """What is wrong with the row that follows a place."""
    number = place.seq + 1
    if row.seq != number:
        return Fault(number, "记录缺失")
    if not is_sealed(canonical(row), row.seal):
        return Fault(number, "内容被改动", row.id)
    if row.previous != place.hash or row.hash != _hash(place.hash, number, row):
        return Fault(number, "顺序或链接被改动", row.id)
    if anchors.get(number, row.hash) != row.hash:
        return Fault(number, "与留存的锚点不符", row.id)
    return None


def _fault_at_end(place: Anchor, anchors: dict[int, str]) -> Fault | None:
    """What the anchors and the head know about rows that are no longer there, or should not be."""
    if max(anchors) > place.seq:
        return Fault(place.seq + 1, "末尾记录缺失")
    if anchors.get(place.seq, place.hash) != place.hash or audit_head().seq < place.seq:
        return Fault(place.seq, "链尾与链头记录不符")
    return None


def _links(head: Anchor, rows: Sequence[AuditEntry]) -> tuple[list[dict[str, object]], Anchor]:
    links: list[dict[str, object]] = []
    end = head
    for row in rows:
        number = end.seq + 1
        own = _hash(end.hash, number, row)
        links.append({"id": row.id, "seq": number, "previous": end.hash, "hash": own})
        end = Anchor(number, own)
    return links, end


def _move_head(old: Anchor, new: Anchor) -> bool:
    if old.seq:
        moved = sa.update(AuditHead).where(AuditHead.seq == old.seq, AuditHead.hash == old.hash)
        return hit(moved.values(seq=new.seq, hash=new.hash, seal=_seal_of_head(new), moved_at=clock.now())) == 1
    try:
        with session().begin_nested():
            session().add(AuditHead(id=HEAD, seq=new.seq, hash=new.hash, seal=_seal_of_head(new), moved_at=clock.now()))
    except IntegrityError:
        return False
    return True


def _rows_after(seq: int) -> Sequence[AuditEntry]:
    query = sa.select(AuditEntry).where(AuditEntry.seq > seq).order_by(AuditEntry.seq).limit(BATCH)
    return session().scalars(query.execution_options(populate_existing=True)).all()


def _hash(previous: str, number: int, row: AuditEntry) -> str:
    return sha256(f"{previous}\n{number}\n{row.seal}\n".encode() + canonical(row)).hexdigest()


def _content_of_head(place: Anchor) -> bytes:
    return f"head:{place.seq}:{place.hash}".encode()


def _seal_of_head(place: Anchor) -> str:
    return seal_of(_content_of_head(place))
