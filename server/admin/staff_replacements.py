"""Replacements: the notice with what it breaches computed while it is typed, the register, and the bureau's judgement."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from flask import Blueprint, Response, request

from server.admin.access import current_actor, needs
from server.admin.forms import Form
from server.admin.pages import page, redirect_to, toast
from server.admin.staff_forms import (
    JudgeSchema,
    ReasonSchema,
    ReplaceSchema,
    SubstituteSchema,
    account_choices,
    skills_in,
    taken,
)
from server.admin.staff_page import EVENT_ICONS, TONES
from server.admin.trying import attempt
from server.core import clock, db
from server.core.db import session
from server.core.errors import Invalid
from server.domain import contracts, staffing
from server.domain.identity import Actor, Permission
from server.domain.staffing import (
    Breach,
    DocumentKind,
    File,
    Maintainer,
    Person,
    Replacement,
    ReplacementState,
    SubcontractState,
    SubjectKind,
)

blueprint = Blueprint("staff_replacements", __name__, url_prefix="/admin/staff/replacements")

MOST = 200
ABOUT_SUBSTITUTE = ("name", "role", "experience_from", "experience", "files", "officer_id", "subcontract_id", "skills")


@blueprint.get("/")
@needs(Permission.STAFF_VIEW)
def index() -> Response:
    """The register."""
    actor = current_actor()
    rows = list(session().scalars(staffing.replacements_matching(actor).limit(MOST)))
    return page(
        "staff/replacements.html",
        rows=rows,
        people=_people(rows),
        titles=contracts.titles(actor),
        tones=TONES,
        Breach=Breach,
    )


@blueprint.get("/of/<uuid:maintainer_id>")
@needs(Permission.STAFF_MANAGE)
def new(maintainer_id: uuid.UUID) -> Response:
    """The wizard."""
    actor = current_actor()
    person = staffing.find(actor, maintainer_id)
    actor.need(Permission.STAFF_MANAGE, person.contract_id)
    data = {"received_on": clock.today(), "role": person.role, "has_substitute": True}
    return _wizard(actor, person, Form(ReplaceSchema(), data, choices=_choices(actor, person)))


@blueprint.get("/of/<uuid:maintainer_id>/foresee")
@needs(Permission.STAFF_MANAGE)
def foresee(maintainer_id: uuid.UUID) -> Response:
    """What the notice would breach, while it is typed."""
    actor = current_actor()
    person = staffing.find(actor, maintainer_id)
    return page("staff/_forecast.html", "staff/_forecast.html", **_foreseen(actor, person, request.args))


@blueprint.post("/of/<uuid:maintainer_id>")
@needs(Permission.STAFF_MANAGE)
def create(maintainer_id: uuid.UUID) -> Response:
    """Enter the notice."""
    actor = current_actor()
    with db.reading():
        person = staffing.find(actor, maintainer_id)
        actor.need(Permission.STAFF_MANAGE, person.contract_id)
        choices = _choices(actor, person)
    form = Form.submitted(ReplaceSchema(), request.form, request.files, choices=choices)

    def verb() -> uuid.UUID:
        values = form.values
        return staffing.notify_replacement(
            actor,
            maintainer_id=person.id,
            reason=values["reason"],
            received_on=values["received_on"],
            effective_on=values["effective_on"],
            comparison=values["comparison"],
            note_text=values["note_text"],
            files=taken(values["notice"], DocumentKind.NOTICE),
            substitute=_substitute(values) if values["has_substitute"] else None,
        ).id

    made = attempt(form, verb)
    if made is None:
        with db.reading():
            return _wizard(actor, staffing.find(actor, person.id), form, status=422)
    toast("更换通知已登记")
    return redirect_to("staff_replacements.show", replacement_id=made)


@blueprint.get("/<uuid:replacement_id>")
@needs(Permission.STAFF_VIEW)
def show(replacement_id: uuid.UUID) -> Response:
    """One notice."""
    actor = current_actor()
    return _show(actor, staffing.find_replacement(actor, replacement_id))


@blueprint.post("/<uuid:replacement_id>/judge")
@needs(Permission.STAFF_DECIDE)
def judge(replacement_id: uuid.UUID) -> Response:
    """The bureau's judgement."""
    actor, row = _row(replacement_id, Permission.STAFF_DECIDE)
    form = Form.submitted(JudgeSchema(), request.form, prefix="judge")
    done = attempt(form, lambda: staffing.judge(actor, row.id, **form.values))
    return _answer(actor, row, done, "judge", form, "已登记判断")


@blueprint.post("/<uuid:replacement_id>/withdraw")
@needs(Permission.STAFF_MANAGE)
def withdraw(replacement_id: uuid.UUID) -> Response:
    """The notice is taken back."""
    actor, row = _row(replacement_id, Permission.STAFF_MANAGE)
    form = Form.submitted(ReasonSchema(), request.form, prefix="withdraw")
    done = attempt(form, lambda: staffing.withdraw_replacement(actor, row.id, **form.values))
    return _answer(actor, row, done, "withdraw", form, "更换通知已撤回")


