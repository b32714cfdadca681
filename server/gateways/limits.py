"""Rate limits that all workers share: counters in Redis, or in a small SQLite file of the data directory.

The engine is ``limits`` (fixed windows). A store that is away never takes a page down: counting goes on in the
process's own memory for a few seconds before the store is tried again.
"""

from __future__ import annotations

import fcntl
import logging
import os
import threading
from functools import lru_cache
from math import ceil
from pathlib import Path
from typing import Any

import limits
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import FixedWindowRateLimiter

from server.core import clock
from server.core.ids import digest

try:
    import pysqlite3 as sqlite3
except ImportError:  # a wheel exists for some machines only
    import sqlite3

log = logging.getLogger(__name__)

FILE = "limits.db"
SWEEP_EVERY = 1000
BUSY_MS = 250
AWAY_SECONDS = 5
MOST_CALLERS = 100_000


class SqliteStorage(Storage):
    """Counters in one SQLite file, for the workers of one machine.

    Nothing here is worth a disk flush: ``synchronous`` is off, and a lost file only means that windows start anew.
    """

    STORAGE_SCHEME = None

    def __init__(self, path: Path) -> None:
        super().__init__(None, wrap_exceptions=False)
        self.path = path
        self._local = threading.local()
        self._hits = 0

    @property
    def base_exceptions(self) -> type[Exception]:
        """What the store's trouble looks like."""
        error: type[Exception] = sqlite3.Error
        return error

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count, and start the window if none runs; one statement, so that no two workers see the same number."""
        now = clock.now().timestamp()
        row = self._execute(
            "INSERT INTO counters (key, hits, expires_at) VALUES (?1, ?2, ?3) ON CONFLICT (key) DO UPDATE SET"
            " hits = CASE WHEN expires_at <= ?4 THEN ?2 ELSE hits + ?2 END,"
            " expires_at = CASE WHEN expires_at <= ?4 THEN ?3 ELSE expires_at END RETURNING hits",
            (key, amount, now + expiry, now),
        ).fetchone()
        self._hits += 1
        if self._hits % SWEEP_EVERY == 0:
            self._execute("DELETE FROM counters WHERE expires_at <= ?", (now,))
        return int(row[0])

    def get(self, key: str) -> int:
        """How much was counted in the running window."""
        row = self._row(key)
        return int(row[0]) if row else 0

    def get_expiry(self, key: str) -> float:
        """When the running window ends, in seconds since the epoch; now, if none runs."""
        row = self._row(key)
        return float(row[1]) if row else clock.now().timestamp()

    def check(self) -> bool:
        """Whether the file can be written."""
        return self.incr("check", 1) > 0

    def reset(self) -> int | None:
        """Forget every counter."""
        return int(self._execute("DELETE FROM counters").rowcount)

    def clear(self, key: str) -> None:
        """Forget one counter."""
        self._execute("DELETE FROM counters WHERE key = ?", (key,))

    def _row(self, key: str) -> Any:
        now = clock.now().timestamp()
        query = "SELECT hits, expires_at FROM counters WHERE key = ? AND expires_at > ?"
        return self._execute(query, (key, now)).fetchone()

    def _execute(self, statement: str, values: tuple[Any, ...] = ()) -> Any:
        return self._connection().execute(statement, values)

    def _connection(self) -> Any:
        # A connection belongs to one thread of one process: gunicorn forks after the application was made.
        if getattr(self._local, "pid", None) != os.getpid():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # SQLite waits for nobody when a new file is switched to WAL: of two at once one would count for itself.
            with self.path.with_suffix(".lock").open("a") as door:
                fcntl.flock(door, fcntl.LOCK_EX)
                made = self._opened()
            self._local.connection, self._local.pid = made, os.getpid()
        return self._local.connection

    def _opened(self) -> Any:
        made = sqlite3.connect(self.path, timeout=BUSY_MS / 1000, isolation_level=None)
        made.execute("PRAGMA journal_mode=WAL")
        made.execute("PRAGMA synchronous=OFF")
        made.execute(
            "CREATE TABLE IF NOT EXISTS counters"
            " (key TEXT PRIMARY KEY, hits INTEGER NOT NULL, expires_at REAL NOT NULL) WITHOUT ROWID"
        )
        return made


class Limiter:
    """Counts against rules such as ``20/minute``; several rules are separated by a semicolon."""

    def __init__(self, store: Storage) -> None:
        self._shared = FixedWindowRateLimiter(store)
        self._own = FixedWindowRateLimiter(MemoryStorage())
        self._away_until = 0.0

    def hit(self, rules: str, *key: str, cost: int = 1) -> int:
        """Count uses. 0 if they are within the rules, else the seconds after which it may be tried again."""
        return max((self._count(rule, key, cost) for rule in _parsed(rules)), default=0)

    def _count(self, rule: limits.RateLimitItem, key: tuple[str, ...], cost: int) -> int:
        now = clock.now().timestamp()
        if now >= self._away_until:
            try:
                return _hit(self._shared, rule, key, cost)
            except Exception as error:
                # A store that hangs would otherwise make every request wait for its time-out.
                self._away_until = now + AWAY_SECONDS
                log.warning("the store of rate limits is away; each worker counts for itself", exc_info=error)
        return _hit(self._own, rule, key, cost)


class BlockLimiter:
    """The same for what is called too often to ask the shared store each time: uses are counted there by the block.

    Until a caller has used up a block in this process nobody else knows of it, so with ``n`` processes a window lets at
    most ``n`` blocks more pass than the rule says. A block is a hundredth of what the rule allows.
    """

    def __init__(self, shared: Limiter, rule: str, name: str) -> None:
        (parsed,) = _parsed(rule)
        self._shared, self._rule, self._name = shared, rule, name
        self._window = parsed.get_expiry()
        self._block = max(parsed.amount // 100, 1)
        self._ends = 0.0
        self._used: dict[str, int] = {}
        self._stopped: dict[str, float] = {}

    def hit(self, key: str) -> int:
        """Count one use. 0 if it is within the rule, else the seconds after which it may be tried again.

        ``key`` may be an address: outside this process it is known by its digest.
        """
        now = clock.now().timestamp()
        if now >= self._ends or len(self._used) >= MOST_CALLERS:
            self._used, self._ends = {}, now + self._window
        if self._stopped:
            again = self._stopped.get(key, 0.0)
            if now < again:
                return ceil(again - now)
        used = self._used.get(key, 0) + 1
        if used < self._block:
            self._used[key] = used
            return 0
        self._used[key] = 0
        wait = self._shared.hit(self._rule, self._name, digest(key), cost=self._block)
        if wait:
            self._stopped = {name: until for name, until in self._stopped.items() if until > now} | {key: now + wait}
        return wait


def open_limiter(*, redis_url: str, data_dir: Path) -> Limiter:
    """The limiter of an installation: on Redis if it has one, else on a file under its data directory."""
    if redis_url:
        store = storage_from_string(redis_url, socket_timeout=0.5, socket_connect_timeout=0.5)
        if not isinstance(store, Storage):
            raise TypeError("the limiter's store must not be asynchronous")
        return Limiter(store)
    return Limiter(SqliteStorage(data_dir / FILE))


@lru_cache(maxsize=256)
def _parsed(rules: str) -> list[limits.RateLimitItem]:
    return limits.parse_many(rules)


def _hit(engine: FixedWindowRateLimiter, rule: limits.RateLimitItem, key: tuple[str, ...], cost: int) -> int:
    if engine.hit(rule, *key, cost=cost):
        return 0
    reset, _remaining = engine.get_window_stats(rule, *key)
    return max(ceil(reset - clock.now().timestamp()), 1)
