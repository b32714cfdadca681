"""Sign-in, session keys and phone numbers."""

from typing import Any

from server.simulators.wechat.endpoints.tokens import check_app
from server.simulators.wechat.endpoints.wire import Asked, endpoint, ok
from server.simulators.wechat.errors import WxError
from server.simulators.wechat.rules.people import User
from server.simulators.wechat.world import World


@endpoint("GET", "/sns/jscode2session", token=False)
def code2session(world: World, asked: Asked) -> dict[str, Any]:
    """A login code for openid and session key; needs no token."""
    check_app(world, asked, asked.query)
    code = asked.query.get("js_code")
    if not code:
        raise WxError(41008)
    if asked.query.get("grant_type") != "authorization_code":
        raise WxError(40002)
    owner = world.people.owner_of(code)
    if owner:
        world.quotas.count_person(asked.path, owner)
    user = world.people.redeem_login(code)
    answer = {"openid": user.openid, "session_key": user.session_key}
    return {**answer, "unionid": user.unionid} if world.config.unionid else answer


@endpoint("GET", "/wxa/checksession")
def check_session(world: World, asked: Asked) -> dict[str, Any]:
    """Whether the session key that signed is still the user's."""
    _signed_user(world, asked)
    return ok()


@endpoint("GET", "/wxa/resetusersessionkey")
def reset_session_key(world: World, asked: Asked) -> dict[str, Any]:
    """A new session key in exchange for a signature with the old one."""
    user = _signed_user(world, asked)
    return ok(openid=user.openid, session_key=world.people.reset_session_key(user))


@endpoint("POST", "/wxa/business/getuserencryptkey", body="optional")
def user_encrypt_key(world: World, asked: Asked) -> dict[str, Any]:
    """The keys that the mini program may encrypt with."""
    return ok(key_info_list=world.people.encryption_keys(_signed_user(world, asked)))


@endpoint("POST", "/wxa/business/getuserphonenumber")
def phone_number(world: World, asked: Asked) -> dict[str, Any]:
    """The number behind a phone code, with the watermark of this app."""
    code = asked.args.get("code")
    if not isinstance(code, str) or not code:
        raise WxError(41008)
    user = world.people.redeem_phone(code, asked.args.get("openid"))
    watermark = {"timestamp": world.clock.stamp(), "appid": world.config.appid}
    return ok(
        phone_info={
            "phoneNumber": user.phone,
            "purePhoneNumber": user.phone,
            "countryCode": "86",
            "watermark": watermark,
        }
    )


def _signed_user(world: World, asked: Asked) -> User:
    user = world.people.of_openid(asked.query.get("openid"))
    if asked.query.get("sig_method", "hmac_sha256") != "hmac_sha256":
        raise WxError(87009)
    world.people.check_signature(user, asked.query.get("signature", ""))
    return user
