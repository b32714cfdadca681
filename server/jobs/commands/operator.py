"""What the operator's commands share: the application without a server, and who is noted in the audit trail."""

from __future__ import annotations

import getpass
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from server.app import create_app
from server.core import logs
from server.core.ids import new_id
from server.domain.identity import Actor, ActorKind
from server.settings import Settings


@contextmanager
def application() -> Iterator[Flask]:
    """The application of this installation, with its context open. Logs go to standard error."""
    settings = Settings.from_env()
    logs.configure("WARNING")
    app = create_app(settings)
    token = logs.request_id.set(new_id().hex)
    try:
        with app.app_context():
            yield app
    finally:
        logs.request_id.reset(token)


def operator() -> Actor:
    """Whoever has a shell on the server; the audit trail gets the account's name and the machine."""
    return Actor(kind=ActorKind.SYSTEM, name=f"命令行 {getpass.getuser()}"[:64], address=socket.gethostname()[:45])
