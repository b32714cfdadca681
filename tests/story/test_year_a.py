"""A year of contract A, held against the figures that were worked out by hand."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.domain import contracts, deliverables, duty, identity, knowledge, payments, records, staffing, tickets
from server.domain.contracts import SupplementState
from server.domain.identity import SCHEDULER, Role
from server.domain.payments import ClaimState, MilestoneState
from server.domain.records import Basis, CompletionState
from server.domain.staffing import Breach, CheckItem, Disposition, SubcontractState
from server.domain.tickets import Channel, ClockKind, Scope, Ticket, TicketClock, TicketState
from server.jobs.demo.years import Year
from tests.story import years_expected as hand
from tests.story.years_expected import at


def clock_of(year: Year, name: str, kind: ClockKind) -> TicketClock:
    """One clock of a ticket with a name."""
    kept = tickets.clocks_by_ticket([year.named[name]])[year.named[name]]
    return next(each for each in kept if each.kind is kind)


def tickets_of(year: Year) -> list[Ticket]:
    """All of the year's tickets."""
    return list(session().scalars(sa.select(Ticket).where(Ticket.contract_id == year.contract_id)))


def steps_of(year: Year, name: str) -> list[str]:
    """What happened to a ticket with a name, in order."""
    found = tickets.find(year.administrator, year.named[name])
    return [entry.kind.value for entry in tickets.timeline(year.administrator, found)]


def test_a47_takes_effect_with_the_last_seal(a):
    contract = contracts.find(a.administrator, a.contract_id)
    assert contract.effective_on == hand.A_EFFECTIVE
    assert (contract.ends_on - contract.starts_on).days + 1 == hand.A_DAYS == 393


@pytest.mark.parametrize("name", hand.A_RESPONSES)
def test_a20_response(a, name):
    kept, expected = clock_of(a, name, ClockKind.RESPONSE), hand.A_RESPONSES[name]
    assert (kept.started_at, kept.due_at) == (expected.received, expected.due)
    assert (kept.met_at <= kept.due_at) is expected.kept


@pytest.mark.parametrize("name", hand.A_ON_SITE)
def test_a21_on_site(a, name):
    kept, (due, in_time) = clock_of(a, name, ClockKind.ON_SITE), hand.A_ON_SITE[name]
    assert kept.due_at == due
    assert (kept.met_at <= due) is in_time


def test_a11_nothing_was_mended_without_consent(a):
    for name in hand.A_ON_SITE:
        log = steps_of(a, name)
        assert log.index("dispatched") < log.index("arrival_signed") < log.index("analysed") < log.index("consented")
        assert max(place for place, kind in enumerate(log) if kind == "consented") < log.index("resolved")


def test_a_tickets_and_attainment(a):
    assert len(tickets_of(a)) == hand.A_TICKETS
    found = {
        each.kind: each for each in tickets.attainment(a.manager, since=at(2025, 3, 4, 0), until=at(2026, 4, 1, 0))
    }
    assert found[ClockKind.RESPONSE].ended == hand.A_RESPONSES_COUNTED
    assert found[ClockKind.RESPONSE].kept == hand.A_RESPONSES_KEPT
    assert (found[ClockKind.ON_SITE].ended, found[ClockKind.ON_SITE].kept) == (2, 1)


def test_a_every_channel_and_nothing_left_open(a):
    made = tickets_of(a)
    assert {each.state for each in made} == {TicketState.CLOSED, TicketState.CANCELLED}
    assert sum(each.state is TicketState.CANCELLED for each in made) == 13
    assert sum(each.scope is Scope.CLIENT_SIDE for each in made) == 13
    assert {each.channel for each in made} >= set(Channel) - {Channel.CRASH, Channel.PATROL}


def test_a_one_event_is_one_ticket(a):
    merged = tickets.find(a.manager, a.named["merged"])
    assert (merged.state, merged.merged_into_id) == (TicketState.CLOSED, a.named["merged_into"])


def test_a08_scope_was_both_sides_word_before_work_began(a):
    requirement = tickets.find(a.manager, a.named["requirement"])
    assert requirement.scope is Scope.OUTSIDE
    assert requirement.scope_confirmed_at == at(2025, 10, 24, 9, 30)


@pytest.mark.parametrize("name", hand.A_ACCEPTANCE)
def test_a36_last_day_for_acceptance(a, name):
    completion = records.find(a.manager, a.named[f"completion_{name}"])
    assert (completion.received_on, completion.due_on) == hand.A_ACCEPTANCE[name]
    assert completion.due_at == clock.end_of(completion.due_on)
    assert completion.basis is Basis.AGREED


