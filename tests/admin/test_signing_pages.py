"""The pages of signing: reading, signing, drawing, scans, refusals, agreements, the proof; whose they are."""

from __future__ import annotations

import base64
import html
import io
import re
import uuid
from dataclasses import dataclass
from typing import Any

import pytest

from server.core.db import db
from server.domain import documents
from server.domain.documents import Document, DocumentState, Format
from tests.conftest import counting
from tests.factories import identity as people
from tests.factories import signing as papers
from tests.factories.signing import Desk
from tests.support.jobs import work

ROOT = "/admin/documents/"
DRAWING = "data:image/png;base64," + base64.b64encode(papers.drawing_png()).decode()


@dataclass
class Seats:
    """The desk, and everybody's browser."""

    desk: Desk
    client: Any
    session: Any

    def sit(self, login: str) -> Any:
        officer = self.session.query(people.Officer).filter(people.Officer.login == login).one()
        return people.signed_in(self.client, officer, stepped_up=False)

    def fresh(self, document: Document) -> Document:
        self.session.expire_all()
        return self.session.get_one(Document, document.id)


@pytest.fixture
def seats(client: Any, session: Any) -> Seats:
    return Seats(papers.desk(), client, session)


def sent(browser: Any, document: Document, **changes: str) -> dict[str, str]:
    """What the page's form sends."""
    text = browser.get(f"{ROOT}{document.id}/sign").text
    hidden = {
        name: html.unescape(re.findall(rf'name="{name}" value="([^"]+)"', text)[0]) for name in ("sha256", "intent")
    }
    return hidden | {"agree": "true", "password": people.PASSWORD} | changes


def test_both_sign_and_the_copy_is_made(app: Any, seats: Seats) -> None:
    document = papers.issued(seats.desk)
    zheng = seats.sit("zheng")
    page = zheng.get(f"{ROOT}{document.id}/sign").text
    assert documents.files_of(document)[Format.PDF].sha256 in page
    assert "普通电子签名" in page
    assert 'class="document-leaf"' in page
    answer = zheng.post(f"{ROOT}{document.id}/sign", data=sent(zheng, document, drawing=DRAWING))
    assert (answer.status_code, answer.location) == (303, f"{ROOT}{document.id}")
    assert zheng.get(ROOT).status_code == 200, "the renewed session goes on"
    shown = zheng.get(f"{ROOT}{document.id}").text
    assert "郑一鸣" in shown
    picture = re.findall(r'src="([^"]+/drawings/[^"]+)"', shown)[0]
    assert zheng.get(picture).data.startswith(b"\x89PNG")
    lin = seats.sit("lin")
    assert document.number in lin.get(f"{ROOT}to-sign").text
    assert lin.post(f"{ROOT}{document.id}/sign", data=sent(lin, document)).status_code == 303
    assert document.number not in lin.get(f"{ROOT}to-sign").text
    assert seats.fresh(document).state is DocumentState.SIGNED
    assert lin.get(f"{ROOT}{document.id}/sign").status_code == 303
    work(app)
    seats.session.expire_all()
    copy = documents.files_of(document)[Format.SIGNED_PDF]
    checked = documents.unsealed(documents.raw(copy), trusted=documents.trusted_keys())
    assert checked.intact
    assert [each["name"] for each in checked.facts["signatures"]] == ["郑一鸣", "林岚"]
    proof = lin.get(f"{ROOT}{document.id}/verification").text
    assert "核验通过" in proof
    assert "192" in proof or "127.0.0.1" in proof


def test_what_is_wrong_is_said_and_the_drawing_stays(seats: Seats) -> None:
    document = papers.issued(seats.desk)
    zheng = seats.sit("zheng")
    path = f"{ROOT}{document.id}/sign"
    wrong = zheng.post(path, data=sent(zheng, document, password="wrong", drawing=DRAWING))
    assert wrong.status_code == 422
    assert "当前口令不正确" in wrong.text
    assert DRAWING in wrong.text
    assert zheng.post(path, data=sent(zheng, document, agree="")).status_code == 422
    blank = "data:image/png;base64," + base64.b64encode(papers.drawing_png(blank=True)).decode()
    refused = zheng.post(path, data=sent(zheng, document, drawing=blank))
    assert refused.status_code == 422
    assert "空白" in refused.text
    assert zheng.get(ROOT).status_code == 200, "a refusal after the password keeps the session"
    stale = zheng.post(path, data=sent(zheng, document, sha256="0" * 64))
    assert stale.status_code == 409
    assert "不一致" in stale.text
    assert seats.fresh(document).state is DocumentState.ISSUED


def test_strangers_and_onlookers(seats: Seats) -> None:
    document = papers.issued(seats.desk)
    path = f"{ROOT}{document.id}"
    assert seats.sit("shen").get(f"{path}/sign").status_code == 403
    assert seats.sit("feng").get(f"{path}/sign").status_code == 303
    people.officer("qian", roles=[people.USUAL_ROLES["zheng"]])
    qian = seats.sit("qian")
    for way in ("/sign", "/verification", f"/scans/{uuid.uuid4()}", f"/drawings/{uuid.uuid4()}"):
        assert qian.get(f"{path}{way}").status_code == 404
    assert qian.post(f"{path}/signing/decline", data={"reason": "x"}).status_code == 404
    assert qian.post(f"{path}/sign", data={}).status_code == 404
    assert document.number not in qian.get(f"{ROOT}to-sign").text


