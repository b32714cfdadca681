"""Databases for tests: a fresh one of each make that this machine can run."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

MAKES = ("sqlite", "postgresql", "mariadb")
POSTGRESQL = os.environ.get("TEST_POSTGRESQL_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
MARIADB = os.environ.get("TEST_MARIADB_URL", "mysql+pymysql://root@127.0.0.1:3306/mysql?charset=utf8mb4")


@dataclass(frozen=True, slots=True)
class Database:
    """One database: its make and its URL."""

    make: str
    url: str


def chosen_databases() -> list[str]:
    """The makes that tests run on: ``SHIJIAN_TEST_DATABASES``, by default SQLite alone."""
    wanted = os.environ.get("SHIJIAN_TEST_DATABASES", "sqlite")
    if wanted == "available":
        return [make for make in MAKES if available(make)]
    return [make.strip() for make in wanted.split(",")]


def available(make: str) -> bool:
    """Whether a server of this make answers."""
    if make == "sqlite":
        return True
    engine = sa.create_engine(_admin_url(make), connect_args={"connect_timeout": 2})
    try:
        with engine.connect():
            return True
    except sa.exc.OperationalError:
        return False
    finally:
        engine.dispose()


@contextmanager
def fresh_database(make: str, folder: Path) -> Iterator[Database]:
    """An empty database of a make, gone afterwards."""
    if make == "sqlite":
        yield Database(make, f"sqlite:///{folder / 'test.db'}")
        return
    name = f"shijian_test_{os.getpid()}_{secrets.token_hex(4)}"
    admin = sa.create_engine(_admin_url(make), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        options = " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin" if make == "mariadb" else ""
        connection.exec_driver_sql(f"CREATE DATABASE {name}{options}")
    try:
        url = sa.make_url(_admin_url(make)).set(database=name)
        yield Database(make, url.render_as_string(hide_password=False))
    finally:
        with admin.connect() as connection:
            force = " WITH (FORCE)" if make == "postgresql" else ""
            connection.exec_driver_sql(f"DROP DATABASE {name}{force}")
        admin.dispose()


def drop_audit_triggers(connection: sa.Connection) -> None:
    """What an administrator of the database could do, and the chain has to show."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("DROP FUNCTION audit_entries_refuse() CASCADE")
        return
    connection.exec_driver_sql("DROP TRIGGER audit_entries_keep")
    connection.exec_driver_sql("DROP TRIGGER audit_entries_freeze")


def _admin_url(make: str) -> str:
    return POSTGRESQL if make == "postgresql" else MARIADB
