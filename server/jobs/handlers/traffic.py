"""What becomes of counted traffic: build numbers are learnt from it, and old counts go."""

from __future__ import annotations

from server.core.db import unit
from server.domain import releases
from server.jobs.context import JobContext
from server.jobs.handlers.retention import DAY, HOUR
from server.jobs.registry import every, handles


@handles("releases.learn_builds", label="识别微信构建号")
def learn_builds(job: JobContext) -> None:
    """Learn which version each build number is."""
    with unit():
        learnt = releases.learn_builds()
    job.progress(learnt, note=f"识别 {learnt} 个构建号")


@handles("releases.forget_traffic", label="清理过期的访问统计")
def forget_traffic(job: JobContext) -> None:
    """Remove counts of traffic that are older than the release policy keeps them."""
    with unit():
        gone = releases.forget_traffic()
    job.progress(gone, note=f"已清理 {gone} 条")


every("releases.learn_builds", "releases.learn_builds", HOUR)
every("releases.forget_traffic", "releases.forget_traffic", DAY)
