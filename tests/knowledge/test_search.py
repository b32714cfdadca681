"""Search by any word of two characters, on every database: ranked, highlighted, and unmoved by what is typed."""

from __future__ import annotations

from typing import Any

import pytest

from server.domain import knowledge
from server.domain.identity import ANONYMOUS
from server.domain.knowledge import Article, Audience
from server.domain.knowledge.grams import folded, grams_of, marked, terms
from tests.factories import citizens, contracts
from tests.factories import identity as people


def published(title: str, body: str = "正文。", keywords: str = "", **values: Any) -> Article:
    author = people.actor("lin")
    usual: dict[str, Any] = {"audience": Audience.CITIZENS}
    article = knowledge.draft(author, title=title, body=body, keywords=keywords, **(usual | values))
    return knowledge.publish(author, article.id)


def titles(actor: Any, text: str, **options: Any) -> list[str]:
    return [hit.article.title for hit in knowledge.search(actor, text, **options)]


def test_two_characters_find_and_the_title_goes_first(session: Any) -> None:
    published("登录后怎样查看公告", "点开首页。")
    published("小程序首页", "如需查看执照信息，请点“我的”。", "执照")
    published("如何领取执照", "到窗口办理。")
    published("办事时间", "工作日办理执照业务。")
    assert titles(ANONYMOUS, "执照") == ["如何领取执照", "小程序首页", "办事时间"]
    assert titles(citizens.actor("wang"), "公告") == ["登录后怎样查看公告"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("照", True),
        ("ＷＸ登录", True),
        ("wx登录", True),
        ("登录 执照", True),
        ("执照，登录！", True),
        ("照执", False),
        ("录登", False),
        ("", False),
        ("   ", False),
        ("！？%_\\'\";--", False),
        ("' OR 1=1 --", False),
        ("<script>alert(1)</script>", False),
        ("\x00执照\x00", True),
        ("%照", True),
        ("执" * 5000, False),
        ("👍👍", False),
        ("\ud800", False),
        ("\u202e执照", True),
    ],
)
def test_whatever_is_typed(session: Any, typed: str, found: bool) -> None:
    published("WX登录后看不到执照", "重新进入小程序。")
    assert bool(knowledge.search(ANONYMOUS, typed)) is found


def test_a_pair_that_stands_apart_is_no_word(session: Any) -> None:
    published("上海和海南", "两地。")
    assert titles(ANONYMOUS, "上海南") == []
    assert titles(ANONYMOUS, "海南") == ["上海和海南"]


def test_a_sentence_finds_what_comes_near(session: Any) -> None:
    published("小程序公告打不开怎么办", "请升级微信后重新进入小程序。")
    published("执照遗失", "登报声明。")
    [hit] = knowledge.search(ANONYMOUS, "公告打不开了怎么办呀")
    assert hit.near
    [hit] = knowledge.search(ANONYMOUS, "公告打不开")
    assert not hit.near
    assert [piece for piece, is_hit in hit.title if is_hit] == ["公告打不开"]


def test_a_long_question_finds_what_has_enough_of_it(session: Any) -> None:
    published("小程序公告打不开怎么办", "请升级微信后重新进入小程序。")
    published("怎么办理执照", "到窗口。")
    asked = "您好，我昨天晚上在家里用手机看小程序，小程序公告打不开，一直转圈，请问该怎么办才好呢？谢谢老师"
    assert titles(ANONYMOUS, asked) == ["小程序公告打不开怎么办"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("app闪退", ["APP 闪退怎么办"]),
        ("APP", ["APP 闪退怎么办"]),
        ("ａｐｐ", ["APP 闪退怎么办"]),
        ("iOS17.2", ["iOS 17.2 上白屏"]),
        ("17.2", ["iOS 17.2 上白屏"]),
        ("１７．２", ["iOS 17.2 上白屏"]),
        ("12315", ["投诉请打 12315"]),
        ("315", ["投诉请打 12315"]),
        ("屏", ["iOS 17.2 上白屏"]),
        ("𠮷", ["𠮷野家怎样登记"]),
        ("𠮷野", ["𠮷野家怎样登记"]),
        ("É", ["Émile 的店"]),
        ("émile", ["Émile 的店"]),
        ("emile", ["Émile 的店"]),
        ("退闪", []),
        ("2.17", ["iOS 17.2 上白屏"]),
    ],
)
def test_latin_full_width_rare_and_accented(session: Any, typed: str, found: list[str]) -> None:
    for title in ("APP 闪退怎么办", "iOS 17.2 上白屏", "投诉请打 12315", "𠮷野家怎样登记", "Émile 的店"):
        published(title)
    assert titles(ANONYMOUS, typed) == found


