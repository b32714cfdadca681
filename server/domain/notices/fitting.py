"""Make a value fit its field of a subscribe template, so that WeChat never answers 47003. Pure.

A field's kind is in its name (``thing2`` is a thing). What does not fit is shortened or, where the kind has a form,
replaced by a filler that fits: a message with a dash in it reaches the person, a refused one does not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import datetime

from server.core import clock

FIELD = re.compile(r"([a-z]+(?:_[a-z]+)*)(\d{1,2})")
DATE = re.compile(r"\d{4}(?:年\d{1,2}月\d{1,2}日|-\d{1,2}-\d{1,2})")
TIME = re.compile(rf"(?:{DATE.pattern} ?)?(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?")
NUMBER = re.compile(r"[+-]?\d{1,20}(?:\.\d{1,8})?")
AMOUNT = re.compile(r"[¥￥]?\d{1,10}(?:\.\d{1,2})?元?")
CAR = re.compile(r"[\u4e00-\u9fff]?[A-Z0-9]{1,7}[\u4e00-\u9fff]?")
THING, STRING, PHRASE, NAME, NAME_LATIN = 20, 32, 5, 10, 20


def kind_of(field: str) -> str | None:
    """``thing2`` is a ``thing``; None for a name that no template of WeChat's has."""
    found = FIELD.fullmatch(field)
    return found.group(1) if found and found.group(1) in RULES else None


def fitted(field: str, value: str | float | datetime | None) -> str:
    """A value as the field takes it, never empty."""
    found = FIELD.fullmatch(field)
    rule = RULES.get(found.group(1), _thing) if found else _thing
    if isinstance(value, datetime):
        value = clock.to_local(value).strftime("%Y-%m-%d %H:%M")
    return rule(_line("" if value is None else str(value)))


def _line(text: str) -> str:
    """One line without what cannot be seen."""
    seen = "".join(" " if character.isspace() else character for character in text)
    seen = "".join(character for character in seen if unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co"))
    return re.sub(r" {2,}", " ", seen).strip()


def _cut(text: str, length: int) -> str:
    """At most so many UTF-16 units, which is how WeChat's client counts; a cut is shown."""
    if _units(text) <= length:
        return text
    while _units(text) > length - 1:
        text = text[:-1]
    return text.rstrip() + "…"


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _thing(text: str) -> str:
    return _cut(text, THING) or "无"


def _character_string(text: str) -> str:
    return re.sub(r"[^\x21-\x7e]", "", text)[:STRING] or "-"


def _phrase(text: str) -> str:
    return re.sub(r"[^\u4e00-\u9fff]", "", text)[:PHRASE] or "无"


def _name(text: str) -> str:
    letters = re.sub(r"[^A-Za-z\u4e00-\u9fff·]", "", text)
    chinese = re.search(r"[\u4e00-\u9fff]", letters) is not None
    return letters[: NAME if chinese else NAME_LATIN] or "匿名"


def _time(text: str) -> str:
    found = TIME.search(text)
    return found.group() if found else f"{_date(text)} 00:00"


def _date(text: str) -> str:
    found = DATE.search(text)
    return found.group() if found else clock.today().isoformat()


def _first(pattern: re.Pattern[str], filler: str) -> Callable[[str], str]:
    def rule(text: str) -> str:
        found = pattern.search(text)
        return found.group() if found else filler

    return rule


def _only(characters: str, length: int, filler: str) -> Callable[[str], str]:
    return lambda text: re.sub(f"[^{characters}]", "", text)[:length] or filler


RULES: dict[str, Callable[[str], str]] = {
    "thing": _thing,
    "character_string": _character_string,
    "phrase": _phrase,
    "name": _name,
    "time": _time,
    "date": _date,
    "number": _first(NUMBER, "0"),
    "amount": _first(AMOUNT, "0"),
    "letter": _only("A-Za-z", STRING, "N"),
    "symbol": _only(r"\x21-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7e", 5, "-"),
    "phone_number": _only(r"\d+\-", 17, "0"),
    "car_number": _first(CAR, "0"),
}
