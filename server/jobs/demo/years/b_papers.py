"""Year B's papers: a report a week, and a report, statistics and a signed inspection sheet a month."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from server.jobs.demo.years import papers
from server.jobs.demo.years.cast import Year
from server.jobs.demo.years.script import Story, at

WEEKLY_LATE = {
    date(2025, 8, 18): at(2025, 8, 25, 16, 20),
    date(2025, 12, 22): at(2025, 12, 30, 9),
    date(2026, 3, 16): at(2026, 3, 23, 12, 1),
}
MONTHLY_LATE = {date(2025, 11, 1): at(2025, 12, 5, 10)}
STATISTICS_LATE = {date(2026, 1, 1): at(2026, 2, 9, 10), date(2026, 5, 1): at(2026, 6, 8, 10)}


def stories(year: Year) -> Iterator[Story]:
    """Everything that is handed in."""
    yield from papers.of_each_cycle(
        year,
        "weekly",
        handed_in=papers.on_monday,
        late=WEEKLY_LATE,
        says=lambda period: f"{period}运维周报：下发 140 张表、上报 14 张表逐日巡检，异常均已处理。",
        returned=date(2025, 9, 8),
        reported=date(2026, 6, 15),
    )
    yield from papers.of_each_cycle(
        year,
        "monthly",
        handed_in=papers.after_the_month,
        late=MONTHLY_LATE,
        says=lambda period: f"{period}运维月报：巡检、异常、咨询、资源占用和风险建议。",
        reported=date(2026, 5, 1),
    )
    yield from papers.of_each_cycle(
        year,
        "statistics",
        handed_in=papers.after_the_month,
        late=STATISTICS_LATE,
        says=lambda period: f"{period}市场主体统计：期末实有、新设、注销、吊销，分区县、类型、行业。",
    )
    yield from papers.of_each_cycle(
        year,
        "inspection",
        handed_in=papers.before_the_end,
        late={},
        says=lambda period: f"{period}巡检单：服务器 CPU、内存、磁盘和交换任务运行情况。",
    )
