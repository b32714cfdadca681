"""No passwords in clear (domain.md B20): what looks like one is refused before it is stored anywhere.

A sentence about passwords is fine ("密码由数据局保管", "密码已重置"); a word that could be one, next to it, is not.
"""

from __future__ import annotations

import re
import unicodedata

from server.core.errors import Invalid

_NAME = (
    r"(?:密\s*码|口\s*令|暗\s*号|密\s*钥|秘\s*钥|pass\s*word|passwd|pass\s*phrase|passcode|pwd"
    r"|secret(?:_?key)?|access_?key|api_?key|token)"
)
_JOIN = r"(?:\s*(?:[:=：＝\-—>]+|是|为|改为|改成|设为|重置为|更新为|如下|即)\s*)+"
_VALUE = r"[\"'“‘「<(（]?(?P<value>[!-~]{4,})"
_PATTERNS = (
    # 密码：Abc123、口令是 hello、password=…
    re.compile(rf"(?i){_NAME}{_JOIN}{_VALUE}"),
    # 密码Abc12345, pwd Abc12345
    re.compile(r"(?i)(?:密\s*码|口\s*令|password|passwd|pwd)\s*[\"'“‘(（]?(?P<value>(?=[!-~]*\d)[!-~]{6,})"),
    # 账号/密码：sa/Abc123
    re.compile(
        r"(?i)(?:账号|帐号|账户|用户名?|user(?:name)?)\s*[/／、和及|]\s*(?:密\s*码|口\s*令|password|pwd)[^\n]{0,6}?(?P<value>[!-~]+\s*[/／|、]\s*[!-~]{3,})"
    ),
    # jdbc:mysql://sa:Abc123@10.0.0.1, sqlplus sa/Abc123@prod
    re.compile(r"(?i)[a-z][a-z0-9+.-]*://[^\s/:@]+:(?P<value>[^\s/@]{3,})@"),
    re.compile(r"(?i)\b(?:sqlplus|exp|imp|expdp|impdp|disql)\s+[^\s/]+/(?P<value>[^\s@]{3,})"),
    # mysql -uroot -pAbc123, identified by Abc123
    re.compile(r"(?i)\bmysql(?:dump)?\b[^\n]*\s-p(?P<value>[^\s-]\S{2,})"),
    re.compile(r"(?i)identified\s+by\s+[\"']?(?P<value>[!-~]{3,})"),
)
# Eight and more characters of all four classes stand for nothing else in a bureau's notes.
_STRONG = re.compile(r"(?<![!-~])(?=[!-~]*[a-z])(?=[!-~]*[A-Z])(?=[!-~]*\d)(?=[!-~]*[!@#$%^&*+?~])[!-~]{8,40}(?![!-~])")
_ADDRESS = re.compile(r"(?i)^(?:https?://|[\w.+-]+@[\w-]+\.\w)")
# What is written where a password would be, by people who know better.
_HIDDEN = re.compile(r"^[*xX•·.…_-]+$|^\*{2,}")
_HARMLESS = frozenset({"none", "null", "n/a", "todo", "reset", "changed", "expired", "unknown", "vault"})


class CredentialRefused(Invalid):
    """The text seems to carry a password or a key in clear."""

    code = "credential_refused"
    message = "内容疑似含有明文密码或密钥，不得登记；请改写为“由谁保管、如何领取”。"


def refuse_credentials(text: str, field: str) -> None:
    """CredentialRefused if a text seems to carry a password; the refusal does not repeat it."""
    if looks_like_credentials(text):
        raise CredentialRefused(fields={field: [CredentialRefused.message]})


def looks_like_credentials(text: str) -> bool:
    """Whether somebody seems to have written down how to sign in somewhere."""
    flat = unicodedata.normalize("NFKC", text)
    for pattern in _PATTERNS:
        if any(_is_value(found["value"]) for found in pattern.finditer(flat)):
            return True
    return any(not _ADDRESS.match(found[0]) for found in _STRONG.finditer(flat))


def _is_value(value: str) -> bool:
    bare = value.strip("\"'>),.;!").lower()
    return bool(bare) and not _HIDDEN.match(bare) and bare not in _HARMLESS
