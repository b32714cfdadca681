"""The boxes of several kinds of paper for one matter, for the templates of the pages that show the matter."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date

from server.admin.access import current_actor
from server.admin.document_box import Box, box
from server.domain import duty
from server.domain.identity import Permission


def paper_boxes(
    codes: Sequence[str], subject_id: uuid.UUID, contract_id: uuid.UUID | None, *, ready: bool = True, note: str = ""
) -> list[Box]:
    """The boxes of some kinds for a matter that the page has found visible; none for those who may see no documents."""
    actor = current_actor()
    if contract_id is None or not actor.may(Permission.DOCUMENT_VIEW, contract_id):
        return []
    found = [box(actor, code, subject_id, contract_id=contract_id, ready=ready, note=note) for code in codes]
    return [each for each in found if each.shown]


def duty_boxes(contract_id: uuid.UUID, day: date) -> list[Box]:
    """The roster and the call log of the month of a day."""
    subject = duty.month_subject(contract_id, day)
    return paper_boxes((duty.ROSTER_PAPER, duty.CALLS_PAPER), subject, contract_id)
