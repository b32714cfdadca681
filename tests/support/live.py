"""The service on a real loopback port in this process, on a database of its own, so that WeChat's simulator can call it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from server.app import Service, create_app
from server.core.db import Base, db
from tests.conftest import make_settings
from tests.support.databases import Database


class Quiet(WSGIRequestHandler):
    """Says nothing about requests: the service's own log does."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Keep still."""


@contextmanager
def live_service(database: Database, folder: Path, **settings: Any) -> Iterator[tuple[Service, str]]:
    """The application and its address; the calling thread stands in an application context meanwhile."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        app = create_app(make_settings(folder, database_url=database.url, base_url=url, **settings))
        with app.app_context():
            Base.metadata.create_all(db.engine)
            server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet, fd=listener.fileno())
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
            thread.start()
            try:
                yield app, url
            finally:
                server.shutdown()
                thread.join(10)
                server.server_close()
                db.session.remove()
                db.engine.dispose()
