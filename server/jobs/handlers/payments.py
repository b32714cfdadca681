"""Money's daily round: due days computed again, since terms may begin to hold overnight, the next year's numbers made ready,
and files that no row names."""

from __future__ import annotations

from server.core.db import reading, unit
from server.domain import payments
from server.domain.identity import SCHEDULER
from server.gateways.queue import Lane
from server.jobs.context import JobContext
from server.jobs.handlers.retention import HOUR
from server.jobs.registry import every, handles


@handles("payments.refresh_dues", label="重算付款到期日")
def refresh_dues(job: JobContext) -> None:
    """Compute the due days of unpaid instalments again; what moved is written down with the contract."""
    with unit():
        moved = payments.refresh_all(SCHEDULER, "每日重算")
    job.progress(moved, note=f"{moved} 个到期日有变化")


@handles("payments.tidy", label="备好付款编号，清理无主的付款附件")
def tidy(job: JobContext) -> None:
    """Have the next year's numbers ready, and delete files that no row names."""
    with unit():
        payments.prepare_numbers()
    with reading():
        gone = payments.sweep_papers()
    job.progress(gone, note=f"已清理 {gone} 个文件")


every("payments.refresh_dues", "payments.refresh_dues", 24 * HOUR)
every("payments.tidy", "payments.tidy", 24 * HOUR, lane=Lane.DOCUMENTS)
