"""The first run: the code from the server, then the bureau and its first officer. Closed once somebody exists."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request, session
from marshmallow import Schema, fields, validate

from server.admin.access import needs, open_to_all, remember
from server.admin.forms import Form
from server.admin.pages import page, redirect_to, toast
from server.admin.schemas import NewPasswordSchema, password_help
from server.admin.voice import status_of
from server.core import db
from server.core.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from server.domain import identity
from server.domain.identity import Permission
from server.gateways import wechat

blueprint = Blueprint("setup", __name__, url_prefix="/admin/setup")

CODE = "setup_code"


class CodeSchema(Schema):
    """What the server printed."""

    code = fields.String(
        required=True,
        validate=validate.Length(max=40),
        metadata={
            "label": "初始化码",
            "autocomplete": "off",
            "placeholder": "xxxx-xxxx-xxxx-xxxx",
            "help": "在服务器上运行 shijian setup-code 获得，30 分钟内有效，只能使用一次。",
        },
    )


class FirstOfficerSchema(NewPasswordSchema):
    """The bureau, and who keeps the system from now on."""

    bureau_name = fields.String(
        required=True,
        validate=validate.Length(max=100),
        metadata={
            "label": "单位名称",
            "autocomplete": "organization",
            "help": "页面抬头和小程序中的名称由部署参数 SHIJIAN_BUREAU_NAME 给出，请保持一致。",
        },
    )
    name = fields.String(
        required=True, validate=validate.Length(max=64), metadata={"label": "姓名", "autocomplete": "name"}
    )
    login = fields.String(
        required=True,
        validate=validate.Length(max=32),
        metadata={
            "label": "账号",
            "autocomplete": "username",
            "help": "3–32 位小写字母、数字、点、横线或下划线，以字母开头。",
        },
    )

    class Meta:
        """The order on the page."""

        fields = ("bureau_name", "name", "login", "new_password", "repeated")


@blueprint.get("/")
@open_to_all
def index() -> Response:
    """The first step: the code."""
    _open_still()
    return page("setup/code.html", form=Form(CodeSchema()))


@blueprint.post("/")
@open_to_all
def enter() -> Response:
    """The code is right: it is kept in the signed cookie for the next step."""
    _open_still()
    form = Form.submitted(CodeSchema(), request.form)
    if not form.valid:
        return page("setup/code.html", form=form, status=422)
    try:
        with db.unit():
            identity.check_setup_code(form.values["code"], address=request.remote_addr or "")
    except (Forbidden, TooMany) as refused:
        form.refuse({"code": [refused.text]})
        return page("setup/code.html", form=form, status=status_of(refused)[0])
    session[CODE] = form.values["code"]
    return redirect_to("setup.bureau")


@blueprint.get("/bureau")
@open_to_all
def bureau() -> Response:
    """The second step: the bureau and the first officer."""
    _open_still()
    if CODE not in session:
        return redirect_to("setup.index")
    name = current_app.config["SETTINGS"].bureau_name
    return page(
        "setup/bureau.html", form=Form(FirstOfficerSchema(), {"bureau_name": name}), password_help=password_help()
    )


@blueprint.post("/bureau")
@open_to_all
def found() -> Response:
    """Enter both, and sign the officer in."""
    _open_still()
    form = Form.submitted(FirstOfficerSchema(), request.form)
    if not form.valid:
        return page("setup/bureau.html", form=form, password_help=password_help(), status=422)
    values = form.values
    try:
        with db.unit():
            step = identity.finish_setup(
                session.get(CODE, ""),
                bureau_name=values["bureau_name"],
                login=values["login"],
                name=values["name"],
                password=values["new_password"],
                address=request.remote_addr or "",
                agent=request.user_agent.string,
            )
    except Invalid as refused:
        form.refuse(refused.fields, refused.text)
        return page("setup/bureau.html", form=form, password_help=password_help(), status=422)
    except (Forbidden, Conflict, TooMany) as refused:
        toast(refused.text, "danger")
        return redirect_to("setup.index")
    answer = remember(redirect_to("setup.mini_program"), step.secret)
    toast("单位和管理员已建立。")
    return answer


@blueprint.get("/wechat")
@needs(Permission.SYSTEM_CONFIGURE, duty=True)
def mini_program() -> Response:
    """The third step: whether the mini program's settings are there."""
    return page("setup/wechat.html", steps=[], ready=wechat.installed().config.ready)


@blueprint.post("/wechat")
@needs(Permission.SYSTEM_CONFIGURE, duty=True)
def check() -> Response:
    """Ask WeChat. Before the first statement of the unit: the call leaves the house."""
    steps = wechat.check()
    return page("setup/wechat.html", steps=steps, ready=wechat.installed().config.ready)


def _open_still() -> None:
    """Once an officer exists there is no such page."""
    if not identity.setup_needed():
        raise NotFound
