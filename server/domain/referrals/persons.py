"""The reporter of a feedback sheet: shown masked, in full for a reason, sealed anew when keys rotate."""

from __future__ import annotations

import re
import uuid

from server.core import crypto
from server.core.errors import Invalid
from server.core.sealing import reseal
from server.domain import identity
from server.domain.identity import Actor, Permission
from server.domain.referrals import access
from server.domain.referrals.models import Sheet
from server.domain.referrals.sheets import phone_place


def reporter_phone(sheet: Sheet) -> str:
    """The number of who reported, masked (138****0000), of a sheet that the caller has found; "" if none was noted."""
    phone = _whole(sheet)
    return re.sub(r"(?<=.{3}).(?=.{4})", "*", phone) if len(phone) > 7 else "*" * len(phone)  # noqa: PLR2004 - 3 + 4 shown


def unmask_reporter(actor: Actor, sheet_id: uuid.UUID, *, reason: str) -> str:
    """The number in full, for a reason that goes into the trail. Needs pii.unmask."""
    sheet = access.find(actor, Sheet, sheet_id)
    actor.need(Permission.PII_UNMASK, sheet.contract_id)
    if not reason.strip():
        raise Invalid(fields={"reason": ["请说明查看原因。"]})
    identity.record(
        actor,
        "sheet.reporter_unmasked",
        subject=("sheet", sheet.id),
        summary=f"{sheet.number} 查看反馈人完整电话：{reason.strip()[:200]}",
    )
    return _whole(sheet)


def rotate_referral_keys(*, batch: int = 200) -> int:
    """Seal up to ``batch`` numbers with the current key; how many were found, 0 when none is left."""
    return reseal(Sheet.id, Sheet.reporter_phone, phone_place, limit=batch)


def _whole(sheet: Sheet) -> str:
    return crypto.ring().unseal(sheet.reporter_phone, phone_place(sheet.id)) if sheet.reporter_phone else ""
