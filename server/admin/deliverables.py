"""The deliverables' pages: what is to be done, the whole list, and one contract's year at a glance."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, request

from server.admin.access import current_actor, needs
from server.admin.deliverable_words import TONES, due_in_words, end_in_words, url_of
from server.admin.listing import Column, Listing
from server.admin.pages import page
from server.admin.paging import Found
from server.core import clock
from server.core.ids import parse_id
from server.domain import deliverables
from server.domain.contracts import DeliverableKind
from server.domain.deliverables import Standing, State
from server.domain.identity import Permission
from server.gateways.office import sheets

blueprint = Blueprint("deliverables", __name__, url_prefix="/admin/deliverables")

COLUMNS = (
    Column("title", "交付物", sort="title", optional=False),
    Column("contract", "合同", sort="contract"),
    Column("due", "截止", sort="due"),
    Column("state", "状态", optional=False),
    Column("handed", "提交时间", sort="handed"),
    Column("version", "版本", numeric=True, shown=False),
)
AHEAD = timedelta(days=14)
VIEWS = ("todo", "sign", "all")
HEADINGS = ("合同", "交付物", "周期", "截止", "说明", "状态", "迟交", "提交时间", "版本", "签收时间")


@blueprint.get("/")
@needs(Permission.DELIVERABLE_VIEW)
def index() -> Response:
    """The list: first what somebody still has to do."""
    actor = current_actor()
    seen = deliverables.contracts_seen(actor)
    listing = Listing("deliverables", COLUMNS, request.args, default_sort="due")
    everything = deliverables.standings(actor)
    view = request.args.get("view", "todo")
    view = view if view in VIEWS else "todo"
    groups = {each: [row for row in everything if _belongs(row, each)] for each in VIEWS}
    rows = _ordered([row for row in groups[view] if _asked_for(row)], listing)
    start = (listing.page - 1) * listing.per_page
    return page(
        "deliverables/index.html",
        "deliverables/_rows.html",
        listing=listing,
        found=Found(rows[start : start + listing.per_page], len(rows), listing.page, listing.per_page),
        view=view,
        counts={each: len(found) for each, found in groups.items()},
        contracts=seen,
        contract_choices=[(str(each.id), each.number) for each in seen],
        **_shared(),
    )


@blueprint.get("/export.csv")
@needs(Permission.DELIVERABLE_VIEW)
def export() -> Response:
    """The list as it is filtered, as CSV."""
    actor = current_actor()
    rows = [row for row in deliverables.standings(actor) if _belongs(row, request.args.get("view", "all"))]
    note = f"交付物清单，{actor.name}（{actor.organisation_name}），{_local(clock.now())}"
    body = sheets.as_csv(HEADINGS, [_line(row) for row in rows if _asked_for(row)], notes=[note])
    answer = Response(body, content_type=sheets.CSV_TYPE)
    answer.headers["Content-Disposition"] = "attachment; filename=deliverables.csv"
    return answer


@blueprint.get("/contract/<uuid:contract_id>")
@needs(Permission.DELIVERABLE_VIEW)
def contract(contract_id: uuid.UUID) -> Response:
    """One contract's papers at a glance: every cycle as a cell, what moved, and the figures."""
    actor = current_actor()
    found = deliverables.standing(actor, contract_id)
    rows: dict[str, list[Standing]] = {}
    for each in sorted(found, key=lambda one: one.expected.cycle_on):
        rows.setdefault(each.expected.key, []).append(each)
    return page(
        "deliverables/contract.html",
        contract=found[0].contract if found else deliverables.contracts_seen(actor, only=[contract_id])[0],
        rows=list(rows.values()),
        counts=Counter(each.state for each in found),
        late_count=sum(each.late for each in found),
        moves=deliverables.moves_of(actor, contract_id),
        **_shared(),
    )


def _shared() -> dict[str, Any]:
    return {
        "tones": TONES,
        "due_in_words": due_in_words,
        "end_in_words": end_in_words,
        "url_of": url_of,
        "State": State,
        "DeliverableKind": DeliverableKind,
        "today": clock.today(),
    }


def _belongs(row: Standing, view: str) -> bool:
    if view == "todo":
        due_on = row.expected.due_on
        return row.owed and (due_on is None or due_on <= clock.today() + AHEAD)
    return row.awaits_signature if view == "sign" else True


def _asked_for(row: Standing) -> bool:
    asked = request.args
    contract_id = asked.get("contract", "")
    return (
        (not contract_id or row.contract.id == parse_id(contract_id))
        and asked.get("kind", "") in ("", row.expected.kind.value)
        and asked.get("state", "") in ("", row.state.value)
        and (not asked.get("late") or row.late)
        and asked.get("q", "").strip().casefold() in f"{row.expected.title}{row.expected.period}".casefold()
    )


def _ordered(rows: Sequence[Standing], listing: Listing) -> list[Standing]:
    """In memory: what is owed is computed, so no database can order it."""
    never = clock.end_of(clock.today() + timedelta(days=36500))
    keys = {
        "title": lambda row: (row.expected.title, row.expected.cycle_on),
        "contract": lambda row: (row.contract.number, row.expected.due_at or never),
        "due": lambda row: (row.expected.due_at or never, row.expected.key),
        "handed": lambda row: (row.delivery.handed_at if row.delivery else never, row.expected.key),
    }
    key = keys.get(listing.sort_key, keys["due"])
    return sorted(rows, key=key, reverse=listing.descending)


def _line(row: Standing) -> list[str]:
    delivery = row.delivery
    return [
        row.contract.number,
        row.expected.title,
        row.expected.period,
        due_in_words(row.expected),
        row.expected.note + ("（暂定）" if row.expected.provisional else ""),
        row.state.label,
        "是" if row.late else "",
        _local(delivery.handed_at) if delivery else "",
        str(delivery.version) if delivery else "",
        _local(delivery.signed_at) if delivery and delivery.signed_at else "",
    ]


def _local(moment: datetime) -> str:
    return clock.to_local(moment).strftime("%Y-%m-%d %H:%M")
