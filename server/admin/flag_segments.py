"""Segments: named groups of users that flags' rules refer to; listed, read, edited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request
from marshmallow import Schema, fields, validate

from server.admin.access import current_actor, needs
from server.admin.flag_conditions import ATTRIBUTES
from server.admin.flag_edit import KEY, told_faults
from server.admin.flag_list import contents_for
from server.admin.flag_page import passages_of
from server.admin.flag_saving import Asked, asked_of, show_preview
from server.admin.flag_saving import save as save_asked
from server.admin.flag_words import asked_environment, environment_of
from server.admin.forms import Form
from server.admin.listing import Column, Listing
from server.admin.pages import page
from server.admin.paging import Found
from server.admin.segment_drafts import GroupRow, SegmentDraft, act, document_of, draft_of, read_draft
from server.core.errors import Invalid, NotFound
from server.domain import flags
from server.domain.flags import Content, Environment, Segment, Subject
from server.domain.identity import Permission

blueprint = Blueprint("flag_segments", __name__, url_prefix="/admin/flag-segments")

COLUMNS = (
    Column("name", "分组", sort="name", optional=False),
    Column("words", "包含谁"),
    Column("used", "用到它的开关", sort="used"),
    Column("key", "键", sort="key", shown=False),
)


class SegmentNotFound(NotFound):
    """No such segment, or not this person's to see."""

    code = "flag_segment_not_found"
    message = "没有找到该用户分组。"


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """A segment in the list. ``used``: the flags that refer to it, key and name."""

    key: str
    name: str
    description: str
    words: str
    used: list[tuple[str, str]]


class NewSegmentSchema(Schema):
    """The first step of a new segment."""

    key = fields.String(
        required=True,
        validate=validate.Regexp(rf"{KEY}\Z", error="由字母、数字、点、横线和下划线组成，不超过 100 字。"),
        metadata={"label": "键", "help": "定下后不能改。", "placeholder": "例如 testers"},
    )
    name = fields.String(
        required=True, validate=validate.Length(max=100), metadata={"label": "名称", "placeholder": "例如 内测人员"}
    )
    environment = fields.Enum(
        Environment, by_value=True, load_default=Environment.DEVELOP, metadata={"label": "先建在", "widget": "radio"}
    )


@blueprint.get("/")
@needs(Permission.FLAG_VIEW)
def index() -> Response:
    """The segments of one environment."""
    actor, where = current_actor(), asked_environment("env")
    contents = contents_for(actor)
    listing = Listing("segments", COLUMNS, request.args, default_sort="name")
    words = request.args.get("q", "").lower().split()
    rows = [
        row
        for row in _rows(contents[where])
        if all(word in f"{row.key} {row.name} {row.description} {row.words}".lower() for word in words)
    ]
    orders = {"name": lambda row: (row.name, row.key), "key": lambda row: row.key, "used": lambda row: len(row.used)}
    rows.sort(key=orders[listing.sort_key], reverse=listing.descending)
    start = (listing.page - 1) * listing.per_page
    return page(
        "flag_segments/index.html",
        "flag_segments/_rows.html",
        listing=listing,
        found=Found(rows[start : start + listing.per_page], len(rows), listing.page, listing.per_page),
        environment=where,
        counts=[(each, len(contents[each].segments)) for each in Environment],
    )


@blueprint.get("/<key>")
@needs(Permission.FLAG_VIEW)
def show(key: str) -> Response:
    """One segment in one environment."""
    actor = current_actor()
    contents = contents_for(actor)
    there = [each for each in reversed(Environment) if key in contents[each].segments]
    if not there:
        raise SegmentNotFound
    where = asked_environment("env", there[0])
    document = contents[where].segments.get(key)
    known = document or contents[there[0]].segments[key]
    return page(
        "flag_segments/show.html",
        key=key,
        environment=where,
        environments=[(each, each in there) for each in Environment],
        known=known,
        segment=flags.parse_segment(document) if document else None,
        groups=_groups(flags.parse_segment(document)) if document else [],
        used=used_by(contents[where]).get(key, []),
        passages=passages_of(actor, key, where, Subject.SEGMENT) if document else [],
        seen=contents[where].hash_of(Subject.SEGMENT, key),
        may_edit=actor.may(Permission.FLAG_EDIT),
    )


@blueprint.get("/<environment>/new")
@needs(Permission.FLAG_EDIT)
def new(environment: str) -> Response:
    """What it shall be called."""
    where = environment_of(environment)
    flags.find_content(current_actor(), where)
    return page("flag_segments/new.html", form=Form(NewSegmentSchema(), {"environment": where}), environment=where)


