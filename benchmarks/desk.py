"""The desk's pages on 100,000 tickets, as ratios to a bare indexed query and to the same pages on a thousand.

``python -m benchmarks.desk [--tickets 100000] [--repeats 7] [--on sqlite]``. Requests go through the WSGI interface, one
after another, rounds interleaved; printed are the median of each page with its lowest and highest, this process's processor
time (on SQLite that is all the work, whoever else is at the machine), how many statements it asked and how long these took.
Both contracts, clocks, logs and Chinese texts; see benchmarks/desk_town.py.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy import event

from benchmarks.desk_town import SELDOM, Crowd, fill, phone_of, settle
from server.app import Service
from server.core import clock
from server.core import db as core_db
from server.core.db import db, session
from server.domain.identity import Officer
from server.domain.tickets import Channel, Ticket, TicketState
from tests.factories import identity as people
from tests.support import town
from tests.support.databases import available, fresh_database
from tests.support.service import running_service

SMALL = 1000
PER_PAGE = 20
OK = 200
# Whose pages: the bureau's handler sees everything, the vendor's maintainer one contract, the auditor the trail as well.
LIN, ZHENG, SHEN = "lin", "zheng", "shen"


@dataclass(slots=True)
class Seen:
    """Milliseconds of each repeat: in all, of the processor, within statements; and how many statements there were."""

    whole: list[float] = field(default_factory=list)
    worked: list[float] = field(default_factory=list)
    asked: list[float] = field(default_factory=list)
    statements: int = 0


@dataclass(slots=True)
class Watch:
    """What the database was asked since the last look."""

    statements: int = 0
    milliseconds: float = 0.0
    since: float = 0.0


def pages(app: Service, tickets: int) -> dict[str, tuple[str, str]]:
    """What is measured: who asks for which address."""
    with app.app_context():
        newest = sa.select(Ticket.id).order_by(Ticket.received_at.desc())
        done = session().scalar(newest.where(Ticket.state == TicketState.CLOSED).limit(1))
        new = session().scalar(newest.where(Ticket.state == TicketState.NEW, Ticket.contract_id.is_not(None)).limit(1))
        called = session().scalar(
            sa.select(Ticket.number).where(Ticket.channel == Channel.PHONE).order_by(Ticket.number.desc()).limit(1)
        )
    number = str(called)
    phone = phone_of(int(number.rpartition("-")[2]))
    last = -(-tickets // PER_PAGE)
    desk, search = "/admin/tickets/", "/admin/search/"
    return {
        "dashboard": (LIN, "/admin/"),
        "dashboard, vendor": (ZHENG, "/admin/"),
        "inbox, all": (LIN, f"{desk}?per_page=20"),
        "inbox, all, vendor": (ZHENG, f"{desk}?per_page=20"),
        "inbox, open": (LIN, f"{desk}?state=open"),
        "inbox, mine": (LIN, f"{desk}?assignee=me&state=open"),
        "inbox, nobody's": (LIN, f"{desk}?assignee=nobody&state=open"),
        "inbox, late": (LIN, f"{desk}?due=late"),
        "inbox, once late": (LIN, f"{desk}?due=broken"),
        "inbox, closed, by channel": (LIN, f"{desk}?state=closed&channel=phone&kind=fault&severity=high"),
        "inbox, low ratings": (LIN, f"{desk}?stars=low"),
        "inbox, last page": (LIN, f"{desk}?page={last}"),
        "inbox, by clock": (LIN, f"{desk}?sort=due"),
        "inbox, by severity": (LIN, f"{desk}?sort=-severity"),
        "inbox, by state, last page": (LIN, f"{desk}?sort=state&page={last}"),
        "inbox, 公告": (LIN, f"{desk}?q=公告"),
        f"inbox, {SELDOM}": (LIN, f"{desk}?q={SELDOM}"),
        "inbox, 公告 转圈 open": (LIN, f"{desk}?q=公告+转圈&state=open"),
        "inbox, number": (LIN, f"{desk}?q={number}"),
        "inbox, telephone": (LIN, f"{desk}?q={phone}"),
        "search, 年报": (LIN, f"{search}?q=年报"),
        f"search, {SELDOM}": (LIN, f"{search}?q={SELDOM}"),
        "search, no such word": (ZHENG, f"{search}?q=饕餮"),
        "search, telephone": (LIN, f"{search}?q={phone}"),
        "ticket, closed": (LIN, f"{desk}{done}"),
        "ticket, new": (LIN, f"{desk}{new}"),
        "ticket, with its trail": (SHEN, f"{desk}{done}"),
    }


def measure(make: str, tickets: int, repeats: int) -> None:
    """One database: the same pages on few tickets and on many."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with fresh_database(make, folder) as database:
            settings = {"profile": "development", "log_level": "error"}
            data = folder / "data"
            with (
                running_service(database.url, data, web=False, workers=0, settings=settings) as service,
                town.application(service.environ) as app,
                _watched(app) as watch,
            ):
                crowd = settle(app)
                few = _filled(app, crowd, watch, 0, SMALL, repeats)
                many = _filled(app, crowd, watch, SMALL, tickets, repeats)
                _report(make, tickets, repeats, few, many)


