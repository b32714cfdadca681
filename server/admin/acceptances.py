"""The list of completion notices, with states and days left; its export; and the papers that belong to notices."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date
from urllib.parse import parse_qsl, quote

from flask import Blueprint, Response, request, url_for
from werkzeug.datastructures import MultiDict

from server.admin import acceptance_new, traces
from server.admin.acceptance_page import show_completion
from server.admin.acceptance_words import TONES, due_of, midnight
from server.admin.access import current_actor, needs
from server.admin.filters import local
from server.admin.listing import Column, Listing
from server.admin.pages import page
from server.admin.paging import paged
from server.core import clock
from server.core.db import session
from server.core.errors import Conflict
from server.domain import contracts, records
from server.domain.identity import Actor, Permission
from server.domain.records import COMPLETION_ORDERS, OPEN, Completion, CompletionFilters, CompletionState, RecordFile
from server.gateways.office import sheets

blueprint = Blueprint("acceptances", __name__, url_prefix="/admin/acceptances")

MOST_ROWS = 5000
SANDBOX = "default-src 'none'; sandbox"
AN_HOUR = 3600
COLUMNS = (
    Column("number", "编号", sort="number", optional=False),
    Column("title", "工作", sort="title", optional=False),
    Column("state", "状态"),
    Column("due", "验收期限", sort="due"),
    Column("contract", "合同"),
    Column("sent_at", "发出", sort="sent_at"),
    Column("received_at", "签收", sort="received_at"),
    Column("decided_at", "结论时间", sort="decided_at"),
    Column("round", "轮次", numeric=True, shown=False),
    Column("decided_by", "结论人", shown=False),
)
HEADINGS = (
    "编号",
    "轮次",
    "工作",
    "整体验收",
    "合同",
    "状态",
    "发出时间",
    "签收时间",
    "期限依据",
    "验收期限",
    "结论",
    "结论时间",
    "登记时间",
    "结论人",
    "理由或意见",
)


class TooManyRows(Conflict):
    """A file of so many rows is made in parts."""

    code = "export_too_large"
    message = f"当前筛选超过 {MOST_ROWS} 份，请缩小范围后分批导出。"


blueprint.add_url_rule("/new", "new", acceptance_new.new, methods=["GET"])
blueprint.add_url_rule("/new", "create", acceptance_new.create, methods=["POST"])


@blueprint.get("/")
@needs(Permission.ACCEPTANCE_VIEW)
def index() -> Response:
    """The list, newest first."""
    actor = current_actor()
    listing = Listing("acceptances", COLUMNS, request.args, default_sort="-sent_at")
    found = paged(
        records.matching(actor, filters_of(request.args)), listing, COMPLETION_ORDERS, tie=Completion.id.desc()
    )
    names = contracts.titles(actor) if actor.may(Permission.CONTRACT_VIEW) else {}
    now = clock.now()
    return page(
        "acceptances/index.html",
        "acceptances/_rows.html",
        listing=listing,
        found=found,
        tones=TONES,
        due_by_id={row.id: due_of(row, now) for row in found.items},
        midnight=midnight,
        contract_names=names,
        contract_choices=[(str(key), name) for key, name in names.items()],
        tabs=_tabs(actor),
    )


@blueprint.get("/<uuid:completion_id>")
@needs(Permission.ACCEPTANCE_VIEW)
def show(completion_id: uuid.UUID) -> Response:
    """One notice."""
    actor = current_actor()
    return show_completion(actor, records.find(actor, completion_id))


@blueprint.get("/files/<uuid:file_id>")
@needs(Permission.ACCEPTANCE_VIEW)
def file(file_id: uuid.UUID) -> Response:
    """A paper of a notice, after the check of who asks."""
    return as_download(*records.read_file(current_actor(), file_id))


@blueprint.post("/export")
@needs(Permission.ACCEPTANCE_VIEW)
def export() -> Response:
    """The whole result of the list's filters as a file. Accepted and deemed accepted are told apart in it."""
    actor = current_actor()
    asked: MultiDict[str, str] = MultiDict(parse_qsl(request.form.get("query", "")[:2000]))
    listing = Listing("acceptances", COLUMNS, asked, default_sort="-sent_at")
    query = records.matching(actor, filters_of(asked))
    if listing.sort_key in COMPLETION_ORDERS:
        column = COMPLETION_ORDERS[listing.sort_key]
        query = query.order_by(None).order_by(
            column.desc() if listing.descending else column.asc(), Completion.id.desc()
        )
    found = list(session().scalars(query.limit(MOST_ROWS + 1)))
    if len(found) > MOST_ROWS:
        raise TooManyRows
    names = contracts.titles(actor) if actor.may(Permission.CONTRACT_VIEW) else {}
    told = "、".join(f"{name}={value}" for name, value in asked.items() if value) or "全部"
    records.note_export(actor, told=told, count=len(found))
    as_xlsx = request.form.get("form") != "csv"
    notes = [
        f"完工与验收，共 {len(found)} 份；筛选条件：{told}",
        f"导出时间：{clock.to_local(clock.now()):%Y-%m-%d %H:%M:%S}（北京时间），导出人：{actor.name}，{actor.organisation_name}",
    ]
    rows = _rows(found, names)
    body = (
        sheets.as_xlsx(HEADINGS, rows, notes=notes, title="完工与验收")
        if as_xlsx
        else sheets.as_csv(HEADINGS, rows, notes=notes)
    )
    ending = "xlsx" if as_xlsx else "csv"
    answer = Response(body, content_type=sheets.XLSX_TYPE if as_xlsx else sheets.CSV_TYPE)
    stamp = f"{clock.to_local(clock.now()):%Y%m%d-%H%M}.{ending}"
    spelled = quote(f"完工与验收-{stamp}")
    answer.headers["Content-Disposition"] = f"attachment; filename=\"acceptances-{stamp}\"; filename*=UTF-8''{spelled}"
    return answer


