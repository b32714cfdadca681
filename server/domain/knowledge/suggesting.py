"""What an article made from a matter begins with: the words that are there already, without anybody's numbers. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from server.core.logs import redact
from server.domain.knowledge.models import TITLE
from server.domain.knowledge.writing import LONGEST

# Beside what logs keep out: mobile numbers in groups or in full width, and addresses of mail.
_PERSONAL: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?<!\d)([1１]\d\d)[ -]?\d{4}[ -]?(\d{4})(?!\d)"), r"\1****\2"),
    (re.compile(r"(?a:[\w.+-])+@(?a:[\w-])+(?:\.(?a:[\w-])+)+"), "***@***"),
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What an article made from a matter begins with; nothing of it is kept before somebody has read it."""

    title: str
    body: str
    keywords: str


def suggestion(*, title: str, text: str, cause: str = "", answer: str = "") -> Suggestion:
    """The beginning of an article about a matter: the question in the asker's words, the cause, the answer.

    Numbers of people are taken out; the writer reads over the rest.
    """
    parts = [("问题", text), ("原因", cause), ("处理办法", answer)]
    body = "\n\n".join(f"## {heading}\n\n{_nobodys(words.strip())}" for heading, words in parts if words.strip())
    return Suggestion(_nobodys(title.strip())[:TITLE], body[:LONGEST], "")


def _nobodys(text: str) -> str:
    kept = redact(text)
    for pattern, replacement in _PERSONAL:
        kept = pattern.sub(replacement, kept)
    return kept
