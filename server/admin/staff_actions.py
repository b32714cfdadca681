"""What is done to one maintainer: reviewed, given skills, papers and an account, off-boarded and settled."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, request
from marshmallow import Schema

from server.admin.access import current_actor, needs
from server.admin.forms import Choices, Form
from server.admin.pages import redirect_to, toast
from server.admin.staff_forms import (
    AccountSchema,
    LeaveSchema,
    PaperSchema,
    ReviewSchema,
    SettleSchema,
    SkillsSchema,
    account_choices,
    skills_in,
)
from server.admin.staff_page import may_either, show_person
from server.admin.trying import attempt
from server.core import db
from server.core.errors import Forbidden, NotFound
from server.domain import staffing
from server.domain.identity import Actor, Permission
from server.domain.staffing import CheckItem, File, Maintainer, SubjectKind

blueprint = Blueprint("staff_actions", __name__, url_prefix="/admin/staff/<uuid:maintainer_id>")


@blueprint.post("/review")
@needs(Permission.STAFF_DECIDE)
def review(maintainer_id: uuid.UUID) -> Response:
    """The bureau's word."""
    actor, person = _person(maintainer_id, Permission.STAFF_DECIDE)
    return _take(
        actor,
        person,
        "review",
        ReviewSchema(),
        lambda values: staffing.review(actor, person.id, **values),
        "已登记审核意见",
    )


@blueprint.post("/skills")
@needs(Permission.STAFF_MANAGE)
def skills(maintainer_id: uuid.UUID) -> Response:
    """Exactly these skills."""
    actor, person = _person(maintainer_id, Permission.STAFF_MANAGE)
    return _take(
        actor,
        person,
        "skills",
        SkillsSchema(),
        lambda values: staffing.set_skills(actor, person.id, skills=skills_in(values["skills"])),
        "技能已更新",
    )


@blueprint.post("/account")
@needs(Permission.STAFF_MANAGE)
def account(maintainer_id: uuid.UUID) -> Response:
    """Whose account it is."""
    actor, person = _person(maintainer_id, Permission.STAFF_MANAGE)
    with db.reading():
        choices = {"officer_id": account_choices(person.contract_id)}
    return _take(
        actor,
        person,
        "account",
        AccountSchema(),
        lambda values: staffing.link_account(actor, person.id, **values),
        "已关联账号",
        choices=choices,
    )


@blueprint.post("/papers")
@needs(Permission.STAFF_VIEW)
def paper(maintainer_id: uuid.UUID) -> Response:
    """One more paper, from either side."""
    actor, person = _person(maintainer_id, None)

    def verb(values: dict[str, Any]) -> object:
        given = values["upload"]
        file = File(given.filename or "附件", given.read(), values["kind"])
        return staffing.add_paper(actor, SubjectKind.MAINTAINER, person.id, file=file)

    return _take(actor, person, "paper", PaperSchema(), verb, "材料已上传")


@blueprint.post("/leave")
@needs(Permission.STAFF_VIEW)
def leave(maintainer_id: uuid.UUID) -> Response:
    """A departure, entered by either side."""
    actor, person = _person(maintainer_id, None)
    return _take(
        actor,
        person,
        "leave",
        LeaveSchema(),
        lambda values: staffing.off_board(actor, person.id, **values),
        "离岗已登记",
    )


@blueprint.post("/settle/<item>")
@needs(Permission.STAFF_VIEW)
def settle(maintainer_id: uuid.UUID, item: str) -> Response:
    """What became of one item of the checklist."""
    actor, person = _person(maintainer_id, None)
    with db.reading():
        leaving = staffing.off_boarding_of(person.id)
    if leaving is None or item not in set(CheckItem):
        raise NotFound

    def verb(values: dict[str, Any]) -> object:
        return staffing.settle(
            actor,
            leaving.id,
            item=CheckItem(item),
            disposition=values["disposition"],
            note_text=values["note"],
        )

    return _take(actor, person, "settle", SettleSchema(), verb, "交接事项已登记")


def _person(maintainer_id: uuid.UUID, permission: Permission | None) -> tuple[Actor, Maintainer]:
    """Who is meant, if the actor may see them (NotFound) and change them (Forbidden)."""
    actor = current_actor()
    with db.reading():
        person = staffing.find(actor, maintainer_id)
    if permission is not None:
        actor.need(permission, person.contract_id)
    elif not may_either(actor, person.contract_id):
        raise Forbidden(permission=Permission.STAFF_MANAGE.value)
    return actor, person


def _take(
    actor: Actor,
    person: Maintainer,
    name: str,
    schema: Schema,
    verb: Callable[[dict[str, Any]], object],
    done: str,
    *,
    choices: Mapping[str, Choices] | None = None,
) -> Response:
    form = Form.submitted(schema, request.form, request.files, choices=choices, prefix=name)
    if attempt(form, lambda: (verb(form.values),)) is None:
        with db.reading():
            return show_person(actor, staffing.find(actor, person.id), tried=name, form=form, status=422)
    toast(done)
    return redirect_to("staff.show", maintainer_id=person.id)
