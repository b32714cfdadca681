"""Flags over OFREP as ratios to a bare Flask "hello" under the same gunicorn in the same run, and in process.

``python -m benchmarks.flags [--rounds 8] [--seconds 3] [--on sqlite] [--workers sync|gthread]``. Fifty flags: ten without
rules, forty with an allow-list of a hundred users, a version, a list of platforms and a share of users, through the doors
as an officer would publish them. Windows are interleaved; of each target the half with the least foreign load on the
processors counts. The service runs as it would behind nginx: limits, counts, contexts and metrics on; every request is of
another user from another address. Needs wrk.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openfeature.contrib.tools.flagd.core import FlagdCore
from openfeature.evaluation_context import EvaluationContext

from benchmarks.http import ROOT, Window, _free_port, wrk
from server.core import clock
from server.core.db import unit
from server.domain import flags
from server.domain.flags import Environment
from tests.support import flag_sets, town
from tests.support.databases import available, fresh_database
from tests.support.processes import children
from tests.support.service import answers, running_service, wait_until

STATIC, TARGETED, LISTED = 10, 40, 100
CONNECTIONS = (8, 64)
PLATFORMS = ["ios", "android", "ohos"]
CONTEXT = {"version": "1.4.2", "platform": "ios"}
BULK = "/ofrep/v1/evaluate/flags"
WORKERS = {
    "sync": ["--workers", "2", "--worker-class", "sync", "--threads", "1"],
    "gthread": ["--workers", "2", "--worker-class", "gthread", "--threads", "4"],
}
QUIET = ["--no-control-socket", "--log-level", "error"]
# reference/flags.md (d): requests per second of one Unleash process as a part of its run's hello, by connections.
UNLEASH = {8: 1734 / 6141, 64: 2048 / 6352}
# The bars that we set ourselves there.
LEAST_OF_HELLO, MOST_CPU, MOST_P99, LEAST_OF_UNLEASH = 0.75, 1.6, 10.0, 2.0
TICKS = os.sysconf("SC_CLK_TCK")
LUA = """
local count = math.random(1e9)
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["X-API-Key"] = "%(secret)s"
%(tag)s
local body = '{"context":{"targetingKey":"%(user)s","version":"1.4.2","platform":"ios"}}'
function request()
  count = count + 1
  wrk.headers["X-Forwarded-For"] = "10." .. math.random(255) .. "." .. math.random(255) .. "." .. math.random(255)
  return wrk.format(nil, nil, nil, (body:gsub("N", count)))
end
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """A window, the processor time of each request in microseconds, and the part of the processors that others had."""

    window: Window
    cpu: float
    foreign: float


def documents() -> list[dict[str, Any]]:
    """The flags."""
    made = [flag_sets.switch(f"static-{number:02}") for number in range(STATIC)]
    for number in range(TARGETED):
        listed = [f"user-{number}-{each}" for each in range(LISTED)]
        conditions = [
            {"attribute": "version", "op": "at_least", "values": ["1.4.0"], "missing": False},
            {"attribute": "platform", "op": "in", "values": PLATFORMS},
        ]
        rules = [
            {"name": "名单", "when": [_in("targetingKey", listed)], "serve": {"variant": "on"}},
            {
                "name": "灰度",
                "when": conditions,
                "serve": {"split": [["on", 2500], ["off", 7500]], "by": "targetingKey"},
            },
        ]
        made.append(flag_sets.switch(f"targeted-{number:02}", on=False, rules=rules))
    return made


def _in(attribute: str, values: list[str]) -> dict[str, Any]:
    return {"attribute": attribute, "op": "in", "values": values}


