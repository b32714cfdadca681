"""The breaker: when WeChat does not answer, workers stop waiting for it.

Failures in a row are counted in the shared row, by all workers together. From the fifth on the breaker is open for
a pause: calls fail at once, so a dead WeChat does not hold every thread for its time-out. After the pause one worker
(a conditional UPDATE says which) tries; its success closes the breaker, its failure opens it for another pause.
Only silence and unreadable answers count: an errcode is an answer.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from server.core import clock
from server.gateways.wechat import state
from server.gateways.wechat.errors import WechatDown
from server.gateways.wechat.state import WechatState

log = logging.getLogger(__name__)

LIMIT = 5
PAUSE = timedelta(seconds=15)


def admit(row: WechatState, path: str) -> None:
    """WechatDown if the breaker is open and another worker has the next try."""
    if row.open_until is None:
        return
    now = clock.now()
    if row.open_until <= now and state.change(
        row.appid, WechatState.open_until == row.open_until, open_until=now + PAUSE
    ):
        return
    raise WechatDown("the breaker is open", path=path, maybe_done=False)


def failed(appid: str) -> None:
    """One more call without a readable answer."""
    try:
        state.change(appid, failures=WechatState.failures + 1)
        if state.change(appid, WechatState.failures >= LIMIT, open_until=clock.now() + PAUSE):
            log.warning("WeChat does not answer; calls pause", extra={"pause_seconds": PAUSE.seconds})
    except SQLAlchemyError:
        log.warning("the WeChat breaker could not be set", exc_info=True)


def answered(row: WechatState) -> None:
    """WeChat answers (again)."""
    if row.failures or row.open_until is not None:
        try:
            state.change(row.appid, failures=0, open_until=None)
        except SQLAlchemyError:
            log.warning("the WeChat breaker could not be reset", exc_info=True)
