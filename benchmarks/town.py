"""What a benchmark needs in the database: a calendar, a contract, citizens with tokens, and tickets that they reported."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from server.app import create_app
from server.core.db import db, session, unit
from server.core.ids import new_id
from server.domain import bugs, calendar, contracts, identity, tickets
from server.domain.identity import ANONYMOUS, SCHEDULER, Actor, Lifetimes
from server.domain.tickets import Ticket
from server.settings import Settings
from tests.support.service import RunningService

# So many that none reaches a rate limit: the limits are on.
CITIZENS = 1000
TICKETS_EACH = 25
BATCH = 100
ITEM = identity.NoticeItem("account", "微信用户标识", "识别您的账号", required=True)
LIFETIMES = Lifetimes(access=timedelta(hours=8), refresh=timedelta(days=30))


@dataclass(frozen=True, slots=True)
class Town:
    """The citizens' access tokens."""

    tokens: tuple[str, ...]


def settle(service: RunningService, citizens: int = CITIZENS) -> Town:
    """Fill the service's database: through the rooms' doors, but for the copies of tickets that only make lists long."""
    app = create_app(Settings.from_env(service.environ))
    with app.app_context():
        with unit():
            calendar.seed(SCHEDULER)
            kind = identity.OrganisationKind.VENDOR
            vendor = identity.found_organisation(SCHEDULER, kind=kind, name="河畔云策信息技术有限公司")
            entered = contracts.seed_demo(SCHEDULER, mini_program_vendor=vendor.id, data_exchange_vendor=vendor.id)
            identity.publish_privacy_notice(SCHEDULER, title="隐私", text="隐私", items=[ITEM])
            tickets.set_policy(SCHEDULER, citizen_daily_tickets=1_000_000)
        known: list[tuple[Actor, str]] = []
        for first in range(0, citizens, BATCH):
            with unit():
                known += [_signed_in(number) for number in range(first, min(first + BATCH, citizens))]
        with unit():
            model = bugs.report(known[0][0], text="页面打不开，一直转圈。", contract_id=entered.current.id).ticket
            session().flush()
            session().execute(sa.insert(Ticket), list(_copies(model, [actor for actor, _ in known])))
        db.engine.dispose()
    return Town(tuple(token for _, token in known))


def _signed_in(number: int) -> tuple[Actor, str]:
    """A citizen who came in and agreed, with the access token."""
    tokens = identity.sign_in_citizen(ANONYMOUS, openid=f"openid-of-citizen-{number}", lifetimes=LIFETIMES)
    citizen = identity.citizen_actor(tokens.citizen)
    identity.give_consent(citizen, version=1, scopes=["account"])
    return citizen, tokens.access


def _copies(model: Ticket, reporters: list[Actor]) -> Iterator[dict[str, Any]]:
    """The same ticket again for everybody, with numbers that the desk does not give."""
    values = {column.key: getattr(model, column.key) for column in sa.inspect(Ticket).column_attrs}
    for person, reporter in enumerate(reporters):
        for number in range(TICKETS_EACH):
            received = model.received_at - timedelta(minutes=number)
            own = {"id": new_id(), "number": f"BM-{person}-{number}", "reporter_id": reporter.id}
            yield values | own | {"received_at": received, "updated_at": received}
