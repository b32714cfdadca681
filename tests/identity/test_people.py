"""Appointing, roles, and the rules that keep powers apart."""

from __future__ import annotations

import uuid

import pytest
import sqlalchemy as sa

from server.core.errors import Conflict, Forbidden, Invalid
from server.domain import identity
from server.domain.identity import APART, AuditEntry, OrganisationKind, PeopleFilters, Permission, Role, grants_of
from server.domain.identity.roles import LastAdministrator, OwnAccount, PowersNotApart, RoleOutOfPlace
from tests.factories import identity as people

CONTRACT, OTHER = uuid.uuid4(), uuid.uuid4()


@pytest.fixture
def chen(session):
    return people.actor("chen")


def actions(session):
    return session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)).all()


def appoint(chen, login="sun", roles=((Role.BUREAU_HANDLER, None),), **values):
    data = {"login": login, "name": "孙悦", "organisation_id": chen.organisation_id} | values
    return identity.appoint(chen, roles=list(roles), **data)


def test_an_appointed_officer_signs_in_with_the_one_time_password(session, chen):
    made = appoint(chen, login=" Sun.Yue ", title="科员")
    assert made.officer.login == "sun.yue"
    step = identity.sign_in("sun.yue", made.password, address="192.0.2.1")
    assert identity.officer_by_session(step.secret).actor.may(Permission.TICKET_RESPOND)
    assert actions(session) == ["officer.appointed", "session.started"]
    told = session.scalars(sa.select(AuditEntry.changes)).first()
    assert made.password not in str(told)


@pytest.mark.parametrize("login", ["", "ab", "1abc", "a b c", "刘洋", "a" * 33, "x@y.z"])
def test_a_login_is_plain(session, chen, login):
    with pytest.raises(Invalid) as refused:
        appoint(chen, login=login)
    assert "login" in refused.value.fields


def test_a_login_is_given_once(session, chen):
    appoint(chen)
    with pytest.raises(identity.LoginTaken):
        appoint(chen, login="SUN")
    assert actions(session) == ["officer.appointed"]


@pytest.mark.parametrize("who", ["lin", "zhou", "shen", "zheng", "wu"])
def test_only_the_system_administrator_manages_people(session, chen, who):
    other = people.officer("other")
    actor = people.actor(who)
    for verb in (
        lambda: appoint(actor),
        lambda: identity.set_roles(actor, other.id, [(Role.BUREAU_AUDITOR, None)]),
        lambda: identity.deactivate(actor, other.id),
        lambda: identity.reactivate(actor, other.id),
        lambda: identity.reset_password(actor, other.id),
        lambda: identity.describe(actor, other.id, name="x", title=""),
        lambda: identity.found_organisation(actor, kind=OrganisationKind.VENDOR, name="x"),
    ):
        with pytest.raises(Forbidden):
            verb()
    assert actions(session) == []


@pytest.mark.parametrize(
    "roles",
    [
        [Role.SYSTEM_ADMINISTRATOR, Role.BUREAU_AUDITOR],
        [Role.BUREAU_HANDLER, Role.BUREAU_AUDITOR, Role.SYSTEM_ADMINISTRATOR],
    ],
)
def test_nobody_both_appoints_people_and_reads_the_trail(session, chen, roles):
    with pytest.raises(PowersNotApart):
        appoint(chen, roles=[(role, None) for role in roles])
    shen = people.officer("shen")
    with pytest.raises(PowersNotApart):
        identity.set_roles(chen, shen.id, [(role, None) for role in roles])


def test_no_single_role_holds_powers_that_are_kept_apart():
    for role in Role:
        held = grants_of([(role, CONTRACT)])
        assert role is Role.SCHEDULER or not any(set(pair) <= set(held) for pair in APART)


@pytest.mark.parametrize(
    ("kind", "roles"),
    [
        (OrganisationKind.BUREAU, []),
        (OrganisationKind.BUREAU, [(Role.VENDOR_MAINTAINER, CONTRACT)]),
        (OrganisationKind.BUREAU, [(Role.BUREAU_HANDLER, CONTRACT)]),
        (OrganisationKind.BUREAU, [(Role.SCHEDULER, None)]),
        (OrganisationKind.VENDOR, [(Role.BUREAU_HANDLER, None)]),
        (OrganisationKind.VENDOR, [(Role.VENDOR_MANAGER, None)]),
    ],
)
def test_roles_fit_their_organisation(session, chen, kind, roles):
    with pytest.raises(RoleOutOfPlace):
        appoint(chen, roles=roles, organisation_id=people.organisation(kind).id)


def test_new_roles_end_the_sessions_and_are_told_with_the_old_ones(session, chen):
    lin = people.officer("lin")
    secret = people.open_session(lin)
    identity.set_roles(chen, lin.id, [(Role.BUREAU_AUDITOR, None)])
    assert identity.officer_by_session(secret) is None
    entry = session.scalars(sa.select(AuditEntry)).one()
    assert entry.changes == {"roles": [["bureau_handler"], ["bureau_auditor"]]}
    identity.set_roles(chen, lin.id, [(Role.BUREAU_AUDITOR, None)])
    assert len(actions(session)) == 1  # nothing changed, nothing told


