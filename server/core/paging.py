"""Keyset pages: a list is read on from where the reader stopped, whatever was added or removed meanwhile.

A cursor is opaque: the last row's values of the order, with a keyed digest that binds them to this order, so that a
reader can neither make one up nor carry it to another list.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from server.core import crypto
from server.core.db import run, session
from server.core.errors import Invalid

LARGEST = 100
USUAL = 20
SEAL_CHARS = 24

T = TypeVar("T")
# Mapped columns, plain or ``.desc()``; mypy finds no common type for a list of both.
Order = Sequence[Any]


class BadCursor(Invalid):
    """A cursor that we did not give, or not for this list."""

    code = "bad_cursor"
    message = "翻页位置已失效，请从第一页重新查看。"


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page: its rows, and the cursor of the next one (None at the end)."""

    items: Sequence[T]
    next: str | None


def page_of(query: sa.Select[tuple[T]], order: Order, *, cursor: str | None = None, size: int = USUAL) -> Page[T]:
    """One page of a query for whole rows of one model.

    ``order`` names columns of that model, each plain or ``.desc()``, none of them nullable, the last one unique:
    ``page_of(query, [Ticket.received_at.desc(), Ticket.id.desc()], cursor=cursor)``.
    """
    steps = [_step(each) for each in order]
    if cursor:
        query = query.where(_beyond(steps, _opened(cursor, _place(steps), len(steps))))
    size = _within(size)
    return _page(
        session().scalars(query.order_by(*order).limit(size + 1)).all(),
        size,
        [column.key for column, _ in steps],
        _place(steps),
    )


class Listing:
    """A list that is read all the time: plain rows instead of objects, from SELECTs that are built once.

    ``query`` selects columns of tables, those of ``order`` (as for ``page_of``) among them, with bind parameters for
    what differs from reader to reader.
    """

    def __init__(self, query: sa.Select[Any], order: Order) -> None:
        self._steps = [_step(each) for each in order]
        self._place = _place(self._steps)
        places = [sa.bindparam(f"beyond_{column.key}", type_=column.type) for column, _ in self._steps]
        self._first = query.order_by(*order).limit(sa.bindparam("most", type_=sa.Integer))
        self._further = self._first.where(_beyond(self._steps, places))

    def page(self, values: Mapping[str, Any], *, cursor: str | None = None, size: int = USUAL) -> Page[sa.Row[Any]]:
        """One page, with the values of the query's parameters."""
        size = _within(size)
        given = {**values, "most": size + 1}
        if cursor:
            beyond = zip(self._steps, _opened(cursor, self._place, len(self._steps)), strict=True)
            given |= {f"beyond_{column.key}": value for (column, _), value in beyond}
        return _page(
            run(self._further if cursor else self._first, given).all(),
            size,
            [column.key for column, _ in self._steps],
            self._place,
        )


def _within(size: int) -> int:
    return max(1, min(size, LARGEST))


def _page(rows: Sequence[T], size: int, keys: Sequence[str], place: str) -> Page[T]:
    """The page of one row more than it may show."""
    if len(rows) <= size:
        return Page(rows, None)
    return Page(rows[:size], _sealed([getattr(rows[size - 1], key) for key in keys], place))


def _place(steps: Sequence[tuple[Any, bool]]) -> str:
    """The order's name, by which a cursor is bound to it."""
    return ",".join(
        f"{column.expression.table.name}.{column.key} {'desc' if down else 'asc'}" for column, down in steps
    )


def _step(each: InstrumentedAttribute[Any] | sa.UnaryExpression[Any]) -> tuple[Any, bool]:
    """A column of the order, and whether it goes down."""
    if isinstance(each, sa.UnaryExpression):
        return _attribute(each.element), each.modifier is sa.sql.operators.desc_op
    return each, False


def _attribute(element: Any) -> Any:
    """The column inside ``.desc()``: a table's own, or a mapped one, which SQLAlchemy hands back annotated."""
    if "proxy_key" not in element._annotations:
        return element
    return getattr(element._annotations["parententity"].class_, element._annotations["proxy_key"])


def _beyond(steps: Sequence[tuple[Any, bool]], values: Sequence[Any]) -> sa.ColumnElement[bool]:
    """Rows after a row: (a, b) > (x, y) spelled out, since columns may go different ways."""
    ways = []
    for index, (column, down) in enumerate(steps):
        same = [steps[before][0] == values[before] for before in range(index)]
        further = column < values[index] if down else column > values[index]
        ways.append(sa.and_(*same, further))
    return sa.or_(*ways)


_KINDS: dict[str, Any] = {
    "t": (datetime, datetime.isoformat, datetime.fromisoformat),
    "d": (date, date.isoformat, date.fromisoformat),
    "u": (uuid.UUID, str, uuid.UUID),
    "n": (Decimal, str, Decimal),
    "i": (int, str, int),
    "s": (str, str, str),
}


def _sealed(values: Sequence[Any], place: str) -> str:
    spelled = []
    for value in values:
        mark, (_, write, _) = next(entry for entry in _KINDS.items() if isinstance(value, entry[1][0]))
        spelled.append([mark, write(value)])
    body = json.dumps(spelled, separators=(",", ":"), ensure_ascii=False).encode()
    return base64.urlsafe_b64encode(_seal(body, place) + body).decode().rstrip("=")


def _opened(cursor: str, place: str, count: int) -> list[Any]:
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except (ValueError, binascii.Error):
        raise BadCursor(fields={"cursor": [BadCursor.message]}) from None
    seal, body = raw[:SEAL_CHARS], raw[SEAL_CHARS:]
    if not hmac.compare_digest(seal, _seal(body, place)):
        raise BadCursor(fields={"cursor": [BadCursor.message]})
    values = [_KINDS[mark][2](text) for mark, text in json.loads(body)]
    if len(values) != count:
        raise BadCursor(fields={"cursor": [BadCursor.message]})
    return values


def _seal(body: bytes, place: str) -> bytes:
    return crypto.ring().mac(b"cursor\0" + place.encode() + b"\0" + body)[:SEAL_CHARS].encode()
