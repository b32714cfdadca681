"""Money: what is owed under a contract, by when and why; who asked, checked, approved and paid; what a breach costs.

付款节点 milestone, 到期日 due day, 付款申请 application, 发票 invoice, 审核 check, 批准 approve (another person), 付款 payment,
收款账户 payee, 付款闸口 gate, 测算单 worksheet, 违约金 claim, 整改通知 order, 复查 recheck, 事项 matter, 附件 paper.

A due day is computed from what happened and kept; it moves when calendar or terms do, and the move is written down.
Computed penalties are references: what is settled needs both sides. Rows are seen by who may see their contract's money.
"""

from server.domain.payments.access import MoneyMoved, MoneyNotFound, WrongStep, side_of
from server.domain.payments.agenda import MoneyDue, dues_between
from server.domain.payments.applications import (
    AlreadyApplied,
    NoBilling,
    apply,
    find,
    matching,
    record_receipt,
    resubmit,
    withdraw,
)
from server.domain.payments.approving import (
    Condition,
    ConditionsMissing,
    GateClosed,
    ReferenceTaken,
    SamePerson,
    approve,
    check,
    checklist,
    pay,
    payments_of,
)
from server.domain.payments.breaches import Claim, Matter, RectificationOrder
from server.domain.payments.claims import (
    Excluded,
    agree_claim,
    claims_matching,
    drop_claim,
    family_of,
    find_claim,
    open_claim,
    rework_claim,
)
from server.domain.payments.dues import changes_of, install, refresh_all
from server.domain.payments.gate import gate_of, is_overdue
from server.domain.payments.happenings import Happened
from server.domain.payments.invoices import (
    LETS_GO,
    BuyerIncomplete,
    InvoiceTaken,
    invoices_of,
    live_invoice,
    register_invoice,
    reject_invoice,
    tax_in,
)
from server.domain.payments.lateness import Owed, late_penalty, late_sheet
from server.domain.payments.log import events_of, prepare_numbers
from server.domain.payments.matters import NEXT as MATTER_STEPS
from server.domain.payments.matters import find_matter, matters_matching, move_matter, open_matter
from server.domain.payments.models import (
    Application,
    DueChange,
    Invoice,
    MoneyEvent,
    MoneyFile,
    PayeeChange,
    Payment,
    PaymentMilestone,
)
from server.domain.payments.on_paper import (
    APPLICATION as APPLICATION_PAPER,
)
from server.domain.payments.on_paper import (
    ORDER as ORDER_PAPER,
)
from server.domain.payments.on_paper import (
    RECHECK as RECHECK_PAPER,
)
from server.domain.payments.on_paper import (
    WORKSHEET as WORKSHEET_PAPER,
)
from server.domain.payments.on_paper import (
    NotRechecked,
)
from server.domain.payments.papers import attach, papers_of, read, sweep_papers
from server.domain.payments.payees import (
    PayeeWaiting,
    SameSide,
    confirm_payee,
    payee_changes_of,
    propose_payee,
    rotate_payee_keys,
    withdraw_payee,
)
from server.domain.payments.plan import MilestoneStanding, late_fee, plan_of
from server.domain.payments.rectifying import (
    answer,
    decide_outcome,
    find_order,
    order,
    orders_matching,
    recheck,
    usual_due,
    withdraw_order,
)
from server.domain.payments.vocabulary import (
    ApplicationState,
    ClaimState,
    InvoiceState,
    MatterKind,
    MatterStage,
    MilestoneState,
    MoneyStep,
    OrderOutcome,
    OrderState,
    PayeeState,
    Subject,
)
from server.domain.payments.worksheets import Line, Worksheet, event_sheet, permille

install()

__all__ = [
    "APPLICATION_PAPER",
    "LETS_GO",
    "MATTER_STEPS",
    "ORDER_PAPER",
    "RECHECK_PAPER",
    "WORKSHEET_PAPER",
    "AlreadyApplied",
    "Application",
    "ApplicationState",
    "BuyerIncomplete",
    "Claim",
    "ClaimState",
    "Condition",
    "ConditionsMissing",
    "DueChange",
    "Excluded",
    "GateClosed",
    "Happened",
    "Invoice",
    "InvoiceState",
    "InvoiceTaken",
    "Line",
    "Matter",
    "MatterKind",
    "MatterStage",
    "MilestoneStanding",
    "MilestoneState",
    "MoneyDue",
    "MoneyEvent",
    "MoneyFile",
    "MoneyMoved",
    "MoneyNotFound",
    "MoneyStep",
    "NoBilling",
    "NotRechecked",
    "OrderOutcome",
    "OrderState",
    "Owed",
    "PayeeChange",
    "PayeeState",
    "PayeeWaiting",
    "Payment",
    "PaymentMilestone",
    "RectificationOrder",
    "ReferenceTaken",
    "SamePerson",
    "SameSide",
    "Subject",
    "Worksheet",
    "WrongStep",
    "agree_claim",
    "answer",
    "apply",
    "approve",
    "attach",
    "changes_of",
    "check",
    "checklist",
    "claims_matching",
    "confirm_payee",
    "decide_outcome",
    "drop_claim",
    "dues_between",
    "event_sheet",
    "events_of",
    "family_of",
    "find",
    "find_claim",
    "find_matter",
    "find_order",
    "gate_of",
    "invoices_of",
    "is_overdue",
    "late_fee",
    "late_penalty",
    "late_sheet",
    "live_invoice",
    "matching",
    "matters_matching",
    "move_matter",
    "open_claim",
    "open_matter",
    "order",
    "orders_matching",
    "papers_of",
    "pay",
    "payee_changes_of",
    "payments_of",
    "permille",
    "plan_of",
    "prepare_numbers",
    "propose_payee",
    "read",
    "recheck",
    "record_receipt",
    "refresh_all",
    "register_invoice",
    "reject_invoice",
    "resubmit",
    "rework_claim",
    "rotate_payee_keys",
    "side_of",
    "sweep_papers",
    "tax_in",
    "usual_due",
    "withdraw",
    "withdraw_order",
    "withdraw_payee",
]
