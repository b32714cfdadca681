"""The lists of upkeep as files: what the filters find, with who took it and when; each export is in the trail."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, quote

import sqlalchemy as sa
from flask import Blueprint, Response, request
from werkzeug.datastructures import MultiDict

from server.admin.access import current_actor, needs
from server.admin.exports import MOST_ROWS, TooManyRows
from server.admin.filters import local
from server.admin.upkeep import filters
from server.core import clock
from server.core.db import session
from server.core.logs import redact
from server.domain import contracts, upkeep
from server.domain.identity import Permission
from server.domain.upkeep import Finding, Guidance, Inspection, Visit, Work
from server.gateways.office import sheets

blueprint = Blueprint("upkeep_exports", __name__, url_prefix="/admin/upkeep")

Row = list[str]


def _work(row: Work, name: str) -> Row:
    when = [local(row.started_at), local(row.ended_at)]
    words = [row.what, row.why, row.before, row.after, row.risk.label, row.rollback, row.systems, row.versions]
    return [row.number, name, row.kind.label, *words, *when, row.who, _designated(row.designated), str(row.version)]


def _guidance(row: Guidance, name: str) -> Row:
    who = [row.asker, row.unit, row.channel.label]
    return [row.number, name, *who, row.question, row.answer, str(row.minutes), local(row.given_at), row.who]


def _visit(row: Visit, name: str) -> Row:
    words = [row.place, row.who, row.host, row.reason, row.work, row.result]
    return [row.number, name, row.visited_on.isoformat(), *words, local(row.left_at)]


def _inspection(row: Inspection, name: str) -> Row:
    days = [each.isoformat() if each else "–" for each in (row.planned_on, row.inspected_on)]
    where = [row.place, "是" if row.on_site else "否", row.inspector]
    return [row.number, name, f"{row.month_on:%Y-%m}", row.state.label, *days, *where, local(row.submitted_at)]


def _finding(row: tuple[Finding, Inspection], name: str) -> Row:
    finding, sheet = row
    done = [finding.done_on.isoformat() if finding.done_on else "–", finding.done_note]
    words = [finding.severity.label, finding.text, finding.advice, finding.owner, finding.due_on.isoformat()]
    return [sheet.number, name, f"{sheet.month_on:%Y-%m}", *words, finding.ticket_number, *done]


WORK_HEADINGS = (
    *("编号", "合同", "类别", "维护内容", "原因", "维护前", "维护后", "风险", "回退办法"),
    *("涉及系统", "涉及版本", "开始", "结束", "人员", "当日在册", "版本"),
)
LISTS: Mapping[str, tuple[str, Callable[..., sa.Select[Any]], tuple[str, ...], Callable[..., Row]]] = MappingProxyType(
    {
        "works": (
            "维护日志",
            upkeep.works_matching,
            WORK_HEADINGS,
            _work,
        ),
        "guidance": (
            "操作指导",
            upkeep.guidances_matching,
            ("编号", "合同", "咨询人", "部门", "方式", "问题", "指导内容", "分钟", "时间", "指导人员"),
            _guidance,
        ),
        "visits": (
            "现场服务",
            upkeep.visits_matching,
            ("编号", "合同", "日期", "地点", "人员", "接待人", "事由", "处理过程", "处理结果", "离开"),
            _visit,
        ),
        "inspections": (
            "巡检",
            upkeep.inspections_matching,
            ("编号", "合同", "月份", "状态", "计划", "巡检日期", "地点", "现场", "巡检人", "提交"),
            _inspection,
        ),
        "findings": (
            "巡检问题",
            upkeep.findings_matching,
            ("巡检编号", "合同", "月份", "程度", "问题", "建议", "责任人", "期限", "工单", "完成", "整改情况"),
            _finding,
        ),
    }
)


@blueprint.post("/export/<any(works, guidance, visits, inspections, findings):what>.<any(csv, xlsx):form>")
@needs(Permission.RECORD_VIEW)
def export(what: str, form: str) -> Response:
    """What the filters of a list find, all pages of it."""
    actor = current_actor()
    title, matching, headings, told = LISTS[what]
    given: MultiDict[str, str] = MultiDict(parse_qsl(request.form.get("query", "")[:2000]))
    query = matching(actor, filters(given))
    count = session().scalar(sa.select(sa.func.count()).select_from(query.order_by(None).subquery())) or 0
    if count > MOST_ROWS:
        raise TooManyRows(f"当前筛选超过 {MOST_ROWS} 条，请缩小日期等范围后分批导出。")
    names = {key: name.split(" ")[0] for key, name in contracts.titles(actor).items()}
    result = session().execute(query)
    found: Iterable[Any] = result.all() if what == "findings" else result.scalars().all()
    rows = [_safe(told(row, names.get(_contract(row), ""))) for row in found]
    asked = "、".join(f"{name}={value}" for name, value in sorted(given.items()) if value) or "全部"
    notes = [
        f"{title}导出，共 {len(rows)} 条",
        f"筛选条件：{asked}",
        f"导出时间：{clock.to_local(clock.now()):%Y-%m-%d %H:%M:%S}（北京时间）",
        f"导出人：{actor.name}，{actor.organisation_name}。内部资料，请勿外传。",
    ]
    write = partial(sheets.as_xlsx, title=title) if form == "xlsx" else sheets.as_csv
    body = write(headings, rows, notes=notes)
    upkeep.note_export(actor, what=title, told=asked[:200], count=len(rows))
    answer = Response(body, content_type=sheets.XLSX_TYPE if form == "xlsx" else sheets.CSV_TYPE)
    name = f"{clock.to_local(clock.now()):%Y%m%d-%H%M}.{form}"
    spelled = quote(f"{title}-{name}")
    answer.headers["Content-Disposition"] = f"attachment; filename=\"{what}-{name}\"; filename*=UTF-8''{spelled}"
    return answer


def _contract(row: Any) -> Any:
    return row[0].contract_id if isinstance(row, sa.Row) else row.contract_id


def _safe(row: Row) -> Row:
    return [redact(cell) for cell in row]


def _designated(told: bool | None) -> str:
    return "–" if told is None else "是" if told else "否"
