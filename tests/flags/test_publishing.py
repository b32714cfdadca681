"""Publishing: numbered revisions over documents by hash, one conflict per flag, refusals in Chinese."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa

from server.core.errors import Forbidden, Invalid
from server.domain import flags
from server.domain.flags import Change, Environment, RevisionKind, Subject
from server.domain.identity import SCHEDULER, AuditEntry
from tests.factories.flags import change, flag_document, for_segment, gray, published, segment_document

DEVELOP, TRIAL, RELEASE = Environment


def entries(session, action: str) -> list[AuditEntry]:
    return list(session.scalars(sa.select(AuditEntry).where(AuditEntry.action == action)))


def test_a_publish_is_a_whole_numbered_set_with_its_author_and_reason(cast, clock, session):
    first = flags.publish(cast.zheng, DEVELOP, [change(DEVELOP, flag_document())], reason=" 新搜索上线准备 ")
    clock.shift(timedelta(hours=1))
    both = [change(DEVELOP, segment_document()), change(DEVELOP, flag_document(rules=[for_segment("testers")]))]
    second = flags.publish(cast.wu, DEVELOP, both, reason="先给测试人员")
    assert (first.number, first.parent, first.author_name, first.reason) == (1, None, cast.zheng.name, "新搜索上线准备")
    assert (second.number, second.parent, second.kind, second.reviewed) == (2, 1, RevisionKind.EDIT, True)
    assert second.created_at - first.created_at == timedelta(hours=1)
    assert flags.head(DEVELOP) == 2
    assert flags.heads() == {DEVELOP: 2, TRIAL: 0, RELEASE: 0}
    old, new = flags.content(DEVELOP, 1), flags.content(DEVELOP)
    assert (old.number, new.number, list(new.segments)) == (1, 2, ["testers"])
    assert old.flags["new-search"] == flag_document()
    assert new.content_hash == second.content_hash != old.content_hash
    assert flags.document_of(new)["metadata"] == {"flagSetId": "develop", "version": "2", "revision": 2}
    touched = flags.changes_of([first, second])
    assert [(each.subject, each.key) for each in touched[second.id]] == [("flag", "new-search"), ("segment", "testers")]
    words = flags.differences_of(touched[second.id])
    assert any("新增" in difference.text for difference in words[touched[second.id][1].id])
    entry = entries(session, "flag_set.edited")[-1]
    assert "先给测试人员" in entry.summary
    assert "testers" in entry.changes["flag:new-search"][1]


def test_the_empty_set_stands_before_the_first_revision(session):
    empty = flags.content(TRIAL)
    assert (empty.number, empty.flags, empty.segments, flags.head(TRIAL)) == (0, {}, {}, 0)
    flags.compile_set(flags.document_of(empty))
    with pytest.raises(flags.RevisionNotFound):
        flags.content(TRIAL, 1)


def test_equal_content_has_an_equal_hash_in_every_environment(session):
    one, other = published(flag_document()), published(flag_document(), environment=TRIAL)
    assert one.content_hash == other.content_hash
    assert session.scalar(sa.select(sa.func.count()).select_from(flags.FlagObject)) == 1


def test_edits_of_unrelated_flags_do_not_conflict(session):
    published(flag_document("one"), flag_document("two"))
    mine, theirs = change(DEVELOP, flag_document("one", name="甲")), change(DEVELOP, flag_document("two", name="乙"))
    flags.publish(SCHEDULER, DEVELOP, [theirs], reason="先")
    flags.publish(SCHEDULER, DEVELOP, [mine], reason="后")
    held = flags.content(DEVELOP).flags
    assert (held["one"]["name"], held["two"]["name"]) == ("甲", "乙")


def test_the_second_editor_gets_both_sides_and_the_clean_merge(session):
    published(flag_document(rules=[gray(1000)]))
    mine = change(DEVELOP, flag_document(rules=[gray(2500)]))
    published(flag_document(name="全新搜索", rules=[gray(1000)]))
    with pytest.raises(flags.FlagMoved) as raised:
        flags.publish(SCHEDULER, DEVELOP, [mine], reason="放量")
    (moved,) = raised.value.moved
    assert "new-search" in raised.value.text
    assert (moved.base["name"], moved.theirs["name"], moved.mine["name"]) == (
        "功能 new-search",
        "全新搜索",
        "功能 new-search",
    )
    assert moved.clean
    assert moved.merged == flag_document(name="全新搜索", rules=[gray(2500)])
    assert [each.path for each in moved.their_differences] == ["name"]
    seen = flags.preview(SCHEDULER, DEVELOP, [mine])
    assert seen.after.flags["new-search"] == moved.merged
    assert [each.path for each in seen.differences["new-search"]] != []
    again = Change(Subject.FLAG, "new-search", moved.merged, moved.theirs_hash)
    assert flags.publish(SCHEDULER, DEVELOP, [again], reason="放量").number == 3


def test_contradicting_edits_name_the_conflict(session):
    published(flag_document(rules=[gray(1000)]))
    mine = change(DEVELOP, flag_document(rules=[gray(2500)]))
    published(flag_document(rules=[gray(5000)]))
    with pytest.raises(flags.FlagMoved) as raised:
        flags.publish(SCHEDULER, DEVELOP, [mine], reason="放量")
    (moved,) = raised.value.moved
    assert not moved.clean
    assert moved.conflicts


@pytest.mark.parametrize("remove_mine", [True, False])
def test_a_removal_never_merges_with_an_edit(session, remove_mine):
    published(flag_document())
    mine = change(DEVELOP, flag_document(name="改名"), remove=remove_mine)
    theirs = change(DEVELOP, flag_document(name="别的"), remove=not remove_mine)
    flags.publish(SCHEDULER, DEVELOP, [theirs], reason="先")
    with pytest.raises(flags.FlagMoved) as raised:
        flags.publish(SCHEDULER, DEVELOP, [mine], reason="后")
    assert not raised.value.moved[0].clean


def test_creating_what_another_just_created_conflicts(session):
    mine = change(DEVELOP, flag_document())
    published(flag_document(name="别人的"))
    with pytest.raises(flags.FlagMoved) as raised:
        flags.publish(SCHEDULER, DEVELOP, [mine], reason="后")
    assert raised.value.moved[0].base is None


def test_what_changes_nothing_is_refused(session):
    published(flag_document())
    with pytest.raises(flags.NothingChanged, match="没有任何变化"):
        flags.publish(SCHEDULER, DEVELOP, [change(DEVELOP, flag_document())], reason="空")
    with pytest.raises(flags.NothingChanged):
        flags.publish(SCHEDULER, DEVELOP, [], reason="空")
    assert flags.head(DEVELOP) == 1


def test_what_others_need_cannot_go(session):
    needy = flag_document("needy", prerequisites=[{"flag": "base", "variants": ["on"]}], rules=[for_segment("testers")])
    published(flag_document("base"), needy, segment_document())
    for gone in (flag_document("base"), segment_document()):
        with pytest.raises(flags.StillNeeded, match="“needy”仍依赖"):
            flags.publish(SCHEDULER, DEVELOP, [change(DEVELOP, gone, remove=True)], reason="删")
    every = [change(DEVELOP, each, remove=True) for each in (needy, flag_document("base"), segment_document())]
    assert flags.publish(SCHEDULER, DEVELOP, every, reason="删").tree == {"flags": {}, "segments": {}}


def test_sets_that_do_not_fit_together_are_refused(session):
    circle = [
        flag_document("one", prerequisites=[{"flag": "two", "variants": ["on"]}]),
        flag_document("two", prerequisites=[{"flag": "one", "variants": ["on"]}]),
    ]
    unknown = [flag_document(rules=[for_segment("nobody")])]
    wrong = [flag_document(default="none")]
    for documents in (circle, unknown, wrong):
        with pytest.raises(Invalid):
            published(*documents)
    assert flags.head(DEVELOP) == 0


@pytest.mark.parametrize("reason", ["", "   ", "长" * 501])
def test_a_reason_is_needed(session, reason):
    with pytest.raises(Invalid) as raised:
        published(flag_document(), reason=reason)
    assert "reason" in raised.value.fields


def test_a_key_is_written_once_and_never_changes(session):
    twice = [change(DEVELOP, flag_document()), change(DEVELOP, flag_document(name="又"))]
    with pytest.raises(Invalid, match="两次"):
        flags.publish(SCHEDULER, DEVELOP, twice, reason="重复")
    with pytest.raises(Invalid) as raised:
        flags.publish(SCHEDULER, DEVELOP, [Change(Subject.FLAG, "other", flag_document(), None)], reason="改名")
    assert "key" in raised.value.fields


def test_the_rules_limit_how_many_flags_there_are(session):
    flags.set_policy(SCHEDULER, base_number=0, approval=[], stale_days=90, most_flags=2, reason="试")
    published(flag_document("a"), flag_document("b"))
    with pytest.raises(flags.TooManyFlags, match="最多 2 个"):
        published(flag_document("c"))
    published(flag_document("a", name="可以改"))


def test_release_is_not_published_but_proposed(cast):
    with pytest.raises(flags.ApprovalNeeded, match="须经局方审批"):
        flags.publish(cast.zheng, RELEASE, [change(RELEASE, flag_document())], reason="直接上")
    assert flags.head(RELEASE) == 0


def test_only_the_bureau_and_the_vendor_of_the_mini_program_see_the_flags(cast, session):
    published(flag_document())
    for looker in (cast.zheng, cast.wu, cast.zhou, cast.lin, cast.chen):
        assert flags.find_content(looker, DEVELOP).number == 1
        assert len(session.scalars(flags.revisions_matching(looker)).all()) == 1
    for verb in (
        lambda: flags.find_content(cast.bai, DEVELOP),
        lambda: flags.find_revision(cast.bai, DEVELOP, 1),
        lambda: flags.preview(cast.bai, DEVELOP, []),
        lambda: flags.export(cast.bai, DEVELOP),
        lambda: flags.publish(cast.bai, DEVELOP, [], reason="x"),
        lambda: flags.kill(cast.bai, DEVELOP, "new-search", reason="x"),
        lambda: flags.stale(cast.bai, DEVELOP),
    ):
        with pytest.raises(flags.FlagNotFound):
            verb()
    assert session.execute(flags.history_of(cast.lin, "\0")).all() == []
    assert session.execute(flags.revisions_matching(cast.lin, text="\0没有这样的原因")).all() == []
    lists = (
        flags.revisions_matching,
        flags.requests_matching,
        flags.policies,
        lambda who: flags.history_of(who, "new-search"),
    )
    for query in lists:
        assert session.execute(query(cast.bai)).all() == []


@pytest.mark.parametrize("who", ["lin", "zhou", "chen"])
def test_who_may_see_and_not_edit_is_told_so(cast, who):
    with pytest.raises(Forbidden):
        flags.publish(getattr(cast, who), DEVELOP, [change(DEVELOP, flag_document())], reason="x")


def test_a_vendor_without_a_contract_in_force_sees_nothing(cast, clock):
    clock.shift(timedelta(days=400))
    with pytest.raises(flags.FlagNotFound):
        flags.find_content(cast.zheng, DEVELOP)


def test_history_tells_every_change_of_a_flag_whatever_way_it_came(cast, clock, session):
    published(flag_document())
    clock.shift(timedelta(minutes=1))
    published(flag_document("other"))
    clock.shift(timedelta(minutes=1))
    published(flag_document(rules=[gray(1000)]))
    clock.shift(timedelta(minutes=1))
    flags.kill(cast.zheng, DEVELOP, "new-search", reason="出错")
    clock.shift(timedelta(minutes=1))
    flags.roll_back(cast.zheng, DEVELOP, 1, reason="回到最初")
    rows = session.execute(flags.history_of(cast.lin, "new-search", DEVELOP)).all()
    assert [revision.kind.value for _, revision in rows] == ["roll_back", "kill", "edit", "edit"]
    changes = [change_ for change_, _ in rows]
    assert all(newer.before_hash == older.after_hash for newer, older in pairwise(changes))
    assert changes[-1].before_hash is None


def test_lists_take_few_statements_however_long_they_are(cast, session, queries):
    for number in range(6):
        published(*(flag_document(f"f{each}", name=f"第{number}") for each in range(8)))
    session.expunge_all()
    with queries() as seen:
        rows = session.scalars(flags.revisions_matching(cast.lin, DEVELOP).limit(5)).all()
        found = flags.differences_of([each for changes in flags.changes_of(rows).values() for each in changes])
    assert len(found) == 40
    assert len(seen) == 3
    with queries() as seen:
        flags.content(DEVELOP)
    assert len(seen) == 3


def test_a_follower_hears_of_every_revision(session):
    heard = []
    follower = lambda actor, revision: heard.append((actor.name, revision.number))  # noqa: E731 - a follower of one line
    flags.follow(follower)
    try:
        published(flag_document())
        published(flag_document(name="再"))
    finally:
        flags.unfollow(follower)
    published(flag_document(name="又"))
    assert heard == [(SCHEDULER.name, 1), (SCHEDULER.name, 2)]
