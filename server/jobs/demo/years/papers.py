"""The papers of a year, cycle by cycle: handed in, mostly in time, signed by the bureau some days later."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta

from server.core import clock
from server.domain import contracts, deliverables, reports
from server.domain.reports import ReportKind, TextKey
from server.jobs.demo.years.cast import Year
from server.jobs.demo.years.script import Story, at

Wording = Callable[[str], str]
REPORTS = {kind.duty: kind for kind in ReportKind}
ADVICE = "建议按月核对值班联系人，节假日前确认备份可用。"


def of_each_cycle(
    year: Year,
    key: str,
    *,
    handed_in: Callable[[date], datetime],
    late: Mapping[date, datetime],
    says: Wording,
    returned: date | None = None,
    missing: date | None = None,
    reported: date | None = None,
) -> Iterator[Story]:
    """A paper for every cycle that the contract owes, at its usual moment or, for some cycles, late.

    ``handed_in`` gives the usual moment by the cycle's last day; ``returned`` and ``missing`` are the cycles whose paper
    came back once, or never came. From the cycle ``reported`` on it is a report that was written here, with its figures.
    """
    contract = contracts.find(year.administrator, year.contract_id)
    terms = contracts.terms_of(contract.id, on=contract.starts_on)
    owed = next(each for each in terms.deliverables if each.key == key)
    for cycle in contracts.cycles_owed(owed, starts_on=contract.starts_on, ends_on=contract.ends_on):
        if cycle.starts_on == missing:
            continue
        last = min(cycle.ends_on, contract.ends_on)
        moment = late.get(cycle.starts_on, handed_in(last))
        if reported is not None and cycle.starts_on >= reported:
            yield _reported(year, key, max(cycle.starts_on, contract.starts_on), moment, REPORTS[owed.kind])
            continue
        yield _handed_in(year, key, cycle.starts_on, moment, says(cycle.label), returned=cycle.starts_on == returned)


def before_the_end(last: date) -> datetime:
    """Four days before a cycle's last day, for papers that are due inside it."""
    return _on(last - timedelta(days=4), 10)


def after_the_end(last: date) -> datetime:
    """On the day after a cycle's last one, for papers that are due in the next cycle."""
    return _on(last + timedelta(days=1), 15)


def on_monday(last: date) -> datetime:
    """Ten o'clock on the Monday after a week, whose last day inside the term may come earlier."""
    return _on(last + timedelta(days=7 - last.weekday()), 10)


def after_the_month(last: date) -> datetime:
    """On the first of the next month, even where the term ends earlier in its last one."""
    return _on((last.replace(day=1) + timedelta(days=32)).replace(day=1), 17)


def _on(day: date, hour: int) -> datetime:
    return at(day.year, day.month, day.day, hour)


def _handed_in(year: Year, key: str, cycle_on: date, moment: datetime, text: str, *, returned: bool) -> Story:
    yield moment
    delivery = deliverables.hand_in(
        year.maintainer, contract_id=year.contract_id, key=key, cycle_on=cycle_on, summary=text
    )
    if returned:
        yield moment + timedelta(hours=2)
        deliverables.send_back(year.handler, delivery.id, reason="缺少异常处理经过，请补充后重交。")
        yield moment + timedelta(hours=26)
        deliverables.hand_in(
            year.maintainer,
            contract_id=year.contract_id,
            key=key,
            cycle_on=cycle_on,
            summary=text + "补充异常处理经过。",
        )
        moment += timedelta(hours=26)
    yield moment + year.some(60, 400)
    deliverables.sign(year.handler, delivery.id, remark="")


def _reported(year: Year, key: str, day: date, moment: datetime, kind: ReportKind) -> Story:
    yield moment
    report = reports.draft(year.maintainer, contract_id=year.contract_id, kind=kind, day=day, key=key)
    reports.write(year.maintainer, report.id, seq=report.seq, texts={TextKey.ADVICE: ADVICE})
    reports.submit(year.maintainer, report.id, seq=report.seq)
    yield moment + year.some(60, 400)
    reports.sign(year.handler, report.id)


def once(year: Year, key: str, moment: datetime, text: str) -> Story:
    """A paper that is owed once."""
    yield moment
    contract = contracts.find(year.administrator, year.contract_id)
    delivery = deliverables.hand_in(
        year.maintainer, contract_id=year.contract_id, key=key, cycle_on=contract.starts_on, summary=text
    )
    year.named[key] = delivery.id
    yield moment + timedelta(hours=3)
    if clock.local_day(moment) < contract.ends_on:
        deliverables.comment(year.handler, delivery.id, text="已阅，同意按此执行。")
    deliverables.sign(year.handler, delivery.id)
