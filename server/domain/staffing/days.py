"""What comes with the days: notices take effect, access ends, an ended contract's roster closes; and what is due when."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.domain import contracts
from server.domain.contracts import Contract, ContractState
from server.domain.identity import SCHEDULER, Actor, Permission
from server.domain.staffing import access, replacing, subcontracts
from server.domain.staffing.leaving import end_access, leave, off_boarding_of
from server.domain.staffing.models import Maintainer, OffBoarding, Replacement, Subcontract
from server.domain.staffing.vocabulary import STANDING, ReplacementState, SubcontractState

BATCH = 50


@dataclass(frozen=True, slots=True)
class Due:
    """Something of the room that falls on a day. ``kind``: replacement, departure or subcontract_end."""

    kind: str
    object_id: uuid.UUID
    contract_id: uuid.UUID
    title: str
    on: date


@dataclass(frozen=True, slots=True)
class Done:
    """What a round did."""

    effected: int
    ended: int

    @property
    def anything(self) -> bool:
        """Whether there was something to do."""
        return bool(self.effected or self.ended)


def anything_due() -> bool:
    """Whether a notice should take effect or somebody's access should end. Cheap, for the job."""
    today = clock.today()
    waits = sa.select(Replacement.id).where(*_ripe(today)).limit(1)
    leaves = sa.select(OffBoarding.id).where(*_over(today)).limit(1)
    return session().scalar(waits) is not None or session().scalar(leaves) is not None


def keep_days(actor: Actor = SCHEDULER, *, day: date | None = None) -> Done:
    """Let what is ripe take effect, one batch. Again at any time."""
    today = day or clock.today()
    waits = sa.select(Replacement).where(*_ripe(today)).order_by(Replacement.effective_on, Replacement.id)
    effected = 0
    for row in session().scalars(_held(waits)):
        replacing.effect(actor, row)
        effected += 1
    leaves = sa.select(OffBoarding).where(*_over(today)).order_by(OffBoarding.last_on, OffBoarding.id)
    ended = 0
    for leaving in session().scalars(_held(leaves)):
        end_access(actor, leaving, session().get_one(Maintainer, leaving.maintainer_id))
        ended += 1
    return Done(effected, ended)


def dues(actor: Actor, first: date, last: date) -> list[Due]:
    """What falls between two days: replacements, last days, ends of subcontracts, as far as the actor may see."""
    found: list[Due] = []
    if not actor.may(Permission.STAFF_VIEW):
        return found
    names = sa.select(Maintainer.id, Maintainer.name)
    replacements = sa.select(Replacement).where(
        *access.visible(actor, Replacement),
        Replacement.state == ReplacementState.NOTIFIED,
        Replacement.effective_on.between(first, last),
    )
    rows = list(session().scalars(replacements))
    leavings = sa.select(OffBoarding).where(
        *access.visible(actor, OffBoarding), OffBoarding.finished_at.is_(None), OffBoarding.last_on.between(first, last)
    )
    gone = list(session().scalars(leavings))
    wanted = {row.maintainer_id for row in rows} | {leaving.maintainer_id for leaving in gone}
    called = {row.id: row.name for row in session().execute(names.where(Maintainer.id.in_(wanted)))} if wanted else {}
    for row in rows:
        title = f"{row.number} {called[row.maintainer_id]} 更换生效"
        found.append(Due("replacement", row.id, row.contract_id, title, row.effective_on))
    for leaving in gone:
        title = f"{called[leaving.maintainer_id]} 离岗交接未办结"
        found.append(Due("departure", leaving.maintainer_id, leaving.contract_id, title, leaving.last_on))
    ends = sa.select(Subcontract).where(
        *access.visible(actor, Subcontract),
        Subcontract.state == SubcontractState.CONSENTED,
        Subcontract.ends_on.between(first, last),
    )
    for each in session().scalars(ends):
        title = f"{each.number} {each.party} 的分包同意到期"
        found.append(Due("subcontract_end", each.id, each.contract_id, title, each.ends_on))
    return sorted(found, key=lambda due: (due.on, due.title))


def install() -> None:
    """Hear of changed terms and ended contracts; called once where the room is imported."""
    contracts.follow(_contract_changed)


def _contract_changed(actor: Actor, contract_id: uuid.UUID, reason: str) -> None:
    contract = session().get_one(Contract, contract_id)
    if contract.state is ContractState.ENDED:
        _close(actor, contract, reason)
    else:
        replacing.reckon_open(actor, contract_id, contracts.terms_of(contract_id), reason)


def _close(actor: Actor, contract: Contract, reason: str) -> None:
    """End every designation with the contract (PIPL 21): its roles were withdrawn, what was held is to be given back."""
    notices = sa.select(Replacement).where(
        Replacement.contract_id == contract.id, Replacement.state == ReplacementState.NOTIFIED
    )
    for row in session().scalars(_held(notices, limit=None)):
        replacing.drop(actor, row, reason=reason)
    people = sa.select(Maintainer).where(
        Maintainer.contract_id == contract.id,
        Maintainer.review.in_(STANDING),
        Maintainer.valid_from <= contract.ends_on,
        sa.or_(Maintainer.valid_to.is_(None), Maintainer.valid_to > contract.ends_on),
    )
    for maintainer in session().scalars(_held(people, limit=None)):
        leaving = off_boarding_of(maintainer.id)
        if leaving is None:
            leaving = leave(actor, maintainer, on=contract.ends_on, reason=reason)
        else:
            maintainer.valid_to = leaving.last_on = contract.ends_on
        end_access(actor, leaving, maintainer)
    consents = sa.select(Subcontract).where(
        Subcontract.contract_id == contract.id, Subcontract.state == SubcontractState.CONSENTED
    )
    for each in session().scalars(_held(consents, limit=None)):
        on = max(each.starts_on, min(each.ends_on, contract.ends_on))
        subcontracts.finish(actor, each, on=on, reason=reason)


def _ripe(today: date) -> tuple[sa.ColumnElement[bool], ...]:
    return (Replacement.state == ReplacementState.NOTIFIED, Replacement.effective_on <= today)


def _over(today: date) -> tuple[sa.ColumnElement[bool], ...]:
    return (OffBoarding.access_ended_at.is_(None), OffBoarding.last_on < today)


def _held(query: sa.Select[tuple[access.Row]], *, limit: int | None = BATCH) -> sa.Select[tuple[access.Row]]:
    session().flush()
    return query.limit(limit).with_for_update().execution_options(populate_existing=True)
