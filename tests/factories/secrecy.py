"""Entries of the secrecy room for tests: the smallest valid ones, through the doors."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from server.core import clock
from server.domain import secrecy
from server.domain.contracts import Contract
from server.domain.identity import Actor
from server.domain.secrecy import (
    AssetKind,
    Carrier,
    Grade,
    Handover,
    Incident,
    IncidentKind,
    Promise,
    PromiseKind,
    SecrecyItem,
)

HASH = "ab" * 32


def item(actor: Actor, contract: Contract, **values: Any) -> SecrecyItem:
    """A paper that 郑一鸣 holds from today on."""
    usual: dict[str, Any] = {
        "item": "前置库接口说明",
        "holder": "郑一鸣",
        "carrier": Carrier.PAPER,
        "handed_on": clock.today(),
        "purpose": "接口核对",
    }
    return secrecy.hand_over(actor, contract_id=contract.id, **(usual | values))


def promise(actor: Actor, contract: Contract, name: str = "郑一鸣", **values: Any) -> Promise:
    """A person's promise, not yet signed."""
    return secrecy.prepare(actor, contract_id=contract.id, kind=PromiseKind.PERSON, name=name, **values)


def handover(actor: Actor, contract: Contract, *, lines: int = 1) -> Handover:
    """A list with some files on it."""
    made = secrecy.draft(actor, contract_id=contract.id, title="小程序 2.4.0")
    for number in range(lines):
        digest = f"{number:02x}" * 32
        secrecy.add(actor, made.id, kind=AssetKind.SOURCE, name=f"源代码 {number}", sha256=digest, file_name="a.zip")
    return made


def incident(actor: Actor, contract: Contract, **values: Any) -> Incident:
    """A serious attack that was found an hour ago."""
    usual: dict[str, Any] = {
        "title": "接口遭异常访问",
        "kind": IncidentKind.ATTACK,
        "grade": Grade.SERIOUS,
        "discovered_at": clock.now() - timedelta(hours=1),
        "discovered_by": "郑一鸣",
        "systems": "小程序接口",
        "symptom": "监测到大量异常请求",
    }
    return secrecy.open_incident(actor, contract_id=contract.id, **(usual | values))
