"""What the sweep tells the broker: jobs that are due and that no message is under way for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa

from server.core import clock
from server.core.db import hit, session
from server.gateways.queue.intake import Offer
from server.gateways.queue.models import WAITING, Job

LONGEST_DOUBLING = 6


def to_offer(patience: timedelta, limit: int = 500) -> list[Offer]:
    """Due jobs whose message was never sent or stayed unanswered, oldest first."""
    moment = clock.now()
    # Further away than the longest repetition: the clock was set back.
    strange = Job.offer_at > moment + patience * 2 ** (LONGEST_DOUBLING + 1)
    query = (
        sa.select(Job.id, Job.lane)
        .where(
            Job.state.in_(WAITING),
            sa.or_(Job.run_after.is_(None), Job.run_after <= moment),
            sa.or_(Job.offer_at.is_(None), Job.offer_at <= moment, strange),
        )
        .order_by(Job.id)
        .limit(limit)
    )
    return [Offer(row.id, row.lane) for row in session().execute(query)]


def note_offered(offers: Sequence[Offer], patience: timedelta) -> None:
    """Set when to repeat these: twice as late each time, so that a long queue does not flood the broker."""
    moment = clock.now()
    ids = [offer.id for offer in offers]
    for row in (
        session().execute(sa.select(Job.id, Job.offer_count).where(Job.id.in_(ids), Job.state.in_(WAITING))).all()
    ):
        wait = patience * 2 ** min(row.offer_count, LONGEST_DOUBLING)
        same = [Job.id == row.id, Job.state.in_(WAITING), Job.offer_count == row.offer_count]
        hit(sa.update(Job).where(*same).values(offer_at=moment + wait, offer_count=row.offer_count + 1))
