"""What the form of a contract asks for once, what each box means, and where the paper usually says it."""

from __future__ import annotations

from server.admin.contract_boxes import Box, Choices, Section, basis
from server.domain.contracts import DayRule, EffectRule, FeePer, MaintainedSystem, MonthlyRule, TermEnd

YES_NO: Choices = (("true", "是"), ("false", "否"))

FACTS = Section(
    "facts",
    "合同与双方",
    "写在合同首页的内容。",
    at="facts",
    boxes=(
        Box("number", "内部编号", help="本系统使用的唯一编号，例如 YW-XCX-2026-01。", needed=True, longest=40),
        Box("paper_number", "纸面编号", help="照纸面抄写，残缺也照抄（例如“2025/00”）。", longest=80),
        Box("title", "合同名称", needed=True, wide=True),
        Box("bureau_name", "甲方", needed=True, longest=120),
        Box("vendor_id", "乙方单位", "choice", "已登记的单位；乙方人员的权限以此为准。", needed=True),
        Box("vendor_name", "乙方名称（照纸面）", help="留空则用所选单位的名称。", longest=120),
        Box("systems", "维护的系统", "many", choices=tuple(MaintainedSystem.choices()), needed=True),
    ),
)
TERM = Section(
    "term",
    "期限",
    "常见于“合同期限”条。续签须录入新合同，本合同不能延长。",
    concerns=("term", "term_text"),
    boxes=(
        Box("starts_on", "起始日", "date", "纸面写明起止日期时填写。"),
        Box("ends_on", "截止日", "date", "含当日。"),
        Box(
            "months", "服务期（月）", "whole", "纸面只写“一年”而无日期时填 12，起止日由生效日推算。", path="term.months"
        ),
        Box("until", "期末算法", "choice", "只写月数时如何算到最后一天。", tuple(TermEnd.choices()), path="term.until"),
        Box("term_text", "期限原文", help="照抄年数等文字；原文留空就不填，系统会提示。", wide=True),
        basis("A02"),
    ),
)
EFFECT = Section(
    "effect",
    "生效与份数",
    "常见于最后一条。双方签字、盖章日期在保存后登记，生效日由此算出。",
    concerns=("effect", "copies"),
    boxes=(
        Box("effect", "生效条件", "choice", "合同写“签字盖章后生效”即两者都要。", tuple(EffectRule.choices())),
        Box("effective_on", "生效日", "date", "已知生效日可直接填写；留空则由签署登记算出。"),
        Box("copies", "份数", "whole"),
        basis("A47"),
    ),
)
FEE = Section(
    "fee",
    "费用",
    "常见于“服务费用”条。",
    at="fee",
    concerns=("fee",),
    boxes=(
        Box("amount", "金额（元）", "money", "含税金额，精确到分。"),
        Box("words", "大写金额", help="照纸面抄写，系统核对与数字是否一致。", longest=100),
        Box("per", "计价方式", "choice", choices=tuple(FeePer.choices())),
        Box(
            "monthly",
            "月服务费算法",
            "choice",
            "违约金按“月服务费”计而合同只有年费时选择。",
            tuple(MonthlyRule.choices()),
        ),
        Box("paid_from", "付费期起", "date", "价款对应的期间与合同期不同时填写。"),
        Box("paid_to", "付费期止", "date"),
        basis("A22"),
    ),
)
LAW = Section(
    "law",
    "法定对照",
    "用于中小企业款项支付与逾期利率的提示，合同通常不写。",
    boxes=(
        Box("vendor_is_sme", "乙方是中小企业", "maybe", "不清楚就留空。", YES_NO),
        Box("lpr", "签约时一年期 LPR（%）", "percent", "例如 3.10。"),
    ),
)
RESPONSE = Section(
    "response",
    "响应时限",
    "从收到请求到有人答复，连续计时不暂停。合同没有写就全部留空，显示“未约定”。",
    at="response",
    concerns=("response",),
    boxes=(
        Box("working_day_hours", "工作日（小时）", "hours"),
        Box("other_day_hours", "其他日期（小时）", "hours"),
        Box("day_rule", "跨日规则", "choice", "合同没写以哪天为准时的读法。", tuple(DayRule.choices())),
        basis("A20"),
    ),
)
ON_SITE = Section(
    "on_site",
    "到达现场",
    "从通知起连续计时。没有写就留空。",
    at="on_site",
    concerns=("on_site",),
    boxes=(Box("hours", "小时数", "hours"), basis("A11、A21")),
)
ACCEPTANCE = Section(
    "acceptance",
    "验收",
    "从收到完工通知的次日起算的自然日。没有写就留空。",
    at="acceptance",
    concerns=("acceptance",),
    boxes=(
        Box("days", "天数（自然日）", "whole"),
        Box("roll_over", "末日遇休息日顺延", "flag", "民法典第二百零三条；合同另有约定的从其约定。"),
        Box("deemed", "逾期未验收视为通过", "flag"),
        basis("A30、A36、A37"),
    ),
)
REPLACEMENT = Section(
    "replacement",
    "维护人员",
    "更换人员的提前通知与经验要求。",
    at="replacement",
    concerns=("replacement",),
    boxes=(
        Box("notice_days", "提前通知（自然日）", "whole"),
        Box("experience_years", "相关经验（年）", "whole"),
        basis("A17、A18"),
    ),
)
RECTIFICATION = Section(
    "rectification",
    "整改期限",
    "责令整改后应在几日内改好。没有写就留空。",
    concerns=("rectification_days",),
    boxes=(Box("rectification_days", "天数", "whole"), basis("B30")),
)
DUTY = Section(
    "duty",
    "电话值守",
    "合同承诺全年全天接听电话的，写明依据条款，值班表的空档即属违约；没有承诺就留空。",
    concerns=("duty",),
    boxes=(basis("A19"),),
)
SERVICE_RECORD = Section(
    "service_record",
    "服务记录单",
    "合同约定每次服务填写记录单并由双方签字的，写明依据条款，工单须有双方签署的记录单才能关闭；没有约定就留空。",
    concerns=("service_record",),
    boxes=(basis("A16"),),
)
BILLING = Section(
    "billing",
    "开票与收款",
    "履行中变更收款账户须双方确认，不在此处修改。",
    at="billing",
    concerns=("billing",),
    boxes=(
        Box("buyer_title", "发票抬头", longest=100),
        Box("buyer_tax_number", "纳税人识别号", help="缺少时发票核验不能通过。", longest=100),
        Box("payee_name", "收款单位", longest=100),
        Box("payee_bank", "开户行", longest=100),
        Box("payee_account", "收款账号", help="页面上只显示末四位。", longest=100),
        basis("A26"),
    ),
)
SINGLES = (
    TERM,
    EFFECT,
    FEE,
    LAW,
    RESPONSE,
    ON_SITE,
    ACCEPTANCE,
    REPLACEMENT,
    RECTIFICATION,
    DUTY,
    SERVICE_RECORD,
    BILLING,
)
DATES = ("starts_on", "ends_on", "effective_on")
PAYEE = ("payee_name", "payee_bank", "payee_account")
