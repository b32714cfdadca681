"""The audit chain's sealer: links what was written since the last look, every two seconds."""

from __future__ import annotations

from server.core.db import unit
from server.domain import identity
from server.jobs.context import JobContext
from server.jobs.registry import every, handles


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


every("audit.seal", "audit.seal", 2, when=identity.anything_to_seal)
