"""Pages of a list in the console: counted, ordered by what the reader chose, cut to one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

from server.admin.listing import Listing
from server.core.db import session

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """One page of rows, as the list macros want it."""

    items: Sequence[T]
    total: int
    page: int
    per_page: int

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return -(-self.total // self.per_page)


def paged(
    query: sa.Select[Any],
    listing: Listing,
    orders: Mapping[str, Any] | None = None,
    *,
    tie: Any = None,
) -> Found[Any]:
    """The page that the listing asks for, in two statements.

    Rows are the entity itself where the query selects one, tuples otherwise. ``orders`` maps the listing's sort names
    to columns, ``tie`` makes the order whole; without them the query's own order holds. A page beyond the end is empty.
    """
    if orders and listing.sort_key in orders:
        column = orders[listing.sort_key]
        query = query.order_by(None).order_by(column.desc() if listing.descending else column.asc())
        if tie is not None:
            query = query.order_by(tie)
    total = session().scalar(sa.select(sa.func.count()).select_from(query.order_by(None).subquery())) or 0
    cut = query.limit(listing.per_page).offset((listing.page - 1) * listing.per_page)
    result = session().execute(cut)
    alone = len(query.column_descriptions) == 1
    rows: Sequence[Any] = result.scalars().all() if alone else result.all()
    return Found(rows, total, listing.page, listing.per_page)
