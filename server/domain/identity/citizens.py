"""Who a citizen is to us: a nickname, perhaps a phone number, and an openid that nobody sees."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping

import sqlalchemy as sa

from server.core import crypto
from server.core.db import hit, session
from server.core.errors import Invalid, NotFound, Unauthenticated
from server.domain.identity.actor import Actor, ActorKind
from server.domain.identity.audit import record
from server.domain.identity.consents import require_consent
from server.domain.identity.models.citizens import Citizen, CitizenState
from server.domain.identity.permissions import Permission

PHONE = re.compile(r"\+?\d{5,20}")
SEALED_FIELDS = ("openid", "unionid", "phone")
MOBILE_DIGITS = 11


def find_citizen(actor: Actor, citizen_id: uuid.UUID | None = None) -> Citizen:
    """A citizen: oneself, or anybody for who may see tickets. NotFound otherwise."""
    wanted = citizen_id or actor.id
    if actor.kind is ActorKind.CITIZEN:
        if wanted != actor.id:
            raise NotFound
    elif actor.kind is ActorKind.ANONYMOUS:
        raise Unauthenticated
    else:
        actor.need(Permission.TICKET_VIEW)
    citizen = session().get(Citizen, wanted) if wanted else None
    if citizen is None:
        raise NotFound
    return citizen


def set_profile(actor: Actor, *, nickname: str) -> Citizen:
    """Change one's own nickname. Needs consent: a nickname is personal data."""
    citizen = _oneself(actor)
    require_consent(actor)
    if citizen.nickname != nickname:
        record(
            actor,
            "citizen.profile_changed",
            subject=("citizen", citizen.id),
            summary="市民修改昵称",
            changes={"nickname": [mask_name(citizen.nickname), mask_name(nickname)]},
        )
        citizen.nickname = nickname
        session().flush()
    return citizen


def set_phone(actor: Actor, *, phone: str) -> Citizen:
    """Keep a phone number that WeChat vouched for. Needs consent to the scope ``phone``."""
    citizen = _oneself(actor)
    require_consent(actor, "phone")
    if not PHONE.fullmatch(phone):
        raise Invalid(fields={"phone": ["手机号格式不正确。"]})
    old = phone_of(citizen)
    if old == phone:
        return citizen
    citizen.phone_index = crypto.ring().blind_index(phone, "citizens:phone")
    citizen.phone_sealed = crypto.ring().seal(phone, place_of("phone", citizen.id))
    session().flush()
    record(
        actor,
        "citizen.phone_set",
        subject=("citizen", citizen.id),
        summary="市民绑定手机号",
        changes={"phone": [mask_phone(old), mask_phone(phone)]},
    )
    return citizen


def clear_phone(actor: Actor) -> Citizen:
    """Take one's own phone number away."""
    citizen = _oneself(actor)
    old = phone_of(citizen)
    if old is not None:
        citizen.phone_sealed = citizen.phone_index = None
        session().flush()
        record(
            actor,
            "citizen.phone_cleared",
            subject=("citizen", citizen.id),
            summary="市民解绑手机号",
            changes={"phone": [mask_phone(old), None]},
        )
    return citizen


def phone_of(citizen: Citizen) -> str | None:
    """The phone number in full: for the citizen's own export and for machines, never for a page (``unmask_phone``)."""
    return crypto.ring().unseal(citizen.phone_sealed, place_of("phone", citizen.id)) if citizen.phone_sealed else None


def masked_phone_of(citizen: Citizen) -> str | None:
    """The phone number as pages show it: 138****8000."""
    return mask_phone(phone_of(citizen))


def unmask_phone(actor: Actor, citizen_id: uuid.UUID, *, reason: str) -> str | None:
    """The phone number in full for an officer who has pii.unmask and a reason; both are recorded."""
    actor.need(Permission.PII_UNMASK)
    if not reason.strip():
        raise Invalid(fields={"reason": ["请填写查看原因。"]})
    citizen = session().get(Citizen, citizen_id)
    if citizen is None:
        raise NotFound
    record(
        actor,
        "citizen.phone_unmasked",
        subject=("citizen", citizen.id),
        summary=f"查看完整手机号，原因：{reason.strip()}",
    )
    return phone_of(citizen)


def openid_of(citizen_id: uuid.UUID) -> str | None:
    """The openid that WeChat wants as a recipient; None once the account is deleted. For messages and checks only."""
    sealed = session().scalars(sa.select(Citizen.openid_sealed).where(Citizen.id == citizen_id)).one_or_none()
    return crypto.ring().unseal(sealed, place_of("openid", citizen_id)) if sealed else None


def citizen_by_openid(openid: str) -> Citizen | None:
    """The citizen behind an openid that WeChat named in a push."""
    index = crypto.ring().blind_index(openid, "citizens:openid")
    return session().scalars(sa.select(Citizen).where(Citizen.openid_index == index)).one_or_none()


def citizens_by_phone(actor: Actor, phone: str) -> list[Citizen]:
    """Citizens who bound a phone number, found without opening any; for who may see tickets."""
    actor.need(Permission.TICKET_VIEW)
    index = crypto.ring().blind_index(phone, "citizens:phone")
    return list(session().scalars(sa.select(Citizen).where(Citizen.phone_index == index).order_by(Citizen.id)))


def names_of(citizen_ids: set[uuid.UUID]) -> Mapping[uuid.UUID, str]:
    """How citizens are called, for a list that names many."""
    rows = session().scalars(sa.select(Citizen).where(Citizen.id.in_(citizen_ids))) if citizen_ids else ()
    return {citizen.id: citizen.name for citizen in rows}


def rotate_citizen_keys(*, batch: int = 200) -> int:
    """Seal up to ``batch`` citizens' fields anew with the current key; how many were done, 0 when none is left.

    What is done is told by the key id in the sealed value itself, so a rotation that was killed goes on where it was.
    A value that changed meanwhile is left to the next round.
    """
    ring = crypto.ring()
    columns = [getattr(Citizen, f"{name}_sealed") for name in SEALED_FIELDS]
    stale = [sa.and_(column.is_not(None), column.not_like(f"{ring.current}.%")) for column in columns]
    rows = session().execute(sa.select(Citizen.id, *columns).where(sa.or_(*stale)).order_by(Citizen.id).limit(batch))
    done = 0
    for citizen_id, *sealed in rows.all():
        for name, column, value in zip(SEALED_FIELDS, columns, sealed, strict=True):
            if value is not None and not ring.is_current(value):
                place = place_of(name, citizen_id)
                anew = ring.seal(ring.unseal(value, place), place)
                hit(sa.update(Citizen).where(Citizen.id == citizen_id, column == value).values({column: anew}))
        done += 1
    return done


def place_of(name: str, citizen_id: uuid.UUID) -> str:
    """Where a citizen's field is sealed to, so that it opens nowhere else."""
    return f"citizens:{name}:{citizen_id}"


def mask_phone(phone: str | None) -> str | None:
    """138****8000; of other numbers only the last two digits."""
    if phone is None:
        return None
    if len(phone) == MOBILE_DIGITS:
        return f"{phone[:3]}****{phone[-4:]}"
    return "*" * (len(phone) - 2) + phone[-2:]


def mask_name(name: str) -> str:
    """The first character and stars."""
    return name[:1] + "*" * (len(name) - 1)


def _oneself(actor: Actor) -> Citizen:
    citizen = session().get(Citizen, actor.id) if actor.kind is ActorKind.CITIZEN else None
    if citizen is None or citizen.state is not CitizenState.ACTIVE:
        raise Unauthenticated
    return citizen
