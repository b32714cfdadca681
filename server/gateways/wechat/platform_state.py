"""What is kept of the third-party platform: WeChat's latest ticket, and who has authorised us.

Unlike the tokens these are not fetched again at will: a ticket comes every ten minutes and a refresh token once. So they
are written in the unit of whoever received them, together with the note that it is done.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from server.core import clock, crypto, db
from server.core.db import Base, LongText, hit, session
from server.core.sealing import reseal

# The job that redeems an authorisation code which a browser brought back.
AUTHORISE = "platform.authorise"
CODE_PLACE = "wechat:authorisation-code"
TICKET_LIFE = timedelta(hours=12)


class WechatPlatform(Base):
    """The platform's row. ``ticket_at`` is WeChat's own time of the ticket: an older one never replaces a newer."""

    __tablename__ = "wechat_platforms"

    appid: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    ticket_sealed: Mapped[str | None] = mapped_column(LongText, default=None)
    ticket_at: Mapped[datetime | None] = mapped_column(default=None)


class WechatAuthorisation(Base):
    """A mini program that lets the platform act for it; ``scopes`` are the numbers of the permission sets given."""

    __tablename__ = "wechat_authorisations"

    appid: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    component: Mapped[str] = mapped_column(sa.String(64))
    refresh_sealed: Mapped[str | None] = mapped_column(LongText, default=None)
    name: Mapped[str] = mapped_column(sa.String(100), default="")
    scopes: Mapped[list[Any]] = mapped_column(default=list)
    authorised_at: Mapped[datetime | None] = mapped_column(default=None)
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)


def platform_row(component: str) -> WechatPlatform | None:
    """The platform's row on a session of its own, detached."""
    with db.glance() as own:
        found = own.get(WechatPlatform, component)
        if found is not None:
            own.expunge(found)
        return found


def authorisation(appid: str) -> WechatAuthorisation | None:
    """What a mini program has authorised, on a session of its own, detached."""
    with db.glance() as own:
        found = own.get(WechatAuthorisation, appid)
        if found is not None:
            own.expunge(found)
        return found


def ticket_of(component: str) -> str | None:
    """The ticket, if one that is still good has come."""
    row = platform_row(component)
    if row is None or row.ticket_sealed is None or row.ticket_at is None or clock.now() - row.ticket_at > TICKET_LIFE:
        return None
    return _opened(row.ticket_sealed, ticket_place(component))


def refresh_token_of(component: str, appid: str) -> str | None:
    """The refresh token by which authorizer tokens are fetched; None without a standing authorisation."""
    row = authorisation(appid)
    if row is None or row.component != component or row.revoked_at is not None or row.refresh_sealed is None:
        return None
    return _opened(row.refresh_sealed, refresh_place(appid))


def keep_ticket(component: str, ticket: str, at: datetime) -> bool:
    """Store a ticket in the running unit; False if a newer one is there."""
    _made(WechatPlatform(appid=component))
    newer = sa.or_(WechatPlatform.ticket_at.is_(None), WechatPlatform.ticket_at <= at)
    sealed = crypto.ring().seal(ticket, ticket_place(component))
    query = sa.update(WechatPlatform).where(WechatPlatform.appid == component, newer)
    return hit(query.values(ticket_sealed=sealed, ticket_at=at)) == 1


def keep_authorisation(
    component: str, appid: str, *, refresh_token: str, name: str, scopes: list[int], at: datetime
) -> None:
    """Store an authorisation given at that time in the running unit; a renewed one replaces what was there."""
    _made(WechatAuthorisation(appid=appid, component=component, scopes=[]))
    hit(
        sa.update(WechatAuthorisation)
        .where(WechatAuthorisation.appid == appid)
        .values(
            component=component,
            refresh_sealed=crypto.ring().seal(refresh_token, refresh_place(appid)),
            name=name[:100],
            scopes=scopes,
            authorised_at=at,
            revoked_at=None,
        )
    )


def end_authorisation(appid: str, *, at: datetime) -> bool:
    """Forget the refresh token in the running unit; False if there is no authorisation from before ``at``.

    WeChat's pushes overtake one another: the end of an old authorisation must not end one that was given after it.
    """
    standing = sa.and_(WechatAuthorisation.revoked_at.is_(None), WechatAuthorisation.authorised_at <= at)
    query = sa.update(WechatAuthorisation).where(WechatAuthorisation.appid == appid, standing)
    return hit(query.values(refresh_sealed=None, revoked_at=clock.now())) == 1


def replace_refresh_token(appid: str, *, old: str, new: str) -> None:
    """Store the refresh token that came with a fresh authorizer token, in a small unit of its own."""
    row = authorisation(appid)
    if old == new or row is None or row.refresh_sealed is None:
        return
    same = WechatAuthorisation.refresh_sealed == row.refresh_sealed
    with db.aside() as own:
        query = sa.update(WechatAuthorisation).where(WechatAuthorisation.appid == appid, same)
        own.execute(query.values(refresh_sealed=crypto.ring().seal(new, refresh_place(appid))))


def seal_code(code: str) -> str:
    """An authorisation code as a job may keep it."""
    return crypto.ring().seal(code, CODE_PLACE)


def open_code(sealed: str) -> str:
    """The code again; crypto.Unsealable."""
    return crypto.ring().unseal(sealed, CODE_PLACE)


def rotate_platform_keys(batch: int = 100) -> int:
    """Seal what lasts with the current key; how many there were."""
    return reseal(WechatAuthorisation.appid, WechatAuthorisation.refresh_sealed, refresh_place, limit=batch)


def ticket_place(component: str) -> str:
    """What a sealed ticket is bound to."""
    return f"wechat_platforms:ticket:{component}"


def refresh_place(appid: str) -> str:
    """What a sealed refresh token is bound to."""
    return f"wechat_authorisations:refresh:{appid}"


def _made(row: WechatPlatform | WechatAuthorisation) -> None:
    if session().get(type(row), row.appid) is not None:
        return
    try:
        with session().begin_nested():
            session().add(row)
    except IntegrityError:
        return  # another worker was quicker


def _opened(sealed: str, place: str) -> str | None:
    try:
        return crypto.ring().unseal(sealed, place)
    except crypto.Unsealable:
        return None
