"""Canned texts: answers that are given often, an officer's own or the organisation's, with the ticket's facts filled in."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core import clock
from server.core.db import Base, Keyed, LongText, enum_column, session
from server.core.errors import Conflict, Invalid, NotFound
from server.core.ids import new_id
from server.domain import identity
from server.domain.identity import Actor, Permission
from server.domain.tickets.models import NAME, Ticket
from server.domain.tickets.vocabulary import Kind
from server.domain.tickets.words import said

TITLE = 60
TEXT = 2000
MOST = 200
# What may stand in a text, and what it becomes; anything else in braces is left as it is.
PLACES = {
    "{编号}": "工单编号",
    "{标题}": "工单标题",
    "{类型}": "工单类型",
    "{接报时间}": "接报时间",
    "{本人}": "您的姓名",
}


class CannedTextNotFound(NotFound):
    """There is no such text, or it is another officer's own or another organisation's."""

    code = "canned_text_not_found"
    message = "没有找到该常用语。"


class TooManyTexts(Conflict):
    """Nobody finds a text among so many."""

    code = "too_many_texts"
    message = f"最多保存 {MOST} 条常用语，请先删除不用的。"


class CannedText(Keyed, Base):
    """One text. ``shared``: everybody of the organisation may use it, and its assigners may change it."""

    __tablename__ = "canned_texts"
    __table_args__ = (sa.UniqueConstraint("officer_id", "title"),)

    officer_id: Mapped[uuid.UUID]
    officer_name: Mapped[str] = mapped_column(sa.String(NAME))
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    shared: Mapped[bool] = mapped_column(default=False)
    title: Mapped[str] = mapped_column(sa.String(TITLE))
    text: Mapped[str] = mapped_column(LongText)
    kind: Mapped[Kind | None] = enum_column(Kind)
    changed_at: Mapped[datetime]


def save_text(
    actor: Actor,
    *,
    title: str,
    text: str,
    shared: bool = False,
    kind: Kind | None = None,
    text_id: uuid.UUID | None = None,
) -> CannedText:
    """Write a text, or (``text_id``) change one. ``kind``: offered on tickets of this kind only."""
    actor.need(Permission.TICKET_COMMENT)
    heading, words = said(title, field="title", longest=TITLE), said(text, longest=TEXT)
    if shared and actor.organisation_id is None:
        raise Invalid(fields={"shared": ["您不属于任何单位，不能共享。"]})
    kept = find_text(actor, text_id, to_change=True) if text_id is not None else _new(actor)
    taken = sa.select(CannedText.id).where(
        CannedText.officer_id == kept.officer_id, CannedText.title == heading, CannedText.id != kept.id
    )
    if session().scalars(taken).first() is not None:
        raise Invalid(fields={"title": ["已有同名的常用语。"]})
    changes = (
        {"title": [kept.title, heading], "shared": [kept.shared, shared]} if text_id else {"title": [None, heading]}
    )
    kept.title, kept.text, kept.shared, kept.kind = heading, words, shared, kind
    kept.changed_at = clock.now()
    session().add(kept)
    session().flush()
    identity.record(
        actor,
        "canned_text.saved",
        subject=("canned_text", kept.id),
        summary=f"保存常用语“{heading}”",
        changes=changes,
    )
    return kept


def drop_text(actor: Actor, text_id: uuid.UUID) -> None:
    """Forget a text."""
    kept = find_text(actor, text_id, to_change=True)
    session().delete(kept)
    identity.record(actor, "canned_text.dropped", subject=("canned_text", kept.id), summary=f"删除常用语“{kept.title}”")


def find_text(actor: Actor, text_id: uuid.UUID, *, to_change: bool = False) -> CannedText:
    """A text that the actor may use (or change: their own, or a shared one with ticket.assign)."""
    actor.need(Permission.TICKET_COMMENT)
    kept = session().scalars(sa.select(CannedText).where(CannedText.id == text_id, _open_to(actor))).one_or_none()
    if kept is None or (to_change and not may_change(actor, kept)):
        raise CannedTextNotFound
    return kept


def may_change(actor: Actor, kept: CannedText) -> bool:
    """Whether a text that the actor may use is also theirs to change."""
    return kept.officer_id == actor.id or (kept.shared and actor.may(Permission.TICKET_ASSIGN))


def texts_of(actor: Actor, *, kind: Kind | None = None) -> list[CannedText]:
    """One's own texts, then the organisation's, by title; with ``kind`` those that suit such a ticket."""
    actor.need(Permission.TICKET_COMMENT)
    query = sa.select(CannedText).where(_open_to(actor))
    if kind is not None:
        query = query.where(sa.or_(CannedText.kind.is_(None), CannedText.kind == kind))
    return sorted(session().scalars(query), key=lambda each: (each.officer_id != actor.id, each.title))


def filled(actor: Actor, kept: CannedText, ticket: Ticket) -> str:
    """The text with this ticket's facts in its places."""
    facts = {
        "{编号}": ticket.number,
        "{标题}": ticket.title,
        "{类型}": ticket.kind.label,
        "{接报时间}": clock.to_local(ticket.received_at).strftime("%Y-%m-%d %H:%M"),
        "{本人}": actor.name,
    }
    text = kept.text
    for place, fact in facts.items():
        text = text.replace(place, fact)
    return text


def _open_to(actor: Actor) -> sa.ColumnElement[bool]:
    shared = sa.and_(
        CannedText.shared, CannedText.organisation_id.is_not(None), CannedText.organisation_id == actor.organisation_id
    )
    return sa.or_(CannedText.officer_id == actor.id, shared)


def _new(actor: Actor) -> CannedText:
    own = sa.select(sa.func.count()).select_from(CannedText).where(CannedText.officer_id == actor.id)
    if (session().scalar(own) or 0) >= MOST:
        raise TooManyTexts
    return CannedText(
        id=new_id(), officer_id=actor.id, officer_name=actor.name[:NAME], organisation_id=actor.organisation_id
    )
