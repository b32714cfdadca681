"""A paper's way: owed, late, handed in, sent back, signed; who may, once only, and one signature for what goes together."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from server.core.db import session as unit
from server.core.errors import Forbidden, Invalid, NotFound
from server.domain import deliverables
from server.domain.deliverables import (
    AlreadySigned,
    Delivery,
    DeliveryMoved,
    DeliveryVersion,
    Incoming,
    NothingToDecide,
    State,
)
from tests.deliverables.conftest import Office, at
from tests.factories.contracts import contract_b

D = date.fromisoformat
PDF = b"%PDF-1.7\n%the report\n"


def test_b23_a_week_goes_by(office: Office) -> None:
    # The week of 28 July to 3 August is due on Monday the 4th at 12:00.
    for moment, state in [
        ("2025-07-30 10:00", State.UPCOMING),
        ("2025-08-01 13:00", State.DUE_SOON),
        ("2025-08-04 12:00", State.DUE_SOON),
        ("2025-08-04 12:01", State.LATE),
    ]:
        with at(moment):
            assert office.duty("weekly", "2025-07-28").state is state


def test_handed_in_in_time_is_not_late(office: Office) -> None:
    with at("2025-08-04 12:00"):
        office.hand_in()
    with at("2025-08-20 09:00"):
        duty = office.duty("weekly", "2025-07-28")
    assert (duty.state, duty.late, duty.done) == (State.HANDED_IN, False, True)


def test_late_stays_late_whatever_is_signed(office: Office) -> None:
    with at("2025-08-05 09:00"):
        delivery = office.hand_in()
        assert office.duty("weekly", "2025-07-28").late
    with at("2025-08-05 15:00"):
        deliverables.sign(office.lin, delivery.id)
        duty = office.duty("weekly", "2025-07-28")
    assert (duty.state, duty.late) == (State.SIGNED, True)


def test_sent_back_handed_in_again_and_signed(office: Office) -> None:
    with at("2025-08-30 10:00"):
        delivery = office.hand_in("inspection", "2025-08-01", file=Incoming("巡检单.pdf", PDF))
        assert office.duty("inspection", "2025-08-01").awaits_signature
    with at("2025-08-31 10:00"):
        deliverables.send_back(office.lin, delivery.id, reason="缺少磁盘数据", version=1)
        assert office.duty("inspection", "2025-08-01").owed
    with at("2025-09-02 10:00"):
        office.hand_in("inspection", "2025-08-01", summary="补充磁盘数据")
        deliverables.sign(office.lin, delivery.id, version=2, remark="齐备")
        duty = office.duty("inspection", "2025-08-01")
        folder = deliverables.folder(office.zheng, office.contract.id, "inspection", D("2025-08-01"))
    # The first hand-in decides: it came in time.
    assert (duty.state, duty.late, duty.delivery and duty.delivery.signed_version) == (State.SIGNED, False, 2)
    assert [(each.number, each.state, each.remark) for each in folder.versions] == [
        (2, State.SIGNED, "齐备"),
        (1, State.RETURNED, "缺少磁盘数据"),
    ]
    assert [len(office.trail(f"deliverable.{verb}")) for verb in ("handed_in", "sent_back", "signed")] == [2, 1, 1]


def test_finding_25_one_paper_two_duties_one_signature(office: Office) -> None:
    with at("2025-08-31 10:00"):
        monthly = office.hand_in("monthly", "2025-08-01", together_with=["inspection"])
        assert office.duty("inspection", "2025-08-01").awaits_signature
        covered = office.duty("inspection", "2025-08-01").delivery
        assert covered is not None
        with pytest.raises(NothingToDecide):
            deliverables.sign(office.lin, covered.id)
        with pytest.raises(DeliveryMoved):
            office.hand_in("inspection", "2025-08-01")
        deliverables.sign(office.lin, monthly.id)
        folder = deliverables.folder(office.lin, office.contract.id, "inspection", D("2025-08-01"))
    assert folder.standing.state is State.SIGNED
    assert [each.title for each in folder.versions] == ["运维月报（含巡检单）（2025年8月）"]
    assert unit().scalar(sa.select(sa.func.count()).select_from(DeliveryVersion)) == 1


def test_finding_24_they_may_as_well_come_apart(office: Office) -> None:
    with at("2025-08-31 10:00"):
        monthly = office.hand_in("monthly", "2025-08-01", together_with=["inspection"])
        deliverables.send_back(office.lin, monthly.id, reason="请分开提交")
        alone = office.hand_in("inspection", "2025-08-01")
        office.hand_in("monthly", "2025-08-01")
        deliverables.sign(office.lin, alone.id)
        assert office.duty("inspection", "2025-08-01").state is State.SIGNED
        assert office.duty("monthly", "2025-08-01").state is State.HANDED_IN


@pytest.mark.parametrize("other", ["weekly", "monthly", "nothing"])
def test_only_duties_of_the_same_cycle_go_together(office: Office, other: str) -> None:
    with at("2025-08-31 10:00"), pytest.raises(Invalid):
        office.hand_in("monthly", "2025-08-01", together_with=[other])


def test_a31_a_plan_is_talked_over_and_one_version_approved(office: Office) -> None:
    # Contract A owes the plan; 白 manages for its vendor.
    first = office.other.starts_on

    def submit(text: str) -> Delivery:
        return deliverables.hand_in(office.bai, contract_id=office.other.id, key="plan", cycle_on=first, summary=text)

    plan = submit("运维服务方案初稿")
    deliverables.comment(office.lin, plan.id, text="请补充应急预案")
    deliverables.comment(office.bai, plan.id, text="已补充")
    submit("第二稿")
    deliverables.sign(office.lin, plan.id, version=2)
    submit("第三稿：增加巡检频次")
    folder = deliverables.folder(office.lin, office.other.id, "plan", first)
    assert [each.author_name for each in folder.comments] == ["林岚", "bai"]
    # The approved one stays the second until the third is approved.
    assert folder.standing.delivery is not None
    assert folder.standing.delivery.signed_version == 2
    deliverables.sign(office.lin, plan.id, version=3)
    assert folder.standing.delivery.signed_version == 3


def test_what_is_signed_stays(office: Office) -> None:
    with at("2025-08-04 09:00"):
        delivery = office.hand_in()
        deliverables.sign(office.lin, delivery.id)
        with pytest.raises(AlreadySigned):
            office.hand_in()
        with pytest.raises(NothingToDecide):
            deliverables.send_back(office.lin, delivery.id, reason="晚了")


def test_only_what_was_looked_at_is_signed(office: Office) -> None:
    with at("2025-08-04 09:00"):
        delivery = office.hand_in()
        office.hand_in(summary="更正一处数字")
        with pytest.raises(DeliveryMoved):
            deliverables.sign(office.lin, delivery.id, version=1)


def test_nothing_before_its_cycle(office: Office) -> None:
    with at("2025-07-27 23:59"), pytest.raises(Invalid) as refused:
        office.hand_in(cycle_on="2025-07-28")
    assert "cycle_on" in refused.value.fields


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"summary": " "}, "summary"),
        ({"title": "长" * 201}, "title"),
        ({"summary": "机密★五年"}, "summary"),
        ({"file": Incoming("秘密★.pdf", PDF)}, "upload"),
        ({"file": Incoming("a.exe", b"MZ\x90")}, "upload"),
    ],
)
def test_what_is_refused(office: Office, values: dict[str, Any], field: str) -> None:
    with at("2025-08-01 09:00"), pytest.raises(Invalid) as refused:
        office.hand_in(**values)
    assert field in refused.value.fields


def test_reasons_are_needed_to_send_back(office: Office) -> None:
    with at("2025-08-01 09:00"):
        delivery = office.hand_in()
        with pytest.raises(Invalid):
            deliverables.send_back(office.lin, delivery.id, reason="  ")


def test_who_may(office: Office) -> None:
    with at("2025-08-01 09:00"):
        delivery = office.hand_in(file=Incoming("周报.pdf", PDF))
        with pytest.raises(Forbidden):
            deliverables.hand_in(
                office.lin, contract_id=office.contract.id, key="weekly", cycle_on=D("2025-07-21"), summary="代交"
            )
        for by in (office.zheng, office.shen):
            with pytest.raises(Forbidden):
                deliverables.sign(by, delivery.id)
        with pytest.raises(Forbidden):
            deliverables.comment(office.shen, delivery.id, text="看看")


def test_another_vendor_learns_nothing(office: Office) -> None:
    with at("2025-08-01 09:00"):
        delivery = office.hand_in(file=Incoming("周报.pdf", PDF))
        version = deliverables.folder(office.lin, office.contract.id, "weekly", D("2025-07-28")).versions[0]
        for attempt in (
            lambda: deliverables.standing(office.bai, office.contract.id),
            lambda: deliverables.folder(office.bai, office.contract.id, "weekly", D("2025-07-28")),
            lambda: deliverables.find_version(office.bai, version.id),
            lambda: deliverables.sign(office.bai, delivery.id),
            lambda: deliverables.comment(office.bai, delivery.id, text="?"),
            lambda: deliverables.moves_of(office.bai, office.contract.id),
            lambda: deliverables.hand_in(
                office.bai, contract_id=office.contract.id, key="weekly", cycle_on=D("2025-07-28"), summary="x"
            ),
        ):
            with pytest.raises(NotFound):
                attempt()
        assert {each.contract.id for each in deliverables.standings(office.bai)} == {office.other.id}
        assert {each.contract.id for each in deliverables.week(office.bai, D("2025-08-01"))} <= {office.other.id}


def test_a_file_comes_back_as_it_went(office: Office) -> None:
    with at("2025-08-01 09:00"):
        office.hand_in(file=Incoming("../周报.pdf", PDF), summary="")
        version = deliverables.folder(office.lin, office.contract.id, "weekly", D("2025-07-28")).versions[0]
        out = deliverables.send(deliverables.find_version(office.lin, version.id))
    assert out is not None
    assert (b"".join(out.pieces), out.name, out.mime) == (PDF, "周报.pdf", "application/pdf")


def test_nothing_promised_for_the_week_is_forgotten(office: Office) -> None:
    with at("2025-08-06 09:00"):
        found = deliverables.week(office.zheng, D("2025-08-06"))
    assert [(each.expected.key, str(each.expected.cycle_on), each.state) for each in found] == [
        ("weekly", "2025-07-07", State.LATE),
        ("weekly", "2025-07-14", State.LATE),
        ("weekly", "2025-07-21", State.LATE),
        ("inspection", "2025-07-01", State.LATE),
        ("weekly", "2025-07-28", State.LATE),
        ("monthly", "2025-07-01", State.LATE),
        ("statistics", "2025-07-01", State.DUE_SOON),
    ]


def test_drafts_owe_nothing(office: Office) -> None:
    draft = contract_b(active=False)
    assert draft.id not in {each.contract.id for each in deliverables.standings(office.lin)}
    with pytest.raises(NotFound):
        deliverables.standing(office.lin, draft.id)
