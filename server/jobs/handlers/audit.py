"""The audit chain: linked every two seconds, walked from its beginning once a day."""

from __future__ import annotations

from server.core.db import unit
from server.domain import identity
from server.domain.identity import SCHEDULER, CheckState
from server.jobs.context import JobContext
from server.jobs.registry import every, handles

DAY = 24 * 3600


@handles("audit.seal", label="封存审计记录", backoff=1)
def seal(job: JobContext) -> None:
    """Link batch after batch until nothing waits. Harmless beside another sealer: the chain's head decides."""
    sealed = 0
    while True:
        with unit():
            count = identity.seal_audit()
        if not count:
            return
        sealed += count
        job.progress(sealed, note=f"已封存 {sealed} 条")


@handles("audit.verify", label="校验审计链")
def verify(job: JobContext) -> None:
    """Walk the whole chain, a unit each batch; the check is kept, and a fault is logged as critical."""
    with unit():
        check = identity.begin_check(SCHEDULER)
    while check.state is CheckState.RUNNING:
        with unit():
            check = identity.continue_check(SCHEDULER, check.id)
        job.progress(check.seq, check.total)


every("audit.seal", "audit.seal", 2, when=identity.anything_to_seal)
every("audit.verify", "audit.verify", DAY)
