"""What was done and received: completion and acceptance, materials owed, remote sessions.

完工通知 completion (第 n 轮 round, 整体验收 final), 签收 receipt, 验收期限 due, 验收合格 accepted, 验收不合格 rejected,
视为通过 deemed, 验收项目 item; 资料 material, 停滞 stall; 远程服务 remote session; 附件 file.

A notice's clock starts with proven receipt (A36) and ends at 24:00 of its last day; silence until then accepts (A37),
whenever the job that writes it down runs. Where the contract has no such term there is no clock.
"""

from server.domain.records.access import RecordNotFound
from server.domain.records.clocks import MovedNotice, Reading, read, recompute, would_move
from server.domain.records.completions import (
    ItemDraft,
    NoticeOpen,
    items_of,
    notify_completion,
    rounds_of,
    withdraw,
)
from server.domain.records.completions import prepare_numbers as prepare_series
from server.domain.records.decisions import (
    DeemedAlready,
    ItemCheck,
    accept,
    accepted_on,
    deem,
    due_for_deeming,
    is_over,
    reject,
)
from server.domain.records.files import FileNotFound, files_of, find_file, read_file, sweep_files, take_paper
from server.domain.records.followers import install
from server.domain.records.log import events_of
from server.domain.records.materials import (
    MaterialClosed,
    deliver_material,
    drop_material,
    late_unsaid,
    request_material,
    reschedule_material,
    return_material,
    stall_late,
)
from server.domain.records.models import (
    Completion,
    CompletionItem,
    Material,
    Receipt,
    RecordEvent,
    RecordFile,
    RemoteSession,
)
from server.domain.records.on_paper import (
    ACCEPTANCE as ACCEPTANCE_PAPER,
)
from server.domain.records.on_paper import (
    DEEMED as DEEMED_PAPER,
)
from server.domain.records.on_paper import (
    MATERIAL as MATERIAL_PAPER,
)
from server.domain.records.on_paper import (
    NOTICE as NOTICE_PAPER,
)
from server.domain.records.on_paper import (
    NotDecided,
)
from server.domain.records.queries import (
    COMPLETION_ORDERS,
    MATERIAL_ORDERS,
    SESSION_ORDERS,
    CompletionFilters,
    MaterialFilters,
    RecordDue,
    SessionFilters,
    awaiting_receipt,
    days_left,
    dues,
    find,
    find_material,
    find_session,
    for_ticket,
    matching,
    materials_matching,
    note_export,
    sessions_matching,
    state_counts,
    titles_by_id,
)
from server.domain.records.receipts import (
    ReceiptJudged,
    claim_receipt,
    confirm_receipt,
    dispute_receipt,
    receipts_of,
    receive,
)
from server.domain.records.sessions import SessionOver, end_session, log_session, running, start_session
from server.domain.records.stalls import Span, Stall, spans, stalls_among, stalls_of
from server.domain.records.states import WrongState, allows
from server.domain.records.vocabulary import (
    OPEN,
    OWED,
    PASSED,
    Basis,
    CompletionState,
    Conclusion,
    EventKind,
    ItemResult,
    MaterialForm,
    MaterialState,
    Quality,
    ReceiptKind,
    ReceiptState,
    SessionChannel,
    StallKind,
    Subject,
)

SERIES = ("WG", "ZL", "YC")

__all__ = [
    "ACCEPTANCE_PAPER",
    "COMPLETION_ORDERS",
    "DEEMED_PAPER",
    "MATERIAL_ORDERS",
    "MATERIAL_PAPER",
    "NOTICE_PAPER",
    "OPEN",
    "OWED",
    "PASSED",
    "SERIES",
    "SESSION_ORDERS",
    "Basis",
    "Completion",
    "CompletionFilters",
    "CompletionItem",
    "CompletionState",
    "Conclusion",
    "DeemedAlready",
    "EventKind",
    "FileNotFound",
    "ItemCheck",
    "ItemDraft",
    "ItemResult",
    "Material",
    "MaterialClosed",
    "MaterialFilters",
    "MaterialForm",
    "MaterialState",
    "MovedNotice",
    "NotDecided",
    "NoticeOpen",
    "Quality",
    "Reading",
    "Receipt",
    "ReceiptJudged",
    "ReceiptKind",
    "ReceiptState",
    "RecordDue",
    "RecordEvent",
    "RecordFile",
    "RecordNotFound",
    "RemoteSession",
    "SessionChannel",
    "SessionFilters",
    "SessionOver",
    "Span",
    "Stall",
    "StallKind",
    "Subject",
    "WrongState",
    "accept",
    "accepted_on",
    "allows",
    "awaiting_receipt",
    "claim_receipt",
    "confirm_receipt",
    "days_left",
    "deem",
    "deliver_material",
    "dispute_receipt",
    "drop_material",
    "due_for_deeming",
    "dues",
    "end_session",
    "events_of",
    "files_of",
    "find",
    "find_file",
    "find_material",
    "find_session",
    "for_ticket",
    "install",
    "is_over",
    "items_of",
    "late_unsaid",
    "log_session",
    "matching",
    "materials_matching",
    "note_export",
    "notify_completion",
    "prepare_numbers",
    "prepare_series",
    "read",
    "read_file",
    "receipts_of",
    "receive",
    "recompute",
    "reject",
    "request_material",
    "reschedule_material",
    "return_material",
    "rounds_of",
    "running",
    "sessions_matching",
    "spans",
    "stall_late",
    "stalls_among",
    "stalls_of",
    "start_session",
    "state_counts",
    "sweep_files",
    "take_paper",
    "titles_by_id",
    "withdraw",
    "would_move",
]


def prepare_numbers() -> None:
    """Make this year's and the next year's numbers of all three series ready."""
    prepare_series(*SERIES)


install()
