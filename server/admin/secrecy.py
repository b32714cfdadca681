"""保密与安全: the register of what was handed over and at which level (A38)."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import parse_qsl, quote

from flask import Blueprint, Response, request
from werkzeug.datastructures import MultiDict

from server.admin import document_box
from server.admin.acceptance_new import contracts_for
from server.admin.acceptances import key_of
from server.admin.access import current_actor, needs
from server.admin.filters import local
from server.admin.forms import Choices, Form
from server.admin.listing import Column, Listing
from server.admin.pages import page, redirect_to, toast
from server.admin.paging import paged
from server.admin.secrecy_forms import (
    AskBackSchema,
    BureauItemSchema,
    DeclareSchema,
    DestroySchema,
    GiveBackSchema,
    ItemSchema,
    PassOnSchema,
    ReasonSchema,
)
from server.admin.secrecy_show import Step, show, take
from server.admin.secrecy_words import around, item_due
from server.admin.trying import attempt
from server.core import clock, db
from server.core.db import session
from server.core.errors import Conflict
from server.core.ids import parse_id
from server.domain import contracts, records, secrecy, staffing
from server.domain.identity import Actor, Permission
from server.domain.records import MaterialFilters, MaterialState
from server.domain.secrecy import ITEM_ORDERS, ItemFilters, ItemState, Level, SecrecyItem
from server.gateways.office import sheets

blueprint = Blueprint("secrecy", __name__, url_prefix="/admin/secrecy")

LOG, MANAGE = Permission.RECORD_LOG, Permission.SECRECY_MANAGE
MOST_ROWS, MOST_UNREGISTERED = 5000, 20
COLUMNS = (
    Column("number", "编号", sort="number", optional=False),
    Column("item", "资料", optional=False),
    Column("level", "密级"),
    Column("holder", "持有人"),
    Column("state", "状态"),
    Column("due", "归还", sort="due"),
    Column("handed_on", "交接", sort="handed_on"),
    Column("contract", "合同"),
    Column("carrier", "载体", shown=False),
    Column("purpose", "用途", shown=False),
)
HEADINGS = (
    "编号",
    "资料",
    "密级",
    "依据",
    "载体",
    "份数",
    "介质编号",
    "持有人",
    "用途",
    "合同",
    "交接日期",
    "应还日期",
    "状态",
    "办结日期",
    "凭证",
    "见证人",
)
_HELD = frozenset({ItemState.HELD})
STEPS = {
    "declare": Step(
        "申报密级",
        "申报",
        "tag",
        DeclareSchema,
        secrecy.declare,
        MANAGE,
        _HELD,
        "已申报密级",
        bureau=True,
        primary=True,
    ),
    "give-back": Step(
        "登记归还", "登记", "arrow-back-up", GiveBackSchema, secrecy.give_back, LOG, _HELD, "已登记归还", bureau=True
    ),
    "destroy": Step("登记销毁", "登记", "trash", DestroySchema, secrecy.destroy, LOG, _HELD, "已登记销毁"),
    "ask-back": Step(
        "要求归还", "提出", "calendar-due", AskBackSchema, secrecy.ask_back, LOG, _HELD, "已要求归还", bureau=True
    ),
    "pass-on": Step("变更持有人", "变更", "switch-horizontal", PassOnSchema, secrecy.pass_on, LOG, _HELD, "已变更"),
    "withdraw": Step(
        "撤销登记", "撤销", "ban", ReasonSchema, secrecy.withdraw, MANAGE, _HELD, "登记已撤销", bureau=True
    ),
}


class TooManyRows(Conflict):
    """A file of so many rows is made in parts."""

    code = "export_too_large"
    message = f"当前筛选超过 {MOST_ROWS} 条，请缩小范围后分批导出。"


@blueprint.get("/")
@needs(Permission.SECRECY_VIEW)
def index() -> Response:
    """The register, with what is undeclared and what is not in it yet."""
    actor = current_actor()
    listing = Listing("secrecy", COLUMNS, request.args, default_sort="-handed_on")
    filters = filters_of(request.args)
    found = paged(secrecy.items_matching(actor, filters), listing, ITEM_ORDERS, tie=SecrecyItem.id.desc())
    today = clock.today()
    return page(
        "secrecy/index.html",
        "secrecy/_items.html",
        listing=listing,
        found=found,
        due_by_id={row.id: item_due(row, today) for row in found.items},
        levels=Level.choices(),
        states=ItemState.choices(),
        undeclared=secrecy.undeclared(actor),
        unregistered=_unregistered(actor),
        may_enter=actor.may(LOG),
        register_box=_register_box(actor, filters.contract_id),
        **around(actor, "items"),
    )


@blueprint.get("/new")
@needs(LOG)
def new() -> Response:
    """An empty form, or one for a material that was delivered."""
    actor = current_actor()
    data: dict[str, Any] = {}
    text = request.args.get("material", "")
    if text and actor.may(Permission.RECORD_VIEW):
        material = records.find_material(actor, parse_id(text))
        data = {
            "contract_id": str(material.contract_id),
            "item": material.item,
            "handed_on": material.delivered_on,
        }
    choices = _choices(actor)
    if len(choices["contract_id"]) == 1:
        data.setdefault("contract_id", choices["contract_id"][0][0])
    return page("secrecy/new.html", form=Form(_schema(actor), data, choices=choices), material=text)


@blueprint.post("/new")
@needs(LOG)
def create() -> Response:
    """Enter it."""
    actor = current_actor()
    with db.reading():
        choices = _choices(actor)
    form = Form.submitted(_schema(actor), request.form, choices=choices)
    material = request.form.get("material", "")

    def verb() -> SecrecyItem:
        values = dict(form.values)
        values["contract_id"] = parse_id(values["contract_id"])
        values["maintainer_id"] = parse_id(values["maintainer_id"]) if values["maintainer_id"] else None
        values["material_id"] = _material(actor, material, values["contract_id"])
        return secrecy.hand_over(actor, **values)

    made = attempt(form, verb)
    if made is None:
        return page("secrecy/new.html", status=422, form=form, material=material)
    toast("已登记")
    return redirect_to("secrecy.show_item", item_id=made.id)


@blueprint.get("/items/<uuid:item_id>", endpoint="show_item")
@needs(Permission.SECRECY_VIEW)
def show_item(item_id: uuid.UUID) -> Response:
    """One thing."""
    return _show(current_actor(), item_id)


@blueprint.post("/items/<uuid:item_id>/<step>")
@needs(Permission.SECRECY_VIEW)
def step(item_id: uuid.UUID, step: str) -> Response:
    """Declare it, give it back, destroy it, and so on."""
    actor = current_actor()
    with db.reading():
        row = secrecy.find_item(actor, item_id)
    back = ("secrecy.show_item", {"item_id": item_id})
    return take(actor, row, STEPS, step, lambda name, form: _show(actor, item_id, name, form), back)


@blueprint.post("/export")
@needs(Permission.SECRECY_VIEW)
def export() -> Response:
    """The whole result of the list's filters as a file."""
    actor = current_actor()
    asked: MultiDict[str, str] = MultiDict(parse_qsl(request.form.get("query", "")[:2000]))
    rows = list(session().scalars(secrecy.items_matching(actor, filters_of(asked)).limit(MOST_ROWS + 1)))
    if len(rows) > MOST_ROWS:
        raise TooManyRows
    names = contracts.titles(actor) if actor.may(Permission.CONTRACT_VIEW) else {}
    told = "、".join(f"{name}={value}" for name, value in asked.items() if value) or "全部"
    secrecy.note_export(actor, what="涉密敏感资料登记", told=told, count=len(rows))
    return as_table(actor, "涉密敏感资料登记", HEADINGS, [_cells(row, names) for row in rows], told)


