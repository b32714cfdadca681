"""The control API for the platform and for the life of a version: what WeChat's people and the owner do."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from server.simulators.wechat.control_state import Args, blueprint, person, route
from server.simulators.wechat.endpoints.platform import agreed
from server.simulators.wechat.rules.code import Version
from server.simulators.wechat.world import World

__all__ = ["blueprint"]


@route("/platform", "GET")
def platform(world: World, _args: Args) -> Any:
    """Who is authorised, and where the platform's pushes go."""
    addresses = {name: world.callbacks[name].url for name in ("component", "message")}
    return {**world.platform.state(), "addresses": addresses}


@route("/platform")
def change_platform(world: World, args: Args) -> Any:
    """{url?, message_url?, token?, aes_key?, mode?, scopes?}: a new address starts the tickets."""
    shared: Args = {name: args[name] for name in ("token", "aes_key", "mode") if name in args}
    for name, key in (("component", "url"), ("message", "message_url")):
        own: Args = {"url": str(args[key]).replace("$APPID$", world.config.appid)} if key in args else {}
        world.callbacks[name].change({**shared, **own})
    if "scopes" in args:
        world.platform.scopes = tuple(int(scope) for scope in args["scopes"])
    if "url" in args:
        world.start_tickets()
    return platform(world, {})


@route("/ticket")
def ticket(world: World, _args: Args) -> Any:
    """Push a ticket now."""
    world.platform.give_ticket()
    return {}


@route("/authorise")
def authorise(world: World, args: Args) -> Any:
    """{}: the owner agrees at once. {pre_auth_code, redirect_uri, component_appid}: by way of the page."""
    if "pre_auth_code" in args:
        return {"location": agreed(world, {name: str(value) for name, value in args.items()})}
    return {"auth_code": world.platform.authorise()[0]}


@route("/unauthorise")
def unauthorise(world: World, _args: Args) -> Any:
    """The owner takes it back."""
    world.platform.revoke()
    return {}


@route("/code", "GET")
def code(world: World, _args: Args) -> Any:
    """Trial, audit, gray, live, history, drafts and templates."""
    return world.code.state()


@route("/code")
def change_code(world: World, args: Args) -> Any:
    """{never_released?, limits?: {submit?, speedup?}, next_number?}"""
    if args.get("never_released"):
        world.code.live = None
    if "next_number" in args:
        world.code.count_from(int(args["next_number"]))
    world.code.limits |= {str(name): int(most) for name, most in dict(args.get("limits") or {}).items()}
    return world.code.state()


@route("/drafts")
def draft(world: World, args: Args) -> Any:
    """{user_version, user_desc?}: miniprogram-ci uploads for the platform."""
    return world.code.draft(str(args["user_version"]), str(args.get("user_desc", "")))


@route("/audits/decide")
def decide(world: World, args: Args) -> Any:
    """{verdict: approved|rejected|delayed, auditid?, reason?, screenshot?}; the push follows."""
    texts = {name: str(args.get(name, "")) for name in ("reason", "screenshot")}
    return asdict(world.code.decide(str(args["verdict"]), auditid=args.get("auditid"), **texts))


@route("/console")
def click(world: World, args: Args) -> Any:
    """{click, …}: what an owner does in WeChat's console, where no platform has a hand in it.

    upload {user_version, user_desc?} (miniprogram-ci with the owner's key), submit, undo, gray {percentage}, pause,
    end_gray, release, roll_back {app_version?}.
    """
    code, what = world.code, str(args["click"])
    clicks: dict[str, Callable[[], object]] = {
        "upload": lambda: code.upload(str(args["user_version"]), str(args.get("user_desc", ""))),
        "submit": code.submit,
        "undo": code.undo,
        "gray": lambda: code.grow(int(args["percentage"])),
        "pause": code.pause,
        "end_gray": code.end_gray,
        "release": code.release,
        "roll_back": lambda: code.roll_back(str(args["app_version"]) if args.get("app_version") else None),
    }
    if what not in clicks:
        raise ValueError(f"click is one of {', '.join(clicks)}")
    clicks[what]()
    return code.state()


@route("/version", "GET")
def version(world: World, args: Args) -> Any:
    """?user=: the version on this person's phone, and the number in the Referer."""
    found: Version | None = world.code.version_for(person(world, args).openid)
    return {"user_version": found.user_version, "app_version": found.app_version} if found else {}
