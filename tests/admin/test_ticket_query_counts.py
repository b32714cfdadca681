"""The desk's pages ask the database as often for three hundred tickets as for thirty."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from server.core.db import session as unit_session
from server.core.ids import new_id
from server.domain.tickets import Ticket, TicketClock, TicketEvent
from tests.admin.conftest import Desk

Counting = Callable[[], AbstractContextManager[list[str]]]
FEW, MANY = 30, 300
# The most statements that a page may need, the session's and the sign-in's own among them.
MOST = {
    "/admin/": 18,
    "/admin/tickets/?per_page=20": 10,
    "/admin/tickets/?per_page=100": 10,
    "/admin/tickets/?state=open&sort=due&page=2": 10,
    "/admin/tickets/?due=late": 10,
    "/admin/tickets/?q=公告&sort=-severity": 10,
    "/admin/tickets/?q=13812345678": 11,
    "/admin/search/?q=公告": 12,
    "/admin/search/?q=13812345678": 13,
}
MOST_OF_A_TICKET = 22


@pytest.mark.parametrize("path", MOST)
@pytest.mark.parametrize("login", ["lin", "zheng"])
def test_no_page_asks_more_because_there_are_more_tickets(desk: Desk, queries: Counting, login: str, path: str) -> None:
    browser = desk.sit(login)
    _heap(desk, FEW)
    few = _asked(queries, browser, path)
    _heap(desk, MANY - FEW)
    many = _asked(queries, browser, path)
    assert few == many <= MOST[path], (few, many)


@pytest.mark.parametrize("login", ["lin", "shen"])
def test_nor_does_the_page_of_one_ticket_among_many_or_with_a_long_log(
    desk: Desk, queries: Counting, login: str
) -> None:
    browser = desk.sit(login)
    ticket = desk.ticket()
    _heap(desk, FEW)
    few = _asked(queries, browser, f"/admin/tickets/{ticket.id}")
    _heap(desk, MANY - FEW)
    _talk(ticket, MANY)
    many = _asked(queries, browser, f"/admin/tickets/{ticket.id}")
    assert few == many <= MOST_OF_A_TICKET, (few, many)


def _asked(queries: Counting, browser: Any, path: str) -> int:
    assert browser.get(path).status_code == 200  # what is kept for a while is read before anything is counted
    with queries() as seen:
        assert browser.get(path).status_code == 200
    return len(seen)


def _heap(desk: Desk, count: int) -> None:
    """The same report again and again, each with its first line and its clock, a minute older than the one before."""
    model = desk.ticket()
    rows: dict[type[Any], list[dict[str, Any]]] = {Ticket: [], TicketEvent: [], TicketClock: []}
    for number in range(count - 1):
        key, earlier = new_id(), timedelta(minutes=number + 1)
        received = model.received_at - earlier
        own = {"id": key, "number": f"{model.number}-{number}", "received_at": received}
        rows[Ticket].append(_values(model) | own)
        for kind in (TicketEvent, TicketClock):
            for row in unit_session().scalars(sa.select(kind).where(kind.ticket_id == model.id)):
                rows[kind].append(_values(row) | {"id": new_id(), "ticket_id": key})
    for kind, made in rows.items():
        unit_session().execute(sa.insert(kind), made)


def _talk(ticket: Ticket, lines: int) -> None:
    last = unit_session().scalars(sa.select(TicketEvent).where(TicketEvent.ticket_id == ticket.id)).first()
    assert last is not None
    made = [_values(last) | {"id": new_id(), "seq": 100 + number} for number in range(lines)]
    unit_session().execute(sa.insert(TicketEvent), made)


def _values(row: Any) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in sa.inspect(type(row)).column_attrs}
