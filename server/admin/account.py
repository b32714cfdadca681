"""One's own account: who one is, the password, the second factor, and where one is signed in."""

from __future__ import annotations

import uuid

import segno
from flask import Blueprint, Response, request
from markupsafe import Markup
from marshmallow import Schema, fields, validate

from server.admin.access import current_actor, for_officers, remember
from server.admin.forms import Form
from server.admin.pages import page, redirect_to, toast
from server.admin.schemas import NewPasswordSchema, password_help
from server.core import db
from server.core.errors import Invalid, NotFound, TooMany
from server.domain import identity
from server.domain.identity import BadPassword, Officer, WrongPassword

blueprint = Blueprint("account", __name__, url_prefix="/admin/account")


class ProfileSchema(Schema):
    """What others see."""

    name = fields.String(
        required=True, validate=validate.Length(max=64), metadata={"label": "姓名", "autocomplete": "name"}
    )
    title = fields.String(
        load_default="",
        validate=validate.Length(max=64),
        metadata={"label": "职务", "autocomplete": "organization-title"},
    )


class PasswordSchema(NewPasswordSchema):
    """The present password, and a new one twice."""

    current = fields.String(
        required=True,
        validate=validate.Length(max=128),
        metadata={"label": "当前口令", "widget": "password", "autocomplete": "current-password"},
    )

    class Meta:
        """The order on the page."""

        fields = ("current", "new_password", "repeated")


class CodeSchema(Schema):
    """The first code of a new authenticator."""

    code = fields.String(
        required=True,
        validate=validate.Length(max=16),
        metadata={
            "label": "验证码",
            "autocomplete": "one-time-code",
            "inputmode": "numeric",
            "placeholder": "6 位数字",
        },
    )


@blueprint.get("/")
@for_officers()
def show() -> Response:
    """The account on one page."""
    officer = _own()
    return _show(Form(ProfileSchema(), {"name": officer.name, "title": officer.title}))


@blueprint.post("/")
@for_officers()
def describe() -> Response:
    """Correct one's name and title."""
    form = Form.submitted(ProfileSchema(), request.form)
    if not form.valid:
        return _show(form, status=422)
    identity.describe(current_actor(), _own().id, name=form.values["name"], title=form.values["title"])
    toast("已保存")
    return redirect_to("account.show")


@blueprint.get("/password")
@for_officers(duty=True)
def password() -> Response:
    """The form of a new password; also where an expired or one-time password leads."""
    return page("account/password.html", form=Form(PasswordSchema()), help=password_help(), due=_due())


@blueprint.post("/password")
@for_officers(duty=True)
def change_password() -> Response:
    """A new password: signed out everywhere, and in again here."""
    form = Form.submitted(PasswordSchema(), request.form)
    status = 422
    if form.valid:
        values = form.values
        try:
            with db.unit():
                secret = identity.change_password(
                    current_actor(),
                    current=values["current"],
                    new_password=values["new_password"],
                    agent=request.user_agent.string,
                )
        except (BadPassword, WrongPassword) as refused:
            form.refuse(refused.fields, refused.text)
        except TooMany as refused:
            form.refuse(message=refused.text)
            status = 429
        else:
            answer = remember(redirect_to("session.home"), secret)
            toast("口令已更换，其他地方的登录已全部退出。")
            return answer
    return page("account/password.html", form=form, help=password_help(), due=_due(), status=status)


@blueprint.get("/two-factor")
@for_officers(duty=True)
def two_factor() -> Response:
    """Setting up the second factor: an offer, if one was made, with its QR code."""
    return _two_factor(Form(CodeSchema()))


@blueprint.post("/two-factor")
@for_officers(duty=True, step_up=True)
def offer() -> Response:
    """Make an offer. What was set up before holds until the new one is confirmed."""
    identity.enrol_totp(current_actor())
    return redirect_to("account.two_factor")


@blueprint.post("/two-factor/confirm")
@for_officers(duty=True)
def confirm() -> Response:
    """The first code is right: the recovery codes, this once."""
    form = Form.submitted(CodeSchema(), request.form)
    if not form.valid:
        return _two_factor(form, status=422)
    try:
        with db.unit():
            codes = identity.confirm_enrolment(current_actor(), form.values["code"])
    except Invalid as refused:
        form.refuse(refused.fields, refused.text)
        return _two_factor(form, status=422)
    return page("account/codes.html", codes=codes)


@blueprint.post("/recovery-codes")
@for_officers(step_up=True)
def recovery_codes() -> Response:
    """Ten new codes; the old ones are void."""
    return page("account/codes.html", codes=identity.renew_recovery_codes(current_actor()))


@blueprint.post("/sessions/<uuid:session_id>/end")
@for_officers()
def end_session(session_id: uuid.UUID) -> Response:
    """Sign out somewhere else."""
    identity.end_session(current_actor(), session_id)
    toast("已退出该处登录")
    return redirect_to("account.show")


@blueprint.post("/sessions/end-others")
@for_officers()
def end_others() -> Response:
    """Sign out everywhere else."""
    actor = current_actor()
    for each in identity.sessions_of(actor):
        if each.id != actor.session_id:
            identity.end_session(actor, each.id)
    toast("其他地方的登录已全部退出")
    return redirect_to("account.show")


def qr_code(text: str) -> Markup:
    """A QR code as inline SVG without styles or scripts, dark on white in either theme."""
    # segno writes the drawing itself: nothing of the text but its modules gets into the markup.
    drawn = segno.make(text, error="m").svg_inline(scale=5, border=3, dark="#000", light="#fff", omitsize=False)
    return Markup(drawn)  # noqa: S704 - as said above


def _show(form: Form, *, status: int = 200) -> Response:
    actor = current_actor()
    officer = _own()
    return page(
        "account/show.html",
        form=form,
        officer=officer,
        organisation=identity.find_organisation(officer.organisation_id),
        sessions=identity.sessions_of(actor),
        codes_left=identity.recovery_codes_left(actor),
        password_age=identity.officer_policy().passwords.max_age,
        status=status,
    )


def _two_factor(form: Form, *, status: int = 200) -> Response:
    actor = current_actor()
    made = identity.pending_offer(actor)
    drawn = qr_code(made.uri) if made else None
    officer = _own()
    return page("account/two_factor.html", form=form, offer=made, qr=drawn, officer=officer, status=status)


def _due() -> bool:
    return identity.password_due(_own())


def _own() -> Officer:
    actor = current_actor()
    if actor.id is None:
        raise NotFound
    return identity.find_officer(actor.id)
