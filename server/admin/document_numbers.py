"""The register of numbers: each series of a contract and year, without gaps, with what is void or was replaced."""

from __future__ import annotations

from flask import Blueprint, Response, request
from werkzeug.datastructures import MultiDict

from server.admin.acceptances import key_of
from server.admin.access import current_actor, needs
from server.admin.document_box import TONES
from server.admin.documents import HEADINGS, MOST_ROWS, TooManyRows, around, as_sheet, rows_of
from server.admin.pages import page
from server.core.db import session
from server.domain import documents
from server.domain.documents import Document
from server.domain.identity import Actor, Permission

blueprint = Blueprint("document_numbers", __name__, url_prefix="/admin/documents/numbers")


@blueprint.get("/")
@needs(Permission.DOCUMENT_VIEW)
def index() -> Response:
    """Every series, and the numbers of the one that is chosen."""
    actor = current_actor()
    asked = request.args
    found = documents.register_of(
        actor, contract_id=key_of(asked.get("contract", "")), year=asked.get("year", type=int)
    )
    labels: dict[str, list[str]] = {}
    for kind in documents.kinds():
        labels.setdefault(kind.prefix, []).append(kind.label)
    chosen = _chosen(actor, asked)
    return page(
        "documents/numbers.html",
        series=found,
        labels={prefix: "、".join(names) for prefix, names in labels.items()},
        years=sorted({each.year for each in documents.register_of(actor)}, reverse=True),
        chosen=chosen,
        tones=TONES,
        **around(actor, "numbers"),
    )


@blueprint.post("/export")
@needs(Permission.DOCUMENT_VIEW)
def export() -> Response:
    """The numbers of one series, or of every one, as a file; in the order of the numbers."""
    actor = current_actor()
    ending = "csv" if request.form.get("form") == "csv" else "xlsx"
    found = _chosen(actor, request.form)
    if found is None:
        columns = (Document.contract_id, Document.prefix, Document.year, Document.serial)
        query = documents.matching(actor).order_by(None).order_by(*columns)
        found = list(session().scalars(query.limit(MOST_ROWS + 1)))
    if len(found) > MOST_ROWS:
        raise TooManyRows
    around_ = around(actor, "numbers")
    told = "、".join(filter(None, (request.form.get("prefix", ""), request.form.get("year", "")))) or "全部系列"
    documents.note_export(actor, told=f"文书编号台账（{told}）", count=len(found), form=ending)
    rows = rows_of(found, around_["contract_names"])
    return as_sheet(HEADINGS, rows, title="文书编号台账", actor=actor, told=told, ending=ending)


def _chosen(actor: Actor, asked: MultiDict[str, str]) -> list[Document] | None:
    """The documents of the series that is asked for, or None if none is."""
    contract_id, year = key_of(asked.get("series", "")), asked.get("year", type=int)
    prefix = asked.get("prefix", "")
    if contract_id is None or year is None or not prefix:
        return None
    query = documents.numbered(actor, contract_id=contract_id, prefix=prefix, year=year)
    return list(session().scalars(query.limit(MOST_ROWS + 1)))
