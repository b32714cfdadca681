"""How a call is read, checked, counted, spoiled by a fault, answered and logged."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from threading import Event
from typing import Any

from flask import Request, Response

from server.simulators.wechat.endpoints import mischief
from server.simulators.wechat.errors import WxError
from server.simulators.wechat.rules.calls import Call
from server.simulators.wechat.rules.faults import Fault
from server.simulators.wechat.world import World


@dataclass(slots=True)
class Asked:
    """What a handler gets: the query, the JSON arguments, the uploaded files."""

    method: str
    path: str
    query: dict[str, str]
    raw: bytes
    content_type: str
    client: str
    files: dict[str, bytes] = field(default_factory=dict)
    args: dict[str, Any] = field(default_factory=dict)
    overlap: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """An answer that is an image instead of JSON."""

    data: bytes
    content_type: str = "image/png"


Answer = dict[str, Any] | Picture
Handler = Callable[[World, Asked], Answer]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """``body``: json (must be an object), optional (may be empty), files, or none.

    ``holder``: whose token it takes: "" anybody's but the component's, or "authorizer" or "component" alone.
    """

    method: str
    path: str
    handler: Handler
    token: bool
    body: str
    counted: bool
    holder: str


ENDPOINTS: dict[str, Endpoint] = {}


def endpoint(
    method: str, path: str, *, token: bool = True, body: str = "", counted: bool = True, holder: str = ""
) -> Callable[[Handler], Handler]:
    """Register a handler; a POST takes JSON unless it says otherwise."""

    def register(handler: Handler) -> Handler:
        form = body or ("json" if method == "POST" else "none")
        ENDPOINTS[path] = Endpoint(method, path, handler, token, form, counted, holder)
        return handler

    return register


def ok(**fields: Any) -> dict[str, Any]:
    """The usual success."""
    return {"errcode": 0, "errmsg": "ok", **fields}


def answer(world: World, request: Request) -> Response:
    """The whole life of one call, fault and log entry included."""
    asked = _read(request)
    with world.lock:
        over = world.over
        call = _open_call(world, asked)
        fault = world.faults.strike(asked.path, asked.query, call.body, asked.raw.decode(errors="replace"))
        call.fault = fault.effect if fault else None
    if fault and fault.effect in mischief.INSTEAD and not fault.options.get("done"):
        response = mischief.instead(fault, call.rid)
        _close_call(call, response, note=fault.effect)
        return mischief.leave(world, fault, response)
    if fault and fault.effect == "latency":
        over.wait(float(fault.options.get("seconds", 1)))
    response = _handled(world, asked, call, fault, over)
    if fault is None:
        return response
    if fault.effect in mischief.INSTEAD:
        response = mischief.instead(fault, call.rid)
    return mischief.leave(world, fault, response)


def _handled(world: World, asked: Asked, call: Call, fault: Fault | None, over: Event) -> Response:
    skew = float(fault.options.get("seconds", 600)) if fault and fault.effect == "clock_skew" else 0.0
    with world.lock, world.clock.skewed(skew):
        if fault and fault.effect == "token_revoked":
            world.tokens.revoke_all()
        asked.overlap = fault is not None and fault.effect == "overlapping_tokens"
        try:
            result = _checked(world, asked, over)
        except WxError as error:
            result = {"errcode": error.errcode, "errmsg": error.message}
        response = _response(result, call.rid)
        response.headers["Date"] = formatdate(world.clock.now(), usegmt=True)
    _close_call(call, response)
    return response


def _checked(world: World, asked: Asked, over: Event) -> Answer:
    # What a call of an earlier world would do must not happen in this one.
    if over.is_set():
        raise WxError(-1)
    found = ENDPOINTS.get(asked.path)
    if found is None:
        raise WxError(40066)
    if asked.method != found.method:
        raise WxError(43001 if found.method == "GET" else 43002)
    if found.token:
        _check_token(world, asked, found.holder)
    if found.counted:
        world.quotas.count(asked.path)
    _read_body(asked, found.body)
    return found.handler(world, asked)


def _check_token(world: World, asked: Asked, holder: str) -> None:
    """86000 for an owner where only a platform may call; 61003 when nobody lets the platform act (any more)."""
    given = asked.query.get("access_token")
    if holder == "component":
        given = asked.query.get("component_access_token") or given
    kind = world.tokens.check(given).kind
    if holder == "authorizer" and kind in {"plain", "stable"}:
        raise WxError(86000)
    if kind == "authorizer" and not world.platform.authorised:
        raise WxError(61003)
    if (kind == "component") != (holder == "component"):
        raise WxError(40001)


def _read_body(asked: Asked, form: str) -> None:
    if form in {"none", "files"}:
        return
    if not asked.raw.strip():
        if form == "optional":
            return
        raise WxError(44002)
    if asked.content_type.startswith(("application/x-www-form-urlencoded", "multipart/")):
        raise WxError(47001)
    try:
        args = json.loads(asked.raw)
    except ValueError as error:
        raise WxError(47001) from error
    if not isinstance(args, dict):
        raise WxError(47001)
    asked.args = args


def _read(request: Request) -> Asked:
    multipart = (request.mimetype or "").startswith("multipart/")
    files = {name: part.read() for name, part in request.files.items()} if multipart else {}
    return Asked(
        method=request.method,
        path=request.path,
        query={key: values[0] for key, values in request.args.lists()},
        raw=b"" if multipart else request.get_data(),
        content_type=request.content_type or "",
        client=request.remote_addr or "",
        files=files,
    )


def _open_call(world: World, asked: Asked) -> Call:
    body: Any = None
    if asked.files:
        body = {name: {"bytes": len(data)} for name, data in asked.files.items()}
    elif asked.raw:
        try:
            body = json.loads(asked.raw)
        except ValueError:
            body = asked.raw.decode(errors="replace")
    call = Call(
        rid=world.calls.new_rid(),
        at=world.clock.now(),
        method=asked.method,
        path=asked.path,
        query=asked.query,
        body=body,
        token=asked.query.get("access_token") or asked.query.get("component_access_token"),
        client=asked.client,
    )
    world.calls.add(call)
    return call


def _close_call(call: Call, response: Response, note: str | None = None) -> None:
    call.status = response.status_code
    if note:
        call.answer = f"fault: {note}"
    elif response.mimetype == "application/json":
        call.answer = response.get_json()
    else:
        call.answer = f"{response.mimetype}, {len(response.get_data())} bytes"


def _response(result: Answer, rid: str) -> Response:
    if isinstance(result, Picture):
        return Response(result.data, content_type=result.content_type)
    if "errmsg" in result:
        result["errmsg"] = f"{result['errmsg']} rid: {rid}"
    return Response(json.dumps(result, ensure_ascii=False), content_type="application/json; charset=utf-8")
