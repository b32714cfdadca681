"""Every way in which somebody with the database or the disk could change what was signed is found and named."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, timedelta
from enum import Enum
from typing import Any

import pytest
import sqlalchemy as sa

from server.core import clock
from server.core.db import EnumText
from server.core.db import session as unit
from server.core.errors import NotFound
from server.core.ids import new_id
from server.domain import documents, signing
from server.domain.documents import Document, DocumentFile, DocumentState, Format, Kept, Side
from server.domain.identity import AuditEntry
from server.domain.signing import Scan, Signature, SigningCase, SigningEntry, chain
from server.gateways import papers as kept_papers
from tests.factories import signing as papers
from tests.factories.signing import Desk


@pytest.fixture
def desk(session: Any) -> Desk:
    return papers.desk()


def codes(at: Desk, document: Document) -> set[str]:
    unit().flush()
    unit().expire_all()
    return signing.verify(at.shen, document.id).codes


def change(model: Any, document: Document, *where: Any, **values: Any) -> None:
    key = model.id if model is Document else model.document_id
    statement = sa.update(model).where(key == document.id, *where).values(**values)
    unit().execute(statement.execution_options(synchronize_session=False))


def path_of(document: Document, form: Format = Format.PDF) -> Any:
    return documents.store()._path(documents.files_of(document)[form].sha256)


def restored(at: Desk, document: Document, undo: Callable[[], None]) -> None:
    undo()
    assert codes(at, document) == set()


def test_a_flipped_byte_in_the_stored_file(desk: Desk) -> None:
    document = papers.both(desk)
    assert codes(desk, document) == set()
    path = path_of(document)
    whole = path.read_bytes()
    for place in (20, len(whole) // 2, len(whole) - 3):
        bent = bytearray(whole)
        bent[place] ^= 1
        path.write_bytes(bytes(bent))
        assert {"file_changed", "seal_broken"} <= codes(desk, document)
    path.write_bytes(whole)
    assert codes(desk, document) == set()
    path.rename(path.with_name("elsewhere"))
    assert "file_missing" in codes(desk, document)


def test_a_swapped_file(desk: Desk) -> None:
    document, other = papers.both(desk), papers.issued(desk)
    theirs = documents.files_of(other)[Format.PDF]
    change(DocumentFile, document, sha256=theirs.sha256)
    assert {"file_swapped", "signature_other_file"} <= codes(desk, document)


def test_a_file_without_our_seal(desk: Desk) -> None:
    document = papers.both(desk)
    documents.attach(document, Format.PDF, documents.keep(papers.blank_pdf()))
    assert {"seal_broken", "signature_other_file"} <= codes(desk, document)


@pytest.mark.parametrize(
    ("model", "values", "expected"),
    [
        (Document, {"content": {"head": [], "blocks": {"words": "少付一万元"}}}, "content_changed"),
        (Document, {"number": "CS-1-2026-9999"}, "file_swapped"),
        (Document, {"version": 3}, "file_swapped"),
        (Document, {"state": DocumentState.ISSUED}, "lock_lost"),
        (SigningEntry, {"actor_name": "别人"}, "entry_changed"),
        (SigningEntry, {"intent": "我不同意"}, "entry_changed"),
        (SigningEntry, {"at": clock.start_of(clock.today())}, "entry_changed"),
        (SigningEntry, {"seal": "AAAA"}, "entry_unsealed"),
        (Signature, {"name": "别人"}, "signature_changed"),
        (Signature, {"drawing_sha256": "0" * 64}, "signature_changed"),
        (SigningCase, {"head": "0" * 64}, "chain_cut"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_changed_row(desk: Desk, model: Any, values: dict[str, Any], expected: str) -> None:
    document = papers.both(desk)
    change(model, document, **values)
    assert expected in codes(desk, document)


# How the row is found again, how a file is called and when it was made: nothing that was agreed, and some of it moves on.
NO_EVIDENCE = {
    *("documents.slot", "documents.reason", "documents.problem", "documents.settled_at"),
    *("document_files.file_name", "document_files.made_at"),
    *("signing_cases.declined_at", "signing_scans.claim", "signing_scans.file_name", "signing_scans.mime"),
    *("signing_scans.size", "signing_scans.reason", "signing_signatures.drawing_key"),
    *("signing_scans.slot", "signing_signatures.person", "signing_signatures.slot"),
}


def otherwise(column: sa.Column[Any], value: Any) -> Any:
    """Another value that the column takes."""
    if isinstance(value, Enum):
        return next(each for each in type(value) if each is not value)
    if isinstance(value, date):
        return value + timedelta(days=3)
    if isinstance(value, int):
        return value + 1
    if isinstance(value, dict | list):
        return type(value)() if value else [["别处", "/admin/"]]
    if isinstance(value, str):
        return f"甲{value[1:]}" if value else "甲"
    if value is None and isinstance(column.type, EnumText):
        return next(iter(Side))
    if value is None and column.name.endswith("_at"):
        return clock.now()
    return "甲" if isinstance(column.type, sa.String) else uuid.uuid4()


@pytest.mark.parametrize("mode", ["wet", "in_app"])
def test_every_column_of_what_was_signed_is_evidence(desk: Desk, mode: str) -> None:
    document = papers.issued(desk)
    if mode == "wet":
        papers.scanned(desk.zheng, document)
        signing.confirm_scan(desk.lin, document.id)
    else:
        papers.both(desk, document)
    assert codes(desk, document) == set()
    missed, tried = set(), 0
    for model in (Document, DocumentFile, Signature, SigningEntry, SigningCase, Scan):
        own = model.id if model is Document else model.document_id
        for column in model.__table__.columns:
            name = f"{model.__tablename__}.{column.name}"
            first = sa.select(model.__table__.primary_key.columns[0], column).where(own == document.id).limit(1)
            found = unit().execute(first).first()
            if found is None or column.primary_key or name in NO_EVIDENCE:
                continue
            tried += 1
            row = model.__table__.primary_key.columns[0] == found[0]
            point = unit().begin_nested()
            try:
                changed = sa.update(model).where(row).values({column.name: otherwise(column, found[1])})
                unit().execute(changed.execution_options(synchronize_session=False))
                missed |= set() if codes(desk, document) else {name}
            except (sa.exc.IntegrityError, NotFound):
                pass  # the database refuses the value, or nobody finds the paper any more
            finally:
                point.rollback()
    assert missed == set()
    assert tried > 60


def test_a_changed_row_with_its_hash_made_anew_lacks_the_seal_and_the_trail(desk: Desk) -> None:
    document = papers.both(desk)
    entry = signing.entries_of(document.id)[-1]
    entry.text = "补充条款"
    entry.hash = chain.hash_of(entry)
    change(SigningCase, document, head=entry.hash)
    assert {"entry_unsealed", "audit_differs"} <= codes(desk, document)


def test_a_deleted_link(desk: Desk) -> None:
    document = papers.issued(desk)
    papers.signed(desk.zheng, document)
    signing.withdraw(desk.zheng, document.id, reason="核对")
    gone = signing.entries_of(document.id)[-1]
    unit().delete(gone)
    assert {"chain_cut", "audit_differs", "signatures_differ"} <= codes(desk, document)


def test_a_signature_taken_from_another_document(desk: Desk) -> None:
    document, other = papers.issued(desk), papers.both(desk)
    stolen = signing.standing_of(other.id)[Side.VENDOR]
    copy = {
        column.name: getattr(stolen, column.name)
        for column in Signature.__table__.columns
        if column.name not in ("id", "document_id", "slot", "person")
    }
    slots = {"slot": f"{document.id}:vendor", "person": f"{document.id}:x"}
    unit().add(Signature(id=new_id(), document_id=document.id, **slots, **copy))
    assert {"signature_reused", "signature_other_file", "signatures_differ"} <= codes(desk, document)


def test_one_organisation_on_both_sides(desk: Desk) -> None:
    document = papers.both(desk)
    change(Signature, document, organisation_id=desk.zheng.organisation_id, officer_id=desk.zheng.id)
    assert {"same_organisation", "same_person", "signature_changed"} <= codes(desk, document)


def test_a_signature_after_the_lock(desk: Desk) -> None:
    document = papers.both(desk)
    case = signing.case_of(document.id)
    assert case is not None
    first = signing.entries_of(document.id)[0]
    link = chain.Link(act=signing.Act.SIGNED, summary="补签", file_sha256=first.file_sha256, side=Side.VENDOR)
    chain.write(desk.wu, document, case, link)
    assert {"after_lock", "signatures_differ"} <= codes(desk, document)


def test_a_state_without_signatures(desk: Desk) -> None:
    document = papers.issued(desk)
    change(Document, document, state=DocumentState.SIGNED)
    assert codes(desk, document) == {"not_signed"}


def test_a_changed_trail(desk: Desk) -> None:
    document = papers.both(desk)
    lines = sa.update(AuditEntry).where(AuditEntry.action == "signing.signed").values(actor_name="别人")
    unit().execute(lines)
    assert "audit_changed" in codes(desk, document)


def test_changed_evidence(desk: Desk) -> None:
    drawn = papers.issued(desk)
    signature = papers.signed(desk.zheng, drawn, drawing=signing.take_drawing(papers.drawing_png()))
    papers.signed(desk.lin, drawn)
    assert codes(desk, drawn) == set()
    kept_papers.folder("signing").delete(signature.drawing_key)
    assert codes(desk, drawn) == {"evidence_changed"}
    scanned = papers.issued(desk)
    papers.scanned(desk.zheng, scanned)
    signing.confirm_scan(desk.lin, scanned.id)
    assert codes(desk, scanned) == set()
    change(Scan, scanned, sha256="0" * 64)
    assert {"evidence_changed", "scan_differs"} <= codes(desk, scanned)


def test_a_signed_copy_is_checked_too(desk: Desk) -> None:
    document = papers.both(desk)
    facts = documents.facts_of(document, contract_number=desk.contract.number)
    kept: Kept = documents.keep(documents.sealed(papers.blank_pdf(), facts))
    documents.attach(document, Format.SIGNED_PDF, kept)
    assert codes(desk, document) == set()
    path = path_of(document, Format.SIGNED_PDF)
    path.write_bytes(path.read_bytes()[:-20])
    assert {"file_changed", "seal_broken"} <= codes(desk, document)
