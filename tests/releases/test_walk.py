"""The walk of a release: the table is kept, each side has its steps, one version is live, and there is a way back."""

from __future__ import annotations

import pytest

from server.core.errors import Conflict, Forbidden, Invalid, NotFound
from server.domain import flags, notices, releases
from server.domain.flags import Environment
from server.domain.identity import AuditEntry, Role
from server.domain.releases import EventKind, NotYet, OwnRelease, ReleaseChanged, Scope, State, Step, WrongState
from server.domain.releases.log import state_of
from tests.factories import contracts as papers
from tests.factories import identity as people
from tests.factories.releases import SAID, WAY, approver, pipeline, step, walked


@pytest.fixture
def made(session):
    return pipeline()


@pytest.mark.parametrize("state", list(WAY))
def test_each_state_is_reached_by_its_way(made, state):
    walked(made, "1.0.0", State.FULL)
    release = walked(made, "1.4.2", state)
    assert release.state is state
    assert state_of(releases.events_of(release)) is state
    assert release.seq == len(releases.events_of(release))


@pytest.mark.parametrize("state", list(WAY))
def test_steps_that_the_table_does_not_know_are_refused(made, state):
    walked(made, "1.0.0", State.FULL)
    release = walked(made, "1.4.2", state)
    for which, rule in releases.TABLE.items():
        if state in rule.sources or which in (Step.REGISTER, Step.SUPERSEDE, Step.RESTORE):
            continue
        with pytest.raises(WrongState):
            step(made, release, which)
    assert release.state is state


def test_steps_of_the_ledger_are_nobodys(made):
    release = walked(made, "1.4.2", State.FULL)
    for which in (Step.REGISTER, Step.SUPERSEDE, Step.RESTORE):
        with pytest.raises((Forbidden, WrongState)):
            releases.take(made.actor, release.id, which, seen=release.seq)


def test_a_page_that_is_older_than_the_release_is_refused(made):
    release = walked(made, "1.4.2", State.UPLOADED)
    with pytest.raises(ReleaseChanged):
        releases.take(made.actor, release.id, Step.SUBMIT_AUDIT, seen=release.seq - 1)


def test_the_bureau_approves_and_the_vendor_does_not(made):
    release = walked(made, "1.4.2", State.AUDIT_PASSED)
    with pytest.raises(Forbidden):
        step(made, release, Step.APPROVE, by=made.actor)
    with pytest.raises(Forbidden):
        step(made, release, Step.APPROVE, by=people.actor("lin"))
    step(made, release, Step.APPROVE, scope=Scope.ADDITIONAL, acceptance=["https://oa.example.gov.cn/ys/18"])
    event = releases.events_of(release)[-1]
    assert (release.scope, event.data["acceptance"]) == (Scope.ADDITIONAL, ["https://oa.example.gov.cn/ys/18"])
    assert not event.by_vendor


def test_who_pushed_does_not_approve_even_with_both_rights(session):
    contract = papers.contract_a()
    made = pipeline(contract, login="zhou2")
    release = walked(made, "1.4.2", State.AUDIT_PASSED)
    twofold = people.officer(
        "duo", roles=[Role.BUREAU_ADMINISTRATOR], of=people.organisation(), contract_id=contract.id
    )
    release.pushed_by_id = twofold.id
    with pytest.raises(OwnRelease):
        step(made, release, Step.APPROVE, by=people.actor("duo"))
    told = {offer.step: offer for offer in releases.offers(people.actor("duo"), release)}
    assert told[Step.APPROVE].blockers == [OwnRelease.message]


