"""One training: its steps, who was there, what was answered, its papers; and the page that is projected."""

from __future__ import annotations

import uuid
from typing import Any

import segno
from flask import Blueprint, Response, url_for
from markupsafe import Markup

from server.admin import document_box
from server.admin.acceptance_page import contract_of
from server.admin.access import current_actor, needs
from server.admin.forms import Form
from server.admin.listing import Column
from server.admin.pages import page
from server.admin.training_forms import STATE_TONES, STEP_SCHEMAS, told_of
from server.core import clock
from server.domain import training
from server.domain.identity import Actor, Permission
from server.domain.training import Step, Training

blueprint = Blueprint("training", __name__, url_prefix="/admin/trainings")

MARKS = {
    Step.PLANNED: ("clipboard-list", "blue"),
    Step.EDITED: ("edit", "gray"),
    Step.SCHEDULED: ("calendar-check", "blue"),
    Step.POSTPONED: ("clock-pause", "amber"),
    Step.CANCELLED: ("ban", "gray"),
    Step.OPENED: ("qrcode", "violet"),
    Step.HELD: ("school", "green"),
    Step.HOURS_SET: ("clock", "amber"),
    Step.CLOSED: ("archive", "green"),
    Step.ATTENDED: ("user-plus", "gray"),
    Step.STRUCK: ("user-off", "amber"),
    Step.FILE_ADDED: ("paperclip", "gray"),
    Step.QUESTIONS_SET: ("list-check", "gray"),
}
STEPS = {
    "schedule": Step.SCHEDULED,
    "postpone": Step.POSTPONED,
    "cancel": Step.CANCELLED,
    "open": Step.OPENED,
    "hold": Step.HELD,
    "hours": Step.HOURS_SET,
    "close": Step.CLOSED,
    "attend": Step.ATTENDED,
    "strike": Step.STRUCK,
    "files": Step.FILE_ADDED,
    "edit": Step.EDITED,
    "questions": Step.QUESTIONS_SET,
}
PEOPLE = (
    Column("name", "姓名"),
    Column("unit", "单位"),
    Column("at", "签到时间"),
    Column("way", "方式"),
)


@blueprint.get("/<uuid:training_id>")
@needs(Permission.RECORD_VIEW)
def show(training_id: uuid.UUID) -> Response:
    """One training."""
    return show_training(current_actor(), training_id)


@blueprint.get("/<uuid:training_id>/projector")
@needs(Permission.RECORD_LOG)
def projector(training_id: uuid.UUID) -> Response:
    """The page on the wall: the code, the six digits, how many are there.

    It asks again every ten seconds, and that keeps the session alive on purpose: who teaches is not at the desk. It stops
    by itself when check-in ends.
    """
    actor = current_actor()
    row = training.find(actor, training_id)
    actor.need(Permission.RECORD_LOG, row.contract_id)
    now = clock.now()
    going = row.state is training.State.OPEN and now <= row.check_in_until
    shown = training.shown(row.id, now) if going else None
    return page(
        "trainings/projector.html",
        "trainings/_code.html",
        training=row,
        shown=shown,
        drawn=_drawn(shown.scanned) if shown else "",
        count=training.counts_of([row.id])[row.id],
    )


def show_training(
    actor: Actor,
    training_id: uuid.UUID,
    *,
    step: str = "",
    form: Form | None = None,
    refused: str = "",
    status: int = 200,
) -> Response:
    """The page of a training, with a form that was refused, if one was."""
    row = training.find(actor, training_id)
    people = training.attendance_of(row.id)
    logs = actor.may(Permission.RECORD_LOG, row.contract_id)
    forms = {name: Form(schema(), _usual(name, row), prefix=name) for name, schema in STEP_SCHEMAS.items()}
    if form is not None:
        forms[step] = form
    return page(
        "trainings/show.html",
        status=status,
        training=row,
        tones=STATE_TONES,
        overdue=row.overdue_at(clock.now()),
        contract=contract_of(actor, row.contract_id),
        release=training.release_of(row),
        release_url=_release_url(actor, row),
        people=people,
        late=sum(person.late for person in people),
        results=training.results_of(row),
        files=training.files_of(row.id),
        events=training.events_of(row.id),
        marks=MARKS,
        forms_of=forms,
        tried=step if form is not None else "",
        refused=refused,
        logs=logs,
        may={name: logs and training.allows(row.state, which) for name, which in STEPS.items()},
        boxes=_boxes(actor, row),
    )


def _usual(name: str, row: Training) -> dict[str, Any]:
    """What a step's form begins with."""
    match name:
        case "schedule":
            same = {key: value for key, value in told_of(row).items() if key in ("place", "audience", "minutes")}
            return same | {"planned_start": row.planned_start}
        case "hold":
            return {"actual_start": row.planned_start, "actual_end": min(row.planned_end, clock.now())}
        case "hours":
            return {"hours": row.hours}
        case "template":
            return {"name": row.topic[:80]}
    return {}


def _release_url(actor: Actor, row: Training) -> str:
    if row.release_id is None or not actor.may(Permission.RELEASE_VIEW):
        return ""
    return url_for("release.show", release_id=row.release_id)


def _boxes(actor: Actor, row: Training) -> list[Any]:
    held = row.state in training.DONE
    ahead = row.state not in (training.State.POSTPONED, training.State.CANCELLED)
    return [
        document_box.box(actor, training.PLAN, row.id, contract_id=row.contract_id, ready=ahead),
        document_box.box(actor, training.SHEET, row.id, contract_id=row.contract_id, ready=ahead),
        document_box.box(
            actor,
            training.RECORD,
            row.id,
            contract_id=row.contract_id,
            ready=held,
            note="" if held else "登记举办情况后可以出具。",
        ),
    ]


def _drawn(text: str) -> Markup:
    """The QR code as inline SVG without styles or scripts, dark on white in either theme, as large as its place."""
    # segno writes the drawing itself: nothing of the text but its modules gets into the markup.
    drawn = segno.make_qr(text, error="m").svg_inline(border=2, dark="#000", light="#fff", omitsize=True)
    return Markup(drawn)  # noqa: S704 - as said above
