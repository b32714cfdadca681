"""Counters that any request may move: kept in memory, written together every few seconds (docs/adr/0013).

    class Launch(Base): ...                     # a primary key of the counted names, one column a count
    launches = Tally(Launch, keys=("day", "environment", "version"), counts=("launches",), folds=("version",))
    launches.add((today, environment, version), launches=1)

``add`` touches neither disk nor database. A key that would be one too many, in memory or in the table, is folded: its
``folds`` become OTHER, and what it counted is counted there. What a process holds is written by a thread of its own, by
``flush``, and when the process ends; a killed one (SIGKILL, power) loses its last seconds.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
from collections import defaultdict
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Session

from server.core.db import aside

log = logging.getLogger(__name__)

OTHER = "other"

Key = tuple[Any, ...]
Held = dict[Key, dict[str, int]]


@dataclass
class _House:
    """What this process was told, and the thread that will flush next."""

    every: float = 0.0
    most: int = 5_000
    context: Callable[[], AbstractContextManager[Any]] | None = None
    waiting: bool = False


_house = _House()
_tallies: list[Tally] = []
_sources: list[Callable[[], None]] = []
# Flushes of one process go one after another: two would only wait for each other's rows.
_flushing = threading.Lock()


class Tally:
    """Counts of one table, by its primary key.

    ``keys`` are the columns of the key and ``counts`` those that are added to. ``folds`` are the text columns that may
    come from outside; the others must be of a small set that callers cannot widen. ``within`` are the columns of one
    group: no group has more than the installation's ``tally_keys`` rows, folded ones aside.
    """

    def __init__(
        self,
        model: type[DeclarativeBase],
        *,
        keys: tuple[str, ...],
        counts: tuple[str, ...],
        folds: tuple[str, ...],
        within: tuple[str, ...] = ("day",),
    ) -> None:
        table = model.__table__
        assert isinstance(table, sa.Table)  # noqa: S101 - no model of ours is mapped to anything else
        self.table, self.keys, self.counts = table, keys, counts
        self.lost = 0
        self._folds = frozenset(keys.index(name) for name in folds)
        self._within = tuple(keys.index(name) for name in within)
        self._lengths = {
            at: length for at, name in enumerate(keys) if (length := getattr(table.c[name].type, "length", None))
        }
        self.begin_anew()
        _tallies.append(self)

    def add(self, key: Key, /, **counts: int) -> None:
        """Count: ``key`` in the order of ``keys``; without ``counts``, one of the first. For every thread, no I/O."""
        with self._lock:
            row = self._held.get(key) or self._row(key)
            if not counts:
                row[self.counts[0]] += 1
            for name, amount in counts.items():
                row[name] += amount

    def begin_anew(self) -> None:
        """Hold nothing: what a forked process does, since its parent will write what was held."""
        self._lock = threading.Lock()
        self._held: Held = {}
        self._written: set[Key] = set()

    def held(self) -> int:
        """How many keys wait to be written."""
        return len(self._held)

    def write(self) -> int:
        """Write what is held, in a unit of its own; how many rows. What cannot be written is held on."""
        with self._lock:
            taken, self._held = self._held, {}
        if not taken:
            return 0
        try:
            with aside() as own:
                rows = self._fitting(own, taken)
                own.execute(self._upsert(own), [self._spelt(key, rows[key]) for key in sorted(rows)])
        except SQLAlchemyError as error:
            log.warning("counts of %s wait: %s", self.table.name, error)
            self._take_back(taken)
            return 0
        except BaseException:
            self._take_back(taken)
            raise
        if len(self._written) > 2 * _house.most:
            self._written.clear()
        self._written.update(rows)
        return len(rows)

    def _row(self, key: Key) -> dict[str, int]:
        """A new key's counts; the lock is held."""
        if len(self._held) >= _house.most:
            key = self._folded(key)
            if key in self._held:
                return self._held[key]
            if len(self._held) >= 2 * _house.most:
                # Only a caller who widens what must not be folded comes here; memory is worth more than his counts.
                self.lost += 1
                return dict.fromkeys(self.counts, 0)
        row = self._held[key] = dict.fromkeys(self.counts, 0)
        if not _house.waiting:
            _flush_soon()
        return row

    def _folded(self, key: Key) -> Key:
        return tuple(OTHER if at in self._folds else part for at, part in enumerate(key))

    def _take_back(self, taken: Held) -> None:
        for key, counts in taken.items():
            self.add(key, **counts)

    def _fitting(self, own: Session, taken: Held) -> Held:
        """What was taken, as it can be written: texts cut to their columns, groups kept to their size."""
        rows: Held = {}
        for key, counts in taken.items():
            _join(rows, self._storable(key), counts)
        new: dict[Key, list[Key]] = defaultdict(list)
        for key in rows:
            if key not in self._written:
                new[tuple(key[at] for at in self._within)].append(key)
        for group, keys in new.items():
            for key in self._too_many(own, group, keys):
                _join(rows, self._folded(key), rows.pop(key))
        return rows

    def _too_many(self, own: Session, group: Key, keys: list[Key]) -> list[Key]:
        """Those of a group's keys for which its table has no room and no row."""
        columns = [self.table.c[name] for name in self.keys]
        here = [columns[at] == part for at, part in zip(self._within, group, strict=True)]
        room = _house.most - (own.scalar(sa.select(sa.func.count()).select_from(self.table).where(*here)) or 0)
        if room >= len(keys):
            return []
        there = {tuple(row) for row in own.execute(sa.select(*columns).where(*here))}
        strange = sorted(key for key in keys if key not in there and key != self._folded(key))
        return strange[max(room, 0) :]

    def _storable(self, key: Key) -> Key:
        """The key as every database takes it: one that cannot be written would hold up all others."""
        if not self._lengths:
            return key
        return tuple(
            part.replace("\0", "").encode("utf-8", "replace").decode()[: self._lengths[at]]
            if at in self._lengths and type(part) is str
            else part
            for at, part in enumerate(key)
        )

    def _spelt(self, key: Key, counts: dict[str, int]) -> dict[str, Any]:
        return dict(zip(self.keys, key, strict=True)) | counts

    def _upsert(self, own: Session) -> sa.Insert:
        """Insert, or add to what is there, in the words of this make."""
        make = own.get_bind().dialect.name
        if make in ("mysql", "mariadb"):
            into = mysql.insert(self.table)
            return into.on_duplicate_key_update(
                {name: self.table.c[name] + into.inserted[name] for name in self.counts}
            )
        kind: Any = sqlite.insert if make == "sqlite" else postgresql.insert
        insert = kind(self.table)
        added = {name: self.table.c[name] + insert.excluded[name] for name in self.counts}
        upsert: sa.Insert = insert.on_conflict_do_update(index_elements=list(self.keys), set_=added)
        return upsert


