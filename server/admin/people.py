"""People: who there is, what they may do, and their ways in."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, Response, request
from marshmallow import Schema, fields, validate

from server.admin.access import current_actor, needs
from server.admin.forms import Form
from server.admin.listing import Column, Listing
from server.admin.pages import page, redirect_to, toast
from server.admin.paging import paged
from server.admin.role_choices import GIVEN_ROLES, grants, in_words, role_choices, spelled
from server.core import db
from server.core.errors import Conflict, Invalid
from server.core.ids import parse_id
from server.domain import identity
from server.domain.identity import (
    Officer,
    OfficerState,
    Organisation,
    PeopleFilters,
    Permission,
    Role,
    RoleGrant,
)

blueprint = Blueprint("people", __name__, url_prefix="/admin/people")

COLUMNS = (
    Column("name", "姓名", sort="name", optional=False),
    Column("login", "账号", sort="login"),
    Column("organisation", "单位", sort="organisation"),
    Column("roles", "角色"),
    Column("second_factor", "两步验证"),
    Column("state", "状态"),
    Column("signed_in_at", "上次登录", sort="signed_in_at"),
    Column("created_at", "建立时间", sort="created_at", shown=False),
)
ORDERS = {
    "name": Officer.name,
    "login": Officer.login,
    "organisation": Organisation.name,
    "signed_in_at": Officer.signed_in_at,
    "created_at": Officer.created_at,
}


class ProfileSchema(Schema):
    """Who it is."""

    name = fields.String(required=True, validate=validate.Length(max=64), metadata={"label": "姓名"})
    title = fields.String(load_default="", validate=validate.Length(max=64), metadata={"label": "职务"})


class RolesSchema(Schema):
    """What they may do. A vendor's role is chosen with its contract."""

    roles = fields.List(
        fields.String(),
        required=True,
        validate=validate.Length(min=1, error="请至少选择一个角色。"),
        metadata={"label": "角色", "widget": "checkboxes"},
    )


class AppointSchema(ProfileSchema, RolesSchema):
    """A new officer."""

    login = fields.String(
        required=True,
        validate=validate.Length(max=32),
        metadata={
            "label": "账号",
            "autocomplete": "off",
            "help": "3–32 位小写字母、数字、点、横线或下划线，以字母开头。",
        },
    )

    class Meta:
        """The order on the page."""

        fields = ("name", "title", "login", "roles")


class ReasonSchema(Schema):
    """Why an account is shut."""

    reason = fields.String(load_default="", validate=validate.Length(max=100), metadata={"label": "原因"})


@blueprint.get("/")
@needs(Permission.PEOPLE_VIEW)
def index() -> Response:
    """The list, with filters in the address."""
    actor = current_actor()
    listing = Listing("people", COLUMNS, request.args, default_sort="name")
    found = paged(identity.people_matching(actor, _filters()), listing, ORDERS, tie=Officer.id)
    shown = [_row(officer, organisation) for officer, organisation in found.items]
    return page(
        "people/index.html",
        "people/_rows.html",
        listing=listing,
        found=found,
        rows=shown,
        roles=identity.roles_of([row["id"] for row in shown]),
        organisations=_organisations(),
        role_choices=[(role.value, role.label) for role in GIVEN_ROLES],
        states=OfficerState.choices(),
    )


@blueprint.get("/new")
@needs(Permission.PEOPLE_MANAGE, step_up=True)
def new() -> Response:
    """First the organisation, then the form with the roles that fit it."""
    organisation = _chosen_organisation()
    if organisation is None:
        return page("people/new.html", organisation=None, organisations=_organisations(), form=None)
    return _new_form(organisation, Form(AppointSchema(), choices=_choices(organisation)))


@blueprint.post("/new")
@needs(Permission.PEOPLE_MANAGE, step_up=True)
def appoint() -> Response:
    """The officer is entered; the one-time password is shown this once."""
    organisation = identity.find_organisation(parse_id(request.args.get("organisation", "")))
    form = Form.submitted(AppointSchema(), request.form, choices=_choices(organisation))
    if not form.valid:
        return _new_form(organisation, form, status=422)
    values = form.values
    try:
        made = identity.appoint(
            current_actor(),
            login=values["login"],
            name=values["name"],
            title=values["title"],
            organisation_id=organisation.id,
            roles=grants(values["roles"]),
        )
    except Invalid as refused:
        form.refuse(refused.fields, refused.text)
        return _new_form(organisation, form, status=422)
    except Conflict as refused:
        form.refuse({"login": [refused.text]})
        return _new_form(organisation, form, status=409)
    return page("people/password.html", made=made, heading="已新增人员")


@blueprint.get("/<uuid:officer_id>")
@needs(Permission.PEOPLE_VIEW)
def show(officer_id: uuid.UUID) -> Response:
    """One officer: facts, roles, sessions, and what may be done."""
    officer = identity.find_officer(officer_id)
    return page(
        "people/show.html",
        officer=officer,
        organisation=identity.find_organisation(officer.organisation_id),
        roles=in_words(current_actor(), _held(officer)),
        sessions=identity.sessions_of(current_actor(), officer.id),
        reason=Form(ReasonSchema(), prefix="reason"),
    )


