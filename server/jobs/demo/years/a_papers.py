"""Year A's papers: the plan, thirteen inspections, a summary a month and one for the whole contract."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial

from server.domain import deliverables
from server.jobs.demo.years import papers
from server.jobs.demo.years.cast import Year
from server.jobs.demo.years.script import Story, at

INSPECTIONS_LATE = {date(2025, 7, 1): at(2025, 8, 1, 10), date(2025, 10, 1): at(2025, 11, 3, 10)}
SUMMARIES_LATE = {date(2025, 12, 1): at(2026, 1, 12, 9)}
# The contract's last month is summed up on its last day, while there are accounts.
LAST_SUMMARY = {date(2026, 3, 1): at(2026, 3, 31, 15)}
STARTS = date(2025, 3, 4)


def stories(year: Year) -> Iterator[Story]:
    """Everything that is handed in."""
    yield from papers.of_each_cycle(
        year,
        "inspection",
        handed_in=papers.before_the_end,
        late=INSPECTIONS_LATE,
        says=lambda period: f"{period}现场巡检：服务器、数据库、证书、备份逐项检查，无重大隐患。",
        returned=date(2025, 5, 1),
    )
    yield from papers.of_each_cycle(
        year,
        "summary",
        handed_in=papers.after_the_end,
        late=SUMMARIES_LATE | LAST_SUMMARY,
        says=lambda period: f"{period}运维总结：技术问题、服务质量问题和整改计划，责任人和期限见附表。",
        reported=date(2026, 1, 1),
    )
    yield _plan(year)
    yield papers.once(
        year, "final_summary", at(2026, 3, 31, 10), "合同期运维总结：工作概况、数据、问题与整改、交付清单、结论。"
    )


def _plan(year: Year) -> Story:
    """A31: the first version comes back with remarks, the second is approved."""
    yield at(2025, 3, 6, 10)
    send = partial(deliverables.hand_in, year.manager, contract_id=year.contract_id, key="plan", cycle_on=STARTS)
    delivery = send(summary="运维服务方案第一稿：范围、人员、响应流程。")
    year.named["plan"] = delivery.id
    yield at(2025, 3, 10, 9)
    deliverables.comment(year.handler, delivery.id, text="缺少节假日值守安排和应急预案。")
    deliverables.send_back(year.handler, delivery.id, reason="请补充节假日值守安排和应急预案。")
    yield at(2025, 3, 12, 16)
    send(summary="第二稿：补充节假日值守安排和五类应急预案。")
    yield at(2025, 3, 13, 9)
    deliverables.sign(year.administrator, delivery.id, remark="同意。")
