"""The words of payment and breach: states, steps and kinds, with what people call them."""

from __future__ import annotations

from server.core.enums import Labelled


class ApplicationState(Labelled):
    """Where a payment application is."""

    SUBMITTED = "submitted", "已提交"
    CHECKED = "checked", "已审核"
    APPROVED = "approved", "已批准"
    PARTLY_PAID = "partly_paid", "部分付款"
    PAID = "paid", "已付清"
    RETURNED = "returned", "已退回"
    WITHDRAWN = "withdrawn", "已撤回"


class MilestoneState(Labelled):
    """Where an instalment stands today."""

    WAITING = "waiting", "条件未齐"
    DUE = "due", "待付款"
    LATE = "late", "已逾期"
    PARTLY = "partly", "部分付款"
    PAID = "paid", "已付清"


class InvoiceState(Labelled):
    """Whether an invoice counts."""

    VALID = "valid", "核验通过"
    REJECTED = "rejected", "已退票"


class PayeeState(Labelled):
    """A wanted change of the account that money goes to."""

    PROPOSED = "proposed", "待对方确认"
    CONFIRMED = "confirmed", "双方已确认"
    REFUSED = "refused", "对方不同意"
    WITHDRAWN = "withdrawn", "已撤回"


class ClaimState(Labelled):
    """A penalty claimed for one event. Computed is a reference; settled needs both sides."""

    OPEN = "open", "待双方确认"
    SETTLED = "settled", "双方已确认"
    DROPPED = "dropped", "已撤销"


class OrderState(Labelled):
    """An order to rectify (B30)."""

    ORDERED = "ordered", "待整改"
    ANSWERED = "answered", "待复查"
    PASSED = "passed", "复查通过"
    FAILED = "failed", "未按要求整改"
    WITHDRAWN = "withdrawn", "已撤销"


class OrderOutcome(Labelled):
    """What the bureau does where an order was not carried out (B30)."""

    TERMINATE = "terminate", "解除合同"
    REFUSE_PAYMENT = "refuse_payment", "拒付相应款项"
    DAMAGES = "damages", "要求赔偿损失"


class MatterKind(Labelled):
    """Matters without a figure: they are written down, nothing is computed (A45, A46, B29, B32)."""

    DISPUTE = "dispute", "争议"
    FORCE_MAJEURE = "force_majeure", "不可抗力"
    INFRINGEMENT = "infringement", "知识产权侵权"
    BREACH = "breach", "一般违约"


class MatterStage(Labelled):
    """How far a matter has come; a dispute goes from talking to the court (A46, B33)."""

    NOTIFIED = "notified", "已登记"
    NEGOTIATION = "negotiation", "协商"
    MEDIATION = "mediation", "调解"
    COURT = "court", "诉讼"
    CLOSED = "closed", "已了结"


class Subject(Labelled):
    """What a line of the log, or a file, belongs to."""

    APPLICATION = "application", "付款申请"
    PAYEE = "payee", "收款账户变更"
    CLAIM = "claim", "违约金"
    ORDER = "order", "整改通知"
    MATTER = "matter", "事项"


class MoneyStep(Labelled):
    """One line of the log."""

    APPLIED = "applied", "提交付款申请"
    RESUBMITTED = "resubmitted", "重新提交"
    WITHDRAWN = "withdrawn", "撤回"
    RECEIVED = "received", "登记收到申请"
    INVOICED = "invoiced", "登记发票"
    INVOICE_REJECTED = "invoice_rejected", "退票"
    CHECKED = "checked", "审核通过"
    RETURNED = "returned", "退回"
    APPROVED = "approved", "批准"
    PAID = "paid", "付款"
    FILED = "filed", "上传附件"
    PROPOSED = "proposed", "提出变更"
    CONFIRMED = "confirmed", "确认"
    REFUSED = "refused", "不同意"
    OPENED = "opened", "立案"
    AGREED = "agreed", "确认金额"
    SETTLED = "settled", "双方确认一致"
    DROPPED = "dropped", "撤销"
    ORDERED = "ordered", "下达整改通知"
    ANSWERED = "answered", "提交整改答复"
    PASSED = "passed", "复查通过"
    FAILED = "failed", "复查不通过"
    DECIDED = "decided", "处置决定"
    STAGED = "staged", "进展"
    CLOSED = "closed", "了结"
