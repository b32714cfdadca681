"""Counts of requests under gunicorn: what its workers counted is there after they are told to end, and no more than that."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from server.core import clock
from server.core.db import reading
from server.domain import releases
from server.domain.releases import newest_first
from server.simulators.wechat.client import MiniProgram
from tests.support import town
from tests.support.databases import fresh_database
from tests.support.service import running_service
from tests.support.waiting import until
from tests.support.whole import WECHAT, databases

REQUESTS, PHONES = 120, 6
NEVER = "3600"
pytestmark = pytest.mark.slow


@pytest.mark.parametrize("make", databases("sqlite", "postgresql", "mariadb"))
@pytest.mark.parametrize("config", [("-c", "deploy/gunicorn.conf.py"), ()], ids=["our configuration", "plain"])
def test_workers_that_end_write_what_they_counted(make, config, tmp_path):
    settings = {"tally_seconds": NEVER}
    with (
        fresh_database(make, tmp_path) as made,
        running_service(made.url, tmp_path, web=False, workers=0, settings=settings) as service,
        town.application(service.environ) as app,
    ):
        web = service.start_web(*config, "--workers", "2")

        def ring(number: int) -> int:
            phone = MiniProgram(service.url, WECHAT["appid"], version=f"1.4.{number}", build=50 + number)
            return sum(phone.get("config").status == 200 for _ in range(REQUESTS // PHONES))

        with ThreadPoolExecutor(PHONES) as pool:
            assert sum(pool.map(ring, range(PHONES))) == REQUESTS
        with app.app_context(), reading():
            assert releases.versions_seen(clock.today()) == {}
        web.stop()

        def seen() -> dict[str, int]:
            with app.app_context(), reading():
                return releases.versions_seen(clock.today())

        until(lambda: sum(seen().values()) == REQUESTS, lambda: f"{REQUESTS} requests, not {seen()}", seconds=20)
        assert newest_first(seen()) == [f"1.4.{number}" for number in reversed(range(PHONES))]
