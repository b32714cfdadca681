"""Counters held in memory: nothing lost between threads and processes, nothing grown by a flood."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from server.app import create_app
from server.core import tallies
from server.core.db import aside, db, session, unit
from server.core.tallies import OTHER, Tally
from tests.conftest import make_settings
from tests.support.databases import chosen_databases, fresh_database
from tests.support.waiting import until

DAY = date(2026, 11, 20)
MOST = 40


class Apart(DeclarativeBase):
    """Tables of this test alone."""


class Visit(Apart):
    __tablename__ = "probe_visits"

    day: Mapped[date] = mapped_column(primary_key=True)
    page: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    visits: Mapped[int]
    readers: Mapped[int]


tally = Tally(Visit, keys=("day", "page"), counts=("visits", "readers"), folds=("page",))


@pytest.fixture(params=chosen_databases())
def own_app(request, tmp_path):
    """An application on a database that no other test sees."""
    with fresh_database(request.param, tmp_path) as made:
        app = create_app(make_settings(tmp_path, database_url=made.url, tally_keys=MOST))
        tallies.forget()
        with app.app_context():
            Apart.metadata.create_all(db.engine)
            yield app
            db.session.remove()
            tallies.configure(every=0, most=make_settings(tmp_path).tally_keys, context=app.app_context)
            db.engine.dispose()
        tallies.forget()


def kept():
    with aside() as own:
        rows = own.execute(
            sa.select(Visit.day, Visit.page, Visit.visits, Visit.readers).order_by(Visit.day, Visit.page)
        )
        return {(day, page): (visits, readers) for day, page, visits, readers in rows}


def total(column=Visit.visits):
    with aside() as own:
        return own.scalar(sa.select(sa.func.sum(column)))


def test_counts_add_up_over_flushes(own_app):
    tally.add((DAY, "home"))
    tally.add((DAY, "home"), visits=2, readers=1)
    tally.add((DAY, "news"), visits=5)
    assert tallies.flush() == 2
    tally.add((DAY, "home"))
    assert tallies.flush() == 1
    assert tallies.flush() == 0
    assert kept() == {(DAY, "home"): (4, 1), (DAY, "news"): (5, 0)}


def test_threads_lose_nothing_while_others_flush(own_app):
    def work(number):
        with own_app.app_context():
            for step in range(2_000):
                tally.add((DAY, f"page {step % 7}"))
                if step % 500 == number:
                    tallies.flush()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    tallies.flush()
    assert total() == 16_000
    assert len(kept()) == 7


def test_two_processes_write_the_same_rows(own_app, tmp_path):
    """Forked, as gunicorn's workers are: a child writes what it counted, and nothing that its parent holds."""
    tally.add((DAY, "parent"))
    url = own_app.config["SETTINGS"].database_url
    context = multiprocessing.get_context("fork")
    db.engine.dispose()
    children = [context.Process(target=_count_and_go, args=(url, tmp_path, number)) for number in range(2)]
    for child in children:
        child.start()
    for child in children:
        child.join(60)
    assert [child.exitcode for child in children] == [0, 0]
    tallies.flush()
    assert total() == 2 * 20 * 50 + 1
    assert kept()[DAY, "parent"] == (1, 0)


def _count_and_go(url, folder, number):
    app = create_app(make_settings(folder, database_url=url, tally_keys=MOST))
    with app.app_context():
        for _ in range(20):
            # Each in another order: what is written is sorted.
            for page in range(50) if number else range(49, -1, -1):
                tally.add((DAY, f"page {page % 25:02}"))
            while tally.held():
                tallies.flush()
        db.engine.dispose()
    os._exit(0)


def test_a_flood_of_keys_grows_neither_memory_nor_table(own_app):
    tally.add((DAY, "home"), visits=3)
    tallies.flush()
    for number in range(10 * MOST):
        tally.add((DAY, f"lie {number}"))
    assert tally.held() == MOST + 1
    tallies.flush()
    for number in range(10 * MOST):
        tally.add((DAY, f"other lie {number}"))
    tally.add((DAY, "home"))
    tallies.flush()
    rows = kept()
    assert len(rows) == MOST + 1
    assert total() == 20 * MOST + 4
    assert rows[DAY, OTHER][0] > 18 * MOST
    assert tally.lost == 0


def test_a_row_that_is_there_is_known_after_a_restart(own_app):
    for number in range(MOST):
        tally.add((DAY, f"page {number}"))
    tallies.flush()
    tallies.forget()
    tally.add((DAY, "page 7"))
    tally.add((DAY, "page new"))
    tallies.flush()
    rows = kept()
    assert rows[DAY, "page 7"] == (2, 0)
    assert rows[DAY, OTHER] == (1, 0)


def test_another_day_has_room_of_its_own(own_app):
    for day in (DAY, date(2026, 11, 21)):
        for number in range(MOST // 2 + 1):
            tally.add((day, f"page {number}"))
        tallies.flush()
    assert all(page != OTHER for _, page in kept())


@pytest.mark.parametrize(
    ("said", "written"), [("a" * 50, "a" * 20), ("nul\0", "nul"), ("\ud800", "?"), ("中" * 30, "中" * 20)]
)
def test_what_no_column_takes_holds_up_nobody(own_app, said, written):
    tally.add((DAY, said))
    tally.add((DAY, "home"))
    tallies.flush()
    assert kept() == {(DAY, "home"): (1, 0), (DAY, written): (1, 0)}


def test_a_database_that_refuses_loses_nothing(own_app, caplog):
    tally.add((DAY, "home"), visits=3)
    Apart.metadata.drop_all(db.engine)
    assert tallies.flush() == 0
    assert "probe_visits" in caplog.text
    tally.add((DAY, "home"), visits=1)
    Apart.metadata.create_all(db.engine)
    assert tallies.flush() == 1
    assert kept() == {(DAY, "home"): (4, 0)}


def test_what_is_counted_inside_a_unit_that_fails_is_counted(own_app):
    def refused():
        with unit():
            session().execute(sa.select(1))
            tally.add((DAY, "home"))
            raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        refused()
    tallies.flush()
    assert total() == 1


def test_a_process_writes_by_itself_before_long(own_app):
    try:
        tallies.configure(every=0.05, most=MOST, context=own_app.app_context)
        tally.add((DAY, "home"))
        until(lambda: tally.held() == 0 and kept() == {(DAY, "home"): (1, 0)}, "the first flush")
    finally:
        tallies.configure(every=0, most=MOST, context=own_app.app_context)


def test_the_last_flush_needs_no_context_of_its_caller(own_app):
    tally.add((DAY, "home"))
    tallies.flush_at_end()
    assert total() == 1
