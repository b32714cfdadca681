"""Sealing columns anew after a key rotation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from server.core import crypto
from server.core.db import hit, session


def reseal(
    key: InstrumentedAttribute[Any],
    sealed: InstrumentedAttribute[Any],
    place: Callable[[Any], str],
    *,
    limit: int = 200,
) -> int:
    """Seal up to ``limit`` values of a column with the current key; how many were found, 0 when none is left.

    The key's id stands in the value itself, so a rotation that was killed goes on where it was; a value that changed
    meanwhile is left to the next call. ``place`` gives what the value was sealed to, from the row's key.
    """
    ring = crypto.ring()
    stale = sa.select(key, sealed).where(sealed.is_not(None), sealed.not_like(f"{ring.current}.%")).limit(limit)
    rows = session().execute(stale.order_by(key)).all()
    for row_id, value in rows:
        anew = ring.seal(ring.unseal(value, place(row_id)), place(row_id))
        hit(sa.update(key.class_).where(key == row_id, sealed == value).values({sealed: anew}))
    return len(rows)
