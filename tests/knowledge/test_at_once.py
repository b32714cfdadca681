"""Votes, versions and articles from one ticket at once, on every database that commits."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa

from server.app import Service, create_app
from server.core.db import Base, db, session, unit
from server.core.errors import ShijianError
from server.domain import knowledge
from server.domain.identity import SCHEDULER
from server.domain.knowledge import Article, ArticleVersion, Audience, Vote
from tests.conftest import make_settings
from tests.factories import citizens
from tests.support.databases import MAKES, available, fresh_database

THREADS = 6


@pytest.fixture(params=MAKES, scope="module")
def alone(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """An application on a database of this module's own: every unit commits."""
    if not available(request.param):
        pytest.skip(f"no {request.param} here")
    folder: Path = tmp_path_factory.mktemp("knowledge-at-once")
    with fresh_database(request.param, folder) as fresh:
        app = create_app(make_settings(folder, database_url=fresh.url, database_timeout_ms=15_000))
        with app.app_context():
            Base.metadata.create_all(db.engine)
            with unit():
                draft()
        yield app
        with app.app_context():
            db.engine.dispose()


def draft(**values: Any) -> Article:
    return knowledge.draft(SCHEDULER, title="甲", body="乙", audience=Audience.CITIZENS, **values)


def at_once(app: Service, *verbs: Callable[[], Any]) -> list[Any]:
    """What came of each, begun together: what the verb gave, or the refusal's code."""
    together = Barrier(len(verbs))

    def run(verb: Callable[[], Any]) -> Any:
        with app.app_context():
            try:
                together.wait()
                with unit():
                    return verb()
            except ShijianError as refused:
                return refused.code
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(verbs)) as pool:
        return list(pool.map(run, verbs))


def test_one_person_votes_once_however_often_at_once(alone: Service) -> None:
    with alone.app_context(), unit():
        article = knowledge.publish(SCHEDULER, draft().id).id
        wang = citizens.actor("wang")
    for _ in range(3):
        verbs = [
            lambda yes=number % 2 == 0: knowledge.helped(wang, article, yes=yes).helped for number in range(THREADS)
        ]
        assert len(at_once(alone, *verbs)) == THREADS
        with alone.app_context(), unit():
            count = sa.select(sa.func.count()).select_from(Vote).where(Vote.article_id == article)
            assert session().scalar(count) == 1


def test_one_ticket_gives_one_article(alone: Service) -> None:
    ticket = uuid.uuid4()
    came = at_once(alone, *(lambda: draft(source=(ticket, "FW-2026-0001")).latest for _ in range(3)))
    assert sorted(map(str, came)) == ["1", "article_made_before", "article_made_before"]
    with alone.app_context(), unit():
        numbers = [int(number[-4:]) for number in session().scalars(sa.select(Article.number))]
    # Who lost has taken no number.
    assert sorted(numbers) == list(range(1, len(numbers) + 1))


def test_one_writer_wins(alone: Service) -> None:
    with alone.app_context(), unit():
        article = draft().id
    verbs = [
        lambda words=str(number): knowledge.revise(SCHEDULER, article, version=1, title=words, body="改").latest
        for number in range(3)
    ]
    assert sorted(map(str, at_once(alone, *verbs))) == ["2", "stale_article", "stale_article"]
    with alone.app_context(), unit():
        written = sa.select(ArticleVersion.number).where(ArticleVersion.article_id == article)
        assert sorted(session().scalars(written)) == [1, 2]
