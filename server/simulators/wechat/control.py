"""The control API under /_sim: what a test or a person does to the simulated WeChat."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue

from server.simulators.wechat.errors import WxError
from server.simulators.wechat.push import callback as callbacks
from server.simulators.wechat.rules.people import User
from server.simulators.wechat.world import World

blueprint = Blueprint("control", __name__, url_prefix="/_sim")

Args = dict[str, Any]


def the_world() -> World:
    """The state of the running application."""
    world: World = current_app.extensions["wechat_world"]
    return world


def json_args() -> Args:
    """The JSON object sent; writes must say that they are JSON, which a form on a foreign page cannot."""
    if request.method in {"GET", "HEAD"}:
        return request.args.to_dict()
    if not request.is_json:
        raise ValueError("send application/json")
    values = request.get_json(silent=True)
    if not isinstance(values, dict):
        raise ValueError("send a JSON object")  # noqa: TRY004  # the sender's mistake, answered 400
    return values


def person(world: World, args: Args) -> User:
    """The user by ``user`` (a name, created when new) or ``openid``."""
    if args.get("openid"):
        return world.people.of_openid(args["openid"])
    name = args.get("user") or args.get("name")
    if not isinstance(name, str) or not name.strip():
        raise ValueError("user is missing")
    return world.people.named(name.strip())


def route(rule: str, method: str = "POST") -> Callable[[Callable[[World, Args], Any]], Callable[[World, Args], Any]]:
    """Register a view over (world, args) that runs under the world's lock and answers JSON."""

    def register(view: Callable[[World, Args], Any]) -> Callable[[World, Args], Any]:
        def handle(**parts: Any) -> ResponseReturnValue:
            world = the_world()
            args = {**(json_args() if method != "DELETE" else {}), **parts}
            with world.lock:
                return jsonify(view(world, args))

        blueprint.add_url_rule(rule, f"{method.lower()}_{view.__name__}", handle, methods=[method])
        return view

    return register


@blueprint.errorhandler(ValueError)
@blueprint.errorhandler(KeyError)
@blueprint.errorhandler(TypeError)
def refuse(error: Exception) -> tuple[Response, int]:
    """What was sent cannot be understood."""
    return jsonify(error=f"{error.args[0] if error.args else error}"), 400


@blueprint.errorhandler(WxError)
def refuse_as_wechat(error: WxError) -> tuple[Response, int]:
    """WeChat itself would say no."""
    return jsonify(error=error.message, errcode=error.errcode), 409


@route("/users")
def create_user(world: World, args: Args) -> Any:
    """{name, phone?, risk?}"""
    return world.people.create(str(args["name"]), phone=args.get("phone"), risk=int(args.get("risk", 0))).as_json()


@route("/users", "GET")
def users(world: World, _args: Args) -> Any:
    """Everybody."""
    return [user.as_json() for user in world.people.all()]


@route("/login")
def login(world: World, args: Args) -> Any:
    """{user} → a login code."""
    user = person(world, args)
    return {"code": world.people.login(user), "openid": user.openid}


@route("/phone_code")
def phone_code(world: World, args: Args) -> Any:
    """{user} → a phone code."""
    return {"code": world.people.phone_code(person(world, args))}


@route("/visit")
def visit(world: World, args: Args) -> Any:
    """{user, ago?}: the user had the mini program open so many seconds ago."""
    user = person(world, args)
    user.last_visit = world.clock.now() - float(args.get("ago", 0))
    return user.as_json()


@route("/grants")
def grant(world: World, args: Args) -> Any:
    """{user, template_id, count?}"""
    user, template = person(world, args), world.subscriptions.template(args["template_id"])
    world.subscriptions.accept(user.openid, template.id, int(args.get("count", 1)))
    return world.subscriptions.grants(user.openid)


@route("/grants", "GET")
def grants(world: World, args: Args) -> Any:
    """?user="""
    return world.subscriptions.grants(person(world, args).openid)


@route("/refusals")
def refuse_template(world: World, args: Args) -> Any:
    """{user, template_id, push?}: refuse from now on; with push the change event follows."""
    user, template = person(world, args), world.subscriptions.template(args["template_id"])
    world.subscriptions.refuse(user.openid, template.id)
    if args.get("push"):
        world.push_choices(user, {template.id: "reject"}, popup=False)
    return world.subscriptions.grants(user.openid)


@route("/subscribe")
def subscribe(world: World, args: Args) -> Any:
    """{user, results}: the pop-up is answered; the popup event follows."""
    user, results = person(world, args), dict(args["results"])
    for template_id, choice in results.items():
        world.subscriptions.template(template_id)
        if choice not in {"accept", "reject"}:
            raise ValueError("results are accept or reject")
        if choice == "accept":
            world.subscriptions.accept(user.openid, template_id)
    world.push_choices(user, results, popup=True)
    return world.subscriptions.grants(user.openid)


