"""The access and export log (A39): who took or looked at what, when; odd patterns; and its own export, which is in it."""

from __future__ import annotations

from datetime import date
from urllib.parse import parse_qsl

from flask import Blueprint, Response, request
from werkzeug.datastructures import MultiDict

from server.admin.acceptances import key_of
from server.admin.access import current_actor, needs
from server.admin.filters import local
from server.admin.listing import Column, Listing
from server.admin.pages import page
from server.admin.paging import paged
from server.admin.secrecy import as_table
from server.admin.secrecy_words import around
from server.core import clock
from server.domain import secrecy
from server.domain.identity import AuditEntry, Permission
from server.domain.secrecy import GROUP_LABELS, TraceFilters

blueprint = Blueprint("secrecy_traces", __name__, url_prefix="/admin/secrecy/traces")

COLUMNS = (
    Column("at", "时间", sort="at", optional=False),
    Column("who", "人员"),
    Column("group", "类别"),
    Column("summary", "事项", optional=False),
    Column("contract", "合同"),
    Column("address", "来源地址"),
    Column("result", "结果", shown=False),
)
HEADINGS = ("时间", "人员", "单位", "类别", "事项", "合同", "来源地址", "结果")
MOST_ODDITIES = 8


@blueprint.get("/")
@needs(Permission.TRACE_VIEW)
def index() -> Response:
    """The log, newest first; the bureau's administrator and auditor read it."""
    actor = current_actor()
    listing = Listing("traces", COLUMNS, request.args, default_sort="-at", per_page=50)
    found = paged(
        secrecy.traces_matching(actor, filters_of(request.args)),
        listing,
        {"at": AuditEntry.at},
        tie=AuditEntry.id.desc(),
    )
    return page(
        "secrecy/traces.html",
        "secrecy/_traces.html",
        listing=listing,
        found=found,
        groups=list(GROUP_LABELS.items()),
        group_of=lambda row: GROUP_LABELS.get(secrecy.group_of(row.action), "–"),
        contracts_of=secrecy.contracts_of(found.items),
        oddities=secrecy.oddities(actor)[:MOST_ODDITIES],
        **around(actor, "traces"),
    )


@blueprint.post("/export")
@needs(Permission.TRACE_VIEW, step_up=True)
def export() -> Response:
    """The log as a file; that it was made is in the log."""
    actor = current_actor()
    asked: MultiDict[str, str] = MultiDict(parse_qsl(request.form.get("query", "")[:2000]))
    told = "、".join(f"{name}={value}" for name, value in asked.items() if value) or "全部"
    rows = secrecy.export_traces(actor, filters_of(asked), told=told)
    names = around(actor, "traces")["contract_names"]
    of = secrecy.contracts_of(rows)
    cells = [
        [
            local(row.at),
            row.actor_name,
            row.organisation,
            GROUP_LABELS.get(secrecy.group_of(row.action), ""),
            row.summary,
            "、".join(names.get(key, "") for key in of[row.id]),
            row.address,
            row.result.label,
        ]
        for row in rows
    ]
    return as_table(actor, "访问与导出日志", HEADINGS, cells, told)


def filters_of(asked: MultiDict[str, str]) -> TraceFilters:
    """The filters as the address spells them; what makes no sense asks for nothing."""
    since, until = _day(asked.get("from", "")), _day(asked.get("to", ""))
    return TraceFilters(
        group=asked.get("group", ""),
        actor_id=key_of(asked.get("actor", "")),
        contract_id=key_of(asked.get("contract", "")),
        text=asked.get("q", "")[:100],
        since=clock.start_of(since) if since else None,
        until=clock.end_of(until) if until else None,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
