"""The seal: every byte is under it, and readers do not mind it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pypdfium2
import pytest

from server.core import crypto, signatures
from server.domain import documents
from server.domain.documents import SealResult
from server.domain.documents.seal import MARK, canonical
from server.domain.identity import SCHEDULER
from tests.factories.signing import blank_pdf

FACTS = {"number": "CS-1-2026-0001", "kind_label": "测试记录单", "signatures": [{"name": "郑一鸣"}]}


@pytest.fixture
def ring(app: Any) -> Iterator[crypto.KeyRing]:
    """The process's ring, put back afterwards."""
    found = crypto.ring()
    yield found
    crypto.install(found)


@pytest.fixture
def paper(ring: crypto.KeyRing) -> bytes:
    return documents.sealed(blank_pdf(), FACTS)


def ours() -> set[bytes]:
    return {documents.current_key().public}


def test_it_says_what_the_paper_is_and_readers_open_it(paper: bytes) -> None:
    checked = documents.unsealed(paper, trusted=ours())
    assert checked.intact
    assert checked.facts == FACTS
    assert checked.findings == ()
    assert checked.fingerprint == signatures.fingerprint(documents.current_key().public)
    with closing(pypdfium2.PdfDocument(paper)) as opened:
        assert len(opened) == 1
    assert b"startxref" in paper[-64:], "readers look for it in the last kilobyte"


def test_a_long_seal_leaves_the_paper_readable(ring: crypto.KeyRing) -> None:
    long = documents.sealed(blank_pdf(), {"signatures": [{"name": "签" * 200}] * 40})
    assert documents.unsealed(long, trusted=ours()).intact
    with closing(pypdfium2.PdfDocument(long)) as opened:
        assert len(opened) == 1


def test_any_flipped_bit_is_found(paper: bytes) -> None:
    known = ours()
    for place in range(len(paper)):
        for bit in (0, 5):
            bent = bytearray(paper)
            bent[place] ^= 1 << bit
            assert not documents.unsealed(bytes(bent), trusted=known).intact, (place, bit)


def test_any_cut_or_addition_is_found(paper: bytes) -> None:
    known = ours()
    for cut in range(1, len(paper)):
        assert not documents.unsealed(paper[:-cut], trusted=known).intact, cut
    for added in (b"\n", b" ", b"%", b"\n1 0 obj\n<<>>\nendobj\n", paper):
        assert not documents.unsealed(paper + added, trusted=known).intact, added
        assert not documents.unsealed(added + paper, trusted=known).intact, added


def line_of(paper: bytes) -> bytes:
    start = paper.index(MARK)
    return paper[start : paper.index(b"\n", start) + 1]


def test_lines_removed_borrowed_and_doubled(paper: bytes) -> None:
    known, line = ours(), line_of(paper)
    assert documents.unsealed(paper.replace(line, b""), trusted=known).result is SealResult.UNSEALED
    other = documents.sealed(blank_pdf().replace(b"595", b"596"), FACTS)
    borrowed = documents.unsealed(other.replace(line_of(other), line), trusted=known)
    assert borrowed.result is SealResult.CHANGED
    assert "另一份文件" in borrowed.findings[0]
    assert documents.unsealed(paper.replace(line, line + line), trusted=known).result is SealResult.CHANGED
    assert documents.unsealed(paper + b"\n" + line, trusted=known).result is SealResult.CHANGED


def test_other_spellings_and_other_keys(paper: bytes, ring: crypto.KeyRing) -> None:
    known, line = ours(), line_of(paper)
    told = json.loads(base64.b64decode(line[len(MARK) :]))
    loose = base64.b64encode(json.dumps(told, indent=1).encode())
    assert not documents.unsealed(paper.replace(line, MARK + loose + b"\n"), trusted=known).intact
    lied = base64.b64encode(canonical(told | {"facts": {"number": "CS-1-2026-0002"}}))
    assert not documents.unsealed(paper.replace(line, MARK + lied + b"\n"), trusted=known).intact
    crypto.install(replace(ring, keys={"theirs": b"2" * 32}, current="theirs"))
    forged = documents.sealed(blank_pdf(), FACTS)
    assert documents.unsealed(forged, trusted=known).result is SealResult.UNKNOWN_KEY
    assert documents.unsealed(forged).intact, "some holder of a key sealed it"


@pytest.mark.parametrize("junk", [b"", b"%PDF-1.7", b"\x00" * 500, b"\n" + MARK + b"\n", b"\n" + MARK + b"e30=\n"])
def test_what_is_no_sealed_paper(ring: crypto.KeyRing, junk: bytes) -> None:
    assert not documents.unsealed(junk, trusted=ours()).intact
    with pytest.raises(ValueError, match="PDF"):
        documents.sealed(junk, {})


def test_nothing_is_sealed_twice(paper: bytes) -> None:
    with pytest.raises(ValueError, match="already"):
        documents.sealed(paper, {})


def test_old_papers_stay_provable_after_a_rotation(session: Any, ring: crypto.KeyRing) -> None:
    paper = documents.sealed(blank_pdf(), FACTS)
    assert documents.keep_seal_keys(SCHEDULER) == 1
    session.flush()
    assert documents.keep_seal_keys(SCHEDULER) == 0
    crypto.install(replace(ring, keys={"k2": b"2" * 32}, current="k2"))
    assert documents.unsealed(paper, trusted=documents.trusted_keys()).intact
    newer = documents.sealed(blank_pdf(), FACTS)
    checked = documents.unsealed(newer, trusted=documents.trusted_keys())
    assert (checked.intact, checked.key_id) == (True, "k2")


def test_the_public_key_can_be_kept_by_people(ring: crypto.KeyRing) -> None:
    public = documents.current_key().public
    assert signatures.public_key(documents.pem_of(public)) == public
