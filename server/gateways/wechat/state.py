"""What all workers know together about WeChat: the token of the hour, who is fetching it, and whether WeChat is dead.

One row for each mini program, read on a session of its own and written in small units of their own, so that a call
never joins, commits or rolls back the unit of its caller.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from server.core import db
from server.core.db import Base, LongText


class WechatState(Base):
    """The shared row. ``token_mark`` is the token's digest, by which a stale one is told from its successor."""

    __tablename__ = "wechat_states"

    appid: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    token_sealed: Mapped[str | None] = mapped_column(LongText, default=None)
    token_mark: Mapped[str | None] = mapped_column(sa.String(64), default=None)
    token_expires_at: Mapped[datetime | None] = mapped_column(default=None)
    fetch_owner: Mapped[str | None] = mapped_column(sa.String(40), default=None)
    fetch_until: Mapped[datetime | None] = mapped_column(default=None)
    fetch_count: Mapped[int] = mapped_column(default=0)
    fetch_error: Mapped[int | None] = mapped_column(default=None)
    fetch_message: Mapped[str | None] = mapped_column(sa.String(200), default=None)
    failures: Mapped[int] = mapped_column(default=0)
    open_until: Mapped[datetime | None] = mapped_column(default=None)


def read(appid: str) -> WechatState:
    """The row as it is now, detached; made if this is the first time."""
    with db.glance() as own:
        found = own.get(WechatState, appid)
        if found is not None:
            own.expunge(found)
            return found
    _make(appid)
    with db.glance() as own:
        made = own.get_one(WechatState, appid)
        own.expunge(made)
        return made


def change(appid: str, *conditions: sa.ColumnElement[bool], **values: Any) -> bool:
    """Set values if the conditions still hold, in a unit of its own; whether they did."""
    statement = sa.update(WechatState).where(WechatState.appid == appid, *conditions).values(**values)
    with db.aside() as own:
        done = own.execute(statement.execution_options(synchronize_session=False))
        return cast("sa.CursorResult[Any]", done).rowcount == 1


def _make(appid: str) -> None:
    try:
        with db.aside() as own, own.begin_nested():
            own.add(WechatState(appid=appid))
    except IntegrityError:
        return  # another worker was quicker
