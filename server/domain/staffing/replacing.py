"""A maintainer is replaced: notified, foreseen, judged, effective on its day; breaches are flagged and block nothing (A18)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, timedelta

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Invalid
from server.core.ids import new_id
from server.core.serials import next_number
from server.domain import contracts
from server.domain.calendar import spell
from server.domain.contracts import Terms
from server.domain.identity import Actor, Permission
from server.domain.staffing import access, rules
from server.domain.staffing.history import File, keep_files, note, wrote
from server.domain.staffing.leaving import leave, off_boarding_of
from server.domain.staffing.models import NAME, Maintainer, Replacement
from server.domain.staffing.roster import Person, designate
from server.domain.staffing.rules import Forecast
from server.domain.staffing.vocabulary import (
    STANDING,
    Ability,
    EventKind,
    Reason,
    ReplacementState,
    Review,
)

SERIES = "RYBG"


class ReplacedAlready(Conflict):
    """A notice about this person is open or has taken effect."""

    code = "staff_replaced_already"
    message = "该人员已有更换通知，或已不在岗。"


class ReplacementOver(Conflict):
    """The notice was withdrawn, or has taken effect."""

    code = "staff_replacement_over"
    message = "该更换通知已生效或已撤回，不能这样操作。"


def notify_replacement(
    actor: Actor,
    *,
    maintainer_id: uuid.UUID,
    reason: Reason,
    received_on: date,
    effective_on: date,
    comparison: str = "",
    substitute: Person | None = None,
    note_text: str = "",
    files: Sequence[File] = (),
) -> Replacement:
    """Enter the vendor's written notice that somebody will be replaced; what it breaches is computed and kept with it.

    ``received_on`` is when the bureau had it, ``effective_on`` the first day without the person. The bureau may correct
    the former when it judges. A day that has come takes effect at once. Needs staff.manage.
    """
    maintainer = access.hold(actor, Maintainer, maintainer_id, Permission.STAFF_MANAGE)
    contract = access.contract_of(actor, maintainer.contract_id, Permission.STAFF_MANAGE, held=True)
    _replaceable(maintainer, received_on, effective_on)
    terms = contracts.terms_of(contract.id)
    if substitute is not None:
        wrote("comparison", comparison)
    row = Replacement(
        id=new_id(),
        number=_number(),
        contract_id=contract.id,
        maintainer_id=maintainer.id,
        reason=Reason(reason),
        note=wrote("note", note_text, needed=False),
        received_on=received_on,
        effective_on=effective_on,
        comparison=wrote("comparison", comparison, needed=False),
        breaches=[],
        revision=terms.revision,
        created_at=clock.now(),
        created_by_name=actor.name[:NAME],
    )
    session().add(row)
    session().flush()
    keep_files(actor, row, files)
    if substitute is not None:
        row.substitute_id = designate(actor, contract, substitute, valid_from=effective_on, substitute=True).id
    told = _reckon(row, terms)
    note(
        actor,
        maintainer,
        EventKind.NOTIFIED,
        f"{row.number}：{row.reason.label}，{spell(effective_on)} 起更换；{told}",
        summary=f"{row.number} 通知更换维护人员 {maintainer.name}，{told}",
        changes={"effective_on": [None, effective_on.isoformat()], "breaches": [[], row.breaches]},
    )
    if effective_on <= clock.today():
        effect(actor, row)
    return row


def name_substitute(
    actor: Actor, replacement_id: uuid.UUID, *, substitute: Person, comparison: str, valid_from: date | None = None
) -> Replacement:
    """Name who follows, where nobody was named or the bureau refused; the breaches are computed again."""
    row = access.hold(actor, Replacement, replacement_id, Permission.STAFF_MANAGE)
    if row.state is ReplacementState.WITHDRAWN or _standing(row.substitute_id) is not None:
        raise ReplacementOver
    contract = access.contract_of(actor, row.contract_id, Permission.STAFF_MANAGE, held=True)
    row.comparison = wrote("comparison", comparison)
    starts = max(row.effective_on, valid_from or row.effective_on)
    row.substitute_id = designate(actor, contract, substitute, valid_from=starts, substitute=True).id
    row.ability = Ability.PENDING
    told = _reckon(row, contracts.terms_of(contract.id))
    note(
        actor,
        session().get_one(Maintainer, row.maintainer_id),
        EventKind.SUBSTITUTE_NAMED,
        f"{row.number}：{substitute.name}；{told}",
        summary=f"{row.number} 提名接替人员 {substitute.name}，{told}",
    )
    return row


def judge(
    actor: Actor, replacement_id: uuid.UUID, *, not_lower: bool, remark: str = "", received_on: date | None = None
) -> Replacement:
    """The bureau's judgement of the substitute's ability, and its word on when the notice came. Needs staff.decide."""
    row = access.hold(actor, Replacement, replacement_id, Permission.STAFF_DECIDE)
    if row.state is ReplacementState.WITHDRAWN:
        raise ReplacementOver
    if _standing(row.substitute_id) is None:
        raise Invalid("没有接替人员，无从判断。", fields={"not_lower": ["没有接替人员，无从判断"]})
    told_why = wrote("remark", remark, longest=500, needed=not not_lower)
    came_on = received_on or row.received_on
    _received(came_on)
    before = {"ability": row.ability.value, "received_on": row.received_on.isoformat()}
    row.ability, row.received_on = (Ability.NOT_LOWER if not_lower else Ability.LOWER), came_on
    row.judge_remark, row.judged_at, row.judged_by_name = told_why, clock.now(), actor.name[:NAME]
    told = _reckon(row, contracts.terms_of(row.contract_id))
    note(
        actor,
        session().get_one(Maintainer, row.maintainer_id),
        EventKind.JUDGED,
        f"{row.number}：{row.ability.label}{'，' if row.judge_remark else ''}{row.judge_remark}；{told}",
        summary=f"{row.number} 局方判断：{row.ability.label}；{told}",
        changes={
            "ability": [before["ability"], row.ability.value],
            "received_on": [before["received_on"], row.received_on.isoformat()],
        },
    )
    return row


def withdraw_replacement(actor: Actor, replacement_id: uuid.UUID, *, reason: str) -> Replacement:
    """The vendor takes its notice back before its day; the substitute is not designated either."""
    row = access.hold(actor, Replacement, replacement_id, Permission.STAFF_MANAGE)
    if row.state is not ReplacementState.NOTIFIED:
        raise ReplacementOver
    drop(actor, row, reason=wrote("reason", reason, longest=500))
    return row


def drop(actor: Actor, row: Replacement, *, reason: str) -> None:
    """Withdraw a notice and its substitute. The caller holds the row."""
    row.state, row.breaches = ReplacementState.WITHDRAWN, []
    substitute = _standing(row.substitute_id)
    if substitute is not None:
        substitute.review = Review.WITHDRAWN
    note(
        actor,
        session().get_one(Maintainer, row.maintainer_id),
        EventKind.WITHDRAWN,
        f"{row.number}：{reason}",
        summary=f"{row.number} 撤回更换通知：{reason}",
    )


def effect(actor: Actor, row: Replacement) -> None:
    """Let a replacement take effect: the predecessor's last day was the one before, and their access ends (A39)."""
    maintainer = session().get_one(Maintainer, row.maintainer_id)
    row.state, row.effected_at = ReplacementState.EFFECTIVE, clock.now()
    substitute = _standing(row.substitute_id)
    note(
        actor,
        maintainer,
        EventKind.REPLACED,
        f"{row.number}：由 {substitute.name} 接替" if substitute else f"{row.number}：没有接替人员",
        summary=f"{row.number} 生效，{maintainer.name} 不再担任维护人员",
    )
    if off_boarding_of(maintainer.id) is None:
        leave(actor, maintainer, on=row.effective_on - timedelta(days=1), reason=f"{row.number} {row.reason.label}")


