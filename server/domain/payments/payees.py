"""The account that money goes to: shown masked, changed only when both sides say so (A26)."""

from __future__ import annotations

import re
import uuid

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server.core import clock, crypto
from server.core.db import session
from server.core.errors import Conflict, Forbidden, Invalid
from server.core.ids import new_id
from server.core.sealing import reseal
from server.domain import contracts
from server.domain.contracts import Contract, Party
from server.domain.identity import Actor, Permission
from server.domain.payments.access import WrongStep, contract_of, held, need_person, side_of
from server.domain.payments.log import said, write
from server.domain.payments.models import PayeeChange
from server.domain.payments.vocabulary import MoneyStep, PayeeState

_ACCOUNT = re.compile(r"[0-9A-Za-z-]{6,40}")


class PayeeWaiting(Conflict):
    """One wanted change at a time."""

    code = "payee_change_waiting"
    message = "已有待确认的收款账户变更。"


class SameSide(Forbidden):
    """A change needs the word of the other side."""

    code = "payee_same_side"
    message = "收款账户变更须由对方确认。"


def propose_payee(
    actor: Actor, contract_id: uuid.UUID, *, name: str, bank: str, account: str, reason: str
) -> PayeeChange:
    """Ask for another account, with the reason. Nothing changes before the other side confirms."""
    contract = contract_of(actor, contract_id, Permission.PAYEE_AGREE)
    need_person(actor)
    faults = {field: ["必填"] for field, text in (("name", name), ("bank", bank)) if not text.strip()}
    plain = "".join(account.split())
    if not _ACCOUNT.fullmatch(plain):
        faults["account"] = ["应为 6–40 位数字"]
    if faults:
        raise Invalid(fields=faults)
    reason = said("reason", reason, longest=500)
    key, now = new_id(), clock.now()
    change = PayeeChange(
        id=key,
        contract_id=contract.id,
        state=PayeeState.PROPOSED,
        open_key=str(contract.id),
        name=said("name", name, longest=120),
        bank=said("bank", bank, longest=120),
        account_sealed=crypto.ring().seal(plain, _place(key)),
        account_masked=contracts.masked(plain),
        reason=reason,
        by_vendor=side_of(actor) is Party.VENDOR,
        proposed_by_id=actor.id,
        proposed_by_name=actor.name[:64],
        version=0,
        created_at=now,
        updated_at=now,
    )
    try:
        with session().begin_nested():
            session().add(change)
    except IntegrityError as clash:
        raise PayeeWaiting from clash
    told = f"合同 {contract.number} 提出变更收款账户：{change.name} {change.account_masked}"
    write(
        actor,
        change,
        MoneyStep.PROPOSED,
        told,
        text=reason,
        changes={"account": [_now(contract), change.account_masked]},
    )
    return change


def confirm_payee(
    actor: Actor, change_id: uuid.UUID, *, agreed: bool, remark: str = "", seen: int | None = None
) -> PayeeChange:
    """The other side's word. Agreed, the contract gets a revision with the new account from today on."""
    change = held(actor, PayeeChange, change_id, Permission.PAYEE_AGREE, seen=seen)
    need_person(actor)
    if change.state is not PayeeState.PROPOSED:
        raise WrongStep
    if change.by_vendor is (side_of(actor) is Party.VENDOR):
        raise SameSide
    contract = contract_of(actor, change.contract_id)
    change.decided_by_id, change.decided_by_name, change.open_key = actor.id, actor.name[:64], None
    if not agreed:
        remark = said("remark", remark, longest=500)
        change.state = PayeeState.REFUSED
        write(
            actor, change, MoneyStep.REFUSED, f"合同 {contract.number} 不同意变更收款账户：{remark}"[:500], text=remark
        )
        return change
    change.state = PayeeState.CONFIRMED
    sides = (Party.VENDOR, Party.BUREAU) if change.by_vendor else (Party.BUREAU, Party.VENDOR)
    write(actor, change, MoneyStep.CONFIRMED, f"合同 {contract.number} 双方确认变更收款账户", text=remark.strip())
    contracts.change_billing(
        actor,
        contract.id,
        payee_name=change.name,
        payee_bank=change.bank,
        payee_account=crypto.ring().unseal(change.account_sealed, _place(change.id)),
        agreed={sides[0]: change.proposed_by_name, sides[1]: actor.name},
        reason=change.reason,
    )
    return change


def withdraw_payee(actor: Actor, change_id: uuid.UUID, *, seen: int | None = None) -> PayeeChange:
    """Take a wanted change back, by the side that wanted it."""
    change = held(actor, PayeeChange, change_id, Permission.PAYEE_AGREE, seen=seen)
    if change.state is not PayeeState.PROPOSED or change.by_vendor is not (side_of(actor) is Party.VENDOR):
        raise WrongStep
    change.state, change.open_key = PayeeState.WITHDRAWN, None
    write(actor, change, MoneyStep.WITHDRAWN, "撤回收款账户变更")
    return change


def payee_changes_of(actor: Actor, contract_id: uuid.UUID) -> list[PayeeChange]:
    """All wanted changes of a contract, newest first."""
    contract_of(actor, contract_id)
    query = sa.select(PayeeChange).where(PayeeChange.contract_id == contract_id)
    return list(session().scalars(query.order_by(PayeeChange.created_at.desc(), PayeeChange.id.desc())))


def rotate_payee_keys(*, batch: int = 200) -> int:
    """Seal up to ``batch`` accounts with the current key; how many were found, 0 when none is left."""
    return reseal(PayeeChange.id, PayeeChange.account_sealed, _place, limit=batch)


def _place(key: uuid.UUID) -> str:
    return f"payee_changes:account:{key}"


def _now(contract: Contract) -> str:
    billing = contracts.terms_of(contract.id).billing
    return contracts.masked(billing.payee_account) if billing is not None else ""