def test_keywords_go_before_the_body_and_repetition_buys_little(session: Any) -> None:
    published("甲", "年报" * 200)
    published("乙", "正文。", "年报 申报")
    published("丙", "正文。", "年报申报")
    published("年报", "正文。")
    published("怎样年报", "正文。")
    assert titles(ANONYMOUS, "年报") == ["年报", "怎样年报", "乙", "丙", "甲"]


def test_limits_hold(session: Any) -> None:
    for number in range(60):
        published(f"公告 {number}")
    assert [len(knowledge.search(ANONYMOUS, "公告", limit=limit)) for limit in (-5, 0, 1, 20, 1000)] == [
        1,
        1,
        1,
        20,
        50,
    ]


def test_highlights_keep_the_words_as_they_were_written() -> None:
    assert marked("ＷＸ 登录 wx", ["wx"]) == [("ＷＸ", True), (" 登录 ", False), ("wx", True)]
    assert marked("<b>&公告", ["公告"]) == [("<b>&", False), ("公告", True)]
    assert "".join(piece for piece, _ in marked("Straße ﬁn", ["ss"])) == "Straße ﬁn"
    assert folded("ﬁn").places == (0, 0, 1)


def test_terms_and_pairs() -> None:
    assert terms(" 公告，公告  WX ") == ["公告", "wx"]
    assert len(terms("甲 乙 丙 丁 戊 己 庚 辛 壬 癸")) == 8
    assert sum(grams_of("公告 公告").values()) == 4
    assert not grams_of("，。 !")


def test_readers_search_what_is_published_and_writers_what_is_newest(session: Any) -> None:
    lin = people.actor("lin")
    article = published("旧的标题", "旧正文。")
    knowledge.revise(lin, article.id, version=1, title="新的标题", body="新正文。")
    assert titles(ANONYMOUS, "旧的") == ["旧的标题"]
    assert titles(ANONYMOUS, "新的") == []
    assert titles(lin, "新的") == ["旧的标题"]
    assert titles(lin, "旧的") == []
    knowledge.publish(lin, article.id)
    assert titles(ANONYMOUS, "新正") == ["新的标题"]
    assert titles(ANONYMOUS, "旧正") == []
    knowledge.withdraw(lin, article.id, reason="过时")
    assert titles(ANONYMOUS, "新正") == []
    assert titles(lin, "新正") == ["新的标题"]
    assert titles(lin, "新正", standing=True) == []


def test_a_vendor_finds_nothing_of_another_contract(session: Any) -> None:
    a, b = contracts.contract_a(), contracts.contract_b()
    ours = people.actor("zheng", contract_id=a.id)
    theirs = people.actor("wu", contract_id=b.id)
    article = knowledge.draft(ours, title="重启交换服务", body="先停任务。", audience=Audience.STAFF, contract_id=a.id)
    knowledge.publish(ours, article.id)
    assert titles(ours, "交换") == ["重启交换服务"]
    assert titles(people.actor("lin"), "交换") == ["重启交换服务"]
    assert titles(theirs, "交换") == titles(ANONYMOUS, "交换") == titles(citizens.actor("wang"), "交换") == []


def test_two_statements_however_many_are_found(session: Any, queries: Any) -> None:
    for number in range(12):
        published(f"公告 {number}")
    session.flush()
    with queries() as seen:
        assert len(knowledge.search(ANONYMOUS, "公告")) == 12
    assert len(seen) == 1
