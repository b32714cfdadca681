"""Kill and rollback: at once, without approval, as revisions that say so."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from server.core.errors import Forbidden, Invalid
from server.domain import flags
from server.domain.flags import Environment, RevisionKind
from tests.factories.flags import change, flag_document, for_segment, gray, published, segment_document

DEVELOP, TRIAL, RELEASE = Environment
CONTEXTS = [
    {"targetingKey": f"u{number}", "version": version, "platform": platform}
    for number in range(40)
    for version, platform in (("1.4.0", "ios"), ("1.5.0-rc.1", "android"))
]


def approved(cast, *documents):
    request = flags.propose(cast.zheng, RELEASE, [change(RELEASE, each) for each in documents], reason="上线")
    flags.approve(cast.zhou, request.id, content_hash=request.content_hash)


def answers(number: int | None = None) -> list[list[tuple[str, object, str | None]]]:
    compiled = flags.compile_set(flags.document_of(flags.content(RELEASE, number)))
    at = datetime(2026, 11, 20, tzinfo=UTC)
    return [[(one.key, one.value, one.variant) for one in compiled.resolve_all(context, at=at)] for context in CONTEXTS]


@pytest.mark.parametrize("who", ["zheng", "wu", "zhou"])
def test_one_verb_switches_one_flag_off(cast, who):
    approved(cast, flag_document("a", rules=[gray(10_000)]), flag_document("b"))
    revision = flags.kill(getattr(cast, who), RELEASE, "a", reason="支付页报错")
    held = flags.content(RELEASE).flags
    assert (revision.number, revision.kind, revision.reviewed, revision.reason) == (
        2,
        RevisionKind.KILL,
        False,
        "支付页报错",
    )
    assert (held["a"], held["b"]) == (flag_document("a", rules=[gray(10_000)], enabled=False), flag_document("b"))


def test_a_kill_takes_whatever_stands_now(cast):
    approved(cast, flag_document("a"))
    approved(cast, flag_document("a", name="刚改过"))
    flags.kill(cast.zheng, RELEASE, "a", reason="出错")
    assert flags.content(RELEASE).flags["a"] == flag_document("a", name="刚改过", enabled=False)


def test_what_is_off_or_unknown_cannot_be_killed(cast):
    approved(cast, flag_document("a", enabled=False))
    with pytest.raises(flags.AlreadyOff):
        flags.kill(cast.zheng, RELEASE, "a", reason="再关")
    with pytest.raises(flags.FlagNotFound):
        flags.kill(cast.zheng, RELEASE, "b", reason="没有")
    with pytest.raises(Invalid):
        flags.kill(cast.zheng, RELEASE, "a", reason="")
    with pytest.raises(Forbidden):
        flags.kill(cast.lin, RELEASE, "a", reason="无权")
    with pytest.raises(Forbidden):
        flags.roll_back(cast.lin, RELEASE, 1, reason="无权")


def test_where_no_approval_was_due_nothing_is_unreviewed(cast):
    published(flag_document())
    assert flags.kill(cast.zheng, DEVELOP, "new-search", reason="试").reviewed
    assert flags.roll_back(cast.zheng, DEVELOP, 1, reason="试").reviewed


def test_a_rollback_is_a_new_revision_that_evaluates_as_that_one_did(cast):
    approved(
        cast, segment_document("testers", "u3", "u5"), flag_document("a", rules=[for_segment("testers"), gray(2500)])
    )
    approved(
        cast, flag_document("b", prerequisites=[{"flag": "a", "variants": ["on"]}], otherwise="off", rules=[gray(5000)])
    )
    recorded = answers()
    approved(cast, segment_document("testers", "u7"), flag_document("a", rules=[gray(7500)]), flag_document("c"))
    flags.kill(cast.zheng, RELEASE, "b", reason="出错")
    assert answers() != recorded
    seen = flags.roll_back_preview(cast.lin, RELEASE, 2)
    assert [each.key for each in seen.touched] == ["testers", "a", "b", "c"]
    revision = flags.roll_back(cast.zhou, RELEASE, 2, reason="回到上周的状态")
    aim = flags.find_revision(cast.lin, RELEASE, 2)
    assert (revision.number, revision.parent, revision.reverts_to, revision.reviewed) == (5, 4, 2, False)
    assert (revision.content_hash, revision.tree) == (aim.content_hash, aim.tree)
    assert answers() == recorded == answers(2)


def test_going_back_to_what_stands_or_never_stood_is_refused(cast):
    approved(cast, flag_document())
    approved(cast, flag_document(name="改"))
    with pytest.raises(flags.NothingChanged, match="相同"):
        flags.roll_back(cast.zhou, RELEASE, 2, reason="x")
    for number in (0, 3, -1):
        with pytest.raises(flags.RevisionNotFound):
            flags.roll_back(cast.zhou, RELEASE, number, reason="x")
    assert flags.head(RELEASE) == 2


def test_a_vendor_does_not_undo_the_bureaus_kill_by_rolling_back(cast):
    approved(cast, flag_document("a"), flag_document("b"))
    flags.kill(cast.zhou, RELEASE, "a", reason="局方要求停用")
    with pytest.raises(flags.KilledByOthers, match="“a”不是由贵单位"):
        flags.roll_back(cast.zheng, RELEASE, 1, reason="想恢复")
    flags.kill(cast.zheng, RELEASE, "b", reason="自己关的")
    assert flags.roll_back(cast.wu, RELEASE, 2, reason="自己恢复").number == 4
    assert flags.roll_back(cast.zhou, RELEASE, 1, reason="局方恢复").number == 5


def test_what_skipped_approval_can_be_listed(cast, session):
    approved(cast, flag_document())
    flags.kill(cast.zheng, RELEASE, "new-search", reason="出错")
    found = session.scalars(flags.revisions_matching(cast.zhou, RELEASE, unreviewed=True)).all()
    assert [each.number for each in found] == [2]
