"""Versions: written, published, changed beside what stands, withdrawn; nothing is deleted and nothing runs."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from server.core.errors import Forbidden, Invalid, NotFound
from server.core.secrecy import SecretMarked
from server.domain import knowledge, notices
from server.domain.identity import ANONYMOUS
from server.domain.knowledge import ArticleState, Audience, StaleArticle, WrongArticleState
from server.domain.knowledge.models import Posting
from tests.factories import citizens
from tests.knowledge.conftest import Library


def test_a_draft_is_published_changed_beside_what_stands_and_withdrawn(library: Library) -> None:
    article = library.draft(
        library.lin, audience=Audience.CITIZENS, contract_id=None, title="旧标题", keywords="甲，乙、丙"
    )
    assert (article.state, article.latest, article.published) == (ArticleState.DRAFT, 1, None)
    assert re.fullmatch(r"ZS-\d{4}-0001", article.number)
    assert article.keywords == "甲 乙 丙"
    knowledge.publish(library.zhou, article.id, version=1)
    knowledge.revise(library.lin, article.id, version=1, title="新标题", body="新正文", note="改了标题")
    # Readers keep what stands; its own side sees what waits.
    assert (article.title, article.pending) == ("旧标题", True)
    assert knowledge.read(ANONYMOUS, article.id).version.title == "旧标题"
    assert knowledge.look(library.lin, article.id).version.title == "新标题"
    assert knowledge.look(library.lin, article.id, number=1).version.title == "旧标题"
    knowledge.publish(library.zhou, article.id, version=2)
    assert (article.title, article.pending, article.published) == ("新标题", False, 2)
    knowledge.withdraw(library.zhou, article.id, reason="政策已调整")
    assert (article.state, article.withdrawn_reason) == (ArticleState.WITHDRAWN, "政策已调整")
    with pytest.raises(knowledge.ArticleNotFound):
        knowledge.read(ANONYMOUS, article.id)
    knowledge.publish(library.zhou, article.id)
    assert (article.state, article.withdrawn_reason, article.withdrawn_at) == (ArticleState.PUBLISHED, "", None)
    written = knowledge.versions_of(library.lin, article.id)
    assert [(each.number, each.title, each.note) for each in written] == [
        (2, "新标题", "改了标题"),
        (1, "旧标题", ""),
    ]
    assert written[0].published_by_name == library.zhou.name


def test_every_step_is_in_the_trail(library: Library) -> None:
    article = library.published()
    knowledge.revise(library.zheng, article.id, version=1, title=article.title, body="改了", keywords="重启")
    knowledge.withdraw(library.zheng, article.id, reason="过时")
    assert len(citizens.entries("article.drafted")) == 1
    assert [each.changes for each in citizens.entries("article.published")] == [{"published": [None, 1]}]
    [revised] = citizens.entries("article.revised")
    assert revised.changes == {"body": ["先停任务，再启动。", "改了"], "keywords": ["", "重启"]}
    assert [each.summary for each in citizens.entries("article.withdrawn")] == [f"撤回知识条目 {article.number}：过时"]


def test_two_writers_and_steps_out_of_turn(library: Library) -> None:
    article = library.published()
    knowledge.revise(library.zheng, article.id, version=1, title="甲", body="甲")
    with pytest.raises(StaleArticle):
        knowledge.revise(library.wu, article.id, version=1, title="乙", body="乙")
    with pytest.raises(StaleArticle):
        knowledge.publish(library.wu, article.id, version=1)
    knowledge.publish(library.wu, article.id, version=2)
    with pytest.raises(WrongArticleState):
        knowledge.publish(library.wu, article.id)
    with pytest.raises(WrongArticleState):
        knowledge.withdraw(library.wu, library.draft().id, reason="还没发布")
    with pytest.raises(Invalid):
        knowledge.withdraw(library.wu, article.id, reason=" \n ")


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"title": ""}, {"title"}),
        ({"title": " \t\0"}, {"title"}),
        ({"body": "\r\n \0"}, {"body"}),
        ({"title": "", "body": ""}, {"title", "body"}),
        ({"title": "长" * 121}, {"title"}),
        ({"body": "长" * 20_001}, {"body"}),
        ({"keywords": "长" * 201}, {"keywords"}),
    ],
)
def test_empty_and_long_words_are_refused(library: Library, values: dict[str, Any], wrong: set[str]) -> None:
    with pytest.raises(Invalid) as refused:
        library.draft(None, **values)
    assert set(refused.value.fields) == wrong


def test_the_longest_words_are_kept_and_found(library: Library) -> None:
    article = library.published(
        library.lin, title="题" * 120, body="长" * 19_998 + "尾声", keywords="词" * 200, audience=Audience.CITIZENS
    )
    assert [hit.article.id for hit in knowledge.search(ANONYMOUS, "尾声")] == [article.id]
    assert len(article.summary) <= 200


def test_marked_secrets_are_refused(library: Library) -> None:
    for field in ("title", "body", "keywords"):
        with pytest.raises(SecretMarked):
            library.draft(None, **{field: "机密★一年 系统结构"})


HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src='https://evil.example'></iframe>",
    "<style>body{display:none}</style>",
    '<a href="javascript:alert(1)">点我</a>',
    "[点我](javascript:alert(1))",
    "[点我](data:text/html;base64,PHNjcmlwdD4=)",
    "[点我](JaVaScRiPt&#58;alert(1))",
    "[点我](\x01javascript:alert(1))",
    "![图](https://evil.example/track.png)",
    '<p onclick="alert(1)" style="position:fixed" id="top" class="modal">段落</p>',
    "<form action='https://evil.example'><input name=password></form>",
    "<!-- <script>alert(1)</script> -->",
    "`<script>alert(1)</script>`",
    "<math><mtext></p><style><img src=x onerror=alert(1)>",
    '[点我](https://example.gov.cn "a" onmouseover=alert(1))',
    "| <b onclick=x>甲</b> |\n|---|\n| <script>x</script> |",
)
ALIVE = re.compile(
    r"<(?:script|img|svg|iframe|style|form|input|math|object|embed|link|meta|base)\b"
    r"|<[^>]*\s(?:on\w+|style|id|class)\s*=|href=\"(?!https:|tel:|mailto:)",
    re.IGNORECASE,
)


@pytest.mark.parametrize("body", HOSTILE)
def test_nothing_in_an_article_runs(library: Library, body: str) -> None:
    article = library.published(
        library.lin, audience=Audience.CITIZENS, contract_id=None, body=f"开头\n\n{body}\n\n结尾"
    )
    text = knowledge.read(ANONYMOUS, article.id)
    html = notices.rendered(text.version.body)
    assert not ALIVE.search(html), html
    assert "开头" in html
    # Kept as it was written, so that nothing is lost to a rule of cleaning that changes.
    assert body.strip("\0") in text.version.body


def test_nested_mark_up_of_any_depth_is_read(library: Library) -> None:
    for body in ("> " * 200 + "深", "- " * 100 + "深", "*" * 5000, "[" * 3000, "|" * 3000, "`" * 3001, "&" * 5000):
        article = library.draft(body=body)
        assert notices.rendered(knowledge.look(library.zheng, article.id).version.body) is not None


def test_postings_are_those_of_what_can_be_found(session: Any, library: Library) -> None:
    article = library.published()
    for number in range(1, 5):
        knowledge.revise(library.zheng, article.id, version=number, title=f"第 {number} 回", body="改")

    def kept() -> set[int]:
        numbers = sa.select(Posting.number).where(Posting.article_id == article.id).distinct()
        return set(session.scalars(numbers))

    assert kept() == {1, 5}
    knowledge.publish(library.zheng, article.id)
    assert kept() == {5}
    assert [hit.article.id for hit in knowledge.search(library.zheng, "回")] == [article.id]


def test_who_may_write_and_publish(library: Library) -> None:
    citizens_own = library.draft(audience=Audience.CITIZENS)
    steps: tuple[tuple[type[Exception], Callable[[], object]], ...] = (
        (Forbidden, lambda: knowledge.publish(library.zheng, citizens_own.id)),
        (Forbidden, lambda: library.draft(library.shen)),
        (Forbidden, lambda: library.draft(citizens.actor("wang"))),
        (NotFound, lambda: library.draft(library.bai)),
        (Invalid, lambda: library.draft(contract_id=None)),
    )
    for refusal, step in steps:
        with pytest.raises(refusal):
            step()
    knowledge.publish(library.zhou, citizens_own.id)
    # What the bureau let out, the vendor does not take back.
    with pytest.raises(Forbidden):
        knowledge.withdraw(library.zheng, citizens_own.id, reason="x")
