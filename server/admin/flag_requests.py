"""Change requests: the inbox, one with what it would do and to whom, and the two persons' decisions."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from flask import Blueprint, Response, request
from marshmallow import Schema, fields, validate

from server.admin.access import current_actor, needs
from server.admin.flag_reach import reach
from server.admin.flag_words import member
from server.admin.forms import Form
from server.admin.listing import Column, Listing
from server.admin.pages import page, redirect_to, toast
from server.admin.paging import paged
from server.core import db
from server.core.errors import Invalid
from server.domain import flags
from server.domain.flags import ChangeRequest, Environment, RequestState
from server.domain.identity import Actor, Permission

blueprint = Blueprint("flag_requests", __name__, url_prefix="/admin/flag-requests")

COLUMNS = (
    Column("reason", "申请原因", optional=False),
    Column("environment", "环境"),
    Column("changed", "涉及"),
    Column("state", "状态"),
    Column("author", "申请人", sort="author"),
    Column("apply_at", "定时生效", sort="apply_at"),
    Column("until", "到期恢复", shown=False),
    Column("created_at", "提交时间", sort="created_at"),
)
ORDERS = {
    "author": ChangeRequest.author_name,
    "apply_at": ChangeRequest.apply_at,
    "created_at": ChangeRequest.created_at,
}
OPEN = (RequestState.PENDING, RequestState.APPROVED)
TONES = {
    RequestState.REJECTED: "red",
    RequestState.CONFLICTED: "red",
    RequestState.STUCK: "red",
    RequestState.WITHDRAWN: "amber",
}


class ApproveSchema(Schema):
    """Agreement to exactly what was shown."""

    content_hash = fields.String(required=True, metadata={"widget": "hidden"})
    note = fields.String(
        load_default="",
        validate=validate.Length(max=500),
        metadata={"label": "意见", "widget": "textarea", "rows": "2", "placeholder": "可不填"},
    )


class RejectSchema(Schema):
    """Why not."""

    reason = fields.String(
        required=True,
        validate=validate.Length(max=500),
        metadata={"label": "驳回原因", "widget": "textarea", "rows": "3", "help": "申请人会看到。"},
    )


@blueprint.get("/")
@needs(Permission.FLAG_VIEW)
def index() -> Response:
    """What waits for the reader first; then what waits, what is one's own, everything."""
    actor = current_actor()
    boxes = _boxes(actor)
    box = request.args.get("box", "")
    box = box if box in {value for value, *_ in boxes} else boxes[0][0]
    listing = Listing("flag-requests", COLUMNS, request.args, default_sort="-created_at")
    query = _in_box(actor, box)
    environment = member(Environment, request.args.get("environment", ""))
    if environment is not None:
        query = query.where(ChangeRequest.environment == environment)
    words = request.args.get("q", "").strip()[:80]
    if words:
        told = (ChangeRequest.reason, ChangeRequest.author_name)
        query = query.where(sa.or_(*(column.contains(words, autoescape=True) for column in told)))
    return page(
        "flag_requests/index.html",
        "flag_requests/_rows.html",
        listing=listing,
        found=paged(query, listing, ORDERS, tie=ChangeRequest.id.desc()),
        boxes=boxes,
        box=box,
        environments=Environment.choices(),
        states=RequestState.choices(),
    )


@blueprint.get("/<uuid:request_id>")
@needs(Permission.FLAG_VIEW)
def show(request_id: uuid.UUID) -> Response:
    return _show(request_id)


@blueprint.post("/<uuid:request_id>/approve")
@needs(Permission.FLAG_APPROVE, step_up=True)
def approve(request_id: uuid.UUID) -> Response:
    """Agree. Whatever changed meanwhile shows as a conflict and overwrites nothing."""
    form = Form.submitted(ApproveSchema(), request.form, prefix="approve")
    if not form.valid:
        return _show(request_id, approve_form=form, status=422)
    made = flags.approve(current_actor(), request_id, **form.values)
    if made.state is RequestState.CONFLICTED:
        toast("变更与现状冲突，没有生效", "warning")
    elif made.state is RequestState.APPROVED:
        toast("已批准，将按时生效")
    else:
        toast(f"已批准，{made.environment.label}第 {made.applied_number} 版生效")
    return redirect_to("flag_requests.show", request_id=request_id)


