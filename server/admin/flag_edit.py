"""Editing a flag: made anew or copied, its form with rows, the preview, and saving."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request
from marshmallow import Schema, fields, validate

from server.admin.access import current_actor, needs
from server.admin.flag_conditions import ATTRIBUTES
from server.admin.flag_drafts import Draft, VariantRow, document_of, draft_of, new_seed
from server.admin.flag_list import contents_for, documents_by_key
from server.admin.flag_page import segment_names
from server.admin.flag_rows import act, read_draft
from server.admin.flag_saving import Asked, asked_of, show_preview
from server.admin.flag_saving import save as save_asked
from server.admin.flag_words import environment_of
from server.admin.forms import Form
from server.admin.pages import page
from server.core.enums import Labelled
from server.core.errors import Invalid
from server.domain import flags
from server.domain.flags import Content, Environment, FlagNotFound, Kind, Subject
from server.domain.identity import Permission

blueprint = Blueprint("flag_edit", __name__, url_prefix="/admin/flags")

KEY = r"(?!\.{1,2}\Z)[A-Za-z0-9._-]{1,100}"


class Template(Labelled):
    """What a new flag starts from."""

    SWITCH = "switch", "布尔开关"
    VARIANTS = "variants", "多版本"
    PARAMETERS = "parameters", "参数"


TEMPLATES: dict[Template, tuple[Kind, list[tuple[str, str]], str]] = {
    Template.SWITCH: (Kind.BOOLEAN, [("on", "true"), ("off", "false")], "off"),
    Template.VARIANTS: (Kind.STRING, [("a", "a"), ("b", "b"), ("control", "control")], "control"),
    Template.PARAMETERS: (Kind.OBJECT, [("standard", '{\n  "size": 20\n}')], "standard"),
}


class NewSchema(Schema):
    """The first step of a new flag."""

    template = fields.Enum(
        Template, by_value=True, load_default=Template.SWITCH, metadata={"label": "模板", "widget": "radio"}
    )
    key = fields.String(
        required=True,
        validate=validate.Regexp(rf"{KEY}\Z", error="由字母、数字、点、横线和下划线组成，不超过 100 字。"),
        metadata={"label": "键", "help": "程序里用的标识，定下后不能改。", "placeholder": "例如 new-search"},
    )
    name = fields.String(
        required=True, validate=validate.Length(max=100), metadata={"label": "名称", "placeholder": "例如 新版搜索"}
    )
    environment = fields.Enum(
        Environment,
        by_value=True,
        load_default=Environment.DEVELOP,
        metadata={"label": "先建在", "widget": "radio", "help": "通常先建在开发版，验证后晋级到体验版和正式版。"},
    )
    source = fields.String(load_default="", validate=validate.Length(max=100), metadata={"widget": "hidden"})


@blueprint.get("/<environment>/new")
@needs(Permission.FLAG_EDIT)
def new(environment: str) -> Response:
    """What it shall be, or what it is copied from."""
    source, where = request.args.get("source", ""), environment_of(environment)
    origin = documents_by_key(contents_for(current_actor()), where).get(source)
    given = {"source": source if origin else "", "environment": where}
    return page("flags/new.html", form=Form(NewSchema(), given), origin=origin, environment=where)


@blueprint.post("/<environment>/new")
@needs(Permission.FLAG_EDIT)
def begin(environment: str) -> Response:
    """The form of a flag that is nowhere yet."""
    where = environment_of(environment)
    form = Form.submitted(NewSchema(), request.form)
    contents = contents_for(current_actor())
    source = form.values.get("source", "")
    origin = documents_by_key(contents, form.values.get("environment", where)).get(source)
    key = form.values.get("key", "")
    if any(key in content.flags for content in contents.values()):
        form.refuse({"key": ["已有同键的开关"]})
    if not form.valid:
        return page("flags/new.html", status=422, form=form, origin=origin, environment=where)
    if origin is not None:
        # the seed stays: who had the original's share has the copy's
        draft = draft_of({**origin, "key": key, "name": form.values["name"]})
    else:
        draft = _from_template(form.values["template"], key, form.values["name"])
    return _form_page(draft, contents[form.values["environment"]], None)


@blueprint.get("/<environment>/<key>/edit")
@needs(Permission.FLAG_EDIT)
def edit(environment: str, key: str) -> Response:
    """The form of a flag as it stands, or as it stands in another environment when this one has none."""
    where = environment_of(environment)
    contents = contents_for(current_actor())
    document = contents[where].flags.get(key) or documents_by_key(contents, where).get(key)
    if document is None:
        raise FlagNotFound
    return _form_page(draft_of(document), contents[where], contents[where].hash_of(Subject.FLAG, key))


@blueprint.post("/<environment>/<key>/rows")
@needs(Permission.FLAG_EDIT)
def rows(environment: str, key: str) -> Response:
    """The same form with a row added, removed or moved; nothing is kept anywhere."""
    content = flags.find_content(current_actor(), environment_of(environment))
    draft = read_draft(request.form, key)
    try:
        act(draft, request.form.get("do", ""))
    except Invalid as wrong:
        return _form_page(draft, content, _base(), wrong.fields or {"document": [wrong.text]}, status=422)
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
        return show_preview(Asked(Subject.FLAG, where, key, document, _base()))
    except Invalid as wrong:
        return _form_page(draft, content, _base(), wrong.fields or {"document": [wrong.text]}, status=422)


@blueprint.post("/<environment>/<key>/again")
@needs(Permission.FLAG_EDIT)
def again(environment: str, key: str) -> Response:
    """From the preview back to the form, with what was edited."""
    content = flags.find_content(current_actor(), environment_of(environment))
    asked = asked_of(request.form, Subject.FLAG, content.environment, key)
    if asked.document is None or asked.document.get("key") != key:
        raise Invalid("提交的内容不完整，请重新编辑。")
    return _form_page(draft_of(asked.document), content, asked.base_hash)


@blueprint.post("/<environment>/<key>/remove")
@needs(Permission.FLAG_EDIT)
def remove(environment: str, key: str) -> Response:
    """The preview of taking a flag out of an environment."""
    where = environment_of(environment)
    if key not in flags.find_content(current_actor(), where).flags:
        raise FlagNotFound
    return show_preview(Asked(Subject.FLAG, where, key, None, _base()))


@blueprint.post("/<environment>/<key>/save")
@needs(Permission.FLAG_EDIT)
def save(environment: str, key: str) -> Response:
    """Publish or propose what the preview showed."""
    content = flags.find_content(current_actor(), environment_of(environment))
    return save_asked(asked_of(request.form, Subject.FLAG, content.environment, key))


def _from_template(template: Template, key: str, name: str) -> Draft:
    kind, variants, default = TEMPLATES[template]
    return Draft(
        key=key,
        kind=kind.value,
        name=name,
        seed=new_seed(),
        default=default,
        variants=[VariantRow(*each) for each in variants],
    ).settled()


def _base() -> str | None:
    return request.form.get("base_hash") or None


def _form_page(
    draft: Draft,
    content: Content,
    base_hash: str | None,
    faults: Any = None,
    *,
    status: int = 200,
) -> Response:
    others = [(key, f"{document['name']}（{key}）") for key, document in content.flags.items() if key != draft.key]
    return page(
        "flags/edit.html",
        "flags/_form.html",
        status=status,
        draft=draft,
        environment=content.environment,
        base_hash=base_hash or "",
        faults=faults or {},
        told=told_faults(faults or {}),
        attributes=ATTRIBUTES,
        kinds=Kind.choices(),
        others=others,
        variants_of={key: list(document["variants"]) for key, document in content.flags.items()},
        segments=sorted(segment_names(content).items()),
        approval=flags.needs_approval(content.environment),
    )


WORDS = {
    "rules": "第 {} 条规则",
    "when": "第 {} 个条件",
    "any": "第 {} 组",
    "prerequisites": "第 {} 个前提",
}
NAMES = {
    "key": "键",
    "name": "名称",
    "owner": "负责人",
    "tags": "标签",
    "expires_on": "预计清理日",
    "variants": "变体",
    "default": "默认变体",
    "otherwise": "前提不满足时",
    "serve": "结果",
    "split": "比例",
    "values": "取值",
    "attribute": "属性",
    "op": "比较",
    "flag": "开关",
    "targeting": "JsonLogic",
    "logic": "JsonLogic",
    "metadata": "附加信息",
    "document": "",
}


def told_faults(faults: Any) -> list[str]:
    """Each fault with its place in words: 第 1 条规则 · 第 2 个条件 · 取值：…"""
    return [
        f"{place}：{text}" if (place := in_words(path)) else text for path, texts in faults.items() for text in texts
    ]


def in_words(path: str) -> str:
    """A path of a document in words; empty for the document as a whole and for what is told by itself."""
    parts = path.split(".")
    words: list[str] = []
    if parts[0] not in {*WORDS, *NAMES}:
        return ""
    for number, part in enumerate(parts):
        before = parts[number - 1] if number else ""
        if part.isdigit() and before in WORDS:
            words[-1] = WORDS[before].format(int(part) + 1)
        elif part in WORDS or part in NAMES or not words:
            words.append(NAMES.get(part, part))
        else:
            words.append(f"“{part}”")
    return " · ".join(word for word in words if word)