def reckon_open(actor: Actor, contract_id: uuid.UUID, terms: Terms, reason: str) -> None:
    """Compute the breaches of a contract's open notices again, after its terms changed."""
    query = sa.select(Replacement).where(
        Replacement.contract_id == contract_id, Replacement.state == ReplacementState.NOTIFIED
    )
    for row in session().scalars(query.with_for_update().execution_options(populate_existing=True)):
        before = list(row.breaches)
        told = _reckon(row, terms)
        if row.breaches != before:
            note(
                actor,
                session().get_one(Maintainer, row.maintainer_id),
                EventKind.BREACHES_MOVED,
                f"{row.number}：{told}（{reason}）",
                summary=f"{row.number} 违约情形重新计算：{told}",
                changes={"breaches": [before, row.breaches]},
            )


def foresee(
    actor: Actor,
    maintainer_id: uuid.UUID,
    *,
    received_on: date,
    effective_on: date,
    substitute_since: date | None,
) -> Forecast:
    """What a notice would breach, before it is entered."""
    maintainer = access.find(actor, Maintainer, maintainer_id)
    return rules.foresee(
        contracts.terms_of(maintainer.contract_id),
        received_on=received_on,
        effective_on=effective_on,
        predecessor_since=maintainer.experience_from,
        substitute_since=substitute_since,
    )