@blueprint.post("/<uuid:request_id>/reject")
@needs(Permission.FLAG_APPROVE)
def reject(request_id: uuid.UUID) -> Response:
    """Refuse, with a reason."""
    form = Form.submitted(RejectSchema(), request.form, prefix="reject")
    if form.valid:
        try:
            flags.reject(current_actor(), request_id, reason=form.values["reason"])
        except Invalid as refused:
            form.refuse(refused.fields, refused.text)
        else:
            toast("已驳回")
            return redirect_to("flag_requests.show", request_id=request_id)
    return _show(request_id, reject_form=form, status=422)


@blueprint.post("/<uuid:request_id>/withdraw")
@needs(Permission.FLAG_EDIT)
def withdraw(request_id: uuid.UUID) -> Response:
    """The author takes it back."""
    flags.withdraw(current_actor(), request_id, reason=request.form.get("reason", "")[:500])
    toast("已撤回")
    return redirect_to("flag_requests.show", request_id=request_id)


def _show(
    request_id: uuid.UUID,
    *,
    approve_form: Form | None = None,
    reject_form: Form | None = None,
    status: int = 200,
) -> Response:
    actor = current_actor()
    found = flags.find_request(actor, request_id)
    preview = flags.request_preview(actor, found)
    decides = flags.may_approve(actor, found)
    scheduled = found.state is RequestState.APPROVED and not actor.is_vendor and actor.may(Permission.FLAG_APPROVE)
    mine = actor.id == found.author_id and actor.may(Permission.FLAG_EDIT)
    return page(
        "flag_requests/show.html",
        status=status,
        found=found,
        touched=preview.touched,
        impact=reach(preview.before, preview.after) if found.state in OPEN else None,
        barred=_barred(actor, found),
        may_approve=decides,
        may_reject=decides or scheduled,
        may_withdraw=mine and found.state in (*OPEN, RequestState.CONFLICTED),
        tone=TONES.get(found.state, "green"),
        approve_form=approve_form or Form(ApproveSchema(), {"content_hash": found.content_hash}, prefix="approve"),
        reject_form=reject_form or Form(RejectSchema(), prefix="reject"),
    )


def _barred(actor: Actor, found: ChangeRequest) -> str:
    """Why somebody who might expect to decide may not; nothing for those who never could."""
    if found.state is not RequestState.PENDING or flags.may_approve(actor, found):
        return ""
    if actor.id == found.author_id:
        return "这是您自己提出的变更，须由局方另一人审批（双人原则）。"
    if actor.is_vendor:
        return "正式生效前由局方审批，运维单位不能审批。"
    return "审批需要“审批功能开关变更”权限，请联系局方管理员。"


def _boxes(actor: Actor) -> list[tuple[str, str, int | None]]:
    """The inboxes with how many are in them."""
    mine = flags.requests_matching(actor, author_id=actor.id)
    boxes: list[tuple[str, str, int | None]] = [
        ("open", "办理中", _count(flags.requests_matching(actor, open_only=True))),
        ("own", "我提出的", _count(mine)),
        ("all", "全部", None),
    ]
    if actor.may(Permission.FLAG_APPROVE) and not actor.is_vendor:
        boxes.insert(0, ("waiting", "待我审批", _count(_in_box(actor, "waiting"))))
    return boxes


def _in_box(actor: Actor, box: str) -> sa.Select[tuple[ChangeRequest]]:
    if box == "waiting":
        query = flags.requests_matching(actor, state=RequestState.PENDING)
        return query.where(sa.or_(ChangeRequest.author_id.is_(None), ChangeRequest.author_id != actor.id))
    if box == "open":
        return flags.requests_matching(actor, open_only=True)
    if box == "own":
        return flags.requests_matching(actor, author_id=actor.id)
    return flags.requests_matching(actor, state=member(RequestState, request.args.get("state", "")))


def _count(query: sa.Select[tuple[ChangeRequest]]) -> int:
    counted = sa.select(sa.func.count()).select_from(query.order_by(None).subquery())
    return db.session().scalar(counted) or 0
