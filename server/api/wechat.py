"""Where WeChat calls us: the proof that the address is ours, and its pushes, stored within the second it waits.

The third-party platform has two more addresses: one for its tickets and authorisations, one for what happens to the
mini program that authorised it (in WeChat's form: ``/api/wechat/platform/$APPID$``).

Not part of /api/v1: WeChat has its own form. Whatever is wrong with a push, the sender learns nothing but 403.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from flask import Blueprint, Response, request

from server.domain import notices
from server.domain.notices import ReplayedPush
from server.gateways import wechat
from server.gateways.wechat import BadPush, Push

log = logging.getLogger(__name__)
blueprint = Blueprint("wechat", __name__, url_prefix="/api/wechat")

MOST_BYTES = 64 * 1024
CHUNK = 16 * 1024


@blueprint.get("/callback")
def verify() -> Response:
    """Prove to WeChat that this address is the mini program's."""
    try:
        return _plain(wechat.verify_address(request.args))
    except BadPush as error:
        return _refused(error)


@blueprint.post("/callback")
def push() -> Response:
    """Store a push and say ``success``; a push that is stored already is a success too."""
    return _received(lambda: wechat.read_push(request.args, _body()))


@blueprint.post("/platform/events")
def platform_event() -> Response:
    """Store a ticket or an authorisation of the third-party platform."""
    return _received(lambda: wechat.read_platform_push(request.args, _body()))


@blueprint.post("/platform/<string(length=18):appid>")
def authorised_event(appid: str) -> Response:
    """Store what the platform is told about our mini program, such as the verdict on a version."""
    return _received(lambda: wechat.read_platform_push(request.args, _body(), appid=appid))


def _received(read: Callable[[], Push]) -> Response:
    try:
        told = read()
        new = notices.receive_push(told.dedupe_key, told.kind, told.body, nonce_mark=told.nonce_mark)
    except (BadPush, ReplayedPush) as error:
        return _refused(error)
    log.info("push received", extra={"kind": told.kind, "new": new})
    return _plain("success")


def _body() -> bytes:
    """The body, read piece by piece: a chunked one names no length, and one that is too long is not read to its end."""
    found = bytearray()
    while len(found) <= MOST_BYTES and (piece := request.stream.read(CHUNK)):
        found += piece
    return bytes(found)


def _plain(text: str) -> Response:
    return Response(text, content_type="text/plain; charset=utf-8")


def _refused(error: Exception) -> Response:
    """The reason goes to the log only; 403 rolls the unit back."""
    log.warning("push refused", extra={"reason": str(error), "address": request.remote_addr})
    return Response(status=403, content_type="text/plain; charset=utf-8")
