"""Penalties claimed: one event, one claim, one of the clauses that exclude each other; settled when both sides say the same."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Invalid
from server.core.money import neat, to_fen
from server.domain import contracts
from server.domain.contracts import Contract, Party, Penalty, PenaltyPer, Terms
from server.domain.identity import Actor, Permission
from server.domain.payments.access import MoneyNotFound, WrongStep, contract_of, found, held, side_of, visible
from server.domain.payments.breaches import Claim
from server.domain.payments.log import numbered, said, write
from server.domain.payments.occasions import occasion_of
from server.domain.payments.plan import late_fee
from server.domain.payments.vocabulary import ClaimState, MoneyStep
from server.domain.payments.worksheets import Worksheet, event_sheet


class Excluded(Conflict):
    """The event is claimed already, by this clause or by one that excludes it (finding 7)."""

    code = "claim_excluded"
    message = "同一事件已经立案，相互排斥的条款只能选择其一。"


def open_claim(
    actor: Actor,
    *,
    contract_id: uuid.UUID,
    penalty_key: str,
    event: str,
    occurred_on: date,
    facts: str,
    ticket_id: uuid.UUID | None = None,
    material_id: uuid.UUID | None = None,
    milestone: str = "",
    until: date | None = None,
) -> Claim:
    """Claim a penalty for one event, with its worksheet (A41–A43, A45, B28, B29).

    Lateness needs the instalment, and is counted up to ``until`` (today). Excluded if the event is claimed under this
    clause or one that excludes it.
    """
    contract = contract_of(actor, contract_id, Permission.PENALTY_MANAGE)
    terms = contracts.terms_of(contract.id)
    penalty = _penalty(terms, penalty_key)
    if occurred_on > clock.today():
        raise Invalid(fields={"occurred_on": ["不能晚于今天"]})
    event = said("event", event, longest=200)
    occasion = occasion_of(
        actor,
        contract,
        penalty,
        event=event,
        occurred_on=occurred_on,
        ticket_id=ticket_id,
        material_id=material_id,
        milestone=milestone,
    )
    sheet = _sheet(actor, contract, terms, penalty, milestone, occurred_on, until)
    now = clock.now()
    claim = Claim(
        number=numbered("WY"),
        contract_id=contract.id,
        penalty=penalty.key,
        title=sheet.title[:200],
        owed_by=penalty.owed_by,
        event=event,
        live_key=f"{contract.id}:{occasion.key}:{family_of(terms, penalty)[0]}",
        milestone=sheet.milestone,
        ticket_id=occasion.ticket_id,
        ticket_number=occasion.number,
        material_id=material_id,
        occurred_on=occurred_on,
        facts=said("facts", facts),
        computed=sheet.amount,
        worksheet=sheet.plain(),
        refund=penalty.refund,
        state=ClaimState.OPEN,
        version=0,
        created_at=now,
        updated_at=now,
    )
    _refuse_second(claim)
    try:
        with session().begin_nested():
            session().add(claim)
    except IntegrityError as clash:
        raise Excluded from clash
    amount = "不作计算" if sheet.amount is None else f"测算参考 {neat(sheet.amount)}"
    told = f"{claim.number} 按“{penalty.title}”立案：{event}，{amount}"[:500]
    write(actor, claim, MoneyStep.OPENED, told, text=claim.facts, changes={"computed": [None, str(sheet.amount)]})
    return claim


def rework_claim(
    actor: Actor,
    claim_id: uuid.UUID,
    *,
    penalty_key: str | None = None,
    until: date | None = None,
    seen: int | None = None,
) -> Claim:
    """Work an open claim out again: by the other of two excluding clauses, or up to a later day.

    What a side had agreed falls away, since it agreed to something else.
    """
    claim = held(actor, Claim, claim_id, Permission.PENALTY_MANAGE, seen=seen)
    if claim.state is not ClaimState.OPEN:
        raise WrongStep
    contract = contract_of(actor, claim.contract_id)
    terms = contracts.terms_of(contract.id)
    before = _penalty(terms, claim.penalty)
    penalty = before if penalty_key is None else _penalty(terms, penalty_key)
    if penalty.key not in family_of(terms, before):
        raise Invalid(fields={"penalty_key": ["只能改用与原条款相互排斥的另一条款"]})
    sheet = _sheet(actor, contract, terms, penalty, claim.milestone, claim.occurred_on, until)
    was = claim.computed
    claim.penalty, claim.title, claim.owed_by = penalty.key, sheet.title[:200], penalty.owed_by
    claim.computed, claim.worksheet, claim.refund = sheet.amount, sheet.plain(), penalty.refund
    claim.bureau_amount = claim.vendor_amount = None
    claim.bureau_name = claim.vendor_name = ""
    told = f"{claim.number} 重新测算（{penalty.title}）：{'不作计算' if sheet.amount is None else neat(sheet.amount)}"
    write(actor, claim, MoneyStep.STAGED, told, text=told, changes={"computed": [str(was), str(sheet.amount)]})
    return claim


def agree_claim(
    actor: Actor, claim_id: uuid.UUID, *, amount: Decimal, remark: str = "", seen: int | None = None
) -> Claim:
    """One side's word on the amount. When both have said the same, the claim is settled; until then it is a reference."""
    claim = held(actor, Claim, claim_id, Permission.PENALTY_AGREE, seen=seen)
    if claim.state is not ClaimState.OPEN:
        raise WrongStep
    rounded = to_fen(amount)
    if rounded < 0:
        raise Invalid(fields={"amount": ["不能为负数"]})
    if rounded != claim.computed:
        said("remark", remark, longest=1000)
    side = side_of(actor)
    if side is Party.BUREAU:
        claim.bureau_amount, claim.bureau_name = rounded, actor.name[:64]
    else:
        claim.vendor_amount, claim.vendor_name = rounded, actor.name[:64]
    told = f"{claim.number} {side.label}确认 {neat(rounded)}"
    changes = {f"{side.value}_amount": [None, str(rounded)]}
    write(actor, claim, MoneyStep.AGREED, told, text=remark.strip(), data={"amount": rounded}, changes=changes)
    if claim.bureau_amount is not None and claim.bureau_amount == claim.vendor_amount:
        claim.state, claim.settled, claim.settled_on = ClaimState.SETTLED, rounded, clock.today()
        write(actor, claim, MoneyStep.SETTLED, f"{claim.number} 双方确认 {neat(rounded)}", data={"amount": rounded})
    return claim