def in_process() -> None:
    """Evaluations per second of processor time in one thread, beside flagd's own core for Python."""
    document = flags.to_flagd({each["key"]: each for each in documents()}, {}, metadata={})
    core, context = FlagdCore(), {"targetingKey": "nobody", **CONTEXT}
    core.set_flags(json.dumps(document))
    asked = EvaluationContext("nobody", CONTEXT)
    keys, moment = list(document["flags"]), clock.now()
    compiled = flags.compile_set(document)
    theirs = {
        "static flag": lambda: core.resolve_boolean_value("static-00", False, asked),
        "targeted flag": lambda: core.resolve_boolean_value("targeted-00", False, asked),
        "50 flags": lambda: [core.resolve_boolean_value(key, False, asked) for key in keys],
    }
    ours: dict[str, Callable[[], Any]] = {
        "static flag": lambda: compiled.resolve("static-00", context, at=moment),
        "targeted flag": lambda: compiled.resolve("targeted-00", context, at=moment),
        "50 flags": lambda: compiled.outcomes(context, at=moment),
        "50 flags as a body": lambda: compiled.bulk(context, at=moment),
        "compiling 50 flags": lambda: flags.compile_set(document),
    }
    print(f"\nin process, one thread, per second of processor time\n{'':<20}{'ours':>12}{'flagd-core':>12}{'x':>7}")
    for name, run in ours.items():
        rate, other = _rate(run), _rate(theirs[name]) if name in theirs else 0.0
        print(f"{name:<20}{rate:>12,.0f}" + (f"{other:>12,.0f}{rate / other:>7.1f}" if other else ""))


def _rate(run: Callable[[], Any], seconds: float = 0.4) -> float:
    """The best of five."""
    best = 0.0
    for _ in range(5):
        count, begun = 0, time.process_time()
        while (spent := time.process_time() - begun) < seconds:
            for _ in range(20):
                run()
            count += 20
        best = max(best, count / spent)
    return best


@contextmanager
def hello(port: int, options: list[str], log: Path) -> Iterator[tuple[str, int]]:
    """The baseline; its address and its process."""
    command = [sys.executable, "-m", "gunicorn", "benchmarks.hello:app", "--bind", f"127.0.0.1:{port}", *options]
    with log.open("wb") as output, subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output) as process:
        url = f"http://127.0.0.1:{port}/"
        try:
            wait_until(lambda: answers(url), "hello")
            yield url, process.pid
        finally:
            process.terminate()


def over_http(make: str, options: list[str], rounds: int, seconds: int) -> None:
    """One database: hello, a bulk that is new to the caller, and one that is not."""
    with tempfile.TemporaryDirectory() as scratch, fresh_database(make, folder := Path(scratch)) as database:
        settings = {"profile": "development", "trusted_proxies": "1"}
        with running_service(database.url, folder / "data", web=False, workers=0, settings=settings) as service:
            with town.application(service.environ) as app, app.app_context(), unit():
                flag_sets.publish(Environment.TRIAL, *documents())
                secret = flag_sets.key_for(Environment.TRIAL)
            metrics = folder / "metrics"
            metrics.mkdir()
            service.environ["PROMETHEUS_MULTIPROC_DIR"] = str(metrics)
            web = service.start_web(*options)
            bulk = service.url + BULK
            new = folder / "new.lua"
            new.write_text(LUA % {"secret": secret, "tag": "", "user": "user-N"}, encoding="utf-8")
            known = folder / "known.lua"
            tag = f"wrk.headers['If-None-Match'] = '{_tag(bulk, secret)}'"
            known.write_text(LUA % {"secret": secret, "tag": tag, "user": "wang"}, encoding="utf-8")
            with hello(_free_port(), options, folder / "hello.log") as (baseline, process):
                targets = {
                    "hello": (baseline, None, process),
                    "bulk 200": (bulk, new, web.pid),
                    "bulk 304": (bulk, known, web.pid),
                }
                _report(_windows(targets, rounds, seconds))