def _filled(app: Service, crowd: Crowd, watch: Watch, first: int, last: int, repeats: int) -> dict[str, Seen]:
    fill(app, crowd, first, last, of=last)
    _settle(app)
    browsers = _browsers(app)
    asked = pages(app, last)
    found = {name: Seen() for name in ("bare query", *asked)}
    for number in range(repeats + 1):
        with app.app_context():
            for _ in range(PER_PAGE):
                _time(found["bare query"], watch, _bare, warm=number == 0)
        for name, (login, url) in asked.items():
            browser = browsers[login]
            _time(found[name], watch, lambda browser=browser, url=url: _get(browser, url), warm=number == 0)  # type: ignore[misc]  # a lambda's default has no type
    return found


def _settle(app: Service) -> None:
    """What PostgreSQL does by itself in a quiet minute; SQLite has nobody who would do it there."""
    with app.app_context(), db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET statement_timeout = 0")
            connection.exec_driver_sql("VACUUM ANALYZE")
            connection.exec_driver_sql("RESET statement_timeout")


def _bare() -> None:
    """Twenty tickets by an index, as rows: what no page can be quicker than."""
    columns = Ticket.id, Ticket.number, Ticket.title
    query = sa.select(*columns).where(Ticket.state == TicketState.CLOSED).order_by(Ticket.received_at.desc())
    assert len(session().execute(query.limit(PER_PAGE)).all()) == PER_PAGE
    core_db.db.session.rollback()


def _get(browser: FlaskClient, url: str) -> None:
    answer = browser.get(url)
    assert answer.status_code == OK, (url, answer.status_code)


def _time(seen: Seen, watch: Watch, ask: Callable[[], None], *, warm: bool) -> None:
    watch.statements, watch.milliseconds = 0, 0.0
    begun, idle = time.perf_counter(), time.process_time()
    ask()
    spent, worked = (time.perf_counter() - begun) * 1000, (time.process_time() - idle) * 1000
    if not warm:
        seen.whole.append(spent)
        seen.worked.append(worked)
        seen.asked.append(watch.milliseconds)
        seen.statements = watch.statements


def _browsers(app: Service) -> Mapping[str, FlaskClient]:
    found = {}
    for login in (LIN, ZHENG, SHEN):
        with app.app_context(), core_db.unit():
            officer = session().scalars(sa.select(Officer).where(Officer.login == login)).one()
            officer.totp_confirmed_at = clock.now()
            secret = people.open_session(officer)
        browser = app.test_client()
        browser.set_cookie(app.extensions["console_cookie"], secret)
        found[login] = browser
    return found


@contextmanager
def _watched(app: Service) -> Iterator[Watch]:
    """Count the statements, and their time."""
    watch = Watch()

    def before(*_: object) -> None:
        watch.since = time.perf_counter()

    def after(*_: object) -> None:
        watch.statements += 1
        watch.milliseconds += (time.perf_counter() - watch.since) * 1000

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    yield watch


def _report(make: str, tickets: int, repeats: int, few: dict[str, Seen], many: dict[str, Seen]) -> None:
    bare = statistics.median(many["bare query"].whole)
    print(f"\n{make}: {tickets} tickets, median of {repeats} (lowest–highest)")
    head = f"{'ms':>8}{'range':>16}{'x bare':>9}{'CPU':>7}{'in SQL':>9}{'asked':>7}{f'x {SMALL}':>8}"
    print(f"{head}  page")
    for name, seen in many.items():
        middle = statistics.median(seen.whole)
        before = statistics.median(few[name].whole)
        span = f"{min(seen.whole):.1f}–{max(seen.whole):.1f}"
        print(
            f"{middle:>8.1f}{span:>16}{middle / bare:>9.0f}{statistics.median(seen.worked):>7.1f}"
            f"{statistics.median(seen.asked):>9.1f}"
            f"{seen.statements:>7}{middle / before:>8.1f}  {name}",
            flush=True,
        )


def main() -> int:
    """SQLite, and PostgreSQL where one runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--on", choices=("sqlite", "postgresql"), action="append", help="only this database")
    options = parser.parse_args()
    for make in options.on or ("sqlite", "postgresql"):
        if available(make):
            measure(make, options.tickets, options.repeats)
    return 0


if __name__ == "__main__":
    sys.exit(main())
