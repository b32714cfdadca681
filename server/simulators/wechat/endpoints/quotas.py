"""Quotas, request ids, and the self-tests of the callback."""

import socket
import time
from typing import Any
from urllib.parse import urlsplit

from server.simulators.wechat.endpoints.tokens import check_app
from server.simulators.wechat.endpoints.wire import ENDPOINTS, Asked, endpoint, ok
from server.simulators.wechat.errors import WxError
from server.simulators.wechat.world import World


@endpoint("POST", "/cgi-bin/openapi/quota/get", counted=False)
def quota(world: World, asked: Asked) -> dict[str, Any]:
    """Today's limit and use of one call."""
    return ok(quota=world.quotas.usage(_known_path(asked)))


@endpoint("POST", "/cgi-bin/openapi/quota/clear", counted=False)
def clear_one(world: World, asked: Asked) -> dict[str, Any]:
    """Give back one call's counters."""
    world.quotas.clear(_known_path(asked))
    return ok()


@endpoint("POST", "/cgi-bin/clear_quota", counted=False)
def clear_all(world: World, asked: Asked) -> dict[str, Any]:
    """Give back all counters; ten times a month."""
    if asked.args.get("appid") != world.config.appid:
        raise WxError(40013)
    world.quotas.clear()
    return ok()


@endpoint("POST", "/cgi-bin/clear_quota/v2", token=False, body="optional", counted=False)
def clear_all_by_secret(world: World, asked: Asked) -> dict[str, Any]:
    """The same with the secret instead of a token."""
    check_app(world, asked, {**asked.query, **asked.args}, field="appsecret")
    world.quotas.clear()
    return ok()


@endpoint("POST", "/cgi-bin/openapi/rid/get", counted=False)
def request_by_rid(world: World, asked: Asked) -> dict[str, Any]:
    """The call that an errmsg named, for seven days."""
    call = world.calls.of_rid(str(asked.args.get("rid", "")))
    query = "&".join(f"{name}={value}" for name, value in call.query.items())
    return ok(
        request={
            "invoke_time": int(call.at),
            "cost_in_ms": 1,
            "request_url": query,
            "request_body": "" if call.body is None else str(call.body),
            "response_body": str(call.answer),
            "client_ip": call.client,
        }
    )


@endpoint("GET", "/cgi-bin/getcallbackip")
def callback_addresses(_world: World, _asked: Asked) -> dict[str, Any]:
    """Where pushes come from: here, always this machine."""
    return ok(ip_list=["127.0.0.1"])


@endpoint("POST", "/cgi-bin/callback/check")
def callback_check(world: World, asked: Asked) -> dict[str, Any]:
    """Name and port of the callback, tried for real."""
    action = asked.args.get("action")
    if action not in {"all", "dns", "ping"}:
        raise WxError(40097, "action")
    if asked.args.get("check_operator", "DEFAULT") not in {"CHINANET", "UNICOM", "CAP", "DEFAULT"}:
        raise WxError(40097, "check_operator")
    parts = urlsplit(world.callback.url)
    if not parts.hostname:
        raise WxError(40066)
    began = time.monotonic()
    try:
        socket.create_connection((parts.hostname, parts.port or 80), timeout=1).close()
        loss = "0%"
    except OSError:
        loss = "100%"
    took = f"{(time.monotonic() - began) * 1000:.3f}ms"
    answer = {
        "dns": [{"ip": "127.0.0.1", "real_operator": "UNKNOWN"}],
        "ping": [{"ip": "127.0.0.1", "from_operator": "CAP", "package_loss": loss, "time": took}],
    }
    return {name: rows for name, rows in answer.items() if action in {"all", name}}


def _known_path(asked: Asked) -> str:
    path = asked.args.get("cgi_path")
    if not isinstance(path, str) or path not in ENDPOINTS:
        raise WxError(76021)
    if not ENDPOINTS[path].counted:
        raise WxError(76022)
    return path