@blueprint.post("/<environment>/new")
@needs(Permission.FLAG_EDIT)
def begin(environment: str) -> Response:
    """The form of a segment that is nowhere yet."""
    where = environment_of(environment)
    form = Form.submitted(NewSegmentSchema(), request.form)
    contents = contents_for(current_actor())
    if any(form.values.get("key", "") in content.segments for content in contents.values()):
        form.refuse({"key": ["已有同键的用户分组"]})
    if not form.valid:
        return page("flag_segments/new.html", status=422, form=form, environment=where)
    draft = SegmentDraft(form.values["key"], form.values["name"], groups=[GroupRow.first()])
    return _form_page(draft, contents[form.values["environment"]], None)


@blueprint.get("/<environment>/<key>/edit")
@needs(Permission.FLAG_EDIT)
def edit(environment: str, key: str) -> Response:
    """The form of a segment as it stands here, or else as it stands in another environment."""
    where = environment_of(environment)
    contents = contents_for(current_actor())
    found = [contents[where], *(contents[each] for each in reversed(Environment))]
    document = next((content.segments[key] for content in found if key in content.segments), None)
    if document is None:
        raise SegmentNotFound
    return _form_page(draft_of(document), contents[where], contents[where].hash_of(Subject.SEGMENT, key))


@blueprint.post("/<environment>/<key>/rows")
@needs(Permission.FLAG_EDIT)
def rows(environment: str, key: str) -> Response:
    """The same form with a row added or removed."""
    content = flags.find_content(current_actor(), environment_of(environment))
    draft = read_draft(request.form, key)
    act(draft, request.form.get("do", ""))
    return _form_page(draft, content, _base())


@blueprint.post("/<environment>/<key>/preview")
@needs(Permission.FLAG_EDIT)
def preview(environment: str, key: str) -> Response:
    """What saving it would do."""
    where = environment_of(environment)
    draft = read_draft(request.form, key)
    document, faults = document_of(draft)
    content = flags.find_content(current_actor(), where)
    if document is None:
        return _form_page(draft, content, _base(), faults, status=422)
    try:
        return show_preview(Asked(Subject.SEGMENT, where, key, document, _base()))
    except Invalid as wrong:
        return _form_page(draft, content, _base(), wrong.fields or {"document": [wrong.text]}, status=422)


@blueprint.post("/<environment>/<key>/again")
@needs(Permission.FLAG_EDIT)
def again(environment: str, key: str) -> Response:
    """From the preview back to the form."""
    content = flags.find_content(current_actor(), environment_of(environment))
    asked = asked_of(request.form, Subject.SEGMENT, content.environment, key)
    if asked.document is None or asked.document.get("key") != key:
        raise Invalid("提交的内容不完整，请重新编辑。")
    return _form_page(draft_of(asked.document), content, asked.base_hash)


@blueprint.post("/<environment>/<key>/remove")
@needs(Permission.FLAG_EDIT)
def remove(environment: str, key: str) -> Response:
    """The preview of taking a segment out of an environment."""
    where = environment_of(environment)
    if key not in flags.find_content(current_actor(), where).segments:
        raise SegmentNotFound
    return show_preview(Asked(Subject.SEGMENT, where, key, None, _base()))


@blueprint.post("/<environment>/<key>/save")
@needs(Permission.FLAG_EDIT)
def save(environment: str, key: str) -> Response:
    """Publish or propose what the preview showed."""
    content = flags.find_content(current_actor(), environment_of(environment))
    return save_asked(asked_of(request.form, Subject.SEGMENT, content.environment, key))


def used_by(content: Content) -> dict[str, list[tuple[str, str]]]:
    """The flags that refer to each segment: key and name."""
    found: dict[str, list[tuple[str, str]]] = {}
    for key, document in content.flags.items():
        for segment in flags.segments_of(flags.parse_flag(document)):
            found.setdefault(segment, []).append((key, str(document["name"])))
    return found


def _rows(content: Content) -> list[SegmentRow]:
    used = used_by(content)
    return [_row(flags.parse_segment(document), used.get(key, [])) for key, document in content.segments.items()]


def _row(segment: Segment, used: list[tuple[str, str]]) -> SegmentRow:
    return SegmentRow(segment.key, segment.name, segment.description, flags.segment_in_words(segment), used)


def _groups(segment: Segment) -> list[list[str]]:
    return [[flags.condition_in_words(each) for each in group] for group in segment.any]


def _base() -> str | None:
    return request.form.get("base_hash") or None


def _form_page(
    draft: SegmentDraft, content: Content, base_hash: str | None, faults: Any = None, *, status: int = 200
) -> Response:
    return page(
        "flag_segments/edit.html",
        "flag_segments/_form.html",
        status=status,
        draft=draft,
        environment=content.environment,
        base_hash=base_hash or "",
        faults=faults or {},
        told=told_faults(faults or {}),
        attributes=[pair for pair in ATTRIBUTES if pair[0] != "segment"],
        used=used_by(content).get(draft.key, []),
        approval=flags.needs_approval(content.environment),
    )
