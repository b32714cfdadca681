"""Throughput over HTTP as ratios to a bare Flask "hello" under the same gunicorn, in the same run.

``python -m benchmarks.http [--rounds 3] [--seconds 4] [--on sqlite] [--alone]``. Windows are interleaved; the median round is
printed with the lowest and highest. The service runs as it would behind nginx: rate limits on, a line of log for each
request, metrics of all processes, the caller's address from a header, a worker beside it (which on a small machine takes its
share of the processors for each report; ``--alone`` leaves it out). Needs wrk.
"""

from __future__ import annotations

import argparse
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.town import Town, settle
from tests.support.databases import available, fresh_database
from tests.support.service import RunningService, answers, running_service, wait_until

ROOT = Path(__file__).parents[1]
SERVER = [
    "--workers",
    "2",
    "--threads",
    "4",
    "--worker-class",
    "gthread",
    "--no-control-socket",
    "--log-level",
    "error",
]
CONNECTIONS = (8, 32)
# Every request is another citizen's, from another address.
LUA = """
local tokens = {}
for line in io.lines("%(tokens)s") do tokens[#tokens + 1] = line end
local count, drawn = 0, "%(salt)s" .. tostring(os.time())
wrk.method = "%(method)s"
wrk.body = %(body)s
wrk.headers["Content-Type"] = "application/json"
function request()
  count = count + 1
  wrk.headers["Authorization"] = "Bearer " .. tokens[count %% #tokens + 1]
  wrk.headers["X-Forwarded-For"] = "10." .. math.random(255) .. "." .. math.random(255) .. "." .. math.random(255)
  wrk.headers["Idempotency-Key"] = drawn .. "-" .. count .. "-" .. tostring(math.random(1e12))
  return wrk.format()
end
"""
REPORT = """'{"kind":"bug","text":"bench: the page does not open"}'"""


@dataclass(frozen=True, slots=True)
class Window:
    """What one window of wrk saw."""

    rate: float
    p50: float
    p99: float
    failed: int


def wrk(url: str, connections: int, seconds: int, *, script: Path | None = None) -> Window:
    """One window."""
    command = ["wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds}s", "--latency"]
    if script:
        command += ["-s", str(script)]
    out = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])  # type: ignore[index]  # wrk always prints it
    failed = sum(int(number) for number in re.findall(r"Non-2xx or 3xx responses: (\d+)", out))
    failed += sum(
        int(number) for line in re.findall(r"Socket errors: (.*)", out) for number in re.findall(r"\d+", line)
    )
    return Window(rate, _ms(out, "50%"), _ms(out, "99%"), failed)


def _ms(out: str, label: str) -> float:
    number, unit = re.search(rf"{label}\s+([\d.]+)(us|ms|s)", out).groups()  # type: ignore[union-attr]  # wrk always prints it
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


@contextmanager
def hello(port: int) -> Iterator[str]:
    """The baseline under the same gunicorn."""
    command = [sys.executable, "-m", "gunicorn", "benchmarks.hello:app", "--bind", f"127.0.0.1:{port}", *SERVER]
    with subprocess.Popen(command, cwd=ROOT) as process:
        url = f"http://127.0.0.1:{port}/"
        try:
            wait_until(lambda: answers(url), "hello")
            yield url
        finally:
            process.terminate()


def measure(make: str, rounds: int, seconds: int, *, workers: int) -> None:
    """One database: every target at each number of connections."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with fresh_database(make, folder) as database:
            settings = {"profile": "development", "trusted_proxies": "1"}
            with running_service(
                database.url, folder / "data", web=False, workers=workers, settings=settings
            ) as service:
                town = settle(service)
                metrics = folder / "metrics"
                metrics.mkdir()
                service.environ["PROMETHEUS_MULTIPROC_DIR"] = str(metrics)
                service.start_web(*SERVER)
                with hello(_free_port()) as baseline:
                    _report(make, _windows(service, town, baseline, folder, rounds, seconds), seconds)


def _windows(
    service: RunningService, town: Town, baseline: str, folder: Path, rounds: int, seconds: int
) -> dict[tuple[str, int], list[Window]]:
    tokens = folder / "tokens"
    tokens.write_text("\n".join(town.tokens), encoding="utf-8")
    reading = _script(folder / "reading.lua", tokens, "GET", "nil")
    intake = _script(folder / "intake.lua", tokens, "POST", REPORT)
    api = f"{service.url}/api/v1"
    wrk(baseline, 8, 1)
    wrk(f"{api}/config", 8, 1)
    found: dict[tuple[str, int], list[Window]] = {}
    for _ in range(rounds):
        for connections in CONNECTIONS:
            windows = {
                "hello": wrk(baseline, connections, seconds),
                "GET config": wrk(f"{api}/config", connections, seconds, script=reading),
                "GET tickets": wrk(f"{api}/tickets", connections, seconds, script=reading),
                "POST tickets": wrk(f"{api}/tickets", connections, seconds, script=intake),
            }
            for name, window in windows.items():
                found.setdefault((name, connections), []).append(window)
    return found


def _script(path: Path, tokens: Path, method: str, body: str) -> Path:
    path.write_text(LUA % {"tokens": tokens, "method": method, "body": body, "salt": path.stem}, encoding="utf-8")
    return path


def _report(make: str, found: dict[tuple[str, int], list[Window]], seconds: int) -> None:
    print(f"\n{make}: median of {len(next(iter(found.values())))} windows of {seconds} s (lowest–highest)")
    print(f"{'target':<14}{'conns':>6}{'req/s':>10}{'range':>16}{'x hello':>9}{'p50 ms':>9}{'p99 ms':>9}{'failed':>8}")
    for (name, connections), windows in found.items():
        rates = sorted(window.rate for window in windows)
        base = statistics.median(window.rate for window in found["hello", connections])
        middle = statistics.median(rates)
        print(
            f"{name:<14}{connections:>6}{middle:>10.0f}{f'{rates[0]:.0f}–{rates[-1]:.0f}':>16}{middle / base:>9.2f}"
            f"{statistics.median(w.p50 for w in windows):>9.1f}{statistics.median(w.p99 for w in windows):>9.1f}"
            f"{sum(w.failed for w in windows):>8}"
        )


def _free_port() -> int:
    import socket  # noqa: PLC0415 - one line's need

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> int:
    """SQLite, and PostgreSQL where one runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--on", choices=("sqlite", "postgresql"), action="append", help="only this database")
    parser.add_argument("--alone", action="store_true", help="without a worker beside the service")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        print("wrk is needed (Debian package wrk)", file=sys.stderr)
        return 1
    for make in options.on or ("sqlite", "postgresql"):
        if available(make):
            measure(make, options.rounds, options.seconds, workers=0 if options.alone else 1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
