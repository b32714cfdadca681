"""The working calendar's pages: a year at a glance, a day corrected, an announcement imported, an estimate confirmed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask import Blueprint, Response, request, url_for
from marshmallow import Schema, fields, validate
from werkzeug.datastructures import FileStorage

from server.admin.access import current_actor, needs
from server.admin.banners import PROVIDERS, Banner
from server.admin.forms import Form
from server.admin.pages import page, redirect_to, toast
from server.admin.year_grid import months_of, spans_of
from server.core import clock
from server.core.errors import Invalid, NotFound
from server.domain import calendar
from server.domain.calendar import DayKind, WorkCalendar, YearStatus
from server.domain.identity import Actor, Permission
from server.gateways import classified

blueprint = Blueprint("calendar", __name__, url_prefix="/admin/calendar")

FIRST, LAST = 1990, 2100
MOST_BYTES = 256 * 1024
SOURCE = {
    "label": "依据",
    "help": "写明通知名称或文号，会记入审计日志。",
    "placeholder": "例如：国务院办公厅 2027 年节假日安排通知",
}


class DaySchema(Schema):
    """One day corrected."""

    kind = fields.Enum(DayKind, by_value=True, required=True, metadata={"label": "类型"})
    name = fields.String(load_default="", validate=validate.Length(max=60), metadata={"label": "名称"})
    source = fields.String(required=True, validate=validate.Length(max=200), metadata=SOURCE)


class PublishSchema(Schema):
    """An estimate confirmed."""

    source = fields.String(required=True, validate=validate.Length(max=200), metadata=SOURCE)


class ImportSchema(Schema):
    """An announcement: a file, or its text."""

    year = fields.Integer(required=True, validate=validate.Range(min=FIRST, max=LAST), metadata={"label": "年份"})
    status = fields.String(
        required=True,
        validate=validate.OneOf(["official", "provisional"], ["正式", "暂定"]),
        metadata={"label": "状态", "help": "国务院已公布的选“正式”；自行估算的选“暂定”，相关期限会标为估算。"},
    )
    source = fields.String(required=True, validate=validate.Length(max=200), metadata=SOURCE)
    file = fields.Raw(metadata={"label": "文件", "widget": "file", "accept": ".csv,.json,text/csv,application/json"})
    text = fields.String(
        metadata={
            "label": "或粘贴内容",
            "widget": "textarea",
            "rows": "8",
            "help": "CSV 首行为“日期,类型,名称”，类型填 节假日 或 调休上班；也接受同名键的 JSON。"
            "没有列出的日子按周一至周五上班、周末休息处理。",
        }
    )


@blueprint.get("/")
@needs(Permission.CALENDAR_VIEW)
def index() -> Response:
    return _year_page(_asked_year())


@blueprint.get("/days/<day>")
@needs(Permission.CALENDAR_MANAGE)
def day(day: str) -> Response:
    on = _day(day)
    kept = calendar.load().day(on)
    return _day_page(on, Form(DaySchema(), {"kind": kept.kind, "name": kept.name}))


@blueprint.post("/days/<day>")
@needs(Permission.CALENDAR_MANAGE)
def set_day(day: str) -> Response:
    on = _day(day)
    form = Form.submitted(DaySchema(), request.form)
    if form.valid:
        try:
            change = calendar.set_day(current_actor(), on=on, **form.values)
        except Invalid as refused:
            form.refuse(refused.fields, refused.text)
        else:
            toast(f"{on} 已改为{form.values['kind'].label}" if change.days else f"{on} 没有变化", "success")
            return redirect_to("calendar.index", year=on.year)
    return _day_page(on, form, status=422)


@blueprint.post("/<int:year>/publish")
@needs(Permission.CALENDAR_MANAGE)
def publish(year: int) -> Response:
    form = Form.submitted(PublishSchema(), request.form, prefix="publish")
    if form.valid:
        calendar.publish_official(current_actor(), year=year, source=form.values["source"])
        toast(f"{year} 年日历已确认为正式安排")
        return redirect_to("calendar.index", year=year)
    return _year_page(year, publish_form=form, status=422)


@blueprint.get("/import")
@needs(Permission.CALENDAR_MANAGE)
def new() -> Response:
    year = request.args.get("year", clock.today().year + 1, type=int)
    return page("calendar/import.html", form=Form(ImportSchema(), {"year": year, "status": "official"}))


@blueprint.post("/import")
@needs(Permission.CALENDAR_MANAGE)
def preview(status: int = 200) -> Response:
    """What the announcement would change, and which open deadlines would move. Nothing is written."""
    form = Form.submitted(ImportSchema(), request.form, request.files)
    if form.valid:
        try:
            text = _text(form.values)
            entries = calendar.parse(text, form.values["year"])
        except Invalid as refused:
            form.refuse(refused.fields, refused.text)
        else:
            return _preview_page(form.values, text, entries, status)
    return page("calendar/import.html", status=422, form=form)


@blueprint.post("/import/apply")
@needs(Permission.CALENDAR_MANAGE)
def apply() -> Response:
    form = Form.submitted(ImportSchema(), request.form)
    if not form.valid:
        return page("calendar/import.html", status=422, form=form)
    values = form.values
    change = calendar.import_year(
        current_actor(),
        year=values["year"],
        entries=calendar.parse(_text(values), values["year"]),
        status=YearStatus(values["status"]),
        source=values["source"],
        expected=request.form.get("version", type=int),
    )
    toast(f"已导入 {change.year} 年放假安排，变动 {len(change.days)} 天")
    return redirect_to("calendar.index", year=change.year)


def warnings(actor: Actor) -> Iterable[Banner]:
    """The calendar's banners, for everybody who works with deadlines."""
    if not actor.may(Permission.CALENDAR_VIEW):
        return
    mends = actor.may(Permission.CALENDAR_MANAGE)
    for said in calendar.warnings(clock.today()):
        level: Any = said.level.value
        url = url_for("calendar.new" if mends else "calendar.index", year=said.year)
        yield Banner(said.text, level, url, "导入安排" if mends else "查看日历")