def test_a_deactivated_officer_is_out_at_once_and_comes_back_with_a_new_password(session, chen):
    lin = people.officer("lin")
    secret = people.open_session(lin)
    identity.deactivate(chen, lin.id, reason="调离")
    assert identity.officer_by_session(secret) is None
    with pytest.raises(identity.BadCredentials):
        identity.sign_in("lin", people.PASSWORD, address="192.0.2.1")
    made = identity.reactivate(chen, lin.id)
    assert identity.sign_in("lin", made.password, address="192.0.2.2").needs_second_factor
    assert actions(session)[:3] == ["officer.deactivated", "session.refused", "officer.reactivated"]


def test_a_reset_may_take_the_second_factor_along(session, chen):
    lin = people.officer("lin")
    identity.renew_recovery_codes(people.actor("lin"))
    secret = people.open_session(lin)
    made = identity.reset_password(chen, lin.id)
    assert lin.has_totp
    assert identity.officer_by_session(secret) is None
    made = identity.reset_password(chen, lin.id, second_factor=True)
    assert not lin.has_totp
    assert identity.recovery_codes_left(people.actor("lin")) == 0
    step = identity.sign_in("lin", made.password, address="192.0.2.1")
    assert not step.needs_second_factor
    assert identity.officer_by_session(step.secret).duty is identity.Duty.CHANGE_PASSWORD


def test_one_does_not_do_it_to_oneself(session, chen):
    for verb in (identity.deactivate, identity.reset_password):
        with pytest.raises(OwnAccount):
            verb(chen, chen.id)
    with pytest.raises(OwnAccount):
        identity.set_roles(chen, chen.id, [(Role.BUREAU_HANDLER, None)])


def test_a_system_administrator_is_always_left(session, chen):
    second = people.officer("second", roles=[Role.SYSTEM_ADMINISTRATOR])
    acting = people.actor("second")
    identity.deactivate(acting, chen.id)
    with pytest.raises(LastAdministrator):
        identity.deactivate(chen, second.id)  # an actor whose session outlived the account
    with pytest.raises(LastAdministrator):
        identity.set_roles(chen, second.id, [(Role.BUREAU_HANDLER, None)])


def test_people_are_found_by_what_they_are(session, chen):
    lin, zheng = people.officer("lin", title="信息科"), people.officer("zheng")

    def found(**filters):
        query = identity.people_matching(chen, PeopleFilters(**filters))
        return {officer.login for officer, _ in session.execute(query)}

    assert found() == {"lin", "zheng", "chen"}
    assert found(text="信息") == {"lin"}
    assert found(text="%") == set()
    assert found(role=Role.VENDOR_MAINTAINER) == {"zheng"}
    assert found(organisation_id=zheng.organisation_id) == {"zheng"}
    assert found(state=identity.OfficerState.DEACTIVATED) == set()
    assert identity.officer_names([lin.id]) == {lin.id: "林岚"}


def test_who_can_be_assigned_for_a_contract(session, chen):
    people.officer("lin")
    people.officer("zheng", contract_id=CONTRACT)
    people.officer("wu", contract_id=OTHER)
    people.officer("gone", state=identity.OfficerState.DEACTIVATED)

    def able(contract_id):
        return [officer.login for officer in identity.officers_for(contract_id, Permission.TICKET_RESPOND)]

    assert sorted(able(CONTRACT)) == ["lin", "zheng"]
    assert sorted(able(OTHER)) == ["lin", "wu"]
    assert able(None) == ["lin"]


def test_the_end_of_a_contract_takes_its_roles(session, chen):
    zheng = people.officer("zheng", contract_id=CONTRACT)
    people.officer("wu", contract_id=OTHER)
    secret = people.open_session(zheng)
    assert identity.withdraw_contract_roles(chen, CONTRACT) == 1
    assert identity.roles_of([zheng.id]) == {}
    assert identity.officer_by_session(secret) is None


def test_a_shut_organisation_lets_nobody_in(session, chen):
    zheng = people.officer("zheng")
    secret = people.open_session(zheng)
    identity.set_organisation_active(chen, zheng.organisation_id, active=False)
    assert identity.officer_by_session(secret) is None
    with pytest.raises(identity.BadCredentials):
        identity.sign_in("zheng", people.PASSWORD, address="192.0.2.1")
    identity.set_organisation_active(chen, zheng.organisation_id, active=True)
    assert identity.sign_in("zheng", people.PASSWORD, address="192.0.2.2")
    with pytest.raises(Conflict):
        identity.set_organisation_active(chen, chen.organisation_id, active=False)


def test_organisations_have_one_name_each(session, chen):
    made = identity.found_organisation(chen, kind=OrganisationKind.VENDOR, name="甲公司")
    with pytest.raises(Conflict):
        identity.found_organisation(chen, kind=OrganisationKind.VENDOR, name="甲公司")
    identity.rename_organisation(chen, made.id, name="乙公司")
    assert session.scalars(sa.select(AuditEntry.changes)).all()[-1] == {"name": ["甲公司", "乙公司"]}
