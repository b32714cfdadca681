"""The trail: reading it, checking its chain, taking it out."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime

from flask import Blueprint, Response, make_response, request

from server.admin.access import current_actor, needs
from server.admin.filters import local
from server.admin.listing import Column, Listing
from server.admin.pages import page, redirect_to
from server.admin.paging import paged
from server.core import clock, db
from server.core.ids import parse_id
from server.domain import identity
from server.domain.identity import ActorKind, AuditEntry, AuditFilters, AuditResult, CheckState, Permission, Role
from server.gateways.office import sheets

blueprint = Blueprint("audit", __name__, url_prefix="/admin/audit")

COLUMNS = (
    Column("at", "时间", sort="at", optional=False),
    Column("actor", "操作人"),
    Column("summary", "事项", optional=False),
    Column("result", "结果"),
    Column("address", "来源地址"),
    Column("action", "动作", shown=False),
    Column("subject", "对象", shown=False),
    Column("seq", "链号", numeric=True, shown=False),
)
NOUNS = (
    ("ticket", "工单"),
    ("bug", "问题反馈"),
    ("contract", "合同"),
    ("calendar", "工作日历"),
    ("notice", "公告"),
    ("message", "消息"),
    ("citizen", "市民"),
    ("consent", "同意"),
    ("data_request", "个人信息请求"),
    ("privacy_notice", "隐私保护指引"),
    ("session", "登录"),
    ("officer", "人员"),
    ("organisation", "单位"),
    ("token", "接口令牌"),
    ("job", "后台任务"),
    ("audit", "审计"),
    ("system", "系统"),
)
# What an entry can be about, beyond the nouns of the filter.
SUBJECTS = dict(NOUNS) | {
    "app_config": "小程序配置",
    "attachment": "图片",
    "audit_check": "完整性校验",
    "calendar_year": "工作日历",
    "citizen_session": "市民登录",
    "content_check": "内容检查",
    "key": "加密密钥",
    "subscribe_template": "消息模板",
    "ticket_view": "工单视图",
}
FILTERS: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    ("q", "搜索", {}),
    ("noun", "类别", dict(NOUNS)),
    ("kind", "操作人类型", dict(ActorKind.choices())),
    ("actor", "操作人", {}),
    ("result", "结果", dict(AuditResult.choices())),
    ("from", "自", {}),
    ("to", "至", {}),
    ("address", "来源地址", {}),
    ("subject_kind", "对象", {}),
    ("subject_id", "对象编号", {}),
)
FIELDS = {
    "name": "名称",
    "title": "职务",
    "login": "账号",
    "roles": "角色",
    "state": "状态",
    "active": "在用",
    "scopes": "权限",
    "networks": "来源地址",
    "expires_at": "到期",
}
WORDS = {member.value: member.label for member in (*Role, *Permission)}
HEADINGS = ("链号", "时间", "操作人", "单位", "来源地址", "动作", "对象", "对象编号", "事项", "变更", "结果", "校验值")
CHECKS_SHOWN = 5


@blueprint.get("/")
@needs(Permission.AUDIT_VIEW)
def index() -> Response:
    """The list, newest first, with filters in the address."""
    listing = Listing("audit", COLUMNS, request.args, default_sort="-at", per_page=50)
    query = identity.audit_matching(current_actor(), _filters())
    found = paged(query, listing, {"at": AuditEntry.at}, tie=AuditEntry.id.desc())
    return page(
        "audit/index.html",
        "audit/_rows.html",
        listing=listing,
        found=found,
        nouns=NOUNS,
        kinds=ActorKind.choices(),
        results=AuditResult.choices(),
        may_export=current_actor().may(Permission.AUDIT_EXPORT),
    )


@blueprint.get("/<uuid:entry_id>")
@needs(Permission.AUDIT_VIEW)
def show(entry_id: uuid.UUID) -> Response:
    """One entry with what changed, and its place in the chain."""
    entry = identity.find_entry(current_actor(), entry_id)
    told = [(FIELDS.get(field, field), in_words(old), in_words(new)) for field, old, new in entry.differences]
    return page("audit/show.html", entry=entry, differences=told, intact=identity.is_intact(entry), subjects=SUBJECTS)


@blueprint.get("/checks/")
@needs(Permission.AUDIT_VIEW)
def checks() -> Response:
    """The chain as it stands, and the latest checks."""
    actor = current_actor()
    latest = db.session().scalars(identity.checks_matching(actor).limit(CHECKS_SHOWN)).all()
    names = identity.officer_names(check.officer_id for check in latest if check.officer_id)
    return page("audit/checks.html", head=identity.audit_head(), checks=latest, names=names)


@blueprint.post("/checks/")
@needs(Permission.AUDIT_VIEW)
def begin_check() -> Response:
    """Begin to walk the chain; the page walks on."""
    check = identity.begin_check(current_actor())
    return redirect_to("audit.check", check_id=check.id)


@blueprint.get("/checks/<uuid:check_id>")
@needs(Permission.AUDIT_VIEW)
def check(check_id: uuid.UUID) -> Response:
    """One check: how far it is, or what it found."""
    found = identity.find_check(current_actor(), check_id)
    return page("audit/check.html", check=found, running=found.state is CheckState.RUNNING)


@blueprint.post("/checks/<uuid:check_id>")
@needs(Permission.AUDIT_VIEW)
def continue_check(check_id: uuid.UUID) -> Response:
    """One batch further; asked for again and again by the page until it is through."""
    found = identity.continue_check(current_actor(), check_id)
    running = found.state is CheckState.RUNNING
    return page("audit/check.html", "audit/_check.html", check=found, running=running)


@blueprint.get("/export")
@needs(Permission.AUDIT_EXPORT, step_up=True)
def export() -> Response:
    """What will be in the file, before it is made."""
    query = identity.audit_matching(current_actor(), _filters())
    return page("audit/export.html", total=identity.count_of(query), told=_told(), most=identity.EXPORT_MOST)


@blueprint.post("/export")
@needs(Permission.AUDIT_EXPORT, step_up=True)
def download() -> Response:
    """The file. That it was made is in the trail, too."""
    actor = current_actor()
    entries = identity.export_audit(actor, _filters())
    notes = [
        f"审计日志导出 · {actor.name}（{actor.organisation_name}）· {local(clock.now())}",
        f"筛选条件：{_told() or '全部'} · 共 {len(entries)} 条",
    ]
    rows = (_cells(entry) for entry in entries)
    stamp = f"{clock.to_local(clock.now()):%Y%m%d-%H%M}"
    if request.form.get("format") == "csv":
        return _file(sheets.as_csv(HEADINGS, rows, notes=notes), sheets.CSV_TYPE, f"audit-{stamp}.csv")
    body = sheets.as_xlsx(HEADINGS, rows, notes=notes, title="审计日志")
    return _file(body, sheets.XLSX_TYPE, f"audit-{stamp}.xlsx")


@blueprint.app_template_filter("to_the_second")
def to_the_second(moment: datetime) -> str:
    """A moment on the bureau's clock with its seconds: the order of acts may matter."""
    return f"{clock.to_local(moment):%Y-%m-%d %H:%M:%S}"


