"""What stands on a paper, read back from its files as a reader would: the PDF's text, and the Word file's."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import docx
import pypdfium2
from docx.oxml.ns import qn

from server.domain import documents
from server.domain.documents import Document, Format
from server.domain.identity import Actor
from server.gateways.office.layout import Block, Chart, Fields, Form, Table

BASE_URL = "https://x.example"


@dataclass(frozen=True)
class Paper:
    """An issued paper, read back: the Word file's labelled values, and all text of both files."""

    values: Mapping[str, str]
    word: str
    pdf: str

    def says(self, label: str, value: str) -> bool:
        """Whether both files have that value under that label."""
        return self.values[squeezed(label)] == value and squeezed(label + value) in self.pdf

    def holds(self, text: str) -> bool:
        """Whether both files have that text somewhere."""
        return squeezed(text) in self.word and squeezed(text) in self.pdf


def issued(actor: Actor, kind: str, subject: UUID) -> Paper:
    """Issue a paper, or a new version of the one that stands, and read it back."""
    standing = documents.standing(kind, subject)
    document = (
        documents.issue(actor, kind, subject)
        if standing is None
        else documents.correct(actor, standing.id, reason="重新出具")
    )
    files = files_of(document)
    word = files[Format.DOCX]
    return Paper(values_of(word), of_word(word), of_pdf(files[Format.PDF]))


def squeezed(text: str) -> str:
    """Without spaces, line breaks and what only lets a word be broken: where a line ends is typography."""
    return "".join("".join(sign for sign in text if sign not in "\u200b\u2060").replace("\ufffe", "-").split())


def of_pdf(raw: bytes) -> str:
    """All text of a PDF, squeezed."""
    with closing(pypdfium2.PdfDocument(raw)) as paper:
        return "".join(squeezed(page.get_textpage().get_text_range()) for page in paper)


def of_word(raw: bytes) -> str:
    """All text of a Word file's body, squeezed."""
    return squeezed("".join(_lines(docx.Document(io.BytesIO(raw)).element.body)))


def footers_of(raw: bytes) -> str:
    """What stands at the foot and the head of a Word file's pages, squeezed."""
    sections = docx.Document(io.BytesIO(raw)).sections
    return squeezed(
        "".join(line for each in sections for part in (each.header, each.footer) for line in _lines(part._element))
    )


def values_of(raw: bytes) -> dict[str, str]:
    """The labelled values of a Word file: what stands in the cell to the right of a label, the first time it comes."""
    found: dict[str, str] = {}
    for table in docx.Document(io.BytesIO(raw)).tables:
        for row in table.rows:
            texts = ["".join(_lines(cell._tc)) for cell in dict.fromkeys(row.cells)]
            for label, value in zip(texts[::2], texts[1::2], strict=False):
                found.setdefault(squeezed(label), value.strip())
    return found


def files_of(document: Document) -> dict[Format, bytes]:
    """The files of a document that was just issued, as the job makes them."""
    order = documents.ordered(document.id, base_url=BASE_URL)
    assert order is not None
    return {each.format: b"".join(documents.store().stream(each.kept.sha256)) for each in documents.make(order)}


def told(content: Any) -> Iterator[str]:
    """Every text of a content but those of charts, which files draw."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, Mapping):
        if "series" not in content:
            for each in content.values():
                yield from told(each)
    else:
        for each in content:
            yield from told(each)


def labels_of(form: Form, content: Mapping[str, Any]) -> Iterator[str]:
    """Every word that the form itself puts on a paper with that content."""
    for block in form.concerned(content).blocks:
        yield from _words(block)
    yield from (sign.label for sign in form.signs)
    yield form.note


def _words(block: Block) -> Iterator[str]:
    yield block.label
    match block:
        case Fields():
            yield from (field.label for field in block.fields)
        case Table():
            yield from (column.label for column in block.columns)
        case Chart():
            yield block.unit


def _lines(element: Any) -> Iterator[str]:
    for node in element.iter(qn("w:t"), qn("w:br"), qn("w:p")):
        yield (node.text or "") if node.tag == qn("w:t") else "\n"
