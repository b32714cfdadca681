"""Contracts entered, seen by whom, put in force, revised, ended; readings chosen; warnings shown."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date
from types import MappingProxyType
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from server.core.errors import Forbidden, Invalid, NotFound
from server.core.ids import new_id
from server.domain import contracts, identity
from server.domain.contracts import ContractMoved, ContractState, ContractTerms, NumberTaken, WrongState
from server.domain.contracts.demo import facts
from server.domain.contracts.revisions import digest_of
from server.domain.identity import SCHEDULER, Actor, ActorKind, AuditEntry, Permission, Role, grants_of
from tests.factories.calendar import seeded_calendar
from tests.factories.contracts import contract_a, contract_b
from tests.factories.identity import officer

D = date.fromisoformat


def vendor_of(*contract_ids: uuid.UUID) -> Actor:
    roles = [(Role.VENDOR_MAINTAINER, contract_id) for contract_id in contract_ids]
    return Actor(kind=ActorKind.OFFICER, name="乙方 陈工", is_vendor=True, grants=grants_of(roles))


def last_entry(session: Any) -> AuditEntry:
    return session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc())).first()


def test_a_contract_is_entered_as_a_draft_and_put_in_force(session: Any) -> None:
    contract = contract_a(active=False)
    assert contract.state is ContractState.DRAFT
    assert contracts.contract_for("mini_program", D("2026-01-05")) is None
    contracts.activate(SCHEDULER, contract)
    found = contracts.contract_for("mini_program", D("2026-01-05"))
    assert found is not None
    assert found.id == contract.id
    assert last_entry(session).action == "contract.activated"
    with pytest.raises(WrongState):
        contracts.activate(SCHEDULER, contract)


def test_a_system_is_covered_only_inside_the_term(session: Any) -> None:
    contract = contract_a(ends_on=D("2026-03-31"))
    later = contract_a(starts_on=D("2026-04-01"), ends_on=D("2027-03-31"))
    covering = [
        contracts.contract_for("mini_program", D(day))
        for day in ("2025-03-03", "2025-03-04", "2026-03-31", "2026-04-01")
    ]
    assert [found and found.id for found in covering] == [None, contract.id, contract.id, later.id]
    assert contracts.contract_for("data_exchange", D("2026-01-05")) is None
    with pytest.raises(ValueError, match="abacus"):
        contracts.contract_for("abacus", D("2026-01-05"))


def test_a_vendor_sees_its_own_contracts_only(session: Any) -> None:
    ours, theirs = contract_a(), contract_b()
    vendor = vendor_of(ours.id)
    assert [row.id for row in session.scalars(contracts.matching(vendor))] == [ours.id]
    assert contracts.find(vendor, ours.id).id == ours.id
    with pytest.raises(NotFound):
        contracts.find(vendor, theirs.id)
    with pytest.raises(NotFound):
        contracts.find(SCHEDULER, new_id())
    with pytest.raises(Forbidden):
        contracts.matching(Actor(kind=ActorKind.OFFICER))
    with pytest.raises(Forbidden):
        contracts.warnings_of(vendor, theirs)


def test_the_list_is_filtered_by_state_and_words(session: Any) -> None:
    a, b = contract_a(active=False), contract_b()
    assert [row.id for row in session.scalars(contracts.matching(SCHEDULER, state=ContractState.DRAFT))] == [a.id]
    assert [row.id for row in session.scalars(contracts.matching(SCHEDULER, text="数据推送"))] == [b.id]
    assert list(session.scalars(contracts.matching(SCHEDULER, text="100%"))) == []
    assert contracts.systems_of([a.id, b.id]) == {a.id: ["mini_program"], b.id: ["data_exchange"]}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"number": " "}, "number"),
        ({"title": "长" * 201}, "title"),
        ({"ends_on": D("2025-03-03")}, "ends_on"),
        ({"systems": []}, "systems"),
        ({"systems": ["abacus"]}, "systems"),
        ({"terms": {"response": {}}}, "response.day_rule"),
        ({"reason": ""}, "reason"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(session: Any, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        contract_a(**changes)
    assert field in refused.value.fields


def test_an_internal_number_is_unique(session: Any) -> None:
    contract_a(number="YW-1")
    with pytest.raises(NumberTaken):
        contract_b(number="YW-1")


def test_only_the_administrator_enters_contracts(session: Any) -> None:
    contract = contract_a()
    vendor = vendor_of(contract.id)
    with pytest.raises(Forbidden):
        contracts.amend(
            vendor,
            contract,
            changes={"response.working_day_hours": 8},
            reason="方便",
            effective_from=D("2026-01-01"),
        )
    with pytest.raises(Forbidden):
        contracts.end(vendor, contract, ended_on=D("2026-01-01"), reason="不想做了")


@time_machine.travel("2026-11-20T10:00:00+08:00", tick=False)
def test_a_revision_holds_from_its_day_and_the_first_one_stays(session: Any) -> None:
    contract = contract_a()
    contracts.amend(
        SCHEDULER,
        contract,
        changes={"response.working_day_hours": 1},
        reason="补充协议一",
        effective_from=D("2026-12-01"),
        expected=contract.version,
    )
    assert (contract.revision, contract.version) == (2, 3)
    assert contracts.terms_of(contract.id).revision == 1
    later = contracts.terms_of(contract.id, on=D("2026-12-01"))
    assert later.revision == 2
    assert later.response is not None
    assert later.response.working_day_hours == 1
    first = contracts.terms_of(contract.id, 1).response
    assert first is not None
    assert first.working_day_hours == 2
    assert contracts.terms_of(contract.id, on=D("1999-01-01")).revision == 1
    entry = last_entry(session)
    assert entry.action == "contract.revised"
    assert entry.changes == {"response.working_day_hours": [2, 1]}


def test_revisions_are_numbered_signed_and_reasoned(session: Any) -> None:
    contract = contract_a()
    for hours in (3, 4):
        contracts.amend(
            SCHEDULER,
            contract,
            changes={"response.working_day_hours": hours},
            reason=f"改为 {hours} 小时",
            effective_from=D("2026-01-01"),
        )
    rows = contracts.revisions_of(contract)
    assert [(row.revision, row.reason, row.author_name) for row in rows] == [
        (3, "改为 4 小时", "系统调度"),
        (2, "改为 3 小时", "系统调度"),
        (1, "首次录入", "系统调度"),
    ]
    assert len({row.sha256 for row in rows}) == 3
    session.expire_all()
    assert all(digest_of(row.terms) == row.sha256 for row in contracts.revisions_of(contract))


def test_a_revision_decided_on_an_older_page_is_refused(session: Any) -> None:
    contract = contract_a()
    seen = contract.version
    values = {"reason": "补充协议", "effective_from": D("2026-01-01"), "expected": seen}
    contracts.amend(SCHEDULER, contract, changes={"response.working_day_hours": 1}, **values)
    with pytest.raises(ContractMoved):
        contracts.amend(SCHEDULER, contract, changes={"response.working_day_hours": 3}, **values)


def test_a_revision_must_change_something_and_say_why(session: Any) -> None:
    contract = contract_a()
    with pytest.raises(Invalid):
        contracts.amend(
            SCHEDULER,
            contract,
            changes={"response.working_day_hours": 2},
            reason="没变",
            effective_from=D("2026-01-01"),
        )
    with pytest.raises(Invalid):
        contracts.amend(
            SCHEDULER,
            contract,
            changes={"response.working_day_hours": 3},
            reason=" ",
            effective_from=D("2026-01-01"),
        )


@time_machine.travel("2026-11-20T10:00:00+08:00", tick=False)
def test_a_chosen_reading_says_who_chose_it_when_and_what_follows(session: Any) -> None:
    contract = contract_a()
    contracts.choose_reading(SCHEDULER, contract, finding="acceptance_days", reading="strict", reason="双方电话确认")
    terms = contracts.terms_of(contract.id)
    assert terms.acceptance is not None
    assert terms.acceptance.roll_over is False
    finding = next(each for each in terms.findings if each.key == "acceptance_days")
    assert (finding.chosen, finding.chosen_by, finding.chosen_on) == ("strict", "系统调度", D("2026-11-20"))
    assert not finding.open
    assert last_entry(session).action == "contract.reading_chosen"
    with pytest.raises(NotFound):
        contracts.choose_reading(SCHEDULER, contract, finding="none", reading="strict", reason="")
    with pytest.raises(Invalid):
        contracts.choose_reading(SCHEDULER, contract, finding="acceptance_days", reading="none", reason="")


def test_confirming_a_default_reading_is_a_revision_too(session: Any) -> None:
    contract = contract_a()
    contracts.choose_reading(SCHEDULER, contract, finding="monthly_fee", reading="twelfth", reason="沿用")
    assert contract.revision == 2
    assert contracts.terms_of(contract.id).fee == contracts.terms_of(contract.id, 1).fee


def test_a_contract_ends_by_agreement_early_but_never_late(session: Any) -> None:
    contract = contract_a(ends_on=D("2026-03-31"))
    with pytest.raises(Invalid) as refused:
        contracts.end(SCHEDULER, contract, ended_on=D("2026-04-30"), reason="延长")
    assert "续签请录入新合同" in refused.value.fields["ended_on"][0]
    with pytest.raises(Invalid):
        contracts.end(SCHEDULER, contract, ended_on=D("2026-01-31"), reason="")
    with pytest.raises(Invalid) as refused:
        contracts.end(SCHEDULER, contract, ended_on=D("2026-01-31"), reason="甲方通知")
    assert "双方一致" in refused.value.fields["agreed_by_both"][0]
    contracts.end(SCHEDULER, contract, ended_on=D("2026-01-31"), reason="双方协议", agreed_by_both=True)
    assert (contract.state, contract.ends_on) == (ContractState.ENDED, D("2026-01-31"))
    assert contracts.contract_for("mini_program", D("2026-01-31")) is not None
    assert contracts.contract_for("mini_program", D("2026-02-01")) is None
    with pytest.raises(WrongState):
        contracts.choose_reading(SCHEDULER, contract, finding="monthly_fee", reading="twelfth", reason="")


def test_terms_of_costs_one_query_when_known(session: Any, queries: Any) -> None:
    contract = contract_a()
    contracts.terms_of(contract.id)
    with queries() as seen:
        contracts.terms_of(contract.id)
    assert len(seen) == 1
    with pytest.raises(NotFound):
        contracts.terms_of(new_id())
    with pytest.raises(NotFound):
        contracts.terms_of(contract.id, 9)


@pytest.fixture
def heard() -> Iterator[list[str]]:
    reasons: list[str] = []

    def listen(_actor: Actor, _contract_id: uuid.UUID, reason: str) -> None:
        reasons.append(reason)

    contracts.follow(listen)
    yield reasons
    contracts.unfollow(listen)


def test_rooms_above_hear_of_changed_terms(session: Any, heard: list[str]) -> None:
    contract = contract_a()
    contracts.choose_reading(SCHEDULER, contract, finding="response_day", reading="stricter", reason="")
    assert heard == ["合同生效", "条款第 2 版"]


def warned(contract: Any, day: str) -> dict[str, str]:
    with time_machine.travel(f"{day}T10:00:00+08:00", tick=False):
        return {each.key: each.text for each in contracts.warnings_of(SCHEDULER, contract)}


def test_what_is_shown_beside_contract_a(session: Any) -> None:
    seeded_calendar()
    said = warned(contract_a(ends_on=D("2026-03-31")), "2026-03-01")
    assert "28 天没有约定价款" in said["unpriced_days"]
    assert "2,147.95" in said["unpriced_days"]
    assert "2025-12-22 之后" in said["late_documents_year_fee"]
    assert "182.5%" in said["rate_year_fee"]
    assert "还有 30 天" in said["term_ending"]
    assert "buyer_data" in said
    assert "5 处" in said["readings_open"]
    assert "not_agreed" not in said


def test_what_is_shown_beside_contract_b(session: Any) -> None:
    seeded_calendar()
    said = warned(contract_b(), "2026-11-20")
    assert "内部编号" in said["paper_number"]
    assert "自然日" in said["sme_first"]
    assert "sme_final" not in said
    assert "3.5%" in said["rate_first"]
    assert "8.3%" in said["rate_final"]
    assert "响应时限、到场时限、验收期限" in said["not_agreed"]
    assert "届满" in said["term_over"]
    assert "unpriced_days" not in said


def test_a_term_in_estimated_or_missing_years_is_warned_of(session: Any) -> None:
    seeded_calendar([2026, 2027])
    said = warned(contract_a(starts_on=D("2025-12-01"), ends_on=D("2027-03-31")), "2026-11-20")
    assert "未维护" in said["calendar_2025"]
    assert "暂定" in said["calendar_2027"]


def test_instalments_that_do_not_add_up_are_an_alarm(session: Any) -> None:
    terms = {**facts()[1]["terms"]}
    terms["milestones"] = terms["milestones"][:1]
    assert "不符" in warned(contract_b(terms=terms), "2026-01-05")["sum_differs"]


@time_machine.travel("2026-11-20T10:00:00+08:00", tick=False)
def test_the_demo_has_an_ended_a_current_and_another_vendors_contract(session: Any) -> None:
    one, other = new_id(), new_id()
    made = contracts.seed_demo(SCHEDULER, mini_program_vendor=one, data_exchange_vendor=other)
    assert (made.ended.state, made.ended.ends_on) == (ContractState.ENDED, D("2026-03-31"))
    assert (made.current.starts_on, made.current.ends_on) == (D("2026-04-01"), D("2027-03-31"))
    assert (made.current.vendor_id, made.exchange.vendor_id) == (one, other)
    active = contracts.contract_for("mini_program", D("2026-11-20"))
    assert active is not None
    assert active.id == made.current.id
    assert (made.exchange_current.number, made.exchange_current.ends_on) == ("YW-SJJH-2026-01", D("2027-07-06"))
    again = contracts.seed_demo(SCHEDULER, mini_program_vendor=one, data_exchange_vendor=other)
    assert again.current.id == made.current.id
    assert session.scalar(sa.select(sa.func.count()).select_from(ContractTerms)) == 4


def test_an_actor_with_an_empty_scope_sees_nothing(session: Any) -> None:
    contract_a()
    nobody = Actor(kind=ActorKind.OFFICER, grants=MappingProxyType({Permission.CONTRACT_VIEW: frozenset()}))
    assert list(session.scalars(contracts.matching(nobody))) == []


def test_when_a_contract_ends_its_vendors_people_lose_their_roles(session):
    contract = contract_a()
    tang = officer("tang", roles=[Role.VENDOR_MAINTAINER], contract_id=contract.id)
    assert identity.roles_of([tang.id])[tang.id]
    contracts.end(SCHEDULER, contract, ended_on=contract.ends_on, reason="期满")
    assert identity.roles_of([tang.id]).get(tang.id, []) == []
