"""`python -m server.simulators.wechat` as a process of its own."""

import os
import subprocess
import sys
from typing import Any

import requests

COMMAND = [sys.executable, "-m", "server.simulators.wechat"]


def environment(**more: str) -> dict[str, str]:
    return {**{key: value for key, value in os.environ.items() if key != "SHIJIAN_PROFILE"}, **more}


def test_prints_its_url_serves_and_ends_on_sigterm() -> None:
    command = [*COMMAND, "--port", "0", "--seed", "7", "--service-url", "http://127.0.0.1:8000", "--push-mode", "xml"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment()) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            assert url.startswith("http://127.0.0.1:")
            with requests.get(f"{url}/_sim/state", timeout=5) as answer:
                assert answer.json()["service_url"] == "http://127.0.0.1:8000"
            with requests.get(f"{url}/_sim/callback", timeout=5) as answer:
                assert answer.json()["mode"] == "xml"
        finally:
            process.terminate()
        assert process.wait(timeout=10) == 0


def refused(*options: str, **more: str) -> Any:
    return subprocess.run(
        [*COMMAND, *options], capture_output=True, text=True, env=environment(**more), timeout=30, check=False
    )


def test_refuses_production_and_faulty_options() -> None:
    production = refused("--port", "0", SHIJIAN_PROFILE="production")
    assert (production.returncode, "production" in production.stderr) == (2, True)
    faulty = refused("--port", "0", "--callback-url", "https://example.com/", "--aes-key", "x")
    assert faulty.returncode == 2
    assert "callback_url" in faulty.stderr
    assert "aes_key" in faulty.stderr
    assert refused("--push-mode", "yaml").returncode == 2