def as_download(found: RecordFile, pieces: Iterator[bytes]) -> Response:
    """A paper as a file to be kept: whatever a browser takes it for, nothing in it may act."""
    traces.of(found.contract_id)
    answer = Response(pieces, mimetype=found.mime)
    answer.content_length = found.size
    answer.headers["Content-Security-Policy"] = SANDBOX
    answer.headers["Content-Disposition"] = (
        f"attachment; filename=\"{found.id}\"; filename*=UTF-8''{quote(found.file_name)}"
    )
    answer.headers["Cache-Control"] = f"private, max-age={AN_HOUR}"
    return answer


def filters_of(asked: MultiDict[str, str]) -> CompletionFilters:
    """The list's filters as its address spells them; what makes no sense asks for nothing."""
    state = asked.get("state", "")
    states = tuple(OPEN) if state == "open" else tuple(each for each in CompletionState if each.value == state)
    return CompletionFilters(
        states=states,
        contract_id=key_of(asked.get("contract", "")),
        ticket_id=key_of(asked.get("ticket", "")),
        final=bool(asked.get("final")),
        overdue=bool(asked.get("overdue")),
        since=_day(asked.get("from", "")),
        until=_day(asked.get("to", "")),
        text=asked.get("q", "")[:100],
    )


def key_of(text: str) -> uuid.UUID | None:
    """The key that a text spells, or none."""
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        return None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _tabs(actor: Actor) -> list[tuple[str, str, bool, int | None]]:
    counts = records.state_counts(actor)
    now = request.args.get("state", "")
    found = [("全部", url_for("acceptances.index"), not now, None)]
    return found + [
        (state.label, url_for("acceptances.index", state=state.value), now == state.value, counts[state])
        for state in CompletionState
    ]


def _rows(found: list[Completion], names: dict[uuid.UUID, str]) -> Iterator[list[str]]:
    for row in found:
        deemed = row.state is CompletionState.DEEMED
        yield [
            row.number,
            str(row.round),
            row.title,
            "是" if row.final else "否",
            names.get(row.contract_id, ""),
            row.state.label,
            local(row.sent_at),
            local(row.received_at),
            row.basis.label + ("（暂定）" if row.provisional else ""),
            midnight(row.due_on),
            row.conclusion.label if row.conclusion else "–",
            midnight(row.due_on) if deemed else local(row.decided_at),
            local(row.decided_recorded_at),
            row.decided_by_name or "–",
            row.reasons,
        ]
