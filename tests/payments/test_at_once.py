"""Several hands on one instalment at once, on every database: one approval, one transfer, one application, no waiting in a ring."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa

from server.app import Service, create_app
from server.core import clock
from server.core.db import Base, db, session, unit
from server.core.errors import ShijianError
from server.domain import contracts, payments
from server.domain.payments import Application, ApplicationState, Claim, PayeeChange, Payment
from tests.conftest import make_settings
from tests.factories import payments as money
from tests.factories import tickets as desk
from tests.factories.payments import Till
from tests.support.databases import MAKES, available, fresh_database

ROUNDS = 3


@pytest.fixture(params=MAKES, scope="module")
def alone(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """An application on a database of this module's own: every unit commits."""
    if not available(request.param):
        pytest.skip(f"no {request.param} here")
    folder: Path = tmp_path_factory.mktemp("payments-at-once")
    with fresh_database(request.param, folder) as fresh:
        app = create_app(make_settings(folder, database_url=fresh.url, database_timeout_ms=15_000))
        with app.app_context():
            Base.metadata.create_all(db.engine)
        yield app
        with app.app_context():
            db.engine.dispose()


@pytest.fixture(scope="module")
def tills(alone: Service) -> dict[str, Till]:
    """Both contracts with their people; the series of numbers are ready, as on any working day."""
    with alone.app_context(), unit():
        payments.prepare_numbers()
        return {"b": money.till("b")}


def at_once(app: Service, *verbs: Callable[[], Any]) -> list[Any]:
    """What came of each, begun together: what the verb gave, or the refusal's code."""
    together = Barrier(len(verbs))

    def run(verb: Callable[[], Any]) -> Any:
        with app.app_context():
            try:
                together.wait()
                with unit():
                    return verb()
            except ShijianError as refused:
                return refused.code
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(verbs)) as pool:
        return list(pool.map(run, verbs))


def begun(app: Service, till: Till, upto: str = "received") -> uuid.UUID:
    """An application of the first instalment, as far as asked; what an earlier round did is taken out of the way."""
    with app.app_context(), unit():
        session().execute(sa.delete(Payment))
        for each in session().scalars(sa.select(Application)):
            each.open_key, each.state, each.paid = None, ApplicationState.WITHDRAWN, Decimal(0)
        session().flush()
        key: uuid.UUID = getattr(money, upto)(till).id
        return key


def decisions(till: Till, key: uuid.UUID) -> tuple[Callable[[], Any], ...]:
    """What may become of a checked application."""
    return (
        lambda: payments.approve(till.zhou, key, agreed=True).approved_by_name,
        lambda: payments.approve(till.qin, key, agreed=True).approved_by_name,
        lambda: payments.withdraw(till.wu, key, reason="重提").state.value,
    )


def paying(till: Till, key: uuid.UUID, amount: Decimal, reference: str) -> Callable[[], Any]:
    return lambda: payments.pay(till.lin, key, paid_on=clock.today(), amount=amount, reference=reference).amount


def asking(till: Till, milestone: str) -> Callable[[], Any]:
    return lambda: money.applied(till, milestone).milestone


def test_two_approvers_approve_once(alone: Service, tills: dict[str, Till]) -> None:
    till = tills["b"]
    for _ in range(ROUNDS):
        key = begun(alone, till)
        with alone.app_context(), unit():
            payments.check(till.lin, key, agreed=True)
        came = at_once(alone, *decisions(till, key))
        assert came.count("payment_wrong_step") == 2, came
        with alone.app_context(), unit():
            row = session().get_one(Application, key)
            won = next(each for each in came if each != "payment_wrong_step")
            assert won in (row.approved_by_name, row.state.value)
            assert len(payments.events_of([key])) == 5


def test_who_checks_and_approves_at_once_is_still_one_person(alone: Service, tills: dict[str, Till]) -> None:
    till = tills["b"]
    key = begun(alone, till)
    came = at_once(
        alone,
        lambda: payments.check(till.zhou, key, agreed=True).state,
        lambda: payments.approve(till.zhou, key, agreed=True).state,
    )
    assert came[0] is ApplicationState.CHECKED
    assert came[1] in ("payment_wrong_step", "payment_same_person")


