"""The signed copy: the same paper with its signature blocks filled, a page that tells of the signing, and a seal."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from server.core import clock
from server.core.db import session
from server.domain import contracts, documents, identity
from server.domain.documents import Document, DocumentState, Format, Kept
from server.domain.signing import access, chain, papers, settling
from server.domain.signing.models import Signature
from server.domain.signing.vocabulary import Act, Mode
from server.gateways import office
from server.gateways.office import joining
from server.gateways.office.layout import Column, Field, Fields, Filled, Form, Prose, Signed, Table

SIGNING_PAGE = Form(
    title="签署页",
    blocks=(
        Fields(
            "paper",
            (
                Field("title", "文书", wide=True),
                Field("number", "编号", wide=True),
                Field("version", "版本"),
                Field("mode", "签署方式"),
                Field("sha256", "所签文件 SHA-256", wide=True),
                Field("done", "签署完成时间", wide=True),
            ),
        ),
        Table(
            "signatures",
            (
                Column("side", "签署方", share=1),
                Column("organisation", "单位", share=3),
                Column("name", "签署人", share=2),
                Column("at", "时间", share=3),
                Column("address", "网络地址", share=2),
            ),
            label="签署人",
        ),
        Prose("intents", "签署声明"),
        Prose("note", "说明"),
    ),
)
NOTE = (
    "本页由系统在双方签署完成后生成，与所签文件一并保存。"
    "签署方式为普通电子签名：签署前以口令再次验证身份，系统记录所签文件的哈希、时间、网络地址和声明，并以服务端密钥封印。"
    "本签名未使用电子认证服务机构（CA）颁发的证书。扫描文书上的二维码，或在验证页上传本文件，可以核对其是否完好。"
)


@dataclass(frozen=True, slots=True)
class CopyOrder:
    """What a signed copy is made of, apart from rows."""

    document_id: uuid.UUID
    paper: Filled
    page: Filled
    facts: Mapping[str, Any]


def copy_ordered(document_id: uuid.UUID, *, base_url: str) -> CopyOrder | None:
    """What is to be made, or None if it is there, or the document is not signed in the console. Only reads."""
    document = session().get(Document, document_id, populate_existing=True)
    if document is None or document.state is not DocumentState.SIGNED:
        return None
    files = documents.files_of(document)
    standing = settling.standing_of(document.id)
    if Format.SIGNED_PDF in files or any(each.mode is not Mode.IN_APP for each in standing.values()):
        return None
    filled = documents.filled(document, base_url=base_url)
    ordered = sorted(standing.values(), key=lambda each: each.signed_at)
    contract = contracts.find(identity.SCHEDULER, document.contract_id)
    told = [_fact(each) for each in ordered]
    return CopyOrder(
        document_id=document.id,
        paper=replace(filled, signed=tuple(_block(each) for each in ordered)),
        page=_page(document, filled, ordered),
        facts=documents.facts_of(document, contract_number=contract.number, signatures=told),
    )


def make_copy(order: CopyOrder) -> Kept:
    """Set, seal and keep it. Touches no row: call it outside any unit."""
    whole = joining.joined([office.pdf(order.paper), office.pdf(order.page)])
    return documents.keep(documents.sealed(whole, order.facts))


def keep_copy(document_id: uuid.UUID, kept: Kept) -> bool:
    """Name the copy as a file of the document; False if there is one already."""
    document = session().get(Document, document_id, populate_existing=True, with_for_update=True)
    if document is None or Format.SIGNED_PDF in documents.files_of(document):
        return False
    documents.attach(document, Format.SIGNED_PDF, kept)
    return True


def _block(signature: Signature) -> Signed:
    return Signed(
        side=signature.side.value,
        name=signature.name,
        organisation=signature.organisation,
        at=_moment(signature),
        how=signature.mode.label,
        drawing=papers.raw_of(signature.drawing_key) if signature.drawing_key else None,
    )


def _fact(signature: Signature) -> dict[str, Any]:
    return {
        "side": signature.side.value,
        "name": signature.name,
        "organisation": signature.organisation,
        "at": _moment(signature),
        "how": signature.mode.label,
        "file_sha256": signature.file_sha256,
    }


def _page(document: Document, filled: Filled, ordered: list[Signature]) -> Filled:
    entries = {entry.id: entry for entry in chain.entries_of(document.id)}
    done = next((entry.at for entry in entries.values() if entry.act is Act.COMPLETED), None)
    rows = [
        {
            "side": each.side.label,
            "organisation": each.organisation,
            "name": each.name,
            "at": _moment(each),
            "address": each.address,
        }
        for each in ordered
    ]
    paper = {
        "title": document.title,
        "number": document.number,
        "version": f"第 {document.version} 版",
        "mode": Mode.IN_APP.label,
        "sha256": access.pdf_of(document).sha256,
        "done": f"{clock.to_local(done):%Y-%m-%d %H:%M:%S}" if done else "",
    }
    intents = "\n".join(f"{each.side.label}：{entries[each.entry_id].intent}" for each in ordered)
    content = {"paper": paper, "signatures": rows, "intents": intents, "note": NOTE}
    return replace(filled, form=SIGNING_PAGE, content=content, title="签署页", head=(), signed=())


def _moment(signature: Signature) -> str:
    return f"{clock.to_local(signature.signed_at):%Y-%m-%d %H:%M:%S}"
