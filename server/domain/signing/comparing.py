"""Rows of a signed paper against what was written down, sealed, when they came about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import NotFound
from server.domain import contracts, documents, identity
from server.domain.documents import Checked, Document
from server.domain.identity import SCHEDULER, AuditEntry
from server.domain.signing.chain import SUBJECT
from server.domain.signing.models import Scan, Signature, SigningCase, SigningEntry
from server.domain.signing.vocabulary import Act, ScanState

# What the seal tells besides the row: a label may be reworded, and signatures are compared on their own.
NOT_THE_ROWS = frozenset({"kind_label", "signatures"})


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not fit. ``code`` is stable, ``text`` a Chinese sentence."""

    code: str
    text: str


def sealed_otherwise(document: Document, checked: Checked) -> bool:
    """Whether the seal of a file tells of another paper than the row does."""
    try:
        number = contracts.find(SCHEDULER, document.contract_id).number
    except NotFound:
        return True
    told = documents.facts_of(document, contract_number=number)
    return any(checked.facts.get(name) != value for name, value in told.items() if name not in NOT_THE_ROWS)


def record(document: Document) -> Iterator[Finding]:
    """The register's row against the trail's line of the day on which it was issued."""
    query = sa.select(AuditEntry).where(
        AuditEntry.subject_kind == SUBJECT,
        AuditEntry.subject_id == str(document.id),
        AuditEntry.action == documents.ISSUED,
    )
    lines = list(session().scalars(query.execution_options(populate_existing=True)))
    told = {str(line.changes.get("record", ["", ""])[1]) for line in lines if identity.is_intact(line)}
    if told != {documents.record_sha256(document)}:
        yield Finding("record_changed", "文书的登记信息与出具时审计日志所记的不一致，登记被改动过。")


def case(document: Document, held: SigningCase | None, entries: Sequence[SigningEntry]) -> Iterator[Finding]:
    """How far the signing is, against the chain."""
    done = next((entry.at for entry in entries if entry.act is Act.COMPLETED), None)
    last = next((each for each in reversed(entries) if each.act in (Act.DECLINED, Act.DECLINE_LIFTED)), None)
    refused = last if last is not None and last.act is Act.DECLINED else None
    expected: tuple[Any, ...] = (document.contract_id, done, None, "", "")
    if refused is not None:
        expected = (document.contract_id, done, refused.side, refused.actor_name, refused.text)
    if held is not None and expected != (
        held.contract_id,
        held.completed_at,
        held.declined_side,
        held.declined_by_name,
        held.declined_reason,
    ):
        yield Finding("case_changed", "签署进度的登记与证据链不一致，登记被改动过。")


def scan(document: Document, held: Scan, entries: Sequence[SigningEntry]) -> Iterator[Finding]:
    """Who brought a scan and who confirmed it, against the chain."""
    brought, confirmed = (_last(entries, act, held) for act in (Act.SCAN_ATTACHED, Act.SCAN_CONFIRMED))
    if brought is None:
        return  # said by whoever compares the hashes
    same = [
        (held.contract_id, held.side, held.attached_at) == (document.contract_id, brought.side, brought.at),
        (held.attached_by_id, held.attached_by_name) == (brought.actor_id, brought.actor_name),
        (held.organisation_id, held.organisation) == (brought.organisation_id, brought.organisation),
        (held.code_source.value, held.signers) == (brought.data.get("code"), brought.data.get("signers")),
    ]
    if held.state is ScanState.CONFIRMED and confirmed is not None:
        judged = (held.judged_by_id, held.judged_by_name, held.judged_at)
        same.append(judged == (confirmed.actor_id, confirmed.actor_name, confirmed.at))
    if not all(same):
        yield Finding("scan_changed", "签署扫描件的登记与证据不一致，登记被改动过。")


def wet_agrees(signature: Signature, entry: SigningEntry, entries: Sequence[SigningEntry]) -> bool:
    """Whether a signature by hand stands as its link and those of its scan have it."""
    told = (signature.name, signature.signed_on.isoformat(), signature.organisation)
    by_act = {each.act: each for each in entries if each.act in (Act.SCAN_ATTACHED, Act.SCAN_CONFIRMED)}
    brought, confirmed = by_act.get(Act.SCAN_ATTACHED), by_act.get(Act.SCAN_CONFIRMED)
    if brought is None or confirmed is None:
        return False
    of = brought if brought.side is signature.side else confirmed
    return (
        told == (entry.data.get("name"), entry.data.get("on"), entry.data.get("organisation"))
        and signature.organisation_id == of.organisation_id
        and signature.signed_at == clock.start_of(signature.signed_on)
        and (signature.officer_id, signature.address, signature.drawing_sha256) == (None, "", "")
    )


def _last(entries: Sequence[SigningEntry], act: Act, held: Scan) -> SigningEntry | None:
    return next((each for each in reversed(entries) if each.act is act and each.data.get("scan") == held.sha256), None)
