"""One report stays one report, however often and from however many threads it is sent."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from server.domain import tickets
from server.domain.identity import AuditEntry
from tests.support.whole import databases, whole

THREADS = 16
ROUNDS = 3

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("make", databases("sqlite", "postgresql"))
def test_sixteen_threads_with_one_key_open_one_ticket(make, tmp_path):
    # rate limits off: sixteen posts in a moment are more than a citizen may make
    with whole(make, tmp_path, web_processes=2, workers=0, settings={"rate_limits": "false"}) as here:
        phone = here.phone("小周")
        # as many phones as threads: one phone sends ten requests at once, as WeChat allows
        phones = [replace(phone) for _ in range(THREADS)]
        for round_ in range(ROUNDS):
            picture = here.upload(phone, round_)

            def report(each, round_=round_, picture=picture):
                return each.report("首页打不开", [picture], key=f"round-{round_}")

            with ThreadPoolExecutor(THREADS) as pool:
                answers = list(pool.map(report, phones))
            assert {answer.status for answer in answers} == {201}, [answer.data for answer in answers]
            assert len({answer.content for answer in answers}) == 1
            assert sum("Idempotent-Replayed" not in answer.headers for answer in answers) == 1
        assert here.count(tickets.Ticket) == ROUNDS
        assert here.count(AuditEntry, AuditEntry.action == "ticket.opened") == ROUNDS
        listed = phone.get("tickets").data["items"]
        assert [row["number"][-4:] for row in listed] == ["0003", "0002", "0001"]
