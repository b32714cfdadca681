"""Every kind's own Word file says what its PDF says: all texts, all labels, nothing left to be filled in."""

from __future__ import annotations

import pkgutil
import re
from importlib import import_module

import pytest

from server import domain
from server.domain import documents
from server.domain.documents import Kind
from server.gateways import office
from tests.support import on_paper

HOLE = re.compile(r"\{\{|\}\}|\{%|%\}|Undefined|None|True|False")


def kinds() -> list[Kind]:
    """Those of every room, without what tests register."""
    for room in pkgutil.iter_modules(domain.__path__):
        import_module(f"{domain.__name__}.{room.name}")
    return [kind for kind in documents.kinds() if kind.compose.__module__.startswith("server.")]


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.code)
def test_word_and_pdf_say_the_same(kind: Kind) -> None:
    filled = documents.sample_of(kind)
    word, pdf = office.word(filled), office.pdf(filled)
    in_word, in_pdf = on_paper.of_word(word), on_paper.of_pdf(pdf)
    said = [filled.title, filled.number, *filled.head, *on_paper.told(filled.content)]
    for text in [*said, *on_paper.labels_of(filled.form, filled.content)]:
        assert on_paper.squeezed(text) in in_word, text
        assert on_paper.squeezed(text) in in_pdf, text
    assert filled.code in on_paper.footers_of(word)
    assert filled.code in in_pdf
    assert not HOLE.search(in_word + on_paper.footers_of(word) + in_pdf)
    # what stands in neither the form nor the content stands in no file either
    rest = in_word
    for text in sorted({*said, *on_paper.labels_of(filled.form, filled.content)}, key=len, reverse=True):
        rest = rest.replace(on_paper.squeezed(text), "") if text else rest
    assert not re.search(r"\d{3,}", re.sub(r"\d{1,2}", "", rest)), rest
