"""The working calendar: what each day is, how sure that is, and the four clocks that run on it.

工作日 workday, 休息日 restday, 节假日 holiday, 调休上班 shifted workday; 正式 official, 暂定 provisional, 未维护 missing;
期限 deadline, 顺延 roll over, 周期 cycle, 自然日 natural day.

Clocks are pure over a loaded ``WorkCalendar``. Whatever touches a provisional year says so; whatever touches a missing
one raises ``CalendarMissing``.
"""

from server.domain.calendar.alarms import CalendarWarning, WarningLevel, warnings, warnings_of
from server.domain.calendar.clocks import (
    add_hours,
    natural_days_after,
    natural_days_before,
    natural_days_between,
    working_days_after,
    working_days_before,
    working_days_between,
)
from server.domain.calendar.cycles import (
    Cycle,
    CycleKind,
    corresponding_day,
    cycle_of,
    cycles_touched,
    months_after,
    working_day_of_month,
    working_days_of_month,
    years_after,
)
from server.domain.calendar.entries import DayEntry, parse
from server.domain.calendar.followers import Follower, Move, follow, moves, unfollow
from server.domain.calendar.loading import CalendarMoved, load
from server.domain.calendar.models import CalendarDay, CalendarVersion, CalendarYear
from server.domain.calendar.seeding import seed
from server.domain.calendar.working import (
    CalendarMissing,
    Count,
    Day,
    DayKind,
    Deadline,
    WorkCalendar,
    YearStatus,
    spell,
)
from server.domain.calendar.years import (
    AlreadyOfficial,
    DayChange,
    YearChange,
    doubts,
    import_year,
    maintained_years,
    preview_year,
    publish_official,
    set_day,
)

__all__ = [
    "AlreadyOfficial",
    "CalendarDay",
    "CalendarMissing",
    "CalendarMoved",
    "CalendarVersion",
    "CalendarWarning",
    "CalendarYear",
    "Count",
    "Cycle",
    "CycleKind",
    "Day",
    "DayChange",
    "DayEntry",
    "DayKind",
    "Deadline",
    "Follower",
    "Move",
    "WarningLevel",
    "WorkCalendar",
    "YearChange",
    "YearStatus",
    "add_hours",
    "corresponding_day",
    "cycle_of",
    "cycles_touched",
    "doubts",
    "follow",
    "import_year",
    "load",
    "maintained_years",
    "months_after",
    "moves",
    "natural_days_after",
    "natural_days_before",
    "natural_days_between",
    "parse",
    "preview_year",
    "publish_official",
    "seed",
    "set_day",
    "spell",
    "unfollow",
    "warnings",
    "warnings_of",
    "working_day_of_month",
    "working_days_after",
    "working_days_before",
    "working_days_between",
    "working_days_of_month",
    "years_after",
]
