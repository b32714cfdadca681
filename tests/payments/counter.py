"""Where the machine of payments works: its database, its clock, its people, and what a refusal must leave as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from hypothesis.stateful import RuleBasedStateMachine, initialize

from server.core import clock
from server.core import db as core_db
from server.core.clock import LOCAL
from server.core.db import bound_to, db
from server.core.errors import Conflict, Forbidden, Invalid, NotFound
from server.domain import payments
from server.domain.identity import SCHEDULER, Actor
from server.domain.payments import (
    Application,
    Invoice,
    MoneyEvent,
    PayeeChange,
    Payment,
    PaymentMilestone,
    RectificationOrder,
)
from tests.factories import payments as money
from tests.factories.payments import Till

REFUSALS = (Conflict, Forbidden, Invalid, NotFound)


@dataclass
class Ordered:
    """An order as its steps tell it, kept beside the row: what the gate is judged by."""

    due_on: date
    undone: bool = False
    answered_on: date | None = None
    over: bool = False

    def shuts(self, today: date) -> bool:
        in_time = self.answered_on is not None and self.answered_on <= self.due_on
        return not self.over and (self.undone or (self.due_on < today and not in_time))


class Counter(RuleBasedStateMachine):
    """A database that is thrown away, a clock, and contract B with everybody who has to do with its money."""

    app: Any = None

    def __init__(self) -> None:
        super().__init__()
        self.context = self.app.app_context()
        self.context.push()
        self.connection = db.engine.connect()
        self.outer = self.connection.begin()
        self.bound = bound_to(self.connection)
        self.bound.__enter__()
        self.now = datetime(2025, 9, 22, 9, 0, tzinfo=LOCAL)
        self.made: Till | None = None
        self.references = 0
        self.orders: dict[Any, Ordered] = {}

    def teardown(self) -> None:
        db.session.remove()
        self.bound.__exit__(None, None, None)
        self.outer.rollback()
        self.connection.close()
        self.context.pop()

    @initialize()
    def begin(self) -> None:
        with clock.replaying(self.now):
            self.made = money.till("b", years=(2025, 2026))

    @property
    def till(self) -> Till:
        assert self.made is not None
        return self.made

    @property
    def today(self) -> date:
        return clock.local_day(self.now)

    def who(self, name: str) -> Actor:
        return SCHEDULER if name == "scheduler" else getattr(self.till, name)

    def all(self, model: Any, *order: Any) -> list[Any]:
        return list(core_db.session().scalars(sa.select(model).order_by(*(order or (model.id,)))))

    def applications(self) -> list[Application]:
        return self.all(Application, Application.number)

    def pick(self, model: Any, which: int) -> Any:
        found = self.all(model)
        return found[which % len(found)] if found else None

    @contextmanager
    def trying(self) -> Iterator[None]:
        """Either something more in the log, or a refusal that leaves everything as it was."""
        session = core_db.session()
        session.flush()
        before = self.picture()
        with clock.replaying(self.now):
            try:
                with session.begin_nested():
                    yield
            except REFUSALS:
                session.expire_all()
                assert self.picture() == before

    def picture(self) -> Any:
        rows = [
            (each.id, each.state, each.paid, each.version, each.received_on, each.open_key)
            for each in self.applications()
        ]
        orders = [(each.id, each.state, each.due_on, each.version) for each in self.all(RectificationOrder)]
        dues = [(each.milestone, each.due_on, each.settled_on) for each in self.all(PaymentMilestone)]
        counts = [len(self.all(model)) for model in (Payment, Invoice, MoneyEvent, PayeeChange)]
        return rows, orders, dues, counts

    def standing(self, milestone: str) -> payments.MilestoneStanding:
        plan = payments.plan_of(self.till.lin, self.till.contract.id)
        return next(each for each in plan if each.milestone.key == milestone)
