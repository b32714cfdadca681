"""What the sweep tells the broker: jobs that are due and that no message is under way for."""

from __future__ import annotations

import uuid
from datetime import timedelta

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.gateways.queue.intake import Offer
from server.gateways.queue.models import WAITING, Job, Lane

LONGEST_DOUBLING = 6


def to_offer(patience: timedelta, limit: int = 500) -> list[Offer]:
    """Due jobs whose message was never sent or stayed unanswered: a plain read."""
    return [Offer(row.id, row.lane) for row in session().execute(_unoffered(patience, limit))]


def note_offered(patience: timedelta, limit: int = 500) -> list[Offer]:
    """The same, with the next repetition set: twice as late each time, so a long queue does not flood the broker."""
    moment = clock.now()
    offers = []
    for row in session().execute(_unoffered(patience, limit)).all():
        wait = patience * 2 ** min(row.offer_count, LONGEST_DOUBLING)
        statement = (
            sa.update(Job)
            .where(Job.id == row.id, Job.state.in_(WAITING), Job.offer_count == row.offer_count)
            .values(offer_at=moment + wait, offer_count=row.offer_count + 1)
            .execution_options(synchronize_session=False)
        )
        if session().execute(statement).rowcount == 1:  # type: ignore[attr-defined]  # a CursorResult
            offers.append(Offer(row.id, row.lane))
    return offers


def _unoffered(patience: timedelta, limit: int) -> sa.Select[tuple[uuid.UUID, Lane, int]]:
    moment = clock.now()
    # Further away than the longest repetition: the clock was set back.
    never = Job.offer_at > moment + patience * 2 ** (LONGEST_DOUBLING + 1)
    return (
        sa.select(Job.id, Job.lane, Job.offer_count)
        .where(
            Job.state.in_(WAITING),
            sa.or_(Job.run_after.is_(None), Job.run_after <= moment),
            sa.or_(Job.offer_at.is_(None), Job.offer_at <= moment, never),
        )
        .order_by(Job.id)
        .limit(limit)
    )
