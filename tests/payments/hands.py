"""Many hands on contract B's money, right ones and wrong ones, for the machine that watches what they bring about."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from server.domain import calendar, contracts, payments
from server.domain.calendar import DayKind
from server.domain.contracts import InvoiceKind
from server.domain.identity import SCHEDULER, Actor
from server.domain.payments import (
    Application,
    ApplicationState,
    Invoice,
    MoneyEvent,
    PayeeChange,
    RectificationOrder,
)
from tests.factories import payments as money
from tests.payments.counter import Counter, Ordered

State = ApplicationState
OVER = frozenset({State.PAID, State.WITHDRAWN})
MILESTONES = ("first", "final")
WHO = st.sampled_from(["wu", "wu", "lin", "lin", "zhou", "zhou", "qin", "zheng", "bai", "scheduler"])
WHICH = st.integers(0, 9)


class Hands(Counter):
    """Everybody tries everything with contract B's two instalments, in the days around its first due day."""

    @rule(hours=st.integers(1, 72))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(day=st.integers(24, 30), kind=st.sampled_from([DayKind.HOLIDAY, DayKind.WORKDAY, DayKind.SHIFTED]))
    def the_calendar_is_corrected(self, day: int, kind: DayKind) -> None:
        with self.trying():
            calendar.set_day(SCHEDULER, on=date(2025, 9, day), kind=kind, name="更正", source="紧急通知")

    @rule(who=WHO, milestone=st.sampled_from(MILESTONES), right=st.booleans(), back=st.integers(-1, 90))
    def apply(self, who: str, milestone: str, right: bool, back: int) -> None:
        with self.trying():
            standing = self.standing(milestone)
            payments.apply(
                self.who(who),
                contract_id=self.till.contract.id,
                milestone=milestone,
                amount=standing.unpaid if right else standing.amount + 1,
                basis="合同约定",
                applied_on=self.today - timedelta(days=back),
            )

    @rule(who=WHO, which=WHICH, verb=st.sampled_from(["receive", "check", "return", "approve", "refuse"]))
    def handle(self, who: str, which: int, verb: str) -> None:
        found = self.pick(Application, which)
        if found:
            actor, key = self.who(who), found.id
            with self.trying():
                if verb == "receive":
                    payments.record_receipt(actor, key, received_on=self.today)
                elif verb in ("check", "return"):
                    payments.check(actor, key, agreed=verb == "check", remark="意见")
                else:
                    self.second(actor, found, agreed=verb == "approve")

    @rule(who=WHO, which=WHICH, verb=st.sampled_from(["withdraw", "resubmit"]), stale=st.booleans())
    def take_back(self, who: str, which: int, verb: str, stale: bool) -> None:
        found = self.pick(Application, which)
        if found:
            seen = found.version - 1 if stale else found.version
            with self.trying():
                if verb == "withdraw":
                    payments.withdraw(self.who(who), found.id, reason="重提", seen=seen)
                else:
                    payments.resubmit(self.who(who), found.id, basis="已补充", seen=seen)

    @rule(who=WHO, which=WHICH, number=st.integers(1, 3), wrong=st.sampled_from(["", "", "amount", "title", "day"]))
    def invoice(self, who: str, which: int, number: int, wrong: str) -> None:
        found = self.pick(Application, which)
        if found:
            with self.trying():
                self.bill(self.who(who), found, f"2533200000{number:04d}", wrong)

    def bill(self, actor: Actor, found: Application, number: str, wrong: str = "") -> None:
        billing = contracts.terms_of(found.contract_id).billing
        assert billing is not None
        amount = found.amount - (1 if wrong == "amount" else 0)
        payments.register_invoice(
            actor,
            found.id,
            kind=InvoiceKind.VAT_SPECIAL,
            number=number,
            issued_on=self.today + timedelta(days=wrong == "day"),
            received_on=self.today,
            amount=amount,
            tax_rate=Decimal("0.06"),
            tax_amount=payments.tax_in(amount, Decimal("0.06")),
            buyer_title="别家单位" if wrong == "title" else billing.buyer_title,
            buyer_tax_number=billing.buyer_tax_number,
        )

    @rule(who=WHO, which=WHICH)
    def send_the_invoice_back(self, who: str, which: int) -> None:
        found = self.pick(Invoice, which)
        if found:
            with self.trying():
                payments.reject_invoice(self.who(who), found.id, reason="有误")

    @rule(who=WHO, which=WHICH, share=st.sampled_from([1, 1, 2, 3, -1]), again=st.booleans(), back=st.integers(-1, 5))
    def pay(self, who: str, which: int, share: int, again: bool, back: int) -> None:
        found = self.pick(Application, which)
        if found:
            with self.trying():
                self.transfer(self.who(who), found, (found.amount - found.paid) / share, again=again, back=back)

    def transfer(
        self, actor: Actor, found: Application, amount: Decimal, *, again: bool = False, back: int = 0
    ) -> None:
        self.references += 0 if again else 1
        payments.pay(
            actor,
            found.id,
            paid_on=self.today - timedelta(days=back),
            amount=amount,
            reference=f"ZF{self.references}",
        )
        self.gate_was_open()

    def second(self, actor: Actor, found: Application, *, agreed: bool) -> None:
        payments.approve(actor, found.id, agreed=agreed, reason="意见")
        if agreed:
            self.gate_was_open()

    def gate_was_open(self) -> None:
        """After a step that went through."""
        assert not any(each.shuts(self.today) for each in self.orders.values())

    @rule(who=WHO, days=st.integers(-1, 4))
    def order(self, who: str, days: int) -> None:
        self.give_order(who, days)

    def give_order(self, who: str, days: int) -> None:
        with self.trying():
            made = payments.order(
                self.who(who),
                contract_id=self.till.contract.id,
                facts="同步中断",
                demands="恢复",
                due_on=self.today + timedelta(days=days),
            )
            self.orders[made.id] = Ordered(made.due_on)

    @rule(who=WHO, which=WHICH, verb=st.sampled_from(["answer", "pass", "fail", "another day", "withdraw", "decide"]))
    def rectify(self, who: str, which: int, verb: str) -> None:
        self.try_order(who, which, verb)

    def try_order(self, who: str, which: int, verb: str) -> None:
        found = self.pick(RectificationOrder, which)
        if found:
            actor, key, kept = self.who(who), found.id, self.orders[found.id]
            with self.trying():
                if verb == "answer":
                    payments.answer(actor, key, text="已恢复")
                    kept.answered_on = self.today
                elif verb == "withdraw":
                    payments.withdraw_order(actor, key, reason="非乙方原因")
                    kept.over = True
                elif verb == "decide":
                    payments.decide_outcome(actor, key, outcome="refuse_payment", note="暂拒付")
                else:
                    another = self.today + timedelta(days=2) if verb == "another day" else None
                    payments.recheck(actor, key, passed=verb == "pass", remark="已查", due_on=another)
                    kept.over, kept.undone, kept.answered_on = verb == "pass", verb == "fail", None
                    kept.due_on = another or kept.due_on

    @rule(who=WHO, which=WHICH, verb=st.sampled_from(["propose", "propose", "confirm", "refuse", "withdraw"]))
    def payee(self, who: str, which: int, verb: str) -> None:
        self.try_payee(who, which, verb)

    def try_payee(self, who: str, which: int, verb: str) -> None:
        actor, found = self.who(who), self.pick(PayeeChange, which)
        if verb == "propose":
            with self.trying():
                account = f"6222000011112{len(self.all(PayeeChange)):03d}"
                payments.propose_payee(
                    actor, self.till.contract.id, name="明渠公司", bank="川江银行", account=account, reason="换行"
                )
        elif found:
            with self.trying():
                if verb == "withdraw":
                    payments.withdraw_payee(actor, found.id)
                else:
                    payments.confirm_payee(actor, found.id, agreed=verb == "confirm", remark="意见")

    @rule(picks=st.lists(st.integers(0, 99), min_size=3, max_size=10))
    def go_on(self, picks: list[int]) -> None:
        """The right people take the step that comes next, so that histories grow long."""
        for pick in picks:
            with self.trying():
                self.step(pick)

    @rule(picks=st.lists(st.integers(0, 99), min_size=2, max_size=6))
    def put_right(self, picks: list[int]) -> None:
        """Orders are given, answered and looked at again by those who may; the account is changed by both."""
        steps = [("order", "zhou"), ("answer", "wu"), ("pass", "zhou"), ("fail", "zhou"), ("another day", "zhou")]
        accounts = [("propose", "wu"), ("confirm", "zhou"), ("refuse", "qin"), ("propose", "zhou"), ("confirm", "wu")]
        for pick in picks:
            verb, who = (accounts if pick % 4 == 3 else steps)[pick // 4 % 5]
            if verb == "order":
                self.give_order(who, pick % 3)
            elif pick % 4 == 3:
                self.try_payee(who, pick, verb)
            else:
                self.try_order(who, pick, verb)

    def step(self, pick: int) -> None:
        till, living = self.till, [each for each in self.applications() if each.state not in OVER]
        if not living:
            money.applied(till, MILESTONES[pick % 9 == 8], on=self.today - timedelta(days=80))
            return
        found = living[pick % len(living)]
        if found.state is State.RETURNED:
            payments.resubmit(till.wu, found.id, basis="已补充")
        elif found.state is State.CHECKED:
            self.second(till.qin if pick % 2 else till.zhou, found, agreed=pick % 7 < 6)
        elif found.state in (State.APPROVED, State.PARTLY_PAID):
            self.transfer(till.lin, found, (found.amount - found.paid) / (2 if pick % 3 == 0 else 1))
        elif found.received_on is None:
            payments.record_receipt(till.lin, found.id, received_on=self.today)
        elif payments.live_invoice(found.id) is None:
            self.bill(till.lin, found, f"25332000{len(self.all(Invoice)):06d}")
        else:
            payments.check(till.zhou if pick % 3 == 0 else till.lin, found.id, agreed=pick % 5 < 4, remark="意见")

    def log_of(self, key: Any) -> list[MoneyEvent]:
        return payments.events_of([key])
