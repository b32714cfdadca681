"""Any history of applying, checking, approving, paying and ordering, by any hands: no state outside the table is reached.

The truth is the log: it is walked beside the rows, so that no money moves but as two persons and the bank's reference say.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis.stateful import invariant, run_state_machine_as_test

from server.core import clock
from server.core import db as core_db
from server.core.money_words import in_words
from server.domain import contracts, payments
from server.domain.identity import AuditEntry
from server.domain.payments import (
    ApplicationState,
    Invoice,
    InvoiceState,
    MilestoneState,
    MoneyEvent,
    MoneyStep,
    OrderState,
    PayeeChange,
    PayeeState,
    Payment,
    PaymentMilestone,
    RectificationOrder,
)
from tests.payments.hands import OVER, Hands

State, Step = ApplicationState, MoneyStep
# The table: from where each step may be taken, and where it leads; () leads nowhere else.
MOVES: dict[MoneyStep, tuple[frozenset[ApplicationState], tuple[ApplicationState, ...]]] = {
    Step.APPLIED: (frozenset(), (State.SUBMITTED,)),
    Step.RESUBMITTED: (frozenset({State.RETURNED}), (State.SUBMITTED,)),
    Step.WITHDRAWN: (frozenset({State.SUBMITTED, State.CHECKED, State.RETURNED}), (State.WITHDRAWN,)),
    Step.RECEIVED: (frozenset({State.SUBMITTED}), ()),
    Step.INVOICED: (frozenset({State.SUBMITTED}), ()),
    Step.INVOICE_REJECTED: (frozenset({State.SUBMITTED, State.RETURNED, State.WITHDRAWN}), ()),
    Step.CHECKED: (frozenset({State.SUBMITTED}), (State.CHECKED,)),
    Step.RETURNED: (frozenset({State.SUBMITTED, State.CHECKED}), (State.RETURNED,)),
    Step.APPROVED: (frozenset({State.CHECKED}), (State.APPROVED,)),
    Step.PAID: (frozenset({State.APPROVED, State.PARTLY_PAID}), (State.PARTLY_PAID, State.PAID)),
}
SIGNED = frozenset({State.CHECKED, State.APPROVED, State.PARTLY_PAID, State.PAID})


class PaymentMachine(Hands):
    """What holds after every step of theirs."""

    @invariant()
    def the_log_tells_every_state(self) -> None:
        """Each line stands where the table allows it; walked to its end it gives the state, the money and the signatures."""
        for each in self.applications():
            log = self.log_of(each.id)
            assert [event.seq for event in log] == list(range(1, each.version + 1))
            assert log[0].step is Step.APPLIED
            state, paid = State.SUBMITTED, Decimal(0)
            for event in log[1:]:
                sources, targets = MOVES[event.step]
                assert state in sources, (state, event.step)
                if event.step is Step.PAID:
                    paid += Decimal(event.data["amount"])
                    assert 0 < paid <= each.amount
                    state = State.PAID if paid == each.amount else State.PARTLY_PAID
                elif targets:
                    state = targets[0]
            assert (each.state, each.paid) == (state, paid)
            assert (each.open_key is None) == (state in OVER)
            assert each.words == in_words(each.amount)

    @invariant()
    def two_persons_stand_behind_every_yuan(self) -> None:
        for each in self.applications():
            assert (each.checked_by_id is not None) == (each.state in SIGNED) or each.state is State.WITHDRAWN
            if each.state in SIGNED - {State.CHECKED}:
                assert each.approved_by_id is not None
                assert each.approved_by_id not in (each.checked_by_id, each.applied_by_id)
                signed = {event.step: event.actor_id for event in self.log_of(each.id)}
                assert signed[Step.APPROVED] == each.approved_by_id
                assert signed[Step.CHECKED] == each.checked_by_id

    @invariant()
    def papers_equal_what_was_asked(self) -> None:
        invoices = self.all(Invoice)
        for each in self.applications():
            mine = [one for one in invoices if one.application_id == each.id and one.state is InvoiceState.VALID]
            assert len(mine) <= 1
            assert all(one.amount == each.amount for one in mine)
            if each.state in SIGNED:
                assert mine
                assert each.received_on is not None
        alive = [one.live_number for one in invoices if one.live_number is not None]
        assert len(alive) == len(set(alive))
        assert all((one.live_number is None) == (one.state is InvoiceState.REJECTED) for one in invoices)

    @invariant()
    def no_instalment_is_paid_twice(self) -> None:
        if self.made is None:
            return
        transfers = self.all(Payment)
        assert len({each.reference for each in transfers}) == len(transfers)
        with clock.replaying(self.now):
            plan = payments.plan_of(self.till.lin, self.till.contract.id)
        for standing in plan:
            mine = [each for each in transfers if each.milestone == standing.milestone.key]
            assert sum((each.amount for each in mine), Decimal(0)) == standing.paid <= standing.amount
            living = [each for each in standing.applications if each.state not in OVER]
            assert len(living) <= 1
            row = next((each for each in self.all(PaymentMilestone) if each.milestone == standing.milestone.key), None)
            whole = standing.paid == standing.amount
            assert (standing.state is MilestoneState.PAID) == whole
            assert row is None or row.settled_on == (max(each.paid_on for each in mine) if whole else None)
            if row is not None and not whole:
                assert row.due_on == standing.due_on

    @invariant()
    def the_gate_is_shut_exactly_while_an_order_is_overdue(self) -> None:
        if self.made is None:
            return
        with clock.replaying(self.now):
            shut = {each.id for each in payments.gate_of(self.till.contract.id)}
        assert shut == {key for key, each in self.orders.items() if each.shuts(self.today)}

    @invariant()
    def orders_keep_to_their_table(self) -> None:
        ends = {
            Step.PASSED: OrderState.PASSED,
            Step.WITHDRAWN: OrderState.WITHDRAWN,
            Step.ANSWERED: OrderState.ANSWERED,
        }
        for each in self.all(RectificationOrder):
            log = [event for event in self.log_of(each.id) if event.step is not Step.DECIDED]
            assert log[0].step is Step.ORDERED
            for before, _ in pairwise(log):
                assert before.step not in (Step.PASSED, Step.WITHDRAWN)
            last = log[-1].step
            if last in ends:
                assert each.state is ends[last]
            else:
                assert each.state in (OrderState.ORDERED, OrderState.FAILED)
            assert each.found_undone or each.state is not OrderState.FAILED
            assert all(event.by_vendor is (event.step is Step.ANSWERED) for event in log)

    @invariant()
    def the_account_is_what_both_sides_said(self) -> None:
        if self.made is None:
            return
        changes = self.all(PayeeChange)
        assert sum(each.state is PayeeState.PROPOSED for each in changes) <= 1
        confirmed = []
        for each in changes:
            sides = {event.step: event.by_vendor for event in self.log_of(each.id)}
            if each.state in (PayeeState.CONFIRMED, PayeeState.REFUSED):
                answer = Step.CONFIRMED if each.state is PayeeState.CONFIRMED else Step.REFUSED
                assert sides[Step.PROPOSED] is not sides[answer]
            if each.state is PayeeState.CONFIRMED:
                confirmed.append((self.log_of(each.id)[-1].at, each.account_masked))
        billing = contracts.terms_of(self.till.contract.id).billing
        assert billing is not None
        shown = contracts.masked(billing.payee_account)
        newest = max((at for at, _ in confirmed), default=None)
        expected = {masked for at, masked in confirmed if at == newest} or {contracts.masked("2010000000009035516")}
        assert shown in expected

    @invariant()
    def every_line_is_in_the_trail(self) -> None:
        session = core_db.session()
        lines = session.scalar(sa.select(sa.func.count()).select_from(MoneyEvent))
        kinds = ("payment_application", "payee_change", "rectification_order")
        audited = sa.select(sa.func.count()).select_from(AuditEntry).where(AuditEntry.subject_kind.in_(kinds))
        assert session.scalar(audited) == lines


def test_any_history(app: Any, database: Any) -> None:
    if database.make != "sqlite":
        pytest.skip("the rules are the same on every database; the races are tested apart")
    PaymentMachine.app = app
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        PaymentMachine,
        settings=settings(
            max_examples=30,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
