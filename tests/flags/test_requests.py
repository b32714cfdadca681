"""Change requests: two persons, bound to what was shown, visible when something came between, done once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from server.core.errors import Forbidden, Invalid
from server.domain import flags
from server.domain.flags import Environment, RequestState, RevisionKind
from server.domain.identity import SCHEDULER, AuditEntry
from server.gateways import queue
from tests.factories.flags import change, flag_document, for_segment, gray, published, segment_document
from tests.support import jobs

DEVELOP, TRIAL, RELEASE = Environment
HOUR = timedelta(hours=1)


def proposed(cast, *documents, environment=RELEASE, by=None, **more):
    changes = [change(environment, each) for each in documents]
    return flags.propose(by or cast.zheng, environment, changes, reason="新搜索上线", **more)


def agreed(cast, request, by=None):
    return flags.approve(by or cast.zhou, request.id, content_hash=request.content_hash)


def at(moment: datetime, hours: int = 0) -> datetime:
    return moment + hours * HOUR


def now() -> datetime:
    return datetime.now(UTC)


def test_one_proposes_another_approves_and_it_holds(cast):
    request = proposed(cast, flag_document())
    assert (request.state, flags.head(RELEASE)) == (RequestState.PENDING, 0)
    assert flags.awaiting_count(cast.zhou) == 1
    assert flags.may_approve(cast.zhou, request)
    assert not any(flags.may_approve(who, request) for who in (cast.zheng, cast.wu, cast.lin, cast.bai, SCHEDULER))
    seen = flags.request_preview(cast.zhou, request)
    assert [each.key for each in seen.touched] == ["new-search"]
    done = agreed(cast, request)
    revision = flags.find_revision(cast.lin, RELEASE, 1)
    assert (done.state, done.applied_number) == (RequestState.APPLIED, 1)
    assert (revision.author_name, revision.approver_name) == (cast.zheng.name, cast.zhou.name)
    assert (revision.request_id, revision.reviewed, revision.reason) == (request.id, True, "新搜索上线")
    assert flags.awaiting_count(cast.zhou) == 0


@pytest.mark.parametrize(
    ("who", "error"), [("zheng", Forbidden), ("wu", Forbidden), ("lin", Forbidden), ("bai", flags.FlagNotFound)]
)
def test_only_the_bureau_approves(cast, who, error):
    request = proposed(cast, flag_document())
    for verb in (
        lambda it: agreed(cast, it, getattr(cast, who)),
        lambda it: flags.reject(getattr(cast, who), it.id, reason="不"),
    ):
        with pytest.raises(error):
            verb(request)
    assert request.state is RequestState.PENDING


def test_a_vendors_person_does_not_approve_even_with_the_permission(cast):
    request = proposed(cast, flag_document())
    with pytest.raises(flags.VendorMayNot, match="由局方审批"):
        agreed(cast, request, replace(cast.zhou, is_vendor=True))


def test_nobody_approves_what_they_proposed(cast):
    both = replace(cast.zhou, grants={**cast.zhou.grants, "flag.edit": None})
    request = proposed(cast, flag_document(), by=both)
    with pytest.raises(flags.OwnRequest, match="另一人"):
        agreed(cast, request, both)
    with pytest.raises(Forbidden):
        agreed(cast, request, SCHEDULER)
    assert flags.head(RELEASE) == 0


def test_an_approval_is_of_the_content_that_was_shown(cast):
    request = proposed(cast, flag_document())
    other = proposed(cast, flag_document(name="另一份"))
    with pytest.raises(flags.ApprovalOutdated):
        flags.approve(cast.zhou, request.id, content_hash=other.content_hash)
    later = proposed(cast, flag_document(), apply_at=at(now(), 1))
    assert later.content_hash != request.content_hash


def test_an_edited_request_is_a_new_one_and_keeps_no_approval(cast):
    first = proposed(cast, flag_document(), apply_at=at(now(), 1))
    agreed(cast, first)
    second = proposed(cast, flag_document(name="改过"), apply_at=at(now(), 1), replaces=first.id)
    assert (first.state, second.state) == (RequestState.WITHDRAWN, RequestState.PENDING)
    assert second.replaces_id == first.id
    with pytest.raises(flags.RequestClosed):
        agreed(cast, first)


def test_a_replacement_that_is_refused_leaves_the_first_request_standing(cast):
    first = proposed(cast, flag_document())
    with pytest.raises(flags.NothingChanged):
        flags.propose(cast.zheng, RELEASE, [], reason="空", replaces=first.id)
    with pytest.raises(Invalid, match="同一环境"):
        flags.propose(cast.zheng, DEVELOP, [change(DEVELOP, flag_document())], reason="换环境", replaces=first.id)
    with pytest.raises(Forbidden):
        proposed(cast, flag_document(name="别人的"), by=cast.wu, replaces=first.id)
    assert first.state is RequestState.PENDING


def test_a_request_whose_flag_moved_is_in_conflict_at_once_and_overwrites_nothing(cast, session):
    agreed(cast, proposed(cast, flag_document("a"), flag_document("b")))
    waiting = proposed(cast, flag_document("a", rules=[gray(1000)]))
    unrelated = proposed(cast, flag_document("b", rules=[gray(1000)]))
    scheduled = agreed(cast, proposed(cast, flag_document("a", rules=[gray(2000)]), apply_at=at(now(), 1)))
    flags.kill(cast.zhou, RELEASE, "a", reason="投诉激增")
    assert (waiting.state, scheduled.state) == (RequestState.CONFLICTED, RequestState.CONFLICTED)
    assert "“a”" in waiting.conflict
    assert unrelated.state is RequestState.PENDING
    with pytest.raises(flags.RequestClosed):
        agreed(cast, waiting)
    assert agreed(cast, unrelated).state is RequestState.APPLIED
    assert flags.content(RELEASE).flags["a"]["enabled"] is False
    told = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "flag_request.conflicted")).all()
    assert len(told) == 2


def test_a_request_that_no_longer_fits_the_set_is_in_conflict(cast):
    agreed(cast, proposed(cast, segment_document(), flag_document()))
    needs = flag_document("needs", rules=[for_segment("testers")])
    request = proposed(cast, needs)
    gone = flags.propose(cast.zheng, RELEASE, [change(RELEASE, segment_document(), remove=True)], reason="不用了")
    agreed(cast, gone)
    assert agreed(cast, request).state is RequestState.CONFLICTED
    assert "testers" in request.conflict
    assert "needs" not in flags.content(RELEASE).flags


def test_rejecting_and_withdrawing(cast):
    request = proposed(cast, flag_document())
    with pytest.raises(Invalid):
        flags.reject(cast.zhou, request.id, reason=" ")
    assert flags.reject(cast.zhou, request.id, reason="先在体验版观察一周").state is RequestState.REJECTED
    with pytest.raises(flags.RequestClosed, match="已驳回"):
        flags.withdraw(cast.zheng, request.id)
    own = proposed(cast, flag_document())
    with pytest.raises(Forbidden):
        flags.withdraw(cast.wu, own.id)
    assert flags.withdraw(cast.zheng, own.id).state is RequestState.WITHDRAWN
    scheduled = agreed(cast, proposed(cast, flag_document(), apply_at=at(now(), 1)))
    assert flags.reject(cast.zhou, scheduled.id, reason="撤销批准").state is RequestState.REJECTED


def test_a_stale_or_empty_proposal_is_refused_like_a_publish(cast):
    mine = change(RELEASE, flag_document(name="甲"))
    agreed(cast, proposed(cast, flag_document(name="乙")))
    with pytest.raises(flags.FlagMoved):
        flags.propose(cast.zheng, RELEASE, [mine], reason="x")
    with pytest.raises(flags.NothingChanged):
        proposed(cast, flag_document(name="乙"))


@pytest.mark.parametrize(("apply_at", "until"), [(-1, None), (None, -1), (2, 1), (1, 1)])
def test_moments_lie_ahead_and_in_order(cast, apply_at, until):
    with pytest.raises(Invalid):
        proposed(
            cast,
            flag_document(),
            apply_at=None if apply_at is None else at(now(), apply_at),
            until=None if until is None else at(now(), until),
        )


def test_a_scheduled_change_takes_effect_once(cast, clock):
    request = agreed(cast, proposed(cast, flag_document(), apply_at=at(now(), 2)))
    assert (request.state, flags.apply_due(), flags.due()) == (RequestState.APPROVED, 0, [])
    clock.shift(2 * HOUR)
    assert flags.due() == [request.id]
    assert flags.settle(request.id)
    assert not flags.settle(request.id)
    revision = flags.find_revision(cast.lin, RELEASE, 1)
    assert (revision.kind, revision.author_name, request.state) == (
        RevisionKind.SCHEDULE,
        cast.zheng.name,
        RequestState.APPLIED,
    )
    assert flags.apply_due() == 0


def test_what_is_approved_after_its_moment_holds_at_once(cast, clock):
    request = proposed(cast, flag_document(), apply_at=at(now(), 1))
    clock.shift(2 * HOUR)
    assert flags.apply_due() == 0
    assert agreed(cast, request).state is RequestState.APPLIED


def test_what_was_to_end_before_it_could_begin_is_not_done(cast, clock):
    request = agreed(cast, proposed(cast, flag_document(), apply_at=at(now(), 1), until=at(now(), 2)))
    clock.shift(3 * HOUR)
    assert flags.apply_due() == 1
    assert (request.state, flags.head(RELEASE)) == (RequestState.CONFLICTED, 0)


def test_expiry_sets_back_what_it_set_and_nothing_else(cast, clock):
    agreed(cast, proposed(cast, flag_document("a"), flag_document("b")))
    request = agreed(
        cast, proposed(cast, flag_document("a", rules=[gray(10_000)]), flag_document("new"), until=at(now(), 3))
    )
    agreed(cast, proposed(cast, flag_document("b", name="别人改的")))
    before = flags.content(RELEASE).flags
    clock.shift(3 * HOUR)
    assert flags.apply_due() == 1
    after = flags.content(RELEASE).flags
    assert after == {"a": flag_document("a"), "b": before["b"]}
    revision = flags.find_revision(cast.lin, RELEASE, flags.head(RELEASE))
    assert (revision.kind, revision.request_id, request.ended_number) == (
        RevisionKind.EXPIRY,
        request.id,
        revision.number,
    )
    assert (request.state, flags.apply_due()) == (RequestState.ENDED, 0)


def test_expiry_over_anothers_change_stays_visible(cast, clock):
    request = agreed(cast, proposed(cast, flag_document("a"), flag_document("b"), until=at(now(), 1)))
    flags.kill(cast.zhou, RELEASE, "a", reason="出错")
    clock.shift(HOUR)
    head = flags.head(RELEASE)
    assert flags.apply_due() == 1
    assert (request.state, flags.head(RELEASE), flags.apply_due()) == (RequestState.STUCK, head, 0)
    assert "“a”" in request.conflict


def test_expiry_of_what_was_taken_back_already_writes_nothing(cast, clock):
    agreed(cast, proposed(cast, flag_document("a")))
    request = agreed(cast, proposed(cast, flag_document("a", rules=[gray(10_000)]), until=at(now(), 1)))
    flags.roll_back(cast.zhou, RELEASE, 1, reason="回退")
    clock.shift(HOUR)
    assert flags.apply_due() == 1
    assert (request.state, request.ended_number, flags.head(RELEASE)) == (RequestState.ENDED, None, 3)


def test_without_approval_a_proposal_holds_or_waits_for_its_moment_only(cast, clock):
    direct = proposed(cast, flag_document(), environment=DEVELOP, until=at(now(), 5))
    timed = proposed(cast, flag_document("later"), environment=DEVELOP, apply_at=at(now(), 1))
    assert (direct.state, timed.state) == (RequestState.APPLIED, RequestState.APPROVED)
    clock.shift(HOUR)
    assert flags.apply_due() == 1
    assert set(flags.content(DEVELOP).flags) == {"new-search", "later"}
    assert flags.find_revision(cast.lin, DEVELOP, 2).reviewed


def test_rules_that_tighten_meanwhile_hold_for_what_waits(cast, clock):
    timed = proposed(cast, flag_document(), environment=TRIAL, apply_at=at(now(), 1))
    flags.set_policy(
        cast.zhou, base_number=0, approval=[TRIAL, RELEASE], stale_days=90, most_flags=500, reason="体验版也要审批"
    )
    clock.shift(HOUR)
    flags.apply_due()
    assert (timed.state, flags.head(TRIAL)) == (RequestState.PENDING, 0)
    assert agreed(cast, timed).state is RequestState.APPLIED


def test_the_job_settles_each_request_in_a_unit_of_its_own(cast, clock, app):
    first = agreed(cast, proposed(cast, flag_document("a"), apply_at=at(now(), 1)))
    second = proposed(cast, flag_document("b"), environment=DEVELOP, apply_at=at(now(), 1))
    clock.shift(HOUR)
    queue.put("flags.settle")
    queue.put("flags.settle")
    assert jobs.work(app).count("flags.settle") == 2
    assert {first.state, second.state} == {RequestState.APPLIED}
    assert (flags.head(RELEASE), flags.head(DEVELOP)) == (1, 1)


def test_lists_of_requests(cast, session, queries):
    made = [proposed(cast, flag_document(f"f{number}")) for number in range(3)]
    flags.reject(cast.zhou, made[0].id, reason="不")
    assert len(session.scalars(flags.requests_matching(cast.lin)).all()) == 3
    assert {each.id for each in session.scalars(flags.requests_matching(cast.lin, open_only=True))} == {
        each.id for each in made[1:]
    }
    assert session.scalars(flags.requests_matching(cast.lin, environment=DEVELOP)).all() == []
    assert session.scalars(flags.requests_matching(cast.lin, state=RequestState.REJECTED)).all() == [made[0]]
    with pytest.raises(flags.RequestNotFound):
        flags.find_request(cast.bai, made[0].id)
    session.expunge_all()
    with queries() as seen:
        shown = session.scalars(flags.requests_matching(cast.lin).limit(20)).all()
        assert [flags.may_approve(cast.zhou, each) for each in shown].count(True) == 2
        assert all(each.keys for each in shown)
    assert len(seen) == 1


def test_a_job_that_died_before_its_commit_does_it_once_when_run_again(cast, clock, session):
    request = agreed(cast, proposed(cast, flag_document(), apply_at=at(now(), 1)))
    clock.shift(HOUR)
    session.commit()
    dying = session.begin_nested()
    assert flags.settle(request.id)
    dying.rollback()
    session.expire_all()
    assert (flags.head(RELEASE), request.state) == (0, RequestState.APPROVED)
    assert flags.settle(request.id)
    assert (flags.head(RELEASE), flags.apply_due()) == (1, 0)


def test_release_after_a_publish_that_was_allowed_needs_approval_again(cast):
    flags.set_policy(cast.zhou, base_number=0, approval=[], stale_days=90, most_flags=500, reason="演练")
    published(flag_document(), environment=RELEASE)
    flags.set_policy(cast.zhou, base_number=1, approval=[RELEASE], stale_days=90, most_flags=500, reason="演练结束")
    with pytest.raises(flags.ApprovalNeeded):
        published(flag_document(name="改"), environment=RELEASE)
