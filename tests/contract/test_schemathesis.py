"""The whole OpenAPI document against the service, by schemathesis, with two citizens who must not see each other's.

It runs as a process of its own, as people run it by hand, without chance: the same cases each time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from server.core.db import unit
from server.domain import identity, tickets
from server.domain.identity import ANONYMOUS, SCHEDULER
from tests.factories import tickets as desk
from tests.support import town
from tests.support.databases import Database
from tests.support.live import live_service
from tests.support.wechat import running_simulator
from tests.support.whole import WECHAT

ROOT = Path(__file__).resolve().parents[2]
LIFETIMES = identity.Lifetimes(access=timedelta(hours=2), refresh=timedelta(days=30))
PEERS = ("wang", "zhao")
MANY = 10**6
# These end the caller's own way in, after which nothing more could be tried: they have a run and citizens of their own.
LAST = ("sessions_end", "me_delete", "consents_withdraw")
# Valid by the document and refused all the same: what is in them comes from WeChat, or has to fit the notice in force.
KNOWN_ELSEWHERE = ("sessions_new", "me_set_phone", "consents_give", "subscriptions_new", "trainings_check_in")

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    return tmp_path


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The service on a port, with a simulated WeChat and no limits; its address."""
    database = Database("sqlite", f"sqlite:///{folder / 'schemathesis.db'}")
    limits = {"rate_limits": False, "upload_daily_count": MANY, "upload_daily_bytes": MANY * MANY}
    with (
        running_simulator(**WECHAT) as wechat,
        live_service(database, folder, wechat_base_url=wechat.url, **limits) as (app, url),
    ):
        town.found(app)
        with unit():
            tickets.set_policy(SCHEDULER, citizen_daily_tickets=MANY, anonymous_daily_tickets=MANY)
        yield url


def signed_in(name: str) -> dict[str, object]:
    """A citizen with a ticket and a picture, as schemathesis wants to know them."""
    with unit():
        tokens = identity.sign_in_citizen(ANONYMOUS, openid=f"openid-of-{name}", lifetimes=LIFETIMES)
        actor = identity.citizen_actor(tokens.citizen)
        notice = identity.current_privacy_notice()
        identity.give_consent(actor, version=notice.version, scopes=[item["key"] for item in notice.items])
        desk.ticket(actor, upload_ids=[desk.upload(actor).id])
    return {"name": name, "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {tokens.access}"}]}


def run(folder: Path, url: str, *options: str) -> None:
    """schemathesis as a command; its words if it finds anything."""
    wanted = {"auth": [signed_in(name) for name in PEERS]}
    (folder / "citizens.json").write_text(json.dumps(wanted), encoding="utf-8")
    (folder / "schemathesis.toml").write_text(configuration(), encoding="utf-8")
    environ = {**os.environ, "SCHEMATHESIS_HOOKS": "tests.contract.schemathesis_hooks", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml", "run"]
    fixed = ["--generation-deterministic", "--no-color", "--suppress-health-check", "all", "--warnings", "off"]
    done = subprocess.run(
        [*command, f"{url}/api/v1/openapi.json", *fixed, *options],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-12000:]}\n{done.stderr[-2000:]}"
    assert "Tested: 0" not in done.stdout


def configuration() -> str:
    """Two peers, every check; no acceptance where the document cannot say what is accepted."""
    exempt = "".join(
        f'[[operations]]\ninclude-operation-id = "{name}"\nchecks.positive_data_acceptance.enabled = false\n'
        for name in KNOWN_ELSEWHERE
    )
    return f'[auth.wfc]\npath = "citizens.json"\npeers = {json.dumps(list(PEERS))}\n{exempt}'


def test_the_whole_document_with_two_citizens(folder):
    with serving(folder) as url:
        run(folder, url, "--max-examples", "20", *(part for name in LAST for part in ("--exclude-operation-id", name)))


def test_the_ways_out(folder):
    """Signing out, withdrawing, deleting: what comes after is refused as the document says."""
    with serving(folder) as url:
        for name in LAST:
            run(folder, url, "--max-examples", "5", "--phases", "coverage,fuzzing", "--include-operation-id", name)
