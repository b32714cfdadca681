"""How a matter stands at the province (B18). That it is fixed there is the bureau's word, never the vendor's."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import TypeVar

from server.core import clock
from server.core.errors import Conflict, Invalid
from server.domain.identity import Actor, Permission
from server.domain.referrals import access
from server.domain.referrals.access import BureauOnly, past, words
from server.domain.referrals.log import line
from server.domain.referrals.models import NAME, Requirement, Sheet
from server.domain.referrals.vocabulary import EventKind, ExternalState, Handling, RequirementState, SheetState

Matter = TypeVar("Matter", Sheet, Requirement)


class NotAtProvince(Conflict):
    """The matter does not lie with the province now."""

    code = "not_at_province"
    message = "该事项目前不由省级处理，不能登记省级进展。"


def note_external(
    actor: Actor,
    model: type[Matter],
    key: uuid.UUID,
    *,
    state: ExternalState,
    text: str = "",
    external_number: str = "",
    planned_on: date | None = None,
    at: datetime | None = None,
) -> Matter:
    """Write down what the province says. Needs referral.log; ``FIXED`` needs the bureau.

    A vendor that hears of a repair notes ``REPORTED_FIXED``, and the bureau confirms or not.
    """
    matter = access.hold(actor, model, key, Permission.REFERRAL_LOG)
    if state is ExternalState.FIXED and not access.is_bureau(actor):
        raise BureauOnly("省级修复须由局方确认；请登记为“省级称已修复，待局方确认”。")
    if state is ExternalState.NOT_SENT:
        raise Invalid(fields={"state": ["请选择省级的进展。"]})
    if matter.external_state is ExternalState.FIXED and not access.is_bureau(actor):
        raise BureauOnly("局方已确认修复，改动须由局方办理。")
    if not _at_province(matter):
        raise NotAtProvince
    told = words(text, "text")
    moment = past(at, "at")
    before = matter.external_state
    matter.external_state = state
    matter.external_number = words(external_number, "external_number", longest=NAME) or matter.external_number
    if planned_on is not None:
        if planned_on < clock.local_day(moment):
            raise Invalid(fields={"planned_on": ["不能早于登记日期。"]})
        matter.planned_on = planned_on
    line(
        actor,
        matter,
        EventKind.EXTERNAL,
        text=f"{state.label}{f'：{told}' if told else ''}",
        at=moment,
        changes={"external_state": [before, state]},
    )
    return matter


def _at_province(matter: Sheet | Requirement) -> bool:
    if isinstance(matter, Sheet):
        return matter.state is SheetState.JUDGED and matter.handling is Handling.PROVINCE
    return matter.state is RequirementState.FORWARDED
