"""The register of subcontracts: no work goes to a third party without the bureau's consent in writing (A33)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Invalid
from server.core.ids import new_id
from server.core.serials import next_number
from server.domain.identity import Actor, Permission
from server.domain.staffing import access
from server.domain.staffing.history import File, keep_files, note, wrote
from server.domain.staffing.models import NAME, Subcontract
from server.domain.staffing.vocabulary import EventKind, SubcontractState

SERIES = "FBTY"


class SubcontractDecided(Conflict):
    """The request was decided, or the consent has ended."""

    code = "staff_subcontract_decided"
    message = "该分包申请已有结论，不能再次办理。"


def request_subcontract(
    actor: Actor,
    *,
    contract_id: uuid.UUID,
    party: str,
    scope: str,
    reason: str,
    starts_on: date,
    ends_on: date,
    touches_data: bool = False,
    files: Sequence[File] = (),
) -> Subcontract:
    """The vendor asks to hand work to a third party. ``touches_data``: it would see personal data (PIPL 21)."""
    contract = access.contract_of(actor, contract_id, Permission.STAFF_MANAGE)
    if ends_on < starts_on or not contract.starts_on <= starts_on or ends_on > contract.ends_on:
        raise Invalid(fields={"ends_on": [f"起止日期应在合同期内（{contract.starts_on} 至 {contract.ends_on}）"]})
    year = clock.today().year
    row = Subcontract(
        id=new_id(),
        number=f"{SERIES}-{year}-{next_number(SERIES, year):04d}",
        contract_id=contract.id,
        party=wrote("party", party, longest=120),
        scope=wrote("scope", scope),
        reason=wrote("reason", reason),
        touches_data=touches_data,
        starts_on=starts_on,
        ends_on=ends_on,
        created_at=clock.now(),
        created_by_name=actor.name[:NAME],
    )
    session().add(row)
    session().flush()
    keep_files(actor, row, files)
    note(
        actor,
        row,
        EventKind.REQUESTED,
        f"{row.party}：{row.scope}",
        summary=f"{row.number} 申请由 {row.party} 分包",
        changes={"term": [None, f"{starts_on} 至 {ends_on}"]},
    )
    return row


def consent_subcontract(
    actor: Actor,
    subcontract_id: uuid.UUID,
    *,
    agreed: bool,
    remark: str = "",
    consented_on: date | None = None,
    files: Sequence[File] = (),
) -> Subcontract:
    """The bureau's answer. Consent is in writing: its document is attached, its date stated. Needs staff.decide."""
    row = access.hold(actor, Subcontract, subcontract_id, Permission.STAFF_DECIDE)
    if row.state is not SubcontractState.REQUESTED:
        raise SubcontractDecided
    day = consented_on or clock.today()
    if agreed and not files:
        raise Invalid(fields={"upload": ["同意须采用书面形式，请上传书面同意"]})
    if day > clock.today():
        raise Invalid(fields={"consented_on": ["不能晚于今天"]})
    row.remark = wrote("remark", remark, longest=500, needed=not agreed)
    row.state = SubcontractState.CONSENTED if agreed else SubcontractState.REFUSED
    row.consented_on = day if agreed else None
    row.decided_at, row.decided_by_name = clock.now(), actor.name[:NAME]
    keep_files(actor, row, files)
    note(
        actor,
        row,
        EventKind.DECIDED,
        f"{row.state.label}{'：' if row.remark else ''}{row.remark}",
        summary=f"{row.number} {row.state.label}由 {row.party} 分包",
        changes={"state": [SubcontractState.REQUESTED.value, row.state.value]},
    )
    return row


def end_subcontract(actor: Actor, subcontract_id: uuid.UUID, *, on: date, reason: str) -> Subcontract:
    """A consented subcontract ends on a day; either side may say so."""
    row = access.hold(actor, Subcontract, subcontract_id, Permission.STAFF_MANAGE, Permission.STAFF_DECIDE)
    if row.state is not SubcontractState.CONSENTED:
        raise SubcontractDecided
    if not row.starts_on <= on <= row.ends_on:
        raise Invalid(fields={"on": [f"应在 {row.starts_on} 至 {row.ends_on} 之间"]})
    finish(actor, row, on=on, reason=wrote("reason", reason, longest=500))
    return row


def finish(actor: Actor, row: Subcontract, *, on: date, reason: str) -> None:
    """End a subcontract. The caller holds the row and has checked who may."""
    before = row.ends_on
    row.state, row.ends_on = SubcontractState.ENDED, on
    note(
        actor,
        row,
        EventKind.ENDED,
        reason,
        summary=f"{row.number} 与 {row.party} 的分包终止：{reason}",
        changes={"ends_on": [before.isoformat(), on.isoformat()]},
    )


def subcontracts_matching(
    actor: Actor, *, contract_id: uuid.UUID | None = None, state: SubcontractState | None = None
) -> sa.Select[tuple[Subcontract]]:
    """The requests that the actor may see, newest first."""
    query = sa.select(Subcontract).where(*access.visible(actor, Subcontract))
    if contract_id is not None:
        query = query.where(Subcontract.contract_id == contract_id)
    if state is not None:
        query = query.where(Subcontract.state == state)
    return query.order_by(Subcontract.created_at.desc(), Subcontract.id.desc())


def find_subcontract(actor: Actor, subcontract_id: uuid.UUID) -> Subcontract:
    """One request; StaffNotFound if not this actor's to see."""
    return access.find(actor, Subcontract, subcontract_id)
