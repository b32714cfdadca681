"""The control API for clock, limits, rules and the state as a whole."""

from dataclasses import asdict
from typing import Any

from server.simulators.wechat.control import Args, blueprint, person, route
from server.simulators.wechat.rules.content import Rule, rule_of
from server.simulators.wechat.world import World

__all__ = ["Args", "blueprint", "person", "route"]


def _clock_json(world: World) -> dict[str, Any]:
    return {"now": world.clock.now(), "offset": world.clock.offset, "day": world.clock.day()}


@route("/clock", "GET")
def clock(world: World, _args: Args) -> Any:
    """The virtual time."""
    return _clock_json(world)


@route("/clock")
def move_clock(world: World, args: Args) -> Any:
    """{advance: seconds} or {set: unix time}"""
    seconds = float(args["set"]) - world.clock.now() if "set" in args else float(args["advance"])
    world.advance(seconds)
    return _clock_json(world)


@route("/pages", "GET")
def pages(world: World, _args: Args) -> Any:
    """The pages of the live version."""
    return world.pages


@route("/pages")
def set_pages(world: World, args: Args) -> Any:
    """{pages: [...]}"""
    chosen = [str(page) for page in args["pages"]]
    if not chosen:
        raise ValueError("a mini program has at least one page")
    world.pages = chosen
    return world.pages


@route("/quotas")
def set_quota(world: World, args: Args) -> Any:
    """{path, day?, minute?}"""
    return asdict(world.quotas.limit(str(args["path"]), day=args.get("day"), minute=args.get("minute")))


@route("/quotas", "GET")
def quota(world: World, args: Args) -> Any:
    """?path="""
    return world.quotas.usage(str(args["path"]))


@route("/rules", "GET")
def content_rules(world: World, _args: Args) -> Any:
    """What the content check finds fault with."""
    return _rules_json(world)


@route("/rules")
def set_content_rules(world: World, args: Args) -> Any:
    """{text?: [rule], media?: [rule]}: put before the ones in force; {replace: true} instead of them."""
    text = [rule_of(rule) for rule in args.get("text", [])]
    media = [rule_of(rule) for rule in args.get("media", [])]
    keep = not args.get("replace")
    world.content.text_rules = [*text, *(world.content.text_rules if keep else [])]
    world.content.media_rules = [*media, *(world.content.media_rules if keep else [])]
    return _rules_json(world)


@route("/operations")
def put_operations(world: World, args: Args) -> Any:
    """{jserr?, feedback?, userlog?, gray_plan?}"""
    world.operations.put(args)
    return vars(world.operations)


@route("/options")
def set_options(world: World, args: Args) -> Any:
    """{ip_allow?, sent_events?, media_delay?}"""
    unknown = set(args) - {"ip_allow", "sent_events", "media_delay"}
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    world.ip_allow = [str(address) for address in args.get("ip_allow", world.ip_allow)]
    world.sent_events = bool(args.get("sent_events", world.sent_events))
    world.media_delay = float(args.get("media_delay", world.media_delay))
    return {"ip_allow": world.ip_allow, "sent_events": world.sent_events, "media_delay": world.media_delay}


@route("/tokens/revoke")
def revoke_tokens(world: World, _args: Args) -> Any:
    """Every token given out is void now."""
    world.tokens.revoke_all()
    return {}


@route("/tokens", "GET")
def tokens(world: World, _args: Args) -> Any:
    """Every token with its kind and end."""
    return [asdict(token) for token in world.tokens.all()]


@route("/seed")
def seed(world: World, args: Args) -> Any:
    """{seed}: chance begins anew."""
    world.rng.seed(int(args["seed"]))
    return {}


@route("/reset")
def reset(world: World, args: Args) -> Any:
    """{seed?}: as at the start."""
    world.reset(args.get("seed"))
    return {}


@route("/state", "GET")
def state(world: World, _args: Args) -> Any:
    """A summary for people."""
    return {
        "appid": world.config.appid,
        "app_version": world.code.live.user_version if world.code.live else "",
        "build": world.code.live.app_version if world.code.live else 0,
        "service_url": world.config.service_url,
        "clock": _clock_json(world),
        "users": len(world.people.all()),
        "messages": len(world.subscriptions.sent),
        "calls": len(world.calls.matching()),
        "faults": len(world.faults.all()),
        "pushes_waiting": world.courier.schedule.waiting(),
        "callback": world.callback.url,
    }


def _rules_json(world: World) -> dict[str, Any]:
    def rows(rules: list[Rule]) -> list[dict[str, Any]]:
        return [asdict(rule) for rule in rules]

    return {"text": rows(world.content.text_rules), "media": rows(world.content.media_rules)}
