"""One duty of every kind under a contract, made through the doors of the rooms that own them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from server.core import clock
from server.domain import duty, payments, staffing
from server.domain.contracts import Contract
from server.domain.identity import SCHEDULER, Actor
from server.domain.staffing import Reason
from tests.factories import citizens, records, referrals, secrecy, tickets, upkeep


def one_of_each(contract: Contract, *, manager: Actor, administrator: Actor, handler: Actor, mark: str) -> None:
    """Everything that can fall due, today or in the next days; ``mark`` is in every text that somebody typed."""
    today = clock.today()
    soon = today + timedelta(days=5)
    records.received(contract, manager, title=f"{mark}完工")
    records.material(contract, manager, item=f"{mark}资料", requested_on=today, due_on=soon)
    payments.refresh_all(SCHEDULER, "首次")
    payments.order(administrator, contract_id=contract.id, facts=f"{mark}问题", demands="恢复", due_on=soon)
    leaver = staffing.assign(manager, contract_id=contract.id, name=f"{mark}某", **_experience(contract.starts_on))
    staffing.notify_replacement(
        manager, maintainer_id=leaver.id, reason=Reason.RESIGNED, received_on=today, effective_on=soon
    )
    duty.watch()
    tickets.ticket(citizens.actor("wang"), contract=contract, text=f"{mark}打不开")
    referrals.sheet(contract, handler, title=f"{mark}报错")
    upkeep.planned(contract, manager, on=soon)
    upkeep.plan(contract, manager, scenario=f"{mark}停机", next_drill_on=soon)
    upkeep.finding(upkeep.begun(contract, manager), manager, text=f"{mark}证书将到期", due_on=soon)
    secrecy.item(manager, contract, item=f"{mark}名册", due_back_on=soon)
    secrecy.incident(manager, contract, title=f"{mark}遭攻击")


def _experience(since: date) -> dict[str, Any]:
    return {
        "role": "运维工程师",
        "experience_from": since - timedelta(days=3000),
        "experience": "从事政务系统运维",
        "valid_from": since,
    }
