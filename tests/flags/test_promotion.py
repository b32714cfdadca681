"""Promotion: three-way against what was promoted last, with what the flags need, dry first, approved where it must be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from server.core.errors import Forbidden, Invalid
from server.domain import flags
from server.domain.flags import ChangeRequest, Environment, RequestState, Revision, RevisionKind
from server.domain.identity import SCHEDULER
from tests.factories.flags import change, flag_document, for_segment, gray, published, segment_document

DEVELOP, TRIAL, RELEASE = Environment


def carry(*keys, source=DEVELOP, target=TRIAL, **more):
    return flags.promote(SCHEDULER, source, target, keys, reason="晋级", **more)


def flag(environment=TRIAL, key="new-search"):
    return flags.content(environment).flags.get(key)


def test_flags_are_carried_with_the_segments_and_prerequisites_that_they_need(cast):
    needs = flag_document("needs", prerequisites=[{"flag": "base", "variants": ["on"]}], rules=[for_segment("testers")])
    published(segment_document(), segment_document("others"), flag_document("base"), flag_document("alone"), needs)
    seen = flags.promote_preview(cast.lin, DEVELOP, TRIAL, ["needs"])
    assert [(each.subject.value, each.key) for each in seen.touched] == [
        ("segment", "testers"),
        ("flag", "base"),
        ("flag", "needs"),
    ]
    assert flags.head(TRIAL) == 0
    done = flags.promote(cast.zheng, DEVELOP, TRIAL, ["needs"], reason="体验", seen=seen.token)
    assert isinstance(done, Revision)
    assert (done.kind, done.promoted_from, done.promoted_number) == (RevisionKind.PROMOTION, DEVELOP, 1)
    assert set(flags.content(TRIAL).flags) == {"base", "needs"}
    assert set(flags.content(TRIAL).segments) == {"testers"}


def test_a_prerequisite_that_the_target_has_stays_as_it_is_there(session):
    needs = {"prerequisites": [{"flag": "base", "variants": ["on"]}]}
    published(flag_document("base"), flag_document("needs", **needs))
    carry("needs")
    published(flag_document("base", rules=[gray(5000)]), flag_document("needs", name="改", **needs))
    carry("needs")
    assert (flag(key="base"), flag(key="needs")["name"]) == (flag_document("base"), "改")


def test_only_what_the_source_changed_since_is_carried(session):
    published(flag_document())
    carry("new-search")
    published(flag_document(rules=[gray(1000)]))
    published(flag_document(name="体验版里改的名"), environment=TRIAL)
    seen = flags.promote_preview(SCHEDULER, DEVELOP, TRIAL, ["new-search"])
    assert seen.moved[0].clean
    carry("new-search")
    assert flag() == flag_document(name="体验版里改的名", rules=[gray(1000)])
    with pytest.raises(flags.NothingChanged):
        carry("new-search")


def test_a_kill_in_the_target_survives_the_next_promotion(session):
    published(flag_document())
    carry("new-search")
    flags.kill(SCHEDULER, TRIAL, "new-search", reason="体验版出错")
    with pytest.raises(flags.NothingChanged):
        carry("new-search")
    published(flag_document(rules=[gray(1000)]))
    carry("new-search")
    assert flag() == flag_document(enabled=False, rules=[gray(1000)])


def test_what_was_rolled_back_counts_as_not_promoted(session):
    published(flag_document())
    carry("new-search")
    published(flag_document(rules=[gray(1000)]))
    carry("new-search")
    flags.roll_back(SCHEDULER, TRIAL, 1, reason="回退")
    carry("new-search")
    assert flag() == flag_document(rules=[gray(1000)])


def test_contradictions_are_refused_until_a_side_is_chosen(session):
    published(flag_document(rules=[gray(1000)]))
    carry("new-search")
    published(flag_document(rules=[gray(2000)]))
    published(flag_document(rules=[gray(3000)]), environment=TRIAL)
    with pytest.raises(flags.PromotionConflict, match="以哪一边为准") as raised:
        carry("new-search")
    assert raised.value.moved[0].conflicts
    carry("new-search", prefer=["new-search"])
    assert flag() == flag_document(rules=[gray(2000)])
    published(flag_document(rules=[gray(4000)]))
    carry("new-search")
    assert flag() == flag_document(rules=[gray(4000)])


def test_a_removal_is_carried_and_refused_where_it_contradicts(session):
    published(flag_document("a"), flag_document("b"))
    carry("a", "b")
    published(flag_document("b", name="体验版改过"), environment=TRIAL)
    flags.publish(SCHEDULER, DEVELOP, [change(DEVELOP, flag_document(key), remove=True) for key in "ab"], reason="清理")
    seen = flags.promote_preview(SCHEDULER, DEVELOP, TRIAL)
    assert {each.key for each in seen.touched} == {"a", "b"}
    with pytest.raises(flags.PromotionConflict):
        carry("a", "b")
    carry("a")
    assert (flag(key="a"), flag(key="b")["name"]) == (None, "体验版改过")


def test_all_that_differs_is_shown_without_keys(session):
    published(flag_document("a"), flag_document("b"), flag_document("c"))
    carry("a", "b")
    published(flag_document("a", name="改"))
    seen = flags.promote_preview(SCHEDULER, DEVELOP, TRIAL)
    assert [each.key for each in seen.touched] == ["a", "c"]


def test_release_gets_a_request_that_names_its_origin(cast):
    published(flag_document(), environment=TRIAL)
    request = flags.promote(cast.zheng, TRIAL, RELEASE, ["new-search"], reason="上线")
    assert isinstance(request, ChangeRequest)
    assert (request.state, request.kind, request.promoted_from) == (RequestState.PENDING, RevisionKind.PROMOTION, TRIAL)
    flags.approve(cast.zhou, request.id, content_hash=request.content_hash)
    revision = flags.find_revision(cast.lin, RELEASE, 1)
    assert (revision.kind, revision.promoted_from, revision.promoted_number) == (RevisionKind.PROMOTION, TRIAL, 1)
    with pytest.raises(flags.NothingChanged):
        carry("new-search", source=TRIAL, target=RELEASE)


def test_a_promotion_can_wait_for_its_moment(cast, clock):
    published(flag_document())
    moment = datetime.now(UTC) + timedelta(hours=1)
    request = flags.promote(cast.zheng, DEVELOP, TRIAL, ["new-search"], reason="明早", apply_at=moment)
    assert request.state is RequestState.APPROVED
    clock.shift(timedelta(hours=1))
    assert flags.apply_due() == 1
    assert flags.find_revision(cast.lin, TRIAL, 1).promoted_from is DEVELOP


def test_what_changed_since_the_dry_run_is_not_carried(session):
    published(flag_document(), flag_document("other"))
    seen = flags.promote_preview(SCHEDULER, DEVELOP, TRIAL, ["new-search"])
    published(flag_document("unrelated"), environment=TRIAL)
    published(flag_document("other", name="无关"))
    carry("new-search", seen=seen.token)
    seen = flags.promote_preview(SCHEDULER, DEVELOP, TRIAL, ["other"])
    published(flag_document("other", name="刚改"))
    with pytest.raises(flags.PromotionMoved):
        carry("other", seen=seen.token)


def test_promotion_goes_forward_only_and_knows_its_flags(cast):
    published(flag_document(), environment=TRIAL)
    for source, target in ((TRIAL, DEVELOP), (TRIAL, TRIAL)):
        with pytest.raises(Invalid):
            flags.promote_preview(cast.lin, source, target)
    with pytest.raises(flags.FlagNotFound, match="“nothing”"):
        carry("nothing", source=TRIAL, target=RELEASE)
    with pytest.raises(Forbidden):
        flags.promote(cast.zhou, TRIAL, RELEASE, ["new-search"], reason="x")
