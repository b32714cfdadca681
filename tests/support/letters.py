"""A letter box on loopback: takes whatever is posted to it and answers ``success``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit


class Letters(list[tuple[str, dict[str, str], bytes]]):
    """Path, query and body of each letter, in the order in which they came."""

    url: str = ""


@contextmanager
def letter_box() -> Iterator[Letters]:
    """An open box; ``url`` is its address."""
    letters = Letters()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers["Content-Length"]))
            letters.append((parts.path, dict(parse_qsl(parts.query)), body))
            self.send_response(200)
            self.send_header("Content-Length", "7")
            self.end_headers()
            self.wfile.write(b"success")

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    letters.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield letters
    finally:
        server.shutdown()
        thread.join(timeout=5)
        server.server_close()
