"""Amounts in capital words (大写金额), written by one rule and read with tolerance (domain.md §5.2).

Our own function, because the libraries tried round down through float and cannot read 伍分 or 零贰分.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from server.core.money import FEN, to_fen

DIGITS = "零壹贰叁肆伍陆柒捌玖"
SMALL = ("", "拾", "佰", "仟")
GROUP = 4
HIGHEST = Decimal(10) ** 16

# What people write instead; read, never written.
_READ_AS = str.maketrans(
    "〇一二三四五六七八九两貳參陸圆圓正十百千萬億",
    "零壹贰叁肆伍陆柒捌玖贰贰叁陆元元整拾佰仟万亿",
)
_WHOLE = re.compile(r"(?:(?P<yuan>[零壹贰叁肆伍陆柒捌玖拾佰仟万亿]+)元)?(?P<cents>[零壹贰叁肆伍陆柒捌玖角分]*)整?")
_CENTS = re.compile(r"零?(?:(?P<jiao>[零壹贰叁肆伍陆柒捌玖])角)?零?(?:(?P<fen>[零壹贰叁肆伍陆柒捌玖])分)?零?")
_FIGURES = re.compile(r"[0-9][0-9,]*(?:\.[0-9]{1,2})?")


def in_words(amount: Decimal) -> str:
    """An amount in capital words, as contracts and cheques write it: 104160 is 壹拾万零肆仟壹佰陆拾元整.

    Rounded to the fen. 零 stands before the next digit wherever zeros were passed over; 整 ends whole yuan only.
    """
    fen = int(to_fen(amount) / FEN)
    if fen < 0 or amount >= HIGHEST:
        raise ValueError("an amount that has no words")
    if fen == 0:
        return "零元整"
    yuan, rest = divmod(fen, 100)
    whole = f"{_whole(yuan)}元" if yuan else ""
    if rest == 0:
        return f"{whole}整"
    jiao, last = divmod(rest, 10)
    # After an empty place a zero is spoken, unless nothing stands before it.
    words = f"{'零' if whole and yuan % 10 == 0 else ''}{DIGITS[jiao]}角" if jiao else "零" if whole else ""
    return f"{whole}{words}{DIGITS[last] + '分' if last else ''}"


def parse_words(text: str) -> Decimal | None:
    """The amount that some words, or figures with 元整 behind them, name; None if they name none.

    Tolerant as §5.2 asks: 元 or 圆, 整 or 正 or neither, 零 in between or not, and “148800.00元整” (finding 33).
    """
    plain = re.sub(r"[\s:：()（）¥￥]|人民币", "", text).translate(_READ_AS)
    figures = plain.removesuffix("整").removesuffix("元")
    if _FIGURES.fullmatch(figures):
        return _of_figures(figures)
    found = _WHOLE.fullmatch(plain)
    if found is None or not (found["yuan"] or found["cents"]):
        return None
    yuan = _read_whole(found["yuan"]) if found["yuan"] else 0
    cents = _CENTS.fullmatch(found["cents"])
    if yuan is None or cents is None or set(found["cents"]) == {"零"}:
        return None
    jiao, fen = (DIGITS.index(cents[name] or "零") for name in ("jiao", "fen"))
    return Decimal(yuan) + Decimal(jiao * 10 + fen) * FEN


def same_words(text: str, amount: Decimal) -> bool:
    """Whether some words say the same as an amount, however they are spelled."""
    return parse_words(text) == to_fen(amount)


def _whole(number: int) -> str:
    """A whole number in words; zeros between two digits are one 零."""
    digits = str(number)
    words, passed_over = "", False
    for index, digit in enumerate(digits):
        place = len(digits) - 1 - index
        if digit == "0":
            passed_over = True
        else:
            words += ("零" if passed_over else "") + DIGITS[int(digit)] + SMALL[place % GROUP]
            passed_over = False
        words += _group_name(digits, place)
    return words


def _group_name(digits: str, place: int) -> str:
    """万 or 亿 where a group of four ends that is not empty; 亿 stands behind everything above it."""
    if place == 0 or place % GROUP:
        return ""
    if place % (2 * GROUP) == 0:
        return "亿"
    group = digits[max(len(digits) - place - GROUP, 0) : len(digits) - place]
    return "万" if group.strip("0") else ""


def _read_whole(words: str) -> int | None:
    """A whole number from words: 亿 first, then 万, then the places below, each in falling order."""
    if not words.strip("零"):
        return 0
    for mark, size in (("亿", 10**8), ("万", 10**4)):
        if mark in words:
            above, _, below = words.rpartition(mark)
            high = _read_whole(above) if above.strip("零") else None
            low = _read_whole(below) if below else 0
            if high is None or low is None or low >= size or (mark == "万" and high >= size):
                return None
            return high * size + low
    return _read_small(words.replace("零", ""))


def _read_small(words: str) -> int | None:
    found = re.fullmatch(r"(?:(.)仟)?(?:(.)佰)?(?:(.?)拾)?(.)?", words)
    if found is None:
        return None
    total = 0
    for digit, size in zip(found.groups(), (1000, 100, 10, 1), strict=True):
        if digit is None:
            continue
        if digit not in DIGITS:
            return None
        # 拾 alone is ten
        total += size * (DIGITS.index(digit) if digit else 1)
    return total


def _of_figures(text: str) -> Decimal | None:
    try:
        return Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None
