"""From ticket to article: once for each audience, with nobody's numbers in it."""

from __future__ import annotations

import pytest

from server.domain import knowledge
from server.domain.knowledge import Audience, MadeBefore
from tests.factories import tickets as desk
from tests.knowledge.conftest import Library

QUESTION = (
    "我的电话 13812345678，也可打 139 1234 5678 或 １３７００００１１１１，身份证 330602199001011234，邮箱 wang.li@example.com。"
    "密钥 access_token=abcdef123456。窗口电话是 0575-88881234 吗？"
)
KEPT = ("0575-88881234", "我的电话 138****5678")
GONE = (
    "13812345678",
    "139 1234 5678",
    "１３７００００１１１１",
    "330602199001011234",
    "wang.li@example.com",
    "abcdef123456",
)


def test_the_suggestion_has_question_cause_and_answer_without_numbers() -> None:
    said = knowledge.suggestion(title=QUESTION, text=QUESTION, cause=QUESTION, answer="请到窗口办理。")
    assert said.body.count("## ") == 3
    assert said.body.endswith("## 处理办法\n\n请到窗口办理。")
    for each in KEPT:
        assert each in said.body
    for each in GONE:
        assert each not in said.body + said.title
    assert len(said.title) <= 120


def test_what_is_missing_has_no_heading() -> None:
    assert knowledge.suggestion(title="甲", text="乙", cause=" ", answer="").body == "## 问题\n\n乙"
    assert len(knowledge.suggestion(title="甲" * 500, text="乙" * 50_000).body) == 20_000


def test_a_ticket_gives_one_article_for_each_audience(library: Library) -> None:
    ticket = desk.ticket(contract=library.a)
    source = (ticket.id, ticket.number)
    staff = library.draft(source=source)
    with pytest.raises(MadeBefore):
        library.draft(library.lin, source=source)
    for_citizens = library.draft(source=source, audience=Audience.CITIZENS)
    assert [each.id for each in knowledge.made_from(library.lin, ticket.id)] == [staff.id, for_citizens.id]
    # Also after a withdrawal: it is changed and published again.
    knowledge.publish(library.zheng, staff.id)
    knowledge.withdraw(library.zheng, staff.id, reason="有误")
    with pytest.raises(MadeBefore):
        library.draft(source=source)
    assert library.draft().source_ticket_id is None
    numbers = [each.number[-4:] for each in (staff, for_citizens, library.draft())]
    assert numbers == ["0001", "0002", "0004"]
