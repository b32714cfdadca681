"""The list of documents, their export, and the way to each."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, quote

from flask import Blueprint, Response, request
from werkzeug.datastructures import MultiDict

from server.admin import document_page
from server.admin.acceptances import key_of
from server.admin.access import current_actor, needs
from server.admin.document_box import TONES
from server.admin.filters import local, local_date
from server.admin.listing import Column, Listing
from server.admin.navigation import url_if
from server.admin.pages import page
from server.admin.paging import paged
from server.core import clock
from server.core.db import session
from server.core.errors import Conflict
from server.domain import contracts, documents, signing
from server.domain.documents import ORDERS, Document, DocumentFilters, DocumentState
from server.domain.identity import Actor, Permission
from server.gateways.office import sheets

blueprint = Blueprint("documents", __name__, url_prefix="/admin/documents")

blueprint.add_url_rule(
    "/<uuid:document_id>/files/<form>", "file", needs(Permission.DOCUMENT_VIEW)(document_page.file), methods=["GET"]
)
blueprint.add_url_rule(
    "/<uuid:document_id>/pages/<form>/<int:number>.png",
    "leaf",
    needs(Permission.DOCUMENT_VIEW)(document_page.leaf),
    methods=["GET"],
)

MOST_ROWS = 5000
COLUMNS = (
    Column("number", "编号", sort="number", optional=False),
    Column("title", "名称", sort="title", optional=False),
    Column("kind", "种类", sort="kind", shown=False),
    Column("state", "状态"),
    Column("contract", "合同", shown=False),
    Column("covers_on", "所属日期", sort="covers_on"),
    Column("issued_at", "出具", sort="issued_at"),
    Column("version", "版本", numeric=True, shown=False),
    Column("code", "校验码", shown=False),
)
HEADINGS = (
    "编号",
    "名称",
    "种类",
    "状态",
    "合同",
    "所属日期",
    "出具时间",
    "出具人",
    "版本",
    "校验码",
    "内容 SHA-256",
    "原因",
    "保管至",
)


class TooManyRows(Conflict):
    """A file of so many rows is made in parts."""

    code = "export_too_large"
    message = f"当前筛选超过 {MOST_ROWS} 份文书，请缩小范围后分批导出。"


@blueprint.get("/")
@needs(Permission.DOCUMENT_VIEW)
def index() -> Response:
    """The list."""
    actor = current_actor()
    listing = Listing("documents", COLUMNS, request.args, default_sort="-issued_at")
    asked = filters_of(request.args)
    found = paged(documents.matching(actor, asked), listing, ORDERS, tie=Document.id.desc())
    return page(
        "documents/index.html",
        "documents/_rows.html",
        listing=listing,
        found=found,
        tones=TONES,
        kinds={kind.code: kind for kind in documents.kinds()},
        kind_choices=kind_choices(actor),
        states=[("standing", "有效（未作废、未更正）"), ("troubled", "生成失败"), *DocumentState.choices()],
        formats=documents.formats_of([row.id for row in found.items]),
        **around(actor, "documents"),
    )


@blueprint.get("/<uuid:document_id>")
@needs(Permission.DOCUMENT_VIEW)
def show(document_id: uuid.UUID) -> Response:
    """One document."""
    actor = current_actor()
    return document_page.show_document(actor, documents.find(actor, document_id))


@blueprint.post("/export")
@needs(Permission.DOCUMENT_VIEW)
def export() -> Response:
    """The whole result of the list's filters as a file."""
    actor = current_actor()
    asked: MultiDict[str, str] = MultiDict(parse_qsl(request.form.get("query", "")[:2000]))
    listing = Listing("documents", COLUMNS, asked, default_sort="-issued_at")
    column = ORDERS[listing.sort_key]
    query = documents.matching(actor, filters_of(asked)).order_by(None)
    query = query.order_by(column.desc() if listing.descending else column.asc(), Document.id.desc())
    found = list(session().scalars(query.limit(MOST_ROWS + 1)))
    if len(found) > MOST_ROWS:
        raise TooManyRows
    names = contracts.titles(actor) if actor.may(Permission.CONTRACT_VIEW) else {}
    told = "、".join(f"{name}={value}" for name, value in asked.items() if value) or "全部"
    ending = "csv" if request.form.get("form") == "csv" else "xlsx"
    documents.note_export(actor, told=f"文书清单（{told}）", count=len(found), form=ending)
    return as_sheet(HEADINGS, rows_of(found, names), title="文书清单", actor=actor, told=told, ending=ending)


