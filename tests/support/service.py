"""The real thing for tests: gunicorn and workers as processes, on real ports, ended by pid.

with running_service(database.url, tmp_path, workers=1) as service:
    requests.get(f"{service.url}/healthz")
    service.workers[0].kill()          # SIGKILL
"""

from __future__ import annotations

import base64
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from server.app import create_app
from server.core.db import Base, db
from server.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 120.0
STOP_SECONDS = 60.0
GLANCE_SECONDS = 0.05


@dataclass(slots=True)
class Process:
    """A child with a session of its own, so that a test can kill all of it."""

    name: str
    popen: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        return self.popen.pid

    @property
    def alive(self) -> bool:
        return self.popen.poll() is None

    def said(self, words: str) -> bool:
        """Whether the process has logged these words."""
        return words in self.log.read_text(encoding="utf-8", errors="replace")

    def send(self, number: int) -> None:
        """Send the process itself a signal."""
        self.popen.send_signal(number)

    def kill(self) -> None:
        """SIGKILL the process and all its children, and wait for it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.popen.wait(STOP_SECONDS)

    def stop(self) -> int:
        """TERM, and wait for the end; returns the exit status."""
        if self.alive:
            self.popen.send_signal(signal.SIGCONT)
            self.popen.send_signal(signal.SIGTERM)
        try:
            status = self.popen.wait(STOP_SECONDS)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        return status


@dataclass(slots=True)
class RunningService:
    """A service that runs: its address, its processes and its environment."""

    url: str
    environ: dict[str, str]
    folder: Path
    web: Process | None = None
    workers: list[Process] = field(default_factory=list)

    def start_worker(self, *options: str) -> Process:
        """Start one more worker and wait until it is ready."""
        worker = self.begin_worker(*options)
        wait_until(lambda: worker.said("worker ready") or not worker.alive, f"worker ready: {worker.log}")
        assert worker.alive, worker.log.read_text(encoding="utf-8", errors="replace")[-4000:]
        return worker

    def begin_worker(self, *options: str) -> Process:
        """Start one more worker without waiting."""
        command = [sys.executable, "-m", "server.jobs.commands", "worker", *options]
        worker = self.spawn(f"worker{len(self.workers)}", command)
        self.workers.append(worker)
        return worker

    def start_web(self, *options: str) -> Process:
        """Start gunicorn on the service's port and wait until it answers."""
        address = self.url.removeprefix("http://")
        settings = ["--bind", address, "--worker-class", "gthread", "--threads", "4", "--no-control-socket"]
        timing = ["--graceful-timeout", "20", "--timeout", "60"]
        self.web = self.spawn("web", [sys.executable, "-m", "gunicorn", "wsgi:app", *settings, *timing, *options])
        web = self.web
        wait_until(lambda: answers(f"{self.url}/healthz") or not web.alive, f"web ready: {web.log}")
        assert web.alive, web.log.read_text(encoding="utf-8", errors="replace")[-4000:]
        return web

    def spawn(self, name: str, command: list[str]) -> Process:
        """Start a process with the service's environment, its output in a file."""
        log = self.folder / f"{name}-{time.monotonic_ns()}.log"
        with log.open("wb") as output:
            popen = subprocess.Popen(
                command, cwd=ROOT, env=self.environ, stdout=output, stderr=output, start_new_session=True
            )
        return Process(name, popen, log)

    def close(self) -> None:
        """End every process."""
        for process in [*self.workers, *([self.web] if self.web else [])]:
            if process.alive:
                process.stop()


@contextmanager
def running_service(
    database_url: str,
    data_dir: Path,
    *,
    workers: int = 1,
    web: bool = True,
    web_processes: int = 1,
    wechat_base_url: str = "http://127.0.0.1:9",
    settings: Mapping[str, str] | None = None,
) -> Iterator[RunningService]:
    """A service of real processes on its own database, which gets its tables first.

    ``settings`` are further settings by their lower-case names, as text: ``{"job_lease_seconds": "2"}``.
    """
    environ = service_environ(database_url, data_dir, wechat_base_url=wechat_base_url, settings=settings or {})
    data_dir.mkdir(parents=True, exist_ok=True)
    folder = data_dir / "process-logs"
    folder.mkdir(exist_ok=True)
    prepare(environ)
    service = RunningService(environ["SHIJIAN_BASE_URL"], environ, folder)
    with ExitStack() as stack:
        stack.callback(service.close)
        if web:
            service.start_web("--workers", str(web_processes))
        begun = [service.begin_worker() for _ in range(workers)]
        for worker in begun:
            wait_until(lambda w=worker: w.said("worker ready") or not w.alive, f"worker ready: {worker.log}")  # type: ignore[misc]  # a lambda's default has no type
            assert worker.alive, worker.log.read_text(encoding="utf-8", errors="replace")[-4000:]
        yield service


def service_environ(
    database_url: str, data_dir: Path, *, wechat_base_url: str, settings: Mapping[str, str]
) -> dict[str, str]:
    """The environment of a test installation's processes."""
    values = {
        "profile": "test",
        "base_url": f"http://127.0.0.1:{free_port()}",
        "data_dir": str(data_dir),
        "database_url": database_url,
        "secret_key": "0123456789abcdef0123456789abcdef",
        "field_keys": "k1:" + base64.b64encode(b"1" * 32).decode(),
        "index_key": base64.b64encode(b"i" * 32).decode(),
        "wechat_appid": "wx0123456789abcdef",
        "wechat_secret": "app-secret-of-the-test",
        "wechat_token": "push-token",
        "wechat_aes_key": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
        "wechat_base_url": wechat_base_url,
        "job_lease_seconds": "5",
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SHIJIAN_")}
    ours = {f"SHIJIAN_{name.upper()}": value for name, value in {**values, **settings}.items()}
    return inherited | ours | {"PYTHONUNBUFFERED": "1"}


def prepare(environ: Mapping[str, str]) -> None:
    """Give the database its tables: by the migrations, or from the models while there are none."""
    if any((ROOT / "migrations" / "versions").glob("*.py")):
        command = [sys.executable, "-m", "server.jobs.commands", "migrate"]
        subprocess.run(command, cwd=ROOT, env=dict(environ), check=True, capture_output=True)
        return
    app = create_app(Settings.from_env({k: v for k, v in environ.items() if k.startswith("SHIJIAN_")}))
    with app.app_context():
        Base.metadata.create_all(db.engine)
        db.engine.dispose()


def wait_until(done: Callable[[], object], what: str, *, seconds: float = START_SECONDS) -> None:
    """Return as soon as something holds; fail when it does not within the time."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:g} s: {what}")
        time.sleep(GLANCE_SECONDS)


def answers(url: str) -> bool:
    """Whether an HTTP server answers there, with whatever status."""
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def free_port() -> int:
    """A loopback port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
