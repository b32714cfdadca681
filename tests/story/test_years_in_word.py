"""The papers of the played years: what the Word file says is what the PDF says, and short papers stand on one page."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from server.core.db import session
from server.domain import documents
from server.domain.documents import STANDING, Document
from server.domain.identity import SCHEDULER
from server.gateways import office
from tests.documents.test_in_word import HOLE
from tests.story.conftest import Played
from tests.support import on_paper

SHORT = frozenset({"training_record", "secrecy_promise", "security_promise", "results_handover"})


@pytest.fixture
def papers(played: Played) -> Mapping[str, list[Document]]:
    """The documents of the years by kind, those with most to say first."""
    found: dict[str, list[Document]] = {}
    for document in session().scalars(documents.matching(SCHEDULER).where(Document.state.in_(STANDING))):
        found.setdefault(document.kind, []).append(document)
    return {kind: sorted(rows, key=lambda row: (-len(str(row.content)), row.number)) for kind, rows in found.items()}


def test_word_and_pdf_say_the_same_of_the_years(papers: Mapping[str, list[Document]]) -> None:
    assert {"service_record", "training_record", "training_sign_in", "security_incident"} <= set(papers)
    for kind, rows in sorted(papers.items()):
        filled = documents.filled(rows[0], base_url=on_paper.BASE_URL)
        in_word, in_pdf = on_paper.of_word(office.word(filled)), on_paper.of_pdf(office.pdf(filled))
        # a cell that is broken over two pages has their foot and head in its middle
        broken = [text for text in on_paper.told(filled.content) if on_paper.squeezed(text) not in in_pdf]
        assert all(len(text) > 100 for text in broken), (kind, broken)
        for text in on_paper.told(filled.content):
            assert on_paper.squeezed(text) in in_word, (kind, text)
        assert not HOLE.search(in_word + in_pdf), kind


def test_short_papers_stand_on_one_page_with_their_signatures(papers: Mapping[str, list[Document]]) -> None:
    for kind in sorted(SHORT & set(papers)):
        for row in papers[kind][:4]:
            assert office.page_count(office.pdf(documents.filled(row, base_url=on_paper.BASE_URL))) == 1, row.number
    for row in [each for each in papers["service_record"] if "on_site" not in each.content["blocks"]][:4]:
        assert office.page_count(office.pdf(documents.filled(row, base_url=on_paper.BASE_URL))) == 1, row.number