def _tag(url: str, secret: str) -> str:
    body = json.dumps({"context": {"targetingKey": "wang", **CONTEXT}}).encode()
    headers = {"X-API-Key": secret, "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(url, data=body, headers=headers)) as answer:
        said = answer.read()
        print(f"a bulk answer has {len(said)} bytes for {len(json.loads(said)['flags'])} flags")
        return str(answer.headers["ETag"])


Target = tuple[str, Path | None, int]
Found = dict[tuple[str, int], list[Measured]]


def _windows(targets: dict[str, Target], rounds: int, seconds: int) -> Found:
    found: Found = {}
    for url, script, _ in targets.values():
        wrk(url, 8, 1, script=script)
    for _ in range(rounds):
        for connections in CONNECTIONS:
            for name, target in targets.items():
                found.setdefault((name, connections), []).append(_window(target, connections, seconds))
    return found


def _window(target: Target, connections: int, seconds: int) -> Measured:
    url, script, master = target
    begun, server, busy, tool = time.monotonic(), _server_seconds(master), _busy_seconds(), _tool_seconds()
    window = wrk(url, connections, seconds, script=script)
    passed = time.monotonic() - begun
    server = _server_seconds(master) - server
    others = _busy_seconds() - busy - server - (_tool_seconds() - tool)
    requests = max(window.rate * seconds, 1.0)
    return Measured(window, server / requests * 1e6, max(others, 0.0) / (passed * (os.cpu_count() or 1)))


def _server_seconds(master: int) -> float:
    """Processor time of a gunicorn's workers."""
    total = 0
    for worker in children(master):
        fields = Path(f"/proc/{worker}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def _busy_seconds() -> float:
    """Processor time of the whole machine, idling and waiting aside."""
    fields = [int(each) for each in Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / TICKS


def _tool_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _report(found: Found) -> None:
    kept = {
        key: sorted(windows, key=lambda each: each.foreign)[: (len(windows) + 1) // 2] for key, windows in found.items()
    }
    print(
        f"{'target':<10}{'conns':>6}{'req/s':>8}{'range':>13}{'x hello':>9}{'x Unleash':>11}{'p50':>6}{'p99':>7}",
        end="",
    )
    print(f"{'CPU us':>8}{'x hello':>9}{'foreign':>9}{'failed':>8}")
    for (name, connections), windows in kept.items():
        base = kept["hello", connections]
        rates = sorted(each.window.rate for each in windows)
        ratio = statistics.median(rates) / statistics.median(each.window.rate for each in base)
        cpu = statistics.median(each.cpu for each in windows)
        cpu_ratio = cpu / statistics.median(each.cpu for each in base)
        p50, p99 = (statistics.median(getattr(each.window, part) for each in windows) for part in ("p50", "p99"))
        foreign = f"{min(each.foreign for each in windows):.0%}-{max(each.foreign for each in windows):.0%}"
        print(
            f"{name:<10}{connections:>6}{statistics.median(rates):>8.0f}{f'{rates[0]:.0f}-{rates[-1]:.0f}':>13}{ratio:>9.2f}"
            f"{ratio / UNLEASH[connections]:>11.2f}{p50:>6.1f}{p99:>7.1f}{cpu:>8.0f}{cpu_ratio:>9.2f}{foreign:>9}"
            f"{sum(each.window.failed for each in windows):>8}"
        )
        if name == "bulk 200":
            _judge(ratio, cpu_ratio, p99 if connections == CONNECTIONS[0] else 0.0, ratio / UNLEASH[connections])


def _judge(ratio: float, cpu: float, p99: float, unleash: float) -> None:
    missed = [
        words
        for words, holds in (
            (f"rate {ratio:.2f} of hello, wanted {LEAST_OF_HELLO}", ratio >= LEAST_OF_HELLO),
            (f"CPU {cpu:.2f} of hello, wanted at most {MOST_CPU}", cpu <= MOST_CPU),
            (f"p99 {p99:.1f} ms, wanted less than {MOST_P99}", p99 < MOST_P99),
            (f"{unleash:.2f} of one Unleash, wanted {LEAST_OF_UNLEASH}", unleash >= LEAST_OF_UNLEASH),
        )
        if not holds
    ]
    print("           " + ("all bars reached" if not missed else "MISSED: " + "; ".join(missed)))


def main() -> int:
    """In process, then over HTTP on SQLite and, where one runs, PostgreSQL."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--on", choices=("sqlite", "postgresql"), action="append", help="only this database")
    parser.add_argument("--workers", choices=tuple(WORKERS), action="append", help="only this sort of worker")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        print("wrk is needed (Debian package wrk)", file=sys.stderr)
        return 1
    in_process()
    for make in options.on or ("sqlite", "postgresql"):
        for sort in options.workers or WORKERS:
            if available(make):
                print(f"\n{make}, gunicorn 2 {sort}: cleaner half of {options.rounds} windows of {options.seconds} s")
                over_http(make, [*WORKERS[sort], *QUIET], options.rounds, options.seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
