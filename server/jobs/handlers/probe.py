"""Kinds of job that exist in the test profile only: they prove that nothing is lost and nothing happens twice.

``probe.effect`` writes a row under its name, in the same unit that ends the job; a test counts the rows. All of them
add a line to a file when an attempt starts, so a test can wait for that moment.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from server.core.serials import next_number
from server.jobs.context import Hopeless, JobContext, Later
from server.jobs.registry import handles

STEP = 0.05


def _mark(job: JobContext, word: str) -> None:
    path = job.args.get("marks")
    if path:
        with Path(path).open("a", encoding="utf-8") as marks:
            marks.write(f"{word} {job.id.hex} {job.attempt} {os.getpid()}\n")


@handles("probe.effect", label="测试：一次效果", backoff=0.1)
def effect(job: JobContext) -> None:
    """Work for some seconds, then take one number of a series: the series' last number counts the effects."""
    _mark(job, "start")
    steps = round(float(job.args.get("seconds", 0)) / STEP)
    for step in range(steps):
        time.sleep(STEP)
        job.progress(step + 1, steps, "测试")
    with job.unit(last=True):
        next_number(f"probe:{job.args['name']}", 2026)
    _mark(job, "end")


@handles("probe.deaf", label="测试：不听劝", backoff=0.1)
def deaf(job: JobContext) -> None:
    """Like ``probe.effect``, but it neither reports progress nor looks whether it should stop."""
    _mark(job, "start")
    time.sleep(float(job.args.get("seconds", 0)))
    with job.unit(last=True):
        next_number(f"probe:{job.args['name']}", 2026)
    _mark(job, "end")


@handles("probe.poison", label="测试：总是失败", backoff=0.1)
def poison(job: JobContext) -> None:
    """Fail, always."""
    _mark(job, "start")
    raise RuntimeError("总是失败 access_token=abcdefgh12345")


@handles("probe.suicide", label="测试：带走进程", backoff=0.1)
def suicide(job: JobContext) -> None:
    """Take the worker's process along, always."""
    _mark(job, "start")
    os.kill(os.getpid(), 9)


@handles("probe.later", label="测试：稍后再试")
def later(job: JobContext) -> None:
    """Ask to wait in the first attempt; give up in the second."""
    _mark(job, "start")
    if job.attempt == 1:
        raise Later(0.1, "等一等")
    raise Hopeless("没有希望")
