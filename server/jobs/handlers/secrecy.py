"""What the secrecy room asks for by time: promises whose documents are signed by now, and the next year's numbers."""

from __future__ import annotations

from server.core.db import unit
from server.domain import secrecy
from server.domain.identity import SCHEDULER
from server.jobs.context import JobContext
from server.jobs.handlers.retention import HOUR
from server.jobs.registry import every, handles

MINUTE = 60


@handles("secrecy.take_signed", label="登记已签署的承诺书")
def take_signed(job: JobContext) -> None:
    """Put promises in force whose documents are signed. Again at any time: each is taken once."""
    with unit():
        taken = secrecy.take_signed(SCHEDULER)
    job.progress(taken, note=f"已登记 {taken} 份")


@handles("secrecy.tidy", label="备好保密登记编号")
def tidy(job: JobContext) -> None:
    """Have the next year's numbers ready."""
    with unit():
        secrecy.prepare_numbers()
    job.progress(1)


every("secrecy.take_signed", "secrecy.take_signed", 5 * MINUTE, when=secrecy.anything_signed)
every("secrecy.tidy", "secrecy.tidy", 24 * HOUR)