def test_each_side_is_offered_its_steps_with_reasons(made):
    release = walked(made, "1.4.2", State.UPLOADED)
    vendor = {offer.step: offer for offer in releases.offers(made.actor, release)}
    bureau = {offer.step: offer for offer in releases.offers(approver(), release)}
    assert vendor[Step.SUBMIT_AUDIT].allowed
    assert not vendor[Step.FULL].allowed
    assert "局方已批准" in vendor[Step.FULL].blockers[0]
    assert Step.APPROVE not in vendor
    assert set(bureau) == {Step.APPROVE, Step.REFUSE, Step.ROLL_BACK, Step.ACCEPT}
    assert not any(offer.allowed for offer in bureau.values())
    assert [offer.step for offer in releases.offers(people.actor("lin"), release)] == []


def test_an_offer_that_is_allowed_can_be_taken(made):
    walked(made, "1.0.0", State.FULL)
    for number, state in enumerate([state for state in WAY if state is not State.WITHDRAWN]):
        release = walked(made, f"2.{number}.0", state)
        for actor in (made.actor, approver()):
            for offer in releases.offers(actor, release):
                with pytest.raises(_Undone), core_session().begin_nested():
                    _take(actor, release, offer)
                core_session().refresh(release)
        if state in (State.IN_AUDIT, State.AUDIT_PASSED, State.APPROVED, State.GRAY):
            _end(made, release)


class _Undone(Exception):
    pass


def core_session():
    from server.core import db

    return db.session()


def _take(actor, release, offer):
    """Take it, and have it undone by the caller; it must go as the offer said."""
    more = {"percent": 20} if offer.step is Step.GRAY else {}
    said = {**SAID.get(offer.step, {}), **more}
    if offer.allowed:
        releases.take(actor, release.id, offer.step, seen=release.seq, **said)
    else:
        with pytest.raises((Conflict, Invalid)):
            releases.take(actor, release.id, offer.step, seen=release.seq, **said)
    raise _Undone


def _end(made, release):
    if release.state is State.IN_AUDIT:
        step(made, release, Step.UNDO_AUDIT)
    elif release.state is State.GRAY:
        step(made, release, Step.FULL)
        return
    step(made, release, Step.WITHDRAW)


def test_full_release_supersedes_what_was_live_and_recommends_itself(made):
    old = walked(made, "1.4.1", State.FULL)
    new = walked(made, "1.4.2", State.FULL)
    assert (old.state, new.state) == (State.SUPERSEDED, State.FULL)
    assert releases.current(Environment.RELEASE) is new
    assert notices.app_config().latest_version == "1.4.2"
    last = releases.events_of(old)[-1]
    assert (last.step, last.data["by_version"]) == (Step.SUPERSEDE, "1.4.2")


def test_gray_grows_only(made):
    walked(made, "1.4.1", State.FULL)
    release = walked(made, "1.4.2", State.GRAY)
    for percent in (10, 5, 0, 100, 101, True, "20", 20.5):
        with pytest.raises(Invalid) as refused:
            step(made, release, Step.GRAY, percent=percent)
        assert "percent" in refused.value.fields
    step(made, release, Step.GRAY, percent=50)
    assert (release.gray_percent, releases.current_gray()) == (50, release)
    step(made, release, Step.STOP_GRAY)
    assert (release.gray_percent, release.state, releases.current_gray()) == (None, State.APPROVED, None)


def test_without_a_live_version_there_is_no_gray(made):
    release = walked(made, "1.4.2", State.APPROVED)
    with pytest.raises(NotYet) as refused:
        step(made, release, Step.GRAY)
    assert "全量" in refused.value.details["blockers"][0]


def test_a_prerelease_goes_no_further_than_approval(made):
    walked(made, "1.4.1", State.FULL)
    release = walked(made, "1.4.2-rc.1", State.APPROVED)
    for which in (Step.GRAY, Step.FULL):
        with pytest.raises(NotYet):
            step(made, release, which)


def test_one_version_is_in_audit_at_a_time(made):
    walked(made, "1.4.1", State.IN_AUDIT)
    other = walked(made, "1.4.2", State.UPLOADED)
    with pytest.raises(NotYet) as refused:
        step(made, other, Step.SUBMIT_AUDIT)
    assert "1.4.1" in refused.value.text