def in_words(value: str) -> str:
    """A value of an entry with roles and permissions by their names; other values as they were written."""
    return "、".join(WORDS.get(each, each) for each in value.split("、"))


def _filters() -> AuditFilters:
    asked = request.args
    kind, result, actor_id = asked.get("kind", ""), asked.get("result", ""), asked.get("actor", "")
    since, until = _day("from"), _day("to")
    return AuditFilters(
        actor_id=parse_id(actor_id) if actor_id else None,
        actor_kind=ActorKind(kind) if kind in set(ActorKind) else None,
        action=asked.get("noun", "").strip(),
        subject_kind=asked.get("subject_kind", "").strip(),
        subject_id=asked.get("subject_id", "").strip(),
        result=AuditResult(result) if result in set(AuditResult) else None,
        address=asked.get("address", "").strip(),
        text=asked.get("q", "").strip(),
        since=clock.start_of(since) if since else None,
        until=clock.end_of(until) if until else None,
    )


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def _told() -> str:
    """The filters in words, for the file and for the page before it."""
    asked = ((label, labels, request.args.get(name, "").strip()) for name, label, labels in FILTERS)
    return "，".join(f"{label} {labels.get(value, value)}" for label, labels, value in asked if value)


def _cells(entry: AuditEntry) -> tuple[str, ...]:
    changes = "；".join(f"{field}：{old} → {new}" for field, old, new in entry.differences)
    return (
        str(entry.seq or ""),
        to_the_second(entry.at),
        entry.actor_name,
        entry.organisation,
        entry.address,
        entry.action,
        entry.subject_kind,
        entry.subject_id,
        entry.summary,
        changes,
        entry.result.label,
        entry.hash or "",
    )


def _file(body: bytes, mime: str, name: str) -> Response:
    answer = make_response(body)
    answer.headers["Content-Type"] = mime
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
