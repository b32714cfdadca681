"""What must not come in through the picture upload: refused with a clear answer, at no cost in memory."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from server.domain import tickets
from server.simulators.wechat.client import Answer, Fail, MiniProgram
from tests.support import pictures
from tests.support.processes import children
from tests.support.whole import Whole, good, whole

MEGABYTE = 1024 * 1024
MOST_GROWTH = 100 * MEGABYTE
PROBLEM = "application/problem+json"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """One town, one web process whose memory is watched, no worker."""
    settings = {"rate_limits": "false"}
    with whole("sqlite", tmp_path_factory.mktemp("hostile"), workers=0, settings=settings) as made:
        yield made


@pytest.fixture(scope="module")
def phone(here: Whole) -> MiniProgram:
    made = here.phone("小周")
    # the first pictures load Pillow's plug-ins; what grows after them is the strangers' doing
    good(made.upload(pictures.screenshot()), 201)
    good(made.upload(pictures.screenshot(kind="JPEG"), "a.jpg", "image/jpeg"), 201)
    return made


@pytest.fixture
def nothing_kept(here: Whole, phone: MiniProgram) -> Iterator[None]:
    """A refused upload leaves no row and no file, and does not make the process much larger than it was."""
    rows, files = here.count(tickets.Attachment), stored(here)
    before = peak_from_now_on(here)
    yield
    grown = peak(here) - before
    assert grown < MOST_GROWTH, f"grown by {grown // MEGABYTE} MB"
    assert here.count(tickets.Attachment) == rows
    assert stored(here) == files


@pytest.mark.usefixtures("nothing_kept")
class TestRefused:
    """Each with a problem that says why."""

    @pytest.mark.parametrize(
        ("name", "data", "kind", "code"),
        [
            ("a.gif", pictures.polyglot(), "image/gif", "picture_broken"),
            ("a.svg", pictures.drawing(), "image/svg+xml", "picture_type"),
            ("a.png", pictures.drawing(), "image/png", "picture_type"),
            ("a.png", b"<html><script>alert(1)</script></html>", "image/png", "picture_type"),
            ("a.png", b"%PDF-1.7\n1 0 obj", "image/png", "picture_type"),
            ("a.png", b"MZ\x90\x00" + b"\0" * 200, "image/png", "picture_type"),
            ("a.png", pictures.screenshot()[:300], "image/png", "picture_broken"),
            ("a.png", b"", "image/png", "picture_type"),
        ],
        ids=["polyglot", "svg", "svg-as-png", "html", "pdf", "exe", "half-a-png", "empty"],
    )
    def test_what_is_no_picture(self, phone, name, data, kind, code):
        check_refusal(phone.upload(data, name, kind), 422, code)

    def test_a_bomb_by_its_header(self, phone):
        bomb = pictures.bomb()
        assert len(bomb) < MEGABYTE
        check_refusal(phone.upload(bomb), 422, "picture_too_large")

    def test_many_bombs_at_once_by_their_headers(self, phone):
        for _ in range(5):
            check_refusal(phone.upload(pictures.bomb()), 422, "picture_too_large")

    def test_more_bytes_than_a_file_may_have(self, phone):
        check_refusal(phone.upload(pictures.screenshot() + b"\0" * 10 * MEGABYTE), 422, "picture_too_large")

    def test_a_hundred_megabytes_announced(self, here, phone):
        answer = send_raw(here, phone, body=b"--edge\r\n", announced=100 * MEGABYTE)
        assert answer == (413, PROBLEM, "too_large")

    def test_a_hundred_megabytes_sent(self, phone):
        """The answer comes before the bytes are read; a client that goes on sending may lose the line and the answer."""
        with contextlib.suppress(Fail):
            check_refusal(phone.upload(b"\0" * 100 * MEGABYTE), 413, "too_large")
        assert phone.get("me").status == 200

    def test_a_hundred_megabytes_in_chunks(self, here, phone):
        answer = send_raw(here, phone, body=(b"\0" * MEGABYTE for _ in range(100)))
        assert answer in ((413, PROBLEM, "too_large"), None)
        assert phone.get("me").status == 200

    def test_the_wrong_content_type(self, phone):
        check_refusal(phone.post("uploads", {"file": "…"}), 415, "unsupported_media_type")

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"--edge\r\n",
            b'--edge\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n\x89PNG',
            b'--edge\r\nContent-Disposition: form-data; name="other"\r\n\r\nx\r\n--edge--\r\n',
            b'--edge\r\nContent-Disposition: form-data; name="file"\r\n\r\nno file\r\n--edge--\r\n',
            b"no edge at all",
        ],
        ids=["nothing", "edge-only", "cut-off", "other-field", "no-file", "no-edge"],
    )
    def test_a_broken_form(self, here, phone, body):
        assert send_raw(here, phone, body=body) == (422, PROBLEM, "invalid")

    def test_two_files_in_one_form(self, here, phone):
        part = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\nx\r\n'
        assert send_raw(here, phone, body=part * 2 + b"--edge--\r\n") == (422, PROBLEM, "invalid")


def test_a_picture_keeps_nothing_but_its_pixels(phone):
    made = good(phone.upload(pictures.picture_with_page()), 201)
    fetched = phone.get(f"attachments/{made['id']}")
    assert b"<script>" not in fetched.content
    assert fetched.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in fetched.headers["Content-Security-Policy"]


def check_refusal(answer: Answer, status: int, code: str) -> None:
    """A problem with a stable code and a Chinese sentence."""
    assert (answer.status, answer.code) == (status, code), answer.data
    assert answer.headers["Content-Type"] == PROBLEM
    assert re.search(r"[\u4e00-\u9fff]", answer.data["detail"])


def send_raw(
    here: Whole, phone: MiniProgram, *, body: bytes | Iterator[bytes], announced: int | None = None
) -> tuple[int, str, str] | None:
    """A multipart body as it is: status, content type and code of the answer, None if the line was cut before one came.

    ``announced`` is a Content-Length that may lie; a body in pieces is sent chunked.
    """
    line = http.client.HTTPConnection(urlsplit(here.service.url).netloc, timeout=30)
    headers = {
        "Authorization": f"Bearer {phone.access_token}",
        "Idempotency-Key": uuid.uuid4().hex,
        "Content-Type": "multipart/form-data; boundary=edge",
    }
    if isinstance(body, bytes):
        headers["Content-Length"] = str(len(body) if announced is None else announced)
    with contextlib.closing(line):
        try:
            line.request("POST", "/api/v1/uploads", body, headers, encode_chunked=not isinstance(body, bytes))
        except (BrokenPipeError, ConnectionResetError):
            if isinstance(body, bytes):
                raise
        try:
            answer = line.getresponse()
            return answer.status, str(answer.headers["Content-Type"]), str(json.loads(answer.read())["code"])
        except (ConnectionResetError, http.client.HTTPException):
            return None


def stored(here: Whole) -> int:
    """Files in the house."""
    folder = Path(here.service.environ["SHIJIAN_DATA_DIR"]) / "files"
    return sum(path.is_file() for path in folder.rglob("*"))


def peak(here: Whole) -> int:
    """The most memory that the web process has held since the peak was last reset, in bytes."""
    found = re.search(r"VmHWM:\s+(\d+) kB", _proc(here, "status").read_text(encoding="ascii"))
    assert found
    return int(found[1]) * 1024


def peak_from_now_on(here: Whole) -> int:
    """Measure anew from what is held now."""
    _proc(here, "clear_refs").write_text("5", encoding="ascii")
    return peak(here)


def _proc(here: Whole, name: str) -> Path:
    assert here.service.web is not None
    (pid,) = children(here.service.web.pid)
    return Path(f"/proc/{pid}/{name}")
