"""The lists of what goes to others: feedback sheets, requirements, data applications, liaison; with their age."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, request, url_for

from server.admin.access import current_actor, needs
from server.admin.listing import Column, Listing
from server.admin.pages import page
from server.admin.paging import paged
from server.admin.referral_steps import numbers_of
from server.core import clock
from server.core.enums import Labelled
from server.core.errors import NotFound
from server.core.ids import parse_id
from server.domain import referrals
from server.domain.identity import Actor, Permission
from server.domain.referrals import (
    Application,
    ApplicationState,
    Filters,
    Liaison,
    Requirement,
    RequirementState,
    Sheet,
    SheetState,
    Subject,
)

blueprint = Blueprint("referrals", __name__, url_prefix="/admin/referrals")

SHEETS = (
    Column("number", "编号", sort="number", optional=False),
    Column("title", "问题", optional=False),
    Column("state", "状态"),
    Column("age", "历时", sort="found_at"),
    Column("external", "省级进展"),
    Column("outcome", "结论"),
    Column("urgency", "紧急程度", shown=False),
    Column("contract", "合同", shown=False),
    Column("planned_on", "计划完成"),
)
REQUIREMENTS = (
    Column("number", "编号", sort="number", optional=False),
    Column("title", "需求", optional=False),
    Column("state", "状态"),
    Column("age", "历时", sort="submitted_at"),
    Column("external", "省级进展"),
    Column("outcome", "结论"),
    Column("planned_on", "计划完成"),
    Column("contract", "合同", shown=False),
)
APPLICATIONS = (
    Column("number", "编号", sort="number", optional=False),
    Column("title", "目录项", optional=False),
    Column("state", "状态"),
    Column("age", "历时", sort="created_at"),
    Column("submitted_on", "提交"),
    Column("approved_on", "批准"),
    Column("delivered_on", "交付"),
    Column("contract", "合同", shown=False),
)
LIAISONS = (
    Column("at", "时间", sort="at", optional=False),
    Column("title", "主题", optional=False),
    Column("with", "对方"),
    Column("medium", "方式"),
    Column("follow", "待跟进"),
    Column("number", "编号", shown=False),
    Column("contract", "合同", shown=False),
)


@blueprint.get("/")
@needs(Permission.REFERRAL_VIEW)
def index() -> Response:
    """Feedback sheets."""
    listing = Listing("sheets", SHEETS, request.args, default_sort="-number")
    orders = {"number": Sheet.id, "found_at": Sheet.found_at}
    return _listed("sheets", listing, Sheet, orders, SheetState)


@blueprint.get("/requirements/")
@needs(Permission.REFERRAL_VIEW)
def requirements() -> Response:
    """Requirements."""
    listing = Listing("requirements", REQUIREMENTS, request.args, default_sort="-number")
    orders = {"number": Requirement.id, "submitted_at": Requirement.submitted_at}
    return _listed("requirements", listing, Requirement, orders, RequirementState)


@blueprint.get("/applications/")
@needs(Permission.REFERRAL_VIEW)
def applications() -> Response:
    """Data applications."""
    listing = Listing("applications", APPLICATIONS, request.args, default_sort="-number")
    orders = {"number": Application.id, "created_at": Application.created_at}
    return _listed("applications", listing, Application, orders, ApplicationState)


@blueprint.get("/liaison/")
@needs(Permission.REFERRAL_VIEW)
def liaison() -> Response:
    """The liaison log, and the front-end databases beside it."""
    listing = Listing("liaison", LIAISONS, request.args, default_sort="-at")
    return _listed("liaison", listing, Liaison, {"at": Liaison.at}, None)


def _listed(
    tab: str, listing: Listing, model: type[Any], orders: dict[str, Any], states: type[Labelled] | None
) -> Response:
    actor = current_actor()
    query = referrals.matching(actor, model, _filters(states))
    return page(
        f"referrals/{tab}.html",
        f"referrals/_{tab}.html",
        listing=listing,
        found=paged(query, listing, orders, tie=model.id.desc()),
        states=states.choices() if states else [],
        tabs=tabs(actor, tab),
        contract_names=numbers_of(actor),
        contract_choices=[(str(key), number) for key, number in numbers_of(actor).items()],
        today=clock.today(),
        days_since=days_since,
        may_log=actor.may(Permission.REFERRAL_LOG),
        databases=referrals.databases(actor) if tab == "liaison" else [],
    )


def tabs(actor: Actor, chosen: str) -> Sequence[tuple[str, str, bool, int | None]]:
    """The four lists, each with how many wait for an outcome."""
    waiting = referrals.counts(actor)
    return [
        ("反馈单", url_for("referrals.index"), chosen == "sheets", waiting[Subject.SHEET] or None),
        ("需求", url_for("referrals.requirements"), chosen == "requirements", waiting[Subject.REQUIREMENT] or None),
        ("数据申请", url_for("referrals.applications"), chosen == "applications", waiting[Subject.APPLICATION] or None),
        ("沟通记录", url_for("referrals.liaison"), chosen == "liaison", None),
    ]


def days_since(at: Any) -> int:
    """Natural days since a moment."""
    return (clock.today() - clock.local_day(at)).days


def _filters(states: type[Labelled] | None) -> Filters:
    asked, contract = request.args.get("state", ""), request.args.get("contract", "")
    try:
        contract_id = parse_id(contract) if contract else None
    except NotFound:
        contract_id = None
    return Filters(
        text=request.args.get("q", "").replace("\0", "").strip()[:80],
        state=states(asked) if states and asked in list(states) else None,
        contract_id=contract_id,
        open_only=bool(request.args.get("open")),
    )
