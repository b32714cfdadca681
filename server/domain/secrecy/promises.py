"""Promises to keep secrets (A39, B31): one for each person with access, one of the vendor itself, and who has none.

A promise is signed on paper, which the bureau enters, or as a document that is signed in the documents room. Somebody's
departure ends theirs and asks for what they hold; the duty itself goes on.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Invalid
from server.core.ids import new_id
from server.domain import contracts, documents, identity, staffing
from server.domain.documents import DocumentState
from server.domain.identity import Actor, Permission
from server.domain.secrecy import access, forms, log, register, wording
from server.domain.secrecy.access import said
from server.domain.secrecy.models import TITLE, Promise, SecrecyItem
from server.domain.secrecy.vocabulary import EventKind, ItemState, PromiseKind, PromiseState, SignedHow
from server.domain.staffing import Maintainer

DAYS_TO_GIVE_BACK = 3
DOCUMENT_OF = {PromiseKind.PERSON: forms.PERSON, PromiseKind.VENDOR: forms.VENDOR}


class PromisedAlready(Conflict):
    """There is a standing promise of that kind."""

    code = "promise_standing"
    message = "该人员或单位在本合同下已有承诺书，请先终止原承诺书。"


class PromiseNotOpen(Conflict):
    """The promise's state does not allow this step."""

    code = "promise_state"
    message = "承诺书当前状态不允许此操作。"


@dataclass(frozen=True, slots=True)
class Missing:
    """Somebody who has access to a contract's data and no promise in force: a designated person, an account, or the vendor.

    ``draft_id``: a promise that only waits for its signature.
    """

    contract_id: uuid.UUID
    kind: PromiseKind
    name: str
    role: str
    officer_id: uuid.UUID | None = None
    maintainer_id: uuid.UUID | None = None
    draft_id: uuid.UUID | None = None


def prepare(
    actor: Actor,
    *,
    contract_id: uuid.UUID,
    kind: PromiseKind,
    name: str,
    role: str = "",
    officer_id: uuid.UUID | None = None,
    maintainer_id: uuid.UUID | None = None,
    valid_until: date | None = None,
) -> Promise:
    """Draw a promise up in the words in force. Needs record.log on the contract; PromisedAlready."""
    access.begin(actor, Permission.RECORD_LOG, contract_id)
    if maintainer_id is not None:
        person = staffing.find(actor, maintainer_id)
        if person.contract_id != contract_id:
            raise Invalid(fields={"maintainer_id": ["该人员不属于所选合同。"]})
        officer_id = officer_id or person.officer_id
    version, words = wording.current(kind)
    called = said(name, field="name", longest=64)
    now = clock.now()
    made = Promise(
        id=new_id(),
        contract_id=contract_id,
        kind=kind,
        slot=f"{contract_id}:{kind.value}:{_key(called) if kind is PromiseKind.PERSON else ''}",
        name=called,
        role=said(role, field="role", longest=80, needed=False),
        officer_id=officer_id,
        maintainer_id=maintainer_id,
        text_version=version,
        words=words,
        state=PromiseState.DRAFT,
        valid_until=valid_until,
        created_at=now,
        updated_at=now,
        seq=0,
    )
    made.number = access.numbered(access.PROMISE_SERIES)
    try:
        with session().begin_nested():
            session().add(made)
    except IntegrityError as clash:
        raise PromisedAlready from clash
    log.write(actor, made, EventKind.ENTERED, f"拟订{kind.label}：{called}，文本 {version}")
    return made


def sign_on_paper(actor: Actor, promise_id: uuid.UUID, *, signed_on: date, note: str = "") -> Promise:
    """The signed paper is in the bureau's hands. Needs record.log as the bureau holds it: nobody attests their own."""
    promise = access.hold(actor, Promise, promise_id, Permission.RECORD_LOG)
    access.need_bureau(actor, Permission.RECORD_LOG)
    if signed_on > clock.today():
        raise Invalid(fields={"signed_on": ["不能晚于今天。"]})
    told = said(note, field="note", longest=TITLE, needed=False)
    _signed(actor, promise, signed_on, SignedHow.PAPER, told)
    return promise


def take_signed(actor: Actor) -> int:
    """Have the drafts whose documents are signed by now in force. The scheduler's verb, again at any time; how many."""
    taken = 0
    for kind, code in DOCUMENT_OF.items():
        query = sa.select(Promise.id).where(Promise.state == PromiseState.DRAFT, Promise.kind == kind)
        waiting = list(session().scalars(query))
        states = documents.states_of(code, waiting) if waiting else {}
        for promise_id, state in states.items():
            if state is DocumentState.SIGNED:
                promise = access.hold(actor, Promise, promise_id, Permission.RECORD_LOG)
                if promise.state is PromiseState.DRAFT:
                    _signed(actor, promise, clock.today(), SignedHow.IN_APP, "文书已签署")
                    taken += 1
    return taken


def anything_signed() -> bool:
    """Whether a draft's document is signed: a cheap read for the job."""
    for kind, code in DOCUMENT_OF.items():
        query = sa.select(Promise.id).where(Promise.state == PromiseState.DRAFT, Promise.kind == kind)
        waiting = list(session().scalars(query.limit(500)))
        if waiting and DocumentState.SIGNED in documents.states_of(code, waiting).values():
            return True
    return False


