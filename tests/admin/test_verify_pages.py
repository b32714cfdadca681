"""The page for everybody: what a stranger learns from a code or a file, and what not."""

from __future__ import annotations

import io
from typing import Any

import pytest

from server.domain import documents
from server.domain.documents import Format
from server.gateways import limits
from server.gateways.storage import of_room
from tests.factories import signing as papers
from tests.factories.signing import Desk


@pytest.fixture
def desk(client: Any, session: Any) -> Desk:
    return papers.desk()


@pytest.fixture(autouse=True)
def unlimited(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.extensions, "shijian_limiter", None)


def uploaded(client: Any, raw: bytes, name: str = "文书.pdf") -> Any:
    data = {"file": (io.BytesIO(raw), name)}
    return client.post("/verify", data=data, content_type="multipart/form-data")


def test_a_code_tells_what_the_paper_is(client: Any, desk: Desk) -> None:
    document = papers.issued(desk)
    before = client.get(f"/verify/{document.code}")
    assert "尚未完成签署" in before.text
    papers.both(desk, document)
    answer = client.get(f"/verify/{document.code.lower().replace('-', '')}")
    assert answer.status_code == 200
    for told in (document.number, "文书有效，已签署", "云桥软件有限公司", "郑*鸣", "林*", "普通电子签名"):
        assert told in answer.text
    assert documents.files_of(document)[Format.PDF].sha256 in answer.text
    for hidden in ("郑一鸣", "林岚", "检查日志", "192.0.2.10"):
        assert hidden not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert "Set-Cookie" not in answer.headers


def test_versions_and_voids(client: Any, desk: Desk) -> None:
    old, gone = papers.both(desk), papers.issued(desk)
    newer = papers.made(documents.correct(desk.lin, old.id, reason="数量有误"))
    documents.void(desk.lin, gone.id, reason="录错")
    answer = client.get(f"/verify/{old.code}").text
    assert "文书已被更正" in answer
    assert newer.number in answer
    assert "数量有误" not in answer
    assert "文书已作废" in client.get(f"/verify/{gone.code}").text
    raw = documents.raw(documents.files_of(old)[Format.PDF])
    assert "已有更正版" in uploaded(client, raw).text


@pytest.mark.parametrize("code", ["2222-3333-4444", "222233334444", "x", "-", "%27 or 1=1", "一二三四", "2" * 200])
def test_unknown_codes_all_get_the_same_answer(client: Any, desk: Desk, code: str) -> None:
    answer = client.get(f"/verify/{code}")
    assert answer.status_code == 404
    assert "没有查到这份文书" in answer.text


def test_a_paper_in_the_making_is_not_there_yet(client: Any, desk: Desk) -> None:
    document = documents.issue(desk.lin, "test.note", papers.notes.matter(desk.contract))
    assert client.get(f"/verify/{document.code}").status_code == 404


def test_a_file_is_intact_changed_or_not_ours(client: Any, desk: Desk) -> None:
    document = papers.both(desk)
    raw = documents.raw(documents.files_of(document)[Format.PDF])
    kept = sum(1 for _ in of_room("signing").root.rglob("*"))
    good = uploaded(client, raw)
    assert "文件完好，与出具时一字不差" in good.text
    assert document.number in good.text
    bent = bytearray(raw)
    bent[200] ^= 1
    changed = uploaded(client, bytes(bent))
    assert "文件已被改动" in changed.text
    assert document.number not in changed.text
    assert "不是本系统出具的文件" in uploaded(client, papers.blank_pdf()).text
    assert "不是本系统出具的文件" in uploaded(client, b"hello").text
    assert uploaded(client, b"").status_code == 422
    facts = documents.facts_of(document, contract_number="x")
    elsewhere = documents.sealed(papers.blank_pdf().replace(b"595", b"594"), facts)
    assert "系统登记中没有这个文件" in uploaded(client, elsewhere).text
    assert sum(1 for _ in of_room("signing").root.rglob("*")) == kept


def test_the_page_publishes_whose_seal_it_is(client: Any, desk: Desk) -> None:
    told = client.get("/verify").get_data(as_text=True)
    (key,) = documents.published_keys()
    assert key.current
    assert key.fingerprint in told
    assert key.pem.splitlines()[1] in told
    assert "PRIVATE" not in told
    assert key.fingerprint not in client.get("/verify/2222-2222-2222").get_data(as_text=True)


def test_a_typed_code_leads_to_its_own_address(client: Any, desk: Desk) -> None:
    assert "验证一份文书" in client.get("/verify").text
    answer = client.get("/verify?code=2222-3333-4444")
    assert (answer.status_code, answer.location) == (303, "/verify/2222-3333-4444")


def test_asking_without_end_is_slowed_down(
    app: Any, client: Any, desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    limiter = limits.open_limiter(redis_url="", data_dir=tmp_path)
    monkeypatch.setitem(app.extensions, "shijian_limiter", limiter)
    came = [client.get("/verify/2222-3333-4444").status_code for _ in range(31)]
    assert came == [404] * 30 + [429]
