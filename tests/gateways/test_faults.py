"""Our own faults leave the house without personal data, over the real SDK to a loopback sink."""

from __future__ import annotations

import gzip
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import sentry_sdk

from server.core.errors import Conflict
from server.gateways import faults


@pytest.fixture
def sink():
    """A loopback server that keeps what a Sentry SDK sends; gives its address and the kept bodies."""
    kept = []

    class Sink(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.append(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Sink)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://key@127.0.0.1:{server.server_port}/1", kept
    sentry_sdk.flush(5)
    sentry_sdk.get_client().close()
    sentry_sdk.init()
    server.shutdown()
    thread.join()
    server.server_close()


# Spelled so that the source lines which an event quotes do not hold them.
PHONE, OPENID, ADDRESS = f"138{12345678}", f"openid-of-{'wang'}", f"10.{1}.2.3"


def send(error: Exception) -> None:
    phone = PHONE
    try:
        raise error
    except type(error):
        sentry_sdk.set_user({"id": OPENID, "ip_address": ADDRESS})
        sentry_sdk.capture_exception()
    assert phone
    sentry_sdk.flush(5)


def test_a_fault_is_told_without_anybody_in_it(sink):
    dsn, kept = sink
    faults.install(dsn, release="0.1.0", environment="test")
    send(RuntimeError(f"call {PHONE} with access_token=abcdefgh12345"))
    events = [line for body in kept for line in body.splitlines() if b'"exception"' in line]
    assert len(events) == 1
    event = json.loads(events[0])
    assert event["exception"]["values"][0]["value"] == "call 138****5678 with access_token=***"
    told = events[0].decode()
    assert not any(secret in told for secret in (PHONE, OPENID, ADDRESS, '"vars"'))


def test_an_expected_refusal_stays_here(sink):
    dsn, kept = sink
    faults.install(dsn, release="0.1.0", environment="test")
    send(Conflict("已经评价过"))
    assert not any(b'"exception"' in body for body in kept)
