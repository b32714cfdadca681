"""``kill -9`` under load: what was acknowledged is there, nothing is there twice, and the trail is one chain."""

from __future__ import annotations

import os
import signal
import threading
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import sqlalchemy as sa

from server.core.db import session
from server.domain import tickets
from server.domain.notices import InboxPush, Message, MessageState, PushState
from server.domain.tickets import ContentState, Ticket
from server.simulators.wechat.client import Answer, Fail, MiniProgram
from tests.support.processes import children
from tests.support.waiting import until
from tests.support.whole import Whole, databases, whole

CITIZENS = ("王建国", "李秀英", "赵小明", "陈桂芳")
REPORTS_EACH = 10
# After so many answers, one web process and one worker are killed.
KILL_AFTER = (8, 20, 32)
# What a phone takes for "send it again": no line, a conflict with its own first try, a service that is away.
AGAIN = frozenset({409, 502, 503, 504})
PATIENCE = 60.0
LATER = timedelta(minutes=11)
# The leases of killed workers end soon; a citizen reports more often than rate limits let anybody.
SETTINGS = {"rate_limits": "false", "job_lease_seconds": "2"}
ON_THE_WAY = (MessageState.QUEUED, MessageState.SENDING, MessageState.UNCERTAIN)

pytestmark = pytest.mark.slow


@dataclass
class Load:
    """What was acknowledged, and when the next kill is due."""

    here: Whole
    acknowledged: dict[str, str] = field(default_factory=dict)
    killed: list[int] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def report(self, phone: MiniProgram, text: str) -> None:
        """One report until it is acknowledged, then an officer's answer, which queues a message."""
        key = uuid.uuid4().hex
        refusals: list[object] = []
        ticket = until(
            lambda: self._tried(phone, text, key, refusals),
            lambda: f"an answer to {text}, {refusals}",
            seconds=PATIENCE,
        ).data
        with self._lock:
            assert ticket["id"] not in self.acknowledged, "two keys, one ticket"
            self.acknowledged[ticket["id"]] = ticket["number"]
            due = len(self.acknowledged) in KILL_AFTER
        if due:
            self._kill()
        self.here.act("zheng", tickets.respond, uuid.UUID(ticket["id"]), text="已收到，正在核查。")

    def _tried(self, phone: MiniProgram, text: str, key: str, refusals: list[object]) -> Answer | None:
        try:
            answer = phone.report(text, key=key)
        except Fail as fail:
            refusals.append(str(fail))
            return None
        if answer.status in AGAIN:
            refusals.append((answer.status, answer.code))
            return None
        assert answer.status == 201, (answer.status, answer.data)
        return answer

    def _kill(self) -> None:
        """One of gunicorn's processes and the newest worker, without a word; gunicorn and systemd start new ones."""
        web = self.here.service.web
        assert web is not None
        victim = children(web.pid)[0]
        os.kill(victim, signal.SIGKILL)
        worker = self.here.service.workers[-1]
        worker.kill()
        self.killed += [victim, worker.pid]
        self.here.service.begin_worker()


@pytest.mark.parametrize("make", databases("sqlite", "postgresql"))
def test_killed_processes_lose_nothing_and_double_nothing(make, tmp_path):
    with whole(make, tmp_path, web_processes=2, settings=SETTINGS) as here:
        phones = [here.phone(name, subscribe=REPORTS_EACH) for name in CITIZENS]
        load = Load(here)
        wanted = [(phone, f"第 {turn} 个问题") for turn in range(REPORTS_EACH) for phone in phones]
        with ThreadPoolExecutor(len(phones) * 2) as pool:
            for done in [pool.submit(load.report, *each) for each in wanted]:
                done.result()
        assert len(load.killed) == 2 * len(KILL_AFTER)
        settle(here)
        check_tickets(here, load, len(wanted))
        check_messages(here, load)
        check_trail(here, len(wanted))


def settle(here: Whole) -> None:
    """Until every message has its end: most by WeChat's answer or push, and by time those that were never called."""
    until(lambda: _none(here, MessageState.QUEUED, MessageState.SENDING), "messages taken up", seconds=60)
    here.wechat.drain()
    until(lambda: here.count(InboxPush, InboxPush.state == PushState.NEW) == 0, "pushes handled")
    here.in_time(lambda: _none(here, *ON_THE_WAY) and _all_judged(here), "everything at its end", LATER)


def check_tickets(here: Whole, load: Load, count: int) -> None:
    """Exactly the acknowledged ones, numbered without a gap."""
    with here.inside():
        rows = session().execute(sa.select(Ticket.id, Ticket.number, Ticket.content_state)).all()
    assert {str(row.id): row.number for row in rows} == load.acknowledged
    assert sorted(int(row.number.rpartition("-")[2]) for row in rows) == list(range(1, count + 1))
    assert {row.content_state for row in rows} == {ContentState.PASS}


def check_messages(here: Whole, load: Load) -> None:
    """One message each on the citizens' phones, and all of them known as sent."""
    arrived = Counter(message["data"]["character_string1"] for message in here.wechat.messages())
    assert arrived == Counter(load.acknowledged.values())
    with here.inside():
        states = session().scalars(sa.select(Message.state)).all()
    assert set(states) == {MessageState.SENT}


def check_trail(here: Whole, count: int) -> None:
    """One entry for each change, in one unbroken chain."""
    written = Counter(here.sealed_trail())
    assert written["ticket.opened"] == written["ticket.responded"] == count


def _all_judged(here: Whole) -> bool:
    return here.count(Ticket, Ticket.content_state == ContentState.PENDING) == 0


def _none(here: Whole, *states: MessageState) -> bool:
    return here.count(Message, Message.state.in_(states)) == 0