def rows_of(found: list[Document], names: dict[uuid.UUID, str]) -> Iterator[list[str]]:
    """Documents as rows of a sheet, under HEADINGS."""
    labels = {kind.code: kind.label for kind in documents.kinds()}
    for row in found:
        yield [
            row.number,
            row.title,
            labels.get(row.kind, row.kind),
            row.state.label,
            names.get(row.contract_id, ""),
            local_date(row.covers_on),
            local(row.issued_at),
            row.issued_by_name or "系统",
            str(row.version),
            row.code,
            row.content_sha256,
            row.reason,
            local_date(row.keep_until_on),
        ]


def as_sheet(
    headings: tuple[str, ...], rows: Iterator[list[str]], *, title: str, actor: Actor, told: str, ending: str
) -> Response:
    """Rows as a file, with what was asked for, when and by whom on top."""
    notes = [
        f"{title}；筛选条件：{told}",
        f"导出时间：{clock.to_local(clock.now()):%Y-%m-%d %H:%M:%S}（北京时间），导出人：{actor.name}，{actor.organisation_name}",
    ]
    if ending == "csv":
        body, kind = sheets.as_csv(headings, rows, notes=notes), sheets.CSV_TYPE
    else:
        body, kind = sheets.as_xlsx(headings, rows, notes=notes, title=title), sheets.XLSX_TYPE
    answer = Response(body, content_type=kind)
    stamp = f"{clock.to_local(clock.now()):%Y%m%d-%H%M}.{ending}"
    spelled = quote(f"{title}-{stamp}")
    answer.headers["Content-Disposition"] = f"attachment; filename=\"documents-{stamp}\"; filename*=UTF-8''{spelled}"
    return answer


def filters_of(asked: MultiDict[str, str]) -> DocumentFilters:
    """The list's filters as its address spells them; what makes no sense asks for nothing."""
    state, kind = asked.get("state", ""), asked.get("kind", "")
    return DocumentFilters(
        states=tuple(each for each in DocumentState if each.value == state),
        standing=state == "standing",
        troubled=state == "troubled",
        kinds=(kind,) if kind else (),
        contract_id=key_of(asked.get("contract", "")),
        subject_id=key_of(asked.get("subject", "")),
        since=day_of(asked.get("from", "")),
        until=day_of(asked.get("to", "")),
        text=asked.get("q", "")[:100],
    )


def day_of(text: str) -> date | None:
    """The day that a text spells, or none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def kind_choices(actor: Actor) -> list[tuple[str, str]]:
    """The kinds that the actor may read."""
    return [(kind.code, kind.label) for kind in documents.kinds() if actor.may(kind.view)]


def around(actor: Actor, here: str) -> dict[str, Any]:
    """What every page of the room shows: tabs and the names of contracts."""
    names = contracts.titles(actor) if actor.may(Permission.CONTRACT_VIEW) else {}
    entries = [("文书", "documents.index", "documents"), ("编号台账", "document_numbers.index", "numbers")]
    if actor.may(Permission.DOCUMENT_SIGN):
        entries.insert(1, ("待我签署", "document_signing.index", "to_sign"))
    if actor.may(Permission.DOCUMENT_ISSUE):
        entries.append(("批量与归档", "document_runs.index", "runs"))
    elif actor.may(Permission.DOCUMENT_VIEW):
        entries.append(("归档", "document_runs.index", "runs"))
    if actor.may(Permission.TEMPLATE_MANAGE):
        entries.append(("模板", "document_templates.index", "templates"))
    waiting = signing.waiting_count(actor) if actor.may(Permission.DOCUMENT_SIGN) else 0
    return {
        "tabs": [
            (text, url_if(endpoint), key == here, waiting or None if key == "to_sign" else None)
            for text, endpoint, key in entries
            if url_if(endpoint)
        ],
        "contract_names": names,
        "contract_choices": [(str(key), name) for key, name in names.items()],
    }
