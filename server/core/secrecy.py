"""Marks of state secrets in words: such papers have no place in an internet system (Secrecy Law).

A mark is what GB/T 9704 puts on a paper: a level with a star and a term (秘密★10年), a level after 密级, or a level that
stands alone at the head of a page. Ordinary words that contain one (商业秘密, 保密承诺书, 机密性) are none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from server.core.errors import Invalid

# The mark itself, wherever it stands in what people type.
_MARK = re.compile(r"(绝密|机密|秘密)\s*[★☆*]")

_BLANK = r"[ \t\u3000]*"
_LEVEL = rf"(?P<level>绝{_BLANK}密|机{_BLANK}密|秘{_BLANK}密)"
_TERM = r"(?:\d{1,2}\s*(?:年|个月|月|天)|长期|启用前|解密前|[一二三四五六七八九十]{1,3}年)"
# Other people's secrets are no state secrets, and a mark in quotes is spoken of, not borne.
_STAR = re.compile(
    rf"(?<!商业)(?<!个人)(?<!企业)(?<!技术)(?<!经营)(?<![“‘「『《〈\"']){_LEVEL}(?:级)?{_BLANK}(?:[★☆✩✭⭐]|[*](?={_BLANK}{_TERM}))"
)
_LABEL = re.compile(
    rf"(?:密级|涉密等级|秘密等级|保密等级|保密级别)(?:和保密期限)?(?:{_BLANK}:\s*|{_BLANK}\n?\t[ \u3000]*|[ \u3000]+)[☑√■✔]?{_BLANK}"
    rf"{_LEVEL}级?(?={_BLANK}(?:$|[\n★☆*,;。)(]|\d|长期|保密期限))",
    re.MULTILINE,
)
_ALONE = re.compile(rf"[【〔\[(<{{\s]*{_LEVEL}{_BLANK}级?{_BLANK}(?:[-—★☆*]{{0,2}}{_BLANK}{_TERM})?[】〕\])>}}\s]*")
_EDGE = r"[-_—·.,、+~\s()\[\]【】〔〕《》]"
_NAMED = re.compile(rf"(?:^|{_EDGE}){_LEVEL}(?:级|件|文件|资料|材料|档案)?(?={_EDGE}|[★☆*]|\d|$)")
_KEYWORDS = re.compile(r"[,;、|/\s]+")

HEAD_LINES = 5


class SecretMarked(Invalid):
    """The text carries the mark of a state secret; it must not enter an internet system."""

    code = "state_secret"
    message = "内容疑似带有国家秘密标志，不得通过互联网系统提交，请改用规定的渠道。"


def refuse_marked(text: str, *, field: str = "text") -> None:
    """SecretMarked if a text carries such a mark."""
    if _MARK.search(text):
        raise SecretMarked(fields={field: [SecretMarked.message]})


def mark_in_text(text: str) -> str:
    """The level that a starred or labelled mark in a text claims; empty without one."""
    plain = _plain(text)
    return _level(_STAR.search(plain) or _LABEL.search(plain))


def mark_at_head(lines: Iterable[str]) -> str:
    """The level that stands alone in one of the first lines of a page."""
    seen = 0
    for line in lines:
        if not line.strip():
            continue
        found = _ALONE.fullmatch(_plain(line).strip())
        if found:
            return _level(found)
        seen += 1
        if seen >= HEAD_LINES:
            break
    return ""


def mark_in_name(name: str) -> str:
    """The level that a file's name claims as a word of its own."""
    plain = _plain(name.replace("\\", "/").rsplit("/", 1)[-1])
    stem = re.sub(r"(\.[A-Za-z0-9]{1,6})+$", "", plain)
    return _level(_STAR.search(stem) or _LABEL.search(stem) or _NAMED.search(stem))


def mark_in_properties(values: Sequence[str]) -> str:
    """The level that a document's own properties (title, keywords, category, custom ones) claim."""
    for value in values:
        found = mark_in_text(value) or next(
            (level for word in _KEYWORDS.split(_plain(value)) if (level := _level(_ALONE.fullmatch(word)))), ""
        )
        if found:
            return found
    return ""


def _plain(text: str) -> str:
    """Full-width letters and brackets as plain ones; what cannot be seen is not there."""
    normal = unicodedata.normalize("NFKC", text)
    return "".join(each for each in normal if unicodedata.category(each) != "Cf")


def _level(found: re.Match[str] | None) -> str:
    return re.sub(r"\s", "", found["level"]) if found else ""
