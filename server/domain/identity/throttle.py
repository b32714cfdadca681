"""Who fails too often waits: counted in the database, so that every worker knows (console_security.md §3.3, 4).

Five failures in fifteen minutes of one account from one address, or fifty in an hour from one address, shut that way;
each time that it is shut again the wait doubles, up to four hours. Success opens an account's way at once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server.core import clock, crypto
from server.core.db import hit, session
from server.core.errors import TooMany
from server.domain.identity.models.officers import SignInThrottle

LONGEST = timedelta(hours=4)
FORGOTTEN_AFTER = timedelta(hours=24)


class TooManyFailures(TooMany):
    """Locked out for a while; kept short on purpose: it does not say whether the account exists."""

    code = "locked_out"
    message = "尝试次数过多，请稍后再试。"
    keeps = True


@dataclass(frozen=True, slots=True)
class Way:
    """One way in that can be shut: what it is known by, and how many failures in which time shut it."""

    key: str
    most: int
    window: timedelta


def account_way(account: str, address: str) -> Way:
    """One account from one address. ``account``: a login as typed, or an officer's id."""
    return Way(_key("account", account, address), 5, timedelta(minutes=15))


def address_way(address: str) -> Way:
    """Everything from one address."""
    return Way(_key("address", address), 50, timedelta(hours=1))


def refuse_if_locked(*ways: Way) -> None:
    """TooManyFailures while one of the ways is shut. ``retry_after`` is the longest wait of them."""
    shut = sa.select(sa.func.max(SignInThrottle.locked_until)).where(
        SignInThrottle.key.in_([way.key for way in ways]), SignInThrottle.locked_until > clock.now()
    )
    until = session().scalar(shut)
    if until is not None:
        left = max(1, math.ceil((until - clock.now()).total_seconds()))
        raise TooManyFailures(f"尝试次数过多，请 {math.ceil(left / 60)} 分钟后再试。", retry_after=left)


def count_failure(*ways: Way) -> None:
    """One more failure on each way; a way that has had too many is shut."""
    for way in ways:
        row = _locked_row(way)
        now = clock.now()
        if now - row.window_at >= way.window:
            row.window_at, row.fail_count = now, 0
            if row.locked_until is None or now - row.locked_until >= FORGOTTEN_AFTER:
                row.lock_count = 0
        row.fail_count += 1
        if row.fail_count >= way.most:
            row.locked_until = now + min(way.window * 2**row.lock_count, LONGEST)
            row.lock_count += 1
            row.fail_count, row.window_at = 0, row.locked_until
    session().flush()


def claim(*ways: Way) -> None:
    """Take the ways for this try, so that others at the same time wait; TooManyFailures if they were shut meanwhile.

    Always in the order account, address: two tries that cross would lock each other out of the database.
    """
    for way in ways:
        _locked_row(way)
    refuse_if_locked(*ways)


def forgive(*ways: Way) -> None:
    """Open ways again after a success."""
    session().execute(sa.delete(SignInThrottle).where(SignInThrottle.key.in_([way.key for way in ways])))


def clear_old() -> int:
    """Forget ways on which nothing happened for a day; how many. For the nightly job."""
    border = clock.now() - FORGOTTEN_AFTER - LONGEST
    return hit(sa.delete(SignInThrottle).where(SignInThrottle.window_at < border))


def _locked_row(way: Way) -> SignInThrottle:
    """The row of a way, held by this unit until its end."""
    query = (
        sa.select(SignInThrottle)
        .where(SignInThrottle.key == way.key)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    row = session().scalars(query).one_or_none()
    if row is not None:
        return row
    try:
        with session().begin_nested():
            session().add(SignInThrottle(key=way.key, fail_count=0, lock_count=0, window_at=clock.now()))
    except IntegrityError:
        pass
    return session().scalars(query).one()


def _key(kind: str, *parts: str) -> str:
    """A keyed digest: people type passwords into the login box."""
    return crypto.ring().blind_index("\0".join(parts), f"throttle.{kind}")