def configure(*, every: float, most: int, context: Callable[[], AbstractContextManager[Any]]) -> None:
    """Say how this process writes: seconds between two flushes (0: only when asked), rows a group, and the application
    context that the writing stands in."""
    _house.every, _house.most, _house.context = every, most, context


def before_flush(source: Callable[[], None]) -> None:
    """Have who gathers on his own give his counts to the tallies before each flush; ``flush_soon`` says that there are some."""
    _sources.append(source)


def flush_soon() -> None:
    """Have a flush come after the usual wait, unless one is on its way."""
    if not _house.waiting:
        _flush_soon()


def flush() -> int:
    """Write what all tallies of this process hold, sorted, one unit a tally; how many rows.

    Never inside a writing unit: on SQLite the two would wait for each other. Trouble with the database is logged, not
    raised, and the counts stay.
    """
    with _flushing:
        _gather()
        return sum(tally.write() for tally in _tallies)


def flush_at_end() -> None:
    """The last flush of a process."""
    _gather()
    if _house.context is not None and any(tally.held() for tally in _tallies):
        with _house.context():
            flush()


def forget() -> None:
    """Throw away what is held: for a forked process, and for tests, whose rows are thrown away as well."""
    _gather()
    for tally in _tallies:
        tally.begin_anew()


def _gather() -> None:
    for source in _sources:
        source()


def _flush_soon() -> None:
    if _house.every <= 0 or _house.context is None:
        return
    thread = threading.Timer(_house.every, _flush_now)
    thread.daemon = True
    _house.waiting = True
    try:
        thread.start()
    except RuntimeError:
        # No thread to be had, now; the next new key asks again.
        _house.waiting = False


def _flush_now() -> None:
    # Before the writing: what it gives back, and what is new meanwhile, asks for the next one.
    _house.waiting = False
    flush_at_end()


def _join(rows: Held, key: Key, counts: dict[str, int]) -> None:
    row = rows.setdefault(key, dict.fromkeys(counts, 0))
    for name, amount in counts.items():
        row[name] += amount


def _after_fork() -> None:
    global _flushing  # noqa: PLW0603 - a lock that another thread held at the fork would never be released
    _flushing = threading.Lock()
    _house.waiting = False
    for tally in _tallies:
        tally.begin_anew()
    forget()


os.register_at_fork(after_in_child=_after_fork)
atexit.register(flush_at_end)
