"""Somebody leaves: access ends, and a checklist says what became of accounts, data and devices (A39, PIPL 21)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import date

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Invalid
from server.core.ids import new_id
from server.domain import identity
from server.domain.calendar import spell
from server.domain.identity import Actor, Permission
from server.domain.staffing import access, followers
from server.domain.staffing.history import note, wrote
from server.domain.staffing.models import NAME, Maintainer, OffBoarding, OffBoardingItem
from server.domain.staffing.vocabulary import STANDING, CheckItem, Disposition, EventKind

# Only what somebody held can be given back or destroyed.
HOLDABLE = frozenset({CheckItem.DATA, CheckItem.DEVICES, CheckItem.PAPERS})


class LeavingAlready(Conflict):
    """The departure is on record."""

    code = "staff_leaving_already"
    message = "该人员的离岗已登记。"


def off_board(
    actor: Actor,
    maintainer_id: uuid.UUID,
    *,
    on: date,
    reason: str = "",
    checklist: Mapping[CheckItem, Disposition] | None = None,
) -> OffBoarding:
    """Somebody's last day is ``on``. Access ends at once if that is today or past, else when the day is over.

    Needs staff.manage or staff.decide on the contract. What ``checklist`` does not settle stays open.
    """
    maintainer = access.hold(actor, Maintainer, maintainer_id, Permission.STAFF_MANAGE, Permission.STAFF_DECIDE)
    leaving = leave(actor, maintainer, on=on, reason=reason)
    for item, disposition in (checklist or {}).items():
        settle(actor, leaving.id, item=item, disposition=disposition)
    return leaving


def leave(actor: Actor, maintainer: Maintainer, *, on: date, reason: str) -> OffBoarding:
    """Write a departure. The caller holds the row and has checked who may."""
    if off_boarding_of(maintainer.id) is not None:
        raise LeavingAlready
    if on < maintainer.valid_from:
        raise Invalid(fields={"on": [f"不能早于指派日期 {spell(maintainer.valid_from)}"]})
    if maintainer.valid_to is not None and on > maintainer.valid_to:
        raise Invalid(fields={"on": [f"指派已于 {spell(maintainer.valid_to)} 届满"]})
    maintainer.valid_to = on
    leaving = OffBoarding(
        id=new_id(),
        contract_id=maintainer.contract_id,
        maintainer_id=maintainer.id,
        last_on=on,
        reason=wrote("reason", reason, longest=500, needed=False),
        created_at=clock.now(),
        created_by_name=actor.name[:NAME],
    )
    session().add(leaving)
    session().flush()
    session().add_all(OffBoardingItem(id=new_id(), off_boarding_id=leaving.id, item=item) for item in CheckItem)
    session().flush()
    note(
        actor,
        maintainer,
        EventKind.LEFT,
        f"最后工作日 {spell(on)}{'：' if leaving.reason else ''}{leaving.reason}",
        summary=f"维护人员 {maintainer.name} 离岗，最后工作日 {spell(on)}",
        changes={"valid_to": [None, on.isoformat()]},
    )
    if on <= clock.today():
        end_access(actor, leaving, maintainer)
    if not _stays(maintainer):
        gone_at = clock.end_of(on)
        followers.announce(actor, maintainer, clock.now() if leaving.access_ended_at else gone_at)
    return leaving


def end_access(actor: Actor, leaving: OffBoarding, maintainer: Maintainer) -> None:
    """Take the person's roles on the contract and end their sessions; the checklist's first line is settled by it."""
    if leaving.access_ended_at is not None:
        return
    namesakes = _namesakes(maintainer) if maintainer.officer_id is None else 0
    if namesakes:
        told = "未关联系统账号，但本合同有同名账号：请关联账号，系统随即收回权限"
    elif maintainer.officer_id is None:
        told = "未关联系统账号"
    elif _stays(maintainer):
        told = "该账号另有在任指派，权限保留"
    else:
        reason = f"{maintainer.name} 离岗"
        taken = identity.withdraw_officer_roles(actor, maintainer.officer_id, maintainer.contract_id, reason=reason)
        told = f"收回 {taken} 个角色，会话已全部退出" if taken else "已没有本合同的角色"
    leaving.access_ended_at, leaving.access_note = clock.now(), told
    _settle(leaving, actor, CheckItem.ACCOUNTS, Disposition.OPEN if namesakes else Disposition.DONE, told)
    if namesakes:
        return
    note(actor, maintainer, EventKind.ACCESS_ENDED, told, summary=f"{maintainer.name} 的访问权限已收回：{told}")


def linked_late(actor: Actor, maintainer: Maintainer) -> None:
    """An account was named for somebody whose access should have ended: now it ends. The caller holds the person's row."""
    leaving = off_boarding_of(maintainer.id)
    if leaving is not None and leaving.access_ended_at is not None:
        leaving.access_ended_at = None
        end_access(actor, leaving, maintainer)


