"""The choices that terms are made of, with their Chinese labels."""

from __future__ import annotations

from server.core.enums import Labelled


class DayRule(Labelled):
    """Which day decides between the two response times when the work spans midnight (finding 12)."""

    RECEIPT = "receipt", "按受理当日判断"
    STRICTER = "stricter", "所跨日期中有工作日即用较短时限"
    LENIENT = "lenient", "所跨日期中有非工作日即用较长时限"


class Event(Labelled):
    """What has to happen before a payment's period starts."""

    EFFECTIVE = "effective", "合同生效"
    APPLICATION = "application", "收到付款申请"
    INVOICE = "invoice", "收到发票"
    SERVICE_END = "service_end", "服务期满"
    ACCEPTANCE = "acceptance", "验收合格"


class Combine(Labelled):
    """How a fixed day and a period after documents go together (finding 4)."""

    LATER = "later", "两者取其晚"
    EARLIER = "earlier", "两者取其早"
    FIXED = "fixed", "以固定日期为准"
    DOCUMENTS = "documents", "以单据到齐后的期限为准"


class FeePer(Labelled):
    """What the fee is for."""

    YEAR = "year", "每年"
    CONTRACT = "contract", "合同总价"


class MonthlyRule(Labelled):
    """How a monthly fee is derived where only another one is agreed (finding 6)."""

    TWELFTH = "twelfth", "年费 ÷ 12"
    TERM_MONTHS = "term_months", "费用 ÷ 合同期所跨月数"


class Party(Labelled):
    """The two sides of a contract."""

    BUREAU = "bureau", "甲方"
    VENDOR = "vendor", "乙方"


class PenaltyBase(Labelled):
    """Of what a penalty takes its rate."""

    MONTHLY_FEE = "monthly_fee", "月服务费"
    UNPAID = "unpaid", "未付金额"
    CONTRACT_TOTAL = "contract_total", "合同总价"


class PenaltyPer(Labelled):
    """How often a penalty falls due."""

    EVENT = "event", "每次事件"
    NATURAL_DAY = "natural_day", "每逾期一个自然日"
    WORKING_DAY_BLOCK = "working_day_block", "每满一段工作日"


class EffectRule(Labelled):
    """What both sides must have done before the contract takes effect (A47, B33)."""

    SIGNED = "signed", "双方签字"
    SIGNED_AND_SEALED = "signed_and_sealed", "双方签字并盖章"
    SIGNED_OR_SEALED = "signed_or_sealed", "双方签字或盖章"


class TermEnd(Labelled):
    """On which day a term of whole months ends that the paper gives without dates (B24, finding 23)."""

    DAY_BEFORE = "day_before", "止于对应日的前一日"
    CORRESPONDING = "corresponding", "止于对应日"


class InvoiceKind(Labelled):
    """Which invoice a payment asks for."""

    VAT_SPECIAL = "vat_special", "增值税专用发票"
    VAT_ORDINARY = "vat_ordinary", "增值税普通发票"


class DeliverableKind(Labelled):
    """What a paper is."""

    WEEKLY_REPORT = "weekly_report", "运维周报"
    MONTHLY_REPORT = "monthly_report", "运维月报"
    STATISTICS = "statistics", "月度统计"
    INSPECTION = "inspection", "月度巡检"
    SUMMARY = "summary", "运维总结"
    PLAN = "plan", "运维服务方案"
    OTHER = "other", "其他"