@blueprint.post("/<uuid:replacement_id>/substitute")
@needs(Permission.STAFF_MANAGE)
def substitute(replacement_id: uuid.UUID) -> Response:
    """Who follows is named later."""
    actor, row = _row(replacement_id, Permission.STAFF_MANAGE)
    with db.reading():
        choices = _choices(actor, staffing.find(actor, row.maintainer_id))
    form = Form.submitted(SubstituteSchema(), request.form, request.files, choices=choices, prefix="substitute")

    def verb() -> Replacement:
        values = form.values
        return staffing.name_substitute(
            actor,
            row.id,
            substitute=_substitute(values),
            comparison=values["comparison"],
            valid_from=values["valid_from"],
        )

    return _answer(actor, row, attempt(form, verb), "substitute", form, "已提名接替人员")


def _row(replacement_id: uuid.UUID, permission: Permission) -> tuple[Actor, Replacement]:
    actor = current_actor()
    with db.reading():
        row = staffing.find_replacement(actor, replacement_id)
    actor.need(permission, row.contract_id)
    return actor, row


def _answer(actor: Actor, row: Replacement, done: object, name: str, form: Form, told: str) -> Response:
    if done is None:
        with db.reading():
            return _show(actor, staffing.find_replacement(actor, row.id), tried=name, form=form, status=422)
    toast(told)
    return redirect_to("staff_replacements.show", replacement_id=row.id)


def _substitute(values: dict[str, Any]) -> Person:
    about = {name: values[name] for name in ABOUT_SUBSTITUTE}
    if about["experience_from"] is None:
        raise Invalid(fields={"experience_from": ["必填"]})
    files: list[File] = taken(about.pop("files"), DocumentKind.EXPERIENCE)
    return Person(**about | {"files": files, "skills": skills_in(about["skills"])})


def _choices(actor: Actor, person: Maintainer) -> dict[str, list[tuple[str, str]]]:
    consents = staffing.subcontracts_matching(actor, contract_id=person.contract_id, state=SubcontractState.CONSENTED)
    others = [choice for choice in account_choices(person.contract_id) if choice[0] != str(person.officer_id)]
    return {
        "officer_id": others,
        "subcontract_id": [(str(row.id), f"{row.number} {row.party}") for row in session().scalars(consents)],
    }


def _people(rows: list[Replacement]) -> dict[uuid.UUID, Maintainer]:
    """Predecessors and substitutes of notices that the actor was shown."""
    wanted = {row.maintainer_id for row in rows} | {row.substitute_id for row in rows if row.substitute_id}
    return staffing.by_id(wanted)


def _wizard(actor: Actor, person: Maintainer, form: Form, status: int = 200) -> Response:
    return page(
        "staff/replace.html",
        status=status,
        form=form,
        contract=contracts.find(actor, person.contract_id),
        **_foreseen(
            actor, person, {name: str(form.field(name).value) for name in form.names if name not in ("files", "notice")}
        ),
    )


def _foreseen(actor: Actor, person: Maintainer, typed: Any) -> dict[str, Any]:
    """The forecast for what is typed so far; None until both days are there."""
    received, effective = _day(typed.get("received_on")), _day(typed.get("effective_on"))
    since = _day(typed.get("experience_from")) if typed.get("has_substitute") == "true" else None
    forecast = None
    if received is not None and effective is not None:
        forecast = staffing.foresee(
            actor, person.id, received_on=received, effective_on=effective, substitute_since=since
        )
    return {"person": person, "forecast": forecast, "has_substitute": typed.get("has_substitute") == "true"}


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _show(actor: Actor, row: Replacement, *, tried: str = "", form: Form | None = None, status: int = 200) -> Response:
    people = _people([row])
    predecessor = people[row.maintainer_id]
    manages = actor.may(Permission.STAFF_MANAGE, row.contract_id)
    named = people.get(row.substitute_id) if row.substitute_id else None
    standing = named if named is not None and named.review in staffing.STANDING else None
    forms = {
        "judge": Form(JudgeSchema(), {"received_on": row.received_on}, prefix="judge"),
        "withdraw": Form(ReasonSchema(), {}, prefix="withdraw"),
        "substitute": Form(
            SubstituteSchema(),
            {"role": predecessor.role},
            choices=_choices(actor, predecessor) if manages else {"officer_id": [], "subcontract_id": []},
            prefix="substitute",
        ),
    }
    if form is not None:
        forms[tried] = form
    open_still = row.state is not ReplacementState.WITHDRAWN
    return page(
        "staff/replacement.html",
        status=status,
        row=row,
        contract=contracts.find(actor, row.contract_id),
        predecessor=predecessor,
        named=named,
        forecast=staffing.forecast_of(row, contracts.terms_of(row.contract_id)) if open_still else None,
        papers=staffing.papers_of(SubjectKind.REPLACEMENT, [row.id])[row.id],
        history=[
            each for each in staffing.history_of(SubjectKind.MAINTAINER, [row.maintainer_id]) if row.number in each.text
        ],
        may_judge=actor.may(Permission.STAFF_DECIDE, row.contract_id) and open_still and standing is not None,
        may_withdraw=manages and row.state is ReplacementState.NOTIFIED,
        may_name=manages and open_still and standing is None,
        forms_of=forms,
        tried=tried,
        tones=TONES,
        icons=EVENT_ICONS,
        Breach=Breach,
    )
