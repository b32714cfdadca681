"""What stood where and when: a line of time for each place of the ledger, told by the releases' own logs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from server.core import clock
from server.domain.releases import EventKind, Release, ReleaseEvent, Step

STARTS = {
    "正式版": frozenset({Step.FULL, Step.RESTORE}),
    "灰度": frozenset({Step.GRAY}),
    "体验版": frozenset({Step.SET_TRIAL}),
    "开发版": frozenset({Step.UPLOAD}),
}
# What ends a stay although nothing follows it.
ENDS = {
    "正式版": frozenset({Step.ROLL_BACK}),
    "灰度": frozenset({Step.FULL, Step.STOP_GRAY, Step.ROLL_BACK}),
    "体验版": frozenset({Step.WITHDRAW}),
    "开发版": frozenset({Step.WITHDRAW}),
}
HUNDRED = 100.0
# Narrower than this part of the line (in percent) a name would be cut.
NAMED_FROM = 5.0


@dataclass(slots=True)
class Stay:
    """A release's stay at a place: ``x`` and ``width`` in percent of the line."""

    release: Release
    since: datetime
    until: datetime | None
    detail: str = ""
    x: float = 0.0
    width: float = 0.0
    ended_badly: bool = False

    @property
    def named(self) -> bool:
        """Whether there is room for the version's name."""
        return self.width >= NAMED_FROM


@dataclass(frozen=True, slots=True)
class Track:
    """One place with its stays, the oldest first."""

    label: str
    stays: list[Stay]


def tracks(logs: Mapping[Any, Sequence[ReleaseEvent]], known: Iterable[Release], since: datetime) -> list[Track]:
    """A line for each place that had a release after ``since``. ``logs`` by release id."""
    by_id = {release.id: release for release in known}
    happened = sorted(
        (
            (event, by_id[key])
            for key, log in logs.items()
            if key in by_id
            for event in log
            if event.kind is EventKind.DONE
        ),
        key=lambda pair: (pair[0].at, pair[0].seq),
    )
    found = [Track(label, _stays(label, happened, since)) for label in STARTS]
    return [track for track in found if track.stays]


def days_of(since: datetime, count: int = 6) -> list[tuple[float, str]]:
    """Where on the line a few days lie, in percent, for its scale."""
    now = clock.now()
    whole = now - since
    return [(HUNDRED * at / count, f"{clock.to_local(since + whole * at / count):%m-%d}") for at in range(count)]


def _stays(label: str, happened: Sequence[tuple[ReleaseEvent, Release]], since: datetime) -> list[Stay]:
    stays: list[Stay] = []
    for event, release in happened:
        last = stays[-1] if stays and stays[-1].until is None else None
        if event.step in STARTS[label]:
            if last is not None and last.release.id == release.id:
                last.detail = _detail(event)
                continue
            if last is not None:
                last.until = event.at
            stays.append(Stay(release, event.at, None, _detail(event)))
        elif event.step in ENDS[label] and last is not None and last.release.id == release.id:
            last.until = event.at
            last.ended_badly = event.step is Step.ROLL_BACK
    return [_placed(stay, since) for stay in stays if stay.until is None or stay.until > since]


def _placed(stay: Stay, since: datetime) -> Stay:
    now = clock.now()
    whole = (now - since).total_seconds()
    start = max((stay.since - since).total_seconds(), 0.0)
    end = ((stay.until or now) - since).total_seconds()
    stay.x = round(HUNDRED * start / whole, 2)
    stay.width = round(max(HUNDRED * (end - start) / whole, 0.6), 2)
    return stay


def _detail(event: ReleaseEvent) -> str:
    return f"{event.data['percent']}%" if event.step is Step.GRAY and "percent" in event.data else ""
