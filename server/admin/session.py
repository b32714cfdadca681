"""Coming in and going out: sign-in in two steps, step-up, sign-out."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, redirect, request, url_for
from marshmallow import Schema, fields, validate

from server.admin.access import (
    authenticate,
    current_actor,
    for_officers,
    forget,
    local_path,
    open_to_all,
    remember,
    session_secret,
)
from server.admin.forms import Form
from server.admin.navigation import url_if
from server.admin.pages import page, redirect_to, toast
from server.admin.voice import status_of
from server.core import db
from server.core.errors import ShijianError
from server.domain import identity
from server.domain.identity import BadCode, BadCredentials, Permission, SignInExpired, TooManyFailures, WrongPassword

blueprint = Blueprint("session", __name__, url_prefix="/admin")


class SignInSchema(Schema):
    """Who, and the first proof."""

    login = fields.String(
        required=True,
        validate=validate.Length(max=64),
        metadata={"label": "账号", "autocomplete": "username", "widget": "text"},
    )
    password = fields.String(
        required=True,
        validate=validate.Length(max=128),
        metadata={"label": "口令", "widget": "password", "autocomplete": "current-password"},
    )


class CodeSchema(Schema):
    """The second proof: what the authenticator shows."""

    code = fields.String(
        required=True,
        validate=validate.Length(max=16),
        metadata={
            "label": "动态验证码",
            "autocomplete": "one-time-code",
            "inputmode": "numeric",
            "placeholder": "6 位数字",
        },
    )


class RecoverySchema(Schema):
    """The second proof when the phone is gone."""

    code = fields.String(
        required=True,
        validate=validate.Length(max=40),
        metadata={"label": "恢复码", "autocomplete": "off", "placeholder": "xxxx-xxxx-xxxx-xxxx"},
    )


class StepUpSchema(Schema):
    """The password, once more."""

    current = fields.String(
        required=True,
        validate=validate.Length(max=128),
        metadata={"label": "当前口令", "widget": "password", "autocomplete": "current-password"},
    )


@blueprint.get("/sign-in")
@open_to_all
def sign_in() -> Response:
    """The door."""
    if authenticate() is not None:
        return redirect_to("session.home")
    if identity.setup_needed():
        return redirect_to("setup.index")
    return page("session/sign_in.html", form=Form(SignInSchema()), next=_next())


@blueprint.post("/sign-in")
@open_to_all
def begin() -> Response:
    """The first step. A unit of its own, so that a failure leaves its trace although the form comes again."""
    form = Form.submitted(SignInSchema(), request.form)
    if not form.valid:
        return page("session/sign_in.html", form=form, next=_next(), status=422)
    try:
        with db.unit():
            step = identity.sign_in(form.values["login"], form.values["password"], address=_address(), agent=_agent())
    except (BadCredentials, TooManyFailures) as refused:
        form.refuse(message=refused.text)
        return _again(refused, "session/sign_in.html", form)
    if step.needs_second_factor:
        return remember(redirect_to("session.second", next=_next() or None), step.secret)
    return remember(_onward(), step.secret)


@blueprint.get("/sign-in/second")
@open_to_all
def second() -> Response:
    """The second step's form; ``?recovery=1`` for a recovery code."""
    if not session_secret():
        return redirect_to("session.sign_in")
    return page("session/second.html", form=Form(_second_schema()), next=_next(), recovery=_recovery())


@blueprint.post("/sign-in/second")
@open_to_all
def finish() -> Response:
    """The second step."""
    form = Form.submitted(_second_schema(), request.form)
    if not form.valid:
        return page("session/second.html", form=form, next=_next(), recovery=_recovery(), status=422)
    confirm = identity.use_recovery_code if _recovery() else identity.confirm_totp
    try:
        with db.unit():
            step = confirm(session_secret(), form.values["code"], address=_address(), agent=_agent())
    except SignInExpired as expired:
        toast(expired.text, "warning")
        return redirect_to("session.sign_in", next=_next() or None)
    except (BadCode, TooManyFailures) as refused:
        form.refuse(getattr(refused, "fields", None), refused.text)
        return _again(refused, "session/second.html", form)
    if _recovery():
        toast("已使用一个恢复码。如手机遗失，请尽快重新设置两步验证。", "warning")
    return remember(_onward(), step.secret)


@blueprint.post("/sign-out")
@for_officers(duty=True)
def sign_out() -> Response:
    """Out, at once and on the server."""
    identity.sign_out(current_actor())
    return forget(redirect_to("session.sign_in"))


@blueprint.get("/step-up")
@for_officers(duty=True)
def step_up() -> Response:
    """Ask for the password before something that cannot be taken back lightly."""
    return page("session/step_up.html", form=Form(StepUpSchema()), next=_next())


@blueprint.post("/step-up")
@for_officers(duty=True)
def stepped_up() -> Response:
    """The password is right: back to where it was needed, with a new secret in the cookie."""
    form = Form.submitted(StepUpSchema(), request.form)
    if not form.valid:
        return page("session/step_up.html", form=form, next=_next(), status=422)
    try:
        with db.unit():
            secret = identity.step_up(current_actor(), form.values["current"])
    except (WrongPassword, TooManyFailures) as refused:
        form.refuse(getattr(refused, "fields", None), refused.text)
        return _again(refused, "session/step_up.html", form)
    return remember(_onward(), secret, fresh=False)


@blueprint.get("/home")
@for_officers()
def home() -> Response:
    """The first page for this person."""
    dashboard = url_if("dashboard.index")
    if dashboard and current_actor().may(Permission.DASHBOARD_VIEW):
        return _to(dashboard)
    return redirect_to("account.show")


def _again(refused: ShijianError, template: str, form: Form) -> Response:
    status, _ = status_of(refused)
    answer = page(template, form=form, next=_next(), recovery=_recovery(), status=status)
    retry_after = getattr(refused, "retry_after", None)
    if retry_after is not None:
        answer.headers["Retry-After"] = str(retry_after)
    return answer


def _onward() -> Response:
    return _to(_next() or url_for("session.home"))


def _to(path: str) -> Response:
    return current_app.make_response(redirect(path, code=303))


def _next() -> str:
    return local_path(request.values.get("next"))


def _recovery() -> bool:
    return request.values.get("recovery") == "1"


def _second_schema() -> Schema:
    return RecoverySchema() if _recovery() else CodeSchema()


def _address() -> str:
    return request.remote_addr or ""


def _agent() -> str:
    return request.user_agent.string
