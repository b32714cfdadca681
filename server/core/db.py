"""The database: base class, column types, and the unit of work that every write goes through.

A unit of work is one transaction. Requests and jobs open and settle them; nobody else commits. On SQLite a writing unit
begins with BEGIN IMMEDIATE: a deferred one fails at its first write under load, or forks what must be a chain.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

import flask
import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.types import TypeDecorator

from server.core import engines
from server.core.ids import new_id

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

LongText = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")


class Moment(TypeDecorator[datetime]):
    """An aware moment, kept as naive UTC to the microsecond: the one form that every database of ours keeps alike."""

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        if dialect.name in ("mysql", "mariadb"):
            return dialect.type_descriptor(mysql.DATETIME(fsp=6))
        return dialect.type_descriptor(sa.DateTime())

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Callable[[Any], Any] | None:
        # SQLite keeps text; read in one step, since a list has two of these in every row.
        return _moment_of_text if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


def _moment_of_text(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(f"{text}+00:00")


class Json(TypeDecorator[Any]):
    """A JSON value kept as text, so that every database keeps the same bytes."""

    impl = LongText
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:
        if value is None:
            return None
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Any:
        return None if value is None else json.loads(value)


class EnumText(TypeDecorator[StrEnum]):
    """A StrEnum kept as its value in at most 32 characters."""

    impl = sa.String(32)
    cache_ok = True

    def __init__(self, members: type[StrEnum]) -> None:
        self.members = members
        self._found: dict[str | None, StrEnum | None] = {None: None, **{member.value: member for member in members}}
        super().__init__()

    def process_bind_param(self, value: StrEnum | str | None, dialect: sa.Dialect) -> str | None:
        return None if value is None else str(self.members(value).value)

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> StrEnum | None:
        return self._found[value]

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Callable[[Any], Any]:
        # The same look-up without a function around it: a list has several of these in every row.
        return self._found.__getitem__


class Base(DeclarativeBase):
    """Every model's base. Strings name their length or are ``Text``; relations are loaded on purpose or not at all."""

    metadata = sa.MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: Moment,
        date: sa.Date,
        uuid.UUID: sa.Uuid,
        Decimal: sa.Numeric(14, 2),
        dict[str, Any]: Json,
        list[Any]: Json,
    }


class Keyed:
    """A UUIDv7 primary key."""

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id, sort_order=-1)


def table(model: type[Base]) -> sa.Table:
    """A model's table, for statements that ``run`` takes."""
    found = model.__table__
    assert isinstance(found, sa.Table)  # noqa: S101 - no model of ours is mapped to anything else
    return found


def enum_column(members: type[StrEnum], **kwargs: Any) -> Any:
    """A mapped column for a StrEnum: ``state: Mapped[State] = enum_column(State, default=State.OPEN)``."""
    return mapped_column(EnumText(members), **kwargs)


_bind: ContextVar[sa.Connection | None] = ContextVar("bind", default=None)
_read_only: ContextVar[bool] = ContextVar("read_only", default=False)


class UnitSession(FlaskSession):
    """The session of a unit of work; bound to one connection while a test holds its outer transaction."""

    def get_bind(self, *_: Any, **__: Any) -> sa.Engine | sa.Connection:
        # There is one database: which of several a statement is meant for need not be found out.
        return _bind.get() or db.engine


db = SQLAlchemy(
    metadata=Base.metadata,
    session_options={"class_": UnitSession, "expire_on_commit": False, "join_transaction_mode": "create_savepoint"},
)


def session() -> Session:
    """The session of the running request or job."""
    return db.session()


def run(statement: sa.Executable, values: Mapping[str, Any] | None = None) -> sa.CursorResult[Any]:
    """Run a Core statement in the unit: for those that nearly every request runs, written over tables and built once.

    Sees what the unit has changed, as ``session().execute`` does, without the ORM's part of it, which costs more than
    most statements. What comes back are rows, never objects.
    """
    unit = session()
    unit.flush()
    return unit.connection().execute(statement, values)


def hit(statement: sa.Update | sa.Delete) -> int:
    """Run an UPDATE or DELETE and say how many rows it hit: how a claim learns whether it won."""
    result = session().execute(statement.execution_options(synchronize_session=False))
    return int(result.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result is a CursorResult


@contextmanager
def bound_to(connection: sa.Connection) -> Iterator[None]:
    """Every session inside works on this connection: for tests, which throw the whole transaction away."""
    token = _bind.set(connection)
    try:
        yield
    finally:
        _bind.reset(token)


@contextmanager
def reading() -> Iterator[Session]:
    """A unit that only reads. It ends with a rollback, so it can stand before a writing one."""
    token = _read_only.set(True)
    try:
        yield db.session()
    finally:
        db.session.rollback()
        _read_only.reset(token)


@contextmanager
def unit() -> Iterator[Session]:
    """A writing unit of work: committed at its end, rolled back by an error unless the error ``keeps`` its trace."""
    token = _read_only.set(False)
    db.session.rollback()
    try:
        yield db.session()
        db.session.commit()
    except BaseException as error:
        if getattr(error, "keeps", False):
            db.session.commit()
        else:
            db.session.rollback()
        raise
    finally:
        _read_only.reset(token)


def begin_request(*, writes: bool) -> None:
    """Say before a request's first statement whether its unit may write."""
    _read_only.set(not writes)


def settle_request(*, keep: bool) -> None:
    """End the request's unit of work; nothing is to be ended if nobody asked for a session.

    One that only read and was not refused ends with the request's context, which rolls back what is left.
    """
    if not db.session.registry.has():
        return
    if not keep:
        db.session.rollback()
    elif not _read_only.get():
        db.session.commit()


@contextmanager
def aside() -> Iterator[Session]:
    """A small writing unit on its own session: for shared state of gateways, such as a WeChat token.

    Never inside a writing unit: on SQLite the two would wait for each other.
    """
    token = _read_only.set(False)
    try:
        with UnitSession(db, expire_on_commit=False, join_transaction_mode="create_savepoint") as own, own.begin():
            yield own
    finally:
        _read_only.reset(token)


@contextmanager
def glance() -> Iterator[Session]:
    """A look at shared state on its own session: the running unit neither sees it nor ends by it."""
    token = _read_only.set(True)
    try:
        with UnitSession(db, expire_on_commit=False, join_transaction_mode="create_savepoint") as own:
            yield own
    finally:
        _read_only.reset(token)


def init(app: flask.Flask, *, url: str, timeout_ms: int) -> None:
    """Connect an application to its database with the guards that each make needs."""
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engines.options(sa.make_url(url), timeout_ms)
    db.init_app(app)
    with app.app_context():
        engines.guard(db.engine, timeout_ms, only_reads=_read_only.get)
