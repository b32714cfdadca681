"""Flags for tests: the smallest documents, and changes that publish them."""

from __future__ import annotations

import hashlib
from typing import Any

from server.domain import flags
from server.domain.flags import Change, Environment, Revision, Subject
from server.domain.identity import SCHEDULER, Actor


def flag_document(key: str = "new-search", **changes: Any) -> dict[str, Any]:
    """A boolean flag that is on for nobody; its seed follows from its key."""
    document: dict[str, Any] = {
        "key": key,
        "kind": "boolean",
        "name": f"功能 {key}",
        "enabled": True,
        "variants": {"on": True, "off": False},
        "default": "off",
        "seed": hashlib.md5(key.encode(), usedforsecurity=False).hexdigest(),
        "bucketing": "v3",
    }
    return {name: value for name, value in (document | changes).items() if value is not None}


def gray(share: int, **changes: Any) -> dict[str, Any]:
    """A rule that gives a share (in hundredths of a percent) of everybody ``on``."""
    rule = {
        "name": "灰度",
        "when": [],
        "serve": {"split": [["on", share], ["off", 10_000 - share]], "by": "targetingKey"},
    }
    return rule | changes


def segment_document(key: str = "testers", *people: str, **changes: Any) -> dict[str, Any]:
    """A segment of some users."""
    condition = {"attribute": "targetingKey", "op": "in", "values": list(people or ("u1", "u2"))}
    return {"key": key, "name": f"分组 {key}", "any": [[condition]]} | changes


def for_segment(key: str, variant: str = "on") -> dict[str, Any]:
    """A rule that gives a segment a variant."""
    return {
        "name": f"给 {key}",
        "when": [{"attribute": "segment", "op": "in", "values": [key]}],
        "serve": {"variant": variant},
    }


def change(environment: Environment, document: dict[str, Any], *, remove: bool = False) -> Change:
    """A change of a document's key on top of what stands now."""
    subject = Subject.FLAG if "variants" in document else Subject.SEGMENT
    base = flags.content(environment).hash_of(subject, document["key"])
    return Change(subject, document["key"], None if remove else document, base)


def published(
    *documents: dict[str, Any],
    environment: Environment = Environment.DEVELOP,
    by: Actor = SCHEDULER,
    reason: str = "测试",
) -> Revision:
    """A revision that writes these documents; in an environment that needs no approval."""
    return flags.publish(by, environment, [change(environment, each) for each in documents], reason=reason)
