"""Feature flags: the list, one flag with its environments, switching it off at once, and growing a share."""

from __future__ import annotations

from flask import Blueprint, Response, request
from marshmallow import Schema, fields, validate

from server.admin import flag_list
from server.admin.access import current_actor, needs
from server.admin.flag_page import context_of
from server.admin.flag_words import asked_environment, environment_of
from server.admin.forms import Form
from server.admin.listing import Column, Listing
from server.admin.pages import page, redirect_to, toast
from server.core.errors import Conflict, Invalid
from server.domain import flags
from server.domain.flags import Change, Environment, FlagNotFound, RevisionKind, Subject
from server.domain.identity import Permission

blueprint = Blueprint("flags", __name__, url_prefix="/admin/flags")

COLUMNS = (
    Column("name", "开关", sort="name", optional=False),
    Column("develop", Environment.DEVELOP.label),
    Column("trial", Environment.TRIAL.label),
    Column("release", Environment.RELEASE.label),
    Column("used", "读取", sort="used"),
    Column("tags", "标签"),
    Column("owner", "负责人"),
    Column("key", "键", sort="key", shown=False),
    Column("kind", "类型", shown=False),
    Column("expires_on", "预计清理日", shown=False),
)


class KillSchema(Schema):
    """Why a flag is switched off at once."""

    reason = fields.String(
        required=True,
        validate=validate.Length(min=2, max=500),
        metadata={"label": "原因", "widget": "textarea", "rows": "3", "placeholder": "例如：搜索接口大量超时"},
    )


class GrowSchema(Schema):
    """Which share grows to what; ``seen`` is the hash of the document on which the button stood."""

    rule = fields.Integer(required=True, validate=validate.Range(min=0, max=100))
    share = fields.Integer(required=True, validate=validate.Range(min=1, max=10_000))
    seen = fields.String(required=True)


@blueprint.get("/")
@needs(Permission.FLAG_VIEW)
def index() -> Response:
    """Every flag with its state in each environment; what the evaluations and filters mean is of one of them."""
    actor = current_actor()
    shown = asked_environment("env")
    listing = Listing("flags", COLUMNS, request.args, default_sort="name", per_page=50)
    contents = flag_list.contents_for(actor)
    rows = flag_list.all_rows(actor, contents, shown)
    tags = sorted({tag for row in rows for tag in row.tags})
    return page(
        "flags/index.html",
        "flags/_rows.html",
        listing=listing,
        found=flag_list.cut(flag_list.chosen(rows, request.args, shown), listing),
        shown=shown,
        environments=list(Environment),
        tags=[(tag, tag) for tag in tags],
        kinds=flags.Kind.choices(),
        states=flag_list.STATE_CHOICES,
        spark_days=flag_list.SPARK_DAYS,
    )


@blueprint.get("/<key>")
@needs(Permission.FLAG_VIEW)
def show(key: str) -> Response:
    """One flag in one environment, and what it is in the others."""
    return _page_of(key, Form(KillSchema()))


@blueprint.post("/<environment>/<key>/kill")
@needs(Permission.FLAG_KILL)
def kill(environment: str, key: str) -> Response:
    """Switch it off now; nobody is asked."""
    where = environment_of(environment)
    form = Form.submitted(KillSchema(), request.form)
    if not form.valid:
        return _page_of(key, form, where, status=422)
    revision = flags.kill(current_actor(), where, key, reason=form.values["reason"])
    toast(f"已在{where.label}关闭，为第 {revision.number} 版；各服务进程将在数秒内生效", "warning")
    return redirect_to("flags.show", key=key, env=where.value)


@blueprint.post("/<environment>/<key>/grow")
@needs(Permission.FLAG_EDIT)
def grow(environment: str, key: str) -> Response:
    """Let the growing variant have a larger share: at once, or as a request where somebody else has to agree."""
    actor, where = current_actor(), environment_of(environment)
    content = flags.find_content(actor, where)
    form = Form.submitted(GrowSchema(), request.form)
    if not form.valid:
        raise Invalid("请从页面上的按钮选择比例。")
    document = content.flags.get(key)
    if document is None:
        raise FlagNotFound
    seen, rule, share = form.values["seen"], form.values["rule"], form.values["share"]
    if content.hash_of(Subject.FLAG, key) != seen:
        raise Conflict("该开关刚被他人修改，请查看最新内容后再放量。")
    grown = flags.grow(document, rule, share)
    change = Change(Subject.FLAG, key, grown, seen)
    reason = "；".join(each.text for each in flags.differences(document, grown))[:500]
    if flags.needs_approval(where):
        asked = flags.propose(actor, where, [change], reason=f"放量：{reason}"[:500], kind=RevisionKind.RAMP)
        toast("已提交放量申请，等待审批")
        return redirect_to("flag_requests.show", request_id=asked.id)
    revision = flags.publish(actor, where, [change], reason=f"放量：{reason}"[:500], kind=RevisionKind.RAMP)
    toast(f"已放量到 {flags.percent(share)}（第 {revision.number} 版）")
    return redirect_to("flags.show", key=key, env=where.value)


def _page_of(key: str, form: Form, where: Environment | None = None, *, status: int = 200) -> Response:
    actor = current_actor()
    contents = flag_list.contents_for(actor)
    if not any(key in content.flags for content in contents.values()):
        raise FlagNotFound
    chosen = where or _usual(key, contents)
    return page(
        "flags/show.html",
        status=status,
        kill_form=form,
        **context_of(actor, key, chosen, contents),
    )


def _usual(key: str, contents: dict[Environment, flags.Content]) -> Environment:
    """What the address says, or else the last environment that has the flag: nearest to the citizens."""
    asked = request.args.get("env", "")
    if asked in set(Environment):
        return Environment(asked)
    return next(each for each in reversed(Environment) if key in contents[each].flags)