PROVIDERS.append(warnings)


def _year_page(year: int, *, publish_form: Form | None = None, status: int = 200) -> Response:
    actor = current_actor()
    book = calendar.load()
    row = next((each for each in calendar.maintained_years(actor) if each.year == year), None)
    return page(
        "calendar/index.html",
        status=status,
        year=year,
        row=row,
        years=_offered(year),
        year_status=book.status(year),
        months=months_of(book, year) if row else [],
        spans=spans_of(book, year) if row else [],
        today=clock.today(),
        manages=actor.may(Permission.CALENDAR_MANAGE),
        publish_form=publish_form or Form(PublishSchema(), prefix="publish"),
        DayKind=DayKind,
    )


def _day_page(on: date, form: Form, *, status: int = 200) -> Response:
    return page("calendar/day.html", status=status, on=on, kept=calendar.load().day(on), form=form)


def _preview_page(values: dict[str, Any], text: str, entries: list[calendar.DayEntry], status: int) -> Response:
    actor = current_actor()
    before = calendar.load()
    change = calendar.preview_year(actor, year=values["year"], entries=entries, status=YearStatus(values["status"]))
    return page(
        "calendar/preview.html",
        status=status,
        change=change,
        moves=calendar.moves(change.calendar),
        doubts=calendar.doubts(change),
        version=before.version,
        working_days=_working_days(change.calendar, change.year),
        values=values,
        text=text,
    )


def _working_days(book: WorkCalendar, year: int) -> int:
    return sum(calendar.working_days_of_month(book, year, month) for month in range(1, 13))


def _text(values: dict[str, Any]) -> str:
    """What was uploaded or pasted, as text: UTF-8, or GBK as Excel writes it in Chinese."""
    sent = values.get("file")
    if not isinstance(sent, FileStorage):
        return str(values.get("text") or "")
    raw = sent.stream.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise Invalid(fields={"file": ["文件不应超过 256 KB"]})
    classified.refuse(name=sent.filename or "", raw=raw)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid(fields={"file": ["无法识别文件的文字编码，请存为 UTF-8"]})


def _asked_year() -> int:
    year = request.args.get("year", clock.today().year, type=int)
    if not FIRST <= year <= LAST:
        raise NotFound
    return year


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotFound from None


def _offered(year: int) -> list[int]:
    """The years to choose from: a handful around this one, and always this and the next."""
    this = clock.today().year
    return sorted(each for each in {*range(year - 2, year + 3), this, this + 1} if FIRST <= each <= LAST)
