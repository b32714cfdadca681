"""The trail: one row with the change, a chain that does not fork, and whoever touches it is found out."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest
import sqlalchemy as sa

from server.core import crypto
from server.core.crypto import CipherName
from server.core.errors import Forbidden
from server.domain import identity
from server.domain.identity import (
    Anchor,
    AuditEntry,
    AuditFilters,
    AuditResult,
    CheckState,
    Fault,
    OfficerState,
    chain,
    record,
    seal_audit,
    verify_audit,
)
from server.domain.identity.models.audit import AuditHead
from tests.factories import identity as people


@pytest.fixture
def lin(session):
    return people.actor("lin")


def write(actor, count=5):
    return [
        record(actor, "ticket.responded", subject=("ticket", uuid.uuid4()), summary=f"第 {n} 次") for n in range(count)
    ]


@pytest.fixture
def trail(session, lin):
    """Five linked rows, oldest first."""
    rows = write(lin)
    session.flush()
    assert seal_audit() == 5
    return rows


def touch(session, statement):
    session.execute(statement.execution_options(synchronize_session=False))


def test_an_entry_says_who_when_where_what_and_the_difference(session, lin):
    entry = record(
        lin,
        "officer.described",
        subject=("officer", lin.id),
        summary="改名\0" + "长" * 600,
        changes={"state": [OfficerState.ACTIVE, None], "sum": [Decimal("1.50"), {"b", "a"}]},
        result="refused",
    )
    session.flush()
    session.expire_all()
    kept = session.get(AuditEntry, entry.id)
    assert (kept.actor_name, kept.organisation, kept.address) == ("林岚", people.BUREAU, "192.0.2.10")
    assert (kept.action, kept.subject_kind, kept.subject_id) == ("officer.described", "officer", str(lin.id))
    assert (len(kept.summary), kept.summary[:3], kept.result) == (500, "改名长", AuditResult.REFUSED)
    assert kept.changes == {"state": ["active", None], "sum": ["1.50", ["a", "b"]]}
    assert kept.differences == [("state", "active", "–"), ("sum", "1.50", "a、b")]
    assert identity.is_intact(kept)


def test_writing_an_entry_is_one_insert(session, lin, queries):
    with queries() as seen:
        write(lin, 1)
        session.flush()
    assert [statement.split()[0] for statement in seen] == ["INSERT"]


def test_an_entry_goes_with_the_change_when_that_is_rolled_back(session, lin):
    session.commit()
    write(lin, 1)
    session.rollback()
    assert session.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) == 0


def test_the_chain_is_sound_across_batches(session, lin, monkeypatch):
    monkeypatch.setattr(chain, "BATCH", 3)
    write(lin, 8)
    session.flush()
    assert [seal_audit(3), seal_audit(3), seal_audit(3), seal_audit(3)] == [3, 3, 2, 0]
    assert verify_audit() is None
    numbers = session.scalars(sa.select(AuditEntry.seq).order_by(AuditEntry.seq)).all()
    assert numbers == list(range(1, 9))


def test_an_empty_trail_is_sound(session):
    assert seal_audit() == 0
    assert verify_audit() is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("summary", "另一句话"),
        ("actor_name", "别人"),
        ("result", AuditResult.OK),
        ("changes", {"x": [1, 2]}),
        ("address", "203.0.113.9"),
        ("subject_id", "other"),
    ],
)
def test_an_edited_row_is_named(session, trail, lin, field, value):
    refused = record(lin, "x.y", summary="z", result="refused")
    session.flush()
    seal_audit()
    touch(session, sa.update(AuditEntry).where(AuditEntry.id == refused.id).values({field: value}))
    assert verify_audit() == Fault(6, "内容被改动", refused.id)


def test_an_edited_row_is_named_even_if_its_hash_was_reckoned_anew(session, trail):
    third = session.get(AuditEntry, trail[2].id, populate_existing=True)
    third.summary = "另一句话"
    third.hash = chain._hash(third.previous, 3, third)
    session.flush()
    assert verify_audit() == Fault(3, "内容被改动", third.id)


def test_a_deleted_row_is_named(session, trail):
    touch(session, sa.delete(AuditEntry).where(AuditEntry.id == trail[2].id))
    assert verify_audit() == Fault(3, "记录缺失")


def test_a_deleted_row_is_found_also_when_the_rest_moves_up(session, trail):
    touch(session, sa.delete(AuditEntry).where(AuditEntry.id == trail[2].id))
    touch(session, sa.update(AuditEntry).where(AuditEntry.seq == 4).values(seq=3))
    touch(session, sa.update(AuditEntry).where(AuditEntry.seq == 5).values(seq=4))
    assert verify_audit() == Fault(3, "顺序或链接被改动", trail[3].id)


def test_rows_in_another_order_are_found(session, trail):
    for number, row in ((-1, trail[1]), (2, trail[2]), (3, trail[1])):
        touch(session, sa.update(AuditEntry).where(AuditEntry.id == row.id).values(seq=number))
    assert verify_audit() == Fault(2, "顺序或链接被改动", trail[2].id)


def test_a_cut_off_end_is_found_by_the_head(session, trail):
    touch(session, sa.delete(AuditEntry).where(AuditEntry.seq >= 4))
    assert verify_audit() == Fault(4, "末尾记录缺失")


def test_a_head_that_was_put_back_needs_its_key(session, trail):
    touch(session, sa.delete(AuditEntry).where(AuditEntry.seq >= 4))
    touch(
        session,
        sa.update(AuditHead).values(seq=3, hash=session.get(AuditEntry, trail[2].id, populate_existing=True).hash),
    )
    assert verify_audit() == Fault(3, "链头印记无效")


def test_a_whole_old_state_is_found_by_an_anchor_noted_elsewhere(session, lin):
    write(lin, 3)
    session.flush()
    seal_audit()
    old = session.execute(sa.select(AuditHead.seq, AuditHead.hash, AuditHead.seal)).one()
    write(lin, 2)
    session.flush()
    seal_audit()
    noted = identity.audit_head()
    touch(session, sa.delete(AuditEntry).where(AuditEntry.seq > 3))
    touch(session, sa.update(AuditHead).values(seq=old.seq, hash=old.hash, seal=old.seal))
    assert verify_audit() is None
    assert verify_audit(noted) == Fault(4, "末尾记录缺失")
    assert verify_audit(Anchor(2, "0" * 64)).reason == "与留存的锚点不符"


def test_the_loser_of_two_sealers_links_nothing(session, trail, lin, monkeypatch):
    write(lin, 1)
    session.flush()
    monkeypatch.setattr(chain, "audit_head", lambda: Anchor(4, "0" * 64))
    assert seal_audit() == 0
    monkeypatch.undo()
    assert seal_audit() == 1
    assert verify_audit() is None


def test_old_seals_hold_when_the_cipher_suite_changes(session, trail, lin, monkeypatch):
    from dataclasses import replace

    ring = crypto.ring()
    try:
        crypto.install(replace(ring, cipher=CipherName.SM))
        write(lin, 1)
        session.flush()
        seal_audit()
        assert verify_audit() is None
    finally:
        crypto.install(ring)
    assert verify_audit() is None


def test_a_check_is_kept_between_its_batches(session, lin, monkeypatch):
    monkeypatch.setattr(chain, "BATCH", 4)
    write(lin, 9)
    session.flush()
    shen = people.actor("shen")
    check = identity.begin_check(shen)
    seen = []
    while check.state is CheckState.RUNNING:
        check = identity.continue_check(shen, check.id)
        seen.append((check.seq, check.total))
    assert seen == [(4, 9), (8, 9), (9, 9)]
    assert check.state is CheckState.SOUND


def test_a_check_that_finds_a_fault_says_where(session, trail):
    shen = people.actor("shen")
    touch(session, sa.update(AuditEntry).where(AuditEntry.seq == 2).values(summary="另一句话"))
    check = identity.continue_check(shen, identity.begin_check(shen).id)
    assert (check.state, check.bad_seq, check.bad_id, check.reason) == (CheckState.BROKEN, 2, trail[1].id, "内容被改动")
    assert identity.continue_check(shen, check.id).state is CheckState.BROKEN


def test_only_an_auditor_reads_the_trail(session, lin):
    for actor in (lin, people.actor("zhou"), people.actor("chen"), people.actor("zheng")):
        with pytest.raises(Forbidden):
            identity.audit_matching(actor)
    assert identity.audit_matching(people.actor("shen")) is not None


def test_filters_narrow_together(session, lin):
    write(lin, 2)
    other = record(people.actor("zhou"), "ticket_view.saved", summary="100%_好", subject=("view", "7"))
    session.flush()
    shen = people.actor("shen")

    def found(**filters):
        return session.scalars(identity.audit_matching(shen, AuditFilters(**filters))).all()

    assert len(found()) == 3
    assert len(found(action="ticket")) == 2  # a noun, not a prefix of another
    assert found(text="%_") == [other]
    assert found(subject_kind="view", subject_id="7") == [other]
    assert len(found(actor_id=lin.id, action="ticket.responded", until=other.at)) == 2
    assert found(result=AuditResult.FAILED) == []


def test_taking_entries_out_is_itself_an_entry(session, lin):
    write(lin, 2)
    session.flush()
    shen = people.actor("shen")
    assert len(identity.export_audit(shen, AuditFilters(action="ticket"))) == 2
    session.flush()
    last = session.scalars(identity.audit_matching(shen)).first()
    assert (last.action, last.changes) == ("audit.exported", {"action": [None, "ticket"]})
    with pytest.raises(Forbidden):
        identity.export_audit(people.actor("zhou"), AuditFilters())