def drop_claim(actor: Actor, claim_id: uuid.UUID, *, reason: str, seen: int | None = None) -> Claim:
    """Take a claim back; its event may then be claimed anew."""
    claim = held(actor, Claim, claim_id, Permission.PENALTY_MANAGE, seen=seen)
    if claim.state is not ClaimState.OPEN:
        raise WrongStep
    reason = said("reason", reason, longest=500)
    claim.state, claim.live_key = ClaimState.DROPPED, None
    write(actor, claim, MoneyStep.DROPPED, f"{claim.number} 撤销：{reason}"[:500], text=reason)
    return claim


def find_claim(actor: Actor, claim_id: uuid.UUID) -> Claim:
    """One claim that the actor may see."""
    return found(actor, Claim, claim_id)


def claims_matching(
    actor: Actor, *, contract_id: uuid.UUID | None = None, state: ClaimState | None = None, text: str = ""
) -> sa.Select[tuple[Claim]]:
    """The claims that the actor may see, newest first."""
    actor.need(Permission.PAYMENT_VIEW)
    query = sa.select(Claim).where(*visible(actor, Claim))
    if contract_id is not None:
        query = query.where(Claim.contract_id == contract_id)
    if state is not None:
        query = query.where(Claim.state == state)
    if text.strip():
        fields = (Claim.number, Claim.title, Claim.event, Claim.ticket_number)
        query = query.where(sa.or_(*(field.contains(text.strip(), autoescape=True) for field in fields)))
    return query.order_by(Claim.occurred_on.desc(), Claim.number.desc())


def family_of(terms: Terms, penalty: Penalty) -> list[str]:
    """A penalty and all that must not be charged beside it for the same event, whichever of them says so; sorted."""
    family, wave = {penalty.key}, {penalty.key}
    while wave:
        near = {key for each in terms.penalties if each.key in wave for key in each.excludes}
        near |= {each.key for each in terms.penalties if set(each.excludes) & wave}
        wave = near - family
        family |= wave
    return sorted(family)


def _penalty(terms: Terms, key: str) -> Penalty:
    penalty = next((each for each in terms.penalties if each.key == key), None)
    if penalty is None:
        raise MoneyNotFound("合同里没有这一条违约约定。")
    return penalty


def _sheet(
    actor: Actor,
    contract: Contract,
    terms: Terms,
    penalty: Penalty,
    milestone: str,
    occurred_on: date,
    until: date | None,
) -> Worksheet:
    if penalty.per is PenaltyPer.EVENT:
        return event_sheet(contract, terms, penalty, occurred_on=occurred_on)
    if not milestone:
        raise Invalid(fields={"milestone": ["逾期付款须指明付款节点"]})
    if until is not None and until > clock.today():
        raise Invalid(fields={"until": ["不能晚于今天：尚未逾期的日子不计"]})
    sheet = late_fee(actor, contract.id, milestone, until=until)
    if sheet is None or sheet.penalty != penalty.key:
        raise WrongStep("合同没有对应的逾期约定。")
    if not sheet.late:
        raise WrongStep("该期款项没有逾期，不能立案。")
    return sheet


def _refuse_second(claim: Claim) -> None:
    """Say which claim is in the way, where there is one; the unique key decides where two are written at once."""
    other = session().scalar(sa.select(Claim).where(Claim.live_key == claim.live_key))
    if other is not None:
        raise Excluded(f"同一事件已按“{other.title}”立案（{other.number}），不能重复计取。", number=other.number)