def test_a36_rejected_with_reasons_and_accepted_in_the_second_round(a):
    first = records.find(a.manager, a.named["completion_rejected"])
    second = records.find(a.manager, a.named["completion_rejected_again"])
    assert (first.state, first.round) == (CompletionState.REJECTED, 1)
    assert "步行" in first.reasons
    assert (second.state, second.round) == (CompletionState.ACCEPTED, 2)
    kinds = steps_of(a, "rejected")
    assert kinds.count("resolved") == 2
    assert kinds.index("rejected") < kinds.index("accepted")


def test_a37_deemed_by_the_clock_and_kept_apart(a):
    completion = records.find(a.manager, a.named["completion_deemed"])
    assert completion.state is CompletionState.DEEMED
    assert completion.decided_at == hand.A_DEEMED_AT
    states = records.state_counts(a.manager)
    assert (states[CompletionState.DEEMED], states[CompletionState.ACCEPTED]) == (1, 4)
    assert records.accepted_on(a.contract_id) == hand.A_ACCEPTED_ON


def test_a18_replacement_in_breach_is_flagged_and_not_blocked(a):
    (notice,) = session().scalars(staffing.replacements_matching(a.manager, contract_id=a.contract_id)).all()
    assert notice.notice_by == hand.A_NOTICE_BY
    assert (notice.effective_on - notice.received_on).days == hand.A_NOTICE_DAYS
    assert (notice.received_on - notice.notice_by).days == hand.A_NOTICE_SHORT_BY
    assert notice.breaches == [Breach.SHORT_NOTICE.value]
    before = {each.name for each in staffing.staff_on(a.contract_id, at(2025, 5, 31, 9).date())}
    after = {each.name for each in staffing.staff_on(a.contract_id, at(2025, 6, 1, 9).date())}
    assert (before - after, after - before) == ({"耿直"}, {"苏明"})


def test_a39_who_left_lost_access_and_everything_was_settled(a):
    assert a.former is not None
    assert identity.roles_of([a.former.id]) == {}
    assert all(item.disposition is not Disposition.OPEN for item in staffing.items_of(a.named["leaving"]))
    assert {item.item for item in staffing.items_of(a.named["leaving"])} == set(CheckItem)


def test_a33_subcontract_with_written_consent(a):
    subcontract = staffing.find_subcontract(a.manager, a.named["subcontract"])
    assert subcontract.state in (SubcontractState.CONSENTED, SubcontractState.ENDED)


def test_a25_fee_due_and_paid_late(a):
    plan = {each.milestone.key: each for each in payments.plan_of(a.administrator, a.contract_id)}
    fee, extra = plan["year_fee"], plan["night_service"]
    assert (fee.amount, fee.due_on, fee.settled_on) == (hand.A_FEE, hand.A_DUE_ON, hand.A_PAID_ON)
    assert fee.state is MilestoneState.PAID
    assert (extra.amount, extra.due_on, extra.unpaid) == (hand.A_EXTRA, hand.A_EXTRA_DUE_ON, 0)


def test_a42_late_fee_by_the_natural_day(a):
    sheet = payments.late_fee(a.administrator, a.contract_id, "year_fee")
    assert (sheet.units, sheet.amount) == (hand.A_DAYS_LATE, hand.A_LATE_FEE)
    in_time = payments.late_fee(a.administrator, a.contract_id, "night_service")
    assert (in_time.units, in_time.amount) == (0, 0)


@pytest.mark.parametrize(
    ("name", "computed", "settled"),
    [
        ("claim_late_payment", hand.A_LATE_FEE, hand.A_LATE_FEE),
        ("claim_material", hand.A_EVENT_PENALTY, hand.A_EVENT_PENALTY),
        ("claim_outage", hand.A_EVENT_PENALTY, hand.A_EVENT_PENALTY),
        ("claim_night_outage", hand.A_EVENT_PENALTY, hand.A_DAILY_USE_SETTLED),
    ],
)
def test_a41_a43_penalties(a, name, computed, settled):
    claim = payments.find_claim(a.administrator, a.named[name])
    assert (claim.computed, claim.settled, claim.state) == (computed, settled, ClaimState.SETTLED)


