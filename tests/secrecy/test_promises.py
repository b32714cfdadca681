"""Promises: who lacks one, who attests it, what a departure does; results by their hashes; the log of what left the house."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from server.core import clock
from server.core.errors import Forbidden, Invalid
from server.domain import documents, identity, secrecy, staffing
from server.domain.documents import Document, DocumentState
from server.domain.identity import SCHEDULER
from server.domain.secrecy import (
    AssetKind,
    HandoverNotOpen,
    HandoverState,
    PromisedAlready,
    PromiseKind,
    PromiseState,
    SecrecyNotFound,
    TraceFilters,
    UseState,
)
from server.gateways.classified import Refusal
from tests.factories import identity as people
from tests.factories.records import at
from tests.factories.secrecy import HASH, handover, item, promise


def designated(house, name="郑一鸣", login="zheng"):
    account = people.session().scalar(sa.select(people.Officer.id).where(people.Officer.login == login))
    return staffing.assign(
        house.wu,
        contract_id=house.a.id,
        name=name,
        role="运维工程师",
        experience_from=date(2015, 1, 1),
        experience="十年",
        officer_id=account,
        valid_from=date(2025, 9, 1),
    )


def names(house):
    return {(each.kind, each.name) for each in secrecy.missing(house.lin, house.a.id)}


def test_whoever_has_access_needs_a_promise(house):
    designated(house)
    vendor = (PromiseKind.VENDOR, house.a.vendor_name)
    zheng, wu = (PromiseKind.PERSON, "郑一鸣"), (PromiseKind.PERSON, "吴桐")
    assert names(house) == {vendor, zheng, wu}
    row = promise(house.zheng, house.a)
    assert names(house) == {vendor, zheng, wu}
    with pytest.raises(Forbidden):
        secrecy.sign_on_paper(house.wu, row.id, signed_on=clock.today())
    secrecy.sign_on_paper(house.lin, row.id, signed_on=clock.today())
    assert names(house) == {vendor, wu}
    with pytest.raises(PromisedAlready):
        promise(house.zheng, house.a, "郑 一鸣")
    own = secrecy.prepare(house.wu, contract_id=house.a.id, kind=PromiseKind.VENDOR, name=house.a.vendor_name)
    secrecy.sign_on_paper(house.lin, own.id, signed_on=clock.today())
    assert names(house) == {wu}


def test_one_that_ran_out_does_not_count(house, friday):
    row = promise(house.zheng, house.a, valid_until=date(2025, 9, 30))
    secrecy.sign_on_paper(house.lin, row.id, signed_on=clock.today())
    assert (PromiseKind.PERSON, "郑一鸣") not in names(house)
    friday.move_to(at("2025-10-01 09:00"))
    assert (PromiseKind.PERSON, "郑一鸣") in names(house)


def test_a_departure_ends_the_promise_and_asks_for_what_is_held(house):
    person = designated(house)
    row = promise(house.zheng, house.a, maintainer_id=person.id)
    secrecy.sign_on_paper(house.lin, row.id, signed_on=clock.today())
    held = item(house.zheng, house.a, maintainer_id=person.id)
    staffing.off_board(house.wu, person.id, on=clock.today(), reason="离职")
    assert (row.state, row.ended_on) == (PromiseState.ENDED, clock.today())
    assert "继续有效" in row.end_reason
    assert held.due_back_on == clock.today() + timedelta(days=3)


def test_a_signed_document_puts_the_promise_in_force(house, session):
    row = promise(house.zheng, house.a)
    document = documents.issue(house.zheng, secrecy.PERSON_PAPER, row.id)
    assert not secrecy.anything_signed()
    session.execute(sa.update(Document).where(Document.id == document.id).values(state=DocumentState.SIGNED))
    assert secrecy.anything_signed()
    assert secrecy.take_signed(SCHEDULER) == 1
    assert secrecy.take_signed(SCHEDULER) == 0
    assert row.state is PromiseState.SIGNED


def test_results_by_their_hashes(house):
    row = handover(house.zheng, house.a, lines=2)
    with pytest.raises(Invalid):
        secrecy.add(house.zheng, row.id, kind=AssetKind.SOURCE, name="无校验值")
    with pytest.raises(Invalid):
        secrecy.add(house.zheng, row.id, kind=AssetKind.SOURCE, name="x", sha256="zz")
    secrecy.add(house.zheng, row.id, kind=AssetKind.ACCOUNT, name="后台账号 ops")
    with pytest.raises(HandoverNotOpen):
        secrecy.accept(house.lin, row.id)
    secrecy.deliver(house.zheng, row.id, on=clock.today())
    with pytest.raises(HandoverNotOpen):
        secrecy.add(house.zheng, row.id, kind=AssetKind.ACCOUNT, name="x")
    with pytest.raises(Forbidden):
        secrecy.accept(house.zheng, row.id)
    secrecy.refuse(house.lin, row.id, remark="缺文档")
    secrecy.add(house.zheng, row.id, kind=AssetKind.DOCUMENT, name="手册", sha256=HASH.upper())
    secrecy.deliver(house.zheng, row.id, on=clock.today())
    secrecy.accept(house.lin, row.id)
    assert row.state is HandoverState.ACCEPTED
    assert [each.name for each in secrecy.check(house.shen, row.id, sha256=HASH)] == ["手册"]
    assert secrecy.check(house.shen, row.id, sha256="cd" * 32) == []
    secrecy.ask_use(house.wu, row.id, purpose="用于案例宣传")
    with pytest.raises(Forbidden):
        secrecy.decide_use(house.lin, row.id, agreed=True, remark="")
    secrecy.decide_use(house.zhou, row.id, agreed=False, remark="不同意")
    assert row.use_state is UseState.DENIED


def test_nothing_of_another_contract(house, session):
    row, paper = promise(house.zheng, house.a), handover(house.zheng, house.a)
    assert session.scalars(secrecy.promises_matching(house.stranger)).all() == []
    assert session.scalars(secrecy.handovers_matching(house.stranger)).all() == []
    for verb in (
        lambda: secrecy.find_promise(house.stranger, row.id),
        lambda: secrecy.find_handover(house.stranger, paper.id),
        lambda: secrecy.check(house.stranger, paper.id, sha256=HASH),
        lambda: secrecy.deliver(house.stranger, paper.id, on=clock.today()),
    ):
        with pytest.raises(SecrecyNotFound):
            verb()


def test_the_access_log_is_the_bureaus(house, session, friday):
    for actor in (house.lin, house.zheng, house.stranger):
        with pytest.raises(Forbidden):
            secrecy.traces_matching(actor)
    secrecy.note_download(house.zheng, name="甲.pdf", path="/admin/x")
    secrecy.note_download(house.lin, name="乙.pdf", path="/admin/x", contract_id=house.b.id)
    identity.record(house.lin, "ticket.contact_unmasked", summary="查看电话")
    identity.record(house.lin, "ticket.closed", summary="关闭")
    secrecy.note_refused(house.zheng, [Refusal("机密", "文件名", 12)], path="/admin/x")
    rows = session.scalars(secrecy.traces_matching(house.zhou)).all()
    assert sorted(secrecy.group_of(row.action) for row in rows) == ["download", "download", "refused", "unmask"]
    of_a = session.scalars(secrecy.traces_matching(house.shen, TraceFilters(contract_id=house.a.id))).all()
    assert {row.actor_name for row in of_a} == {"郑一鸣"}
    of_b = session.scalars(secrecy.traces_matching(house.shen, TraceFilters(contract_id=house.b.id))).all()
    assert [row.summary for row in of_b] == ["下载 乙.pdf"]
    assert set(map(tuple, secrecy.contracts_of(rows).values())) == {(house.a.id,), (house.b.id,), ()}
    assert secrecy.oddities(house.zhou) == []
    friday.move_to(at("2025-09-26 23:30"))
    for _ in range(secrecy.MANY_AN_HOUR):
        secrecy.note_download(house.zheng, name="甲.pdf", path="/admin/x")
    assert sorted(each.kind for each in secrecy.oddities(house.zhou)) == ["一小时内大量下载或导出", "夜间下载或导出"]
    before = len(session.scalars(secrecy.traces_matching(house.zhou)).all())
    secrecy.export_traces(house.zhou, TraceFilters(), told="全部")
    assert len(session.scalars(secrecy.traces_matching(house.zhou)).all()) == before + 1
