"""Whose articles one reads: citizens what is published for them, a vendor its own and that, the bureau all."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from server.core.db import session
from server.core.errors import Forbidden
from server.domain import knowledge
from server.domain.identity import ANONYMOUS, Actor
from server.domain.knowledge import Article, ArticleNotFound, Audience, Filters
from tests.factories import citizens
from tests.knowledge.conftest import Library

# Who reads an article of contract a: by audience, then by whether it is published.
READERS = {
    (Audience.STAFF, False): {"lin", "zhou", "shen", "zheng", "wu"},
    (Audience.STAFF, True): {"lin", "zhou", "shen", "zheng", "wu"},
    (Audience.CITIZENS, False): {"lin", "zhou", "shen", "zheng", "wu"},
    (Audience.CITIZENS, True): {"lin", "zhou", "shen", "zheng", "wu", "bai", "wang", "nobody"},
}


def everybody(library: Library) -> dict[str, Actor]:
    staff = {name: getattr(library, name) for name in ("lin", "zhou", "shen", "zheng", "wu", "bai")}
    return staff | {"wang": citizens.actor("wang"), "nobody": ANONYMOUS}


def listed(actor: Actor) -> set[uuid.UUID]:
    """What the register, or for outsiders the list, shows."""
    query = knowledge.standing() if actor.kind.value in ("citizen", "anonymous") else knowledge.matching(actor)
    return {article.id for article in session().scalars(query)}


@pytest.mark.parametrize("audience", Audience)
@pytest.mark.parametrize("published", [False, True])
def test_every_door_tells_the_same(library: Library, audience: Audience, published: bool) -> None:
    article = (library.published if published else library.draft)(audience=audience)
    for name, actor in everybody(library).items():
        sees = name in READERS[audience, published]
        assert (article.id in listed(actor)) is sees, name
        found = [hit.article.id for hit in knowledge.search(actor, "重启")]
        assert (article.id in found) is sees, name
        if sees:
            assert knowledge.find(actor, article.id) is article
        else:
            with pytest.raises(ArticleNotFound):
                knowledge.find(actor, article.id)
        if sees and published:
            assert knowledge.read(actor, article.id).version.number == 1
        else:
            with pytest.raises(ArticleNotFound):
                knowledge.read(actor, article.id)


def test_an_article_of_no_contract_is_the_bureaus(library: Library) -> None:
    article = library.published(library.lin, contract_id=None)
    assert article.id in listed(library.zhou)
    for vendor in (library.zheng, library.bai):
        assert article.id not in listed(vendor)
        with pytest.raises(ArticleNotFound):
            knowledge.look(vendor, article.id)


def test_another_vendor_reads_what_is_public_and_nothing_behind_it(library: Library) -> None:
    article = library.published(audience=Audience.CITIZENS, source=(uuid.uuid4(), "FW-2026-0001"))
    knowledge.helped(citizens.actor("wang"), article.id, yes=False, comment="看不懂")
    knowledge.revise(library.zheng, article.id, version=1, title="内部改稿", body="内部改稿")
    assert knowledge.look(library.bai, article.id).version.number == 1
    assert not knowledge.owns(library.bai, article)
    assert knowledge.versions_of(library.bai, article.id) == []
    assert knowledge.remarks(library.bai, article.id) == []
    assert knowledge.search(library.bai, "改稿") == []
    assert article.id not in {each.id for each in session().scalars(pending(library.bai))}
    assert article.id in {each.id for each in session().scalars(pending(library.zheng))}
    assert list(session().scalars(knowledge.matching(library.bai, Filters(contract_id=library.a.id)))) == []
    assert knowledge.made_from(library.bai, article.source_ticket_id) == []  # type: ignore[arg-type]
    with pytest.raises(Exception, match="这一版"):
        knowledge.look(library.bai, article.id, number=2)
    for step in writes(library.bai, article):
        with pytest.raises(ArticleNotFound):
            step()


def pending(actor: Actor):  # type: ignore[no-untyped-def]
    return knowledge.matching(actor, Filters(pending=True))


def writes(actor: Actor, article: Article) -> tuple[Callable[[], object], ...]:
    return (
        lambda: knowledge.revise(actor, article.id, version=2, title="x", body="x"),
        lambda: knowledge.publish(actor, article.id),
        lambda: knowledge.withdraw(actor, article.id, reason="x"),
    )


def test_outsiders_have_no_register(library: Library) -> None:
    for outsider in (citizens.actor("wang"), ANONYMOUS):
        with pytest.raises(Forbidden):
            knowledge.matching(outsider)
        with pytest.raises(Forbidden):
            knowledge.wanting(outsider)
        for step in writes(outsider, library.published(audience=Audience.CITIZENS)):
            with pytest.raises(ArticleNotFound):
                step()
