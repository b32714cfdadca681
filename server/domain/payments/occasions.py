"""What a penalty is claimed for: the ticket, material or instalment that makes an event the same one, whoever words it."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import date

from server.core.errors import Invalid
from server.domain import records, tickets
from server.domain.contracts import Contract, Party, Penalty, PenaltyPer
from server.domain.identity import Actor


@dataclass(frozen=True, slots=True)
class Occasion:
    """What an event hangs on. ``key`` is the same for the same event; ``number`` is the ticket's, if there is one."""

    key: str
    ticket_id: uuid.UUID | None
    number: str


def occasion_of(
    actor: Actor,
    contract: Contract,
    penalty: Penalty,
    *,
    event: str,
    occurred_on: date,
    ticket_id: uuid.UUID | None,
    material_id: uuid.UUID | None,
    milestone: str,
) -> Occasion:
    """The event as this contract knows it. Clauses that exclude each other need its ticket (§1.5); a ticket that was merged
    stands for the one that it went into, and one judged out of scope is never the vendor's to pay for (A29).
    """
    if penalty.excludes and ticket_id is None:
        raise Invalid(fields={"ticket_id": ["相互排斥的条款须指明对应工单：一个事件对应一张工单"]})
    found = None
    if ticket_id is not None:
        found = _ticket(actor, contract, penalty, ticket_id)
    if material_id is not None and records.find_material(actor, material_id).contract_id != contract.id:
        raise Invalid(fields={"material_id": ["不是该合同的资料"]})
    if penalty.per is not PenaltyPer.EVENT:
        key = f"late:{milestone}"
    elif found is not None:
        key = f"ticket:{found.id}"
    elif material_id is not None:
        key = f"material:{material_id}"
    else:
        plain = f"{occurred_on}|{''.join(event.split())}"
        key = f"event:{hashlib.sha256(plain.encode()).hexdigest()[:32]}"
    return Occasion(key, found.id if found else None, found.number if found else "")


def _ticket(actor: Actor, contract: Contract, penalty: Penalty, ticket_id: uuid.UUID) -> tickets.Ticket:
    ticket = tickets.find(actor, ticket_id)
    while ticket.merged_into_id is not None:
        ticket = tickets.find(actor, ticket.merged_into_id)
    if ticket.contract_id != contract.id:
        raise Invalid(fields={"ticket_id": ["不是该合同的工单"]})
    if penalty.owed_by is Party.VENDOR and not ticket.scope.counts:
        raise Invalid(fields={"ticket_id": [f"该工单判定为“{ticket.scope.label}”，不计乙方责任"]})
    return ticket
