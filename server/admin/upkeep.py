"""Maintenance, guidance and visits: their lists, their pages, the month in which everything stands, lists as files."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any, cast

from flask import Blueprint, Response, request, url_for
from werkzeug.datastructures import MultiDict

from server.admin.acceptance_page import contract_of, ticket_of
from server.admin.acceptances import as_download, key_of
from server.admin.access import current_actor, needs
from server.admin.agenda_month import asked as asked_month
from server.admin.agenda_month import month_of
from server.admin.document_box import box
from server.admin.forms import Form
from server.admin.listing import Column, Listing
from server.admin.pages import page
from server.admin.paging import paged
from server.admin.upkeep_forms import TemplateSchema
from server.admin.upkeep_kinds import Entry, sort_of
from server.admin.upkeep_month import marks_of
from server.admin.upkeep_words import RISK_TONES, before_of, mark_of
from server.core import clock
from server.core.errors import NotFound
from server.domain import calendar, contracts, knowledge, releases, upkeep
from server.domain.identity import Actor, Permission
from server.domain.upkeep import GuidanceChannel, UpkeepFilters, Visit, WorkKind

blueprint = Blueprint("upkeep", __name__, url_prefix="/admin/upkeep")

VIEW = Permission.RECORD_VIEW
WORK_COLUMNS = (
    Column("number", "编号", sort="number", optional=False),
    Column("what", "维护内容", optional=False),
    Column("kind", "类别"),
    Column("started_at", "时间", sort="started_at"),
    Column("who", "人员", sort="who"),
    Column("systems", "涉及系统"),
    Column("contract", "合同"),
    Column("risk", "风险", shown=False),
)
GUIDANCE_COLUMNS = (
    Column("number", "编号", sort="number", optional=False),
    Column("question", "问题", optional=False),
    Column("channel", "方式"),
    Column("asker", "咨询人"),
    Column("given_at", "时间", sort="given_at"),
    Column("minutes", "用时", sort="minutes", numeric=True),
    Column("who", "指导人员"),
    Column("contract", "合同"),
)
VISIT_COLUMNS = (
    Column("number", "编号", sort="number", optional=False),
    Column("reason", "事由", optional=False),
    Column("visited_on", "日期", sort="visited_on"),
    Column("place", "地点"),
    Column("who", "人员"),
    Column("contract", "合同"),
)


@blueprint.get("/")
@needs(VIEW)
def index() -> Response:
    """The maintenance log."""
    actor = current_actor()
    listing = Listing("works", WORK_COLUMNS, request.args, default_sort="-started_at")
    query = upkeep.works_matching(actor, filters())
    found = paged(query, listing, upkeep.WORK_ORDERS, tie=upkeep.Work.id.desc())
    return _list("works", listing, found, actor, choices=WorkKind.choices())


@blueprint.get("/guidance/")
@needs(VIEW)
def guidance() -> Response:
    """The guidances."""
    actor = current_actor()
    listing = Listing("guidance", GUIDANCE_COLUMNS, request.args, default_sort="-given_at")
    query = upkeep.guidances_matching(actor, filters())
    found = paged(query, listing, upkeep.GUIDANCE_ORDERS, tie=upkeep.Guidance.id.desc())
    return _list("guidance", listing, found, actor, choices=GuidanceChannel.choices())


@blueprint.get("/visits/")
@needs(VIEW)
def visits() -> Response:
    """The visits."""
    actor = current_actor()
    listing = Listing("visits", VISIT_COLUMNS, request.args, default_sort="-visited_on")
    query = upkeep.visits_matching(actor, filters())
    found = paged(query, listing, upkeep.VISIT_ORDERS, tie=Visit.id.desc())
    return _list("visits", listing, found, actor, choices=[])


@blueprint.get("/month")
@needs(VIEW)
def month() -> Response:
    """A month with its maintenance, visits, inspections and drills."""
    actor = current_actor()
    grid = month_of(asked_month(request.args.get("month", ""), clock.today()), calendar.load())
    first, last = grid.grid
    contract_id = key_of(request.args.get("contract", ""))
    return page(
        "upkeep/month.html",
        "upkeep/_month.html",
        month=grid,
        marks=marks_of(actor, first, last, contract_id),
        today=clock.today(),
        **around(actor, "month"),
    )


@blueprint.get("/<sort>/<uuid:entry_id>")
@needs(VIEW)
def show(sort: str, entry_id: uuid.UUID) -> Response:
    """One entry with its log and its paper."""
    actor, of = current_actor(), sort_of(sort)
    found = of.find(actor, entry_id)
    return page(
        "upkeep/show.html",
        of=of,
        found=found,
        heading=getattr(found, of.title),
        events=upkeep.events_of(found),
        files=upkeep.files_of([found.id]),
        mark_of=mark_of,
        before_of=before_of,
        risk_tones=RISK_TONES,
        presence=upkeep.presence(found) if isinstance(found, Visit) else None,
        template_form=Form(TemplateSchema(), {"name": getattr(found, "template", "")}),
        may_log=actor.may(Permission.RECORD_LOG, found.contract_id),
        paper_box=box(actor, of.document, found.id, contract_id=found.contract_id),
        **_linked(actor, found),
    )


@blueprint.get("/files/<uuid:file_id>")
@needs(VIEW)
def file(file_id: uuid.UUID) -> Response:
    """A file of the room, after the check of who asks."""
    found, pieces = upkeep.read_file(current_actor(), file_id)
    return as_download(cast("Any", found), pieces)


def filters(given: MultiDict[str, str] | None = None) -> UpkeepFilters:
    """What the address asks for, or another query."""
    asked = request.args if given is None else given
    return UpkeepFilters(
        contract_id=key_of(asked.get("contract", "")),
        kind=asked.get("kind", "")[:32],
        since=_day(asked.get("from", "")),
        until=_day(asked.get("to", "")),
        undesignated=bool(asked.get("undesignated")),
        text=asked.get("q", "")[:100],
    )


def around(actor: Actor, here: str) -> dict[str, Any]:
    """Tabs and names that every page of the group has."""
    names = contracts.titles(actor) if actor.may(Permission.CONTRACT_VIEW) else {}
    entries = (
        ("维护日志", "upkeep.index", "works"),
        ("操作指导", "upkeep.guidance", "guidance"),
        ("现场服务", "upkeep.visits", "visits"),
        ("巡检", "inspections.index", "inspections"),
        ("问题整改", "inspections.findings", "findings"),
        ("应急预案", "contingency.index", "plans"),
        ("月历", "upkeep.month", "month"),
    )
    return {
        "tabs": [(text, url_for(endpoint), key == here, None) for text, endpoint, key in entries],
        "contract_names": names,
        "contract_choices": [(str(key), name) for key, name in names.items()],
    }


def _list(sort: str, listing: Listing, found: Any, actor: Actor, *, choices: Any) -> Response:
    return page(
        f"upkeep/{sort}.html",
        f"upkeep/_{sort}.html",
        listing=listing,
        found=found,
        sort=sort,
        kind_choices=choices,
        risk_tones=RISK_TONES,
        **around(actor, sort),
    )


def _linked(actor: Actor, found: Entry) -> dict[str, Any]:
    release_id, article_id = getattr(found, "release_id", None), getattr(found, "article_id", None)
    inspection_id = getattr(found, "inspection_id", None)
    return {
        "contract": contract_of(actor, found.contract_id),
        "ticket": ticket_of(actor, found.ticket_id),
        "release": _seen(actor, Permission.RELEASE_VIEW, releases.find, release_id),
        "article": _seen(actor, Permission.KNOWLEDGE_VIEW, knowledge.find, article_id),
        "inspection": _seen(actor, VIEW, upkeep.find_inspection, inspection_id),
    }


def _seen(actor: Actor, permission: Permission, find: Any, key: uuid.UUID | None) -> Any:
    if key is None or not actor.may(permission):
        return None
    try:
        return find(actor, key)
    except NotFound:
        return None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
