"""The steps of a training: who may is asked before any form is read."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, cast

from flask import Blueprint, Response, request

from server.admin.acceptances import as_download
from server.admin.access import current_actor, needs
from server.admin.forms import Form
from server.admin.pages import page, redirect_to, toast
from server.admin.training import show_training
from server.admin.training_forms import (
    MOST_QUESTIONS,
    OUTSIDE,
    OUTSIDER,
    STEP_SCHEMAS,
    ContentSchema,
    first_error,
    question_rows,
    question_schema,
    questions_from,
    timed,
    told_of,
    trainer_from,
)
from server.admin.training_new import choices_for
from server.admin.trying import attempt
from server.core import db
from server.core.errors import Conflict, Invalid
from server.domain import training
from server.domain.identity import Actor, Permission
from server.domain.training import Training

blueprint = Blueprint("training_steps", __name__, url_prefix="/admin/trainings")

LOG = Permission.RECORD_LOG
Verb = Callable[[Actor, uuid.UUID, dict[str, Any]], object]


def _schedule(actor: Actor, training_id: uuid.UUID, values: dict[str, Any]) -> object:
    rest = {name: values[name] for name in ("place", "audience", "reason")}
    return training.schedule(actor, training_id, **timed(values), **rest)


VERBS: dict[str, tuple[Verb, str]] = {
    "schedule": (_schedule, "已排期"),
    "postpone": (lambda actor, key, values: training.postpone(actor, key, **values), "已推迟"),
    "cancel": (lambda actor, key, values: training.cancel(actor, key, **values), "已取消"),
    "hold": (lambda actor, key, values: training.hold(actor, key, **values), "已登记举办情况"),
    "hours": (lambda actor, key, values: training.set_hours(actor, key, **values), "课时已更正"),
    "attend": (lambda actor, key, values: training.check_in_by_hand(actor, key, **values), "已登记"),
    "files": (lambda actor, key, values: training.add_files(actor, key, **values), "已上传"),
    "template": (lambda actor, key, values: training.keep_as_template(actor, key, **values), "已保存为模板"),
}


@blueprint.post("/<uuid:training_id>/<any(schedule, postpone, cancel, hold, hours, attend, files, template):step>")
@needs(LOG)
def take(training_id: uuid.UUID, step: str) -> Response:
    """A step with a form."""
    actor = current_actor()
    _looked(actor, training_id)
    form = Form.submitted(STEP_SCHEMAS[step](), request.form, request.files, prefix=step)
    verb, done = VERBS[step]

    def perform() -> bool:
        verb(actor, training_id, values)
        return True

    values = dict(form.values)
    if form.valid and step == "files":
        _keep(form, values)
    if attempt(form, perform):
        toast(done)
        return redirect_to("training.show", training_id=training_id)
    with db.reading():
        return show_training(actor, training_id, step=step, form=form, status=422)


@blueprint.post("/<uuid:training_id>/<any(open, close):step>")
@needs(LOG)
def move(training_id: uuid.UUID, step: str) -> Response:
    """A step without one: open the check-in and go to the page for the wall, or close the record."""
    actor = current_actor()
    _looked(actor, training_id)
    verb = training.open_check_in if step == "open" else training.close
    try:
        with db.unit():
            verb(actor, training_id)
    except (Invalid, Conflict) as error:
        with db.reading():
            told = first_error(error) if isinstance(error, Invalid) else error.text
            return show_training(actor, training_id, refused=told, status=409)
    if step == "open":
        return redirect_to("training.projector", training_id=training_id)
    toast("已归档")
    return redirect_to("training.show", training_id=training_id)


@blueprint.post("/attendances/<uuid:attendance_id>/strike")
@needs(LOG)
def strike(attendance_id: uuid.UUID) -> Response:
    """Take back a check-in."""
    row = training.strike(current_actor(), attendance_id, reason=request.form.get("reason", ""))
    toast("已撤销签到")
    return redirect_to("training.show", training_id=row.id)


@blueprint.get("/<uuid:training_id>/edit")
@needs(LOG)
def edit(training_id: uuid.UUID) -> Response:
    """The form of what it is about."""
    actor = current_actor()
    row = _looked(actor, training_id)
    return _edit_page(row, Form(ContentSchema(), told_of(row), choices=_people(actor, row)))


@blueprint.post("/<uuid:training_id>/edit")
@needs(LOG)
def save(training_id: uuid.UUID) -> Response:
    """Change it."""
    actor = current_actor()
    row = _looked(actor, training_id)
    with db.reading():
        choices = _people(actor, row)
    form = Form.submitted(ContentSchema(), request.form, choices=choices)

    def perform() -> Training:
        values = {name: value for name, value in form.values.items() if name not in ("trainer_id", *OUTSIDER)}
        return training.edit(actor, training_id, **values, trainer=trainer_from(form.values))

    if attempt(form, perform):
        toast("已保存")
        return redirect_to("training.show", training_id=training_id)
    with db.reading():
        return _edit_page(training.find(actor, training_id), form, status=422)


@blueprint.get("/<uuid:training_id>/questions")
@needs(LOG)
def questions(training_id: uuid.UUID) -> Response:
    """The form of the questionnaire."""
    row = _looked(current_actor(), training_id)
    rows, data = question_rows(training.asked(row.questions))
    return _questions_page(row, Form(question_schema(rows), data), rows)


@blueprint.post("/<uuid:training_id>/questions")
@needs(LOG)
def ask(training_id: uuid.UUID) -> Response:
    """Set the questionnaire; the button for more rows only adds rows."""
    actor = current_actor()
    row = _looked(actor, training_id)
    rows = min(max(request.form.get("rows", 1, type=int), 1), MOST_QUESTIONS)
    if request.form.get("action") == "more":
        rows = MOST_QUESTIONS
        return _questions_page(row, Form(question_schema(rows), request.form.to_dict()), rows)
    form = Form.submitted(question_schema(rows), request.form)
    if attempt(form, lambda: training.ask(actor, training_id, asks=questions_from(form.values, rows))):
        toast("问卷已保存")
        return redirect_to("training.show", training_id=training_id)
    with db.reading():
        return _questions_page(training.find(actor, training_id), form, rows, status=422)


@blueprint.get("/files/<uuid:file_id>")
@needs(Permission.RECORD_VIEW)
def file(file_id: uuid.UUID) -> Response:
    """A paper of a training, after the check of who asks."""
    # The look is written into the trail.
    with db.unit():
        found, pieces = training.read_file(current_actor(), file_id)
    return as_download(cast("Any", found), pieces)


def _looked(actor: Actor, training_id: uuid.UUID) -> Training:
    """The training as it stands, for who may change it: foreign ones first, then rights."""
    with db.reading():
        row = training.find(actor, training_id)
    actor.need(LOG, row.contract_id)
    return row


def _keep(form: Form, values: dict[str, Any]) -> None:
    """Keep the uploads before the unit: nothing is locked while they are read."""
    try:
        values["uploads"] = [
            training.take_paper(name=each.filename or "", raw=each.read()) for each in values.pop("upload")
        ]
    except Invalid as refused:
        form.refuse(refused.fields, refused.text)


def _people(actor: Actor, row: Training) -> dict[str, Any]:
    """The people on offer; who is named already stays so, even if they have left since."""
    offered = list(choices_for(actor, row.contract_id)["trainer_id"])
    if row.trainer_id is not None and str(row.trainer_id) not in dict(offered):
        offered.insert(0, (str(row.trainer_id), row.trainer_name))
    return {"trainer_id": offered}


def _edit_page(row: Training, form: Form, *, status: int = 200) -> Response:
    return page("trainings/edit.html", status=status, training=row, form=form, outsider=OUTSIDER, outside=OUTSIDE)


def _questions_page(row: Training, form: Form, rows: int, *, status: int = 200) -> Response:
    return page("trainings/questions.html", status=status, training=row, form=form, rows=rows, most=MOST_QUESTIONS)
