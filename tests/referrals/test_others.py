"""Requirements, data applications and liaison (domain.md B18, B19, B20)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from server.core import clock
from server.core.errors import Invalid
from server.domain import referrals
from server.domain.referrals import (
    ApplicationState,
    BureauOnly,
    CorrectedBefore,
    CredentialRefused,
    DatabaseCard,
    DatabaseMoved,
    DatabaseTaken,
    ExternalState,
    NotAtProvince,
    Requirement,
    RequirementOutcome,
    RequirementState,
    WrongApplicationState,
    WrongRequirementState,
)
from tests.factories import citizens, contracts
from tests.factories import identity as people
from tests.factories import referrals as made


def test_b18_a_requirement_goes_to_the_bureau_and_on(session: Any) -> None:
    contract = contracts.contract_b()
    vendor, bureau = people.actor("wu", contract_id=contract.id), people.actor("lin")
    requirement = made.requirement(contract, vendor)
    assert requirement.number == f"XQ-{contract.number}-{clock.today().year}-001"
    for step in (
        lambda: referrals.forward_requirement(vendor, requirement.id, to="省局"),
        lambda: referrals.keep_requirement(vendor, requirement.id, reason="我们做"),
        lambda: referrals.settle_requirement(
            vendor, requirement.id, outcome=RequirementOutcome.DONE_BY_VENDOR, result="做好了"
        ),
    ):
        with pytest.raises(BureauOnly):
            step()
    with pytest.raises(NotAtProvince):
        referrals.note_external(vendor, Requirement, requirement.id, state=ExternalState.SCHEDULED)
    referrals.forward_requirement(bureau, requirement.id, to="省局", external_number="SJ-1")
    assert (requirement.state, requirement.external_state) == (RequirementState.FORWARDED, ExternalState.RECEIVED)
    with pytest.raises(BureauOnly):
        referrals.note_external(vendor, Requirement, requirement.id, state=ExternalState.FIXED)
    referrals.note_external(vendor, Requirement, requirement.id, state=ExternalState.REPORTED_FIXED)
    with pytest.raises(WrongRequirementState):
        referrals.void_requirement(vendor, requirement.id, reason="x")
    with pytest.raises(Invalid):
        referrals.settle_requirement(
            bureau, requirement.id, outcome=RequirementOutcome.DONE_BY_VENDOR, result="不是运维做的"
        )
    referrals.settle_requirement(bureau, requirement.id, outcome=RequirementOutcome.DONE_BY_PROVINCE, result="已上线")
    assert (requirement.state, requirement.external_state) == (RequirementState.SETTLED, ExternalState.FIXED)


def test_b18_kept_or_declined_by_the_bureau(session: Any) -> None:
    contract = contracts.contract_b()
    bureau = people.actor("lin")
    kept, declined = made.requirement(contract), made.requirement(contract)
    referrals.keep_requirement(bureau, kept.id, reason="本地可做")
    referrals.settle_requirement(bureau, kept.id, outcome=RequirementOutcome.DONE_BY_VENDOR, result="已上线")
    referrals.settle_requirement(bureau, declined.id, outcome=RequirementOutcome.DECLINED, result="不符合规定")
    assert {kept.outcome, declined.outcome} == {RequirementOutcome.DONE_BY_VENDOR, RequirementOutcome.DECLINED}


def test_b18_from_a_sheet(session: Any) -> None:
    a, b = contracts.contract_a(), contracts.contract_b()
    sheet = made.sheet(a)
    assert made.requirement(a, sheet_id=sheet.id).sheet_id == sheet.id
    with pytest.raises(Invalid):
        made.requirement(b, sheet_id=sheet.id)


def test_b19_an_application_is_submitted_approved_and_delivered(session: Any) -> None:
    contract = contracts.contract_b()
    vendor, bureau = people.actor("zheng", contract_id=contract.id), people.actor("lin")
    application = made.application(contract, vendor)
    with pytest.raises(WrongApplicationState):
        referrals.deliver_application(vendor, application.id, delivery="…")
    today = clock.today()
    referrals.submit_application(vendor, application.id, to="市数据局", submitted_on=today - timedelta(days=9))
    with pytest.raises(BureauOnly):
        referrals.approve_application(vendor, application.id, approved_by="市数据局")
    with pytest.raises(BureauOnly):
        referrals.withdraw_application(vendor, application.id, reason="不要了")
    with pytest.raises(Invalid):
        referrals.approve_application(
            bureau, application.id, approved_by="市数据局", approved_on=today - timedelta(days=10)
        )
    referrals.approve_application(
        bureau, application.id, approved_by="市数据局", approved_on=today - timedelta(days=2), expected_on=today
    )
    referrals.deliver_application(vendor, application.id, delivery="推送到市前置库")
    assert (application.state, application.delivered_on) == (ApplicationState.DELIVERED, today)
    other = made.application(contract, vendor)
    referrals.submit_application(vendor, other.id, to="市数据局")
    referrals.refuse_application(bureau, other.id, reason="目录未开放")
    assert other.state is ApplicationState.REFUSED


def test_b20_the_log_is_corrected_and_never_changed(session: Any) -> None:
    contract = contracts.contract_b()
    vendor = people.actor("zheng", contract_id=contract.id)
    wrong = made.liaison(contract, vendor, follow_up="明天再问")
    right = made.liaison(contract, vendor, corrects_id=wrong.id)
    assert referrals.correction_of(vendor, wrong) is right
    with pytest.raises(CorrectedBefore):
        made.liaison(contract, vendor, corrects_id=wrong.id)
    referrals.follow_liaison(vendor, wrong.id)
    assert wrong.followed_at
    with pytest.raises(CredentialRefused):
        made.liaison(contract, vendor, text="密码：Abc12345")


def test_b20_particulars_of_a_front_database(session: Any) -> None:
    contract = contracts.contract_b()
    vendor = people.actor("zheng", contract_id=contract.id)
    card = DatabaseCard(name="市级前置库", account="sjjh", keeper="市数据局运维处")
    database = referrals.note_database(vendor, card, contract_id=contract.id)
    with pytest.raises(DatabaseTaken):
        referrals.note_database(vendor, card, contract_id=contract.id)
    with pytest.raises(CredentialRefused):
        referrals.note_database(vendor, DatabaseCard(name="二", note="sa/密码：Qwe12345"), contract_id=contract.id)
    referrals.amend_database(vendor, database.id, DatabaseCard(name="市级前置库", product="达梦 8"), version=1)
    with pytest.raises(DatabaseMoved):
        referrals.amend_database(vendor, database.id, card, version=1)
    [entry] = [each.changes for each in citizens.entries("front_database.changed")]
    assert entry["product"] == ["", "达梦 8"]
