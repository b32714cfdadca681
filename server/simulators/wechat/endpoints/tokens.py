"""cgi-bin/token and cgi-bin/stable_token."""

from typing import Any

from server.simulators.wechat.endpoints.wire import Asked, endpoint
from server.simulators.wechat.errors import WxError
from server.simulators.wechat.world import World


def check_app(world: World, asked: Asked, values: dict[str, Any], *, field: str = "secret") -> None:
    """41002, 41004, 40013, 40125, and 40164 for a caller who is not on the secret's allow-list."""
    if not values.get("appid"):
        raise WxError(41002)
    if not values.get(field):
        raise WxError(41004)
    if values["appid"] != world.config.appid:
        raise WxError(40013)
    if values[field] != world.config.secret:
        raise WxError(40125)
    if world.ip_allow and asked.client not in world.ip_allow:
        raise WxError(40164, f"{asked.client} ipv6 ::ffff:{asked.client}")


@endpoint("POST", "/cgi-bin/stable_token", token=False)
def stable_token(world: World, asked: Asked) -> dict[str, Any]:
    """The shared token; ``force_refresh`` true kills the one before."""
    if asked.args.get("grant_type") != "client_credential":
        raise WxError(40002)
    check_app(world, asked, asked.args)
    value, seconds = world.tokens.stable(force=asked.args.get("force_refresh") is True, overlap=asked.overlap)
    return {"access_token": value, "expires_in": seconds}


@endpoint("GET", "/cgi-bin/token", token=False)
def token(world: World, asked: Asked) -> dict[str, Any]:
    """The old kind: each call outdates the token before."""
    if asked.query.get("grant_type") != "client_credential":
        raise WxError(40002)
    check_app(world, asked, asked.query)
    value, seconds = world.tokens.plain()
    return {"access_token": value, "expires_in": seconds}