def test_the_same_money_leaves_once(alone: Service, tills: dict[str, Till]) -> None:
    till, whole = tills["b"], Decimal("104160.00")
    for count in range(ROUNDS):
        key = begun(alone, till, "approved")
        references = [f"R{count}-{number}" for number in (0, 1, 2, 0)]
        came = at_once(alone, *(paying(till, key, whole, each) for each in references))
        assert came.count(whole) == 1, came
        with alone.app_context(), unit():
            sums = sa.select(sa.func.sum(Payment.amount)).where(Payment.application_id == key)
            assert session().scalar(sums) == whole
            row = session().get_one(Application, key)
            assert (row.paid, row.state) == (whole, ApplicationState.PAID)


def test_one_reference_is_entered_once_for_a_part(alone: Service, tills: dict[str, Till]) -> None:
    till = tills["b"]
    key = begun(alone, till, "approved")
    came = at_once(alone, *(paying(till, key, Decimal(100), "SAME") for _ in range(3)))
    assert sorted(map(str, came)) == ["100.00", "payment_reference_taken", "payment_reference_taken"]


def test_one_open_application_and_nobody_waits_in_a_ring(alone: Service, tills: dict[str, Till]) -> None:
    """Both instalments are asked for at once, the calendar's followers run, an open one is withdrawn."""
    till = tills["b"]

    for _ in range(ROUNDS):
        withdrawing = decisions(till, begun(alone, till))[-1]
        came = at_once(
            alone,
            asking(till, "final"),
            asking(till, "final"),
            asking(till, "first"),
            withdrawing,
            lambda: payments.refresh_all(till.zhou, "重算") >= 0,
        )
        assert came.count("final") == 1, came
        assert set(came) <= {"final", "first", "payment_already_applied", "withdrawn", True}


def test_one_event_one_claim_whichever_clause(alone: Service, tills: dict[str, Till]) -> None:
    with alone.app_context(), unit():
        till = money.till("a")
        ticket_id = desk.ticket(till.lin, contract_id=till.contract.id).id

    def claim(penalty: str) -> Callable[[], Any]:
        return lambda: (
            payments.open_claim(
                till.zhou,
                contract_id=till.contract.id,
                penalty_key=penalty,
                event="小程序无法打开",
                occurred_on=clock.today() - timedelta(days=1),
                facts="全天白屏",
                ticket_id=ticket_id,
            ).penalty
        )

    came = at_once(alone, claim("unusable"), claim("daily_use"), claim("unusable"), claim("daily_use"))
    assert came.count("claim_excluded") == 3, came
    with alone.app_context(), unit():
        claims = session().scalars(sa.select(Claim)).all()
        assert len(claims) == 1
        key, amount = claims[0].id, claims[0].computed
        assert amount is not None
    came = at_once(
        alone,
        lambda: payments.agree_claim(till.zhou, key, amount=amount).state.value,
        lambda: payments.agree_claim(till.wu, key, amount=amount).state.value,
        lambda: payments.drop_claim(till.zhou, key, reason="撤回").state.value,
    )
    with alone.app_context(), unit():
        row = session().get_one(Claim, key)
        assert row.state.value in ("settled", "dropped"), came
        assert (row.settled == amount) is (row.state.value == "settled")


def test_one_word_on_the_account(alone: Service, tills: dict[str, Till]) -> None:
    till = tills["b"]

    def propose(account: str) -> Callable[[], Any]:
        return lambda: payments.propose_payee(
            till.wu, till.contract.id, name="明渠公司", bank="川江银行", account=account, reason="换行"
        ).account_masked[-4:]

    came = at_once(alone, propose("6222000011110001"), propose("6222000011110002"))
    assert came.count("payee_change_waiting") == 1, came
    with alone.app_context(), unit():
        key = session().scalars(sa.select(PayeeChange.id)).one()
    came = at_once(
        alone,
        lambda: payments.confirm_payee(till.zhou, key, agreed=True).state.value,
        lambda: payments.confirm_payee(till.qin, key, agreed=False, remark="未见公函").state.value,
        lambda: payments.withdraw_payee(till.wu, key).state.value,
    )
    assert came.count("payment_wrong_step") == 2, came
    with alone.app_context(), unit():
        state = session().get_one(PayeeChange, key).state.value
        billing = contracts.terms_of(till.contract.id).billing
        assert state in came
        assert billing is not None
        assert billing.payee_account.startswith("6222") is (state == "confirmed")
