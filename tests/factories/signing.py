"""Papers to be signed: issued, with a real sealed PDF, and the people of both sides."""

from __future__ import annotations

import io
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import pypdfium2
import segno
from PIL import Image, ImageDraw

from server.core import clock
from server.core.ids import new_id
from server.domain import contracts, documents, signing
from server.domain.contracts import Contract
from server.domain.documents import Document, Format, Kind, Made, Side
from server.domain.identity import SCHEDULER, Actor, OrganisationKind
from server.domain.signing import Signature, Signer
from server.gateways.papers import Paper
from tests.factories import contracts as entered
from tests.factories import documents as notes
from tests.factories import identity as people

ONE_SIDED = documents.register(
    Kind(
        code="test.memo",
        label="测试备忘",
        prefix="BW",
        subject_kind="test",
        form=notes.FORM,
        compose=notes.compose,
        sides=(Side.VENDOR,),
        formats=(Format.PDF,),
    )
)


@dataclass
class Desk:
    """Contract A and its people; 冯 (feng) is of another vendor that has a role on the contract by mistake."""

    contract: Contract
    lin: Actor
    zhou: Actor
    zheng: Actor
    wu: Actor
    shen: Actor
    feng: Actor


def desk() -> Desk:
    """Everybody, with fresh passwords, and the parties' agreement."""
    vendor = people.organisation(OrganisationKind.VENDOR)
    other = people.organisation(OrganisationKind.VENDOR, "别家软件有限公司")
    contract = entered.contract_a(vendor_id=vendor.id)
    roles = [people.USUAL_ROLES["zheng"]]
    made = Desk(
        contract=contract,
        lin=people.actor("lin", stepped_up=True),
        zhou=people.actor("zhou", stepped_up=True),
        zheng=people.actor("zheng", stepped_up=True, contract_id=contract.id),
        wu=people.actor("wu", stepped_up=True, contract_id=contract.id),
        shen=people.actor("shen", stepped_up=True),
        feng=people.actor("feng", stepped_up=True, contract_id=contract.id, of=other, roles=roles),
    )
    agreed(made)
    return made


def agreed(at: Desk) -> signing.Agreement:
    """The agreement of the contract."""
    paper = signing.take_scan(name="电子签名约定.pdf", raw=blank_pdf())
    values = {"agreed_on": date(2026, 1, 5), "vendor_signer": "吴桐", "bureau_signer": "周正"}
    return signing.agree(at.zhou, at.contract.id, paper=paper, **values)


def issued(at: Desk, kind: str = "test.note") -> Document:
    """A document with its PDF, as the job makes it, but of one blank page."""
    document = documents.issue(at.lin, kind, notes.matter(at.contract))
    return made(document)


def made(document: Document) -> Document:
    """A document's PDF."""
    contract = contracts.find(SCHEDULER, document.contract_id)
    pdf = documents.sealed(blank_pdf(), documents.facts_of(document, contract_number=contract.number))
    assert documents.keep_made(document.id, [Made(Format.PDF, documents.keep(pdf))])
    return document


def signed(who: Actor, document: Document, *, drawing: Paper | None = None, **changes: Any) -> Signature:
    """An in-app signature of what is on record."""
    values = shown(who, document) | changes
    return signing.sign(who, document.id, drawing=drawing, **values)


def shown(who: Actor, document: Document) -> dict[str, str]:
    """What the page shows the person."""
    sha256 = documents.files_of(document)[Format.PDF].sha256
    side = Side.VENDOR if who.is_vendor else Side.BUREAU
    return {"sha256": sha256, "intent": signing.intent_of(document, sha256=sha256, side=side, actor=who)}


def both(at: Desk, document: Document | None = None) -> Document:
    """A document that both sides signed in-app."""
    document = document or issued(at)
    signed(at.zheng, document)
    signed(at.lin, document)
    return document


def scanned(who: Actor, document: Document, *, raw: bytes | None = None, **changes: Any) -> signing.Scan:
    """A scan of the signed paper, brought by somebody."""
    today = clock.today()
    values: dict[str, Any] = {
        "qr_texts": [f"https://sj.example/verify/{document.code}"],
        "signers": {Side.VENDOR: Signer("郑一鸣", today), Side.BUREAU: Signer("林岚", today)},
    }
    paper = signing.take_scan(name="签署扫描件.png", raw=raw or scan_png(new_id().hex))
    return signing.attach_scan(who, document.id, paper=paper, **(values | changes))


@cache
def blank_pdf() -> bytes:
    """One white page."""
    out = io.BytesIO()
    with closing(pypdfium2.PdfDocument.new()) as pdf:
        pdf.new_page(595, 842)
        pdf.save(out)
    return out.getvalue()


def scan_png(text: str) -> bytes:
    """A picture of a paper with a QR code."""
    out = io.BytesIO()
    segno.make_qr(text).save(out, kind="png", scale=4)
    return out.getvalue()


def drawing_png(*, blank: bool = False) -> bytes:
    """A drawn signature."""
    image = Image.new("RGBA", (300, 120), (0, 0, 0, 0))
    if not blank:
        ImageDraw.Draw(image).line([(20, 90), (90, 30), (160, 80), (270, 25)], fill=(20, 20, 20, 255), width=5)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
