"""Organisations: the bureau and the vendors."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, request
from marshmallow import Schema, fields, validate

from server.admin.access import current_actor, needs
from server.admin.forms import Form
from server.admin.pages import page, redirect_to, toast
from server.core import db
from server.core.errors import Conflict
from server.domain import identity
from server.domain.identity import OrganisationKind, Permission

blueprint = Blueprint("organisations", __name__, url_prefix="/admin/organisations")


class NameSchema(Schema):
    """What it is called."""

    name = fields.String(required=True, validate=validate.Length(max=100), metadata={"label": "单位全称"})


class OrganisationSchema(NameSchema):
    """On which side it stands, and its name."""

    kind = fields.Enum(OrganisationKind, by_value=True, required=True, metadata={"label": "类别", "widget": "radio"})

    class Meta:
        """The order on the page."""

        fields = ("kind", "name")


@blueprint.get("/")
@needs(Permission.PEOPLE_VIEW)
def index() -> Response:
    """All of them, with how many people each has."""
    actor = current_actor()
    found = db.session().scalars(identity.organisations_matching(actor)).all()
    return page("organisations/index.html", organisations=found, counts=identity.people_counts(actor))


@blueprint.get("/new")
@needs(Permission.PEOPLE_MANAGE)
def new() -> Response:
    """The form of a new one."""
    return page("organisations/new.html", form=Form(OrganisationSchema(), {"kind": OrganisationKind.VENDOR}))


@blueprint.post("/new")
@needs(Permission.PEOPLE_MANAGE)
def found() -> Response:
    """Enter it."""
    form = Form.submitted(OrganisationSchema(), request.form)
    if not form.valid:
        return page("organisations/new.html", form=form, status=422)
    try:
        identity.found_organisation(current_actor(), kind=form.values["kind"], name=form.values["name"])
    except Conflict as refused:
        form.refuse({"name": [refused.text]})
        return page("organisations/new.html", form=form, status=409)
    toast("已新增单位")
    return redirect_to("organisations.index")


@blueprint.get("/<uuid:organisation_id>/edit")
@needs(Permission.PEOPLE_MANAGE)
def edit(organisation_id: uuid.UUID) -> Response:
    """Name, and whether it is in use."""
    organisation = identity.find_organisation(organisation_id)
    return page(
        "organisations/edit.html", organisation=organisation, form=Form(NameSchema(), {"name": organisation.name})
    )


@blueprint.post("/<uuid:organisation_id>/edit")
@needs(Permission.PEOPLE_MANAGE)
def rename(organisation_id: uuid.UUID) -> Response:
    """Correct the name."""
    organisation = identity.find_organisation(organisation_id)
    form = Form.submitted(NameSchema(), request.form)
    if not form.valid:
        return page("organisations/edit.html", organisation=organisation, form=form, status=422)
    try:
        identity.rename_organisation(current_actor(), organisation_id, name=form.values["name"])
    except Conflict as refused:
        form.refuse({"name": [refused.text]})
        return page("organisations/edit.html", organisation=organisation, form=form, status=409)
    toast("已保存")
    return redirect_to("organisations.index")


@blueprint.post("/<uuid:organisation_id>/shut")
@needs(Permission.PEOPLE_MANAGE, step_up=True)
def shut(organisation_id: uuid.UUID) -> Response:
    """Nobody of it comes in any more."""
    organisation = identity.set_organisation_active(current_actor(), organisation_id, active=False)
    toast(f"已停用 {organisation.name}，其人员已全部退出登录")
    return redirect_to("organisations.index")


@blueprint.post("/<uuid:organisation_id>/reopen")
@needs(Permission.PEOPLE_MANAGE, step_up=True)
def reopen(organisation_id: uuid.UUID) -> Response:
    """Its people come in again."""
    organisation = identity.set_organisation_active(current_actor(), organisation_id, active=True)
    toast(f"已启用 {organisation.name}")
    return redirect_to("organisations.index")
