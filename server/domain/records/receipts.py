"""Proof that the bureau had a notice. Its moment starts the acceptance clock; without it there is none (A36, A37)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Invalid
from server.domain.identity import Actor, Permission
from server.domain.records import access, clocks, files, log, states
from server.domain.records.log import Line
from server.domain.records.models import NAME, Completion, Receipt
from server.domain.records.vocabulary import Basis, EventKind, ReceiptKind, ReceiptState
from server.domain.records.words import moment, said, to_the_minute
from server.gateways.papers import Paper

EVIDENCE = 500


class ReceiptJudged(Conflict):
    """The evidence was confirmed or disputed before."""

    code = "receipt_judged"
    message = "这份签收证据已有结论。"


def receive(
    actor: Actor,
    completion_id: uuid.UUID,
    *,
    received_at: datetime | None = None,
    by: str = "",
    kind: ReceiptKind = ReceiptKind.CONSOLE,
    evidence: str = "",
    uploads: Sequence[Paper] = (),
) -> Completion:
    """The bureau has the notice: the clock starts. Needs acceptance.decide.

    By the console's button it is received now, by the actor, and the log is the evidence. Receipt on paper, by e-mail,
    浙政钉 or post may be entered afterwards, with a reference or a scan, and never before the notice was sent.
    """
    completion = access.find_for_update(actor, Completion, Permission.ACCEPTANCE_VIEW, completion_id)
    access.need(actor, Permission.ACCEPTANCE_DECIDE, completion.contract_id)
    receipt = _receipt(actor, completion, kind, received_at, by, evidence, uploads)
    receipt.state, receipt.judged_by_name, receipt.judged_at = ReceiptState.CONFIRMED, actor.name[:NAME], clock.now()
    session().add(receipt)
    _start(actor, completion, receipt, uploads)
    return completion


def claim_receipt(
    actor: Actor,
    completion_id: uuid.UUID,
    *,
    received_at: datetime,
    by: str,
    kind: ReceiptKind,
    evidence: str = "",
    uploads: Sequence[Paper] = (),
) -> Receipt:
    """The vendor hands in evidence that the bureau had the notice; the clock starts once the bureau confirms it.

    Needs acceptance.notify on the contract.
    """
    completion = access.find_for_update(actor, Completion, Permission.ACCEPTANCE_VIEW, completion_id)
    access.need(actor, Permission.ACCEPTANCE_NOTIFY, completion.contract_id)
    if kind is ReceiptKind.CONSOLE:
        raise Invalid(fields={"kind": ["系统内签收由局方办理，请选择其他签收方式。"]})
    receipt = _receipt(actor, completion, kind, received_at, by, evidence, uploads)
    session().add(receipt)
    line = Line(
        kind=EventKind.RECEIPT_CLAIMED,
        summary=f"提交签收证据：{kind.label}，{_spoken(receipt.received_at)}",
        text=receipt.evidence,
        data=_told(receipt),
    )
    event = log.write(actor, completion, line)
    files.attach(actor, completion, event, uploads)
    return receipt


def confirm_receipt(actor: Actor, receipt_id: uuid.UUID) -> Completion:
    """The bureau agrees that it had the notice at the moment that the evidence shows. Needs acceptance.decide.

    The clock runs from that moment: it may be over by now, and then silence has accepted already.
    """
    completion, receipt = _held(actor, receipt_id)
    receipt.state, receipt.judged_by_name, receipt.judged_at = ReceiptState.CONFIRMED, actor.name[:NAME], clock.now()
    _start(actor, completion, receipt, ())
    return completion


def dispute_receipt(actor: Actor, receipt_id: uuid.UUID, *, reason: str) -> Receipt:
    """The bureau does not agree, and says why. Needs acceptance.decide. The notice still waits for a receipt."""
    completion, receipt = _held(actor, receipt_id)
    receipt.reason = said(reason, field="reason", longest=EVIDENCE)
    receipt.state, receipt.judged_by_name, receipt.judged_at = ReceiptState.DISPUTED, actor.name[:NAME], clock.now()
    line = Line(
        kind=EventKind.RECEIPT_DISPUTED,
        summary=f"对 {_spoken(receipt.received_at)} 的签收有异议",
        text=receipt.reason,
        data=_told(receipt),
    )
    log.write(actor, completion, line)
    return receipt


def receipts_of(completion: Completion) -> list[Receipt]:
    """The evidence of a notice that the caller found visible, oldest first."""
    query = sa.select(Receipt).where(Receipt.completion_id == completion.id)
    return list(session().scalars(query.order_by(Receipt.submitted_at, Receipt.id)))


def _receipt(
    actor: Actor,
    completion: Completion,
    kind: ReceiptKind,
    received_at: datetime | None,
    by: str,
    evidence: str,
    uploads: Sequence[Paper],
) -> Receipt:
    states.after(completion.state, EventKind.RECEIVED)
    if kind is ReceiptKind.CONSOLE and received_at is not None:
        raise Invalid(fields={"received_at": ["系统内签收即为现在，不能另填时间。"]})
    words = said(evidence, field="evidence", longest=EVIDENCE, needed=kind is not ReceiptKind.CONSOLE and not uploads)
    return Receipt(
        completion_id=completion.id,
        contract_id=completion.contract_id,
        kind=kind,
        state=ReceiptState.CLAIMED,
        received_at=moment(
            received_at, field="received_at", earliest=to_the_minute(completion.sent_at), what="通知发出时间"
        ),
        received_by=said(by, field="by", longest=NAME, needed=kind is not ReceiptKind.CONSOLE) or actor.name[:NAME],
        evidence=words,
        submitted_by_id=actor.id,
        submitted_by_name=actor.name[:NAME],
        by_vendor=actor.is_vendor,
        submitted_at=clock.now(),
    )


def _held(actor: Actor, receipt_id: uuid.UUID) -> tuple[Completion, Receipt]:
    """The evidence with its notice, held; judged once only."""
    found = session().get(Receipt, receipt_id)
    if found is None:
        raise access.RecordNotFound
    completion = access.find_for_update(actor, Completion, Permission.ACCEPTANCE_VIEW, found.completion_id)
    access.need(actor, Permission.ACCEPTANCE_DECIDE, completion.contract_id)
    # read again under the notice's lock: somebody else may have judged it meanwhile
    session().refresh(found)
    if found.state is not ReceiptState.CLAIMED:
        raise ReceiptJudged
    states.after(completion.state, EventKind.RECEIVED)
    return completion, found


def _start(actor: Actor, completion: Completion, receipt: Receipt, uploads: Sequence[Paper]) -> None:
    """Receipt is proven: note it, and derive the clock."""
    completion.received_at = receipt.received_at
    completion.received_on = clock.local_day(receipt.received_at)
    reading = clocks.settle(completion)
    until = (
        f"，验收期限至 {reading.due_on} 24:00" if reading.basis is Basis.AGREED else f"，验收期限{reading.basis.label}"
    )
    line = Line(
        kind=EventKind.RECEIVED,
        summary=f"签收（{receipt.kind.label}，{receipt.received_by}）{until}",
        text=receipt.evidence,
        at=receipt.received_at,
        data=_told(receipt) | {"basis": reading.basis.value, "due_on": str(reading.due_on or "")},
        changes={"due_on": [None, str(reading.due_on) if reading.due_on else None]},
    )
    event = log.write(actor, completion, line)
    files.attach(actor, completion, event, uploads)


def _told(receipt: Receipt) -> dict[str, str]:
    return {
        "kind": receipt.kind.value,
        "received_at": clock.to_local(receipt.received_at).isoformat(timespec="seconds"),
        "received_by": receipt.received_by,
    }


def _spoken(moment_: datetime) -> str:
    return clock.to_local(moment_).strftime("%Y-%m-%d %H:%M")
