"""The citizen's verbs: further words, ratings that are all kept, one reopening in time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from server.core import clock
from server.core.errors import Forbidden, Invalid
from server.domain import tickets
from server.domain.identity import ANONYMOUS
from server.domain.tickets import (
    ContentState,
    EventKind,
    Rating,
    ReopenedBefore,
    TicketNotFound,
    TicketState,
    TooLateToRate,
    TooLateToReopen,
    WrongState,
)
from tests.factories import citizens, identity
from tests.factories.tickets import resolved, responded, ticket, uploads
from tests.tickets.conftest import Desk


def test_further_words_go_to_the_check_and_to_the_staff(desk: Desk) -> None:
    made = responded(desk.zheng, desk.wang, contract=desk.contract)
    event = tickets.add(desk.wang, made.id, text="再补充一张截图", upload_ids=uploads(1, desk.wang))
    assert (event.kind, event.public, event.content_state) == (EventKind.COMMENTED, True, ContentState.PENDING)
    entry = tickets.timeline(desk.wang, made)[-1]
    assert (entry.what, entry.who, entry.text) == ("您补充了信息", "我", "再补充一张截图")
    assert len(entry.attachments) == 1


def test_words_after_the_solution_leave_it_solved_and_after_closing_are_refused(desk: Desk) -> None:
    made = resolved(desk.zheng, desk.wang, contract=desk.contract)
    tickets.add(desk.wang, made.id, text="谢谢")
    assert made.state is TicketState.RESOLVED
    tickets.close(desk.lin, made.id)
    with pytest.raises(WrongState, match="已关闭"):
        tickets.add(desk.wang, made.id, text="还有一事")


def test_nobody_elses(desk: Desk) -> None:
    made = resolved(desk.zheng, desk.wang, contract=desk.contract)
    for stranger in (citizens.actor("zhao"), ANONYMOUS):
        for step in (
            lambda who: tickets.add(who, made.id, text="我"),
            lambda who: tickets.rate(who, made.id, stars=1),
            lambda who: tickets.reopen(who, made.id, reason="我"),
            lambda who: tickets.cancel(who, made.id, reason="我"),
            lambda who: tickets.find(who, made.id),
        ):
            with pytest.raises(TicketNotFound):
                step(stranger)


def test_staff_do_not_speak_for_the_citizen(desk: Desk) -> None:
    made = resolved(desk.zheng, desk.wang, contract=desk.contract)
    for who in (desk.lin, desk.zheng, identity.actor("shen")):
        with pytest.raises(Forbidden):
            tickets.add(who, made.id, text="我")
        with pytest.raises(Forbidden):
            tickets.rate(who, made.id, stars=5)


def test_every_rating_is_kept_and_the_newest_counts(desk: Desk, session: Any) -> None:
    made = resolved(desk.zheng, desk.wang, contract=desk.contract)
    first = tickets.rate(desk.wang, made.id, stars=2, text="太慢")
    again = tickets.rate(desk.wang, made.id, stars=2, text="太慢")
    assert again.id == first.id
    tickets.rate(desk.wang, made.id, stars=5)
    assert made.stars == 5
    assert [each.stars for each in tickets.ratings_of(desk.lin, made.id)] == [5, 2]
    assert session.scalar(sa.select(sa.func.count()).select_from(Rating)) == 2
    assert [entry.text for entry in tickets.timeline(desk.lin, made)][-2:] == ["太慢", ""]


@pytest.mark.parametrize("stars", [0, 6, -1])
def test_stars_are_one_to_five(desk: Desk, stars: int) -> None:
    made = resolved(desk.zheng, desk.wang, contract=desk.contract)
    with pytest.raises(Invalid):
        tickets.rate(desk.wang, made.id, stars=stars)


def test_only_an_answer_is_rated_and_in_time(desk: Desk) -> None:
    made = responded(desk.zheng, desk.wang, contract=desk.contract)
    with pytest.raises(WrongState):
        tickets.rate(desk.wang, made.id, stars=5)
    tickets.resolve(desk.zheng, made.id, text="好", cause="")
    with time_machine.travel(clock.now() + timedelta(days=31), tick=False), pytest.raises(TooLateToRate):
        tickets.rate(desk.wang, made.id, stars=5)


def test_reopened_once(desk: Desk) -> None:
    made = resolved(desk.zheng, desk.wang, contract=desk.contract)
    assert tickets.may_reopen(made)
    event = tickets.reopen(desk.wang, made.id, reason="还是打不开")
    assert (made.state, made.reopened_count, made.resolved_at) == (TicketState.IN_PROGRESS, 1, None)
    assert tickets.reopen(desk.wang, made.id, reason="还是打不开").id == event.id
    with pytest.raises(WrongState):
        tickets.reopen(desk.wang, made.id, reason="真的")
    tickets.resolve(desk.zheng, made.id, text="再次修复", cause="")
    assert not tickets.may_reopen(made)
    with pytest.raises(ReopenedBefore):
        tickets.reopen(desk.wang, made.id, reason="又坏了")


def test_reopened_after_closing_and_in_time_only(desk: Desk) -> None:
    made = resolved(desk.zheng, desk.wang, contract=desk.contract)
    tickets.close(desk.lin, made.id)
    with time_machine.travel(clock.now() + timedelta(days=7, seconds=1), tick=False):
        assert not tickets.may_reopen(made)
        with pytest.raises(TooLateToReopen):
            tickets.reopen(desk.wang, made.id, reason="又坏了")
    with time_machine.travel(clock.now() + timedelta(days=6), tick=False):
        tickets.reopen(desk.wang, made.id, reason="又坏了")
    assert made.closed_at is None


def test_a_refused_step_writes_nothing(desk: Desk) -> None:
    made = ticket(desk.wang, contract=desk.contract)
    for refused in (
        lambda: tickets.reopen(desk.wang, made.id, reason="x"),
        lambda: tickets.rate(desk.wang, made.id, stars=5),
        lambda: tickets.add(desk.wang, made.id, text=" "),
    ):
        with pytest.raises((WrongState, Invalid)):
            refused()
    assert (made.version, made.stars, made.reopened_count, made.state) == (1, None, 0, TicketState.NEW)
