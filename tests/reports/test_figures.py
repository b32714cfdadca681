"""Every month of both played years: the report's figures against a second reckoning over the same rows."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest

from server.core.db import db
from server.domain import calendar, contracts, reports, tickets
from server.domain.calendar import CycleKind
from server.domain.identity import SCHEDULER
from server.domain.reports import Content, Look, ReportKind, sections_of
from server.domain.tickets import AskerKind, Channel, Kind
from tests.conftest import counting
from tests.reports import by_hand
from tests.story.conftest import LOOKED_AT

MONTHS_A = [cycle.starts_on for cycle in calendar.cycles_touched(CycleKind.MONTH, date(2025, 3, 4), date(2026, 3, 31))]
MONTHS_B = [cycle.starts_on for cycle in calendar.cycles_touched(CycleKind.MONTH, date(2025, 7, 7), date(2026, 7, 6))]


def look_at(year, month, kind=ReportKind.MONTHLY):
    contract = contracts.find(SCHEDULER, year.contract_id)
    cycle = calendar.cycle_of(CycleKind.MONTH, month)
    return Look(contract, kind, max(cycle.starts_on, contract.starts_on), min(cycle.ends_on, contract.ends_on))


def held_against(look):
    content = Content((), sections_of(look), {}, ())
    hand = by_hand.month_of(look.contract_id, look.first, look.last, LOOKED_AT)
    told = {}
    for key, expected in hand.items():
        figure = content.figure(key)
        if figure is not None and figure.value is not None:
            told[key] = (figure.value, expected)
    differing = {key: pair for key, pair in told.items() if pair[0] != pair[1]}
    assert not differing, (look.first, differing)
    assert len(told) >= 22
    kinds = {row[0]: int(row[1]) for row in content.grid("desk.kinds").rows}
    assert kinds.pop("合计") == hand["desk.received"]
    assert {kind: count for kind, count in kinds.items() if count} == {
        Kind(kind).label: count for kind, count in hand["kinds"].items()
    }
    assert {row[0]: int(row[1]) for row in content.grid("desk.channels").rows} == {
        Channel(name).label: count for name, count in hand["channels"].items()
    }
    asked = content.grid("consulting.channels")
    for row in asked.rows[:-1]:
        channel = next(each for each in Channel if each.label == row[0])
        for asker, cell in zip([*AskerKind, None], row[1:6], strict=True):
            assert int(cell) == hand["asked"][channel.value, asker.value if asker else None]
    before, received = content.figure("desk.before").value, content.figure("desk.received").value
    reopened, done = content.figure("desk.reopened").value, content.figure("desk.done").value
    assert before + received + reopened - done == content.figure("desk.after").value
    return content


@pytest.mark.parametrize("month", MONTHS_A, ids=str)
def test_year_a(a, month):
    held_against(look_at(a, month))


@pytest.mark.parametrize("month", MONTHS_B, ids=str)
def test_year_b(b, month):
    held_against(look_at(b, month))


def test_every_week_of_a_quarter(b):
    contract = contracts.find(SCHEDULER, b.contract_id)
    for monday in (date(2026, 1, 5) + timedelta(days=7 * number) for number in range(12)):
        held_against(Look(contract, ReportKind.WEEKLY, monday, monday + timedelta(days=6)))


def test_months_add_up_to_the_year(a):
    looks = [look_at(a, month) for month in MONTHS_A]
    sums = {
        key: sum(Content((), sections_of(look), {}, ()).figure(key).value for look in looks)
        for key in ("desk.received", "promises.response.ended", "promises.response.kept")
    }
    contract = contracts.find(SCHEDULER, a.contract_id)
    whole = Content((), sections_of(Look(contract, ReportKind.SUMMARY, contract.starts_on, contract.ends_on)), {}, ())
    assert {key: whole.figure(key).value for key in sums} == sums
    # the contract's own figures, worked out by hand for the story
    assert sums["promises.response.ended"] == 254
    assert sums["promises.response.kept"] == 239


def test_consulting_is_what_the_desk_says(b):
    look = look_at(b, date(2026, 3, 1))
    said = tickets.consultations(SCHEDULER, since=look.first, until=look.last, contract_id=look.contract_id)
    content = Content((), sections_of(look), {}, ())
    assert content.figure("consulting.total").value == said.total > 0


def test_every_counted_figure_names_its_rows(a):
    for section in sections_of(look_at(a, date(2025, 10, 1))):
        for figure in section.figures:
            # people who came are named at their training only
            if isinstance(figure.value, int) and figure.value and figure.key != "training.people":
                assert len(figure.refs) == min(figure.value, 200), figure.key


def test_nothing_is_told_that_nobody_provides(b):
    keys = {section.key for section in sections_of(look_at(b, date(2026, 3, 1)))}
    assert "released" not in keys
    assert not {"patrol", "resources", "exchange"} & keys


def test_a_silent_contract_is_not_given_a_rate(b):
    content = Content((), sections_of(look_at(b, date(2026, 3, 1))), {}, ())
    assert content.figure("promises.response.rate").text == "未约定"


def test_a_month_takes_few_statements(a):
    look = look_at(a, date(2025, 10, 1))
    with counting(db.engine) as seen:
        sections_of(look)
    assert len(seen) <= 60
    contract = contracts.find(SCHEDULER, a.contract_id)
    year = Look(contract, ReportKind.SUMMARY, contract.starts_on, contract.ends_on)
    with counting(db.engine) as whole:
        sections_of(year)
    assert len(whole) <= len(seen) + 5


def test_the_door_of_another_room_can_add_a_section(b):
    look = look_at(b, date(2026, 3, 1))
    reports.register_section("patrol", lambda _: reports.Section("patrol", "日巡检"), place=15)
    try:
        keys = [section.key for section in sections_of(look)]
    finally:
        reports.drop_section("patrol")
    assert keys.index("patrol") == keys.index("desk") + 1


def test_the_years_last_reports_were_written_here(a, b):
    for year, kinds in ((a, {ReportKind.SUMMARY: 3}), (b, {ReportKind.WEEKLY: 4, ReportKind.MONTHLY: 3})):
        found = reports.reports_of(year.administrator, year.contract_id)
        assert Counter(each.kind for each in found) == kinds
        assert {each.state for each in found} == {reports.ReportState.SIGNED}
        assert all(each.delivery_id and each.version == 1 for each in found)
