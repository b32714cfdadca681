"""What the form of a contract asks for any number of times: instalments, penalties, papers, clauses."""

from __future__ import annotations

from server.admin.contract_boxes import Box, Choices, Section, basis
from server.domain.calendar import CycleKind
from server.domain.contracts import Combine, DeliverableKind, Event, InvoiceKind, Party, PenaltyBase, PenaltyPer

WEEKDAYS: Choices = tuple((str(number), f"星期{name}") for number, name in enumerate("一二三四五六日", start=1))
# What penalties are usually for; the key goes with the penalty, other pages know it by that.
CASES: Choices = (
    ("late_payment", "甲方逾期付款"),
    ("missing_material", "甲方资料缺失或有误"),
    ("unusable", "系统不能使用"),
    ("daily_use", "不能日常使用"),
    ("infringement", "侵权或一般违约"),
    ("results_use", "违反成果归属"),
    ("other", "其他情形"),
)


MILESTONES = Section(
    "milestones",
    "付款节点",
    "常见于“付款方式”条：每一期多少钱、什么条件、多少个工作日内付。",
    at="milestones",
    concerns=("milestones.{key}",),
    rows=True,
    one="付款节点",
    boxes=(
        Box("title", "名称", needed=True, longest=100),
        Box("amount", "金额（元）", "money", needed=True),
        Box("combine", "到期规则", "choice", "", tuple(Combine.choices()), needed=True, path="due.combine"),
        Box("fixed_on", "固定日期", "date", "例如“当年 12 月 31 日前”。", path="due.fixed_on"),
        Box("events", "起算事件", "many", "都满足后起算。", tuple(Event.choices()), path="due.events"),
        Box("working_days", "工作日数", "whole", path="due.working_days"),
        Box("invoice", "发票种类", "choice", choices=tuple(InvoiceKind.choices())),
        basis("A24、A25"),
    ),
)
PENALTIES = Section(
    "penalties",
    "违约金",
    "常见于“违约责任”条。没有写金额的只登记情形，不作计算。",
    at="penalties",
    concerns=("penalties.{key}",),
    rows=True,
    one="违约情形",
    boxes=(
        Box("title", "情形", needed=True),
        Box("owed_by", "责任方", "choice", choices=tuple(Party.choices()), needed=True),
        Box("base", "基数", "choice", "没有写金额就留空。", tuple(PenaltyBase.choices())),
        Box("rate", "比例（‰）", "permille", "千分之五写 5，万分之五写 0.5。"),
        Box("per", "计算单位", "choice", choices=tuple(PenaltyPer.choices()), needed=True),
        Box("block_days", "每段工作日数", "whole", "按段计算时填写，例如每满 5 个工作日。"),
        Box("cap", "封顶（基数的 %）", "cap", "双方约定封顶才填，系统不会默默封顶。"),
        Box("group", "互斥组", "group", "同一事件只能择一的几条，写同一个字，例如“甲”。", longest=10),
        Box("refund", "可另议退费", "flag"),
        basis("A41"),
    ),
)
DELIVERABLES = Section(
    "deliverables",
    "交付物",
    "周报、月报、巡检单等：周期与截止日。",
    at="deliverables",
    concerns=("deliverables.{key}",),
    rows=True,
    one="交付物",
    boxes=(
        Box("title", "名称", needed=True, longest=100),
        Box("kind", "种类", "choice", choices=tuple(DeliverableKind.choices()), needed=True),
        Box("cycle", "周期", "choice", "只交一次就留空。", tuple(CycleKind.choices())),
        Box("working_day", "下月第几个工作日", "whole"),
        Box("weekday", "下周星期几", "weekday", choices=WEEKDAYS),
        Box("time", "时刻", help="例如 12:00；留空为当日 24:00。", longest=5),
        Box("once_on", "一次性截止日", "date"),
        Box("within", "当期内完成", "flag", "例如每个自然月至少巡检一次。"),
        Box("agreed", "截止日已在合同中约定", "flag", "不勾选则注明“按默认”。"),
        Box("signed", "须甲方签认", "flag"),
        Box("partial", "首尾不足整期也算一期", "flag"),
        basis("A13"),
    ),
)
CLAUSES = Section(
    "clauses",
    "条文",
    "逐条登记编号、位置和摘要，便于从条文查到数据。上面写到而这里没有的编号，保存时自动补一行。",
    at="clauses",
    rows=True,
    one="条文",
    boxes=(
        Box("id", "编号", needed=True, longest=20),
        Box("where", "原文位置", longest=60),
        Box("title", "事项", needed=True, longest=100),
        Box("text", "摘要", "area", wide=True, longest=1000),
    ),
)
ROWS = (MILESTONES, PENALTIES, DELIVERABLES, CLAUSES)
