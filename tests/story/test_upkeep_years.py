"""The upkeep of the played years: a sheet for every month, findings put right, plans drilled, and nothing mixed up."""

from __future__ import annotations

import sqlalchemy as sa

from server.core.db import session
from server.domain import documents, upkeep
from server.domain.upkeep import (
    DONE,
    DrillResult,
    Guidance,
    Inspection,
    Plan,
    UpkeepFilters,
    Verdict,
    Visit,
    Work,
)


def test_finding_18_every_month_touched_has_its_sheet(played):
    for year, kind in ((played.a, "inspection"), (played.b, "inspection_monthly")):
        rows = list(session().scalars(sa.select(Inspection).where(Inspection.contract_id == year.contract_id)))
        contract = played_contract(year)
        assert [row.month_on for row in sorted(rows, key=lambda row: row.month_on)] == [
            cycle.starts_on for cycle in upkeep.expected_months(contract)
        ]
        assert all(row.state in DONE and row.on_site for row in rows)
        assert len(documents.states_of(kind, [row.id for row in rows])) == len(rows)
    assert len(upkeep.expected_months(played_contract(played.a))) == 13


def test_what_was_found_was_put_right(played):
    found = list(session().execute(upkeep.findings_matching(played.a.administrator)))
    of_years = [row[0] for row in found if row[0].contract_id in (played.a.contract_id, played.b.contract_id)]
    assert len(of_years) == 9
    assert all(finding.done_on for finding in of_years)
    for finding in of_years:
        item = session().get_one(upkeep.InspectionItem, finding.item_id)
        assert item.verdict in (Verdict.ABNORMAL, Verdict.WATCH)


def test_the_daily_log(played):
    a = UpkeepFilters(contract_id=played.a.contract_id)
    assert count(upkeep.works_matching(played.a.administrator, a)) >= 24
    for model, least in ((Work, 40), (Guidance, 20), (Visit, 4), (Plan, 4)):
        assert session().scalar(sa.select(sa.func.count()).select_from(model)) >= least
    plans = list(session().scalars(upkeep.plans_matching(played.a.administrator, a)))
    drilled = next(plan for plan in plans if plan.version == 2)
    assert [drill.result for drill in upkeep.drills_of(drilled)] == [DrillResult.PASSED, DrillResult.PARTLY]


def played_contract(year):
    from server.domain import contracts

    return contracts.find(year.administrator, year.contract_id)


def count(query):
    return session().scalar(sa.select(sa.func.count()).select_from(query.order_by(None).subquery()))
