"""Everything computed again: file, seal, content, chain, signatures, audit trail. What does not fit is named, in Chinese."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import sqlalchemy as sa

from server.core import clock
from server.core import signatures as ed25519
from server.core.db import session
from server.domain import documents, identity
from server.domain.documents import Document, DocumentFile, DocumentState, Format
from server.domain.identity import Actor, AuditEntry
from server.domain.signing import access, chain, comparing, papers
from server.domain.signing.comparing import Finding
from server.domain.signing.models import Scan, Signature, SigningCase, SigningEntry
from server.domain.signing.vocabulary import Act, Mode, ScanState
from server.gateways.storage import FileGone

SIGNING_STATES = frozenset({DocumentState.SIGNING, DocumentState.SIGNED})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification came to. ``checked`` names what was looked at."""

    findings: tuple[Finding, ...]
    checked: tuple[str, ...]

    @property
    def intact(self) -> bool:
        """Whether everything fits."""
        return not self.findings

    @property
    def codes(self) -> set[str]:
        """The findings' codes."""
        return {each.code for each in self.findings}


def verify(actor: Actor, document_id: uuid.UUID) -> Verdict:
    """Recompute a document that the actor may see. Only reads; files are read whole, so keep it out of lists."""
    document = documents.find(actor, document_id)
    session().refresh(document)
    files = documents.files_of(document)
    entries = chain.entries_of(document.id)
    standing = _signatures(document.id)
    found: list[Finding] = [*_content(document), *comparing.record(document)]
    checked = ["冻结内容与哈希", "登记信息"]
    for form in (Format.PDF, Format.SIGNED_PDF):
        if form in files:
            found += _file(document, files[form])
            checked.append(f"{form.label} 文件、哈希与封印")
    pdf = files.get(Format.PDF)
    if pdf is None and entries:
        found.append(Finding("file_missing", "文书 PDF 的登记不存在。"))
    found += _chain(document, entries)
    found += _audit(document, entries)
    found += _order(entries)
    found += _standing(document, pdf, entries, standing)
    found += _state(document, entries, standing)
    found += _evidence(document, standing)
    checked += ["签署证据链", "审计日志", "签署人与签署单位", "扫描件与手写签名"]
    return Verdict(tuple(dict.fromkeys(found)), tuple(checked))


def _signatures(document_id: uuid.UUID) -> list[Signature]:
    query = sa.select(Signature).where(Signature.document_id == document_id, Signature.slot.is_not(None))
    return list(session().scalars(query.execution_options(populate_existing=True)))


def _content(document: Document) -> list[Finding]:
    if documents.content_sha256(document.content) == document.content_sha256:
        return []
    return [Finding("content_changed", "数据库中的文书内容与出具时的哈希不一致，内容被改动过。")]


def _file(document: Document, file: DocumentFile) -> list[Finding]:
    what = "已签署副本" if file.format is Format.SIGNED_PDF else "文书 PDF"
    try:
        raw = documents.raw(file)
    except FileGone:
        return [Finding("file_missing", f"{what}文件不存在。")]
    found: list[Finding] = []
    if hashlib.sha256(raw).hexdigest() != file.sha256 or len(raw) != file.size:
        found.append(Finding("file_changed", f"{what}的内容与登记的哈希不一致，文件被改动过。"))
    checked = documents.unsealed(raw, trusted=documents.trusted_keys())
    if not checked.intact:
        found.append(Finding("seal_broken", f"{what}的服务端封印不成立：{'；'.join(checked.findings)}"))
        return found
    if comparing.sealed_otherwise(document, checked):
        told = checked.facts.get("number", "")
        found.append(Finding("file_swapped", f"{what}是另一份文书（{told}）的文件，或登记信息被改动过。"))
    return found


def _chain(document: Document, entries: Sequence[SigningEntry]) -> list[Finding]:
    keys = {ed25519.fingerprint(public): public for public in documents.trusted_keys()}
    found: list[Finding] = []
    before = ""
    for number, entry in enumerate(entries, 1):
        if entry.seq != number or entry.before != before:
            found.append(Finding("chain_broken", f"签署证据第 {number} 条与前一条不衔接，有记录被删除、插入或调换。"))
        if chain.hash_of(entry) != entry.hash:
            found.append(Finding("entry_changed", f"签署证据第 {entry.seq} 条（{entry.act.label}）被改动过。"))
        elif not chain.is_sealed(entry, keys):
            found.append(
                Finding("entry_unsealed", f"签署证据第 {entry.seq} 条（{entry.act.label}）的服务端封印不成立。")
            )
        before = entry.hash
    case = session().get(SigningCase, document.id, populate_existing=True)
    seq, head = (case.seq, case.head) if case else (0, "")
    if (seq, head) != (len(entries), before):
        found.append(Finding("chain_cut", "签署证据链的末端与登记不一致，有记录被删除或追加。"))
    return [*found, *comparing.case(document, case, entries)]


def _audit(document: Document, entries: Sequence[SigningEntry]) -> list[Finding]:
    """Every link has its line in the trail and every line its link."""
    query = sa.select(AuditEntry).where(
        AuditEntry.subject_kind == chain.SUBJECT,
        AuditEntry.subject_id == str(document.id),
        AuditEntry.action.startswith(f"{chain.NOUN}."),
    )
    lines = list(session().scalars(query.execution_options(populate_existing=True)))
    found: list[Finding] = []
    if not all(identity.is_intact(line) for line in lines):
        found.append(Finding("audit_changed", "审计日志中有关这份文书的记录被改动过。"))
    told = sorted(str(line.changes.get("entry", ["", ""])[1]) for line in lines)
    if told != sorted(entry.hash for entry in entries):
        found.append(Finding("audit_differs", "签署证据与审计日志对不上，有一方被改动过。"))
    return found


