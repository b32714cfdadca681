"""Subscribe messages."""

from typing import Any

from server.simulators.wechat.endpoints.wire import Asked, endpoint, ok
from server.simulators.wechat.errors import WxError
from server.simulators.wechat.rules.subscriptions import values_of
from server.simulators.wechat.world import World

STATES = frozenset({"developer", "trial", "formal"})
LANGUAGES = frozenset({"zh_CN", "en_US", "zh_HK", "zh_TW"})


@endpoint("POST", "/cgi-bin/message/subscribe/send")
def send(world: World, asked: Asked) -> dict[str, Any]:
    """One message for one grant; the delivery report follows as a push."""
    args = asked.args
    user = world.people.of_openid(args.get("touser"))
    template = world.subscriptions.template(args.get("template_id"))
    state, lang = args.get("miniprogram_state"), args.get("lang")
    if state not in STATES:
        raise WxError(47003, "miniprogram_state invalid")
    if lang not in LANGUAGES:
        raise WxError(47003, "lang invalid")
    page = args.get("page") or ""
    if page and (not isinstance(page, str) or page.partition("?")[0].removeprefix("/") not in world.pages):
        raise WxError(41030)
    values = values_of(template, args.get("data"))
    message = world.subscriptions.send(user.openid, template, values, page=page, state=state, lang=lang)
    world.push_sent(user, message)
    return ok(msgid=int(message.msg_id))


@endpoint("GET", "/wxaapi/newtmpl/gettemplate")
def templates(world: World, _asked: Asked) -> dict[str, Any]:
    """The templates that this mini program has chosen."""
    return ok(data=[template.as_wechat() for template in world.subscriptions.templates()])
