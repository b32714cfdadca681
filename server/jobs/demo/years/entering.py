"""How the contracts of the two played years came into the register: entered from the paper, signed, sealed, begun."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from server.core import clock
from server.core.db import unit
from server.domain import contracts
from server.domain.contracts import Party
from server.domain.identity import SCHEDULER
from server.jobs.demo.years.script import at


@dataclass(frozen=True, slots=True)
class Signed:
    """When one side signed and sealed."""

    party: Party
    signed_on: date
    sealed_on: date
    signer: str


@dataclass(frozen=True, slots=True)
class Papers:
    """One contract's way into the register."""

    key: str
    entered_at: datetime
    begins_at: datetime
    signatures: tuple[Signed, ...]


A = Papers(
    "mini_program",
    at(2025, 3, 4, 8, 30),
    at(2025, 3, 4, 8, 45),
    (
        Signed(Party.VENDOR, date(2025, 2, 27), date(2025, 2, 28), "乔安"),
        Signed(Party.BUREAU, date(2025, 3, 3), date(2025, 3, 4), "周敏"),
    ),
)
B = Papers(
    "data_exchange",
    at(2025, 7, 7, 8, 30),
    at(2025, 7, 7, 8, 45),
    (
        Signed(Party.VENDOR, date(2025, 7, 3), date(2025, 7, 3), "顾远"),
        Signed(Party.BUREAU, date(2025, 7, 4), date(2025, 7, 7), "周敏"),
    ),
)


def enter(papers: Papers, vendor_id: uuid.UUID) -> uuid.UUID:
    """Enter a contract from its paper; it becomes effective by its signatures and begins."""
    facts = next(each for each in contracts.demo_facts() if each["key"] == papers.key)
    with clock.replaying(papers.entered_at), unit():
        contract_id = _created(facts, vendor_id)
    with clock.replaying(papers.begins_at), unit():
        for signature in papers.signatures:
            contracts.sign(
                SCHEDULER,
                contract_id,
                party=signature.party,
                signed_on=signature.signed_on,
                sealed_on=signature.sealed_on,
                signer=signature.signer,
            )
        contracts.activate(SCHEDULER, contracts.find(SCHEDULER, contract_id))
    return contract_id


def _created(facts: dict[str, Any], vendor_id: uuid.UUID) -> uuid.UUID:
    return contracts.create(
        SCHEDULER,
        number=facts["number"],
        title=facts["title"],
        vendor_id=vendor_id,
        vendor_name=facts["vendor_name"],
        bureau_name=facts["bureau_name"],
        paper_number=facts["paper_number"],
        starts_on=date.fromisoformat(facts["starts_on"]),
        ends_on=date.fromisoformat(facts["ends_on"]),
        systems=facts["systems"],
        terms=facts["terms"],
        reason="按签署的纸质合同录入",
    ).id
