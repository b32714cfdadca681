"""Did this help: one answer for a person and day, the unknown apart, worst articles first, and a person can be forgotten."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa
import time_machine

from server.core.db import session
from server.core.errors import Invalid
from server.core.secrecy import SecretMarked
from server.domain import knowledge
from server.domain.identity import ANONYMOUS
from server.domain.knowledge import ArticleNotFound, Audience, Tally, Unhelpful, Vote
from tests.factories import citizens
from tests.knowledge.conftest import Library

MORNING, EVENING, NEXT_DAY = "2026-03-02T00:00:00Z", "2026-03-02T15:59:59Z", "2026-03-02T16:00:00Z"


def tally(article: knowledge.Article) -> Tally:
    return knowledge.tallies([article.id])[article.id]


def test_the_days_last_word_counts_and_the_day_is_shanghais(library: Library) -> None:
    article, wang = library.published(audience=Audience.CITIZENS), citizens.actor("wang")
    with time_machine.travel(MORNING, tick=False):
        knowledge.helped(wang, article.id, yes=False, reason=Unhelpful.UNCLEAR, comment="看不懂")
    with time_machine.travel(EVENING, tick=False):
        vote = knowledge.helped(wang, article.id, yes=True, reason=Unhelpful.UNCLEAR)
    assert (vote.helped, vote.reason, vote.comment) == (True, None, "")
    assert tally(article) == Tally(helped=1)
    with time_machine.travel(NEXT_DAY, tick=False):
        knowledge.helped(wang, article.id, yes=False)
    assert tally(article) == Tally(helped=1, unhelped=1)
    assert tally(article).share == 0.5


def test_the_unknown_count_apart_by_address(library: Library) -> None:
    article = library.published(audience=Audience.CITIZENS)
    here, there = (replace(ANONYMOUS, address=f"192.0.2.{number}") for number in (1, 2))
    for who, yes in ((here, True), (here, False), (there, True), (citizens.actor("li"), True)):
        knowledge.helped(who, article.id, yes=yes)
    assert tally(article) == Tally(helped=1, anonymous_helped=1, anonymous_unhelped=1)
    assert tally(article).share == 1.0


def test_a_row_does_not_say_who(library: Library) -> None:
    article, wang = library.published(audience=Audience.CITIZENS), citizens.actor("wang")
    knowledge.helped(wang, article.id, yes=False, comment="打 13812345678 没人接")
    [vote] = session().scalars(sa.select(Vote))
    assert str(wang.id).replace("-", "") not in vote.voter.replace("-", "")
    assert vote.comment == "打 138****5678 没人接"


def test_what_is_not_published_or_not_theirs_is_not_judged(library: Library) -> None:
    for article in (library.published(), library.draft(audience=Audience.CITIZENS)):
        with pytest.raises(ArticleNotFound):
            knowledge.helped(citizens.actor("wang"), article.id, yes=True)
    with pytest.raises(ArticleNotFound):
        knowledge.helped(library.bai, library.published().id, yes=True)


def test_words_are_bounded(library: Library) -> None:
    article, wang = library.published(audience=Audience.CITIZENS), citizens.actor("wang")
    with pytest.raises(Invalid):
        knowledge.helped(wang, article.id, yes=False, comment="长" * 301)
    with pytest.raises(SecretMarked):
        knowledge.helped(wang, article.id, yes=False, comment="机密★一年")
    assert knowledge.helped(wang, article.id, yes=False, comment="\0 长 ").comment == "长"


def test_what_helps_least_comes_first_for_its_own_side(library: Library) -> None:
    poor, fair, fine, few = (library.published(audience=Audience.CITIZENS, title=title) for title in "甲乙丙丁")
    for article, said in ((poor, "001"), (fair, "011"), (fine, "111"), (few, "00")):
        for who, yes in zip(("wang", "li", "zhao"), said, strict=False):
            knowledge.helped(citizens.actor(who), article.id, yes=yes == "1")
    assert [article.title for article, _ in knowledge.wanting(library.lin)] == ["甲", "乙"]
    assert [article.title for article, _ in knowledge.wanting(library.zheng, most=1)] == ["甲"]
    assert knowledge.wanting(library.bai) == []
    knowledge.withdraw(library.zhou, poor.id, reason="重写")
    assert [article.title for article, _ in knowledge.wanting(library.lin)] == ["乙"]


def test_a_person_is_copied_and_forgotten(library: Library) -> None:
    article, wang = library.published(audience=Audience.CITIZENS), citizens.citizen("wang")
    knowledge.helped(citizens.actor(wang), article.id, yes=False, comment="写得太长")
    knowledge.helped(citizens.actor("li"), article.id, yes=True)
    [said] = knowledge.copy_of(wang.id)
    assert (said["title"], said["helped"], said["comment"]) == (article.title, False, "写得太长")
    assert knowledge.forget_citizen(wang.id) == 1
    assert knowledge.copy_of(wang.id) == []
    assert knowledge.forget_citizen(wang.id) == 0
    assert tally(article) == Tally(helped=1, unhelped=1)
    assert [vote.comment for vote in knowledge.remarks(library.lin, article.id)] == [""]
