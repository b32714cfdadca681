"""The demo's traffic: how phones came to each version, day by day, with a few oddities for the console to find."""

from __future__ import annotations

import math
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime

from server.core import clock, tallies
from server.core.db import unit
from server.domain import releases
from server.domain.flags import Environment
from server.domain.releases import Platform, Sighting

# Days ago, version, part of the phones that WeChat hands it to from then on.
HANDED_OUT: tuple[tuple[float, str, float], ...] = (
    (57.0, "1.3.4", 1.0),
    (46.3, "1.3.5", 0.1),
    (45.1, "1.3.5", 1.0),
    (44.4, "1.3.4", 1.0),
    (35.2, "1.4.0", 0.1),
    (34.2, "1.4.0", 0.5),
    (33.1, "1.4.0", 1.0),
    (22.2, "1.4.1", 0.2),
    (21.0, "1.4.1", 1.0),
    (15.2, "1.4.2", 0.1),
    (14.1, "1.4.2", 0.3),
    (13.0, "1.4.2", 1.0),
    (3.1, "1.5.0", 0.05),
    (1.9, "1.5.0", 0.1),
)
BUILDS = {"1.3.4": "31", "1.3.5": "32", "1.4.0": "35", "1.4.1": "37", "1.4.2": "42", "1.5.0": "45"}
PLATFORMS = (
    (Platform.ANDROID, 0.51),
    (Platform.IOS, 0.37),
    (Platform.OHOS, 0.08),
    (Platform.WINDOWS, 0.03),
    (Platform.MAC, 0.01),
)
LIBRARIES = (("3.7.2", 0.56), ("3.6.6", 0.2), ("3.5.8", 0.13), ("3.3.4", 0.08), ("2.33.0", 0.03))
LAST_DAY = 57
WORKDAY, DAY_OFF = 960, 610
REQUESTS = 7
# Each day so many of those who should come to another version do; so few never do.
MOVE, STAY = 0.66, 0.004
WITNESSES = 12
HOURS = 24


def play_traffic(shas: Mapping[str, str], moment: Callable[[float], datetime]) -> None:
    """Count two months of launches, write them down, and let the builds be learnt."""
    shares: dict[str, float] = {"1.3.4": 1.0}
    for days in range(LAST_DAY, -1, -1):
        shares = _next_day(shares, days)
        with clock.replaying(moment(days)):
            _day(shares, shas, part=1.0 if days else _part_of_today())
    _oddities()
    tallies.flush()
    for days in range(LAST_DAY - 3, -1, -3):
        with clock.replaying(moment(days)), unit():
            releases.learn_builds()


def _next_day(shares: Mapping[str, float], days: int) -> dict[str, float]:
    """How many run what, a day later: WeChat's hand moves most, and a few never close the mini program."""
    wanted: dict[str, float] = {}
    for at, version, part in HANDED_OUT:
        if at >= days:
            wanted = {name: share * (1 - part) for name, share in wanted.items()}
            wanted[version] = wanted.get(version, 0.0) + part
    names = shares.keys() | wanted.keys()
    moved = {
        name: shares.get(name, 0.0)
        + MOVE * (max(wanted.get(name, 0.0), STAY * (name in shares)) - shares.get(name, 0.0))
        for name in names
    }
    total = sum(moved.values())
    return {name: share / total for name, share in moved.items()}


def _part_of_today() -> float:
    now = clock.to_local(clock.now())
    return max((now.hour + now.minute / 60) / HOURS, 0.02)


def _day(shares: Mapping[str, float], shas: Mapping[str, str], *, part: float) -> None:
    today = clock.today()
    busy = (WORKDAY if today.weekday() < 5 else DAY_OFF) * (1 + 0.08 * math.sin(today.toordinal() * 1.7)) * part  # noqa: PLR2004 - Saturday
    for version, share in shares.items():
        for platform, of_platform in PLATFORMS:
            for library, of_library in LIBRARIES:
                launches = round(busy * share * of_platform * of_library)
                if launches:
                    seen = _sighting(version, shas, platform, library)
                    releases.note_traffic(seen, launches=launches, requests=launches * REQUESTS)
        if share * busy > WITNESSES:
            for who in range(WITNESSES):
                seen = _sighting(version, shas, *_usual())
                releases.note_traffic(seen, launches=0, requests=3, citizen_id=uuid.UUID(int=who))
    trying = next((version for at, version, _ in reversed(HANDED_OUT) if at > 0), "")
    tested = Sighting(environment=Environment.TRIAL, version=trying, build="0", platform=Platform.ANDROID)
    releases.note_traffic(tested, launches=4, requests=90)


def _usual() -> tuple[Platform, str]:
    return PLATFORMS[0][0], LIBRARIES[0][0]


def _sighting(version: str, shas: Mapping[str, str], platform: Platform, library: str) -> Sighting:
    return Sighting(
        version=version,
        build=BUILDS[version],
        stamp=shas[version][:12],
        platform=platform,
        base_library=library,
    )


def _oddities() -> None:
    """What somebody should look into: a build that nobody knows, other code under a known version, a foreign program."""
    platform, library = _usual()
    unknown = Sighting(build="46", platform=platform, base_library=library)
    releases.note_traffic(unknown, launches=2, requests=11)
    odd = Sighting(version="1.4.2", build="42", stamp="9e107d9d372b", platform=platform, base_library=library)
    releases.note_traffic(odd, launches=1, requests=6)
    releases.note_traffic(Sighting(stranger="wx00d1e5ca1e000001"), launches=0, requests=23)
