"""A year of contract B, held against the figures that were worked out by hand."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.domain import contracts, deliverables, knowledge, payments, records, referrals, staffing, tickets
from server.domain.deliverables import State
from server.domain.payments import ClaimState, MatterStage, MilestoneState, OrderState
from server.domain.records import Basis, CompletionState
from server.domain.referrals import ExternalState, Outcome, Sheet
from server.domain.tickets import AskerKind, Channel, Scope, Ticket, TicketState
from server.domain.tickets import Basis as ClockBasis
from tests.story import years_expected as hand
from tests.story.test_year_a import clocks_follow_from_the_log, tickets_of
from tests.story.years_expected import at


def test_b33_takes_effect_with_the_last_seal(b):
    contract = contracts.find(b.administrator, b.contract_id)
    assert contract.effective_on == contract.starts_on == hand.B_EFFECTIVE
    assert contract.ends_on == date(2026, 7, 6)  # one year, and the day before its corresponding day (B24)


def test_b_tickets_run_without_a_clock(b):
    made = tickets_of(b)
    assert len(made) == hand.B_TICKETS
    kept = tickets.clocks_by_ticket([each.id for each in made])
    assert {clock.basis for clocks in kept.values() for clock in clocks} == {ClockBasis.NOT_AGREED}
    assert tickets.attainment(b.manager, since=at(2025, 7, 1, 0), until=at(2026, 8, 1, 0)) == []
    assert {each.state for each in made} == {TicketState.CLOSED, TicketState.CANCELLED}


def test_b15_consulting_by_asker_and_channel(b):
    found = tickets.consultations(b.manager, since=date(2025, 7, 7), until=date(2026, 7, 7), contract_id=b.contract_id)
    consulted = [each for each in tickets_of(b) if each.kind.value == "consultation"]
    counted = [each for each in consulted if each.state is not TicketState.CANCELLED]
    assert found.total in (len(consulted), len(counted))
    assert {each.asker_kind for each in consulted} == set(AskerKind)
    assert {each.channel for each in consulted} >= {
        Channel.PHONE,
        Channel.ZHEZHENGDING,
        Channel.QQ,
        Channel.WECHAT,
    }


def test_b26_first_instalment(b):
    first = next(each for each in payments.plan_of(b.administrator, b.contract_id) if each.milestone.key == "first")
    assert (first.amount, first.due_on, first.settled_on) == (hand.B_FIRST, hand.B_FIRST_DUE_ON, hand.B_FIRST_PAID_ON)
    assert first.state is MilestoneState.PAID


def test_b27_final_instalment(b):
    final = next(each for each in payments.plan_of(b.administrator, b.contract_id) if each.milestone.key == "final")
    assert (final.amount, final.due_on, final.settled_on) == (hand.B_FINAL, hand.B_FINAL_DUE_ON, hand.B_FINAL_PAID_ON)
    sheet = payments.late_fee(b.administrator, b.contract_id, "final")
    assert (sheet.units, sheet.amount) == (0, 0)


def test_b28_late_fee_by_completed_blocks(b):
    sheet = payments.late_fee(b.administrator, b.contract_id, "first")
    assert (sheet.units, sheet.amount) == (hand.B_BLOCKS_LATE, hand.B_LATE_FEE)
    claim = payments.find_claim(b.administrator, b.named["claim_late_payment"])
    assert (claim.computed, claim.settled, claim.state) == (hand.B_LATE_FEE, hand.B_LATE_FEE, ClaimState.SETTLED)


def test_b30_gate_was_closed_while_the_order_was_overdue(b):
    order = payments.find_order(b.administrator, b.named["order"])
    assert (order.state, order.due_on) == (OrderState.PASSED, date(2025, 9, 22))
    assert payments.gate_of(b.contract_id) == []
    application = payments.find(b.administrator, b.named["application_first"])
    steps = [each.step.value for each in payments.events_of([application.id])]
    assert steps.index("checked") < steps.index("approved") < steps.index("paid")
    (approved,) = [each for each in payments.events_of([application.id]) if each.step.value == "approved"]
    first, last = hand.B_GATE_CLOSED
    assert not first <= clock.local_day(approved.at) <= last


def test_b29_infringement_is_written_down_without_a_figure(b):
    matter = payments.find_matter(b.administrator, b.named["matter"])
    assert (matter.stage, matter.loss) == (MatterStage.CLOSED, None)


def test_b36_no_clock_for_acceptance(b):
    completion = records.find(b.manager, b.named["completion_final"])
    assert (completion.basis, completion.due_on) == (Basis.NOT_AGREED, None)
    assert completion.state is CompletionState.ACCEPTED
    assert records.accepted_on(b.contract_id) == hand.B_ACCEPTED_ON


def test_b23_papers_due_late_and_signed(b):
    standing = deliverables.standing(b.administrator, b.contract_id)
    assert Counter(each.expected.key for each in standing) == hand.B_CYCLES
    late = Counter(each.expected.key for each in standing if each.late)
    assert {key: late[key] for key in hand.B_CYCLES} == hand.B_LATE
    assert {each.state for each in standing} == {State.SIGNED}


@pytest.mark.parametrize(("key", "cycle"), hand.B_DUE)
def test_b23_due_moments(b, key, cycle):
    duty = next(
        each
        for each in deliverables.standing(b.administrator, b.contract_id)
        if (each.expected.key, each.expected.cycle_on) == (key, cycle)
    )
    assert duty.expected.due_at == hand.B_DUE[key, cycle]


def test_b17_every_sheet_has_an_outcome(b):
    sheets = session().scalars(referrals.matching(b.manager, Sheet, referrals.Filters())).all()
    assert {each.outcome for each in sheets} == {Outcome.FIXED_BY_PROVINCE, Outcome.EXPLAINED}
    assert referrals.unsettled(b.manager, contract_id=b.contract_id) == []


def test_b18_a_requirement_is_done_by_the_bureaus_word(b):
    wanted = referrals.find(b.manager, referrals.Requirement, b.named["wanted"])
    assert wanted.external_state is ExternalState.FIXED
    ticket = tickets.find(b.manager, b.named["new_table"])
    assert (ticket.scope, ticket.scope_confirmed_at) == (Scope.INSIDE, at(2026, 3, 4, 15))


def test_b_nobody_asked_for_years_of_experience(b):
    staff = staffing.staff_on(b.contract_id, date(2025, 7, 8))
    assert {each.name for each in staff} == {"白露", "顾远"}


def test_b_a_consultation_became_an_article(b):
    (made,) = knowledge.made_from(b.administrator, b.named["consulting"])
    assert knowledge.search(b.handler, "宠物")[0].article.id == made.id


def test_b_stored_clocks_are_those_of_the_log(b):
    clocks_follow_from_the_log(b)


def test_b_numbers_have_no_gaps(played):
    numbers = sorted(session().scalars(sa.select(Ticket.number)))
    for year in ("2025", "2026"):
        serials = [int(number.rpartition("-")[2]) for number in numbers if f"-{year}-" in number]
        assert sorted(serials) == list(range(1, len(serials) + 1))