def as_table(actor: Actor, what: str, headings: tuple[str, ...], rows: list[list[str]], told: str) -> Response:
    """Rows as the file that the form asks for, with who took it, when, and what was asked for above them."""
    notes = [
        f"{what}，共 {len(rows)} 条；筛选条件：{told}",
        f"导出时间：{local(clock.now())}（北京时间），导出人：{actor.name}，{actor.organisation_name}。内部资料，请勿外传。",
    ]
    as_csv = request.form.get("form") == "csv"
    body = (
        sheets.as_csv(headings, rows, notes=notes)
        if as_csv
        else sheets.as_xlsx(headings, rows, notes=notes, title=what)
    )
    answer = Response(body, content_type=sheets.CSV_TYPE if as_csv else sheets.XLSX_TYPE)
    name = f"{what}-{clock.to_local(clock.now()):%Y%m%d-%H%M}.{'csv' if as_csv else 'xlsx'}"
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return answer


def filters_of(asked: MultiDict[str, str]) -> ItemFilters:
    """The list's filters as its address spells them; what makes no sense asks for nothing."""
    return ItemFilters(
        contract_id=key_of(asked.get("contract", "")),
        state=next((each for each in ItemState if each.value == asked.get("state")), None),
        level=next((each for each in Level if each.value == asked.get("level")), None),
        late=bool(asked.get("late")),
        text=asked.get("q", "")[:100],
    )