def settle(
    actor: Actor, off_boarding_id: uuid.UUID, *, item: CheckItem, disposition: Disposition, note_text: str = ""
) -> OffBoarding:
    """Say what became of one item of the checklist. Either side may; accounts are settled by the system itself."""
    leaving = access.hold(actor, OffBoarding, off_boarding_id, Permission.STAFF_MANAGE, Permission.STAFF_DECIDE)
    maintainer = session().get_one(Maintainer, leaving.maintainer_id)
    if item is CheckItem.ACCOUNTS and not _by_hand(leaving, maintainer):
        if disposition is Disposition.DONE and leaving.access_ended_at is not None:
            return leaving
        raise Invalid(fields={"item": ["系统账号在离岗时自动收回，不能手工登记"]})
    if disposition in (Disposition.RETURNED, Disposition.DESTROYED) and item not in HOLDABLE:
        raise Invalid(fields={"disposition": ["该事项只能登记为已完成或未持有"]})
    if disposition is Disposition.DONE and item is CheckItem.DATA:
        raise Invalid(fields={"disposition": ["请说明数据是已返还、已销毁还是未持有"]})
    told = wrote("note", note_text, longest=500, needed=item is CheckItem.ACCOUNTS)
    _settle(leaving, actor, item, disposition, told)
    note(
        actor,
        maintainer,
        EventKind.ITEM_SETTLED,
        f"{item.label}：{disposition.label}{'，' if told else ''}{told}",
        summary=f"{maintainer.name} 离岗交接：{item.label} {disposition.label}",
    )
    return leaving


def off_boarding_of(maintainer_id: uuid.UUID) -> OffBoarding | None:
    """Somebody's departure, if there is one."""
    return session().scalars(sa.select(OffBoarding).where(OffBoarding.maintainer_id == maintainer_id)).one_or_none()


def off_boardings_of(maintainer_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, OffBoarding]:
    """Departures by person."""
    query = sa.select(OffBoarding).where(OffBoarding.maintainer_id.in_(list(maintainer_ids)))
    return {row.maintainer_id: row for row in session().scalars(query)}


def items_of(off_boarding_id: uuid.UUID) -> list[OffBoardingItem]:
    """The checklist in its order."""
    query = sa.select(OffBoardingItem).where(OffBoardingItem.off_boarding_id == off_boarding_id)
    order = list(CheckItem)
    return sorted(session().scalars(query), key=lambda row: order.index(row.item))


def _settle(leaving: OffBoarding, actor: Actor, item: CheckItem, disposition: Disposition, told: str) -> None:
    rows = items_of(leaving.id)
    row = next(each for each in rows if each.item is item)
    row.disposition, row.note = disposition, told
    is_open = disposition is Disposition.OPEN
    row.settled_at = None if is_open else clock.now()
    row.settled_by_name = "" if is_open else actor.name[:NAME]
    session().flush()
    left = any(each.disposition is Disposition.OPEN for each in rows)
    leaving.finished_at = None if left else (leaving.finished_at or clock.now())


def _by_hand(leaving: OffBoarding, maintainer: Maintainer) -> bool:
    """Whether the accounts were left open because of a namesake: then somebody says whose the account is."""
    return leaving.access_ended_at is not None and maintainer.officer_id is None and _namesakes(maintainer) > 0


def _namesakes(maintainer: Maintainer) -> int:
    """How many accounts with a role on the contract have the person's name and are nobody's on its roster."""
    able = identity.officers_for(maintainer.contract_id, Permission.STAFF_VIEW)
    same = [officer.id for officer in able if officer.name == maintainer.name]
    held = identity.roles_of(same)
    linked = sa.select(Maintainer.officer_id).where(Maintainer.contract_id == maintainer.contract_id)
    taken = set(session().scalars(linked.where(Maintainer.officer_id.in_(same))))
    return sum(
        key not in taken and any(contract_id == maintainer.contract_id for _, contract_id in held.get(key, []))
        for key in same
    )


def _stays(maintainer: Maintainer) -> bool:
    """Whether the same account stands on the contract's roster under another designation after the last day."""
    query = sa.select(Maintainer.id).where(
        Maintainer.contract_id == maintainer.contract_id,
        Maintainer.officer_id == maintainer.officer_id,
        Maintainer.id != maintainer.id,
        Maintainer.review.in_(STANDING),
        sa.or_(Maintainer.valid_to.is_(None), Maintainer.valid_to > maintainer.valid_to),
    )
    return session().scalar(query.limit(1)) is not None
