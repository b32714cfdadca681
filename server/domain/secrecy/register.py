"""涉密、敏感资料登记 (A38): what was handed over, at which level, who holds it, and that it came back or was destroyed.

The bureau alone declares levels; what it has not declared is treated as internal. State secrets are entries and nothing
more: on paper or an approved medium, never online, and never with a file.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Invalid
from server.core.ids import new_id
from server.domain import staffing
from server.domain.identity import Actor, Permission
from server.domain.secrecy import access, log
from server.domain.secrecy.access import said
from server.domain.secrecy.models import NAME, TITLE, SecrecyItem
from server.domain.secrecy.vocabulary import OFFLINE, STATE_SECRETS, Carrier, EventKind, ItemState, Level

MOST_COPIES = 1000


class ItemSettled(Conflict):
    """The thing is back, destroyed, or its entry was withdrawn."""

    code = "secrecy_item_settled"
    message = "该资料已归还、销毁或已撤销登记，不能再办理。"


def hand_over(
    actor: Actor,
    *,
    contract_id: uuid.UUID,
    item: str,
    holder: str,
    carrier: Carrier,
    handed_on: date,
    purpose: str,
    copies: int = 1,
    serials: str = "",
    due_back_on: date | None = None,
    level: Level = Level.UNDECLARED,
    basis: str = "",
    maintainer_id: uuid.UUID | None = None,
    material_id: uuid.UUID | None = None,
) -> SecrecyItem:
    """Enter that something was handed over. Needs record.log on the contract; a level needs secrecy.manage."""
    access.begin(actor, Permission.RECORD_LOG, contract_id)
    if level is not Level.UNDECLARED:
        access.need_bureau(actor, Permission.SECRECY_MANAGE)
    if not 1 <= copies <= MOST_COPIES:
        raise Invalid(fields={"copies": [f"份数须为 1 至 {MOST_COPIES}。"]})
    if handed_on > clock.today():
        raise Invalid(fields={"handed_on": ["不能晚于今天。"]})
    if due_back_on is not None and due_back_on < handed_on:
        raise Invalid(fields={"due_back_on": ["应归还日期不能早于交接日期。"]})
    _on_fit_carrier(level, carrier)
    if maintainer_id is not None and staffing.find(actor, maintainer_id).contract_id != contract_id:
        raise Invalid(fields={"maintainer_id": ["该人员不属于所选合同。"]})
    now = clock.now()
    made = SecrecyItem(
        id=new_id(),
        contract_id=contract_id,
        item=said(item, field="item", longest=TITLE),
        holder=said(holder, field="holder", longest=NAME),
        carrier=carrier,
        copies=copies,
        serials=said(serials, field="serials", longest=TITLE, needed=False),
        purpose=said(purpose, field="purpose", longest=TITLE),
        handed_on=handed_on,
        due_back_on=due_back_on,
        maintainer_id=maintainer_id,
        material_id=material_id,
        state=ItemState.HELD,
        level=Level.UNDECLARED,
        created_at=now,
        updated_at=now,
        seq=0,
    )
    made.number = access.numbered(access.ITEM_SERIES)
    session().add(made)
    session().flush()
    told = f"交接“{made.item}” {copies} 份（{carrier.label}），持有人 {made.holder}"
    log.write(actor, made, EventKind.ENTERED, told, at=_moment(handed_on), data={"on": handed_on.isoformat()})
    if level is not Level.UNDECLARED:
        declare(actor, made.id, level=level, basis=basis)
    return made


def declare(actor: Actor, item_id: uuid.UUID, *, level: Level, basis: str = "") -> SecrecyItem:
    """Say at which level a thing is. The bureau's word: needs secrecy.manage. May be said again, with another level."""
    item = access.hold(actor, SecrecyItem, item_id, Permission.SECRECY_MANAGE)
    access.need_bureau(actor, Permission.SECRECY_MANAGE)
    _held(item)
    if level is Level.UNDECLARED:
        raise Invalid(fields={"level": ["请选择密级。"]})
    _on_fit_carrier(level, item.carrier)
    item.basis = said(basis, field="basis", longest=TITLE, needed=level in STATE_SECRETS)
    before, item.level = item.level, level
    item.declared_at, item.declared_by_name = clock.now(), actor.name[:NAME]
    log.write(
        actor,
        item,
        EventKind.DECLARED,
        f"密级申报为{level.label}",
        text=item.basis,
        changes={"level": [before.value, level.value]},
    )
    return item


def pass_on(actor: Actor, item_id: uuid.UUID, *, holder: str, reason: str) -> SecrecyItem:
    """Somebody else on the same side holds it now. Needs record.log; the old holder is in the log."""
    item = access.hold(actor, SecrecyItem, item_id, Permission.RECORD_LOG)
    _held(item)
    before, item.holder = item.holder, said(holder, field="holder", longest=NAME)
    item.maintainer_id = None
    why = said(reason, field="reason", longest=TITLE)
    changes = {"holder": [before, item.holder]}
    log.write(actor, item, EventKind.CHANGED, f"持有人由 {before} 改为 {item.holder}", text=why, changes=changes)
    return item


