"""Remote services (A12): every one is logged, with who, from where, which account, why, and from when to when."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Invalid
from server.core.ids import new_id
from server.domain import tickets
from server.domain.identity import Actor, Permission
from server.domain.records import access, files, links, log
from server.domain.records.completions import numbered
from server.domain.records.log import Line
from server.domain.records.models import NAME, RemoteSession
from server.domain.records.vocabulary import EventKind, SessionChannel, Subject
from server.domain.records.words import moment, said
from server.gateways.papers import Paper

SERIES = "YC"
PURPOSE, WORK, PLACE, ACCOUNT = 500, 2000, 120, 80


class SessionOver(Conflict):
    """The session has ended already."""

    code = "session_over"
    message = "这次远程服务已经结束。"


def log_session(
    actor: Actor,
    *,
    contract_id: uuid.UUID,
    channel: SessionChannel,
    who: str,
    purpose: str,
    started_at: datetime,
    ended_at: datetime,
    from_where: str = "",
    account: str = "",
    work: str = "",
    ticket_id: uuid.UUID | None = None,
    uploads: Sequence[Paper] = (),
) -> RemoteSession:
    """Note a remote service that is over. Needs record.log on the contract.

    Remote access names the place and the account that were used; never a password. Two may overlap: several people help.
    """
    _timed(started_at, ended_at)
    row = _row(actor, contract_id, ticket_id, channel, who, from_where, account, purpose, work, started_at)
    row.ended_at = ended_at
    return _put(actor, row, EventKind.LOGGED, "登记远程服务", ended_at, uploads)


def start_session(
    actor: Actor,
    *,
    contract_id: uuid.UUID,
    channel: SessionChannel,
    who: str,
    purpose: str,
    from_where: str = "",
    account: str = "",
    ticket_id: uuid.UUID | None = None,
    uploads: Sequence[Paper] = (),
) -> RemoteSession:
    """A remote service begins now; it shows as running until ``end_session``. Needs record.log on the contract."""
    row = _row(actor, contract_id, ticket_id, channel, who, from_where, account, purpose, "", clock.now())
    return _put(actor, row, EventKind.STARTED, "开始远程服务", row.started_at, uploads)


def end_session(
    actor: Actor,
    session_id: uuid.UUID,
    *,
    work: str,
    ended_at: datetime | None = None,
    uploads: Sequence[Paper] = (),
) -> RemoteSession:
    """The running service is over, with what was done. Needs record.log on the contract."""
    row = access.find_for_update(actor, RemoteSession, Permission.RECORD_VIEW, session_id)
    access.need(actor, Permission.RECORD_LOG, row.contract_id)
    if row.ended_at is not None:
        raise SessionOver
    row.ended_at = moment(ended_at, field="ended_at", earliest=row.started_at, what="开始时间")
    row.work = said(work, field="work", longest=WORK)
    line = Line(kind=EventKind.ENDED, summary="结束远程服务", text=row.work, at=row.ended_at)
    files.attach(actor, row, log.write(actor, row, line), uploads)
    _tell(actor, row, row.ended_at)
    return row


def running(actor: Actor) -> list[RemoteSession]:
    """The services that run now, of the contracts that the actor may see."""
    query = sa.select(RemoteSession).where(
        RemoteSession.ended_at.is_(None),
        *access.visible(actor, Permission.RECORD_VIEW, RemoteSession.contract_id),
    )
    return list(session().scalars(query.order_by(RemoteSession.started_at)))


def _row(
    actor: Actor,
    contract_id: uuid.UUID,
    ticket_id: uuid.UUID | None,
    channel: SessionChannel,
    who: str,
    from_where: str,
    account: str,
    purpose: str,
    work: str,
    started_at: datetime,
) -> RemoteSession:
    access.contract_of(actor, Permission.RECORD_LOG, contract_id)
    links.ticket_for(actor, ticket_id, contract_id)
    remote = channel is SessionChannel.REMOTE
    return RemoteSession(
        id=new_id(),
        contract_id=contract_id,
        ticket_id=ticket_id,
        channel=channel,
        who=said(who, field="who", longest=NAME),
        from_where=said(from_where, field="from_where", longest=PLACE, needed=remote),
        account=said(account, field="account", longest=ACCOUNT, needed=remote),
        purpose=said(purpose, field="purpose", longest=PURPOSE),
        work=said(work, field="work", longest=WORK, needed=False),
        started_at=started_at,
        logged_by_id=actor.id,
        logged_by_name=actor.name[:NAME],
        logged_at=clock.now(),
        seq=0,
    )


def _put(
    actor: Actor, row: RemoteSession, kind: EventKind, verb: str, at: datetime, uploads: Sequence[Paper]
) -> RemoteSession:
    row.number = numbered(SERIES)
    session().add(row)
    session().flush()
    line = Line(kind=kind, summary=f"{verb}（{row.channel.label}，{row.who}）：{row.purpose}", text=row.work, at=at)
    files.attach(actor, row, log.write(actor, row, line), uploads)
    if row.ended_at is not None:
        _tell(actor, row, row.ended_at)
    return row


def _tell(actor: Actor, row: RemoteSession, at: datetime) -> None:
    links.note(
        actor,
        row.ticket_id,
        tickets.EventKind.SESSION_LOGGED,
        text=f"{row.number} {row.channel.label}：{row.work or row.purpose}",
        data={"url_kind": Subject.SESSION.value, "id": str(row.id), "number": row.number},
        at=at,
    )


def _timed(started_at: datetime, ended_at: datetime) -> None:
    if ended_at <= started_at:
        raise Invalid(fields={"ended_at": ["结束时间须晚于开始时间。"]})
    if ended_at > clock.now():
        raise Invalid(fields={"ended_at": ["不能晚于当前时间。"]})
