"""The rules for officers that an installation may set: given once by the face, at start."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class PasswordRules:
    """What a password must be. ``classes``: of lower, upper, digits, others. No ``max_age``: it never expires."""

    name: str
    min_length: int
    classes: int
    history: int
    max_age: timedelta | None
    max_length: int = 128


# GB/T 22239-2019 8.1.4.1 a): complexity and regular change; ASVS 5.0.0 6.2.5 and 6.2.10 forbid both.
DJBH = PasswordRules("djbh", min_length=8, classes=3, history=5, max_age=timedelta(days=90))
ASVS = PasswordRules("asvs", min_length=10, classes=1, history=0, max_age=None)
PASSWORD_RULES = {rules.name: rules for rules in (DJBH, ASVS)}


@dataclass(frozen=True, slots=True)
class OfficerPolicy:
    """How officers come in and how long they stay."""

    passwords: PasswordRules = DJBH
    two_factor_required: bool = True
    idle: timedelta = timedelta(minutes=30)
    absolute: timedelta = timedelta(hours=8)
    vendor_absolute: timedelta = timedelta(hours=4)
    step_up: timedelta = timedelta(minutes=5)
    organisation_words: tuple[str, ...] = ()


_policy = [OfficerPolicy()]


def govern(policy: OfficerPolicy) -> None:
    """Make a policy the process's own; called once where the application is put together."""
    _policy[:] = [policy]


def policy() -> OfficerPolicy:
    """The process's policy."""
    return _policy[0]
