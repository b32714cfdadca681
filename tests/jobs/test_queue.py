"""The job row: claims, leases, fencing, back-off, keys, and clocks that jump."""

from __future__ import annotations

import threading
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from server.app import Service
from server.core.db import session, unit
from server.gateways import queue
from server.gateways.queue import JobState
from server.gateways.queue.bell import Bell

START = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
LEASE = timedelta(seconds=60)
KINDS = ("probe.effect", "other")


def put(kind: str = "probe.effect", **more) -> uuid.UUID:
    with unit():
        return queue.put(kind, {"text": "词"}, **more).id


def put_and_fall() -> None:
    with unit():
        queue.put("probe.effect")
        raise ZeroDivisionError


def claim(job_id: uuid.UUID, owner: str = "w1") -> queue.Claim | None:
    with unit():
        return queue.claim(job_id, owner, LEASE, KINDS)


def look(job_id: uuid.UUID) -> queue.Job:
    with unit():
        return queue.find(job_id)


@pytest.fixture(autouse=True)
def _context(house: Service):
    with house.app_context():
        yield


def test_a_rolled_back_unit_leaves_no_job():
    with pytest.raises(ZeroDivisionError):
        put_and_fall()
    with unit():
        assert queue.depth() == 0


def test_a_claim_belongs_to_one_worker_and_ends_with_one_result():
    job_id = put()
    first = claim(job_id)
    assert first is not None
    assert claim(job_id, "w2") is None
    with unit():
        assert queue.finish(first, queue.Progress(3, 3, "完成"))
    with unit():
        assert not queue.finish(first)
    job = look(job_id)
    assert (job.state, job.attempt, job.done_count, job.note) == (JobState.DONE, 1, 3, "完成")


def test_work_of_an_unknown_kind_is_left_for_a_newer_worker():
    job_id = put("kind.of.tomorrow")
    with unit():
        assert queue.due(queue.Lane.DEFAULT, KINDS, 5) == []
    assert claim(job_id) is None
    assert look(job_id).state is JobState.QUEUED


def test_a_silent_worker_loses_its_job_and_cannot_write_any_more():
    with time_machine.travel(START, tick=False) as clock:
        job_id = put()
        lost = claim(job_id)
        clock.shift(LEASE + timedelta(seconds=1))
        with unit():
            assert queue.anything_to_sweep(LEASE)
            assert queue.sweep(LEASE) == 1
        taken = claim(job_id, "w2")
        assert taken is not None
        assert taken.attempt == 2
        with unit():
            assert not queue.renew(lost, LEASE)
            assert not queue.finish(lost)
            assert not queue.fail(lost, "late", backoff=1)
            assert not queue.give_back(lost)
            assert queue.still_held([lost, taken]) == {job_id}
            assert queue.still_held([lost]) == set()
        with unit():
            assert queue.finish(taken)


def test_a_renewed_lease_holds():
    with time_machine.travel(START, tick=False) as clock:
        held = claim(put())
        clock.shift(LEASE * 0.9)
        with unit():
            assert queue.renew(held, LEASE, queue.Progress(1, 2))
        clock.shift(LEASE * 0.9)
        with unit():
            assert queue.sweep(LEASE) == 0


def test_failures_wait_longer_each_time_until_the_job_is_dead():
    with time_machine.travel(START, tick=False) as clock:
        job_id = put(max_attempts=3)
        waits = []
        for _ in range(3):
            taken = claim(job_id)
            with unit():
                assert queue.fail(taken, "boom access_token=abcdefgh12345", backoff=10)
            job = look(job_id)
            if job.state is JobState.FAILED:
                assert claim(job_id) is None
                waits.append((job.run_after - START).total_seconds())
                clock.move_to(job.run_after + timedelta(milliseconds=1))
        assert job.state is JobState.DEAD
        assert 10 <= waits[0] <= 12
        assert 20 <= waits[1] - waits[0] <= 24
        assert "abcdefgh12345" not in job.error
        with unit():
            assert [(f.kind, f.failed, f.dead) for f in queue.failures()] == [("probe.effect", 0, 1)]


def test_a_job_whose_workers_always_die_is_dead_after_its_attempts():
    with time_machine.travel(START, tick=False) as clock:
        job_id = put(max_attempts=2)
        for _ in range(2):
            assert claim(job_id)
            clock.shift(LEASE * 2)
            with unit():
                assert queue.sweep(LEASE) == 1
        assert look(job_id).state is JobState.DEAD


def test_an_officer_gives_a_dead_job_fresh_attempts():
    job_id = put(max_attempts=1)
    with unit():
        pass
    taken = claim(job_id)
    with unit():
        queue.fail(taken, "boom", backoff=1)
    with unit():
        queue.retry(job_id)
    again = claim(job_id)
    assert again is not None
    assert again.attempt == 2
    with pytest.raises(queue.NotRetriable), unit():
        queue.retry(job_id)


def test_a_cancelled_job_cannot_write_its_result():
    job_id = put()
    taken = claim(job_id)
    with unit():
        queue.cancel(job_id)
    with unit():
        assert not queue.finish(taken)
        assert queue.still_held([taken]) == set()
    with pytest.raises(queue.NotCancellable), unit():
        queue.cancel(job_id)
    with pytest.raises(queue.JobNotFound), unit():
        queue.cancel(uuid.uuid4())


def test_giving_back_costs_no_attempt():
    job_id = put(max_attempts=1)
    taken = claim(job_id)
    with unit():
        assert queue.give_back(taken)
    assert claim(job_id) is not None


def test_a_clock_set_forward_frees_jobs_but_their_owners_cannot_do_damage():
    with time_machine.travel(START, tick=False) as clock:
        job_id = put()
        owner = claim(job_id)
        clock.shift(timedelta(hours=1))
        with unit():
            queue.sweep(LEASE)
        second = claim(job_id, "w2")
        with unit():
            assert not queue.finish(owner)
        with unit():
            assert queue.finish(second)


