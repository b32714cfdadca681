"""The feed's version: one small number that moves with every announcement and every configuration.

A reader that keeps an answer compares this number (one row by its key) instead of asking for everything again.
"""

from __future__ import annotations

import sqlalchemy as sa

from server.core.db import session
from server.core.serials import Serial, next_number

SERIES = "notices.feed"


def feed_version() -> int:
    """The version of all that ``current_notices`` and ``app_config`` answer; 0 before the first change."""
    found = session().scalar(sa.select(Serial.last).where(Serial.series == SERIES, Serial.year == 0))
    return found or 0


def moved() -> int:
    """Something that readers see has changed."""
    return next_number(SERIES, 0)