def forecast_of(row: Replacement, terms: Terms) -> Forecast:
    """A notice's figures and breaches under some terms."""
    predecessor = session().get_one(Maintainer, row.maintainer_id)
    substitute = _standing(row.substitute_id)
    return rules.foresee(
        terms,
        received_on=row.received_on,
        effective_on=row.effective_on,
        predecessor_since=predecessor.experience_from,
        substitute_since=substitute.experience_from if substitute else None,
        ability=row.ability,
    )


def replacements_matching(actor: Actor, *, contract_id: uuid.UUID | None = None) -> sa.Select[tuple[Replacement]]:
    """The notices that the actor may see, newest first."""
    query = sa.select(Replacement).where(*access.visible(actor, Replacement))
    if contract_id is not None:
        query = query.where(Replacement.contract_id == contract_id)
    return query.order_by(Replacement.effective_on.desc(), Replacement.id.desc())


def find_replacement(actor: Actor, replacement_id: uuid.UUID) -> Replacement:
    """One notice; StaffNotFound if not this actor's to see."""
    return access.find(actor, Replacement, replacement_id)


def _reckon(row: Replacement, terms: Terms) -> str:
    """Compute and keep a notice's breaches; says them in one line."""
    forecast = forecast_of(row, terms)
    row.breaches = [each.breach.value for each in forecast.found]
    row.notice_by, row.revision = forecast.notice_by, terms.revision
    session().flush()
    return "违约：" + "；".join(each.text for each in forecast.found) if forecast.found else "未发现违约情形"


def _replaceable(maintainer: Maintainer, received_on: date, effective_on: date) -> None:
    open_ones = sa.select(Replacement.id).where(
        Replacement.maintainer_id == maintainer.id, Replacement.state != ReplacementState.WITHDRAWN
    )
    if maintainer.review not in STANDING or session().scalar(open_ones.limit(1)) is not None:
        raise ReplacedAlready
    if effective_on <= maintainer.valid_from:
        raise Invalid(fields={"effective_on": [f"应晚于指派日期 {spell(maintainer.valid_from)}"]})
    if maintainer.valid_to is not None and effective_on > maintainer.valid_to + timedelta(days=1):
        raise Invalid(fields={"effective_on": [f"该人员的指派至 {spell(maintainer.valid_to)} 为止"]})
    _received(received_on)


def _received(received_on: date) -> None:
    if received_on > clock.today():
        raise Invalid(fields={"received_on": ["不能晚于今天"]})


def _standing(maintainer_id: uuid.UUID | None) -> Maintainer | None:
    """The substitute, if there is one whom neither the bureau refused nor the vendor withdrew."""
    found = session().get(Maintainer, maintainer_id) if maintainer_id else None
    return found if found is not None and found.review in STANDING else None


def _number() -> str:
    year = clock.today().year
    return f"{SERIES}-{year}-{next_number(SERIES, year):04d}"
