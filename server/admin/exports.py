"""Lists as files: what the filters find, with who took it, when, and what was asked for; each export is in the trail."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from urllib.parse import parse_qsl, quote

import sqlalchemy as sa
from flask import Blueprint, Response, request
from werkzeug.datastructures import MultiDict

from server.admin import ticket_filters
from server.admin.access import current_actor, needs
from server.admin.filters import local
from server.admin.listing import Listing
from server.admin.ticket_filters import Names
from server.admin.tickets import COLUMNS, names_for
from server.core import clock
from server.core.db import session
from server.core.errors import Conflict
from server.core.logs import redact
from server.domain import tickets
from server.domain.identity import Actor, Permission
from server.domain.tickets import ClockKind, Ticket, TicketClock
from server.gateways.office import sheets

blueprint = Blueprint("exports", __name__, url_prefix="/admin/tickets")

MOST_ROWS = 5000
BATCH = 500
XLSX, CSV = "xlsx", "csv"
HEADINGS = (
    "编号",
    "标题",
    "类型",
    "状态",
    "级别",
    "业务中断",
    "渠道",
    "合同",
    "负责人",
    "接报时间",
    "响应时限",
    "首次响应",
    "响应是否达标",
    "到场时限",
    "到场时间",
    "解决时间",
    "关闭时间",
    "评价",
    "原因",
)


class TooManyRows(Conflict):
    """A file of so many rows is made in parts."""

    code = "export_too_large"
    message = f"当前筛选超过 {MOST_ROWS} 个工单，请缩小接报日期等范围后分批导出。"


@blueprint.post("/export")
@needs(Permission.TICKET_EXPORT)
def tickets_found() -> Response:
    """The whole result of a list's filters, in the list's order."""
    actor = current_actor()
    asked: MultiDict[str, str] = MultiDict(_pairs(request.form.get("query", "")))
    form = CSV if request.form.get("form") == CSV else XLSX
    listing = Listing("tickets", COLUMNS, asked, default_sort="-received_at")
    query = tickets.exportable(actor, ticket_filters.read(asked))
    if (session().scalar(sa.select(sa.func.count()).select_from(query.order_by(None).subquery())) or 0) > MOST_ROWS:
        raise TooManyRows
    ordered = tickets.sorted_by(query, listing.sort_key, descending=listing.descending)
    found = list(session().scalars(ordered.limit(MOST_ROWS)))
    names = names_for(actor)
    told = ticket_filters.told(asked, names)
    notes = _notes(actor, told, len(found))
    rows = _rows(found, names)
    write = partial(sheets.as_xlsx, title="工单") if form == XLSX else sheets.as_csv
    body = write(HEADINGS, rows, notes=notes)
    tickets.note_export(actor, told=told, count=len(found), form=form)
    return _as_file(body, sheets.CSV_TYPE if form == CSV else sheets.XLSX_TYPE, form)


def _notes(actor: Actor, told: str, count: int) -> list[str]:
    who = "，".join(part for part in (actor.name, actor.organisation_name) if part)
    return [
        f"工单导出，共 {count} 个",
        f"筛选条件：{told}",
        f"导出时间：{clock.to_local(clock.now()):%Y-%m-%d %H:%M:%S}（北京时间）",
        f"导出人：{who}。内部资料，请勿外传。",
    ]


def _rows(found: list[Ticket], names: Names) -> Iterator[list[str]]:
    for start in range(0, len(found), BATCH):
        batch = found[start : start + BATCH]
        clocks = tickets.clocks_by_ticket([ticket.id for ticket in batch])
        for ticket in batch:
            yield _row(ticket, {row.kind: row for row in clocks[ticket.id]}, names)


def _row(ticket: Ticket, clocks: dict[ClockKind, TicketClock], names: Names) -> list[str]:
    response, on_site = clocks.get(ClockKind.RESPONSE), clocks.get(ClockKind.ON_SITE)
    return [
        ticket.number,
        redact(ticket.title),
        ticket.kind.label,
        ticket.state.label,
        ticket.severity.label,
        "是" if ticket.business_stopped else "否",
        ticket.channel.label,
        names.contracts.get(ticket.contract_id, "") if ticket.contract_id else "",
        ticket.assignee_name,
        local(ticket.received_at),
        _due(response),
        local(ticket.responded_at),
        _kept(response),
        _due(on_site),
        local(on_site.met_at) if on_site else "–",
        local(ticket.resolved_at),
        local(ticket.closed_at),
        f"{ticket.stars} 星" if ticket.stars else "–",
        redact(ticket.cause),
    ]


def _due(row: TicketClock | None) -> str:
    if row is None:
        return "–"
    return row.basis.label if row.due_at is None else local(row.due_at) + ("（暂定）" if row.provisional else "")


def _kept(row: TicketClock | None) -> str:
    if row is None or row.due_at is None:
        return "–"
    if row.met_at is None:
        return "超时" if tickets.is_late(row.due_at, None, clock.now()) else "未到期"
    return "超时" if row.met_at > row.due_at else "达标"


def _pairs(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query[:2000])


def _as_file(body: bytes, kind: str, ending: str) -> Response:
    answer = Response(body, content_type=kind)
    name = f"{clock.to_local(clock.now()):%Y%m%d-%H%M}.{ending}"
    spelled = quote(f"工单-{name}")
    answer.headers["Content-Disposition"] = f"attachment; filename=\"tickets-{name}\"; filename*=UTF-8''{spelled}"
    return answer
