"""Starts simulator, service and worker as processes of their own, and ends them together."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.error import URLError
from urllib.parse import urlsplit

from server.app import Service, create_app
from server.core import logs
from server.core.db import db
from server.jobs.demo.environment import whole
from server.jobs.demo.people import GONE, PASSWORD, PEOPLE
from server.jobs.demo.seed import seed
from server.jobs.demo.wechat import align, control
from server.settings import Settings

PATIENCE = 120.0
Process = subprocess.Popen[bytes]


def main(folder: Path = Path("var/demo")) -> int:
    """Run until Ctrl-C, or until one of the processes ends by itself."""
    logs.configure("WARNING")
    signal.signal(signal.SIGTERM, _leave)
    try:
        with running(whole(folder.absolute())) as (settings, processes):
            print(_welcome(settings), flush=True)
            return _watch(processes)
    except (KeyboardInterrupt, SystemExit):
        return 0


@contextmanager
def running(environ: dict[str, str], output: IO[bytes] | None = None) -> Iterator[tuple[Settings, list[Process]]]:
    """The demo: its settings and its processes (simulator, service, worker), ready and with data; ended afterwards.

    ``environ`` as ``environment.whole`` makes it; what the processes say goes to ``output``, or where ours goes.
    """
    settings = Settings.from_env(environ)
    processes: list[Process] = []

    def start(command: list[str]) -> None:
        # Sessions of their own: Ctrl-C is for us, who then end them in order.
        processes.append(
            subprocess.Popen(command, env=environ, stdout=output, stderr=output, start_new_session=True)  # noqa: S603 - our own programs
        )

    try:
        start(_simulator(settings))
        _await(f"{settings.simulator_url}/_sim/state", processes)
        _fill(create_app(settings))
        start(_service(settings))
        start([sys.executable, "-m", "server.jobs.commands", "worker"])
        _await(f"{settings.base_url}/healthz", processes)
        if settings.wechat_platform_appid:
            control(settings, "ticket", {})  # the first one came before there was a service
        yield settings, processes
    finally:
        _end(processes)


def _fill(app: Service) -> None:
    seed(app)
    align(app)
    with app.app_context():
        db.engine.dispose()


def _leave(*_: Any) -> None:
    raise SystemExit


def _simulator(settings: Settings) -> list[str]:
    arguments = {
        "--port": str(urlsplit(settings.simulator_url).port),
        "--appid": settings.wechat_appid,
        "--secret": settings.wechat_secret,
        "--token": settings.wechat_token,
        "--aes-key": settings.wechat_aes_key,
        "--push-mode": "json",
        "--push-safety": settings.wechat_push_safety.value,
        "--callback-url": f"{settings.base_url}/api/wechat/callback",
        "--service-url": settings.base_url,
        "--media-delay": "1",
    }
    if settings.wechat_platform_appid:
        arguments |= {
            "--component-appid": settings.wechat_platform_appid,
            "--component-secret": settings.wechat_platform_secret,
            "--component-token": settings.wechat_platform_token,
            "--component-aes-key": settings.wechat_platform_aes_key,
            "--component-url": f"{settings.base_url}/api/wechat/platform/events",
            "--component-message-url": f"{settings.base_url}/api/wechat/platform/$APPID$",
        }
    return [sys.executable, "-m", "server.simulators.wechat", *(part for pair in arguments.items() for part in pair)]


def _service(settings: Settings) -> list[str]:
    address = urlsplit(settings.base_url).netloc
    return [
        sys.executable,
        "-m",
        "gunicorn",
        "-c",
        "deploy/gunicorn.conf.py",
        "--bind",
        address,
        "--log-level",
        "warning",
        "wsgi:app",
    ]


def _await(url: str, processes: list[Process]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if any(process.poll() is not None for process in processes):
            break
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - a loopback address of ours
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"{url} does not answer")


def _watch(processes: list[Process]) -> int:
    while True:
        for process in processes:
            if process.poll() is not None:
                print(f"a process ended by itself: {process.args!r}", file=sys.stderr)
                return 1
        time.sleep(0.5)


def _end(processes: list[Process]) -> None:
    for process in reversed(processes):
        process.terminate()
    for process in reversed(processes):
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()


def _welcome(settings: Settings) -> str:
    shown = [person for person in PEOPLE if person.login not in GONE]
    width = max(len(person.login) for person in shown)
    accounts = "\n".join(f"    {person.login:<{width}}  {PASSWORD}  {person.name}，{person.title}" for person in shown)
    return f"""
  市监 is running (demo data; Ctrl-C ends it, `make clean` forgets it)

  控制台 console      {settings.base_url}/admin/
  市民端 simulator    {settings.simulator_url}/
  接口文档 API docs    {settings.base_url}/api/v1/docs

  演示账号 demo accounts (they exist in the demo profile only)
{accounts}
"""