def test_what_passed_audit_is_not_pushed_aside(made):
    waiting = walked(made, "1.4.1", State.APPROVED)
    other = walked(made, "1.4.2", State.UPLOADED)
    with pytest.raises(NotYet):
        step(made, other, Step.SUBMIT_AUDIT)
    step(made, waiting, Step.WITHDRAW)
    step(made, other, Step.SUBMIT_AUDIT)


def test_an_older_version_does_not_go_over_a_newer_one(made):
    old = walked(made, "1.4.1", State.UPLOADED)
    walked(made, "1.4.2", State.FULL)
    with pytest.raises(NotYet):
        step(made, old, Step.SUBMIT_AUDIT)


def test_the_privacy_notice_is_a_gate_at_approval(made):
    people_notice()
    release = walked(made, "1.4.2", State.AUDIT_PASSED)
    with pytest.raises(NotYet) as refused:
        step(made, release, Step.APPROVE)
    assert "隐私保护指引" in refused.value.text
    agreeing = walked(made, "1.4.3", State.REGISTERED, privacy_version=1)
    step(made, release, Step.WITHDRAW)
    for which in WAY[State.APPROVED]:
        step(made, agreeing, which)
    assert agreeing.state is State.APPROVED


def people_notice():
    from tests.factories.citizens import privacy_notice

    privacy_notice()


def test_flags_that_it_brings_must_be_there_before_anybody_gets_it(made):
    release = walked(made, "1.4.2", State.APPROVED, flags={"introduced": ["new-search"], "retired": []})
    with pytest.raises(NotYet) as refused:
        step(made, release, Step.FULL)
    assert "new-search" in refused.value.text
    assert releases.introduced_by(["new-search", "other"]) == {"new-search": release}


def test_each_point_of_its_life_names_the_flag_revisions(made):
    release = walked(made, "1.4.2", State.FULL)
    heads = {environment.value: number for environment, number in flags.heads().items()}
    assert release.flag_revisions == {"push": heads, "full": heads}


def test_roll_back_blocks_restores_and_names_the_flags(made):
    target = walked(made, "1.4.1", State.FULL)
    release = walked(made, "1.4.2", State.FULL)
    step(made, release, Step.ROLL_BACK, by=approver(), reason="首页打不开", message="请重新打开小程序。")
    config = notices.app_config()
    assert (release.state, target.state) == (State.ROLLED_BACK, State.FULL)
    assert (config.latest_version, config.blocked_versions) == ("1.4.1", ("1.4.2",))
    assert config.need_of("1.4.2") is notices.UpdateNeed.BLOCKED
    assert releases.current(Environment.RELEASE) is target
    event = releases.events_of(release)[-1]
    assert (event.text, event.data["target_version"]) == ("首页打不开", "1.4.1")
    assert event.data["flag_revision"] == target.flag_revisions["full"]["release"]
    assert releases.events_of(target)[-1].step is Step.RESTORE


def test_roll_back_of_a_gray_release_leaves_what_is_live(made):
    live = walked(made, "1.4.1", State.FULL)
    release = walked(made, "1.4.2", State.GRAY)
    step(made, release, Step.ROLL_BACK, block=False)
    assert (release.state, live.state) == (State.ROLLED_BACK, State.FULL)
    assert (releases.current_gray(), notices.app_config().blocked_versions) == (None, ())


def test_while_gray_runs_the_live_one_stays(made):
    live = walked(made, "1.4.0", State.FULL)
    live = walked(made, "1.4.1", State.FULL)
    walked(made, "1.4.2", State.GRAY)
    with pytest.raises(NotYet):
        step(made, live, Step.ROLL_BACK)


def test_a_roll_back_below_the_lowest_version_lowers_it(made):
    walked(made, "1.4.1", State.FULL)
    release = walked(made, "1.4.2", State.FULL)
    releases.limit_versions(approver(), minimum="1.4.2", reason="旧版停用")
    step(made, release, Step.ROLL_BACK)
    assert notices.app_config().minimum_version == "1.4.1"


