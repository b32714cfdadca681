"""Trainings: the list, the month, what is overdue, which release still owes one, templates of courses, and the export."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, quote

import sqlalchemy as sa
from flask import Blueprint, Response, request, url_for
from werkzeug.datastructures import MultiDict

from server.admin import agenda_month, training_new
from server.admin.acceptances import key_of
from server.admin.access import current_actor, needs
from server.admin.listing import Column, Listing
from server.admin.pages import page, redirect_to, toast
from server.admin.paging import paged
from server.admin.training_forms import STATE_TONES
from server.core import clock
from server.core.db import session
from server.core.errors import Conflict
from server.domain import calendar, contracts, training
from server.domain.identity import Actor, Permission
from server.domain.training import ORDERS, Filters, Ground, State, Training
from server.gateways.office import sheets

blueprint = Blueprint("trainings", __name__, url_prefix="/admin/trainings")
blueprint.add_url_rule("/new", "new", training_new.new, methods=["GET"])
blueprint.add_url_rule("/new", "create", training_new.create, methods=["POST"])

COLUMNS = (
    Column("number", "编号", sort="number", optional=False),
    Column("topic", "主题", optional=False),
    Column("state", "状态"),
    Column("planned_start", "时间", sort="planned_start"),
    Column("trainer", "培训人"),
    Column("people", "参训", numeric=True),
    Column("hours", "课时", sort="hours", numeric=True),
    Column("ground", "性质"),
    Column("contract", "合同", shown=False),
    Column("place", "地点", shown=False),
)
HEADINGS = (
    "编号",
    "主题",
    "性质",
    "状态",
    "计划开始",
    "计划结束",
    "实际开始",
    "实际结束",
    "课时",
    "参训人数",
    "培训人",
    "单位",
    "职务",
    "方式",
    "地点",
    "对象",
    "合同",
)
MOST_ROWS = 5000
BATCH = 500
MOST_IN_MONTH = 300
CSV, XLSX = "csv", "xlsx"


class TooManyRows(Conflict):
    """A file of so many rows is made in parts."""

    code = "export_too_large"
    message = f"当前筛选超过 {MOST_ROWS} 次培训，请缩小范围后分批导出。"


@dataclass(frozen=True, slots=True)
class Box:
    """One day of the month with its trainings."""

    on: date
    inside: bool
    mark: str
    free: bool
    rows: list[Training] = field(default_factory=list)


@blueprint.get("/")
@needs(Permission.RECORD_VIEW)
def index() -> Response:
    """The list, and what is owed above it."""
    actor = current_actor()
    listing = Listing("trainings", COLUMNS, request.args, default_sort="-planned_start")
    found = paged(training.matching(actor, filters_of(request.args)), listing, ORDERS, tie=Training.id.desc())
    return page(
        "trainings/index.html",
        "trainings/_rows.html",
        listing=listing,
        found=found,
        people=training.counts_of([row.id for row in found.items]),
        untrained=training.untrained_releases(actor),
        overdue=training.overdue_count(actor),
        states=State.choices(),
        grounds=Ground.choices(),
        **around(actor, "list"),
    )


@blueprint.get("/month")
@needs(Permission.RECORD_VIEW)
def month() -> Response:
    """A month at a glance."""
    actor = current_actor()
    today = clock.today()
    grid = agenda_month.month_of(agenda_month.asked(request.args.get("month", ""), today), calendar.load())
    first, last = grid.grid
    asked = Filters(contract_id=key_of(request.args.get("contract", "")), from_on=first, until_on=last)
    rows = session().scalars(training.matching(actor, asked).limit(MOST_IN_MONTH))
    by_day: dict[date, list[Training]] = {}
    for row in sorted(rows, key=lambda each: each.planned_start):
        by_day.setdefault(clock.local_day(row.planned_start), []).append(row)
    weeks = [
        [Box(box.on, box.inside, box.mark, box.free, by_day.get(box.on, [])) for box in week] for week in grid.weeks
    ]
    return page("trainings/month.html", month=grid, weeks=weeks, today=today, **around(actor, "month"))


@blueprint.get("/templates")
@needs(Permission.RECORD_VIEW)
def templates() -> Response:
    """Courses that are given again and again."""
    actor = current_actor()
    rows = training.templates(actor)
    scope = actor.contracts_for(Permission.RECORD_LOG)
    writable = {
        row.id for row in rows if actor.may(Permission.RECORD_LOG) and (scope is None or row.contract_id in scope)
    }
    return page("trainings/templates.html", templates=rows, writable=writable, **around(actor, "templates"))


@blueprint.post("/templates/<uuid:template_id>/retire")
@needs(Permission.RECORD_LOG)
def retire_template(template_id: uuid.UUID) -> Response:
    """Offer it no longer."""
    row = training.retire_template(current_actor(), template_id)
    toast(f"已停用模板“{row.name}”")
    return redirect_to("trainings.templates")


@blueprint.post("/export")
@needs(Permission.RECORD_VIEW)
def export() -> Response:
    """The whole result of the list's filters as a file."""
    actor = current_actor()
    asked: MultiDict[str, str] = MultiDict(parse_qsl(request.form.get("query", "")[:2000]))
    form = CSV if request.form.get("form") == CSV else XLSX
    query = training.matching(actor, filters_of(asked))
    if (session().scalar(sa.select(sa.func.count()).select_from(query.order_by(None).subquery())) or 0) > MOST_ROWS:
        raise TooManyRows
    rows = list(session().scalars(query.limit(MOST_ROWS)))
    told = "；".join(f"{name}={value}" for name, value in sorted(asked.items()) if value) or "全部"
    notes = [
        f"培训导出，共 {len(rows)} 次",
        f"筛选条件：{told}",
        f"导出时间：{clock.to_local(clock.now()):%Y-%m-%d %H:%M:%S}（北京时间）",
        f"导出人：{actor.name}，{actor.organisation_name}。内部资料，请勿外传。",
    ]
    write = partial(sheets.as_xlsx, title="培训") if form == XLSX else sheets.as_csv
    body = write(HEADINGS, _lines(rows, contract_names(actor)), notes=notes)
    training.note_export(actor, told=told[:200], count=len(rows), form=form)
    answer = Response(body, content_type=sheets.CSV_TYPE if form == CSV else sheets.XLSX_TYPE)
    name = f"{clock.to_local(clock.now()):%Y%m%d-%H%M}.{form}"
    answer.headers["Content-Disposition"] = (
        f"attachment; filename=\"trainings-{name}\"; filename*=UTF-8''{quote(f'培训-{name}')}"
    )
    return answer


