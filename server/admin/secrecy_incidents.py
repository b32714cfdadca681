"""Incidents of network security: the list with what is still to be reported, one incident with its timer, our rules."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Response, request, url_for

from server.admin import document_box
from server.admin.acceptance_new import contracts_for
from server.admin.acceptances import key_of
from server.admin.access import current_actor, needs
from server.admin.banners import PROVIDERS, Banner
from server.admin.filters import local
from server.admin.forms import Form
from server.admin.listing import Column, Listing
from server.admin.pages import page, redirect_to, toast
from server.admin.paging import paged
from server.admin.secrecy_incident_forms import (
    CloseSchema,
    ContainSchema,
    GradeSchema,
    IncidentSchema,
    PersonsSchema,
    ReportSchema,
    RulesSchema,
    StepSchema,
    ToldSchema,
)
from server.admin.secrecy_show import Step, show, take
from server.admin.secrecy_words import around, report_due
from server.admin.trying import attempt
from server.core import clock, db
from server.core.ids import parse_id
from server.domain import agenda, secrecy
from server.domain.identity import Actor, Permission
from server.domain.secrecy import INCIDENT_ORDERS, Grade, Incident, IncidentFilters, IncidentState

blueprint = Blueprint("secrecy_incidents", __name__, url_prefix="/admin/secrecy/incidents")

REPORT = Permission.INCIDENT_REPORT
COLUMNS = (
    Column("number", "编号", sort="number", optional=False),
    Column("title", "事件", optional=False),
    Column("grade", "级别"),
    Column("state", "状态"),
    Column("report", "上报", sort="due"),
    Column("discovered_at", "发现", sort="discovered_at"),
    Column("contract", "合同"),
    Column("kind", "类别", shown=False),
)
# Not on every page: it is a query more.
SHOUTS = ("dashboard.", "secrecy", "agenda")
GOING = frozenset({IncidentState.OPEN, IncidentState.CONTAINED})
STEPS = {
    "report": Step(
        "登记上报",
        "登记",
        "send",
        ReportSchema,
        secrecy.report,
        REPORT,
        GOING,
        "已登记上报",
        bureau=True,
        primary=True,
        data=lambda row: {"reported_at": clock.now(), "to": row.authority},
        when=lambda row: row.reported_at is None,
    ),
    "step": Step("登记处置", "登记", "tool", StepSchema, secrecy.add_step, REPORT, GOING, "已登记"),
    "tell": Step("登记通知", "登记", "speakerphone", ToldSchema, secrecy.note_told, REPORT, GOING, "已登记通知"),
    "persons": Step(
        "个人信息影响",
        "保存",
        "users",
        PersonsSchema,
        secrecy.count_persons,
        REPORT,
        GOING,
        "已登记",
        data=lambda row: {
            "persons_count": row.persons_count,
            "data_kinds": row.data_kinds,
            "harmless_reason": row.harmless_reason,
        },
    ),
    "grade": Step(
        "调整级别",
        "调整",
        "adjustments-horizontal",
        GradeSchema,
        secrecy.grade,
        REPORT,
        GOING,
        "已调整",
        bureau=True,
        data=lambda row: {"grade": row.grade},
    ),
    "contain": Step(
        "事件已控制",
        "登记",
        "shield-check",
        ContainSchema,
        secrecy.contain,
        REPORT,
        frozenset({IncidentState.OPEN}),
        "已登记",
    ),
    "close": Step(
        "总结结案",
        "结案",
        "check",
        CloseSchema,
        secrecy.close,
        REPORT,
        frozenset({IncidentState.CONTAINED}),
        "已结案",
        bureau=True,
    ),
}


@blueprint.get("/")
@needs(Permission.SECRECY_VIEW)
def index() -> Response:
    """The list."""
    actor = current_actor()
    listing = Listing("incidents", COLUMNS, request.args, default_sort="-discovered_at")
    asked = request.args
    filters = IncidentFilters(
        contract_id=key_of(asked.get("contract", "")),
        state=next((each for each in IncidentState if each.value == asked.get("state")), None),
        grade=next((each for each in Grade if each.value == asked.get("grade")), None),
        unreported=bool(asked.get("unreported")),
        text=asked.get("q", "")[:100],
    )
    found = paged(secrecy.incidents_matching(actor, filters), listing, INCIDENT_ORDERS, tie=Incident.id.desc())
    now = clock.now()
    return page(
        "secrecy/incidents.html",
        "secrecy/_incidents.html",
        listing=listing,
        found=found,
        due_by_id={row.id: report_due(row, now) for row in found.items},
        states=IncidentState.choices(),
        grades=Grade.choices(),
        rules=secrecy.rules(),
        may_enter=actor.may(REPORT),
        may_rule=secrecy.of_bureau(actor, Permission.SECRECY_MANAGE),
        **around(actor, "incidents"),
    )


@blueprint.get("/new")
@needs(REPORT)
def new() -> Response:
    """An empty form."""
    actor = current_actor()
    offered = contracts_for(actor, REPORT)
    data: dict[str, Any] = {"discovered_at": clock.now(), "discovered_by": actor.name}
    if len(offered) == 1:
        data["contract_id"] = offered[0][0]
    form = Form(IncidentSchema(), data, choices={"contract_id": offered})
    return page("secrecy/new_incident.html", form=form, rules=secrecy.rules())


@blueprint.post("/new")
@needs(REPORT)
def create() -> Response:
    """Enter it; the clock runs from its discovery."""
    actor = current_actor()
    with db.reading():
        offered = contracts_for(actor, REPORT)
    form = Form.submitted(IncidentSchema(), request.form, choices={"contract_id": offered})

    def verb() -> Incident:
        return secrecy.open_incident(actor, **(form.values | {"contract_id": parse_id(form.values["contract_id"])}))

    made = attempt(form, verb)
    if made is None:
        with db.reading():
            return page("secrecy/new_incident.html", status=422, form=form, rules=secrecy.rules())
    agenda.look_soon()
    toast(f"已登记 {made.number}")
    return redirect_to("secrecy_incidents.show", incident_id=made.id)


@blueprint.get("/rules")
@needs(Permission.SECRECY_MANAGE)
def rules() -> Response:
    """The rule on reporting."""
    held = secrecy.rules()
    data = {name: getattr(held, name) for name in ("hours", "source", "authority", "report_from", "review_days")}
    return page("secrecy/rules.html", form=Form(RulesSchema(), data))


@blueprint.post("/rules")
@needs(Permission.SECRECY_MANAGE)
def set_rules() -> Response:
    """Change it; incidents on record keep theirs."""
    form = Form.submitted(RulesSchema(), request.form)
    actor = current_actor()
    if attempt(form, lambda: secrecy.set_rules(actor, **form.values)) is None:
        return page("secrecy/rules.html", status=422, form=form)
    toast("规则已保存，用于此后登记的事件")
    return redirect_to("secrecy_incidents.index")


@blueprint.get("/<uuid:incident_id>", endpoint="show")
@needs(Permission.SECRECY_VIEW)
def show_incident(incident_id: uuid.UUID) -> Response:
    """One incident."""
    return _show(current_actor(), incident_id)


@blueprint.post("/<uuid:incident_id>/<step>")
@needs(Permission.SECRECY_VIEW)
def step(incident_id: uuid.UUID, step: str) -> Response:
    """Report it, tell somebody, contain it, close it, and so on."""
    actor = current_actor()
    with db.reading():
        row = secrecy.find_incident(actor, incident_id)
    back = ("secrecy_incidents.show", {"incident_id": incident_id})
    return take(actor, row, STEPS, step, lambda name, form: _show(actor, incident_id, name, form), back)


def unreported_banner(actor: Actor) -> Iterable[Banner]:
    """What the law gives a few hours for stands on top of the desk and of these pages, until it is reported."""
    if not (request.endpoint or "").startswith(SHOUTS):
        return
    for row in secrecy.unreported(actor)[:3]:
        late = secrecy.is_late(row, clock.now())
        when = f"上报时限 {local(row.due_at)} 已过" if late else f"须在 {local(row.due_at)} 前上报{row.authority}"
        yield Banner(
            f"网络安全事件 {row.number}（{row.grade.label}）：{when}。",
            "danger" if late else "warning",
            url_for("secrecy_incidents.show", incident_id=row.id),
            "去处理",
        )


PROVIDERS.append(unreported_banner)


def _show(actor: Actor, incident_id: uuid.UUID, tried: str = "", form: Form | None = None) -> Response:
    row = secrecy.find_incident(actor, incident_id)
    box = document_box.box(actor, secrecy.INCIDENT_PAPER, row.id, contract_id=row.contract_id)
    return show(
        actor,
        "secrecy/incident.html",
        row,
        STEPS,
        tried=tried,
        form=form,
        status=200 if form is None else 422,
        boxes=[box],
        due=report_due(row, clock.now()),
        late=secrecy.is_late(row, clock.now()),
    )
