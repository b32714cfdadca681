"""Citizens with characters, and what they need to call the API.

王 (wang) reports what breaks, 李 (li) keeps to herself and agrees to nothing, 赵 (zhao) has a second phone.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from server.core.db import session
from server.domain import identity
from server.domain.identity import ANONYMOUS, SCHEDULER, Actor, Citizen, Lifetimes, PrivacyNotice, Tokens
from server.domain.identity.citizen_sessions import issue
from server.domain.identity.privacy import NoticeItem

LIFETIMES = Lifetimes(access=timedelta(hours=2), refresh=timedelta(days=30))
NICKNAMES = {"wang": "老王", "li": "小李", "zhao": "赵姐"}
ITEMS = (
    NoticeItem("account", "微信用户标识", "识别您的账号，供登录和查询本人提交的问题", required=True),
    NoticeItem("phone", "手机号", "在处理问题时与您联系", required=False),
)


def openid_for(who: str) -> str:
    """The openid of a character."""
    return f"openid-of-{who}"


def privacy_notice() -> PrivacyNotice:
    """The notice in force; the first version if there is none."""
    if identity.current_version() is None:
        return identity.publish_privacy_notice(
            SCHEDULER, title="隐私保护指引", text="我们只收集办理业务所必需的信息。", items=ITEMS
        )
    return identity.current_privacy_notice()


def tokens(who: str = "wang", **values: Any) -> Tokens:
    """A fresh sign-in of a character."""
    return identity.sign_in_citizen(ANONYMOUS, openid=openid_for(who), lifetimes=LIFETIMES, **values)


def citizen(who: str = "wang", *, consented: bool = True, phone: str | None = None) -> Citizen:
    """A registered citizen with the character's nickname; agrees to the notice in force unless told otherwise."""
    found = tokens(who).citizen
    if consented or phone:
        notice = privacy_notice()
        scopes = [item["key"] for item in notice.items]
        identity.give_consent(actor(found), version=notice.version, scopes=scopes)
        session().refresh(found)
        identity.set_profile(actor(found), nickname=NICKNAMES.get(who, who))
    if phone:
        identity.set_phone(actor(found), phone=phone)
    return found


def actor(who: Citizen | str = "wang") -> Actor:
    """A citizen as an actor, for verbs."""
    found = citizen(who) if isinstance(who, str) else who
    return identity.citizen_actor(found, address="192.0.2.20")


def bearer(who: Citizen | str = "wang", *, key: str | None = None) -> dict[str, str]:
    """Headers of a signed-in citizen: a bearer token, and an idempotency key for requests that write.

    ``client.post(url, json=…, headers=bearer(wang))``; give ``key`` to send the same one twice.
    """
    found = citizen(who) if isinstance(who, str) else who
    family = identity.CitizenFamily(citizen_id=found.id, device="test")
    session().add(family)
    session().flush()
    access = issue(family.id, found, LIFETIMES).access
    session().commit()
    return {"Authorization": f"Bearer {access}", "Idempotency-Key": key or uuid.uuid4().hex}


def entries(action: str) -> list[identity.AuditEntry]:
    """The trail's entries of one action, oldest first."""
    mine = sa.select(identity.AuditEntry).where(identity.AuditEntry.action == action)
    return list(session().scalars(mine.order_by(identity.AuditEntry.at, identity.AuditEntry.id)))
