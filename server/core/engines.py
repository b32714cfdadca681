"""What each make of database needs before it can be relied on: time-outs, pragmas, locks, and connections that live."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

# Seconds between two looks at SQLite's lock.
LOCK_STEP = (0.0005, 0.0015)
# Shorter than any restart of a database takes.
RESTED_SECONDS = 1.0


def options(url: sa.URL, timeout_ms: int) -> dict[str, Any]:
    """What ``create_engine`` is told: time-outs, the size of the pool, and the newer SQLite where there is one."""
    if url.get_backend_name() == "sqlite":
        sqlite: dict[str, Any] = {"connect_args": {"timeout": timeout_ms / 1000, "check_same_thread": False}}
        try:
            import pysqlite3  # noqa: PLC0415 - a wheel exists for some machines only
        except ImportError:
            return sqlite
        return sqlite | {"module": pysqlite3}
    common: dict[str, Any] = {"pool_timeout": 5, "pool_size": 8, "max_overflow": 4}
    if url.get_backend_name() == "postgresql":
        guards = (
            f"-c statement_timeout={timeout_ms} -c lock_timeout={timeout_ms} "
            f"-c idle_in_transaction_session_timeout={timeout_ms * 3}"
        )
        return common | {"connect_args": {"connect_timeout": 3, "options": guards}}
    return common | {"connect_args": {"connect_timeout": 3, "charset": "utf8mb4"}, "isolation_level": "READ COMMITTED"}


def guard(engine: sa.Engine, timeout_ms: int, *, only_reads: Callable[[], bool]) -> None:
    """Prepare every connection, and every beginning of a unit. ``only_reads``: whether the unit that begins writes nothing."""
    make = engine.dialect.name
    if make == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite(timeout_ms, only_reads))
        return
    event.listen(engine, "checkin", _note_rest)
    event.listen(engine, "checkout", _ping_if_rested(engine.dialect))
    if make in ("mysql", "mariadb"):
        event.listen(engine, "connect", _mysql_guard(timeout_ms))


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY", "cache_size=-16000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(timeout_ms: int, only_reads: Callable[[], bool]) -> Callable[[sa.Connection], None]:
    """How a unit begins: a reading one at once, a writing one when it has the lock that all writers share.

    SQLite itself would ask for the lock again after 1, 2, 5 and up to 100 ms, while it lies free; under load that is most
    of the time. So waiting is done here, in short steps.
    """

    def begin(connection: sa.Connection) -> None:
        # Past SQLAlchemy, which would compile and log what is always the same.
        driver: Any = connection.connection.dbapi_connection
        if only_reads():
            driver.execute("BEGIN")
            return
        driver.execute("PRAGMA busy_timeout=0")
        try:
            _take_lock(connection, driver, time.monotonic() + timeout_ms / 1000)
        finally:
            driver.execute(f"PRAGMA busy_timeout={timeout_ms}")

    return begin


def _take_lock(connection: sa.Connection, driver: Any, until: float) -> None:
    while True:
        try:
            driver.execute("BEGIN IMMEDIATE")
        except driver.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                # Once more, to be told in SQLAlchemy's words.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                return
            time.sleep(random.uniform(*LOCK_STEP))  # noqa: S311 - spreads the waiting, protects nothing
        else:
            return


def _note_rest(_connection: Any, record: Any) -> None:
    record.info["resting_since"] = time.monotonic()


def _ping_if_rested(dialect: sa.Dialect) -> Any:
    """Ask a connection whether it is still there, unless it was at work a moment ago: each question is a round trip."""

    def ping(connection: Any, record: Any, _fairy: Any) -> None:
        since = record.info.get("resting_since")
        if since is None or time.monotonic() - since < RESTED_SECONDS:
            return
        try:
            alive = dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as error:
            if not dialect.is_disconnect(error, connection, None):
                raise
            alive = False
        if not alive:
            # The others of the pool will not have fared better.
            raise sa.exc.InvalidatePoolError

    return ping


def _mysql_guard(timeout_ms: int) -> Any:
    def prepare(connection: Any, _record: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET SESSION innodb_lock_wait_timeout={max(timeout_ms // 1000, 1)}, time_zone='+00:00'")

    return prepare