def end(actor: Actor, promise_id: uuid.UUID, *, on: date, reason: str) -> Promise:
    """A promise stands no longer. Needs secrecy.manage. Keeping secrets goes on."""
    promise = access.hold(actor, Promise, promise_id, Permission.SECRECY_MANAGE)
    _ended(actor, promise, on, said(reason, field="reason", longest=TITLE))
    return promise


def missing(actor: Actor, contract_id: uuid.UUID) -> list[Missing]:
    """Who has access to a contract's data today and no promise in force; the vendor itself first. Needs secrecy.view."""
    access.begin(actor, Permission.SECRECY_VIEW, contract_id)
    today = clock.today()
    query = sa.select(Promise).where(Promise.contract_id == contract_id, Promise.state != PromiseState.ENDED)
    standing = list(session().scalars(query))
    by_name = {(row.kind, _key(row.name)): row for row in standing}
    by_officer = {row.officer_id: row for row in standing if row.officer_id is not None}
    found: list[Missing] = []

    def look(kind: PromiseKind, name: str, role: str, row: Promise | None, **ids: uuid.UUID | None) -> None:
        if row is None or not in_force(row, today):
            found.append(Missing(contract_id, kind, name, role, draft_id=row.id if row else None, **ids))

    contract = contracts.find(actor, contract_id)
    own = next((row for row in standing if row.kind is PromiseKind.VENDOR), None)
    look(PromiseKind.VENDOR, contract.vendor_name, "乙方", own)
    seen: set[uuid.UUID] = set()
    for person in staffing.staff_on(contract_id, today):
        row = by_name.get((PromiseKind.PERSON, _key(person.name)))
        if person.officer_id is not None:
            row = by_officer.get(person.officer_id, row)
        if person.officer_id is not None:
            if person.officer_id in seen:
                continue
            seen.add(person.officer_id)
        look(PromiseKind.PERSON, person.name, person.role, row, officer_id=person.officer_id, maintainer_id=person.id)
    for officer_id, name in _accounts(contract_id):
        if officer_id not in seen:
            row = by_officer.get(officer_id) or by_name.get((PromiseKind.PERSON, _key(name)))
            look(PromiseKind.PERSON, name, "系统账号", row, officer_id=officer_id)
    return found


def in_force(promise: Promise, day: date) -> bool:
    """Whether a promise holds on a day."""
    return promise.state is PromiseState.SIGNED and (promise.valid_until is None or promise.valid_until >= day)


def follow_departure(actor: Actor, maintainer: Maintainer, gone_at: datetime) -> None:
    """Somebody leaves: their promise ends with their last day, and what they hold is wanted back."""
    on = clock.local_day(gone_at - timedelta(microseconds=1))
    reason = "离岗；保密义务继续有效"
    query = sa.select(Promise).where(
        Promise.contract_id == maintainer.contract_id,
        Promise.kind == PromiseKind.PERSON,
        Promise.state != PromiseState.ENDED,
        sa.or_(Promise.maintainer_id == maintainer.id, Promise.name == maintainer.name),
    )
    for promise in session().scalars(query.with_for_update()).all():
        _ended(actor, promise, on, reason)
    held = sa.select(SecrecyItem).where(
        SecrecyItem.contract_id == maintainer.contract_id,
        SecrecyItem.state == ItemState.HELD,
        sa.or_(SecrecyItem.maintainer_id == maintainer.id, SecrecyItem.holder == maintainer.name),
    )
    due = on + timedelta(days=DAYS_TO_GIVE_BACK)
    for item in session().scalars(held.with_for_update()).all():
        if item.due_back_on is None or item.due_back_on > due:
            register.want_back(actor, item, max(due, item.handed_on), f"持有人 {maintainer.name} 离岗")


def _signed(actor: Actor, promise: Promise, on: date, how: SignedHow, note: str) -> None:
    if promise.state is not PromiseState.DRAFT:
        raise PromiseNotOpen(f"承诺书{promise.state.label}，不能登记签署。", state=promise.state.value)
    if promise.valid_until is not None and promise.valid_until < on:
        raise Invalid(fields={"signed_on": ["签署日期晚于承诺书的有效期。"]})
    promise.state, promise.signed_on, promise.signed_how = PromiseState.SIGNED, on, how
    changes = {"state": [PromiseState.DRAFT.value, PromiseState.SIGNED.value]}
    log.write(actor, promise, EventKind.SIGNED, f"{on} {how.label}", text=note, changes=changes)


def _ended(actor: Actor, promise: Promise, on: date, reason: str) -> None:
    if promise.state is PromiseState.ENDED:
        raise PromiseNotOpen("承诺书已终止。", state=promise.state.value)
    before, promise.state = promise.state, PromiseState.ENDED
    promise.ended_on, promise.end_reason, promise.slot = on, reason, None
    changes = {"state": [before.value, promise.state.value]}
    log.write(actor, promise, EventKind.ENDED, f"自 {on} 起终止", text=reason, changes=changes)


def _accounts(contract_id: uuid.UUID) -> list[tuple[uuid.UUID, str]]:
    """The vendor's accounts on a contract."""
    able = identity.officers_for(contract_id, Permission.SECRECY_VIEW)
    roles = identity.roles_of([officer.id for officer in able])
    return [
        (officer.id, officer.name)
        for officer in able
        if any(held == contract_id for _, held in roles.get(officer.id, []))
    ]


def _key(name: str) -> str:
    return "".join(name.split())[:60]