def ask_back(actor: Actor, item_id: uuid.UUID, *, due_back_on: date, reason: str) -> SecrecyItem:
    """The bureau wants it back by a day. Needs record.log as the bureau holds it."""
    item = access.hold(actor, SecrecyItem, item_id, Permission.RECORD_LOG)
    access.need_bureau(actor, Permission.RECORD_LOG)
    _held(item)
    if due_back_on < item.handed_on:
        raise Invalid(fields={"due_back_on": ["应归还日期不能早于交接日期。"]})
    want_back(actor, item, due_back_on, said(reason, field="reason", longest=TITLE))
    return item


def want_back(actor: Actor, item: SecrecyItem, due_back_on: date, reason: str) -> None:
    """Move the day by which a held thing is due back. The caller has checked who may."""
    before, item.due_back_on = item.due_back_on, due_back_on
    changes = {"due_back_on": [before and before.isoformat(), due_back_on.isoformat()]}
    log.write(actor, item, EventKind.ASKED_BACK, f"要求 {due_back_on} 前归还或销毁", text=reason, changes=changes)


def give_back(actor: Actor, item_id: uuid.UUID, *, on: date, proof: str, witness: str = "") -> SecrecyItem:
    """It came back. Who received it says so: needs record.log as the bureau holds it."""
    item = access.hold(actor, SecrecyItem, item_id, Permission.RECORD_LOG)
    access.need_bureau(actor, Permission.RECORD_LOG)
    return _settle(actor, item, ItemState.RETURNED, EventKind.RETURNED, on=on, proof=proof, witness=witness)


def destroy(actor: Actor, item_id: uuid.UUID, *, on: date, proof: str, witness: str) -> SecrecyItem:
    """It was destroyed before a witness who is not its holder. State secrets: the bureau alone enters that."""
    item = access.hold(actor, SecrecyItem, item_id, Permission.RECORD_LOG)
    if item.level in STATE_SECRETS:
        access.need_bureau(actor, Permission.SECRECY_MANAGE)
    if not witness.strip():
        raise Invalid(fields={"witness": ["销毁须有监销人。"]})
    if witness.strip() == item.holder:
        raise Invalid(fields={"witness": ["监销人不能是持有人本人。"]})
    return _settle(actor, item, ItemState.DESTROYED, EventKind.DESTROYED, on=on, proof=proof, witness=witness)


def withdraw(actor: Actor, item_id: uuid.UUID, *, reason: str) -> SecrecyItem:
    """The entry was wrong. It stays, struck out; needs secrecy.manage."""
    item = access.hold(actor, SecrecyItem, item_id, Permission.SECRECY_MANAGE)
    _held(item)
    item.state, item.ended_on = ItemState.WITHDRAWN, clock.today()
    why = said(reason, field="reason", longest=TITLE)
    log.write(actor, item, EventKind.WITHDRAWN, "登记有误，撤销", text=why)
    return item


def _settle(
    actor: Actor, item: SecrecyItem, state: ItemState, kind: EventKind, *, on: date, proof: str, witness: str
) -> SecrecyItem:
    _held(item)
    if on > clock.today():
        raise Invalid(fields={"on": ["不能晚于今天。"]})
    if on < item.handed_on:
        raise Invalid(fields={"on": [f"不能早于交接日期（{item.handed_on}）。"]})
    item.proof = said(proof, field="proof", longest=TITLE)
    item.witness = said(witness, field="witness", longest=NAME, needed=False)
    before, item.state, item.ended_on = item.state, state, on
    late = (on - item.due_back_on).days if item.due_back_on and on > item.due_back_on else 0
    told = f"{state.label} {item.copies} 份" + (f"，逾期 {late} 天" if late else "")
    words = f"凭证：{item.proof}" + (f"；见证人：{item.witness}" if item.witness else "")
    changes = {"state": [before.value, state.value]}
    log.write(actor, item, kind, told, text=words, at=_moment(on), changes=changes)
    return item


def _held(item: SecrecyItem) -> None:
    if item.state is not ItemState.HELD:
        raise ItemSettled(f"该资料{item.state.label}，不能再办理。", state=item.state.value)


def _on_fit_carrier(level: Level, carrier: Carrier) -> None:
    if level in OFFLINE and carrier is Carrier.ONLINE:
        raise Invalid(fields={"carrier": [f"{level.label}不得通过互联网传递，请改用纸质或经批准的介质交接。"]})


def _moment(day: date) -> datetime:
    """When something that is known by its day happened: now, or the end of a day that is over."""
    return min(clock.end_of(day), clock.now())
