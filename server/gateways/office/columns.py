"""How wide a table's columns are: by their shares, but never too narrow for their headings and unbroken words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from server.gateways.office.layout import Column

SIZE = 10.0
"""Points of a table's type."""
PADDING = 11.0
HEADING = 4
"""Characters of a heading that stand in one line, if it has so many."""
LONGEST = 20
"""Characters of a word that has a right to its line; longer ones are broken."""
MOST, MOST_WITH_DAYS = 0.75, 0.92
"""Of the whole width, that such needs may take together; more, if that keeps days whole."""
_CJK = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
RUN = re.compile(rf"[^\s{_CJK}\u3000-\u303f]+")
_DAY = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日(?: \d\d:\d\d)?\s*")
_WIDE = re.compile(rf"[{_CJK}\u3000-\u303f]")


def widths(columns: Sequence[Column], rows: Sequence[Mapping[str, str]], room: float) -> list[float]:
    """The columns' widths in points, ``room`` together."""
    words = [_most(column, rows, _longest) for column in columns]
    days = [_most(column, rows, _day) for column in columns]
    needs = _fitting((room * MOST_WITH_DAYS, list(map(max, words, days))), (room * MOST, words)) or [0.0] * len(columns)
    kept: dict[int, float] = {}
    while True:
        left = room - sum(kept.values())
        shares = sum(column.share for at, column in enumerate(columns) if at not in kept) or 1
        told = [kept.get(at, left * column.share / shares) for at, column in enumerate(columns)]
        short = {at: need for at, need in enumerate(needs) if at not in kept and told[at] < need}
        if not short or len(kept) + len(short) == len(columns):
            return told
        kept |= short


def fits(width: float) -> int:
    """How many narrow characters stand in one line of a column."""
    return max(4, int((width - PADDING) / (SIZE * 0.58)))


def breadth(text: str) -> float:
    """A text's width in ems, at most."""
    return sum(1.0 if _WIDE.match(sign) else 0.65 for sign in text)


def _most(column: Column, rows: Iterable[Mapping[str, str]], width: Callable[[str], float]) -> float:
    return max([_need(column.label, 0), *(_need("", width(row.get(column.key, ""))) for row in rows)])


def _fitting(*choices: tuple[float, list[float]]) -> list[float] | None:
    return next((needs for most, needs in choices if sum(needs) <= most), None)


def _day(text: str) -> float:
    """The width in ems of a day that stands for itself, with the narrow spaces that are set between figures and signs."""
    day = _DAY.fullmatch(text)
    return 0.57 * len("".join(day.groups())) + 3 + 5 * 0.25 if day else 0.0


def _longest(text: str) -> float:
    """The width of the longest word that is to stay whole."""
    words = (run for run in RUN.findall(text) if len(run) <= LONGEST)
    return max((sum(0.76 if sign.isupper() else 0.56 for sign in word) for word in words), default=0.0)


def _need(heading: str, word: float) -> float:
    """Points for the heading's first characters, or for a word's width in ems."""
    wide = [1.0 if _WIDE.match(sign) else 0.6 for sign in heading[:HEADING]]
    return SIZE * max(sum(wide), word) + PADDING
