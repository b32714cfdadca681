"""Promotion: what differs between the environments, a dry run of carrying some of it on, and the proposal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request
from marshmallow import Schema, fields, validate

from server.admin.access import current_actor, needs
from server.admin.flag_reach import reach
from server.admin.flag_words import asked_environment
from server.admin.forms import Form
from server.admin.pages import page, redirect_to, toast
from server.core import clock
from server.core.errors import Invalid, NotFound, ShijianError
from server.domain import flags
from server.domain.flags import ChangeRequest, Content, Environment, Moved, Preview, Subject
from server.domain.identity import Permission

blueprint = Blueprint("flag_promotion", __name__, url_prefix="/admin/flag-promotion")

STEPS = {Environment.DEVELOP: Environment.TRIAL, Environment.TRIAL: Environment.RELEASE}


class PromoteSchema(Schema):
    """The dry run that was seen, why, and when."""

    source = fields.Enum(Environment, by_value=True, required=True, metadata={"widget": "hidden"})
    seen = fields.String(required=True, metadata={"widget": "hidden"})
    reason = fields.String(
        required=True,
        validate=validate.Length(max=500),
        metadata={"label": "原因", "widget": "textarea", "rows": "3", "placeholder": "例如：体验版验证通过"},
    )
    apply_at = fields.AwareDateTime(
        load_default=None,
        default_timezone=clock.LOCAL,
        metadata={"label": "定时生效", "help": "留空则批准后立即生效。"},
    )


@dataclass(frozen=True, slots=True)
class Cell:
    """A flag in one environment. ``text`` is empty where it is not there."""

    environment: Environment
    text: str = ""
    tone: str = "gray"
    icon: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A flag in all environments. ``state``: same, carried, conflict, own (of the target); ``words``: what would change."""

    key: str
    name: str
    cells: list[Cell]
    state: str
    words: list[str]


@blueprint.get("/")
@needs(Permission.FLAG_VIEW)
def index() -> Response:
    actor = current_actor()
    contents = {each: flags.find_content(actor, each) for each in Environment}
    source, target = _way()
    dry, refused = _dry(source, target)
    rows = _rows(contents, source, target, dry)
    return page(
        "flag_promotion/index.html",
        environments=list(Environment),
        source=source,
        target=target,
        steps=list(STEPS.items()),
        rows=rows,
        refused=refused,
        chosen=set(request.args.getlist("keys")),
        may_edit=actor.may(Permission.FLAG_EDIT),
    )


@blueprint.get("/preview")
@needs(Permission.FLAG_EDIT)
def preview() -> Response:
    """The dry run of the chosen flags, or of all."""
    source, _ = _way()
    flags.find_content(current_actor(), source)
    keys = request.args.getlist("keys")
    if not keys and not request.args.get("all"):
        toast("请先选择要晋级的开关", "warning")
        return redirect_to("flag_promotion.index", source=source.value)
    return _preview(source, keys or None, request.args.getlist("prefer"))


@blueprint.post("/")
@needs(Permission.FLAG_EDIT)
def propose() -> Response:
    """What was seen, asked for or done at once, as the target's rules say."""
    form = Form.submitted(PromoteSchema(), request.form)
    source = form.values.get("source")
    if source not in STEPS:
        raise NotFound
    keys, prefer = request.form.getlist("keys"), request.form.getlist("prefer")
    if form.valid:
        try:
            made = flags.promote(
                current_actor(),
                source,
                STEPS[source],
                keys,
                reason=form.values["reason"],
                apply_at=form.values["apply_at"],
                prefer=prefer,
                seen=form.values["seen"],
            )
        except (Invalid, flags.PromotionMoved) as refused:
            form.refuse(getattr(refused, "fields", {}), refused.text)
        else:
            return _onward(made)
    return _preview(source, keys, prefer, form=form, status=422)


def _onward(made: Any) -> Response:
    if isinstance(made, ChangeRequest):
        waits = made.state is flags.RequestState.PENDING
        toast("已提交，等待审批" if waits else "已提交，将按时生效")
        return redirect_to("flag_requests.show", request_id=made.id)
    toast(f"已晋级到{made.environment.label}，第 {made.number} 版")
    return redirect_to("flag_revisions.show", environment=made.environment.value, number=made.number)


def _preview(
    source: Environment, keys: list[str] | None, prefer: list[str], *, form: Form | None = None, status: int = 200
) -> Response:
    target = STEPS[source]
    dry = flags.promote_preview(current_actor(), source, target, keys, prefer=prefer)
    if form is None:
        form = Form(PromoteSchema(), {"source": source, "seen": dry.token})
    else:
        form.data["seen"] = dry.token
    return page(
        "flag_promotion/preview.html",
        status=status,
        source=source,
        target=target,
        keys=keys or sorted(each.key for each in dry.touched if each.subject is Subject.FLAG),
        prefer=prefer,
        touched=dry.touched,
        conflicts=[each for each in dry.moved if not each.clean],
        merged=[each for each in dry.moved if each.clean],
        impact=reach(dry.before, dry.after),
        approval=flags.needs_approval(target),
        form=form,
        spelled=_spelled,
    )


def _way() -> tuple[Environment, Environment]:
    source = asked_environment("source", Environment.TRIAL)
    if source not in STEPS:
        raise NotFound
    return source, STEPS[source]


def _dry(source: Environment, target: Environment) -> tuple[Preview | None, str]:
    """What carrying everything would do; a sentence where everything together cannot go."""
    try:
        return flags.promote_preview(current_actor(), source, target), ""
    except ShijianError as refused:
        return None, refused.text


def _rows(
    contents: Mapping[Environment, Content], source: Environment, target: Environment, dry: Preview | None
) -> list[Row]:
    keys = sorted({key for content in contents.values() for key in content.flags})
    carried = {each.key: each for each in dry.touched if each.subject is Subject.FLAG} if dry else {}
    torn = {each.key for each in dry.moved if not each.clean and each.subject is Subject.FLAG} if dry else set()
    rows = []
    for key in keys:
        ours, theirs = contents[source].flags.get(key), contents[target].flags.get(key)
        words: list[str] = []
        if ours == theirs:
            state = "same"
        elif key in torn:
            state = "conflict"
        elif dry is not None and key not in carried:
            state = "own"
        else:
            state = "carried"
            told = carried[key].differences if key in carried else flags.differences(theirs, ours)
            words = [each.text for each in told]
        name = next(content.flags[key]["name"] for content in contents.values() if key in content.flags)
        rows.append(Row(key, name, [_cell(each, contents[each].flags.get(key)) for each in Environment], state, words))
    return rows


def _cell(environment: Environment, document: dict[str, Any] | None) -> Cell:
    if document is None:
        return Cell(environment)
    if not document.get("enabled", True):
        return Cell(environment, "停用", "gray", "ban")
    serves = flags.serves_one(document)
    if serves is not None:
        return Cell(environment, "启用", "green", "circle-check", f"所有人 {serves or '程序默认值'}")
    note = "按 JsonLogic 定向" if "targeting" in document else f"规则 {len(document.get('rules', []))} 条"
    return Cell(environment, "启用", "green", "circle-check", f"{note}，默认 {document.get('default') or '程序默认值'}")


def _spelled(moved: Moved) -> str:
    """How ``prefer`` names it."""
    return moved.key if moved.subject is Subject.FLAG else f"segment:{moved.key}"