def test_a_clock_set_back_delays_neither_new_work_nor_recovery():
    with time_machine.travel(START, tick=False) as clock:
        lost, fresh = put(), put()
        assert claim(lost)
        with unit():
            queue.declare({"tick": queue.Round("tick", "other", 2)})
            assert queue.start("tick")
        clock.shift(-timedelta(hours=1))
        assert claim(fresh) is not None
        with unit():
            assert queue.due_rounds() == ["tick"]
            assert queue.sweep(LEASE) == 0
        clock.shift(LEASE + timedelta(seconds=1))
        with unit():
            assert queue.sweep(LEASE) == 2


def test_a_key_makes_one_job_even_when_eight_threads_want_it(house: Service):
    barrier, found = threading.Barrier(8), []

    def want() -> None:
        with house.app_context():
            barrier.wait()
            with unit():
                found.append(queue.put("probe.effect", dedupe_key="message:1").id)

    threads = [threading.Thread(target=want) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    with unit():
        assert queue.depth() == 1


def test_eight_threads_claim_a_job_once(house: Service):
    job_id = put()
    barrier, found = threading.Barrier(8), []

    def want(number: int) -> None:
        with house.app_context():
            barrier.wait()
            found.append(claim(job_id, f"w{number}"))

    threads = [threading.Thread(target=want, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([taken for taken in found if taken]) == 1


def test_two_schedulers_start_a_turn_once(house: Service):
    with time_machine.travel(START, tick=False) as clock:
        with unit():
            queue.declare({"tick": queue.Round("tick", "other", 2)})
        barrier, started = threading.Barrier(4), []

        def look_round() -> None:
            with house.app_context():
                barrier.wait()
                with unit():
                    started.append(queue.start("tick"))

        for turn in range(1, 3):
            threads = [threading.Thread(target=look_round) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert len([one for one in started if one]) == turn
            with unit():
                queue.finish(queue.claim(next(one for one in reversed(started) if one), "w", LEASE, KINDS))
            clock.shift(timedelta(seconds=3))


def test_a_turn_waits_for_the_last_one_and_missed_turns_are_not_made_up_for():
    with time_machine.travel(START, tick=False) as clock:
        with unit():
            queue.declare({"tick": queue.Round("tick", "other", 2)})
            first = queue.start("tick")
        clock.shift(timedelta(hours=8))
        with unit():
            assert queue.start("tick") is None
        with unit():
            queue.finish(queue.claim(first, "w", LEASE, KINDS))
        clock.shift(timedelta(seconds=2))
        with unit():
            assert queue.start("tick")
            assert queue.due_rounds() == []
        with unit():
            queue.declare({})
            assert queue.rounds() == []


def test_the_broker_hears_again_of_work_that_stays_unanswered_and_later_each_time():
    patience = timedelta(seconds=10)
    with time_machine.travel(START, tick=False) as clock:
        job_id = put()
        offered = []
        for _ in range(100):
            with unit():
                offers = queue.to_offer(patience)
                queue.note_offered(offers, patience)
            offered += [(offer.id, int((datetime.now(UTC) - START).total_seconds())) for offer in offers]
            clock.shift(timedelta(seconds=1))
        assert offered == [(job_id, 0), (job_id, 10), (job_id, 30), (job_id, 70)]
        clock.shift(-timedelta(hours=2))
        with unit():
            assert [offer.id for offer in queue.to_offer(patience)] == [job_id]


class Listener:
    """A transport that remembers what it was told."""

    patience = timedelta(seconds=5)

    def __init__(self) -> None:
        self.heard: list[uuid.UUID] = []

    def announce(self, offers) -> bool:
        self.heard += [offer.id for offer in offers]
        return True


def test_workers_hear_of_a_job_after_its_commit_and_only_then():
    listener = Listener()
    queue.install(listener)
    with unit():
        job_id = queue.put("probe.effect", dedupe_key="once").id
        with session().begin_nested():
            pass
        assert listener.heard == []
    assert listener.heard == [job_id]
    with unit():
        queue.put("probe.effect", dedupe_key="once")
        queue.put("probe.effect", run_after=datetime.now(UTC) + timedelta(hours=1))
    with pytest.raises(ZeroDivisionError):
        put_and_fall()
    with unit():
        pass
    assert listener.heard == [job_id]


def test_ended_jobs_go_after_their_keep():
    with time_machine.travel(START, tick=False) as clock:
        done, dead = put(), put(max_attempts=1)
        with unit():
            queue.finish(queue.claim(done, "w", LEASE, KINDS))
            queue.fail(queue.claim(dead, "w", LEASE, KINDS), "boom", backoff=1)
        waiting = put()
        clock.shift(timedelta(days=15))
        with unit():
            assert queue.purge() == 1
        clock.shift(timedelta(days=80))
        with unit():
            assert queue.purge() == 1
            assert queue.find(waiting).state is JobState.QUEUED
            assert queue.oldest_wait() == timedelta(days=95)


def test_the_bell_wakes_a_worker_before_its_poll(tmp_path: Path):
    worker, web = Bell(tmp_path), Bell(tmp_path)
    web.announce([])
    started = time.monotonic()
    worker.wait(30)
    assert time.monotonic() - started < 15
    worker.nudge()
    worker.wait(30)
    worker.stopped = True
    worker.wait(30)
    assert time.monotonic() - started < 25


def test_a_bell_that_cannot_be_rung_harms_nobody(tmp_path: Path):
    (tmp_path / "file").touch()
    assert not Bell(tmp_path / "file" / "folder").announce([])