@route("/templates", "GET")
def templates(world: World, _args: Args) -> Any:
    """All templates."""
    return [asdict(template) for template in world.subscriptions.templates()]


@route("/templates")
def define_template(world: World, args: Args) -> Any:
    """{id, title, fields: {thing1: label}, type?}"""
    fields = {str(key): str(label) for key, label in dict(args["fields"]).items()}
    return asdict(world.subscriptions.define(str(args["id"]), str(args["title"]), fields, int(args.get("type", 2))))


@route("/templates/<template_id>", "DELETE")
def remove_template(world: World, args: Args) -> Any:
    """Sending to it answers 40037 from now on."""
    world.subscriptions.remove(args["template_id"])
    return {}


@route("/messages", "GET")
def messages(world: World, args: Args) -> Any:
    """?user=: subscribe messages delivered, oldest first."""
    openid = person(world, args).openid if args else None
    return [asdict(message) for message in world.subscriptions.sent if openid in {None, message.openid}]


@route("/faults")
def set_fault(world: World, args: Args) -> Any:
    """One rule; see docs/simulator.md."""
    return world.faults.add(args).as_json()


@route("/faults", "GET")
def faults(world: World, _args: Args) -> Any:
    """The rules with their hits."""
    return [fault.as_json() for fault in world.faults.all()]


@route("/faults", "DELETE")
def clear_faults(world: World, _args: Args) -> Any:
    """All of them."""
    world.faults.clear()
    return {}


@route("/faults/<int:fault_id>", "DELETE")
def clear_fault(world: World, args: Args) -> Any:
    """One of them."""
    world.faults.clear(args["fault_id"])
    return {}


@route("/calls", "GET")
def calls(world: World, args: Args) -> Any:
    """?path=&method="""
    return world.calls.matching(path=args.get("path"), method=args.get("method"))


@route("/calls", "DELETE")
def clear_calls(world: World, _args: Args) -> Any:
    """Forget them."""
    world.calls.clear()
    return {}


@route("/scan")
def scan(world: World, args: Args) -> Any:
    """{text}: what a code, link or bare scene opens."""
    return world.links.scan(str(args["text"]))


@route("/links", "GET")
def links(world: World, _args: Args) -> Any:
    """Everything issued."""
    return world.links.all()


@route("/media", "GET")
def media(world: World, _args: Args) -> Any:
    """The media jobs with their outcome."""
    return world.media_jobs


@route("/push")
def push_now(world: World, args: Args) -> Any:
    """{user, event, fields?, delay?}, or {body} for anything at all."""
    if "body" in args:
        return asdict(world.courier.push(dict(args["body"]), float(args.get("delay", 0))))
    fields = dict(args.get("fields") or {})
    return asdict(world.push(person(world, args), str(args["event"]), float(args.get("delay", 0)), **fields))


@route("/revoke_authorization")
def revoke_authorization(world: World, args: Args) -> Any:
    """{user, info?}: the user withdraws what was authorised; `user_authorization_revoke` follows."""
    user = person(world, args)
    fields: Args = {"OpenID": user.openid, "AppID": world.config.appid, "RevokeInfo": str(args.get("info", "6,8"))}
    return asdict(world.push(user, "user_authorization_revoke", **fields))


@route("/modify_profile")
def modify_profile(world: World, args: Args) -> Any:
    """{user, info?}: `user_info_modified` follows."""
    user = person(world, args)
    fields: Args = {"OpenID": user.openid, "AppID": world.config.appid, "RevokeInfo": str(args.get("info", "1"))}
    return asdict(world.push(user, "user_info_modified", **fields))


@route("/pushes", "GET")
def pushes(world: World, _args: Args) -> Any:
    """Every push with its attempts."""
    return world.courier.all()


@route("/callback", "GET")
def callback(world: World, _args: Args) -> Any:
    """Where pushes go."""
    return asdict(world.callback)


@route("/callback")
def change_callback(world: World, args: Args) -> Any:
    """{url?, token?, aes_key?, mode?, safety?}"""
    world.callback.change(args)
    return asdict(world.callback)


@blueprint.post("/callback/verify")
def verify_callback() -> ResponseReturnValue:
    """Ask the callback for its echo. Without the lock: the callback may call back."""
    world = the_world()
    json_args()
    return jsonify(callbacks.verify(world.callback, world.clock, world.rng, world.config.push_timeout))


@blueprint.post("/drain")
def drain() -> ResponseReturnValue:
    """{late?, timeout?}: wait until every push (late: also those due later) was sent. Without the lock."""
    args = json_args()
    done = the_world().courier.drain(late=bool(args.get("late")), timeout=float(args.get("timeout", 30)))
    return jsonify(drained=done), 200 if done else 504
