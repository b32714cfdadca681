"""Many at once, on a database of their own: the chain does not fork, guesses are counted, codes and powers are used once."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from server.app import create_app
from server.core.db import Base, db, session, unit
from server.core.errors import ShijianError
from server.domain import identity
from server.domain.identity import SCHEDULER, AuditEntry, Officer, OfficerState, Role
from server.domain.identity.roles import LastAdministrator
from tests.conftest import make_settings
from tests.factories import identity as people
from tests.support.databases import chosen_databases, fresh_database

THREADS = 8


@pytest.fixture(params=chosen_databases())
def own_app(request, tmp_path):
    """An application on a database that no other test sees; threads commit there for good."""
    with fresh_database(request.param, tmp_path) as made:
        app = create_app(make_settings(tmp_path, database_url=made.url))
        with app.app_context():
            Base.metadata.create_all(db.engine)
        yield app
        with app.app_context():
            db.engine.dispose()


def together(app, work, times=THREADS):
    """What ``work(number)`` gave in each of many threads at once; an expected error counts as its type."""

    def one(number):
        with app.app_context():
            try:
                with unit():
                    return work(number)
            except ShijianError as refused:
                return type(refused)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


def test_writers_and_sealers_at_once_leave_one_sound_chain(own_app):
    def work(number):
        if number % 2:
            return identity.seal_audit(5)
        for _ in range(3):
            identity.record(SCHEDULER, "job.done", summary=f"{number}")
        return 0

    for _ in range(5):
        together(own_app, work)
    with own_app.app_context():
        while True:
            with unit():
                if not identity.seal_audit():
                    break
        assert identity.verify_audit() is None
        assert identity.audit_head().seq == 5 * (THREADS // 2) * 3
        previous = Counter(session().scalars(sa.select(AuditEntry.previous)))
        assert max(previous.values()) == 1


def test_guesses_at_once_count_like_guesses_one_after_another(own_app):
    with own_app.app_context(), unit():
        people.officer("lin")
    answers = Counter(together(own_app, lambda _: identity.sign_in("lin", "wrong", address="192.0.2.1"), 16))
    assert answers == {identity.BadCredentials: 5, identity.TooManyFailures: 11}


def test_a_code_shown_once_opens_once(own_app):
    with own_app.app_context():
        with unit():
            people.officer("lin")
        secrets = []
        for number in range(THREADS):
            with unit():
                secrets.append(identity.sign_in("lin", people.PASSWORD, address=f"192.0.2.{number}").secret)
    code = people.totp_code()
    done = together(own_app, lambda n: identity.confirm_totp(secrets[n], code, address=f"192.0.2.{n}") and "in")
    assert Counter(done) == {"in": 1, identity.BadCode: THREADS - 1}


def test_two_administrators_who_remove_each_other_leave_one(own_app):
    with own_app.app_context(), unit():
        pair = [people.officer(login, roles=[Role.SYSTEM_ADMINISTRATOR]) for login in ("one", "two")]
        actors = [people.actor(each.login) for each in pair]
        ids = [each.id for each in pair]
    done = together(own_app, lambda n: identity.deactivate(actors[n], ids[1 - n]) and "done", 2)
    assert Counter(done) == {"done": 1, LastAdministrator: 1}
    with own_app.app_context():
        states = session().scalars(sa.select(Officer.state)).all()
        assert sorted(states) == [OfficerState.ACTIVE, OfficerState.DEACTIVATED]


def test_a_setup_code_makes_one_first_officer(own_app):
    with own_app.app_context(), unit():
        code = identity.issue_setup_code()

    def work(number):
        return identity.finish_setup(
            code,
            bureau_name=f"局{number}",
            login=f"first{number}",
            name="首位",
            password="Shan-gao 9 yue",
            address="::1",
        ).needs_second_factor

    done = together(own_app, work)
    assert done.count(False) == 1
    with own_app.app_context():
        assert session().scalar(sa.select(sa.func.count()).select_from(Officer)) == 1
