"""The rows of the list of flags: every flag of any environment, with what it gives where and how often it is asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from server.admin.flag_states import FlagState, states_of
from server.admin.listing import Listing
from server.admin.paging import Found
from server.domain import flags
from server.domain.flags import Content, Environment, Kind
from server.domain.identity import Actor

SPARK_DAYS = 14
SPARK_WIDTH, SPARK_HEIGHT = 84, 22


@dataclass(frozen=True, slots=True)
class Spark:
    """A line of evaluations, drawn in a box of 84×22; ``points`` is empty where nobody asked."""

    points: str
    total: int

    @property
    def words(self) -> str:
        """For those who do not see it."""
        return f"近 {SPARK_DAYS} 天读取 {self.total} 次" if self.total else f"近 {SPARK_DAYS} 天没有读取"


@dataclass(frozen=True, slots=True)
class FlagRow:
    """A flag in the list."""

    key: str
    name: str
    kind: Kind
    tags: tuple[str, ...]
    owner: str
    expires_on: date | None
    states: dict[Environment, FlagState]
    spark: Spark
    stale: tuple[flags.StaleReason, ...]

    @property
    def words(self) -> str:
        """What a search looks through."""
        return " ".join((self.key, self.name, self.owner, *self.tags)).lower()


def all_rows(actor: Actor, contents: Mapping[Environment, Content], shown: Environment) -> list[FlagRow]:
    """Every flag; evaluations and staleness are those of ``shown``."""
    lines = flags.sparkline(shown, SPARK_DAYS)
    stale = {each.key: each.reasons for each in flags.stale(actor, shown, flags.last_evaluated(shown))}
    documents = documents_by_key(contents, shown)
    return [
        _row(key, document, contents, lines.get(key, []), stale.get(key, ())) for key, document in documents.items()
    ]


def documents_by_key(contents: Mapping[Environment, Content], first: Environment) -> dict[str, dict[str, Any]]:
    """One document for each flag, from the environment that is looked at or else from one that has it."""
    found: dict[str, dict[str, Any]] = {}
    for environment in (first, *(each for each in reversed(Environment) if each is not first)):
        for key, document in contents[environment].flags.items():
            found.setdefault(key, document)
    return found


def contents_for(actor: Actor) -> dict[Environment, Content]:
    """The flag set of every environment as it stands."""
    return {environment: flags.find_content(actor, environment) for environment in Environment}


def chosen(rows: Iterable[FlagRow], asked: Mapping[str, str], shown: Environment) -> list[FlagRow]:
    """The rows that the filters let through."""
    words = asked.get("q", "").lower().split()
    tag, kind, state = asked.get("tag", ""), asked.get("kind", ""), asked.get("state", "")
    return [
        row
        for row in rows
        if all(word in row.words for word in words)
        and (not tag or tag in row.tags)
        and (not kind or row.kind == kind)
        and (not state or STATES.get(state, "") == row.states[shown].icon)
        and (not asked.get("stale") or row.stale)
    ]


# What the filter offers, by the icon that stands for it.
STATES = {
    "on": "circle-check",
    "share": "chart-pie",
    "rules": "adjustments-horizontal",
    "off": "circle-x",
    "disabled": "ban",
    "absent": "minus",
}
STATE_CHOICES = [
    ("on", "全部开启"),
    ("share", "灰度中"),
    ("rules", "按规则"),
    ("off", "全部关闭"),
    ("disabled", "已停用"),
    ("absent", "未创建"),
]


def cut(rows: list[FlagRow], listing: Listing) -> Found[FlagRow]:
    """One page of the rows, in the order that the reader chose."""
    orders = {
        "name": lambda row: (row.name, row.key),
        "key": lambda row: row.key,
        "used": lambda row: (row.spark.total, row.key),
    }
    ordered = sorted(rows, key=orders[listing.sort_key], reverse=listing.descending)
    start = (listing.page - 1) * listing.per_page
    return Found(ordered[start : start + listing.per_page], len(rows), listing.page, listing.per_page)


def spark_of(line: list[int]) -> Spark:
    """A line through the counts of each day, scaled to the largest."""
    if not any(line):
        return Spark("", 0)
    step, most = SPARK_WIDTH / max(len(line) - 1, 1), max(line)
    heights = (SPARK_HEIGHT - 1 - count / most * (SPARK_HEIGHT - 2) for count in line)
    return Spark(" ".join(f"{n * step:.1f},{height:.1f}" for n, height in enumerate(heights)), sum(line))


def _row(
    key: str,
    document: Mapping[str, Any],
    contents: Mapping[Environment, Content],
    line: list[int],
    stale: tuple[flags.StaleReason, ...],
) -> FlagRow:
    flag = flags.parse_flag(document)
    return FlagRow(
        key,
        flag.name,
        flag.kind,
        flag.tags,
        flag.owner,
        flag.expires_on,
        states_of(key, contents),
        spark_of(line),
        stale,
    )