def filters_of(asked: MultiDict[str, str]) -> Filters:
    """The list's filters as its address spells them; what makes no sense asks for nothing."""
    return Filters(
        contract_id=key_of(asked.get("contract", "")),
        states=tuple(each for each in State if each.value == asked.get("state", "")),
        ground=next((each for each in Ground if each.value == asked.get("ground", "")), None),
        overdue=bool(asked.get("overdue")),
        text=asked.get("q", "")[:100],
        from_on=_day(asked.get("from", "")),
        until_on=_day(asked.get("to", "")),
    )


def contract_names(actor: Actor) -> dict[uuid.UUID, str]:
    """The contracts' names, for who may know them."""
    return contracts.titles(actor) if actor.may(Permission.CONTRACT_VIEW) else {}


def around(actor: Actor, here: str) -> dict[str, Any]:
    """What every page of the group shows: tabs, tones, names of contracts."""
    names = contract_names(actor)
    entries = (
        ("培训", "trainings.index", "list"),
        ("月历", "trainings.month", "month"),
        ("课程模板", "trainings.templates", "templates"),
    )
    return {
        "tabs": [(text, url_for(endpoint), key == here, None) for text, endpoint, key in entries],
        "tones": STATE_TONES,
        "contract_names": names,
        "contract_choices": [(str(key), name) for key, name in names.items()],
    }


def _lines(rows: list[Training], names: dict[uuid.UUID, str]) -> Iterator[list[str]]:
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        people = training.counts_of([row.id for row in batch])
        for row in batch:
            yield [
                row.number,
                row.topic,
                row.ground.label,
                row.state.label,
                *(
                    f"{clock.to_local(at):%Y-%m-%d %H:%M}" if at else ""
                    for at in (row.planned_start, row.planned_end, row.actual_start, row.actual_end)
                ),
                str(row.hours or ""),
                str(people[row.id]),
                row.trainer_name,
                row.trainer_organisation,
                row.trainer_title,
                row.mode.label,
                row.place,
                row.audience,
                names.get(row.contract_id, ""),
            ]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
