"""Every macro in every state on one page, for developers and tests; never in production."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, Flask, Response, request
from marshmallow import Schema, fields, validate
from werkzeug.datastructures import MultiDict

from server.admin.forms import Form
from server.admin.listing import Column, Listing
from server.admin.marks import open_to_all
from server.admin.pages import page, problem, redirect_to, toast
from server.core import clock
from server.core.enums import Labelled

blueprint = Blueprint("gallery", __name__, url_prefix="/admin/_gallery")

PER_PAGE = 8
TITLES = (
    "企业登记查询页面在部分安卓机型上打开后显示空白，返回后需要重新登录",
    "消息通知没有收到",
    "首页公告图片模糊",
    "咨询：个体工商户变更经营者需要哪些材料",
    "统计图表加载超过十秒",
)


class State(Labelled):
    NEW = "new", "待受理"
    RESPONDED = "responded", "已响应"
    IN_PROGRESS = "in_progress", "处理中"
    WAITING = "waiting", "等待反馈"
    RESOLVED = "resolved", "已解决"
    CLOSED = "closed", "已关闭"
    CANCELLED = "cancelled", "已撤销"


@dataclass(frozen=True)
class Row:
    id: int
    number: str
    title: str
    state: State
    level: int
    due_at: datetime | None
    met_at: datetime | None
    person: str
    received_at: datetime


@dataclass(frozen=True)
class Found:
    items: list[Row]
    total: int
    page: int
    per_page: int = PER_PAGE

    @property
    def pages(self) -> int:
        return -(-self.total // self.per_page)


COLUMNS = (
    Column("number", "编号", sort="number", optional=False),
    Column("title", "标题", sort="title"),
    Column("state", "状态"),
    Column("severity", "严重程度", sort="severity"),
    Column("clock", "响应时限"),
    Column("person", "负责人"),
    Column("received_at", "登记时间", sort="received_at"),
    Column("channel", "渠道", shown=False),
)


class TicketSchema(Schema):
    title = fields.String(
        required=True,
        validate=validate.Length(min=4, max=80),
        metadata={"label": "标题", "help": "一句话说明出了什么问题。", "placeholder": "例如：查询页面打不开"},
    )
    text = fields.String(required=True, validate=validate.Length(max=2000), metadata={"label": "问题描述"})
    state = fields.Enum(State, by_value=True, required=True, metadata={"label": "状态"})
    received_on = fields.Date(required=True, metadata={"label": "登记日期"})
    phone = fields.String(metadata={"label": "联系电话", "widget": "tel", "help": "仅用于回访，保存时加密。"})
    channels = fields.List(
        fields.String(validate=validate.OneOf(["phone", "wechat", "mail"], ["电话", "微信", "邮件"])),
        metadata={"label": "通知方式"},
    )
    password = fields.String(metadata={"label": "当前口令", "widget": "password", "autocomplete": "current-password"})
    pictures = fields.Raw(metadata={"label": "截图", "widget": "file", "accept": "image/png,image/jpeg"})
    stopped = fields.Boolean(load_default=False, metadata={"label": "业务已中断", "help": "勾选后按紧急时限计时。"})


@blueprint.get("/")
@open_to_all
def index() -> Response:
    now = clock.now()
    listing = Listing("samples", COLUMNS, request.args, default_sort="-received_at", per_page=PER_PAGE)
    none_found = Listing("nothing", COLUMNS, MultiDict([("q", "没有的词")]), default_sort="-received_at")
    nothing_yet = Listing("blank", COLUMNS, MultiDict(), default_sort="-received_at")
    shown = [] if request.args.get("q") else [_row(number, now) for number in range(PER_PAGE)]
    return page(
        "gallery/index.html",
        "gallery/_rows.html",
        listing=listing,
        none_found=none_found,
        nothing_yet=nothing_yet,
        found=Found(shown, 96 if shown else 0, listing.page),
        State=State,
        moment=now,
        minutes=lambda count: now + timedelta(minutes=count),
        form=Form(TicketSchema(), {"received_on": clock.today(), "channels": ["wechat"]}),
        refused=Form.submitted(TicketSchema(), MultiDict([("title", "短"), ("state", "没有")]), prefix="refused"),
        assign=Form(TicketSchema(), prefix="assign"),
    )


@blueprint.get("/plain")
@open_to_all
def plain() -> Response:
    return page("gallery/plain.html", form=Form(TicketSchema()))


@blueprint.get("/errors/<int:status>")
@open_to_all
def error(status: int) -> Response:
    return problem(
        status, "没有找到您要的页面", "它可能已被移走，或者您没有查看的权限。", trace_id="0f8fad5b-d9cb-469f"
    )


@blueprint.post("/save")
@open_to_all
def save() -> Response:
    form = Form.submitted(TicketSchema(), request.form, request.files)
    if not form.valid:
        return page("gallery/_form.html", status=422, form=form)
    toast("已保存")
    return redirect_to("gallery.index")


@blueprint.post("/toast/<kind>")
@open_to_all
def say(kind: str) -> Response:
    toast("操作已完成", "danger" if kind == "danger" else "success")
    return redirect_to("gallery.index")


def install(app: Flask) -> None:
    app.register_blueprint(blueprint)


def _row(number: int, now: datetime) -> Row:
    due = (now + timedelta(minutes=25), now - timedelta(minutes=125), now + timedelta(hours=3), None, now)[number % 5]
    return Row(
        id=number,
        number=f"FW-2026-{42 - number:04d}",
        title=TITLES[number % len(TITLES)],
        state=list(State)[number % len(State)],
        level=4 - number % 4,
        due_at=due,
        met_at=now - timedelta(minutes=5) if due == now else None,
        person=("张伟", "李娜", "")[number % 3],
        received_at=now - timedelta(hours=number * 5 + 1),
    )