def test_a_scan_from_upload_to_confirmation(seats: Seats) -> None:
    document = papers.issued(seats.desk)
    path = f"{ROOT}{document.id}"
    zheng = seats.sit("zheng")

    def upload(raw: bytes, **changes: str) -> Any:
        today = papers.clock.today().isoformat()
        values = {"vendor_name": "郑一鸣", "bureau_name": "林岚", "vendor_on": today, "bureau_on": today, "code": ""}
        data = values | changes | {"upload": (io.BytesIO(raw), "扫描件.png")}
        return zheng.post(f"{path}/signing/scan", data=data, content_type="multipart/form-data")

    other = upload(papers.scan_png("https://sj.example/verify/2222-2222-2222"))
    assert other.status_code == 422
    assert "不是这份文书的" in other.text
    assert "校验码" in upload(papers.scan_png("no code here")).text
    assert upload(b"no picture").status_code == 422
    good = papers.scan_png(f"http://localhost/verify/{document.code}")
    nameless = upload(good, bureau_name="")
    assert "请填写甲方签署人" in nameless.text
    assert upload(good).status_code == 303
    mine = zheng.get(f"{path}/sign").text
    assert "等待对方确认" in mine
    lin = seats.sit("lin")
    text = lin.get(f"{path}/sign").text
    leaf = re.findall(r'src="([^"]+/scans/[^"]+)"', text)[0]
    assert lin.get(leaf).data.startswith(b"\x89PNG")
    assert "确认扫描件" in lin.get(f"{ROOT}to-sign").text
    sent_back = lin.post(f"{path}/signing/refuse-scan", data={"reason": "缺少公章"})
    assert sent_back.status_code == 303
    zheng = seats.sit("zheng")
    assert upload(good).status_code == 303
    lin = seats.sit("lin")
    assert lin.post(f"{path}/signing/confirm-scan").status_code == 303
    assert seats.fresh(document).state is DocumentState.SIGNED
    assert "手写签署" in lin.get(path).text
    assert "核验通过" in lin.get(f"{path}/verification").text


def test_a_refusal_is_seen_by_the_other_side(seats: Seats) -> None:
    document = papers.issued(seats.desk)
    path = f"{ROOT}{document.id}"
    lin = seats.sit("lin")
    assert lin.post(f"{path}/signing/decline", data={"reason": ""}).status_code == 422
    assert lin.post(f"{path}/signing/decline", data={"reason": "工时与实际不符"}).status_code == 303
    zheng = seats.sit("zheng")
    for way in (path, f"{path}/sign"):
        assert "工时与实际不符" in zheng.get(way).text
    assert zheng.post(f"{path}/signing/lift-decline").status_code == 409
    assert seats.sit("lin").post(f"{path}/signing/lift-decline").status_code == 303


def test_findings_are_shown(seats: Seats) -> None:
    document = papers.both(seats.desk)
    file = documents.files_of(document)[Format.PDF]
    path = documents.store()._path(file.sha256)
    path.write_bytes(path.read_bytes().replace(b"/Page", b"/PagE", 1))
    text = seats.sit("lin").get(f"{ROOT}{document.id}/verification").text
    assert "核验发现" in text
    assert "文件被改动过" in text


def test_the_agreement_of_a_contract(seats: Seats) -> None:
    path = f"/admin/contracts/{seats.desk.contract.id}/electronic-signing"
    zhou = seats.sit("zhou")
    assert "已约定使用普通电子签名" in zhou.get(path).text
    assert zhou.post(f"{path}/end", data={"reason": ""}).status_code == 422
    assert zhou.post(f"{path}/end", data={"reason": "改用手写"}).status_code == 303
    document = papers.issued(seats.desk)
    assert "尚未登记" in zhou.get(f"{ROOT}{document.id}/sign?mode=app").text
    values = {"agreed_on": "2026-01-05", "vendor_signer": "吴桐", "bureau_signer": "周正", "note": ""}
    assert zhou.post(path, data=values).status_code == 422
    data = values | {"upload": (io.BytesIO(papers.blank_pdf()), "约定.pdf")}
    assert zhou.post(path, data=data, content_type="multipart/form-data").status_code == 303
    page = zhou.get(path).text
    assert "改用手写" in page
    file = re.findall(r'href="([^"]+/file)"', page)[0]
    assert zhou.get(file).data.startswith(b"%PDF")
    lin = seats.sit("lin")
    assert lin.get(path).status_code == 200
    assert lin.post(f"{path}/end", data={"reason": "x"}).status_code == 403


def test_the_list_asks_the_same_number_of_questions(seats: Seats) -> None:
    counts = []
    for _ in range(2):
        for _ in range(3):
            papers.issued(seats.desk)
        lin = seats.sit("lin")
        with counting(db.engine) as seen:
            assert lin.get(f"{ROOT}to-sign").status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1]
