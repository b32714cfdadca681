"""The page where a person plays a citizen, and the phone behind it that speaks to the service."""

import threading
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue

from server.simulators.wechat import control
from server.simulators.wechat.client import Answer, Fail, MiniProgram
from server.simulators.wechat.endpoints.platform import agreed
from server.simulators.wechat.errors import WxError
from server.simulators.wechat.world import World

blueprint = Blueprint("play", __name__)

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PAGES = frozenset({"/", "/cgi-bin/componentloginpage"})

blueprint.register_error_handler(ValueError, control.refuse)
blueprint.register_error_handler(KeyError, control.refuse)


class Phones:
    """One open mini program for each person, so that tokens live as long as the page does not care."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[str, MiniProgram] = {}

    def of(self, world: World, name: str) -> MiniProgram:
        """The person's phone; ValueError when no service is configured."""
        if not world.config.service_url:
            raise ValueError("没有配置服务地址：启动模拟器时加上 --service-url")
        with self._lock:
            phone = self._open.get(name)
            if phone is None:
                phone = self._open[name] = MiniProgram(world.config.service_url, world.config.appid)
        with world.lock:
            has = world.code.version_for(world.people.named(name).openid)
        if has is not None:
            phone.version, phone.build = has.user_version, has.app_version
        return phone


@blueprint.record_once
def _give_phones(setup: Any) -> None:
    setup.app.extensions["wechat_phones"] = Phones()


@blueprint.after_app_request
def _guard(response: Response) -> Response:
    """The simulator's own pages run nothing but their own files; WeChat's answers stay as they are."""
    if response.mimetype == "text/html" and request.path in PAGES:
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["Referrer-Policy"] = "no-referrer"
    if request.path.startswith(("/static/", "/_play/", "/_sim/")) or request.path in PAGES:
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """The page."""
    return current_app.send_static_file("play.html")


@blueprint.get("/cgi-bin/componentloginpage")
def authorisation_page() -> ResponseReturnValue:
    """Where the owner of the mini program lets a platform act for it."""
    return current_app.send_static_file("authorise.html")


@blueprint.post("/_play/agree")
def agree() -> ResponseReturnValue:
    """The page's own query: the owner agrees; {location} is where WeChat sends the browser then."""
    world, args = control.the_world(), control.json_args()
    with world.lock:
        try:
            return jsonify(location=agreed(world, {name: str(value) for name, value in args.items()}))
        except WxError as error:
            return jsonify(title="授权链接无效或已过期", detail=error.message), 409


@blueprint.get("/_play/people")
def people() -> ResponseReturnValue:
    """Everybody, and where the service is."""
    world = control.the_world()
    with world.lock:
        names = [user.name for user in world.people.all()]
    return jsonify(people=names, service_url=world.config.service_url, appid=world.config.appid)


@blueprint.post("/_play/sign_in")
def sign_in() -> ResponseReturnValue:
    """{user}: wx.login, then the service's sign-in."""
    world, name, phone = _player(control.json_args())
    with world.lock:
        code = world.people.login(world.people.named(name))
    return _relay(phone.sign_in, code)


@blueprint.post("/_play/phone")
def share_phone() -> ResponseReturnValue:
    """{user}: the getPhoneNumber button."""
    world, name, phone = _player(control.json_args())
    with world.lock:
        code = world.people.phone_code(world.people.named(name))
    return _relay(phone.set_phone, code)


@blueprint.post("/_play/call")
def call() -> ResponseReturnValue:
    """{user, method, path, body?, key?}: one wx.request; tokens that ran out are renewed once."""
    args = control.json_args()
    world, name, phone = _player(args)
    path = str(args["path"])
    if "://" in path or ".." in path or path.startswith("//"):
        raise ValueError("path is below /api/v1")
    with world.lock:
        world.people.visit(world.people.named(name))

    def ask() -> Answer:
        answer = phone.request(str(args.get("method", "GET")), path, args.get("body"), key=args.get("key"))
        if answer.status == 401 and phone.refresh_token and phone.refresh().ok:
            answer = phone.request(str(args.get("method", "GET")), path, args.get("body"), key=args.get("key"))
        return answer

    return _relay(ask)


@blueprint.post("/_play/upload")
def upload() -> ResponseReturnValue:
    """Multipart ``user`` and ``file``: one wx.uploadFile. The header keeps forms of foreign pages out."""
    if request.headers.get("X-Simulator-Page") != "1":
        raise ValueError("the page only")
    _, _, phone = _player(request.form.to_dict())
    file = request.files["file"]
    return _relay(phone.upload, file.read(), file.filename or "screenshot.png", file.mimetype)


@blueprint.post("/_play/subscribe")
def subscribe() -> ResponseReturnValue:
    """{user, results}: the pop-up in WeChat, then what the mini program tells the service."""
    args = control.json_args()
    world, name, phone = _player(args)
    results = {str(tid): str(choice) for tid, choice in dict(args["results"]).items()}
    with world.lock:
        user = world.people.named(name)
        known = {template.id for template in world.subscriptions.templates()}
        for template_id, choice in results.items():
            if choice == "accept" and template_id in known:
                world.subscriptions.accept(user.openid, template_id)
        world.push_choices(user, results, popup=True)
    return _relay(phone.subscribe, results)


@blueprint.post("/_play/scan")
def scan() -> ResponseReturnValue:
    """{text}: what a code, link or bare scene opens, or why nothing opens."""
    world, text = control.the_world(), str(control.json_args()["text"])
    with world.lock:
        try:
            return jsonify(status=200, data=world.links.scan(text))
        except WxError as error:
            reason = "链接已失效" if error.errcode == 85401 else "这不是本小程序的码或链接"
            return jsonify(status=404, data={"title": reason})


@blueprint.get("/_play/messages")
def messages() -> ResponseReturnValue:
    """?user=: what the person's WeChat received, newest first."""
    world = control.the_world()
    with world.lock:
        user = control.person(world, request.args.to_dict())
        found = [asdict(message) for message in world.subscriptions.sent if message.openid == user.openid]
    return jsonify(found[::-1])


def _player(args: dict[str, Any]) -> tuple[World, str, MiniProgram]:
    world = control.the_world()
    name = str(args.get("user") or "").strip()
    if not name:
        raise ValueError("user is missing")
    phones: Phones = current_app.extensions["wechat_phones"]
    return world, name, phones.of(world, name)


def _relay(ask: Any, *args: Any) -> ResponseReturnValue:
    try:
        answer: Answer = ask(*args)
    except Fail as error:
        return jsonify(status=0, data={"title": "服务没有回应", "detail": str(error)})
    return jsonify(status=answer.status, data=answer.data)
