"""People's words on their way in and out: trimmed, bounded, free of secrecy marks, and masked where numbers show."""

from __future__ import annotations

import re

from server.core.errors import Invalid
from server.core.logs import redact
from server.domain.identity import Actor, Permission
from server.domain.tickets.access import is_staff

LONGEST = 5000
HEADLINE = 40
# GB/T 9704: the mark of a state secret is its level, a star and a term. Such papers have no place on the internet.
_SECRECY = re.compile(r"(绝密|机密|秘密)\s*[★☆*]")


class StateSecret(Invalid):
    """The text carries the mark of a state secret (Secrecy Law); it must not enter an internet system."""

    code = "state_secret"
    message = "内容疑似带有国家秘密标志，不得通过互联网系统提交，请改用规定的渠道。"


def said(text: str, *, field: str = "text", longest: int = LONGEST, needed: bool = True) -> str:
    """A person's words, trimmed; Invalid when they are missing or too many, StateSecret when they are marked so."""
    trimmed = text.replace("\0", "").strip()
    if needed and not trimmed:
        raise Invalid(fields={field: ["请填写内容。"]})
    if len(trimmed) > longest:
        raise Invalid(fields={field: [f"不能超过 {longest} 个字。"]})
    if _SECRECY.search(trimmed):
        raise StateSecret(fields={field: [StateSecret.message]})
    return trimmed


def headline(title: str, text: str) -> str:
    """The title, or the beginning of the text where none was given."""
    line = title.strip() or text.strip().partition("\n")[0].strip()
    return line if len(line) <= HEADLINE or title.strip() else f"{line[: HEADLINE - 1]}…"


def shown(actor: Actor, text: str) -> str:
    """A citizen's text as this reader may see it: phone and identity numbers are masked for staff without pii.unmask."""
    return redact(text) if is_staff(actor) and not actor.may(Permission.PII_UNMASK) else text