@blueprint.get("/<uuid:officer_id>/edit")
@needs(Permission.PEOPLE_MANAGE, step_up=True)
def edit(officer_id: uuid.UUID) -> Response:
    """Name, title and roles."""
    return _edit_page(identity.find_officer(officer_id))


@blueprint.post("/<uuid:officer_id>/edit")
@needs(Permission.PEOPLE_MANAGE, step_up=True)
def describe(officer_id: uuid.UUID) -> Response:
    """Correct name and title."""
    officer = identity.find_officer(officer_id)
    form = Form.submitted(ProfileSchema(), request.form, prefix="profile")
    if not form.valid:
        return _edit_page(officer, profile=form, status=422)
    identity.describe(current_actor(), officer.id, name=form.values["name"], title=form.values["title"])
    toast("已保存")
    return redirect_to("people.show", officer_id=officer.id)


@blueprint.post("/<uuid:officer_id>/roles")
@needs(Permission.PEOPLE_MANAGE, step_up=True)
def set_roles(officer_id: uuid.UUID) -> Response:
    """Give exactly these roles."""
    officer = identity.find_officer(officer_id)
    organisation = identity.find_organisation(officer.organisation_id)
    form = Form.submitted(RolesSchema(), request.form, choices=_choices(organisation))
    if form.valid:
        try:
            identity.set_roles(current_actor(), officer.id, grants(form.values["roles"]))
        except Invalid as refused:
            form.refuse(refused.fields, refused.text)
        except Conflict as refused:
            form.refuse({"roles": [refused.text]})
    if not form.valid:
        return _edit_page(officer, roles=form, status=422)
    toast("角色已调整，该人员需重新登录")
    return redirect_to("people.show", officer_id=officer.id)


@blueprint.post("/<uuid:officer_id>/deactivate")
@needs(Permission.PEOPLE_MANAGE, step_up=True)
def deactivate(officer_id: uuid.UUID) -> Response:
    """Shut the account."""
    form = Form.submitted(ReasonSchema(), request.form)
    officer = identity.deactivate(current_actor(), officer_id, reason=form.values.get("reason", ""))
    toast(f"已停用 {officer.name} 的账号")
    return redirect_to("people.show", officer_id=officer.id)


@blueprint.post("/<uuid:officer_id>/reactivate")
@needs(Permission.PEOPLE_MANAGE, step_up=True)
def reactivate(officer_id: uuid.UUID) -> Response:
    """Open the account again, with a one-time password."""
    made = identity.reactivate(current_actor(), officer_id)
    return page("people/password.html", made=made, heading="账号已重新启用")


@blueprint.post("/<uuid:officer_id>/reset")
@needs(Permission.PEOPLE_MANAGE, step_up=True)
def reset(officer_id: uuid.UUID) -> Response:
    """A one-time password; with ``second_factor`` that is set up anew, too."""
    both = request.form.get("second_factor") == "true"
    made = identity.reset_password(current_actor(), officer_id, second_factor=both)
    return page("people/password.html", made=made, heading="已重置口令和两步验证" if both else "已重置口令")


@blueprint.post("/<uuid:officer_id>/sessions/<uuid:session_id>/end")
@needs(Permission.PEOPLE_MANAGE)
def end_session(officer_id: uuid.UUID, session_id: uuid.UUID) -> Response:
    """Sign an officer out somewhere."""
    identity.end_session(current_actor(), session_id)
    toast("已结束该会话")
    return redirect_to("people.show", officer_id=officer_id)


def _filters() -> PeopleFilters:
    asked = request.args
    role, state, of = asked.get("role", ""), asked.get("state", ""), asked.get("organisation", "")
    return PeopleFilters(
        text=asked.get("q", "").strip(),
        organisation_id=parse_id(of) if of else None,
        role=Role(role) if role in set(Role) else None,
        state=OfficerState(state) if state in set(OfficerState) else None,
    )


def _row(officer: Officer, organisation: Organisation) -> dict[str, Any]:
    return {"id": officer.id, "officer": officer, "organisation": organisation}


def _organisations() -> list[tuple[str, str]]:
    found = db.session().scalars(identity.organisations_matching(current_actor()))
    return [(str(each.id), each.name) for each in found if each.active]


def _chosen_organisation() -> Organisation | None:
    asked = request.args.get("organisation", "")
    return identity.find_organisation(parse_id(asked)) if asked else None


def _choices(organisation: Organisation) -> dict[str, list[tuple[str, str]]]:
    return role_choices(current_actor(), organisation)


def _held(officer: Officer) -> list[RoleGrant]:
    return identity.roles_of([officer.id]).get(officer.id, [])


def _edit_page(
    officer: Officer, *, profile: Form | None = None, roles: Form | None = None, status: int = 200
) -> Response:
    """Both forms of an officer, of which one may have come back."""
    organisation = identity.find_organisation(officer.organisation_id)
    held = {"roles": [spelled(*each) for each in _held(officer)]}
    return page(
        "people/edit.html",
        officer=officer,
        organisation=organisation,
        profile=profile or Form(ProfileSchema(), {"name": officer.name, "title": officer.title}, prefix="profile"),
        roles=roles or Form(RolesSchema(), held, choices=_choices(organisation)),
        status=status,
    )


def _new_form(organisation: Organisation, form: Form, *, status: int = 200) -> Response:
    return page("people/new.html", organisation=organisation, organisations=[], form=form, status=status)
