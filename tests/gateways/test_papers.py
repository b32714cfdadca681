"""Papers are taken by what is in them, under a true name, in the room's own folder."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from server.gateways import papers, storage
from server.gateways.papers import PaperRefused
from tests.factories.tickets import picture


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> None:
    storage._installed[:] = [storage.Storage(tmp_path)]


@pytest.fixture(autouse=True, scope="module")
def restored() -> object:
    before = list(storage._installed)
    yield
    storage._installed[:] = before


def office(*members: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for member in ("[Content_Types].xml", *members):
            archive.writestr(member, "<x/>")
    return target.getvalue()


@pytest.mark.parametrize(
    ("name", "raw", "called"),
    [
        ("证明.pdf", b"%PDF-1.7 ...", "证明.pdf"),
        ("../../etc/证明.exe", b"%PDF-1.7 ...", "证明.pdf"),
        ("C:\\papers\\通知书.DOCX", office("word/document.xml"), "通知书.docx"),
        ("名册", office("xl/workbook.xml"), "名册.xlsx"),
        ("照片.jpeg", picture(), "照片.png"),
        ("\n.pdf", b"%PDF-1.7", "附件.pdf"),
    ],
)
def test_kinds_are_known_by_their_content(name: str, raw: bytes, called: str) -> None:
    paper = papers.keep("staffing", name=name, raw=raw)
    assert paper.name == called
    assert len(b"".join(papers.stream("staffing", paper.key))) == paper.size


@pytest.mark.parametrize(
    "raw", [b"", b"MZ\x90", b"<script>", office("word/document.xml", "word/vbaProject.bin"), b"PK\x03\x04rest"]
)
def test_other_things_are_refused(raw: bytes) -> None:
    with pytest.raises(PaperRefused):
        papers.keep("staffing", name="x.pdf", raw=raw)


def test_too_large_is_refused() -> None:
    with pytest.raises(PaperRefused, match="1 MB"):
        papers.keep("staffing", name="x.pdf", raw=b"%PDF-" + b"0" * 1024 * 1024, max_bytes=1024 * 1024)


def test_no_other_sweep_finds_it() -> None:
    papers.keep("staffing", name="x.pdf", raw=b"%PDF-1")
    later = datetime.now(UTC) + timedelta(days=1)
    assert not list(storage.store().older_than(later))
    assert not list(storage.contents().older_than(later))
    assert len(list(papers.folder("staffing").older_than(later))) == 1
