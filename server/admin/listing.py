"""What a list page is asked for in its address: columns, order, page, filters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from werkzeug.datastructures import MultiDict

MOST_PER_PAGE = 100
# More than any list has; beyond, a database's integers end.
MOST_PAGES = 1_000_000
OWN_ARGUMENTS = frozenset({"sort", "page", "per_page", "columns"})


@dataclass(frozen=True)
class Column:
    """`sort`: the name in the address and in your order-by table, empty when the list cannot be sorted by it.
    `optional`: the reader may hide it. `shown`: whether it is there before the reader chose anything."""

    key: str
    label: str
    sort: str = ""
    optional: bool = True
    shown: bool = True
    numeric: bool = False


class Paged(Protocol):
    """What the macros need of a page of rows; Flask-SQLAlchemy's Pagination has all of it."""

    total: int | None
    page: int
    per_page: int

    @property
    def pages(self) -> int: ...


class Listing:
    """Read from the query string; anything that is not on offer falls back to the default instead of failing.

    `name` is the prefix of the element ids. `default_sort` is a column's sort name, with "-" for descending.
    """

    def __init__(
        self,
        name: str,
        columns: Sequence[Column],
        arguments: MultiDict[str, str],
        *,
        default_sort: str,
        per_page: int = 20,
    ) -> None:
        self.name = name
        self._asked = arguments.to_dict(flat=False)
        self.all_columns = tuple(columns)
        self.page = min(max(arguments.get("page", 1, type=int), 1), MOST_PAGES)
        self.per_page = min(max(arguments.get("per_page", per_page, type=int), 1), MOST_PER_PAGE)
        known = {column.sort for column in columns if column.sort}
        asked = arguments.get("sort", default_sort)
        self.sort = asked if asked.removeprefix("-") in known else default_sort
        self.chosen_columns = tuple(arguments.getlist("columns"))
        self.columns = tuple(column for column in columns if self._shows(column))
        self.filters = {
            key: values
            for key, values in arguments.lists()
            if key not in OWN_ARGUMENTS and any(v.strip() for v in values)
        }

    @property
    def sort_key(self) -> str:
        return self.sort.removeprefix("-")

    @property
    def descending(self) -> bool:
        return self.sort.startswith("-")

    @property
    def own_arguments(self) -> list[tuple[str, str]]:
        """What a filter form has to carry along so that a new filter keeps order, size and columns."""
        return [(name, value) for name in ("sort", "per_page", "columns") for value in self._asked.get(name, [])]

    def order_of(self, column: Column) -> str:
        """For aria-sort."""
        if not column.sort or column.sort != self.sort_key:
            return "none"
        return "descending" if self.descending else "ascending"

    def next_sort(self, column: Column) -> str:
        return f"-{column.sort}" if self.order_of(column) == "ascending" else column.sort

    def _shows(self, column: Column) -> bool:
        if not column.optional:
            return True
        return column.key in self.chosen_columns if self.chosen_columns else column.shown
