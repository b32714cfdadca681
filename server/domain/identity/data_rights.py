"""A citizen's rights over own data: to have a copy, and to be forgotten (PIPL art. 45 and 47; GB/T 35273: 15 days).

This room answers for its own rows. Other rooms add theirs through the face and the job that gather.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from server.core import clock
from server.core.db import hit, session
from server.core.errors import NotFound, Unauthenticated
from server.core.ids import new_id
from server.domain.identity.actor import SCHEDULER, Actor, ActorKind
from server.domain.identity.audit import record
from server.domain.identity.citizen_sessions import end_families
from server.domain.identity.citizens import citizen_by_openid, phone_of
from server.domain.identity.consents import consents_of, drop_consent
from server.domain.identity.models.citizens import (
    Citizen,
    CitizenFamily,
    CitizenState,
    DataRequest,
    DataRequestKind,
    DataRequestState,
    FamilyEnd,
)
from server.domain.identity.permissions import Permission

# RevokeInfo of WeChat's user_authorization_revoke: what the user took back.
REVOKED_PHONE = frozenset({"8"})
REVOKED_NAME = frozenset({"6", "19"})


def export_data(actor: Actor) -> dict[str, Any]:
    """Everything that this room holds about the calling citizen, as plain JSON values; the request is kept."""
    citizen = _oneself(actor)
    now = clock.now()
    session().add(
        DataRequest(
            citizen_id=citizen.id,
            kind=DataRequestKind.EXPORT,
            state=DataRequestState.DONE,
            requested_at=now,
            done_at=now,
        )
    )
    record(actor, "citizen.data_exported", subject=("citizen", citizen.id), summary="市民导出本人数据")
    families = sa.select(CitizenFamily).where(CitizenFamily.citizen_id == citizen.id).order_by(CitizenFamily.id)
    return {
        "citizen": {
            "id": str(citizen.id),
            "nickname": citizen.nickname,
            "phone": phone_of(citizen),
            "registered_at": citizen.created_at.isoformat(),
            "signed_in_at": citizen.signed_in_at.isoformat(),
        },
        "consents": [
            {
                "version": consent.version,
                "scopes": list(consent.scopes),
                "given_at": consent.given_at.isoformat(),
                "withdrawn_at": consent.withdrawn_at.isoformat() if consent.withdrawn_at else None,
            }
            for consent in consents_of(citizen.id)
        ],
        "sessions": [
            {
                "device": family.device,
                "started_at": family.started_at.isoformat(),
                "ended_at": family.ended_at.isoformat() if family.ended_at else None,
            }
            for family in session().scalars(families)
        ],
    }


def delete_citizen(actor: Actor, *, due_on: date | None) -> DataRequest:
    """Forget the calling citizen at once: identifiers, phone number, nickname, sessions. Tickets stay without a name.

    ``due_on`` is the last day by which the other rooms must have followed (None while the calendar is missing).
    The request stays open until ``close_data_request``.
    """
    citizen = _oneself(actor)
    asked = DataRequest(id=new_id(), citizen_id=citizen.id, kind=DataRequestKind.DELETION, due_on=due_on)
    session().add(asked)
    end_families(citizen.id, FamilyEnd.DELETED)
    drop_consent(citizen.id)
    _forget(citizen)
    # A sign-in leaves the device's name; nothing else of a family says who it was.
    hit(sa.update(CitizenFamily).where(CitizenFamily.citizen_id == citizen.id).values(device=""))
    record(
        Actor(
            kind=ActorKind.CITIZEN, id=actor.id, name=citizen.name, session_id=actor.session_id, address=actor.address
        ),
        "citizen.deleted",
        subject=("citizen", citizen.id),
        summary="市民注销账号，身份信息已清除",
        changes={"state": [CitizenState.ACTIVE, CitizenState.DELETED]},
    )
    session().flush()
    return asked


def close_data_request(actor: Actor, request_id: uuid.UUID) -> DataRequest:
    """Note that every room has followed a deletion. Needs data_request.handle; does nothing the second time."""
    actor.need(Permission.DATA_REQUEST_HANDLE)
    asked = session().get(DataRequest, request_id)
    if asked is None:
        raise NotFound
    if asked.state is DataRequestState.OPEN:
        asked.state = DataRequestState.DONE
        asked.done_at = clock.now()
        session().flush()
        record(
            actor, "data_request.closed", subject=("data_request", asked.id), summary=f"{asked.kind.label}请求已办结"
        )
    return asked


def data_requests_matching(actor: Actor, *, state: DataRequestState | None = None) -> sa.Select[tuple[DataRequest]]:
    """Requests about own data, the most urgent first. Needs data_request.handle."""
    actor.need(Permission.DATA_REQUEST_HANDLE)
    query = sa.select(DataRequest).order_by(DataRequest.requested_at, DataRequest.id)
    return query if state is None else query.where(DataRequest.state == state)


def data_requests_of(actor: Actor) -> Sequence[DataRequest]:
    """The calling citizen's own requests, newest first."""
    mine = sa.select(DataRequest).where(DataRequest.citizen_id == actor.id)
    return session().scalars(mine.order_by(DataRequest.requested_at.desc(), DataRequest.id)).all()


def authorization_revoked(openid: str, *, revoked: Collection[str] = ()) -> uuid.UUID | None:
    """Honour WeChat's push that a user took an authorisation back; the citizen's id, or None if we know none.

    ``revoked`` are the push's RevokeInfo codes. Phone number and nickname go when they are named; when nothing that
    we know is named, both go, consent ends and so do the sessions. Doing it twice changes nothing more.
    """
    citizen = citizen_by_openid(openid)
    if citizen is None:
        return None
    codes = frozenset(revoked)
    everything = not codes & (REVOKED_PHONE | REVOKED_NAME)
    gone: list[str] = []
    if citizen.phone_sealed and (everything or codes & REVOKED_PHONE):
        citizen.phone_sealed = citizen.phone_index = None
        gone.append("phone")
    if citizen.nickname and (everything or codes & REVOKED_NAME):
        citizen.nickname = ""
        gone.append("nickname")
    if everything:
        gone += ["consent"] if drop_consent(citizen.id) else []
        gone += ["sessions"] if end_families(citizen.id, FamilyEnd.REVOKED) else []
    session().flush()
    record(
        SCHEDULER,
        "citizen.authorization_revoked",
        subject=("citizen", citizen.id),
        summary="市民在微信中撤回授权，已清除相应数据",
        changes={"cleared": [None, gone], "codes": [None, sorted(codes)]},
    )
    return citizen.id


def _forget(citizen: Citizen) -> None:
    citizen.openid_sealed = citizen.openid_index = None
    citizen.unionid_sealed = citizen.unionid_index = None
    citizen.phone_sealed = citizen.phone_index = None
    citizen.nickname = ""
    citizen.state = CitizenState.DELETED
    citizen.deleted_at = clock.now()
    citizen.consent_version = None


def _oneself(actor: Actor) -> Citizen:
    citizen = session().get(Citizen, actor.id) if actor.kind is ActorKind.CITIZEN else None
    if citizen is None or citizen.state is not CitizenState.ACTIVE:
        raise Unauthenticated
    return citizen
