"""What officers hand in, as the outside may send it: too large, of another kind than it says, hostile, or lost on the way."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from PIL import Image
from urllib3 import encode_multipart_formdata

from server.core.db import session as unit
from server.domain import deliverables
from server.domain.deliverables import DeliveryVersion
from server.gateways import papers
from tests.admin.conftest import Desk

MONTH = "2026-11-01"
MB = 1024 * 1024


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel("2026-11-20T10:00:00+08:00", tick=False):
        yield


def sent(desk: Desk, name: str, raw: bytes, **values: str) -> Any:
    desk.sit("zheng")
    return posted(desk, MONTH, name, raw, **values)


def posted(desk: Desk, month: str, name: str, raw: bytes, **values: str) -> Any:
    """The form as a browser sends it, from memory: the client's own encoder leaves large ones in open files."""
    fields = {"summary": ""} | values | {"upload": (name, raw, "application/octet-stream")}
    body, kind = encode_multipart_formdata(fields)
    return desk.client.post(
        f"/admin/deliverables/{desk.ours.id}/inspection/{month}/hand-in", data=body, content_type=kind
    )


def versions() -> list[DeliveryVersion]:
    return list(unit().scalars(sa.select(DeliveryVersion).order_by(DeliveryVersion.number)))


def zipped(*names: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, "x")
    return target.getvalue()


def picture(kind: str) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(target, kind, **({"comment": b"GPS"} if kind == "JPEG" else {}))
    return target.getvalue()


REFUSED = {
    "a program called a PDF": ("报告.pdf", b"MZ\x90\x00" + b"\x00" * 200),
    "a page": ("报告.html", b"<!doctype html><script>alert(1)</script>"),
    "a drawing with scripts": ("图.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
    "an old Word file": ("旧.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 512),
    "macros": ("宏.docx", zipped("word/document.xml", "word/vbaProject.bin")),
    "any archive": ("包.zip", zipped("readme.txt")),
    "half an archive": ("断.docx", zipped("word/document.xml")[:40]),
    "text": ("a.txt", "纯文本".encode()),
    "half a picture": ("断.png", b"\x89PNG\r\n\x1a\n" + b"\x00" * 30),
    "nothing": ("空.pdf", b""),
}


@pytest.mark.parametrize(("name", "raw"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_is_said_at_its_field_and_leaves_nothing(desk: Desk, name: str, raw: bytes) -> None:
    answer = sent(desk, name, raw)
    assert answer.status_code == 422
    assert any(words in answer.text for words in ("只接收 PDF", "文件是空的", "请填写内容摘要", "图片"))
    assert versions() == []


TAKEN = {
    "PDF": ("报告.exe", b"%PDF-1.7\n", "application/pdf", "报告.pdf"),
    "Word": (
        "月报.docx",
        zipped("[Content_Types].xml", "word/document.xml"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "月报.docx",
    ),
    "Excel": (
        "统计.xlsx",
        zipped("xl/workbook.xml"),
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "统计.xlsx",
    ),
    "a photograph": ("照片.jpg", picture("JPEG"), "image/jpeg", "照片.jpg"),
}


@pytest.mark.parametrize(("name", "raw", "mime", "kept"), TAKEN.values(), ids=TAKEN)
def test_what_is_taken_has_the_type_of_its_content(desk: Desk, name: str, raw: bytes, mime: str, kept: str) -> None:
    assert sent(desk, name, raw).status_code == 303
    (version,) = versions()
    assert (version.file_name, version.mime) == (kept, mime)
    answer = desk.sit("lin").get(f"/admin/deliverables/files/{version.id}")
    assert answer.mimetype == mime
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, no-store"


NAMES = [
    "../../../etc/passwd.pdf",
    "..\\..\\win.pdf",
    "a\r\nSet-Cookie: x=1.pdf",
    "\u202egnp.exe",
    "字" * 300,
    ".pdf",
    'x".pdf',
]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_hostile_names_stay_names(desk: Desk, name: str) -> None:
    assert sent(desk, name, b"%PDF-1.7\n").status_code == 303
    (version,) = versions()
    assert version.file_name.endswith(".pdf")
    assert len(version.file_name) <= 120
    assert not set(version.file_name) & set('/\\:*?"<>|\r\n\u202e')
    answer = desk.sit("lin").get(f"/admin/deliverables/files/{version.id}")
    assert "Set-Cookie" not in answer.headers
    assert answer.data == b"%PDF-1.7\n"


def test_a_paper_may_be_as_large_as_the_page_says(desk: Desk) -> None:
    assert papers.MAX_BYTES == 20 * MB
    assert sent(desk, "大.pdf", b"%PDF-1.7\n" + b"x" * (20 * MB - 9)).status_code == 303
    assert versions()[0].size == 20 * MB


def test_a_byte_more_is_refused_in_words(desk: Desk) -> None:
    answer = sent(desk, "大.pdf", b"%PDF-1.7\n" + b"x" * (20 * MB - 8))
    assert (answer.status_code, "文件不能超过 20 MB" in answer.text) == (422, True)
    assert versions() == []


def test_much_more_is_not_even_read(desk: Desk) -> None:
    answer = sent(desk, "大.pdf", b"%PDF-1.7\n" + b"x" * (22 * MB))
    assert answer.status_code == 413
    assert "超过了大小限制" in answer.text
    assert versions() == []


def test_who_is_nobody_sends_nothing_large(desk: Desk) -> None:
    desk.client.delete_cookie(desk.client.application.extensions["console_cookie"])
    answer = posted(desk, MONTH, "大.pdf", b"%PDF-" + b"x" * (12 * MB))
    assert answer.status_code in (303, 400, 403, 413)
    assert versions() == []


def test_hostile_words_are_shown_as_words(desk: Desk) -> None:
    words = "<script>alert(1)</script>{{7*7}}\0"
    assert sent(desk, "a.pdf", b"%PDF-1.7\n", summary=words, title="<b>标题</b>").status_code == 303
    text = desk.sit("lin").get(f"/admin/deliverables/{desk.ours.id}/inspection/{MONTH}").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}" in text
    assert "<b>标题</b>" not in text


def test_a_refused_hand_in_leaves_a_file_that_the_sweep_takes(desk: Desk) -> None:
    # The file is kept before the unit; the unit then refuses: the cycle has not begun.
    desk.sit("zheng")
    answer = posted(desk, "2026-12-01", "a.pdf", b"%PDF-1.7\n")
    assert (answer.status_code, "尚未开始" in answer.text) == (422, True)
    assert sent(desk, "b.pdf", b"%PDF-1.7\n").status_code == 303
    with time_machine.travel("2036-11-22T11:00:00+08:00", tick=False):
        assert deliverables.sweep() >= 1
    (version,) = versions()
    out = deliverables.send(deliverables.find_version(desk.actor("lin"), version.id))
    assert out is not None
    assert b"".join(out.pieces) == b"%PDF-1.7\n"
    assert version.handed_at.date() == date(2026, 11, 20)
