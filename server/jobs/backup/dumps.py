"""Dumping and loading each make of database with its own tools, while the service goes on working."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import closing
from pathlib import Path
from types import ModuleType

import sqlalchemy as sa

from server.core.errors import Unavailable

BUSY_SECONDS = 30


class ToolFailed(Unavailable):
    """The database's own tool is missing, or said no."""

    code = "backup_tool_failed"
    message = "数据库备份工具未能完成。"


def part_of(url: sa.URL) -> str:
    """The name of a make's dump."""
    names = {"sqlite": "database.sqlite", "postgresql": "database.pgdump"}
    return names.get(url.get_backend_name(), "database.sql")


def dump(url: sa.URL, target: Path) -> None:
    """Write a consistent copy of the database."""
    make = url.get_backend_name()
    if make == "sqlite":
        _copy_sqlite(Path(url.database or ""), target)
    elif make == "postgresql":
        _run(["pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}", *_pg(url)], url)
    else:
        options = ["--single-transaction", "--skip-lock-tables", "--hex-blob", "--default-character-set=utf8mb4"]
        _run([_tool("mariadb-dump", "mysqldump"), *options, f"--result-file={target}", *_mysql(url)], url)


def load(url: sa.URL, source: Path) -> None:
    """Fill an empty database from a dump."""
    make = url.get_backend_name()
    if make == "sqlite":
        target = Path(url.database or "")
        target.parent.mkdir(parents=True, exist_ok=True)
        for leftover in (f"{target}-wal", f"{target}-shm"):
            Path(leftover).unlink(missing_ok=True)
        shutil.copyfile(source, target)
    elif make == "postgresql":
        options = ["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error"]
        _run(["pg_restore", *options, *_pg(url, "--dbname"), str(source)], url)
    else:
        with source.open("rb") as text:
            _run([_tool("mariadb", "mysql"), "--default-character-set=utf8mb4", *_mysql(url)], url, text)


def _copy_sqlite(source: Path, target: Path) -> None:
    """SQLite's online backup: the copy holds everything that was committed, which a copied file would not."""
    sqlite3 = _sqlite()
    with (
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=BUSY_SECONDS)) as live,
        closing(sqlite3.connect(target)) as copy,
    ):
        live.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
        found = copy.execute("PRAGMA integrity_check").fetchone()[0]
    if found != "ok":
        raise ToolFailed(f"数据库完整性检查未通过：{found}")


def _sqlite() -> ModuleType:
    try:
        import pysqlite3  # noqa: PLC0415 - a wheel exists for some machines only
    except ImportError:
        import sqlite3  # noqa: PLC0415 - the fallback

        return sqlite3
    found: ModuleType = pysqlite3
    return found


def _pg(url: sa.URL, name: str = "--dbname") -> list[str]:
    return [
        f"--host={url.host or '127.0.0.1'}",
        f"--port={url.port or 5432}",
        f"--username={url.username or 'postgres'}",
        f"{name}={url.database}",
    ]


def _mysql(url: sa.URL) -> list[str]:
    place = [f"--host={url.host or '127.0.0.1'}", f"--port={url.port or 3306}", f"--user={url.username or 'root'}"]
    return [*place, str(url.database)]


def _tool(*names: str) -> str:
    return next((name for name in names if shutil.which(name)), names[0])


def _run(command: list[str], url: sa.URL, source: object = subprocess.DEVNULL) -> None:
    """Run a tool; the password goes by the environment, where other users of the machine cannot read it."""
    password = str(url.password) if url.password else ""
    environ = os.environ | {"PGPASSWORD": password, "MYSQL_PWD": password}
    try:
        done = subprocess.run(  # noqa: S603 - fixed tools, arguments from our settings
            command, env=environ, stdin=source, capture_output=True, text=True, check=False
        )  # type: ignore[call-overload]  # a file or DEVNULL
    except FileNotFoundError:
        raise ToolFailed(f"缺少工具 {command[0]}") from None
    if done.returncode != 0:
        raise ToolFailed(f"{command[0]}：{done.stderr.strip()[-500:]}")
