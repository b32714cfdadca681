"""Access ends with the role (A39), what was held is returned or destroyed (PIPL 21), third parties need consent (A33)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from server.core import clock
from server.core.clock import LOCAL
from server.core.errors import Forbidden, Invalid, NotFound
from server.domain import contracts, identity, staffing
from server.domain.identity import SCHEDULER, Permission, Role
from server.domain.identity.roles import replace_roles
from server.domain.identity.tokens import BadToken
from server.domain.staffing import CheckItem, Disposition, DocumentKind, File, SubcontractState
from tests.factories import identity as people
from tests.factories.contracts import contract_b

CONSENT = File("同意.pdf", b"%PDF-1.7 consent", DocumentKind.CONSENT)


def at(day, hour=9):
    return clock.replaying(datetime(day.year, day.month, day.day, hour, tzinfo=LOCAL))


def test_a39_only_the_roles_of_that_contract_go_and_tokens_have_nothing_left(contract, zhou, assign):
    other = contract_b()
    zheng = people.officer("zheng", roles=[], of=people.organisation(identity.OrganisationKind.VENDOR))
    replace_roles(zheng, [(Role.VENDOR_MAINTAINER, contract.id), (Role.VENDOR_MANAGER, other.id)])
    made = assign(officer_id=zheng.id)
    secret = people.open_session(zheng)
    leaving = staffing.off_board(zhou, made.id, on=clock.today(), reason="离职")
    assert identity.roles_of([zheng.id]) == {zheng.id: [(Role.VENDOR_MANAGER, other.id)]}
    assert identity.officer_by_session(secret) is None
    assert leaving.access_ended_at is not None
    left = people.actor("zheng")
    assert left.contracts_for(Permission.STAFF_VIEW) == {other.id}
    with pytest.raises(NotFound):
        staffing.find(left, made.id)
    with pytest.raises(staffing.LeavingAlready):
        staffing.off_board(zhou, made.id, on=clock.today())


def test_a39_sessions_tokens_and_the_way_in_end_with_the_last_role(contract, zhou, assign):
    zheng = people.officer("zheng", contract_id=contract.id)
    admin = people.actor("chen", roles=[Role.SYSTEM_ADMINISTRATOR])
    issued = identity.issue_token(
        admin,
        officer_id=zheng.id,
        name="流水线",
        scopes=[Permission.TICKET_VIEW],
        contract_id=contract.id,
        days=30,
        networks=[],
    )
    secrets = [people.open_session(zheng) for _ in range(2)]
    assert identity.actor_by_token(issued.secret, address="192.0.2.1").may(Permission.TICKET_VIEW, contract.id)
    staffing.off_board(zhou, assign(officer_id=zheng.id).id, on=clock.today(), reason="离职")
    assert [identity.officer_by_session(each) for each in secrets] == [None, None]
    with pytest.raises(BadToken):
        identity.actor_by_token(issued.secret, address="192.0.2.1")
    with pytest.raises(identity.BadCredentials):
        identity.sign_in("zheng", people.PASSWORD, address="192.0.2.1")
    replace_roles(zheng, [(Role.VENDOR_MAINTAINER, contract_b().id)])
    assert identity.sign_in("zheng", people.PASSWORD, address="192.0.2.1").officer_id == zheng.id
    with pytest.raises(BadToken):
        identity.actor_by_token(issued.secret, address="192.0.2.1")


def test_a39_a_namesake_s_account_is_asked_about_and_ends_when_it_is_named(contract, wu, zhou, assign):
    zheng = people.officer("zheng", contract_id=contract.id)
    made = assign()
    leaving = staffing.off_board(zhou, made.id, on=clock.today(), reason="离职")
    assert "同名账号" in leaving.access_note
    assert accounts_of(leaving) is Disposition.OPEN
    assert identity.roles_of([zheng.id])
    staffing.link_account(wu, made.id, officer_id=zheng.id)
    assert identity.roles_of([zheng.id]) == {}
    assert accounts_of(leaving) is Disposition.DONE
    assert "收回 1 个角色" in leaving.access_note
    assert staffing.keep_days(SCHEDULER, day=clock.today() + timedelta(days=2)) == staffing.Done(0, 0)


def test_a39_a_namesake_who_is_somebody_else_stays_and_that_is_said(contract, zhou, assign):
    zheng = people.officer("zheng", contract_id=contract.id)
    leaving = staffing.off_board(zhou, assign().id, on=clock.today(), reason="离职")
    with pytest.raises(Invalid):
        staffing.settle(zhou, leaving.id, item=CheckItem.ACCOUNTS, disposition=Disposition.NONE)
    told = {"disposition": Disposition.NONE, "note_text": "同名的是另一人"}
    staffing.settle(zhou, leaving.id, item=CheckItem.ACCOUNTS, **told)
    assert accounts_of(leaving) is Disposition.NONE
    assert identity.roles_of([zheng.id])


def test_a_linked_namesake_is_no_question(contract, zhou, assign):
    zheng = people.officer("zheng", contract_id=contract.id)
    assign(officer_id=zheng.id)
    leaving = staffing.off_board(zhou, assign(role="值班员").id, on=clock.today(), reason="离职")
    assert accounts_of(leaving) is Disposition.DONE
    assert identity.roles_of([zheng.id])


def accounts_of(leaving):
    return next(each.disposition for each in staffing.items_of(leaving.id) if each.item is CheckItem.ACCOUNTS)


def test_a_last_day_before_the_first_or_after_the_end_is_refused(contract, zhou, assign):
    made = assign(valid_from=date(2026, 1, 5))
    with pytest.raises(Invalid):
        staffing.off_board(zhou, made.id, on=date(2026, 1, 4), reason="离职")
    assert staffing.off_boarding_of(made.id) is None
    assert made.valid_to is None


def test_a_last_day_ahead_ends_access_when_it_is_over(contract, wu, assign):
    zheng = people.officer("zheng", contract_id=contract.id)
    made = assign(officer_id=zheng.id)
    last = date(2025, 9, 30)
    with at(date(2025, 9, 1)):
        leaving = staffing.off_board(wu, made.id, on=last, reason="合同到期")
        assert leaving.access_ended_at is None
    with at(last, 23):
        assert staffing.keep_days(SCHEDULER) == staffing.Done(0, 0)
        assert identity.roles_of([zheng.id])
    with at(last + timedelta(days=1), 0):
        assert staffing.keep_days(SCHEDULER) == staffing.Done(0, 1)
    assert not identity.roles_of([zheng.id])


def test_an_account_that_goes_on_in_another_designation_keeps_its_access(contract, wu, zhou, assign):
    zheng = people.officer("zheng", contract_id=contract.id)
    first = assign(officer_id=zheng.id)
    staffing.off_board(wu, first.id, on=clock.today() + timedelta(days=2), reason="转岗")
    assign(officer_id=zheng.id, role="项目经理", valid_from=clock.today() + timedelta(days=3))
    with at(clock.today() + timedelta(days=3)):
        staffing.keep_days(SCHEDULER)
    assert identity.roles_of([zheng.id])
    assert "另有在任指派" in staffing.off_boarding_of(first.id).access_note


def test_the_checklist_is_finished_when_every_item_is_settled(contract, wu, assign):
    made = assign()
    checklist = {CheckItem.DATA: Disposition.RETURNED, CheckItem.DEVICES: Disposition.NONE}
    leaving = staffing.off_board(wu, made.id, on=clock.today(), reason="离职", checklist=checklist)
    state = {each.item: each.disposition for each in staffing.items_of(leaving.id)}
    assert list(state) == list(CheckItem)
    assert state[CheckItem.ACCOUNTS] is Disposition.DONE
    for item, wrong in (
        (CheckItem.DATA, Disposition.DONE),
        (CheckItem.REMOTE, Disposition.DESTROYED),
        (CheckItem.ACCOUNTS, Disposition.OPEN),
    ):
        with pytest.raises(Invalid):
            staffing.settle(wu, leaving.id, item=item, disposition=wrong)
    for item in (CheckItem.REMOTE, CheckItem.PAPERS, CheckItem.SECRECY):
        assert leaving.finished_at is None
        staffing.settle(wu, leaving.id, item=item, disposition=Disposition.DONE)
    assert leaving.finished_at is not None
    staffing.settle(wu, leaving.id, item=CheckItem.PAPERS, disposition=Disposition.OPEN)
    assert leaving.finished_at is None


def request(actor, contract, **values):
    usual = {
        "party": "青山检测有限公司",
        "scope": "渗透测试",
        "reason": "需要检测资质",
        "starts_on": date(2025, 6, 1),
        "ends_on": date(2025, 8, 31),
    }
    return staffing.request_subcontract(actor, contract_id=contract.id, **(usual | values))


def test_a33_consent_is_in_writing_and_every_outside_person_needs_one(contract, wu, zhou, assign):
    with at(date(2025, 5, 20)):
        row = request(wu, contract)
        outside = {"name": "何川", "valid_from": date(2025, 6, 1), "subcontract_id": row.id}
        with pytest.raises(Invalid):
            assign(**outside)
        for nobody in (wu, people.actor("lin")):
            with pytest.raises(Forbidden):
                staffing.consent_subcontract(nobody, row.id, agreed=True, files=[CONSENT])
        with pytest.raises(Invalid):
            staffing.consent_subcontract(zhou, row.id, agreed=True)
        staffing.consent_subcontract(zhou, row.id, agreed=True, files=[CONSENT], consented_on=date(2025, 5, 19))
        assert row.state is SubcontractState.CONSENTED
        with pytest.raises(staffing.SubcontractDecided):
            staffing.consent_subcontract(zhou, row.id, agreed=False, remark="改主意")
        assert assign(**outside).subcontract_id == row.id
        with pytest.raises(Invalid):
            assign(**outside | {"name": "何山", "valid_from": date(2025, 9, 1)})
        other = contract_b()
        boss = people.actor("boss", roles=[Role.VENDOR_MANAGER], contract_id=other.id)
        with pytest.raises(Invalid):
            staffing.assign(
                boss,
                contract_id=other.id,
                name="何川",
                role="测试",
                experience_from=date(2015, 1, 1),
                experience="测试",
                valid_from=date(2025, 7, 7),
                subcontract_id=row.id,
            )
        for ask in (
            lambda: staffing.find_subcontract(boss, row.id),
            lambda: staffing.end_subcontract(boss, row.id, on=date(2025, 7, 1), reason="x"),
            lambda: request(boss, contract),
        ):
            with pytest.raises(NotFound):
                ask()
        due = staffing.dues(zhou, date(2025, 8, 31), date(2025, 8, 31))
        assert [each.kind for each in due] == ["subcontract_end"]
        staffing.end_subcontract(zhou, row.id, on=date(2025, 7, 1), reason="检测完成")
        assert (row.state, row.ends_on) == (SubcontractState.ENDED, date(2025, 7, 1))


def test_a_refusal_says_why_and_a_contract_s_end_ends_the_consent(contract, wu, zhou):
    with at(date(2025, 5, 20)):
        row = request(wu, contract)
        with pytest.raises(Invalid):
            staffing.consent_subcontract(zhou, row.id, agreed=False)
        staffing.consent_subcontract(zhou, row.id, agreed=False, remark="涉及业务数据")
        assert row.consented_on is None
        with pytest.raises(Invalid):
            request(wu, contract, ends_on=date(2030, 1, 1))
        held = request(wu, contract)
        staffing.consent_subcontract(zhou, held.id, agreed=True, files=[CONSENT])
        contracts.end(SCHEDULER, contract, ended_on=date(2025, 7, 15), reason="协商", agreed_by_both=True)
    assert (held.state, held.ends_on) == (SubcontractState.ENDED, date(2025, 7, 15))
