"""The room's words."""

from __future__ import annotations

from server.core.enums import Labelled
from server.domain.contracts import DeliverableKind


class ReportKind(Labelled):
    """What sort of report it is; the values are the codes of the documents that they become."""

    WEEKLY = "weekly_report", "运维周报"
    MONTHLY = "monthly_report", "运维月报"
    SUMMARY = "summary_report", "运维总结报告"

    @property
    def duty(self) -> DeliverableKind:
        """Which sort of deliverable it meets."""
        return _DUTIES[self]


_DUTIES = {
    ReportKind.WEEKLY: DeliverableKind.WEEKLY_REPORT,
    ReportKind.MONTHLY: DeliverableKind.MONTHLY_REPORT,
    ReportKind.SUMMARY: DeliverableKind.SUMMARY,
}


class ReportState(Labelled):
    """Where a report stands. A draft's and a returned one's figures are fresh; a submitted one's are frozen."""

    DRAFT = "draft", "编制中"
    SUBMITTED = "submitted", "待签收"
    RETURNED = "returned", "已退回"
    SIGNED = "signed", "已签收"


EDITABLE = frozenset({ReportState.DRAFT, ReportState.RETURNED})


class TextKey(Labelled):
    """The texts that a person may write; an empty one is written from the figures."""

    SUMMARY = "summary", "工作综述"
    QUALITY = "quality", "服务质量评价"
    PLAN = "plan", "下期工作计划"
    RISKS = "risks", "风险提示"
    ADVICE = "advice", "意见建议"
    CONCLUSION = "conclusion", "总体结论"


TEXTS = {
    ReportKind.WEEKLY: (TextKey.SUMMARY, TextKey.PLAN, TextKey.RISKS, TextKey.ADVICE),
    ReportKind.MONTHLY: (TextKey.SUMMARY, TextKey.QUALITY, TextKey.PLAN, TextKey.RISKS, TextKey.ADVICE),
    ReportKind.SUMMARY: (
        TextKey.SUMMARY,
        TextKey.QUALITY,
        TextKey.PLAN,
        TextKey.RISKS,
        TextKey.ADVICE,
        TextKey.CONCLUSION,
    ),
}


class ProblemKind(Labelled):
    """What sort of problem (A10)."""

    TECHNICAL = "technical", "技术问题"
    QUALITY = "quality", "服务质量问题"
    OTHER = "other", "其他"


class ProblemState(Labelled):
    """Whether it is put right. An open one goes on into the next report."""

    OPEN = "open", "整改中"
    DONE = "done", "已整改"


class EditKind(Labelled):
    """What was changed in a draft, or happened to it."""

    CREATED = "created", "新建"
    TEXT = "text", "修改文字"
    PROBLEM = "problem", "修改问题"
    INSPECTION = "inspection", "调整巡检单"
    SUBMITTED = "submitted", "提交"
    SIGNED = "signed", "签收"
    RETURNED = "returned", "退回"
    REMARK = "remark", "意见"
