"""Several hands on one paper at once, on every database: one signature a side, one of a person, and void or signed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from server.app import Service, create_app
from server.core.db import Base, db, unit
from server.core.errors import ShijianError
from server.domain import documents, signing
from server.domain.documents import Document, DocumentState
from tests.conftest import make_settings
from tests.factories import signing as papers
from tests.factories.signing import Desk
from tests.support.databases import MAKES, available, fresh_database

ROUNDS = 4


@pytest.fixture(params=MAKES, scope="module")
def alone(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """An application on a database of this module's own: every unit commits."""
    if not available(request.param):
        pytest.skip(f"no {request.param} here")
    folder: Path = tmp_path_factory.mktemp("signing-at-once")
    with fresh_database(request.param, folder) as fresh:
        app = create_app(make_settings(folder, database_url=fresh.url, database_timeout_ms=15_000))
        with app.app_context():
            Base.metadata.create_all(db.engine)
        yield app
        with app.app_context():
            db.engine.dispose()


@pytest.fixture(scope="module")
def desk(alone: Service) -> Desk:
    with alone.app_context(), unit():
        return papers.desk()


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


def begun(app: Service, at: Desk, *, signed: bool = False) -> tuple[Document, dict[str, dict[str, str]]]:
    """A paper, with what each person is shown; signed by the vendor if asked."""
    with app.app_context(), unit():
        document = papers.issued(at)
        shown = {name: papers.shown(getattr(at, name), document) for name in ("zheng", "wu", "lin", "zhou")}
        if signed:
            papers.signed(at.zheng, document)
        return document, shown


def signing_by(at: Desk, name: str, document: Document, shown: dict[str, dict[str, str]]) -> Callable[[], Any]:
    return lambda: signing.sign(getattr(at, name), document.id, **shown[name]).name


def end(app: Service, at: Desk, document: Document) -> tuple[DocumentState, set[str], bool]:
    with app.app_context(), unit():
        found = documents.find(at.lin, document.id)
        names = {each.name for each in signing.standing_of(document.id).values()}
        return found.state, names, signing.verify(at.shen, document.id).intact


def test_both_sides_at_once_lock_it_once(alone: Service, desk: Desk) -> None:
    for _ in range(ROUNDS):
        document, shown = begun(alone, desk)
        came = at_once(alone, *(signing_by(desk, name, document, shown) for name in ("zheng", "lin")))
        assert came == ["郑一鸣", "林岚"]
        assert end(alone, desk, document) == (DocumentState.SIGNED, {"郑一鸣", "林岚"}, True)


def test_the_same_person_and_the_same_side_sign_once(alone: Service, desk: Desk) -> None:
    for _ in range(ROUNDS):
        document, shown = begun(alone, desk)
        came = at_once(alone, *(signing_by(desk, name, document, shown) for name in ("zheng", "zheng", "wu")))
        assert came.count("signing_signed_already") == 2, came
        state, names, intact = end(alone, desk, document)
        assert (state, len(names), intact) == (DocumentState.SIGNING, 1, True)


def test_signed_or_void_or_withdrawn_and_never_two_of_them(alone: Service, desk: Desk) -> None:
    for _ in range(ROUNDS):
        document, shown = begun(alone, desk, signed=True)
        came = at_once(
            alone,
            signing_by(desk, "lin", document, shown),
            lambda key=document.id: documents.void(desk.zhou, key, reason="录错").state.value,
            lambda key=document.id: signing.withdraw(desk.zheng, key, reason="核对").seq,
            lambda key=document.id: signing.decline(desk.zhou, key, reason="有误").seq,
        )
        state, _, intact = end(alone, desk, document)
        assert intact, came
        if state is DocumentState.SIGNED:
            assert came == ["林岚", "document_locked", "document_locked", "document_locked"]
        else:
            assert state in (DocumentState.VOID, DocumentState.ISSUED, DocumentState.SIGNING), came


def test_one_scan_for_one_paper_and_one_confirmation(alone: Service, desk: Desk) -> None:
    for count in range(ROUNDS):
        raw = papers.scan_png(f"round {count}")
        first, _ = begun(alone, desk)
        second, _ = begun(alone, desk)
        came = at_once(
            alone,
            lambda document=first, raw=raw: papers.scanned(desk.zheng, document, raw=raw).state.value,
            lambda document=second, raw=raw: papers.scanned(desk.wu, document, raw=raw).state.value,
        )
        assert came.count("signing_scan_used") == 1, came
        winner = first if came[0] != "signing_scan_used" else second
        came = at_once(
            alone,
            lambda key=winner.id: signing.confirm_scan(desk.lin, key).state.value,
            lambda key=winner.id: signing.confirm_scan(desk.zhou, key).state.value,
            lambda key=winner.id: signing.refuse_scan(desk.zhou, key, reason="模糊").state.value,
        )
        told = [each for each in came if each in ("confirmed", "refused")]
        assert len(told) == 1, came
        assert end(alone, desk, winner)[2]