def _show(actor: Actor, item_id: uuid.UUID, tried: str = "", form: Form | None = None) -> Response:
    row = secrecy.find_item(actor, item_id)
    status = 200 if form is None else 422
    due = item_due(row, clock.today())
    return show(actor, "secrecy/item.html", row, STEPS, tried=tried, form=form, status=status, due=due)


def _schema(actor: Actor) -> ItemSchema:
    return BureauItemSchema() if secrecy.of_bureau(actor, MANAGE) else ItemSchema()


def _choices(actor: Actor) -> dict[str, Choices]:
    offered = contracts_for(actor, LOG)
    people: list[tuple[str, str]] = []
    if actor.may(Permission.STAFF_VIEW):
        names = dict(offered)
        people = [
            (str(row.id), f"{row.name}（{names[str(row.contract_id)].split(' ')[0]}）")
            for row in session().scalars(staffing.matching(actor))
            if str(row.contract_id) in names and row.serves_on(clock.today())
        ]
    return {"contract_id": offered, "maintainer_id": people}


def _material(actor: Actor, text: str, contract_id: uuid.UUID) -> uuid.UUID | None:
    if not text:
        return None
    material = records.find_material(actor, parse_id(text))
    return material.id if material.contract_id == contract_id else None


def _unregistered(actor: Actor) -> list[records.Material]:
    """Materials that the bureau delivered and that are not in the register: they go as internal, and nobody said so."""
    if not actor.may(Permission.RECORD_VIEW):
        return []
    query = records.materials_matching(actor, MaterialFilters(states=(MaterialState.DELIVERED,)))
    known = secrecy.registered_materials(actor)
    if known:
        query = query.where(records.Material.id.not_in(known))
    return list(session().scalars(query.limit(MOST_UNREGISTERED)))


def _register_box(actor: Actor, contract_id: uuid.UUID | None) -> document_box.Box | None:
    """The register's paper is a contract's: offered when one is chosen."""
    if contract_id is None:
        return None
    contracts.find(actor, contract_id)
    return document_box.box(actor, secrecy.REGISTER_PAPER, contract_id, contract_id=contract_id)


def _cells(row: SecrecyItem, names: Any) -> list[str]:
    return [
        row.number,
        row.item,
        row.level.label,
        row.basis,
        row.carrier.label,
        str(row.copies),
        row.serials,
        row.holder,
        row.purpose,
        names.get(row.contract_id, ""),
        row.handed_on.isoformat(),
        row.due_back_on.isoformat() if row.due_back_on else "",
        row.state.label,
        row.ended_on.isoformat() if row.ended_on else "",
        row.proof,
        row.witness,
    ]
