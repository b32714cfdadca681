"""Import and export, rules as data, stale flags, client keys."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from server.core.errors import Forbidden, Invalid, NotFound
from server.domain import flags
from server.domain.flags import Environment, FlagPolicy, RevisionKind, StaleReason
from server.domain.identity import SCHEDULER, AuditEntry
from tests.factories.flags import flag_document, for_segment, gray, published, segment_document

DEVELOP, TRIAL, RELEASE = Environment
WHOLE = (
    segment_document(),
    flag_document("a", rules=[for_segment("testers"), gray(1000)], tags=["搜索"], owner="唐川"),
    flag_document("b", prerequisites=[{"flag": "a", "variants": ["on"]}]),
)


def test_an_export_comes_back_as_it_was(cast, session):
    published(*WHOLE)
    document = flags.export(cast.lin, DEVELOP)
    changes = flags.import_changes(cast.zheng, TRIAL, document)
    revision = flags.publish(cast.zheng, TRIAL, changes, reason="导入", kind=RevisionKind.IMPORT)
    one, other = flags.content(DEVELOP), flags.content(TRIAL)
    assert (one.flags, one.segments, one.content_hash) == (other.flags, other.segments, other.content_hash)
    assert revision.kind is RevisionKind.IMPORT
    assert flags.import_changes(cast.zheng, TRIAL, document, remove_others=True) == []
    assert session.scalar(sa.select(AuditEntry.summary).where(AuditEntry.action == "flag_set.exported")) is not None


def test_an_import_is_one_publish_of_what_differs(session):
    published(*WHOLE)
    document = flags.export(SCHEDULER, DEVELOP)
    published(flag_document("extra"), flag_document("b", name="改过"))
    kept = flags.import_changes(SCHEDULER, DEVELOP, document)
    assert [(each.key, each.document is None) for each in kept] == [("b", False)]
    whole = flags.import_changes(SCHEDULER, DEVELOP, document, remove_others=True)
    assert [(each.key, each.document is None) for each in whole] == [("b", False), ("extra", True)]
    flags.publish(SCHEDULER, DEVELOP, whole, reason="导入", kind=RevisionKind.IMPORT)
    assert flags.content(DEVELOP).content_hash == flags.content(DEVELOP, 1).content_hash
    with pytest.raises(Invalid):
        flags.import_changes(SCHEDULER, DEVELOP, {"flags": {"x": {"state": "MAYBE"}}})


def test_the_rules_are_numbered_versions(cast, session):
    assert flags.policy() == FlagPolicy()
    assert flags.needs_approval(RELEASE)
    assert not flags.needs_approval(TRIAL)
    rules = {"approval": [TRIAL, RELEASE], "stale_days": 30, "most_flags": 100, "reason": "更严"}
    after = flags.set_policy(cast.zhou, base_number=0, **rules)
    assert (after.number, flags.policy()) == (1, after)
    assert flags.needs_approval(TRIAL)
    with pytest.raises(flags.StalePolicy):
        flags.set_policy(cast.zhou, base_number=0, **rules)
    with pytest.raises(Invalid, match="没有任何变化"):
        flags.set_policy(cast.zhou, base_number=1, **rules)
    with pytest.raises(Invalid) as raised:
        flags.set_policy(cast.zhou, base_number=1, **rules | {"stale_days": 0, "most_flags": 0})
    assert set(raised.value.fields) == {"stale_days", "most_flags"}
    for who in (cast.zheng, cast.lin, cast.chen):
        with pytest.raises(Forbidden):
            flags.set_policy(who, base_number=1, **rules)
    assert len(session.scalars(flags.policies(cast.lin)).all()) == 1
    entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "flag_policy.set")).one()
    assert entry.changes["stale_days"] == [90, 30]


@pytest.mark.parametrize(
    ("document", "serves"),
    [
        (flag_document(), "off"),
        (flag_document(default=None), ""),
        (flag_document(enabled=False, rules=[gray(1000)]), "off"),
        (flag_document(rules=[gray(1000)]), None),
        (flag_document(rules=[gray(10_000)]), "on"),
        (flag_document(rules=[for_segment("testers")]), None),
        (flag_document(rules=[for_segment("testers", "off")]), "off"),
        (flag_document(rules=[for_segment("testers"), {"when": [], "serve": {"variant": "on"}}]), "on"),
        (
            flag_document(
                rules=[{"when": [], "serve": {"variant": "on"}}], prerequisites=[{"flag": "a", "variants": ["on"]}]
            ),
            None,
        ),
        (flag_document(targeting={"if": [True, "on", "off"]}), None),
    ],
)
def test_whom_a_flag_serves_what(document, serves):
    assert flags.serves_one(document) == serves


def test_stale_flags_are_found_tuned_and_silenced(cast, clock):
    published(
        flag_document("settled", rules=[gray(10_000)]),
        flag_document("growing", rules=[gray(5000)]),
        flag_document("forever", permanent=True),
        flag_document("overdue", rules=[gray(5000)], expires_on="2026-11-30"),
    )
    clock.shift(timedelta(days=60))
    published(flag_document("young"))
    clock.shift(timedelta(days=30))
    today = date(2027, 2, 18)
    used = {"settled": today, "growing": today - timedelta(days=90), "overdue": today, "young": today}
    found = {each.key: each.reasons for each in flags.stale(cast.lin, DEVELOP, used)}
    assert found == {
        "settled": (StaleReason.SETTLED,),
        "growing": (StaleReason.UNUSED,),
        "overdue": (StaleReason.OVERDUE,),
    }
    assert {each.key for each in flags.stale(cast.lin, DEVELOP)} == {"settled", "overdue"}
    flags.snooze(cast.zheng, DEVELOP, "settled", until=today + timedelta(days=10), reason="下个版本一起删")
    assert {each.key for each in flags.stale(cast.lin, DEVELOP)} == {"overdue"}
    told = {each.key: each.snooze_reason for each in flags.stale(cast.lin, DEVELOP, silenced=True)}
    assert told["settled"] == "下个版本一起删"
    flags.wake(cast.zhou, DEVELOP, "settled")
    assert "settled" in {each.key for each in flags.stale(cast.lin, DEVELOP)}
    flags.set_policy(cast.zhou, base_number=0, approval=[RELEASE], stale_days=365, most_flags=500, reason="放宽")
    assert {each.key for each in flags.stale(cast.lin, DEVELOP, used)} == {"overdue"}


def test_a_snooze_has_an_end_a_reason_and_a_flag(cast):
    published(flag_document())
    today = date(2026, 11, 20)
    for until in (today, today + timedelta(days=400)):
        with pytest.raises(Invalid):
            flags.snooze(cast.zheng, DEVELOP, "new-search", until=until, reason="x")
    with pytest.raises(flags.FlagNotFound):
        flags.snooze(cast.zheng, DEVELOP, "none", until=today + timedelta(days=1), reason="x")
    with pytest.raises(Forbidden):
        flags.snooze(cast.lin, DEVELOP, "new-search", until=today + timedelta(days=1), reason="x")
    flags.snooze(cast.zheng, DEVELOP, "new-search", until=today + timedelta(days=1), reason="x")
    flags.snooze(cast.zheng, DEVELOP, "new-search", until=today + timedelta(days=9), reason="再等等")


def test_stale_costs_the_same_for_any_number_of_flags(cast, session, queries):
    published(*(flag_document(f"f{number}") for number in range(20)))
    session.flush()
    with queries() as seen:
        flags.stale(cast.lin, DEVELOP, {})
    assert len(seen) == 6


def test_a_client_key_is_shown_once_and_kept_as_a_hash(cast, session, queries):
    issued = flags.issue_key(cast.chen, TRIAL, name="H5 页面", origins=["https://H5.example.gov.cn/", ""])
    assert issued.secret.startswith(f"sjf_{issued.row.prefix}_")
    assert issued.secret.split("_", 2)[2] not in str(vars(issued.row))
    assert issued.row.origins == ["https://h5.example.gov.cn"]
    session.flush()
    with queries() as seen:
        found = flags.key_by_secret(issued.secret)
    assert (found.environment, found.origins, len(seen)) == (TRIAL, ("https://h5.example.gov.cn",), 1)
    for wrong in (
        "",
        "sjf__",
        issued.secret[:-1],
        issued.secret.upper(),
        issued.secret.replace("sjf", "sj"),
        "sjf_ünï_x",
    ):
        assert flags.key_by_secret(wrong) is None
    flags.revoke_key(cast.chen, issued.row.id)
    flags.revoke_key(cast.chen, issued.row.id)
    assert flags.key_by_secret(issued.secret) is None
    assert session.scalars(flags.keys_matching(cast.chen, live=True)).all() == []
    assert len(session.scalars(flags.keys_matching(cast.chen, TRIAL)).all()) == 1
    told = session.scalars(sa.select(AuditEntry.action).where(AuditEntry.subject_kind == "flag_key")).all()
    assert sorted(told) == ["flag_key.issued", "flag_key.revoked"]
    assert issued.secret not in str([entry.changes for entry in session.scalars(sa.select(AuditEntry))])


def test_keys_are_the_administrators_and_well_formed(cast):
    for who in (cast.zheng, cast.zhou, cast.lin):
        with pytest.raises(Forbidden):
            flags.issue_key(who, TRIAL, name="x")
    for values in (
        {"name": " "},
        {"name": "长" * 81},
        {"name": "x", "origins": ["h5.example"]},
        {"name": "x", "origins": ["*"]},
    ):
        with pytest.raises(Invalid):
            flags.issue_key(cast.chen, TRIAL, **values)
    with pytest.raises(NotFound):
        flags.revoke_key(cast.chen, cast.chen.id)
