"""The access token: one for all workers, fetched by one of them.

Single flight has two gates. Threads of a process queue at a lock; processes race for the shared row by a conditional
UPDATE that sets a short lease. Losers look at the row until the winner has stored a token or an error (which they
raise as their own, so that a dead WeChat is asked once, not once per waiter) or until the lease ends, when they race
again. Everything is bounded by a number of looks.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from server.core import clock, crypto
from server.core.ids import digest, new_id
from server.gateways.wechat import state
from server.gateways.wechat.errors import WechatDown, WechatError, error_for
from server.gateways.wechat.state import WechatState

log = logging.getLogger(__name__)

PATH = "cgi-bin/stable_token"
LEASE = timedelta(seconds=15)
LOOK_SECONDS = 0.05
LOOKS = 400  # at 0.05 s: a little longer than one lease
EARLY = 300  # in a token's last five minutes WeChat already gives its successor


@dataclass(frozen=True, slots=True)
class Fetched:
    """What WeChat's token endpoint answered; ``expires_in`` in seconds."""

    token: str
    expires_in: int


class TokenStore:
    """The token of one mini program. ``fetch`` asks WeChat for it."""

    def __init__(self, appid: str, fetch: Callable[[], Fetched]) -> None:
        self.appid = appid
        self._fetch = fetch
        self._lock = threading.Lock()

    def current(self, row: WechatState | None = None) -> str:
        """A token that should be good, from the shared row or freshly fetched."""
        row = row or state.read(self.appid)
        return _good(row) or self._renewed(seen=row.fetch_count)

    def forget(self, token: str) -> None:
        """WeChat does not take this token; a successor that another worker has stored meanwhile is kept."""
        state.change(
            self.appid,
            WechatState.token_mark == digest(token),
            token_sealed=None,
            token_mark=None,
            token_expires_at=None,
        )

    def _renewed(self, seen: int) -> str:
        """``seen`` counts the flights that had ended before this caller came; a later one's end is the caller's too."""
        with self._lock:
            row = state.read(self.appid)
            for _ in range(LOOKS):
                token = _good(row)
                if token:
                    return token
                if row.fetch_count != seen and row.fetch_message is not None:
                    raise _told(row)
                owner = new_id().hex
                if self._claim(row, owner):
                    return self._fetch_as(owner)
                time.sleep(LOOK_SECONDS)
                row = state.read(self.appid)
        raise WechatDown("no token in time", path=PATH, maybe_done=False)

    def _claim(self, row: WechatState, owner: str) -> bool:
        now = clock.now()
        if row.fetch_until is not None and row.fetch_until > now:
            return False
        same = WechatState.fetch_count == row.fetch_count
        free = sa.or_(WechatState.fetch_until.is_(None), WechatState.fetch_until <= now)
        return state.change(self.appid, same, free, fetch_owner=owner, fetch_until=now + LEASE)

    def _fetch_as(self, owner: str) -> str:
        try:
            fetched = self._fetch()
        except WechatError as error:
            self._settle(owner, fetch_error=error.errcode, fetch_message=error.errmsg[:200])
            raise
        except BaseException:
            self._settle(owner, fetch_error=None, fetch_message="fetch failed")
            raise
        life = max(fetched.expires_in - EARLY, fetched.expires_in // 2)
        self._settle(
            owner,
            token_sealed=crypto.ring().seal(fetched.token, _place(self.appid)),
            token_mark=digest(fetched.token),
            token_expires_at=clock.now() + timedelta(seconds=life),
            fetch_error=None,
            fetch_message=None,
        )
        return fetched.token

    def _settle(self, owner: str, **values: object) -> None:
        """End the flight. A token that cannot be stored is still good for its finder."""
        try:
            state.change(
                self.appid,
                WechatState.fetch_owner == owner,
                fetch_owner=None,
                fetch_until=None,
                fetch_count=WechatState.fetch_count + 1,
                **values,
            )
        except SQLAlchemyError:
            log.warning("the WeChat token could not be stored", exc_info=True)


def _place(appid: str) -> str:
    return f"wechat_states:token:{appid}"


def _good(row: WechatState) -> str | None:
    if row.token_sealed is None or row.token_expires_at is None or row.token_expires_at <= clock.now():
        return None
    try:
        return crypto.ring().unseal(row.token_sealed, _place(row.appid))
    except crypto.Unsealable:
        log.warning("the stored WeChat token does not open; fetching a new one")
        return None


def _told(row: WechatState) -> WechatError:
    """The failure of the flight that this worker waited for."""
    message = row.fetch_message or ""
    if row.fetch_error is None:
        return WechatDown(message, path=PATH, maybe_done=False)
    return error_for(row.fetch_error, message, PATH)
