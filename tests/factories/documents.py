"""Documents for tests: a kind of their own, whose matters are whatever a test has put into ``matters``."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from server.core.errors import NotFound
from server.core.ids import new_id
from server.domain import documents
from server.domain.contracts import Contract
from server.domain.documents import Document, Draft, Format, Kind
from server.domain.identity import Actor
from server.gateways.office.layout import Column, Field, Fields, Form, Prose, SignBlock, Table

FORM = Form(
    "测试记录单",
    (
        Fields("facts", (Field("what", "事项"), Field("who", "办理人"))),
        Table("rows", (Column("name", "名称", share=3), Column("count", "数量"))),
        Prose("words", "说明"),
    ),
    signs=(SignBlock("vendor", "乙方（签字盖章）"), SignBlock("bureau", "甲方（签字盖章）")),
)
SAMPLE = {"facts": {"what": "示例", "who": "某某"}, "rows": [{"name": "甲", "count": "1"}], "words": "示例说明"}


@dataclass
class Matter:
    """Something that can be put on paper."""

    contract_id: uuid.UUID
    what: str = "检查日志"
    rows: list[dict[str, str]] = field(default_factory=list)
    covers_on: date | None = None


matters: dict[uuid.UUID, Matter] = {}


def compose(actor: Actor, subject_id: uuid.UUID) -> Draft:
    """What there is to say of a matter."""
    matter = matters.get(subject_id)
    if matter is None or not actor.may(documents.kind_of("test.note").view, matter.contract_id):
        raise NotFound
    content = {"facts": {"what": matter.what, "who": actor.name}, "rows": matter.rows, "words": "第一段\n第二段"}
    return Draft(matter.contract_id, subject_id, content, head=("合同一",), covers_on=matter.covers_on)


def listed(_actor: Actor, contract_id: uuid.UUID, since: date, until: date) -> list[uuid.UUID]:
    """The matters of a contract in a span of days."""
    return [
        key
        for key, matter in matters.items()
        if matter.contract_id == contract_id and since <= (matter.covers_on or since) <= until
    ]


KIND = documents.register(
    Kind(
        code="test.note",
        label="测试记录单",
        prefix="CS",
        subject_kind="test",
        form=FORM,
        compose=compose,
        formats=(Format.PDF, Format.DOCX, Format.XLSX),
        sample=SAMPLE,
    )
)


def matter(contract: Contract, **values: Any) -> uuid.UUID:
    """A new matter's id."""
    key = new_id()
    matters[key] = Matter(contract.id, **values)
    return key


def issued(actor: Actor, contract: Contract, **values: Any) -> Document:
    """A document, issued and without its files."""
    return documents.issue(actor, KIND.code, matter(contract, **values))


def made(document: Document, pdf: bytes = b"%PDF-1.7 a paper") -> Document:
    """The same with files, without setting any type."""
    kept = documents.keep(pdf)
    word = documents.keep(b"a word file of " + document.number.encode())
    documents.keep_made(document.id, [documents.Made(Format.PDF, kept), documents.Made(Format.DOCX, word)])
    return document
