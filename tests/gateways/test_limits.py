"""Rate limits: one count for all workers, and no page down when the store is."""

from __future__ import annotations

import secrets
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from server.gateways import limits
from server.gateways.limits import BlockLimiter, Limiter, SqliteStorage, open_limiter

START = datetime(2026, 11, 20, 1, tzinfo=UTC)
REDIS = "redis://127.0.0.1:6379/9"
ONE_WORKER = """
import sys
from pathlib import Path
from server.gateways.limits import open_limiter
limiter = open_limiter(redis_url="", data_dir=Path(sys.argv[1]))
print(sum(limiter.hit("20/hour", "view", "wang") == 0 for _ in range(30)))
"""


def redis_answers() -> bool:
    import redis

    with redis.Redis.from_url(REDIS, socket_connect_timeout=0.5) as client:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False


@pytest.fixture(params=["sqlite", "redis"])
def limiter(request: pytest.FixtureRequest, tmp_path: Path) -> Limiter:
    if request.param == "redis" and not redis_answers():
        pytest.skip("no Redis here")
    return open_limiter(redis_url=REDIS if request.param == "redis" else "", data_dir=tmp_path)


def test_counts_are_those_of_one_key_and_one_name(limiter):
    wang, li = secrets.token_hex(8), secrets.token_hex(8)
    assert [limiter.hit("2/minute", "a", wang) > 0 for _ in range(3)] == [False, False, True]
    assert limiter.hit("2/minute", "b", wang) == 0
    assert limiter.hit("2/minute", "a", li) == 0


def test_of_several_rules_the_longest_wait_counts(limiter):
    key = secrets.token_hex(8)
    limiter.hit("1/minute;2/hour", key)
    assert 0 < limiter.hit("1/minute;2/hour", key) <= 60
    assert limiter.hit("1/minute;2/hour", key) > 60


def test_a_window_ends_by_the_clock(tmp_path):
    limiter = open_limiter(redis_url="", data_dir=tmp_path)
    with time_machine.travel(START, tick=False) as now:
        assert [limiter.hit("1/minute", "wang") for _ in range(2)] == [0, 60]
        now.shift(timedelta(seconds=59))
        assert limiter.hit("1/minute", "wang") == 1
        now.shift(timedelta(seconds=1))
        assert limiter.hit("1/minute", "wang") == 0


def test_threads_count_together(limiter):
    key = secrets.token_hex(8)
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _: limiter.hit("20/hour", key), range(100)))
    assert sum(wait == 0 for wait in waits) == 20


@pytest.mark.parametrize("turn", range(20))
def test_many_that_open_a_new_file_at_once_share_it(tmp_path, caplog, turn):
    limiters = [open_limiter(redis_url="", data_dir=tmp_path / "new") for _ in range(8)]
    together = threading.Barrier(len(limiters))

    def hit(limiter: Limiter) -> int:
        together.wait()
        return limiter.hit("8/hour", "wang")

    with ThreadPoolExecutor(len(limiters)) as pool:
        waits = list(pool.map(hit, limiters))
    assert waits == [0] * len(limiters)
    assert limiters[0].hit("8/hour", "wang") > 0
    assert caplog.text == ""


def test_processes_count_together(tmp_path):
    workers = [
        subprocess.Popen([sys.executable, "-c", ONE_WORKER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    passed = [int(worker.communicate(timeout=60)[0]) for worker in workers]
    assert sum(passed) == 20


@pytest.mark.parametrize("redis_url", ["", "redis://127.0.0.1:9/0"])
def test_a_store_that_is_away_takes_no_page_down_and_limits_still_hold(tmp_path, caplog, redis_url):
    blocked = tmp_path / "file"
    blocked.write_text("not a directory")
    limiter = open_limiter(redis_url=redis_url, data_dir=blocked)
    with time_machine.travel(START, tick=False):
        assert [limiter.hit("2/minute", "wang") > 0 for _ in range(3)] == [False, False, True]
    assert caplog.text.count("the store of rate limits is away") == 1


def test_a_store_that_came_back_is_used_again(tmp_path, monkeypatch):
    limiter = open_limiter(redis_url="", data_dir=tmp_path)
    broken = threading.Event()
    broken.set()
    real = SqliteStorage.incr

    def incr(self: SqliteStorage, *given: object, **named: object) -> int:
        if broken.is_set():
            raise OSError("away")
        return real(self, *given, **named)

    monkeypatch.setattr(SqliteStorage, "incr", incr)
    with time_machine.travel(START, tick=False) as now:
        assert limiter.hit("1/minute", "wang") == 0
        assert limiter.hit("1/minute", "wang") > 0
        broken.clear()
        now.shift(timedelta(seconds=limits.AWAY_SECONDS))
        assert limiter.hit("1/minute", "wang") == 0


def test_what_has_run_out_is_swept(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "SWEEP_EVERY", 2)
    storage = SqliteStorage(tmp_path / "limits.db")
    with time_machine.travel(START, tick=False) as now:
        storage.incr("a", 60)
        now.shift(timedelta(seconds=61))
        storage.incr("b", 60)
        assert [row[0] for row in storage._execute("SELECT key FROM counters")] == ["b"]
        assert storage.check()
        storage.clear("b")
        assert storage.get("b") == 0
        assert storage.reset() == 1


def test_uses_may_be_counted_by_the_block(limiter):
    """Two processes with blocks of two: together no more than the rule and a block each."""
    name, wang, li = secrets.token_hex(8), "wang", "li"
    one, two = (BlockLimiter(limiter, "200/minute", name) for _ in range(2))
    passed = sum(which.hit(wang) == 0 for _ in range(300) for which in (one, two))
    assert 200 <= passed <= 204
    assert 0 < one.hit(wang) <= 60
    assert one.hit(li) == 0


def test_a_small_limit_counted_by_the_block_is_exact(limiter):
    one, two = (BlockLimiter(limiter, "3/minute", secrets.token_hex(8)) for _ in range(2))
    assert [one.hit("wang") > 0 for _ in range(4)] == [False, False, False, True]
    assert two.hit("wang") == 0


def test_who_was_stopped_may_go_on_in_the_next_window(tmp_path):
    with time_machine.travel(START, tick=False) as clock:
        limited = BlockLimiter(open_limiter(redis_url="", data_dir=tmp_path), "2/minute", "view")
        assert [limited.hit("wang") for _ in range(3)] == [0, 0, 60]
        clock.shift(timedelta(seconds=59))
        assert limited.hit("wang") == 1
        clock.shift(timedelta(seconds=2))
        assert limited.hit("wang") == 0
