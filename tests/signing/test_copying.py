"""The signed copy, and the operator's commands that prove papers without a database."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from server.core import signatures
from server.domain import documents, signing
from server.domain.documents import Document, Format
from server.jobs.commands import main
from tests.factories import documents as notes
from tests.factories import signing as papers


def text_of(pdf: bytes) -> list[str]:
    with closing(pypdfium2.PdfDocument(pdf)) as opened:
        return [page.get_textpage().get_text_range() for page in opened]


def copy_of(session: Any, base_url: str = "https://sj.example") -> tuple[Document, bytes]:
    """A document that both signed, with a drawing, and its copy as the job makes it."""
    desk = papers.desk()
    document = documents.issue(desk.lin, "test.note", notes.matter(desk.contract, what="检查日志"))
    order = documents.ordered(document.id, base_url=base_url)
    assert order is not None
    made = [each for each in documents.make(order) if each.format is Format.PDF]
    documents.keep_made(document.id, made)
    papers.signed(desk.zheng, document, drawing=signing.take_drawing(papers.drawing_png()))
    papers.signed(desk.lin, document)
    copying = signing.copy_ordered(document.id, base_url=base_url)
    assert copying is not None
    assert signing.keep_copy(document.id, signing.make_copy(copying))
    assert signing.copy_ordered(document.id, base_url=base_url) is None, "once is enough"
    assert signing.verify(desk.shen, document.id).intact
    return document, documents.raw(documents.files_of(document)[Format.SIGNED_PDF])


def test_the_copy_has_the_paper_its_signatures_and_the_page_of_the_signing(session: Any) -> None:
    document, copy = copy_of(session)
    pages = text_of(copy)
    original = documents.raw(documents.files_of(document)[Format.PDF])
    assert len(pages) == len(text_of(original)) + 1
    assert "检查日志" in pages[0]
    assert "郑一鸣" in pages[0]
    last = pages[-1].replace("\r\n", "")
    for told in ("签署页", "云桥软件有限公司", "192.0.2.10", "普通电子签名", document.number):
        assert told in last
    sha256 = documents.files_of(document)[Format.PDF].sha256
    assert sha256 in "".join(last.split()).replace("\u200b", "")
    checked = documents.unsealed(copy, trusted=documents.trusted_keys())
    assert checked.intact
    assert {each["file_sha256"] for each in checked.facts["signatures"]} == {sha256}


def test_wet_signed_papers_need_no_copy(session: Any) -> None:
    desk = papers.desk()
    document = papers.issued(desk)
    papers.scanned(desk.zheng, document)
    signing.confirm_scan(desk.lin, document.id)
    assert signing.copy_ordered(document.id, base_url="https://sj.example") is None


def test_the_command_needs_only_the_file(
    session: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, copy = copy_of(session)
    paper, bent, key, other = (tmp_path / name for name in ("a.pdf", "b.pdf", "key.pem", "other.pem"))
    paper.write_bytes(copy)
    broken = bytearray(copy)
    broken[100] ^= 1
    bent.write_bytes(bytes(broken))
    key.write_text(documents.pem_of(documents.current_key().public))
    mark = signatures.fingerprint(documents.current_key().public)
    other.write_text(documents.pem_of(documents.SealKey("x", b"7" * 32).public))
    monkeypatch.setattr("server.core.crypto.ring", lambda: pytest.fail("no keys are read"))
    assert main(["verify", str(paper), "--key", str(key)]) == 0
    told = capsys.readouterr().out
    for words in ("完好", "与给定公钥一致", "郑一鸣", "CS-"):
        assert words in told
    assert main(["verify", str(paper)]) == 3
    told = capsys.readouterr().out
    for words in ("与封印一致，封印密钥未核对", "请与局方公布的指纹核对", "任何人都能用自己的密钥封印"):
        assert words in told
    assert "完好" not in told
    assert main(["verify", str(paper), "--any-key"]) == 0
    assert "封印密钥未核对" in capsys.readouterr().out
    assert main(["verify", str(paper), str(bent)]) == 1
    spaced = " ".join(mark[start : start + 8].upper() for start in range(0, 64, 8))
    for typed in (mark, spaced):
        assert main(["verify", str(paper), "--fingerprint", typed]) == 0
    assert main(["verify", str(paper), "--fingerprint", "0" * 64]) == 1
    assert main(["verify", str(paper), "--fingerprint", mark[:40]]) == 2
    capsys.readouterr()
    assert main(["verify", str(paper), str(bent), "--key", str(key)]) == 1
    assert "已被改动" in capsys.readouterr().out
    assert main(["verify", str(paper), "--key", str(other)]) == 1
    assert "封印密钥不明" in capsys.readouterr().out
    assert main(["verify", str(tmp_path / "nothing.pdf")]) == 2
    assert main(["verify", str(paper), "--key", str(paper)]) == 2
