"""What this room keeps about a citizen: given out on request, and forgotten with the account."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa

from server.core.db import hit, session
from server.domain.notices.grants import remaining_of
from server.domain.notices.models.messages import (
    ON_THE_WAY,
    Message,
    MessageState,
    SubscribeAnswer,
    SubscribeGrant,
)
from server.domain.notices.outbox import title_of


def own_data(citizen_id: uuid.UUID) -> dict[str, Any]:
    """Messages and subscriptions of a citizen, for their copy of their data."""
    query = sa.select(Message).where(Message.citizen_id == citizen_id).order_by(Message.id)
    return {
        "subscriptions": remaining_of(citizen_id),
        "messages": [
            {
                "kind": title_of(message),
                "says": message.data,
                "state": message.state.label,
                "created_at": message.created_at.isoformat(),
                "sent_at": message.sent_at.isoformat() if message.sent_at else None,
            }
            for message in session().scalars(query)
        ],
    }


def forget_citizen(citizen_id: uuid.UUID) -> None:
    """Delete a citizen's subscriptions and empty their messages; what was on its way is not sent any more."""
    hit(sa.delete(SubscribeGrant).where(SubscribeGrant.citizen_id == citizen_id))
    hit(sa.delete(SubscribeAnswer).where(SubscribeAnswer.citizen_id == citizen_id))
    theirs = sa.update(Message).where(Message.citizen_id == citizen_id)
    stopped = {"state": MessageState.DEAD, "error": "市民账号已注销", "due_at": None, "holds_grant": False}
    hit(theirs.where(Message.state.in_(ON_THE_WAY)).values(**stopped))
    hit(theirs.values(data={}, page=""))
