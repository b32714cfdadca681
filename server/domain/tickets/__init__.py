"""The desk: every matter from receipt to rating, with what was promised derived from its log.

工单 ticket, 接报 receipt, 响应 respond, 沟通 comment, 分派 assign, 定级 severity, 派员/到场 dispatch/arrive, 解决 resolve,
关闭 close, 重新打开 reopen, 评价 rating, 时限 clock, 图片 attachment, 内容检查 content check, 视图 saved view.

Verbs take the actor first, then the ticket's id, then keyword data; ``version`` is the number of the last event that
the page showed. A contractual clock never pauses. Faces hand in ``UploadLimits``; nothing here knows HTTP.
"""

from server.domain.tickets.access import TicketNotFound, find, may
from server.domain.tickets.attachments import (
    AttachmentNotFound,
    Media,
    UploadLimits,
    attachments_of,
    drop_orphans,
    find_attachment,
    read,
    sweep_files,
    upload,
)
from server.domain.tickets.bulk import Outcome, assign_many, preview_assign
from server.domain.tickets.bulk import Row as BulkRow
from server.domain.tickets.clocks import MovedClock, Recomputed, recompute_clocks, would_move
from server.domain.tickets.clocks import clocks_of as clocks_by_ticket
from server.domain.tickets.content import (
    AlreadyJudged,
    CheckNotFound,
    Question,
    apply_media_verdict,
    apply_text_verdict,
    checks_of,
    knows_trace,
    note_trace,
    question,
    review,
    reviews_waiting,
    time_out_checks,
)
from server.domain.tickets.feedback import (
    ReopenedBefore,
    TooLateToRate,
    TooLateToReopen,
    add,
    may_reopen,
    rate,
    ratings_of,
    reopen,
)
from server.domain.tickets.figures import Attainment, Board, ContractCounts, Counts, NextDue, attainment, board, daily
from server.domain.tickets.files import Attachment, ContentCheck
from server.domain.tickets.followers import RECOMPUTE, ask_recompute, install
from server.domain.tickets.intake import (
    new_query_code,
    open,  # noqa: A004 - the bureau's word: tickets.open
    prepare_numbers,
)
from server.domain.tickets.lists import assignees, note_export, sorted_by
from server.domain.tickets.media import media_by_token, media_token
from server.domain.tickets.models import Rating, SavedView, Ticket, TicketClock, TicketEvent
from server.domain.tickets.own import mine
from server.domain.tickets.persons import (
    Contact,
    contact_of,
    copy_of,
    drop_day_uses,
    forget_citizen,
    forget_contacts,
    unmask_contact,
)
from server.domain.tickets.policy import Policy, policy, set_policy
from server.domain.tickets.queries import (
    Assigned,
    Filters,
    Lateness,
    Order,
    counted,
    exportable,
    matching,
    open_clock,
)
from server.domain.tickets.quotas import DayQuotaReached
from server.domain.tickets.reading import Entry, clocks_of, content_note, resolution_of, timeline
from server.domain.tickets.receipts import Receipt, ReceiptNotFound, lookup
from server.domain.tickets.rotation import rotate_ticket_keys
from server.domain.tickets.sla import Resolution, is_late
from server.domain.tickets.states import WrongState, allows
from server.domain.tickets.steps import TicketChanged
from server.domain.tickets.views import ViewNotFound, default_view, drop_view, save_view, views_of
from server.domain.tickets.vocabulary import (
    ACTIVE,
    ENDED,
    NEEDS_REVIEW,
    Basis,
    Channel,
    CheckSubject,
    ClockKind,
    ContentState,
    EventKind,
    Kind,
    Scene,
    Scope,
    Severity,
    TicketState,
)
from server.domain.tickets.words import StateSecret, shown
from server.domain.tickets.work import (
    arrive,
    assign,
    cancel,
    choose_contract,
    close,
    comment,
    decide_scope,
    dispatch,
    resolve,
    respond,
    set_severity,
    start,
    wait,
)

__all__ = [
    "ACTIVE",
    "ENDED",
    "NEEDS_REVIEW",
    "RECOMPUTE",
    "AlreadyJudged",
    "Assigned",
    "Attachment",
    "AttachmentNotFound",
    "Attainment",
    "Basis",
    "Board",
    "BulkRow",
    "Channel",
    "CheckNotFound",
    "CheckSubject",
    "ClockKind",
    "Contact",
    "ContentCheck",
    "ContentState",
    "ContractCounts",
    "Counts",
    "DayQuotaReached",
    "Entry",
    "EventKind",
    "Filters",
    "Kind",
    "Lateness",
    "Media",
    "MovedClock",
    "NextDue",
    "Order",
    "Outcome",
    "Policy",
    "Question",
    "Rating",
    "Receipt",
    "ReceiptNotFound",
    "Recomputed",
    "ReopenedBefore",
    "Resolution",
    "SavedView",
    "Scene",
    "Scope",
    "Severity",
    "StateSecret",
    "Ticket",
    "TicketChanged",
    "TicketClock",
    "TicketEvent",
    "TicketNotFound",
    "TicketState",
    "TooLateToRate",
    "TooLateToReopen",
    "UploadLimits",
    "ViewNotFound",
    "WrongState",
    "add",
    "allows",
    "apply_media_verdict",
    "apply_text_verdict",
    "arrive",
    "ask_recompute",
    "assign",
    "assign_many",
    "assignees",
    "attachments_of",
    "attainment",
    "board",
    "cancel",
    "checks_of",
    "choose_contract",
    "clocks_by_ticket",
    "clocks_of",
    "close",
    "comment",
    "contact_of",
    "content_note",
    "copy_of",
    "counted",
    "daily",
    "decide_scope",
    "default_view",
    "dispatch",
    "drop_day_uses",
    "drop_orphans",
    "drop_view",
    "exportable",
    "find",
    "find_attachment",
    "forget_citizen",
    "forget_contacts",
    "is_late",
    "knows_trace",
    "lookup",
    "matching",
    "may",
    "may_reopen",
    "media_by_token",
    "media_token",
    "mine",
    "new_query_code",
    "note_export",
    "note_trace",
    "open",
    "open_clock",
    "policy",
    "prepare_numbers",
    "preview_assign",
    "question",
    "rate",
    "ratings_of",
    "read",
    "recompute_clocks",
    "reopen",
    "resolution_of",
    "resolve",
    "respond",
    "review",
    "reviews_waiting",
    "rotate_ticket_keys",
    "save_view",
    "set_policy",
    "set_severity",
    "shown",
    "sorted_by",
    "start",
    "sweep_files",
    "time_out_checks",
    "timeline",
    "unmask_contact",
    "upload",
    "views_of",
    "wait",
    "would_move",
]

install()
