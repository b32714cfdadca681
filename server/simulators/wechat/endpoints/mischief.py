"""What a fault does to a call on the wire."""

import json
import os
import socket
import struct

from flask import Response, request

from server.simulators.wechat.errors import WxError
from server.simulators.wechat.rules.faults import Fault
from server.simulators.wechat.world import World

INSTEAD = frozenset({"errcode", "busy", "stall", "reset", "bad_gateway", "html"})
"""Effects that take the answer's place. With ``"done": true`` the call is carried out first and only its answer lost."""

STALL_SECONDS = 60.0
PAGE = "<html><head><title>{title}</title></head><body><h1>{title}</h1><hr>nginx</body></html>"


def instead(fault: Fault, rid: str) -> Response:
    """The answer that takes the true one's place."""
    if fault.effect in {"errcode", "busy"}:
        code = -1 if fault.effect == "busy" else int(fault.options.get("code", -1))
        message = str(fault.options.get("msg", WxError(code).message))
        body = json.dumps({"errcode": code, "errmsg": f"{message} rid: {rid}"})
        return Response(body, content_type="application/json; charset=utf-8")
    if fault.effect == "bad_gateway":
        return Response(PAGE.format(title="502 Bad Gateway"), 502, content_type="text/html")
    if fault.effect == "html":
        return Response(PAGE.format(title="Notice"), content_type="text/html")
    return Response(status=500)


def leave(world: World, fault: Fault, response: Response) -> Response:
    """Spoil the answer on its way out; a reset or stall never returns."""
    if fault.effect == "stall":
        world.over.wait(float(fault.options.get("seconds", STALL_SECONDS)))
        hang_up()
    if fault.effect == "reset":
        hang_up()
    if fault.effect in {"truncated_json", "cut_body"}:
        whole = response.get_data()
        response.set_data(whole[: len(whole) // 2])
        if fault.effect == "cut_body":
            response.headers["Content-Length"] = str(len(whole))
    elif fault.effect == "bom":
        response.set_data(b"\xef\xbb\xbf" + response.get_data())
    elif fault.effect == "invalid_utf8":
        response.set_data(response.get_data().replace(b'"', b'"\xff\xfe', 1))
    return response


def hang_up() -> None:
    """Close the connection with a TCP reset; under a test client, which has none, only the error is raised."""
    connection = request.environ.get("werkzeug.socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(connection.detach())
    raise ConnectionResetError("the simulator hung up")