def test_a28_late_material_stops_our_own_target_only(a):
    (stall,) = records.stalls_of(a.contract_id)
    assert (stall.span.days, stall.ticket_id) == (hand.A_MATERIAL_DAYS_LATE, a.named["material"])
    ticket = tickets.find(a.administrator, a.named["material"])
    # from the end of 06-10 to the delivery on 06-24 at 09:30: 13 days and nine and a half hours
    assert tickets.resolution_of(a.administrator, ticket, clock.now()).stalled == timedelta(
        days=13, hours=9, minutes=30
    )
    response = clock_of(a, "material", ClockKind.RESPONSE)
    assert (response.due_at, response.met_at) == (at(2025, 6, 3, 12), at(2025, 6, 3, 10, 30))


def test_a13_a10_papers(a):
    standing = deliverables.standing(a.administrator, a.contract_id)
    of = {key: [each for each in standing if each.expected.key == key] for key in ("inspection", "summary", "plan")}
    assert [len(of["inspection"]), sum(each.late for each in of["inspection"])] == [
        hand.A_INSPECTIONS,
        hand.A_INSPECTIONS_LATE,
    ]
    assert [len(of["summary"]), sum(each.late for each in of["summary"])] == [hand.A_SUMMARIES, hand.A_SUMMARIES_LATE]
    due = {each.expected.cycle_on: each.expected.due_on for each in of["summary"]}
    assert {first: due[first] for first in hand.A_SUMMARY_DUE} == hand.A_SUMMARY_DUE
    assert {each.state for each in standing} == {deliverables.State.SIGNED}
    assert deliverables.folder(a.administrator, a.contract_id, "plan", hand.A_EFFECTIVE).standing.delivery.version == 2


def test_a19_one_night_without_anybody(a):
    contract = contracts.find(a.administrator, a.contract_id)
    gaps = duty.gaps(a.contract_id, contract.starts_on, contract.ends_on)
    assert [(gap.starts_at, gap.ends_at) for gap in gaps] == [hand.A_DUTY_GAP]


def test_a19_missed_calls_became_tickets_and_were_called_back(a):
    figures = duty.figures(a.administrator, at(2025, 3, 4, 0), at(2026, 4, 1, 0), contract_id=a.contract_id)
    assert figures.missed + figures.called_back == hand.A_MISSED_CALLS
    assert figures.answered == 27  # twenty-six every other week, and one about the outage


def test_a23_supplement_overrides_from_its_day_on(a):
    (supplement,) = contracts.supplements_of(a.contract_id)
    assert (supplement.number, supplement.state) == (1, SupplementState.IN_FORCE)
    hours = [contracts.terms_of(a.contract_id, on=at(2025, month, 30, 9).date()).on_site.hours for month in (11, 12)]
    assert hours == [24, 12]


def test_a_ticket_became_an_article(a):
    (made,) = knowledge.made_from(a.administrator, a.named["labour_day"])
    assert knowledge.search(a.handler, "节假日")[0].article.id == made.id
    tally = knowledge.tallies([made.id])[made.id]
    assert (tally.helped, tally.unhelped) == (3, 1)


def test_a02_ended_and_access_with_it(a):
    contract = contracts.find(a.administrator, a.contract_id)
    assert contract.state.value == "ended"
    held = identity.roles_of([a.maintainer.id, a.manager.id])
    assert (Role.VENDOR_MANAGER, a.contract_id) not in held[a.manager.id]
    assert (Role.VENDOR_MAINTAINER, a.contract_id) not in held[a.maintainer.id]


def test_a_stored_clocks_are_those_of_the_log(a):
    clocks_follow_from_the_log(a)


def test_the_trail_of_both_years_is_whole(played):
    assert not identity.anything_to_seal()
    assert identity.verify_audit() is None


def clocks_follow_from_the_log(year: Year) -> None:
    """Derive every clock of a year again from its ticket's log, under the terms of the day of receipt."""
    from server.domain import calendar
    from server.domain.tickets.clocks import logs_of
    from server.domain.tickets.sla import derive

    made, book = tickets_of(year), calendar.load()
    ids: list[uuid.UUID] = [each.id for each in made]
    logs, kept = logs_of(ids), tickets.clocks_by_ticket(ids)
    for ticket in made:
        terms = contracts.terms_of(year.contract_id, on=clock.local_day(ticket.received_at))
        again = {each.kind: each for each in derive(logs[ticket.id], terms, book)}
        assert {each.kind for each in kept[ticket.id]} == set(again)
        for row in kept[ticket.id]:
            for name in ("basis", "started_at", "due_at", "met_at", "provisional"):
                assert getattr(row, name) == getattr(again[row.kind], name), (ticket.number, row.kind, name)
    assert tickets.recompute_clocks(SCHEDULER, reason="试算", contract_id=year.contract_id).moved == ()
