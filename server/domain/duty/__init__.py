"""The duty roster without gaps, and the log of calls.

值班 duty, 值班电话 line, 班次 shift, 备班 backup, 轮换 rotation, 空档 gap, 重叠 double cover, 交接 hand-over, 在岗 on call,
通话 call, 未接 missed, 回拨 call back, 话单 list of calls.

Spans are half-open and aware. A gap is a warning, never a refusal; holidays are days like others. Numbers are sealed and
shown masked; only who is on call is there to be called. Who leaves (``staffing``) is taken off the roster.
"""

from server.domain.duty.access import DutyNotFound
from server.domain.duty.calls import (
    CallSettled,
    call_back,
    forget_callers,
    link_call,
    log_call,
    open_for,
    unmask_call,
)
from server.domain.duty.cover import (
    DUTY,
    Gap,
    doubles,
    gaps,
    line_of,
    on_call,
    owed,
    set_line,
    warnings_open,
    watch,
)
from server.domain.duty.coverage import Span, doubles_in, gaps_in
from server.domain.duty.figures import Figures, calls_matching, calls_of, figures, find_call, rotate_duty_keys
from server.domain.duty.importing import HEADINGS, BadLine, Imported, import_calls
from server.domain.duty.leaving import install
from server.domain.duty.models import Call, DutyLine, GapWarning, Shift
from server.domain.duty.on_paper import (
    CALLS as CALLS_PAPER,
)
from server.domain.duty.on_paper import (
    ROSTER as ROSTER_PAPER,
)
from server.domain.duty.on_paper import (
    month_subject,
)
from server.domain.duty.rotation import Turn, turns
from server.domain.duty.shifts import (
    Draft,
    ShiftOver,
    Someone,
    cancel_shift,
    change_shift,
    find_shift,
    hand_over,
    number_of,
    plan_rotation,
    plan_shift,
    preview_rotation,
    shifts_between,
    take_over,
)
from server.domain.duty.vocabulary import CallSource, CallState, Pattern

__all__ = [
    "CALLS_PAPER",
    "DUTY",
    "HEADINGS",
    "ROSTER_PAPER",
    "BadLine",
    "Call",
    "CallSettled",
    "CallSource",
    "CallState",
    "Draft",
    "DutyLine",
    "DutyNotFound",
    "Figures",
    "Gap",
    "GapWarning",
    "Imported",
    "Pattern",
    "Shift",
    "ShiftOver",
    "Someone",
    "Span",
    "Turn",
    "call_back",
    "calls_matching",
    "calls_of",
    "cancel_shift",
    "change_shift",
    "doubles",
    "doubles_in",
    "figures",
    "find_call",
    "find_shift",
    "forget_callers",
    "gaps",
    "gaps_in",
    "hand_over",
    "import_calls",
    "line_of",
    "link_call",
    "log_call",
    "month_subject",
    "number_of",
    "on_call",
    "open_for",
    "owed",
    "plan_rotation",
    "plan_shift",
    "preview_rotation",
    "rotate_duty_keys",
    "set_line",
    "shifts_between",
    "take_over",
    "turns",
    "unmask_call",
    "warnings_open",
    "watch",
]

install()
