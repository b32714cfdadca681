"""Planning a training: from nothing, from a template, as last time, or for a release that went live."""

from __future__ import annotations

import uuid
from datetime import datetime, time, timedelta
from typing import Any

from flask import Response, request

from server.admin.acceptance_new import contracts_for
from server.admin.acceptances import key_of
from server.admin.access import current_actor, needs
from server.admin.forms import Choices, Form
from server.admin.pages import page, redirect_to, toast
from server.admin.training_forms import (
    FIRST,
    MORE,
    OUTSIDE,
    OUTSIDER,
    PlanSchema,
    nearest,
    timed,
    told_of,
    trainer_from,
)
from server.admin.trying import attempt
from server.core import clock, db
from server.core.errors import NotFound
from server.core.ids import parse_id
from server.domain import staffing, training
from server.domain.identity import Actor, Permission
from server.domain.training import Ground, Question, Training

LOG = Permission.RECORD_LOG
MOST_CHOICES = 200


@needs(LOG)
def new() -> Response:
    """The form, filled in as far as the address says."""
    actor = current_actor()
    choices = choices_for(actor)
    data, source = _begun(actor, choices)
    return _form_page(actor, Form(PlanSchema(), data, choices=choices), source)


@needs(LOG)
def create() -> Response:
    """Plan it, and fix its time at once where the form says so."""
    actor = current_actor()
    with db.reading():
        choices = choices_for(actor)
        asks = _questions(actor)
    form = Form.submitted(PlanSchema(), request.form, choices=choices)

    def perform() -> Training:
        values = dict(form.values)
        when = timed(values)
        row = training.plan(
            actor,
            contract_id=parse_id(values["contract_id"]),
            release_id=parse_id(values["release_id"]) if values["release_id"] else None,
            trainer=trainer_from(values),
            asks=asks,
            **when,
            **{name: values[name] for name in ("ground", "topic", "mode", "place", "audience", "content", "reason")},
        )
        return training.schedule(actor, row.id, **when) if values["fixed"] else row

    made = attempt(form, perform)
    if made is not None:
        toast(f"已登记 {made.number}")
        return redirect_to("training.show", training_id=made.id)
    with db.reading():
        return _form_page(actor, form, request.form.get("source", ""), status=422)


def choices_for(actor: Actor, contract_id: uuid.UUID | None = None) -> dict[str, Choices]:
    """Contracts, people of their rosters and versions that went live; of one contract, where it is known."""
    contracts = [pair for pair in contracts_for(actor, LOG) if contract_id is None or parse_id(pair[0]) == contract_id]
    ids = [parse_id(key) for key, _ in contracts]
    today = clock.today()
    many = len(contracts) > 1
    people = [
        (str(person.id), f"{person.name}（{person.role}{'，' + name.split(' ')[0] if many else ''}）")
        for (_, name), key in zip(contracts, ids, strict=True)
        for person in staffing.staff_on(key, today)
    ]
    versions = [
        (str(row.id), f"{row.version}（{clock.to_local(row.live_at):%Y-%m-%d} 上线）")
        for row in training.live_releases(actor, ids)
        if row.live_at is not None
    ]
    return {
        "contract_id": contracts,
        "trainer_id": [*people, (OUTSIDE, "外部讲师（在下方填写）")],
        "release_id": versions[:MOST_CHOICES],
    }


def _begun(actor: Actor, choices: dict[str, Choices]) -> tuple[dict[str, Any], str]:
    """What the form begins with, and where the questionnaire comes from (``template:…`` or ``training:…``)."""
    contracts = choices["contract_id"]
    data: dict[str, Any] = {"planned_start": _next_afternoon(), "fixed": "true", "ground": Ground.ON_DEMAND.value}
    if len(contracts) == 1:
        data["contract_id"] = contracts[0][0]
    inside = [value for value, _ in choices["trainer_id"] if value != OUTSIDE]
    if len(inside) == 1:
        data["trainer_id"] = inside[0]
    if (key := key_of(request.args.get("template", ""))) is not None:
        row = training.find_template(actor, key)
        same = {name: getattr(row, name) for name in ("topic", "content", "place", "audience")}
        told = {"contract_id": str(row.contract_id), "ground": row.ground.value, "mode": row.mode.value}
        return data | same | told | {"minutes": nearest(row.minutes)}, f"template:{row.id}"
    before = _before(actor)
    if before is not None:
        told = told_of(before) | {"contract_id": str(before.contract_id), "ground": before.ground.value}
        if told["trainer_id"] not in dict(choices["trainer_id"]):
            told["trainer_id"] = ""
        return data | told, f"training:{before.id}"
    return data | _released(actor), ""


def _before(actor: Actor) -> Training | None:
    """The training that is to be given again: the one named, or the last of a contract."""
    if (key := key_of(request.args.get("copy", ""))) is not None:
        return training.find(actor, key)
    if (key := key_of(request.args.get("last", ""))) is not None:
        return training.last_of(actor, key)
    return None


def _released(actor: Actor) -> dict[str, Any]:
    key = key_of(request.args.get("release", ""))
    release = next((row for row in training.untrained_releases(actor) if row.id == key), None) if key else None
    if release is None:
        return {}
    return {
        "contract_id": str(release.contract_id),
        "ground": Ground.AFTER_RELEASE.value,
        "release_id": str(release.id),
        "topic": f"版本 {release.version} 功能培训",
        "content": release.changelog[:1000],
    }


def _questions(actor: Actor) -> list[Question]:
    """The questionnaire of the template or training that the form began with."""
    kind, _, text = request.form.get("source", "").partition(":")
    key = key_of(text)
    if key is None:
        return []
    try:
        row = training.find_template(actor, key) if kind == "template" else training.find(actor, key)
    except NotFound:
        return []
    return training.asked(row.questions)


def _next_afternoon() -> datetime:
    """Tomorrow at two, as good a guess as any."""
    return datetime.combine(clock.today() + timedelta(days=1), time(14), clock.LOCAL)


def _form_page(actor: Actor, form: Form, source: str, *, status: int = 200) -> Response:
    return page(
        "trainings/new.html",
        status=status,
        form=form,
        source=source,
        first=FIRST,
        outsider=OUTSIDER,
        more=MORE,
        templates=training.templates(actor),
        lasts=contracts_for(actor, LOG),
        outside=OUTSIDE,
    )
