"""Capital amounts: every string of domain.md §5.2, tolerance, and words that are read back as what they were."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.core.money import neat
from server.core.money_words import in_words, parse_words, same_words

EXPECTED = {
    "28000": "贰万捌仟元整",
    "148800": "壹拾肆万捌仟捌佰元整",
    "104160": "壹拾万零肆仟壹佰陆拾元整",
    "44640": "肆万肆仟陆佰肆拾元整",
    "0.05": "伍分",
    "100000.10": "壹拾万元零壹角",
    "74.40": "柒拾肆元肆角",
    "11.67": "壹拾壹元陆角柒分",
    "140": "壹佰肆拾元整",
    "16409.02": "壹万陆仟肆佰零玖元零贰分",
    "1000000.01": "壹佰万元零壹分",
    "0": "零元整",
    # further ones, worked out by the same rule
    "10.77": "壹拾元零柒角柒分",
    "4200": "肆仟贰佰元整",
    "148.80": "壹佰肆拾捌元捌角",
    "297.60": "贰佰玖拾柒元陆角",
    "0.50": "伍角",
    "1000000000": "壹拾亿元整",
    "1000004160": "壹拾亿零肆仟壹佰陆拾元整",
    "1000000000000": "壹万亿元整",
    "123456789012.34": "壹仟贰佰叁拾肆亿伍仟陆佰柒拾捌万玖仟零壹拾贰元叁角肆分",
}


@pytest.mark.parametrize(("amount", "words"), EXPECTED.items())
def test_5_2_expected_words(amount, words):
    assert in_words(Decimal(amount)) == words
    assert parse_words(words) == Decimal(amount)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("壹拾万肆仟壹佰陆拾元整", "104160"),
        ("壹拾万零肆仟壹佰陆拾圆正", "104160"),
        ("人民币：贰万捌仟元", "28000"),
        ("壹拾万元壹角", "100000.10"),
        ("壹拾万元零壹角整", "100000.10"),
        ("壹万陆仟肆佰玖元贰分", "16409.02"),
        ("零元伍分", "0.05"),
        ("零元零伍分", "0.05"),
        ("拾万元整", "100000"),
        ("148800.00元整", "148800"),
        ("¥148,800.00", "148800"),
        ("一十四万八千八百元整", "148800"),
    ],
)
def test_5_2_and_finding_33_spellings_that_say_the_same(text, amount):
    assert same_words(text, Decimal(amount))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "元整",
        "整",
        "贰万捌仟",
        "贰佰捌仟元整",
        "贰捌元",
        "贰拾佰元",
        "万元整",
        "贰万万元整",
        "两万块",
        "1.234元",
        "-5元",
    ],
)
def test_what_names_no_amount_is_none(text):
    assert parse_words(text) is None
    assert not same_words(text, Decimal(1))


def test_another_amount_is_not_the_same():
    assert not same_words("壹拾肆万捌仟捌佰元整", Decimal("148800.01"))


def test_negative_and_boundless_amounts_have_no_words():
    for amount in (Decimal("-0.01"), Decimal(10) ** 16):
        with pytest.raises(ValueError, match="no words"):
            in_words(amount)


def test_neat_figures():
    assert neat(Decimal("148800")) == "¥148,800.00"
    assert neat(Decimal("11.666")) == "¥11.67"


@settings(max_examples=400)
@given(st.integers(0, 10**14))
def test_words_are_read_back_as_what_they_were(fen):
    amount = Decimal(fen) / 100
    assert parse_words(in_words(amount)) == amount


@settings(max_examples=200)
@given(st.lists(st.sampled_from("0015"), min_size=1, max_size=14).map("".join))
def test_words_with_many_zeros_are_read_back(fen):
    amount = Decimal(int(fen)) / 100
    words = in_words(amount)
    assert parse_words(words) == amount
    assert "零零" not in words
    assert parse_words(words.replace("零", "") if amount >= 1 else words) == amount
