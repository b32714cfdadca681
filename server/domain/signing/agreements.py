"""The agreement to sign electronically: recorded once per contract by the bureau, from the paper that both signed."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server.core import clock
from server.core.db import session
from server.core.errors import Invalid
from server.domain import contracts, identity
from server.domain.identity import Actor, Permission
from server.domain.signing.access import said
from server.domain.signing.models import NAME, NOTE, Agreement
from server.domain.signing.papers import ROOM
from server.domain.signing.refusals import AgreementStands, NoAgreement, ScanNotFound
from server.gateways import papers
from server.gateways.papers import Paper

KEEP = Permission.CONTRACT_MANAGE


def agree(
    actor: Actor,
    contract_id: uuid.UUID,
    *,
    agreed_on: date,
    vendor_signer: str,
    bureau_signer: str,
    paper: Paper,
    note: str = "",
) -> Agreement:
    """Record the parties' agreement with its paper. Needs contract.manage; AgreementStands while one holds."""
    contract = contracts.find(actor, contract_id)
    actor.need(KEEP, contract.id)
    if agreed_on > clock.today():
        raise Invalid(fields={"agreed_on": ["不能晚于今天。"]})
    agreement = Agreement(
        contract_id=contract.id,
        slot=contract.id,
        agreed_on=agreed_on,
        vendor_signer=said(vendor_signer, field="vendor_signer", longest=NAME),
        bureau_signer=said(bureau_signer, field="bureau_signer", longest=NAME),
        note=said(note, field="note", longest=NOTE) if note.strip() else "",
        file_name=paper.name,
        mime=paper.mime,
        size=paper.size,
        sha256=paper.sha256,
        stored_key=paper.key,
        recorded_by_id=actor.id,
        recorded_by_name=actor.name[:NAME],
        recorded_at=clock.now(),
    )
    try:
        with session().begin_nested():
            session().add(agreement)
    except IntegrityError as clash:
        raise AgreementStands from clash
    identity.record(
        actor,
        "signing_agreement.recorded",
        subject=("contract", contract.id),
        summary=f"登记合同 {contract.number} 的电子签名约定（{agreed_on:%Y-%m-%d}）",
        changes={"sha256": [None, paper.sha256]},
    )
    return agreement


def end_agreement(actor: Actor, contract_id: uuid.UUID, *, reason: str) -> Agreement:
    """The agreement holds no longer: what was signed under it stays signed. Needs contract.manage."""
    contract = contracts.find(actor, contract_id)
    actor.need(KEEP, contract.id)
    agreement = agreement_of(contract.id, held=True)
    if agreement is None:
        raise NoAgreement
    agreement.slot, agreement.ended_at = None, clock.now()
    agreement.ended_by_name, agreement.end_reason = actor.name[:NAME], said(reason)
    identity.record(
        actor,
        "signing_agreement.ended",
        subject=("contract", contract.id),
        summary=f"终止合同 {contract.number} 的电子签名约定：{agreement.end_reason}",
    )
    return agreement


def agreement_of(contract_id: uuid.UUID, *, held: bool = False) -> Agreement | None:
    """The agreement that holds for a contract that the caller found visible."""
    query = sa.select(Agreement).where(Agreement.slot == contract_id)
    return session().scalars(query.with_for_update() if held else query).one_or_none()


def agreements_of(actor: Actor, contract_id: uuid.UUID) -> list[Agreement]:
    """Every agreement of a contract, newest first; NotFound for a foreign contract."""
    contract = contracts.find(actor, contract_id)
    query = sa.select(Agreement).where(Agreement.contract_id == contract.id)
    return list(session().scalars(query.order_by(Agreement.recorded_at.desc())))


def read_agreement(actor: Actor, agreement_id: uuid.UUID) -> tuple[Agreement, Iterator[bytes]]:
    """The paper of an agreement whose contract the actor may see."""
    found = session().get(Agreement, agreement_id)
    if found is None:
        raise ScanNotFound
    contracts.find(actor, found.contract_id)
    return found, papers.stream(ROOM, found.stored_key)
