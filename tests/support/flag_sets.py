"""Flag sets for tests of what serves them: published past the approval that policy asks for, and keys to ask with."""

from __future__ import annotations

from typing import Any

from server.domain import flags
from server.domain.flags import Environment
from server.domain.identity import SCHEDULER
from tests.factories.flags import flag_document, published

KINDS = {bool: "boolean", str: "string", int: "number", float: "number", dict: "object"}


def flag(key: str, variants: dict[str, Any], default: str, **more: Any) -> dict[str, Any]:
    """A flag's document; its kind is that of its variants."""
    return flag_document(key, kind=KINDS[type(variants[default])], variants=variants, default=default, **more)


def switch(key: str = "new-search", *, on: bool = True, **more: Any) -> dict[str, Any]:
    """A boolean flag."""
    return flag(key, {"on": True, "off": False}, "on" if on else "off", **more)


def publish(environment: Environment, *documents: dict[str, Any]) -> int:
    """Put flags in force as they stand in these documents; the revision's number. Inside a unit."""
    rules = flags.policy()
    if environment in rules.approval:
        kept = {"stale_days": rules.stale_days, "most_flags": rules.most_flags}
        flags.set_policy(SCHEDULER, base_number=rules.number, approval=[], reason="测试", **kept)
    return published(*documents, environment=environment).number


def key_for(environment: Environment, *origins: str) -> str:
    """A client key's secret. Inside a unit."""
    return flags.issue_key(SCHEDULER, environment, name="测试", origins=origins).secret
