"""Code management, which belongs to third-party platforms: an owner's token is answered 86000.

The state machine of uploaded → audited → gray → full is the business of the release ledger's
`component` driver and will live here; until a platform's token exists every caller is an owner.
"""

from typing import Any

from server.simulators.wechat.endpoints.wire import Asked, endpoint
from server.simulators.wechat.errors import WxError
from server.simulators.wechat.world import World

CALLS = {
    "GET": (
        "/wxa/get_page",
        "/wxa/get_qrcode",
        "/wxa/get_category",
        "/wxa/get_latest_auditstatus",
        "/wxa/undocodeaudit",
        "/wxa/queryquota",
        "/wxa/revertcoderelease",
        "/wxa/revertgrayrelease",
        "/wxa/gettemplatedraftlist",
        "/wxa/gettemplatelist",
    ),
    "POST": (
        "/wxa/commit",
        "/wxa/submit_audit",
        "/wxa/get_auditstatus",
        "/wxa/speedupaudit",
        "/wxa/release",
        "/wxa/grayrelease",
        "/wxa/change_visitstatus",
        "/wxa/getvisitstatus",
        "/wxa/getversioninfo",
        "/wxa/addtotemplate",
        "/wxa/deletetemplate",
        "/cgi-bin/wxopen/getweappsupportversion",
        "/cgi-bin/wxopen/setweappsupportversion",
    ),
}


def not_a_platform(_world: World, _asked: Asked) -> dict[str, Any]:
    """The token is good, but it is the owner's."""
    raise WxError(86000)


for _method, _paths in CALLS.items():
    for _path in _paths:
        endpoint(_method, _path, body="optional", counted=False)(not_a_platform)
