"""Mini-program codes, URL links, schemes and short links."""

from typing import Any

from server.simulators.wechat.endpoints.wire import Asked, Picture, endpoint, ok
from server.simulators.wechat.errors import WxError
from server.simulators.wechat.rules.links import MAX_SECONDS, QUERY, SCENE, png
from server.simulators.wechat.world import World

ENVIRONMENTS = frozenset({"release", "trial", "develop"})


@endpoint("POST", "/wxa/getwxacodeunlimit")
def code_unlimited(world: World, asked: Asked) -> Picture:
    """A code with a scene; the page must exist unless ``check_path`` is false."""
    args = asked.args
    scene = args.get("scene")
    if not isinstance(scene, str) or not SCENE.fullmatch(scene):
        raise WxError(40129)
    page = args.get("page") or world.pages[0]
    if not isinstance(page, str) or page.startswith("/") or "?" in page:
        raise WxError(41030)
    if args.get("check_path", True) and page not in world.pages:
        raise WxError(41030)
    return _picture(args, world.links.code(page, scene, _environment(args)))


@endpoint("POST", "/wxa/getwxacode")
def code(world: World, asked: Asked) -> Picture:
    """A code for a path with its query; 100 000 of them for ever."""
    path = asked.args.get("path")
    if not isinstance(path, str) or not path or len(path) > 1024:
        raise WxError(40097, "path")
    page, _, query = path.partition("?")
    if page not in world.pages:
        raise WxError(40165)
    return _picture(asked.args, world.links.code(page, query, _environment(asked.args)))


@endpoint("POST", "/wxa/generate_urllink")
def url_link(world: World, asked: Asked) -> dict[str, Any]:
    """A link for SMS; at most thirty days."""
    args = asked.args
    path, query = _target(world, args)
    expires_at = _expiry(world, args)
    return ok(url_link=world.links.url_link(path, query, _environment(args), expires_at))


@endpoint("POST", "/wxa/query_urllink")
def query_url_link(world: World, asked: Asked) -> dict[str, Any]:
    """What a link opens."""
    return ok(url_link_info=_described(world, asked.args.get("url_link"), "url_link"))


@endpoint("POST", "/wxa/generatescheme")
def scheme(world: World, asked: Asked) -> dict[str, Any]:
    """A scheme for other apps; at most thirty days."""
    args = asked.args
    target = args.get("jump_wxa") or {}
    if not isinstance(target, dict):
        raise WxError(40165)
    path, query = _target(world, target)
    expires_at = _expiry(world, args)
    return ok(openlink=world.links.scheme(path, query, _environment(target), expires_at))


@endpoint("POST", "/wxa/queryscheme")
def query_scheme(world: World, asked: Asked) -> dict[str, Any]:
    """What a scheme opens."""
    return ok(scheme_info=_described(world, asked.args.get("scheme"), "scheme"))


@endpoint("POST", "/wxa/genwxashortlink")
def short_link(world: World, asked: Asked) -> dict[str, Any]:
    """A link for use inside WeChat."""
    url, title = asked.args.get("page_url"), asked.args.get("page_title") or "小程序"
    if not isinstance(url, str) or url.partition("?")[0] not in world.pages:
        raise WxError(40066)
    if not isinstance(title, str):
        raise WxError(40225)
    return ok(link=world.links.short(url, title, permanent=asked.args.get("is_permanent") is True))


def _picture(args: dict[str, Any], text: str) -> Picture:
    width = args.get("width", 430)
    if not isinstance(width, int) or isinstance(width, bool) or not 280 <= width <= 1280:
        raise WxError(40097, "width")
    colour = "#000000"
    if not args.get("auto_color") and args.get("line_color"):
        try:
            colour = "#" + "".join(f"{int(args['line_color'][part]):02x}" for part in "rgb")
        except (KeyError, TypeError, ValueError) as error:
            raise WxError(40097, "line_color") from error
        if len(colour) != 7:
            raise WxError(40097, "line_color")
    return Picture(png(text, width, colour, transparent=args.get("is_hyaline") is True))


def _environment(args: dict[str, Any]) -> str:
    environment = args.get("env_version", "release")
    if environment not in ENVIRONMENTS:
        raise WxError(40097, "env_version")
    return str(environment)


def _target(world: World, args: dict[str, Any]) -> tuple[str, str]:
    path, query = args.get("path") or world.pages[0], args.get("query") or ""
    if not isinstance(path, str) or path.removeprefix("/") not in world.pages:
        raise WxError(40165)
    if not isinstance(query, str) or not QUERY.fullmatch(query):
        raise WxError(40212)
    return path.removeprefix("/"), query


def _expiry(world: World, args: dict[str, Any]) -> int:
    """Always an end: without one asked for, the longest that WeChat grants."""
    now = world.clock.stamp()
    kind = args.get("expire_type", 0)
    if kind == 1:
        days = args.get("expire_interval")
        moment = now + days * 86400 if isinstance(days, int) else None
    else:
        moment = args.get("expire_time", now + MAX_SECONDS)
    if kind not in {0, 1}:
        raise WxError(40097, "expire_type")
    if not isinstance(moment, int) or not now + 60 <= moment <= now + MAX_SECONDS:
        raise WxError(85401)
    return moment


def _described(world: World, text: object, kind: str) -> dict[str, Any]:
    link = world.links.find(text, kind) if isinstance(text, str) else None
    if link is None:
        raise WxError(40097, kind)
    return {
        "appid": world.config.appid,
        "path": link.path,
        "query": link.query,
        "create_time": link.created_at,
        "expire_time": link.expires_at or 0,
        "env_version": link.env_version,
    }
