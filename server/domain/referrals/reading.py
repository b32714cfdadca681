"""Lists of what was handed on, and what of it still waits for an outcome, with its age."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.enums import Labelled
from server.domain.identity import Actor, Permission
from server.domain.referrals import access, applications, requirements, sheets
from server.domain.referrals.access import Matter
from server.domain.referrals.models import Application, Liaison, Requirement, Sheet
from server.domain.referrals.vocabulary import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which rows of a kind: all conditions together. ``open_only``: those without an outcome yet."""

    text: str = ""
    state: Labelled | None = None
    contract_id: uuid.UUID | None = None
    ticket_id: uuid.UUID | None = None
    open_only: bool = False


@dataclass(frozen=True, slots=True)
class Unsettled:
    """Something that was handed on and has no outcome yet. ``planned_on``: by when it was said to be done, if at all."""

    kind: Subject
    id: uuid.UUID
    number: str
    title: str
    contract_id: uuid.UUID
    state: Labelled
    since: datetime
    planned_on: date | None

    def age(self, today: date) -> int:
        """Natural days since it came in."""
        return (today - clock.local_day(self.since)).days

    def late(self, today: date) -> bool:
        """Whether its planned day has passed."""
        return self.planned_on is not None and self.planned_on < today


WORDS: dict[type[Any], tuple[Any, ...]] = {
    Sheet: (Sheet.number, Sheet.title, Sheet.system, Sheet.module, Sheet.reporter_unit, Sheet.ticket_number),
    Requirement: (Requirement.number, Requirement.title, Requirement.system, Requirement.external_number),
    Application: (Application.number, Application.item, Application.item_code, Application.provider),
    Liaison: (Liaison.number, Liaison.topic, Liaison.with_unit, Liaison.text),
}
OPEN: dict[type[Any], frozenset[Any]] = {
    Sheet: sheets.OPEN,
    Requirement: requirements.OPEN,
    Application: applications.OPEN,
}


def matching(actor: Actor, model: type[Matter], filters: Filters | None = None) -> sa.Select[tuple[Matter]]:
    """Rows of one kind that the actor may see, newest first. Needs referral.view."""
    actor.need(Permission.REFERRAL_VIEW)
    asked = filters or Filters()
    columns: Any = model
    query = sa.select(model).where(access.visible(actor, model)).order_by(model.id.desc())
    if asked.contract_id is not None:
        query = query.where(columns.contract_id == asked.contract_id)
    if asked.ticket_id is not None:
        query = query.where(columns.ticket_id == asked.ticket_id)
    if asked.state is not None:
        query = query.where(columns.state == asked.state)
    if asked.open_only and model in OPEN:
        query = query.where(columns.state.in_(OPEN[model]))
    elif asked.open_only:
        follows = sa.or_(Liaison.follow_up != "", Liaison.follow_up_on.is_not(None))
        query = query.where(Liaison.followed_at.is_(None), follows)
    if asked.text:
        query = query.where(sa.or_(*(each.contains(asked.text, autoescape=True) for each in WORDS[model])))
    return query


def unsettled(actor: Actor, *, contract_id: uuid.UUID | None = None) -> list[Unsettled]:
    """Everything that waits for an outcome, oldest first: sheets, requirements, applications. Needs referral.view."""
    return _gathered(actor, Filters(contract_id=contract_id, open_only=True))


def of_ticket(actor: Actor, ticket_id: uuid.UUID) -> list[Unsettled]:
    """What was handed on from a ticket, whether settled or not, oldest first. Needs referral.view."""
    return _gathered(actor, Filters(ticket_id=ticket_id))


def counts(actor: Actor) -> dict[Subject, int]:
    """How many of each kind wait for an outcome. Needs referral.view."""
    only = Filters(open_only=True)
    return {
        Subject.SHEET: _count(matching(actor, Sheet, only)),
        Subject.REQUIREMENT: _count(matching(actor, Requirement, only)),
        Subject.APPLICATION: _count(matching(actor, Application, only)),
    }


def _gathered(actor: Actor, filters: Filters) -> list[Unsettled]:
    found = [
        *(
            Unsettled(Subject.SHEET, s.id, s.number, s.title, s.contract_id, s.state, s.found_at, s.planned_on)
            for s in session().scalars(matching(actor, Sheet, filters))
        ),
        *(
            Unsettled(
                Subject.REQUIREMENT, r.id, r.number, r.title, r.contract_id, r.state, r.submitted_at, r.planned_on
            )
            for r in session().scalars(matching(actor, Requirement, filters))
        ),
        *(
            Unsettled(Subject.APPLICATION, a.id, a.number, a.item, a.contract_id, a.state, a.created_at, a.expected_on)
            for a in session().scalars(matching(actor, Application, filters))
        ),
    ]
    return sorted(found, key=lambda each: (each.since, each.number))


def _count(query: sa.Select[Any]) -> int:
    return session().scalar(sa.select(sa.func.count()).select_from(query.order_by(None).subquery())) or 0
