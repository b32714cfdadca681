"""What comes with the days, as the worker does it: access ends, gaps are told, callers are forgotten; each may run again."""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa

from server.core import clock
from server.core.db import session as running
from server.domain import duty, identity, staffing
from server.domain.duty import Call, GapWarning
from server.gateways import queue
from tests.factories import identity as people
from tests.factories.contracts import contract_a
from tests.support.jobs import work


def test_access_ends_gaps_are_told_and_callers_forgotten(app, session):
    contract = contract_a()
    wu = people.actor("wu", contract_id=contract.id)
    zheng = people.officer("zheng", contract_id=contract.id)
    today = clock.today()
    with clock.replaying(clock.now() - timedelta(days=300)):
        made = staffing.assign(
            wu,
            contract_id=contract.id,
            name="郑一鸣",
            role="运维工程师",
            experience_from=date(2015, 1, 1),
            experience="运维",
            valid_from=clock.today(),
            officer_id=zheng.id,
        )
        leaving = staffing.off_board(wu, made.id, on=today - timedelta(days=1), reason="离职")
        started = clock.now() - timedelta(hours=1)
        duty.log_call(wu, contract_id=contract.id, number="13800002222", started_at=started, answered=True, caller="王")
    assert leaving.access_ended_at is None
    secret = people.open_session(zheng)
    for _ in range(2):
        for kind in ("staffing.keep_days", "staffing.tidy", "duty.watch", "duty.forget"):
            queue.put(kind, {})
        work(app)
        assert identity.roles_of([zheng.id]) == {}
        assert identity.officer_by_session(secret) is None
        assert running().scalars(sa.select(Call.caller)).all() == [""]
        assert running().scalar(sa.select(sa.func.count()).select_from(GapWarning)) == 1
    events = staffing.history_of(staffing.SubjectKind.MAINTAINER, [made.id])
    assert [each.kind.value for each in events].count("access_ended") == 1
