"""The platform's own calls: its token, the authorisation of a mini program, the tokens that come of it."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from server.simulators.wechat.config import is_loopback
from server.simulators.wechat.endpoints.wire import Asked, endpoint, ok
from server.simulators.wechat.errors import WxError
from server.simulators.wechat.world import World

COMPONENT = "/cgi-bin/component"


@endpoint("POST", f"{COMPONENT}/api_component_token", token=False)
def component_token(world: World, asked: Asked) -> dict[str, Any]:
    """The component token, for the ticket that was pushed."""
    world.platform.check_app(asked.args)
    value, seconds = world.platform.token(asked.args.get("component_verify_ticket"))
    return {"component_access_token": value, "expires_in": seconds}


@endpoint("POST", f"{COMPONENT}/api_start_push_ticket", token=False)
def start_push_ticket(world: World, asked: Asked) -> dict[str, Any]:
    """Push a ticket now."""
    world.platform.check_app(asked.args)
    world.platform.give_ticket()
    return ok()


@endpoint("POST", f"{COMPONENT}/api_create_preauthcode", holder="component")
def create_preauthcode(world: World, asked: Asked) -> dict[str, Any]:
    """What the authorisation page is opened with."""
    world.platform.check_component(asked.args)
    code, seconds = world.platform.preauth()
    return {"pre_auth_code": code, "expires_in": seconds}


@endpoint("POST", f"{COMPONENT}/api_query_auth", holder="component")
def query_auth(world: World, asked: Asked) -> dict[str, Any]:
    """The authorisation behind a code."""
    world.platform.check_component(asked.args)
    value, seconds, refresh = world.platform.redeem(asked.args.get("authorization_code"))
    return {
        "authorization_info": {
            "authorizer_appid": world.config.appid,
            "authorizer_access_token": value,
            "expires_in": seconds,
            "authorizer_refresh_token": refresh,
            "func_info": [{"funcscope_category": {"id": scope}} for scope in world.platform.scopes],
        }
    }


@endpoint("POST", f"{COMPONENT}/api_authorizer_token", holder="component")
def authorizer_token(world: World, asked: Asked) -> dict[str, Any]:
    """A fresh authorizer token for the refresh token."""
    world.platform.check_component(asked.args)
    value, seconds, refresh = world.platform.refresh(
        asked.args.get("authorizer_appid"), asked.args.get("authorizer_refresh_token")
    )
    return {"authorizer_access_token": value, "expires_in": seconds, "authorizer_refresh_token": refresh}


@endpoint("POST", f"{COMPONENT}/api_get_authorizer_info", holder="component")
def authorizer_info(world: World, asked: Asked) -> dict[str, Any]:
    """Who the mini program is."""
    world.platform.check_component(asked.args)
    if asked.args.get("authorizer_appid") != world.config.appid or not world.platform.authorised:
        raise WxError(61003)
    return {
        "authorizer_info": {
            "nick_name": "周专市监",
            "user_name": world.config.original_id,
            "principal_name": "某市市场监督管理局",
            "service_type_info": {"id": 0},
            "verify_type_info": {"id": 0},
        },
        "authorization_info": {
            "authorizer_appid": world.config.appid,
            "authorizer_refresh_token": world.platform.refresh_token,
            "func_info": [{"funcscope_category": {"id": scope}} for scope in world.platform.scopes],
        },
    }


def agreed(world: World, query: dict[str, str]) -> str:
    """Where the authorisation page sends the owner who agreed; WxError for what the page would not show."""
    world.platform.check_component(query)
    if not world.platform.knows_preauth(query.get("pre_auth_code", "")):
        raise WxError(61009)
    back = query.get("redirect_uri", "")
    if not is_loopback(back):
        raise WxError(40066)
    code, seconds = world.platform.authorise(preauth=query["pre_auth_code"])
    parts = urlsplit(back)
    given = [*parse_qsl(parts.query), ("auth_code", code), ("expires_in", str(seconds))]
    return urlunsplit(parts._replace(query=urlencode(given)))
