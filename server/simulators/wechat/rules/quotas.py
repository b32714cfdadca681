"""Counters per minute and Beijing day for each call, and the ways to give them back."""

from dataclasses import dataclass

from server.simulators.wechat.clock import Clock
from server.simulators.wechat.errors import WxError

CLEARS_A_MONTH = 10


@dataclass(frozen=True, slots=True)
class Limit:
    """``minute_code`` is what the call answers when a minute is full."""

    day: int
    minute: int | None = None
    minute_code: int = 45011


LIMITS: dict[str, Limit] = {
    "/cgi-bin/stable_token": Limit(500_000, 10_000),
    "/cgi-bin/token": Limit(2_000),
    "/cgi-bin/message/subscribe/send": Limit(10_000_000),
    "/wxa/msg_sec_check": Limit(2_000_000, 4_000),
    "/wxa/media_check_async": Limit(200_000, 2_000),
    "/wxa/img_sec_check": Limit(200_000, 2_000),
    "/wxa/getwxacodeunlimit": Limit(10_000_000, 5_000, 45009),
    "/wxa/getwxacode": Limit(100_000, 5_000, 45009),
    "/wxa/generate_urllink": Limit(1_000_000),
    "/wxa/generatescheme": Limit(1_000_000),
    "/wxa/genwxashortlink": Limit(1_000_000),
}
ORDINARY = Limit(1_000_000)
LOGINS_A_MINUTE = 100


class Quotas:
    """Used and left. Paths are written with a leading slash, as quota/get wants them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._limits = dict(LIMITS)
        self._day: dict[tuple[str, str], int] = {}
        self._minute: dict[tuple[str, int], int] = {}
        self._clears: dict[str, int] = {}

    def limit(self, path: str, *, day: int | None = None, minute: int | None = None) -> Limit:
        """Change a limit for a test; counters stay."""
        old = self._limits.get(path, ORDINARY)
        new = Limit(old.day if day is None else day, old.minute if minute is None else minute, old.minute_code)
        self._limits[path] = new
        return new

    def count(self, path: str) -> None:
        """Count one call; 45009 when the day is used up, the call's own code when the minute is."""
        limit = self._limits.get(path, ORDINARY)
        day, minute = (path, self._clock.day()), (path, self._clock.minute())
        if self._day.get(day, 0) >= limit.day:
            raise WxError(45009)
        if limit.minute is not None and self._minute.get(minute, 0) >= limit.minute:
            raise WxError(limit.minute_code)
        self._day[day] = self._day.get(day, 0) + 1
        self._minute[minute] = self._minute.get(minute, 0) + 1

    def count_person(self, path: str, openid: str) -> None:
        """100 a minute for each user (wechat.md §1.5), else 45011."""
        key = (f"{path}#{openid}", self._clock.minute())
        if self._minute.get(key, 0) >= LOGINS_A_MINUTE:
            raise WxError(45011)
        self._minute[key] = self._minute.get(key, 0) + 1

    def usage(self, path: str) -> dict[str, int]:
        """Today's limit, use and rest."""
        limit = self._limits.get(path, ORDINARY)
        used = self._day.get((path, self._clock.day()), 0)
        return {"daily_limit": limit.day, "used": used, "remain": max(0, limit.day - used)}

    def clear(self, path: str | None = None) -> None:
        """Give back one call's counters, or all; ten times a month, then 48006."""
        month = self._clock.day()[:7]
        if self._clears.get(month, 0) >= CLEARS_A_MONTH:
            raise WxError(48006)
        self._clears[month] = self._clears.get(month, 0) + 1
        self._day = {key: n for key, n in self._day.items() if path is not None and key[0] != path}
        self._minute = {key: n for key, n in self._minute.items() if path is not None and key[0] != path}
