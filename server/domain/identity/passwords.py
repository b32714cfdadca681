"""Passwords: how they are kept, what they must be, and how they change."""

from __future__ import annotations

import secrets
import string
import threading
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from server.core import clock
from server.core.db import session
from server.core.errors import Invalid
from server.domain.identity.models.officers import Officer, PasswordHistory
from server.domain.identity.policy import PasswordRules, policy

# 19 MiB, 2 rounds, 1 lane: the smallest profile that OWASP names, for hosts of 2 GB.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Two at once: a crowd at the door must not take the memory of everyone else.
_at_once = threading.BoundedSemaphore(2)

TEMPORARY_LENGTH = 16
UNMISTAKABLE = (
    "".join(sorted(set(string.ascii_lowercase) - set("lo"))),
    "".join(sorted(set(string.ascii_uppercase) - set("IO"))),
    "23456789",
    "-+=@#%",
)
SHORTEST_WORD = 4
SWAPS = str.maketrans("@4310$57", "aaeiosst")


class BadPassword(Invalid):
    """A new password that the rules refuse."""

    code = "bad_password"
    message = "新口令不符合要求。"


def hash_password(password: str) -> str:
    """How a password is kept: argon2id with its parameters and salt."""
    with _at_once:
        return _hasher.hash(password)


def verify_password(kept: str | None, password: str) -> bool:
    """Whether it is the password. Without a kept one the same work is done for nothing, so that time tells nothing."""
    with _at_once:
        try:
            _hasher.verify(kept or _dummy(), password)
        except (VerificationError, InvalidHashError):
            return False
    return kept is not None


def is_outdated(kept: str) -> bool:
    """Whether it was kept with other parameters than today's."""
    return _hasher.check_needs_rehash(kept)


def new_temporary_password() -> str:
    """A password for one use, of letters that are not mistaken for each other, good under every rule."""
    letters = [secrets.choice(group) for group in UNMISTAKABLE]
    letters += [secrets.choice("".join(UNMISTAKABLE)) for _ in range(TEMPORARY_LENGTH - len(letters))]
    secrets.SystemRandom().shuffle(letters)
    return "".join(letters)


def faults_of(password: str, *, own_words: tuple[str, ...] = (), rules: PasswordRules | None = None) -> list[str]:
    """What the rules hold against a password, as Chinese sentences. ``own_words``: the person's login and name."""
    rules = rules or policy().passwords
    faults: list[str] = []
    if len(password) < rules.min_length:
        faults.append(f"至少 {rules.min_length} 个字符。")
    if len(password) > rules.max_length:
        faults.append(f"最多 {rules.max_length} 个字符。")
    if _classes_in(password) < rules.classes:
        faults.append(f"至少包含大写字母、小写字母、数字、符号中的 {rules.classes} 类。")
    lowered = password.lower()
    if _is_run(lowered) or _is_common(lowered):
        faults.append("这个口令太常见，容易被猜到。")
    words = (*own_words, *policy().organisation_words)
    if any(len(word) >= SHORTEST_WORD and word.lower() in lowered for word in words):
        faults.append("不能包含账号、姓名或单位名称。")
    return faults


def check_new_password(officer: Officer, password: str) -> None:
    """BadPassword if the rules, or the passwords that the officer had before, refuse it."""
    faults = faults_of(password, own_words=(officer.login, officer.name))
    if not faults and _was_used(officer, password):
        faults.append(f"不能使用最近 {policy().passwords.history} 次用过的口令。")
    if faults:
        raise BadPassword(fields={"new_password": faults})


def set_password(officer: Officer, password: str, *, temporary: bool = False) -> None:
    """Keep a new password and remember the old one."""
    if officer.password_hash:
        session().add(PasswordHistory(officer_id=officer.id, password_hash=officer.password_hash))
    officer.password_hash = hash_password(password)
    officer.password_changed_at = clock.now()
    officer.password_temporary = temporary
    session().flush()
    _forget_old(officer)


def is_due(officer: Officer) -> bool:
    """Whether the officer must choose a new password before working on."""
    oldest = policy().passwords.max_age
    return officer.password_temporary or (oldest is not None and clock.now() - officer.password_changed_at >= oldest)


def _was_used(officer: Officer, password: str) -> bool:
    kept = _history(officer)[: policy().passwords.history]
    return any(verify_password(each, password) for each in kept)


def _history(officer: Officer) -> list[str]:
    """The present hash, then the former ones, latest first."""
    former = (
        sa.select(PasswordHistory.password_hash)
        .where(PasswordHistory.officer_id == officer.id)
        .order_by(PasswordHistory.id.desc())
    )
    present = [officer.password_hash] if officer.password_hash else []
    return present + list(session().scalars(former))


def _forget_old(officer: Officer) -> None:
    keys = sa.select(PasswordHistory.id).where(PasswordHistory.officer_id == officer.id)
    old = session().scalars(keys.order_by(PasswordHistory.id.desc()).offset(policy().passwords.history)).all()
    if old:
        session().execute(sa.delete(PasswordHistory).where(PasswordHistory.id.in_(old)))


def _classes_in(password: str) -> int:
    kinds = (str.islower, str.isupper, str.isdigit, lambda letter: not letter.isalnum() or not letter.isascii())
    return sum(any(kind(letter) for letter in password) for kind in kinds)


def _is_run(lowered: str) -> bool:
    """Whether it is one letter over and over, or a walk along the alphabet, the digits or a row of keys."""
    if len(set(lowered)) <= 2:  # noqa: PLR2004 - "aaaaaaaa", "abababab"
        return True
    rows = (string.ascii_lowercase, "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc4rfv5tgb")
    return any(lowered in row * 2 or lowered in row[::-1] * 2 for row in rows)


def _is_common(lowered: str) -> bool:
    """Whether nothing is left of it but a common word, once the usual swaps and trimmings are taken away:
    "P@ssw0rd2026!", "Zhong!Guo99" and "12345678aB" are no better than what they are made from.
    """
    plain = "".join(letter for letter in lowered if letter.isalnum())
    if {lowered, plain} & _common_words():
        return True
    core = plain.strip(string.digits)
    swapped = "".join(letter for letter in lowered.translate(SWAPS) if letter.isalnum()).strip(string.digits)
    if {core, swapped, lowered.rstrip("0123456789!@#$%.").translate(SWAPS)} & _common_words():
        return True
    digits = "".join(letter for letter in plain if letter.isdigit())
    return len(core) < SHORTEST_WORD and _is_run(digits)


@cache
def _common_words() -> frozenset[str]:
    return frozenset((Path(__file__).parent / "common_words.txt").read_text("utf-8").split())


@cache
def _dummy() -> str:
    return _hasher.hash(secrets.token_urlsafe(16))
