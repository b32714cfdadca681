"""Alerts are brought in line with the duties as they stand; due days that a new calendar or new terms move, too."""

from __future__ import annotations

import uuid

from server.core.db import reading, unit
from server.domain import agenda, deliverables
from server.jobs.context import JobContext
from server.jobs.registry import every, handles

LOOK_SECONDS = 300
DAILY = 24 * 3600


@handles(agenda.LOOK, label="检查到期提醒")
def arm(_: JobContext) -> None:
    """Raise and take back alerts. Again at any time: an alert is under its key once."""
    with unit():
        agenda.arm()


@handles(deliverables.RECOMPUTE, label="重算交付物截止日")
def recompute(job: JobContext) -> None:
    """Compute due days anew after a change, write down what moved, and re-arm the alerts. A second run moves nothing."""
    contract_id = job.args.get("contract_id")
    with unit():
        deliverables.settle_all(
            reason=str(job.args.get("reason", "")), contract_id=uuid.UUID(contract_id) if contract_id else None
        )
    with unit():
        agenda.arm()


@handles("deliverables.tidy", label="清理未使用的交付物文件")
def tidy(_: JobContext) -> None:
    """Remember due days that are new, and delete files that a refused hand-in left behind."""
    with unit():
        deliverables.settle_all(reason="每日核对")
    with reading():
        deliverables.sweep()


every(agenda.LOOK, agenda.LOOK, LOOK_SECONDS)
every("deliverables.tidy", "deliverables.tidy", DAILY)
