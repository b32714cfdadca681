"""The revisions of an environment's flag set: the list, one with what it changed, any two compared, and the way back."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, Response, request
from marshmallow import Schema, fields, validate

from server.admin.access import current_actor, needs
from server.admin.flag_sides import sides
from server.admin.flag_words import asked_environment, environment_of, member, revision_url, subject_url
from server.admin.forms import Form
from server.admin.listing import Column, Listing
from server.admin.navigation import url_if
from server.admin.pages import page, redirect_to, toast
from server.admin.paging import paged
from server.core import db
from server.core.errors import Invalid, NotFound
from server.domain import flags, releases
from server.domain.flags import Content, Environment, Revision, RevisionKind, Touched
from server.domain.identity import Permission

blueprint = Blueprint("flag_revisions", __name__, url_prefix="/admin/flag-revisions")

COLUMNS = (
    Column("number", "版次", sort="number", optional=False),
    Column("reason", "原因", optional=False),
    Column("changed", "涉及"),
    Column("kind", "方式"),
    Column("author", "提交人", sort="author"),
    Column("reviewed", "审批"),
    Column("created_at", "时间", sort="created_at"),
    Column("hash", "内容校验值", shown=False),
)
ORDERS = {"number": Revision.number, "author": Revision.author_name, "created_at": Revision.created_at}
# So many earlier revisions are offered for comparing; any other can be named in the address.
OFFERED = 50
# Older releases than so many do not tell which revision they shipped with.
RELEASES = 100
POINTS = {"push": "推送时", "gray": "灰度时", "full": "全量时"}


class ReasonSchema(Schema):
    """Why."""

    reason = fields.String(
        required=True,
        validate=validate.Length(max=500),
        metadata={"label": "原因", "widget": "textarea", "rows": "3", "help": "写入修订记录和审计日志。"},
    )


@dataclass(frozen=True, slots=True)
class Shipped:
    """A release that this revision held for: at which points of its life."""

    version: str
    note: str
    url: str


@dataclass(frozen=True, slots=True)
class WayBack:
    """What going back would change, and the form that asks why."""

    touched: list[Touched]
    form: Form


@blueprint.get("/")
@needs(Permission.FLAG_VIEW)
def start() -> Response:
    """The revisions of the environment that matters most."""
    return redirect_to("flag_revisions.index", environment=asked_environment().value)


@blueprint.get("/<environment>")
@needs(Permission.FLAG_VIEW)
def index(environment: str) -> Response:
    actor, of = current_actor(), environment_of(environment)
    listing = Listing("flag-revisions", COLUMNS, request.args, default_sort="-number")
    query = flags.revisions_matching(
        actor,
        of,
        kind=member(RevisionKind, request.args.get("kind", "")),
        unreviewed=bool(request.args.get("unreviewed")),
        text=request.args.get("q", "").strip()[:80],
    )
    found = paged(query, listing, ORDERS, tie=Revision.number.desc())
    return page(
        "flag_revisions/index.html",
        "flag_revisions/_rows.html",
        listing=listing,
        found=found,
        environment=of,
        environments=list(Environment),
        numbered_page="flag_revisions.index",
        numbers=flags.heads() if found.total else {},
        touched=flags.changes_of(found.items),
        kinds=RevisionKind.choices(),
        may_edit=actor.may(Permission.FLAG_EDIT),
    )


@blueprint.get("/<environment>/<int:number>")
@needs(Permission.FLAG_VIEW)
def show(environment: str, number: int) -> Response:
    return _show(environment_of(environment), number)


@blueprint.post("/<environment>/<int:number>/roll-back")
@needs(Permission.FLAG_KILL)
def roll_back(environment: str, number: int) -> Response:
    """A new revision with the content of this one."""
    of = environment_of(environment)
    form = Form.submitted(ReasonSchema(), request.form, prefix="back")
    if form.valid:
        try:
            made = flags.roll_back(current_actor(), of, number, reason=form.values["reason"])
        except Invalid as refused:
            form.refuse(refused.fields, refused.text)
        else:
            toast(f"{of.label}已回退到第 {number} 版，产生第 {made.number} 版")
            return redirect_to("flag_revisions.show", environment=of.value, number=made.number)
    return _show(of, number, form=form, status=422)


@blueprint.app_template_filter("document_sides")
def document_sides(touched: Touched) -> Any:
    """Both documents of a difference, line by line."""
    return sides(touched.before, touched.after)


@blueprint.app_template_filter("touched_url")
def touched_url(touched: Touched) -> str:
    """The page of what differs."""
    return subject_url(touched.subject, touched.key)


def _show(environment: Environment, number: int, *, form: Form | None = None, status: int = 200) -> Response:
    actor = current_actor()
    revision = flags.find_revision(actor, environment, number)
    newest = flags.head(environment)
    base_number = _base_of(revision, newest)
    after, before = flags.content(environment, number), flags.content(environment, base_number)
    return page(
        "flag_revisions/show.html",
        status=status,
        environment=environment,
        revision=revision,
        newest=newest,
        base_number=base_number,
        touched=flags.touched(before, after),
        others=_others(newest, number, base_number),
        size=SimpleNamespace(flags=len(after.flags), segments=len(after.segments)),
        origin=_origin(revision),
        shipped=_shipped_with(revision),
        approval=flags.needs_approval(environment),
        back=_way_back(after, newest, form) if actor.may(Permission.FLAG_KILL) else None,
    )


def _base_of(revision: Revision, newest: int) -> int:
    """The number to compare with: the asked one, or the revision before."""
    asked = request.args.get("with", type=int)
    if asked is None:
        return revision.parent or 0
    if not 0 <= asked <= newest:
        raise NotFound
    return asked


def _others(newest: int, number: int, base: int) -> list[tuple[int, str]]:
    """What this revision can be compared with, newest first."""
    numbers = {*range(max(newest - OFFERED, 0), newest + 1), base} - {number}
    notes = {number - 1: "（上一版）", newest: "（当前）", 0: ""}
    return [(each, f"第 {each} 版{notes.get(each, '')}" if each else "空白") for each in sorted(numbers, reverse=True)]


def _origin(revision: Revision) -> tuple[str, str] | None:
    """The revision of another environment from which this one was promoted, and its page."""
    source, number = revision.promoted_from, revision.promoted_number
    if source is None or number is None:
        return None
    return f"{source.label}第 {number} 版", revision_url(source, number)


def _way_back(aim: Content, newest: int, form: Form | None) -> WayBack | None:
    if aim.number == newest:
        return None
    touched = flags.touched(flags.content(aim.environment, newest), aim)
    return WayBack(touched, form or Form(ReasonSchema(), prefix="back")) if touched or form else None


def _shipped_with(revision: Revision) -> list[Shipped]:
    """The releases that were pushed or handed out while this revision held, newest first."""
    actor = current_actor()
    if not actor.may(Permission.RELEASE_VIEW):
        return []
    found = []
    for release in db.session().scalars(releases.matching(actor).limit(RELEASES)):
        kept = release.flag_revisions
        points = [
            POINTS.get(name, name) for name in kept if kept[name].get(revision.environment.value) == revision.number
        ]
        if points:
            found.append(Shipped(release.version, "、".join(points), url_if("releases.show", release_id=release.id)))
    return found
