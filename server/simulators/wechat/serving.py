"""The threaded loopback server; it survives the connections that faults cut."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

HOST = "127.0.0.1"


class Handler(WSGIRequestHandler):
    """Says nothing for each request and gives up on a connection that is gone."""

    def connection_dropped(self, error: BaseException, environ: dict[str, Any] | None = None) -> None:
        """Without this the next read would be tried on a closed socket."""
        self.close_connection = True
        super().connection_dropped(error, environ)

    def send_response(self, code: int, message: str | None = None) -> None:
        """The application dates its answers, by its own clock."""
        self.send_response_only(code, message)
        self.send_header("Server", "wechat-simulator")

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """The call log is the record."""


def server_for(app: Flask, port: int = 0) -> BaseWSGIServer:
    """Bound to loopback and listening; ``server.port`` is the port, also when 0 was asked."""
    return make_server(HOST, port, app, threaded=True, request_handler=Handler)


def url_of(server: BaseWSGIServer) -> str:
    """Without a slash at the end."""
    return f"http://{HOST}:{server.port}"


@contextmanager
def running(app: Flask, port: int = 0) -> Iterator[str]:
    """Serve in a background thread; gives the URL."""
    server = server_for(app, port)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield url_of(server)
    finally:
        app.extensions["wechat_world"].stop()
        server.shutdown()
        thread.join(timeout=10)
        server.server_close()
