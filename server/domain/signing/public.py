"""What anybody may learn of a paper that they hold: by the code printed on it, or from the file itself. Nothing is kept."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.enums import Labelled
from server.domain import documents
from server.domain.documents import Checked, Document, DocumentFile, DocumentState, Format, Side
from server.domain.signing.models import Signature, SigningEntry
from server.domain.signing.papers import CODE, normal_code
from server.domain.signing.vocabulary import Act

NOBODY = uuid.UUID(int=0)
IN_FORCE = frozenset({DocumentState.ISSUED, DocumentState.SIGNING, DocumentState.SIGNED})


@dataclass(frozen=True, slots=True)
class PublicSignature:
    """A signature as strangers see it: the name with its middle hidden."""

    side: str
    organisation: str
    name: str
    on: str
    how: str


@dataclass(frozen=True, slots=True)
class PublicPaper:
    """What is told of a paper. ``newer``: the number of the version that replaced it."""

    kind: str
    number: str
    version: int
    state: DocumentState
    issued_at: datetime
    signed_at: datetime | None
    newer: str
    signatures: tuple[PublicSignature, ...]
    hashes: tuple[tuple[str, str], ...]

    @property
    def in_force(self) -> bool:
        """Whether it is the version that counts."""
        return self.state in IN_FORCE


class FileAnswer(Labelled):
    """What a file turned out to be."""

    INTACT = "intact", "文件完好，与出具时一字不差"
    OLDER = "older", "文件完好，但已有更正版"
    VOID = "void", "文件完好，但文书已作废"
    NOT_ON_RECORD = "not_on_record", "封印成立，但系统登记中没有这个文件"
    CHANGED = "changed", "文件已被改动"
    UNKNOWN = "unknown", "不是本系统出具的文件"


@dataclass(frozen=True, slots=True)
class FileLook:
    """What is told of a file: the answer, the faults in words, and the paper if it is one of ours."""

    answer: FileAnswer
    sha256: str
    findings: tuple[str, ...] = ()
    paper: PublicPaper | None = None
    form: str = ""


def by_code(text: str) -> PublicPaper | None:
    """The paper with a code, however it is typed; None for any other. Takes the same way whether there is one or not."""
    code = normal_code(text[:40])
    wanted = code if CODE.fullmatch(code) else "-"
    query = sa.select(Document).where(Document.code == wanted)
    document = session().scalars(query).one_or_none()
    told = _told(NOBODY if document is None else document.id)
    if document is None or document.state is DocumentState.MAKING:
        return None
    return _paper(document, *told)


def by_file(raw: bytes) -> FileLook:
    """What a file is, by its seal and its hash."""
    checked = documents.unsealed(raw, trusted=documents.trusted_keys())
    row = session().scalars(sa.select(DocumentFile).where(DocumentFile.sha256 == checked.sha256)).first()
    if row is not None and hashlib.sha256(raw).hexdigest() == row.sha256:
        document = session().get_one(Document, row.document_id)
        paper = _paper(document, *_told(document.id))
        return FileLook(_answer_of(paper), checked.sha256, paper=paper, form=row.format.label)
    match checked.result:
        case documents.SealResult.INTACT:
            return FileLook(FileAnswer.NOT_ON_RECORD, checked.sha256, paper=_named(checked))
        case documents.SealResult.CHANGED:
            return FileLook(FileAnswer.CHANGED, checked.sha256, checked.findings)
        case _:
            return FileLook(FileAnswer.UNKNOWN, checked.sha256, checked.findings)


def masked_name(name: str) -> str:
    """A name with all but its first sign (and its last, of three or more) hidden."""
    if len(name) <= 1:
        return "*"
    return f"{name[0]}*" if len(name) == 2 else f"{name[0]}{'*' * (len(name) - 2)}{name[-1]}"  # noqa: PLR2004 - 两字姓名


def masked_facts(facts: Mapping[str, Any]) -> list[PublicSignature]:
    """The signatures that a seal tells of."""
    told = facts.get("signatures", [])
    return [
        PublicSignature(
            side=Side(each["side"]).label,
            organisation=str(each["organisation"]),
            name=masked_name(str(each["name"])),
            on=str(each["at"])[:10],
            how=str(each["how"]),
        )
        for each in told
    ]


def _answer_of(paper: PublicPaper) -> FileAnswer:
    if paper.state is DocumentState.VOID:
        return FileAnswer.VOID
    return FileAnswer.OLDER if paper.state is DocumentState.REPLACED else FileAnswer.INTACT


def _told(document_id: uuid.UUID) -> tuple[list[Signature], dict[Format, str], str, datetime | None]:
    """Signatures, hashes, the number that came after, and when it was locked: the same four looks for any id."""
    standing = sa.select(Signature).where(Signature.document_id == document_id, Signature.slot.is_not(None))
    files = sa.select(DocumentFile.format, DocumentFile.sha256).where(DocumentFile.document_id == document_id)
    newer = sa.select(Document.number).where(Document.follows_id == document_id)
    done = sa.select(SigningEntry.at).where(SigningEntry.document_id == document_id, SigningEntry.act == Act.COMPLETED)
    return (
        list(session().scalars(standing.order_by(Signature.signed_at))),
        {form: sha256 for form, sha256 in session().execute(files)},  # noqa: C416 - rows are no pairs for mypy
        session().scalar(newer) or "",
        session().scalars(done).first(),
    )


def _paper(
    document: Document,
    standing: list[Signature],
    files: Mapping[Format, str],
    newer: str,
    done: datetime | None,
) -> PublicPaper:
    return PublicPaper(
        kind=documents.kind_of(document.kind).label,
        number=document.number,
        version=document.version,
        state=document.state,
        issued_at=document.issued_at,
        signed_at=done,
        newer=newer,
        signatures=tuple(
            PublicSignature(
                each.side.label,
                each.organisation,
                masked_name(each.name),
                f"{clock.to_local(each.signed_at):%Y-%m-%d}",
                each.mode.label,
            )
            for each in standing
        ),
        hashes=tuple((form.label, files[form]) for form in (Format.PDF, Format.SIGNED_PDF) if form in files),
    )


def _named(checked: Checked) -> PublicPaper | None:
    """The paper that an intact seal names, as the record has it, without the record's hashes."""
    found = by_code(str(checked.facts.get("code", "")))
    return None if found is None else replace(found, hashes=())
