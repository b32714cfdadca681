"""Flag sets as flagd's JSON: taken out as a file, and brought in after a look at what would change."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, make_response, request
from marshmallow import Schema, fields, validate
from werkzeug.datastructures import FileStorage

from server.admin.access import current_actor, needs
from server.admin.flag_reach import reach
from server.admin.flag_words import as_text, asked_environment, environment_of, told_by_field
from server.admin.forms import Form
from server.admin.pages import page, redirect_to, toast
from server.core.errors import Invalid
from server.domain import flags
from server.domain.flags import Change, Environment, RequestState, RevisionKind
from server.domain.identity import Permission
from server.gateways import classified

blueprint = Blueprint("flag_exchange", __name__, url_prefix="/admin/flag-exchange")

MOST_BYTES = 2 * 1024 * 1024
REPLACE = "replace"
MODES = (("keep", "保持不变"), (REPLACE, "一并删除"))


class ImportSchema(Schema):
    """A document: a file, or its text; where to; and what becomes of the rest."""

    environment = fields.Enum(Environment, by_value=True, required=True, metadata={"label": "导入到"})
    mode = fields.String(
        load_default="keep",
        validate=validate.OneOf([value for value, _ in MODES], [label for _, label in MODES]),
        metadata={"label": "文件中没有的开关", "widget": "radio"},
    )
    file = fields.Raw(metadata={"label": "文件", "widget": "file", "accept": ".json,application/json"})
    text = fields.String(metadata={"label": "或粘贴 JSON", "widget": "textarea", "rows": "8"})


class ApplySchema(Schema):
    """The same once more, with the reason."""

    environment = fields.Enum(Environment, by_value=True, required=True, metadata={"widget": "hidden"})
    mode = fields.String(load_default="keep", metadata={"widget": "hidden"})
    text = fields.String(required=True, metadata={"widget": "hidden"})
    base = fields.String(required=True, metadata={"widget": "hidden"})
    reason = fields.String(
        required=True,
        validate=validate.Length(max=500),
        metadata={"label": "原因", "widget": "textarea", "rows": "3", "placeholder": "例如：从测试环境迁入"},
    )


@blueprint.get("/")
@needs(Permission.FLAG_VIEW)
def index() -> Response:
    environment = asked_environment(default=Environment.DEVELOP)
    return _index(Form(ImportSchema(), {"environment": environment, "mode": "keep"}), environment)


@blueprint.post("/<environment>/download")
@needs(Permission.FLAG_VIEW)
def download(environment: str) -> Response:
    """The file of a revision. That it was taken out is in the trail."""
    of = environment_of(request.form.get("environment", environment))
    number = request.form.get("number", type=int)
    document = flags.export(current_actor(), of, number)
    answer = make_response(as_text(document))
    answer.headers["Content-Type"] = "application/json; charset=utf-8"
    name = f"flags-{of.value}-{document['metadata']['revision']}.json"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@blueprint.post("/preview")
@needs(Permission.FLAG_EDIT)
def preview() -> Response:
    """What the document would change. Nothing is written."""
    form = Form.submitted(ImportSchema(), request.form, request.files)
    environment = form.values.get("environment", Environment.DEVELOP)
    if form.valid:
        try:
            text = _text(form.values)
            changes = _changes(environment, text, form.values["mode"])
            return _preview(environment, form.values["mode"], text, changes)
        except Invalid as refused:
            form.refuse(told_by_field(refused.fields) if refused.fields else {}, refused.text)
    return _index(form, environment, status=422)


@blueprint.post("/apply")
@needs(Permission.FLAG_EDIT)
def apply() -> Response:
    """Published, or asked for where the environment needs approval."""
    actor = current_actor()
    flags.find_content(actor, Environment.RELEASE)
    form = Form.submitted(ApplySchema(), request.form)
    environment, text = form.values.get("environment"), request.form.get("text", "")
    if environment is None or not text:
        return redirect_to("flag_exchange.index")
    mode = form.values.get("mode", "keep")
    changes = _changes(environment, text, mode)
    if form.valid and form.values["base"] != flags.find_content(actor, environment).content_hash:
        form.refuse(message="预览之后又有修改发布，请核对新的差别后再提交。")
    if not form.valid:
        return _preview(environment, mode, text, changes, form=form, status=422)
    reason = form.values["reason"]
    if flags.needs_approval(environment):
        made = flags.propose(actor, environment, changes, reason=reason, kind=RevisionKind.IMPORT)
        toast("已提交，等待审批" if made.state is RequestState.PENDING else "已导入")
        return redirect_to("flag_requests.show", request_id=made.id)
    revision = flags.publish(actor, environment, changes, reason=reason, kind=RevisionKind.IMPORT)
    toast(f"已导入，{environment.label}第 {revision.number} 版")
    return redirect_to("flag_revisions.show", environment=environment.value, number=revision.number)


def _index(form: Form, environment: Environment, *, status: int = 200) -> Response:
    actor = current_actor()
    flags.find_content(actor, environment)
    return page(
        "flag_exchange/index.html",
        status=status,
        environments=list(Environment),
        environment=environment,
        numbers=flags.heads(),
        form=form if actor.may(Permission.FLAG_EDIT) else None,
    )


def _preview(
    environment: Environment,
    mode: str,
    text: str,
    changes: list[Change],
    *,
    form: Form | None = None,
    status: int = 200,
) -> Response:
    dry = flags.preview(current_actor(), environment, changes)
    given = {"environment": environment, "mode": mode, "text": text, "base": dry.before.content_hash}
    form = form or Form(ApplySchema(), given)
    form.data |= given
    return page(
        "flag_exchange/preview.html",
        status=status,
        environment=environment,
        replace=mode == REPLACE,
        number=dry.before.number,
        touched=dry.touched,
        impact=reach(dry.before, dry.after) if dry.touched else None,
        approval=flags.needs_approval(environment),
        form=form,
    )


def _changes(environment: Environment, text: str, mode: str) -> list[Change]:
    return flags.import_changes(current_actor(), environment, _parsed(text), remove_others=mode == REPLACE)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as fault:
        at = f"第 {fault.lineno} 行第 {fault.colno} 列" if isinstance(fault, json.JSONDecodeError) else "文件"
        raise Invalid(f"{at}不是有效的 JSON。") from fault


def _text(values: dict[str, Any]) -> str:
    """What was uploaded or pasted, as text."""
    sent = values.get("file")
    if not isinstance(sent, FileStorage):
        pasted = str(values.get("text") or "")
        if not pasted:
            raise Invalid("请选择文件，或粘贴 JSON 内容。")
        return pasted
    raw = sent.stream.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise Invalid("文件不应超过 2 MB。")
    classified.refuse(name=sent.filename or "", raw=raw)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise Invalid("文件应为 UTF-8 编码的 JSON。") from fault
