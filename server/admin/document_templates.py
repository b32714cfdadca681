"""Word templates: what the bureau replaced, tried and activated; each kind has the form's own to go back to."""

from __future__ import annotations

import uuid
from contextlib import closing
from urllib.parse import quote

from flask import Blueprint, Response, request
from marshmallow import Schema, fields, validate

from server.admin.access import current_actor, needs
from server.admin.documents import around
from server.admin.forms import Form
from server.admin.pages import page, redirect_to, toast
from server.core import db
from server.core.errors import Invalid
from server.domain import documents
from server.domain.documents import Format, Kind
from server.domain.identity import Actor, Permission
from server.gateways import office

blueprint = Blueprint("document_templates", __name__, url_prefix="/admin/documents/templates")

WORD = documents.MIMES[Format.DOCX]
TONES = {"draft": "amber", "active": "green", "retired": "gray"}


class UploadSchema(Schema):
    """A template."""

    upload = fields.Raw(
        required=True,
        metadata={
            "label": "Word 模板（.docx）",
            "widget": "file",
            "accept": f".docx,{WORD}",
            "help": "请在默认模板上修改。不接收带宏、外部链接或嵌入对象的文件，最大 5 MB。",
        },
    )
    note = fields.String(
        load_default="",
        validate=validate.Length(max=500),
        metadata={"label": "修改说明", "widget": "textarea", "rows": "2"},
    )


@blueprint.get("/")
@needs(Permission.TEMPLATE_MANAGE)
def index() -> Response:
    """Every kind that comes as Word, with what it is made with."""
    actor = current_actor()
    active = {each.kind: each for each in documents.templates_of(actor) if each.slot}
    waiting: dict[str, int] = {}
    for each in documents.templates_of(actor):
        waiting[each.kind] = waiting.get(each.kind, 0) + (each.state == "draft")
    return page(
        "documents/templates.html",
        kinds=[kind for kind in documents.kinds() if Format.DOCX in kind.formats],
        active=active,
        waiting=waiting,
        **around(actor, "templates"),
    )


@blueprint.get("/<kind_code>")
@needs(Permission.TEMPLATE_MANAGE)
def show(kind_code: str) -> Response:
    """One kind: its templates, and what a template can name."""
    return _shown(current_actor(), documents.kind_of(kind_code))


@blueprint.post("/<kind_code>")
@needs(Permission.TEMPLATE_MANAGE)
def add(kind_code: str) -> Response:
    """Bring a template. Everything that is wrong with it is said at once, and then nothing is kept."""
    actor, kind = current_actor(), documents.kind_of(kind_code)
    form = Form.submitted(UploadSchema(), request.form, request.files)
    if form.valid:
        with closing(form.values["upload"]) as sent:
            raw = sent.read()
        try:
            incoming = documents.take_template(kind.code, name=sent.filename or "", raw=raw)
            with db.unit():
                template = documents.add_template(actor, kind.code, incoming, note=form.values["note"])
                version = template.version
        except Invalid as refused:
            form.refuse(refused.fields, refused.text)
        else:
            toast(f"已上传第 {version} 版，请预览后启用")
            return redirect_to("document_templates.show", kind_code=kind.code)
    with db.reading():
        return _shown(actor, kind, form=form, status=422)


@blueprint.get("/<kind_code>/default.docx")
@needs(Permission.TEMPLATE_MANAGE)
def default(kind_code: str) -> Response:
    """The form's own template, to begin with."""
    kind = documents.kind_of(kind_code)
    return _as_word(office.default_template(kind.form), f"{kind.label}-默认模板.docx")


@blueprint.get("/<kind_code>/preview.docx")
@needs(Permission.TEMPLATE_MANAGE)
def preview_default(kind_code: str) -> Response:
    """A sample made with the form's own template."""
    kind = documents.kind_of(kind_code)
    return _as_word(documents.previewed(kind, None), f"{kind.label}-默认模板-预览.docx")


@blueprint.get("/files/<uuid:template_id>")
@needs(Permission.TEMPLATE_MANAGE)
def file(template_id: uuid.UUID) -> Response:
    """A template as it came."""
    template = documents.find_template(current_actor(), template_id)
    return _as_word(documents.template_bytes(template), template.file_name)


@blueprint.get("/files/<uuid:template_id>/preview")
@needs(Permission.TEMPLATE_MANAGE)
def preview(template_id: uuid.UUID) -> Response:
    """A sample made with it."""
    template = documents.find_template(current_actor(), template_id)
    kind = documents.kind_of(template.kind)
    made = documents.previewed(kind, documents.template_bytes(template))
    return _as_word(made, f"{kind.label}-第{template.version}版-预览.docx")


@blueprint.post("/files/<uuid:template_id>/activate")
@needs(Permission.TEMPLATE_MANAGE, step_up=True)
def activate(template_id: uuid.UUID) -> Response:
    """Use it from now on."""
    template = documents.activate_template(current_actor(), template_id)
    toast(f"已启用第 {template.version} 版模板")
    return redirect_to("document_templates.show", kind_code=template.kind)


@blueprint.post("/files/<uuid:template_id>/drop")
@needs(Permission.TEMPLATE_MANAGE)
def drop(template_id: uuid.UUID) -> Response:
    """Take a draft away."""
    template = documents.drop_template(current_actor(), template_id)
    toast("已删除模板")
    return redirect_to("document_templates.show", kind_code=template.kind)


@blueprint.post("/<kind_code>/default")
@needs(Permission.TEMPLATE_MANAGE, step_up=True)
def use_default(kind_code: str) -> Response:
    """Go back to the form's own."""
    documents.use_default(current_actor(), documents.kind_of(kind_code).code)
    toast("已改回默认模板")
    return redirect_to("document_templates.show", kind_code=kind_code)


def _shown(actor: Actor, kind: Kind, *, form: Form | None = None, status: int = 200) -> Response:
    found = documents.templates_of(actor, kind.code)
    return page(
        "documents/template.html",
        status=status,
        kind=kind,
        templates=found,
        active=next((each for each in found if each.slot), None),
        tones=TONES,
        holes=office.listed(kind.form),
        form=form or Form(UploadSchema()),
        findings=form.errors.get("upload", []) if form is not None and len(form.errors.get("upload", [])) > 1 else [],
    )


def _as_word(raw: bytes, name: str) -> Response:
    answer = Response(raw, mimetype=WORD)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Disposition"] = f"attachment; filename=\"template.docx\"; filename*=UTF-8''{quote(name)}"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