def test_the_first_release_has_no_way_back(made):
    release = walked(made, "1.4.2", State.FULL)
    with pytest.raises(NotYet):
        step(made, release, Step.ROLL_BACK)


def test_a_blocked_release_is_no_target(made):
    bad = walked(made, "1.4.0", State.FULL)
    walked(made, "1.4.1", State.FULL)
    release = walked(made, "1.4.2", State.FULL)
    releases.limit_versions(approver(), blocked=["1.4.1"], reason="有漏洞")
    with pytest.raises(Invalid):
        step(made, release, Step.ROLL_BACK, target=str(releases.find_version(made.actor, "1.4.1").id))
    step(made, release, Step.ROLL_BACK)
    assert releases.current(Environment.RELEASE) is bad


def test_the_trial_version_is_a_place_of_its_own(made):
    walked(made, "1.4.1", State.FULL)
    release = walked(made, "1.4.2", State.UPLOADED)
    assert releases.current(Environment.DEVELOP) is release
    step(made, release, Step.SET_TRIAL)
    assert releases.current(Environment.TRIAL) is release
    assert release.state is State.UPLOADED
    step(made, release, Step.WITHDRAW)
    assert releases.current(Environment.TRIAL) is None


def test_a_recorded_step_says_who_when_and_what_was_clicked(made, session):
    release = walked(made, "1.4.2", State.UPLOADED)
    at = releases.events_of(release)[-1].at
    releases.take(
        made.actor, release.id, Step.SUBMIT_AUDIT, seen=release.seq, at=at, audit_id="409123456", note="已扫码"
    )
    event = releases.events_of(release)[-1]
    assert (event.actor_name, event.by_vendor, event.at, event.text) == (made.actor.name, True, at, "已扫码")
    assert event.data["clicked"] == "版本管理 › 开发版本 › 提交审核"
    assert release.audit_id == "409123456"
    trail = session.query(AuditEntry).filter_by(action="release.submit_audit").one()
    assert trail.changes["state"] == ["uploaded", "in_audit"]
    assert "补录" in trail.summary


def test_a_step_is_not_recorded_before_the_one_before_it(made):
    release = walked(made, "1.4.2", State.UPLOADED)
    early = releases.events_of(release)[0].at.replace(year=2020)
    with pytest.raises(Invalid):
        releases.take(made.actor, release.id, Step.SUBMIT_AUDIT, seen=release.seq, at=early)


def test_a_step_takes_its_own_fields_only(made):
    release = walked(made, "1.4.2", State.UPLOADED)
    with pytest.raises(Invalid) as refused:
        releases.take(made.actor, release.id, Step.SUBMIT_AUDIT, seen=release.seq, percent=3, note="\x07")
    assert set(refused.value.fields) == {"percent", "note"}


def test_another_vendor_sees_nothing(made):
    release = walked(made, "1.4.2", State.UPLOADED)
    stranger = people.actor("bai", roles=[Role.VENDOR_MANAGER], contract_id=papers.contract_b().id)
    with pytest.raises(NotFound):
        releases.find(stranger, release.id)
    with pytest.raises(NotFound):
        releases.take(stranger, release.id, Step.SUBMIT_AUDIT, seen=release.seq)
    assert list(core_session().scalars(releases.matching(stranger))) == []
    assert list(core_session().scalars(releases.keys_matching(stranger))) == []
    with pytest.raises(Forbidden):
        releases.limit_versions(stranger, minimum="9.0.0", reason="捣乱")


def test_acceptance_is_linked_after_the_release_as_well(made):
    release = walked(made, "1.4.2", State.FULL)
    with pytest.raises(Invalid):
        step(made, release, Step.ACCEPT, acceptance=[])
    step(made, release, Step.ACCEPT)
    assert releases.events_of(release)[-1].kind is EventKind.DONE
    assert release.state is State.FULL
