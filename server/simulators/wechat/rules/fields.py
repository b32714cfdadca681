"""What each typed field of a subscribe template may hold (wechat.md §1.5)."""

import re
from collections.abc import Callable

TIME = r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?"
DATE = (
    r"\d{4}(年(0?[1-9]|1[0-2])月(0?[1-9]|[12]\d|3[01])日|(?P<sep>[-/.])(0?[1-9]|1[0-2])(?P=sep)(0?[1-9]|[12]\d|3[01]))"
)


def _full(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda value: compiled.fullmatch(value) is not None


def _name(value: str) -> bool:
    """Ten characters with Chinese among them, or twenty letters and symbols without."""
    chinese = re.search(r"[\u4e00-\u9fff]", value) is not None
    return not re.search(r"\d", value) and len(value) <= (10 if chinese else 20)


RULES: dict[str, Callable[[str], bool]] = {
    "thing": lambda value: len(value) <= 20,
    "number": lambda value: len(value) <= 32 and re.fullmatch(r"[+-]?\d+(\.\d+)?", value) is not None,
    "letter": _full(r"[A-Za-z]{1,32}"),
    "symbol": _full(r"[^\w\s]{1,5}"),
    "character_string": _full(r"[\x21-\x7e]{1,32}"),
    "time": _full(rf"({DATE}\s?)?{TIME}"),
    "date": _full(rf"{DATE}(\s?{TIME})?"),
    "amount": _full(r"[¥￥$€£]?\d{1,10}(\.\d{1,2})?元?"),
    "phone_number": _full(r"[\d+\-() ]{1,17}"),
    "car_number": _full(r"[\u4e00-\u9fff]?[A-Z0-9]{1,7}[\u4e00-\u9fff]?"),
    "name": _name,
    "phrase": _full(r"[\u4e00-\u9fff]{1,5}"),
}


def kind_of(key: str) -> str:
    """``thing1`` is a thing; an unknown kind is an error of the template."""
    kind = key.rstrip("0123456789")
    if kind not in RULES or kind == key:
        raise ValueError(f"no such field kind: {key}")
    return kind


def fault_of(key: str, value: object) -> str | None:
    """Why WeChat would answer 47003 for this field, or None."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return f"data.{key}.value invalid"
    text = str(value)
    if not text.strip():
        return f"data.{key}.value is empty"
    return None if RULES[kind_of(key)](text) else f"data.{key}.value invalid"
