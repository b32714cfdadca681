"""What a kind can be issued for in a span of days, where that is a table's rows by a column."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.domain.documents.kinds import Subjects
from server.domain.identity import Actor


def dated(key: Any, contract: Any, day: Any, *conditions: sa.ColumnElement[bool]) -> Subjects:
    """Rows of a contract whose day (a date, or a moment on the bureau's clocks) lies in the span, oldest first.

    Whether the actor may have each on paper, and whether it is ripe for it, the kind's composer says.
    """
    whole = isinstance(day.type, sa.Date)

    def listed(_actor: Actor, contract_id: uuid.UUID, since: date, until: date) -> Sequence[uuid.UUID]:
        bounds = (since, until) if whole else (clock.start_of(since), clock.end_of(until))
        within = (day >= bounds[0], day <= bounds[1] if whole else day < bounds[1])
        query = sa.select(key).where(contract == contract_id, *within, *conditions)
        return list(session().scalars(query.order_by(day, key)))

    return listed