def _order(entries: Sequence[SigningEntry]) -> list[Finding]:
    done = next((entry for entry in entries if entry.act is Act.COMPLETED), None)
    late = [entry for entry in entries if done is not None and entry.seq > done.seq]
    if not late:
        return []
    return [Finding("after_lock", f"签署完成锁定后又出现 {len(late)} 条签署记录。")]


def _standing(
    document: Document, pdf: DocumentFile | None, entries: Sequence[SigningEntry], standing: Sequence[Signature]
) -> list[Finding]:
    by_id = {entry.id: entry for entry in entries}
    found: list[Finding] = []
    for each in standing:
        entry = by_id.get(each.entry_id)
        if entry is None:
            found.append(Finding("signature_reused", f"{each.side.label}的签署没有对应的证据，可能取自另一份文书。"))
        elif not _agrees(each, entry, entries):
            found.append(Finding("signature_changed", f"{each.side.label}的签署记录与证据不一致，记录被改动过。"))
        if pdf is not None and each.file_sha256 != pdf.sha256:
            found.append(Finding("signature_other_file", f"{each.side.label}所签的文件不是这份文书现在的文件。"))
    for one, other in combinations(standing, 2):
        if one.organisation_id == other.organisation_id:
            found.append(Finding("same_organisation", f"双方签署出自同一单位（{one.organisation}）。"))
        if one.side is other.side:
            found.append(Finding("same_side", f"{one.side.label}有不止一个签署。"))
        same = one.officer_id is not None and one.officer_id == other.officer_id
        if same or (one.mode is Mode.WET and one.name == other.name):
            found.append(Finding("same_person", f"双方签署出自同一人（{one.name}）。"))
    if standing and not {each.side for each in standing} <= set(access.sides_of(document)):
        found.append(Finding("wrong_side", "有一方的签署不是这种文书所需要的。"))
    return found


def _agrees(signature: Signature, entry: SigningEntry, entries: Sequence[SigningEntry]) -> bool:
    at_all = (entry.act, entry.document_id, entry.contract_id, None)
    if at_all != (Act.SIGNED, signature.document_id, signature.contract_id, signature.ended_at):
        return False
    if signature.mode is Mode.WET and not comparing.wet_agrees(signature, entry, entries):
        return False
    same = (
        (signature.side, signature.mode, signature.file_sha256) == (entry.side, entry.mode, entry.file_sha256),
        signature.mode is Mode.WET
        or (signature.officer_id, signature.name, signature.organisation_id, signature.organisation)
        == (entry.actor_id, entry.actor_name, entry.organisation_id, entry.organisation),
        signature.mode is Mode.WET
        or (signature.signed_at, signature.signed_on, signature.address)
        == (entry.at, clock.local_day(entry.at), entry.address),
        signature.mode is Mode.WET or signature.drawing_sha256 == entry.data.get("drawing", ""),
    )
    return all(same)


def _state(document: Document, entries: Sequence[SigningEntry], standing: Sequence[Signature]) -> list[Finding]:
    """Whether the rows say what the chain does when it is walked from its beginning."""
    signed: set[str] = set()
    for entry in entries:
        if entry.act is Act.SIGNED:
            signed.add(str(entry.id))
        elif entry.act is Act.WITHDRAWN:
            signed.discard(str(entry.data.get("entry")))
        elif entry.act is Act.DECLINED:
            signed.clear()
    found: list[Finding] = []
    if signed != {str(each.entry_id) for each in standing}:
        found.append(Finding("signatures_differ", "现有签署与证据链推算的结果不一致，有签署被增加或删除。"))
    done = any(entry.act is Act.COMPLETED for entry in entries)
    complete = set(access.sides_of(document)) <= {each.side for each in standing}
    locked = document.state is DocumentState.SIGNED
    if locked and not (done and complete):
        found.append(Finding("not_signed", "文书标为已签署，但签署证据不完整。"))
    if done and document.state not in (DocumentState.SIGNED, DocumentState.REPLACED):
        found.append(Finding("lock_lost", "文书已签署完成，但状态被改回未锁定。"))
    return found


def _evidence(document: Document, standing: Sequence[Signature]) -> list[Finding]:
    """Drawn signatures and the scan that counts, against their hashes."""
    query = sa.select(Scan).where(Scan.document_id == document.id, Scan.slot.is_not(None))
    scan = session().scalars(query.execution_options(populate_existing=True)).one_or_none()
    kept = [
        (each.drawing_key, each.drawing_sha256, f"{each.side.label}手写签名图片")
        for each in standing
        if each.drawing_key
    ]
    if scan is not None:
        kept.append((scan.stored_key, scan.sha256, "签署扫描件"))
    found: list[Finding] = [] if scan is None else [*comparing.scan(document, scan, chain.entries_of(document.id))]
    for key, digest, what in kept:
        try:
            good = hashlib.sha256(papers.raw_of(key)).hexdigest() == digest
        except FileGone:
            good = False
        if not good:
            found.append(Finding("evidence_changed", f"{what}不存在或被改动过。"))
    if any(each.mode is Mode.WET for each in standing):
        entries = [
            entry for entry in chain.entries_of(document.id) if entry.act is Act.SIGNED and entry.mode is Mode.WET
        ]
        named = {str(entry.data.get("scan")) for entry in entries}
        if scan is None or scan.state is not ScanState.CONFIRMED or scan.sha256 not in named:
            found.append(Finding("scan_differs", "手写签署对应的扫描件与证据不一致。"))
    return found
