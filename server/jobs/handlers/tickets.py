"""The desk's work in the background: clocks computed again after a calendar or a contract changed."""

from __future__ import annotations

import uuid

from server.core.db import unit
from server.domain import tickets
from server.domain.identity import SCHEDULER
from server.jobs.context import JobContext
from server.jobs.registry import every, handles


@handles(tickets.RECOMPUTE, label="重新计算工单期限", backoff=10)
def recompute(job: JobContext) -> None:
    """Derive clocks again batch by batch, a unit each. Again at any time: what is right already does not move."""
    reason = str(job.args["reason"])
    contract = job.args.get("contract_id")
    contract_id = uuid.UUID(contract) if contract else None
    after: uuid.UUID | None = None
    moved = 0
    while True:
        with unit():
            batch = tickets.recompute_clocks(SCHEDULER, reason=reason, contract_id=contract_id, after=after)
        moved += len(batch.moved)
        job.progress(moved, note=f"已变动 {moved} 项期限")
        after = batch.next_after
        if after is None:
            return


@handles("desk.tidy", label="清理每日用量记录，备好工单编号")
def tidy(_job: JobContext) -> None:
    """Forget what people used up on days that are over, and have the next year's numbers ready."""
    with unit():
        tickets.drop_day_uses()
    with unit():
        tickets.prepare_numbers()


every("desk.tidy", "desk.tidy", 24 * 3600)
